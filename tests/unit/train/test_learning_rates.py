"""Learning rates at some steps, recorded from TensorFlow."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.graph.scope import get_default_graph, set_random_seed
from flowgraph.ops import operators as operators
from flowgraph.ops.core import constant, placeholder
from flowgraph.runtime.session import Session
from flowgraph.train import cosine_rates as cosine
from flowgraph.train import learning_rates as rates
from flowgraph.train.gradient_descent import GradientDescentOptimizer
from flowgraph.variables.collections import global_variables_initializer
from flowgraph.variables.variable import Variable

STEPS = (0, 5, 10, 15, 25, 37)
RECORDED = {
    "exponential": (
        lambda s: rates.exponential_decay(0.1, s, 10, 0.96),
        "ExponentialDecay:0",
        [0.1, 0.09797959, 0.096, 0.094060406, 0.09029799, 0.085981205],
    ),
    "exponential_stairs": (
        lambda s: rates.exponential_decay(0.1, s, 10, 0.96, staircase=True, name="lr"),
        "lr:0",
        [0.1, 0.1, 0.096, 0.096, 0.09216, 0.088473596],
    ),
    "piecewise": (
        lambda s: rates.piecewise_constant(s, [10, 20], [0.1, 0.01, 0.001]),
        None,
        [0.1, 0.1, 0.1, 0.01, 0.001, 0.001],
    ),
    "polynomial": (
        lambda s: rates.polynomial_decay(0.1, s, 10, 0.01, 2.0),
        "PolynomialDecay:0",
        [0.1, 0.0325, 0.01, 0.01, 0.01, 0.01],
    ),
    "polynomial_cycle": (
        lambda s: rates.polynomial_decay(0.1, s, 10, 0.01, 0.5, cycle=True),
        "PolynomialDecay:0",
        [0.1, 0.07363961, 0.01, 0.055, 0.04674235, 0.034647513],
    ),
    "natural": (
        lambda s: rates.natural_exp_decay(0.1, s, 10, 0.5),
        "ExponentialDecay:0",
        [0.1, 0.07788008, 0.060653068, 0.04723666, 0.028650481, 0.015723718],
    ),
    "natural_stairs": (
        lambda s: rates.natural_exp_decay(0.1, s, 10, 0.5, True),
        "ExponentialDecay:0",
        [0.1, 0.1, 0.060653068, 0.060653068, 0.036787946, 0.022313017],
    ),
    "inverse": (
        lambda s: rates.inverse_time_decay(0.1, s, 10, 0.5),
        "InverseTimeDecay:0",
        [0.1, 0.08, 0.06666667, 0.057142857, 0.044444446, 0.03508772],
    ),
    "inverse_stairs": (
        lambda s: rates.inverse_time_decay(0.1, s, 10, 0.5, True),
        "InverseTimeDecay:0",
        [0.1, 0.1, 0.06666667, 0.06666667, 0.05, 0.04],
    ),
    "cosine": (
        lambda s: cosine.cosine_decay(0.1, s, 30, 0.1),
        None,
        [0.1, 0.09397115, 0.0775, 0.05499999, 0.016028851, 0.010000001],
    ),
    "restarts": (
        lambda s: cosine.cosine_decay_restarts(0.1, s, 10, 2.0, 0.9, 0.1),
        "SGDRDecay:0",
        [0.1, 0.054999996, 0.091, 0.079137824, 0.021862177, 0.07752873],
    ),
    "even_restarts": (
        lambda s: cosine.cosine_decay_restarts(0.1, s, 10, 1.0, 0.9, 0.1),
        "SGDRDecay:0",
        [0.1, 0.054999996, 0.091, 0.050499994, 0.046449993, 0.0235227],
    ),
    "linear_cosine": (
        lambda s: cosine.linear_cosine_decay(0.1, s, 30),
        "LinearCosineDecay:0",
        [0.1001, 0.077851065, 0.0501, 0.025099996, 0.0012164542, 0.000100000005],
    ),
}


@pytest.mark.parametrize("key", RECORDED)
def test_recorded(key):
    make, name, expected = RECORDED[key]
    step = Variable(0, trainable=False, name="gs")
    rate = make(step)
    assert rate.dtype is dtypes.float32
    assert rate.shape.as_list() == []
    assert name is None or rate.name == name
    with Session() as session:
        found = [session.run(rate, {step: value}) for value in STEPS]
    np.testing.assert_allclose(found, expected, 1e-5, 2e-8)


def test_noise_is_added_to_the_line():
    set_random_seed(3)
    step = placeholder(dtypes.int32, [])
    still = cosine.noisy_linear_cosine_decay(0.1, step, 30, initial_variance=0.0)
    noisy = cosine.noisy_linear_cosine_decay(0.1, step, 30, initial_variance=4.0)
    assert noisy.name == "NoisyLinearCosineDecay_1:0"
    with Session() as session:
        found = [session.run(still, {step: n}) for n in STEPS]
        np.testing.assert_allclose(found, RECORDED["linear_cosine"][2], 1e-5)
        draws = [session.run(noisy, {step: 15}) for _ in range(400)]
    wave, deviation = 0.5, 2 / 16 ** (0.55 / 2)
    assert np.mean(draws) == pytest.approx(found[3], abs=4 * 0.1 * wave * deviation / 20)
    assert np.std(draws) == pytest.approx(0.1 * wave * deviation, rel=0.15)


@pytest.mark.parametrize(
    "function",
    [
        lambda s: rates.exponential_decay(0.1, s, 10, 0.9),
        lambda s: rates.natural_exp_decay(0.1, s, 10, 0.9),
        lambda s: rates.inverse_time_decay(0.1, s, 10, 0.9),
        lambda s: rates.polynomial_decay(0.1, s, 10),
        lambda s: cosine.cosine_decay(0.1, s, 10),
        lambda s: cosine.cosine_decay_restarts(0.1, s, 10),
        lambda s: cosine.linear_cosine_decay(0.1, s, 10),
        lambda s: cosine.noisy_linear_cosine_decay(0.1, s, 10),
    ],
)
def test_the_step_is_required(function):
    with pytest.raises(ValueError, match="global_step is required for"):
        function(None)
    assert function(placeholder(dtypes.int64, [])).dtype is dtypes.float32


@pytest.mark.parametrize(
    ("boundaries", "values", "match"),
    [
        ([1, 2], [0.1], "The length of boundaries should be 1 less than the length of values"),
        ([1.0, 2.0], [0.1, 0.2, 0.3], r"Boundaries \(tf.float32\) must have the same dtype as x"),
        ([1, 2], [0.1, 2, 0.3], r"same dtype \(tf.float32 vs tf.int32\)"),
    ],
)
def test_pieces_must_fit(boundaries, values, match):
    with pytest.raises(ValueError, match=match):
        rates.piecewise_constant(constant(1), boundaries, values)


def test_pieces_of_a_long_step():
    step = placeholder(dtypes.int64, [])
    rate = rates.piecewise_constant(step, [10], [1.0, 2.0])
    assert [Session().run(rate, {step: n}) for n in (10, 11)] == [1, 2]


def test_a_decaying_rate_trains():
    w, step = Variable(1.0, name="w"), Variable(0, trainable=False, name="step")
    rate = rates.exponential_decay(0.5, step, 1, 0.5)
    operation = GradientDescentOptimizer(rate).minimize(w, global_step=step)
    with Session() as session:
        session.run(global_variables_initializer())
        found = [(session.run(operation), session.run(w))[1] for _ in range(3)]
    assert found == [0.5, 0.25, 0.125]
    assert get_default_graph().get_operation_by_name("ExponentialDecay/Pow").type == "Pow"
