"""Bijectors and transformed distributions answer what TensorFlow 1.15.5 did."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

FOLDER = Path(__file__).parent
RECORDED = json.loads((FOLDER / "transformed.json").read_text())
_spec = importlib.util.spec_from_file_location("transformed_cases", FOLDER / "transformed_cases.py")
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)
distributions = tf.contrib.distributions
bijectors = distributions.bijectors

KNOWN_HERE = {"mean"}
"""What TensorFlow refuses to say of some of these distributions."""


def compare(mine, theirs):
    assert mine.keys() == theirs.keys()
    for question, expected in theirs.items():
        if expected == "refused" and question in KNOWN_HERE:
            continue
        if isinstance(expected, str) or question == "shapes":
            assert mine[question] == expected, question
        else:
            np.testing.assert_allclose(mine[question], expected, 1e-4, 1e-5, err_msg=question)


@pytest.mark.parametrize("name", RECORDED["bijectors"])
def test_bijectors(name):
    compare(cases.mapped(tf, name), RECORDED["bijectors"][name])


@pytest.mark.parametrize("name", RECORDED["distributions"])
def test_distributions(name):
    compare(cases.outcome(tf, name), RECORDED["distributions"][name])


def test_what_was_mapped_is_known_without_an_inverse():
    bijector = bijectors.Softplus()
    x = tf.constant([1.0, -50.0])
    assert bijector.inverse(bijector.forward(x)) is x
    y = tf.constant([1.0, 2.0])
    assert bijector.forward(bijector.inverse(y)) is y
    only = bijectors.Inline(
        forward_fn=tf.exp, forward_log_det_jacobian_fn=lambda x: x, forward_min_event_ndims=0
    )
    stretch = only.inverse_log_det_jacobian(only.forward(x), event_ndims=0)
    assert tf.Session().run(stretch).tolist() == [-1, 50]
    with pytest.raises(NotImplementedError, match="inverse_fn is not a callable function"):
        only.inverse(y)


def test_stretches_are_those_of_the_gradients():
    x = tf.constant(cases.X)
    for name in ("affine low rank", "chain of vectors", "real_nvp", "permute"):
        bijector = cases.made(tf)[name][0]
        y = bijector.forward(x)
        rows = [tf.gradients(y[:, i], x)[0] for i in range(2)]
        matrix, stretch = tf.Session().run(
            [tf.stack(rows, 1), bijector.forward_log_det_jacobian(x, 1)]
        )
        expected = np.log(np.abs(np.linalg.det(matrix)))
        np.testing.assert_allclose(np.broadcast_to(stretch, [3]), expected, rtol=1e-4)


def test_a_flow_is_trained():
    tf.set_random_seed(3)
    base = distributions.MultivariateNormalDiag(loc=[0.0, 0.0])
    layers = [
        bijectors.RealNVP(1, bijectors.real_nvp_default_template([16], name=f"layer_{i}"))
        for i in range(2)
    ]
    chain = bijectors.Chain([layers[0], bijectors.Permute([1, 0]), layers[1]])
    flow = distributions.TransformedDistribution(base, chain)
    numbers = np.random.default_rng(0)
    first = numbers.normal(size=256)
    data = np.stack([first, 0.5 * first**2 + 0.1 * numbers.normal(size=256)], 1).astype(np.float32)
    loss = -tf.reduce_mean(flow.log_prob(data))
    samples = flow.sample(5)
    assert len(tf.trainable_variables()) == 8
    step = tf.train.AdamOptimizer(0.02).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        before = session.run(loss)
        for _ in range(150):
            session.run(step)
        assert session.run(loss) < before - 0.5
        assert session.run(samples).shape == (5, 2)


REFUSED = [
    (lambda: bijectors.Bijector(), ValueError, "Must specify at least one of"),
    (lambda: bijectors.Bijector(forward_min_event_ndims=-1), ValueError,
     "forward_min_event_ndims must be a non-negative integer"),
    (lambda: bijectors.PowerTransform(-1.0), ValueError, "`power` must be a non-negative"),
    (lambda: bijectors.Permute([0, 2]), ValueError, "Permutation over `d` must contain exactly"),
    (lambda: bijectors.Permute([0.0, 1.0]), TypeError, "should be `int`-like"),
    (lambda: bijectors.RealNVP(-1, None), ValueError, "num_masked must be a positive integer"),
    (lambda: bijectors.RealNVP(2, None).forward([[1.0, 2.0]]), ValueError,
     "Number of masked units must be smaller than the event size"),
    (lambda: bijectors.Affine(scale_perturb_diag=[1.0]), ValueError,
     "scale_perturb_factor must be specified"),
    (lambda: bijectors.AffineLinearOperator(scale=2.0), TypeError, "not an instance of"),
    (lambda: bijectors.Affine(scale_diag=[1.0]).forward_log_det_jacobian([1.0], event_ndims=0),
     ValueError, "must be larger than min_event_ndims"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "message"), REFUSED)
def test_refusals(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_what_runs_check():
    value = tf.placeholder_with_default([-3.0], [1])
    root = bijectors.PowerTransform(0.5, validate_args=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="input must be greater than 0"):
        tf.Session().run(root.inverse(value))
    with pytest.raises(tf.errors.InvalidArgumentError, match="input must be at least"):
        tf.Session().run(root.forward(value))
