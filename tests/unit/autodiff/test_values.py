"""Gradients of whole expressions against central differences, in float64, and of second order."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.autodiff.accumulation import AggregationMethod
from flowgraph.autodiff.checker import compute_gradient_error
from flowgraph.autodiff.gradients import gradients
from flowgraph.ops import operators  # noqa: F401  (tensors get their operators)
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.core import constant, identity, placeholder, stop_gradient
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat, split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.packing import stack, unstack
from flowgraph.ops.reduction import reduce_max, reduce_mean, reduce_sum
from flowgraph.ops.softmax import softmax
from flowgraph.ops.transcendental import exp, log, sigmoid, tanh
from flowgraph.runtime.session import Session
from flowgraph.variables.variable import Variable

POINT = np.array([[0.3, -1.2, 0.7], [1.5, 0.4, -0.6]])
WEIGHTS = np.array([[0.5, -0.3], [0.8, 1.1], [-0.9, 0.2]])


def diamond(x):
    a = x * x
    return a * tanh(a) + a / (1.0 + a)


def broadcast_both_ways(x):
    row, column = x[:1], x[:, :1]
    return (row * column + reduce_mean(x)) / (2.0 + row * row) - column**2.0


def layers(x):
    hidden = tanh(matmul(x, constant(WEIGHTS)) + constant([0.1, -0.2], dtypes.float64))
    return log(softmax(matmul(hidden, hidden, transpose_b=True)))


def recurrence(x):
    state = x[0]
    for step in unstack(x):
        state = tanh(state * 0.5 + step)
    return state


def parts(x):
    a, b, c = split(x, 3, axis=1)
    return concat([a * b, b * c, exp(a)], 1)


def rows(x):
    return gather(x * x, [1, 0, 1]) * gather(x, [0, 0, 1])


def shuffled(x):
    return matmul(transpose(x), reshape(x, [2, 3])) + stack([x[0], x[1], x[0]])


def reduced(x):
    return reduce_max(x, 1) * reduce_sum(x, 1) + reduce_mean(x * x)


EXPRESSIONS = [
    diamond,
    broadcast_both_ways,
    layers,
    recurrence,
    parts,
    rows,
    shuffled,
    reduced,
]


def size_of(y):
    return y.shape.as_list()


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("gate", [False, True])
def test_first_order(expression, gate):
    x = placeholder(dtypes.float64, POINT.shape)
    y = expression(x)
    (dx,) = gradients(reduce_sum(y), x, gate_gradients=gate)
    with Session() as session:
        found = session.run(dx, {x: POINT})
        assert compute_gradient_error(x, POINT.shape, y, size_of(y), POINT, 1e-5) < 1e-8
        numeric = differences(session, reduce_sum(y), x)
    np.testing.assert_allclose(found, numeric, atol=1e-8)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_second_order(expression):
    x = placeholder(dtypes.float64, POINT.shape)
    (dx,) = gradients(expression(x), x)
    with Session():
        assert compute_gradient_error(x, POINT.shape, dx, POINT.shape, POINT, 1e-5) < 1e-7


def differences(session, y, x, delta=1e-5):
    slope = np.zeros(POINT.shape)
    for index in np.ndindex(*POINT.shape):
        step = np.zeros(POINT.shape)
        step[index] = delta
        ends = [session.run(y, {x: POINT + sign * step}) for sign in (1, -1)]
        slope[index] = (ends[0] - ends[1]) / (2 * delta)
    return slope


@pytest.mark.parametrize("method", [0, 1, 2])
def test_every_way_to_add_up_gives_the_same(method):
    assert AggregationMethod.DEFAULT == 0
    x = constant(POINT)
    y = x * x + 3.0 * x + tanh(x) - sigmoid(x)
    s = 1 / (1 + np.exp(-POINT))
    expected = 2 * POINT + 3 + (1 - np.tanh(POINT) ** 2) - s * (1 - s)
    (dx,) = gradients(y, x, aggregation_method=method)
    np.testing.assert_allclose(Session().run(dx), expected)


def test_shapes_that_are_known_only_when_it_runs():
    x, z = placeholder(dtypes.float64, [None, None]), placeholder(dtypes.float64, None)
    fetches = gradients(x * z + z, [x, z])
    with Session() as session:
        for shape in [(2, 3), (3,), (1, 3), (2, 1), (), (4, 2, 3)]:
            dx, dz = session.run(fetches, {x: POINT, z: np.ones(shape)})
            assert (dx.shape, dz.shape) == (POINT.shape, shape)
            repeats = np.broadcast_shapes(shape, POINT.shape)
            np.testing.assert_allclose(dx, np.prod(repeats) / POINT.size)
            np.testing.assert_allclose(dz.sum(), np.sum(np.broadcast_to(POINT + 1, repeats)))


def test_grad_ys_weigh_the_ys():
    x = constant([1.0, 2.0])
    (dx,) = gradients([x * x, x], x, [constant([1.0, 10.0]), None])
    assert Session().run(dx).tolist() == [3.0, 41.0]


def test_stopped_paths_count_as_constants():
    x = constant(3.0)
    assert Session().run(gradients(x * stop_gradient(x), x)) == [3.0]
    a = identity(x)
    assert Session().run(gradients(a * x, x, stop_gradients=a)) == [3.0]


def test_sparse_gradients_of_a_variable():
    w = Variable(np.arange(8.0).reshape(4, 2))
    y = reduce_sum(gather(w, [1, 3, 1]) * constant([[1.0], [2.0], [3.0]], dtypes.float64))
    (sparse,) = gradients(y, w)
    (dense,) = gradients(y + reduce_sum(w), w)
    with Session() as session:
        session.run(w.initializer)
        value = session.run(sparse)
        total = session.run(dense)
    assert value.indices.tolist() == [1, 3, 1]
    assert value.values.tolist() == [[1, 1], [2, 2], [3, 3]]
    assert value.dense_shape.tolist() == [4, 2]
    assert total.tolist() == [[1, 1], [5, 5], [1, 1], [3, 3]]
