"""Jacobians from the graph and from differences."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.autodiff.checker import compute_gradient, compute_gradient_error
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.op import Op
from flowgraph.graph.scope import pop_session, push_session
from flowgraph.graph.signature import Signature
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.core import apply, cast, constant, placeholder, shape
from flowgraph.runtime.session import Session
from flowgraph.variables.variable import Variable


class WrongSquare(Op, abstract=True):
    """A square whose gradient lacks the factor 2."""

    signature = Signature("x: T -> y: T")

    def infer(self, *inputs):
        return (inputs[0].shape,)

    def compute(self, xp, *inputs):
        return inputs[0] * inputs[0]

    def gradient(self, operation, *dys):
        return (multiply(dys[0], operation.inputs[0]),)


class Rows(Op, abstract=True):
    """Rows 2, 0 and 2."""

    signature = Signature("params: T -> output: T")

    def infer(self, *inputs):
        return (inputs[0].shape,)

    def compute(self, xp, *inputs):
        return inputs[0][[2, 0, 2]]

    def gradient(self, operation, *dys):
        return (IndexedSlices(dys[0], constant([2, 0, 2]), shape(operation.inputs[0])),)


@pytest.fixture(autouse=True)
def session():
    with Session() as opened:
        yield opened


def vector(dtype=dtypes.float64):
    return placeholder(dtype, [2], name="x")


def test_a_jacobian_has_a_row_for_each_element_of_x():
    x = vector()
    y = multiply(x, constant([2.0, 3.0], dtypes.float64))
    exact, numeric = compute_gradient(x, [2], y, [2], np.array([1.0, 4.0]))
    assert exact.tolist() == [[2, 0], [0, 3]]
    assert exact.dtype == numeric.dtype == np.float64
    np.testing.assert_allclose(numeric, exact, atol=1e-9)


def test_a_list_of_xs_gives_a_list_of_pairs():
    x, z = vector(), vector()
    y = multiply(x, z)
    at = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
    by_x, by_z = compute_gradient([x, z], [[2], [2]], y, [2], at)
    assert by_x[0].tolist() == [[3, 0], [0, 4]]
    assert by_z[0].tolist() == [[1, 0], [0, 2]]
    assert compute_gradient_error([x, z], [[2], [2]], y, [2], at) < 1e-9


def test_a_wrong_gradient_has_an_error():
    x = vector()
    error = compute_gradient_error(x, [2], apply(WrongSquare(), x), [2], np.array([1.0, 3.0]))
    assert error == pytest.approx(3.0)


def test_sparse_gradients_are_added_up():
    x = placeholder(dtypes.float64, [3, 1])
    exact, numeric = compute_gradient(x, [3, 1], apply(Rows(), x), [3, 1])
    assert exact.tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 1]]
    np.testing.assert_allclose(numeric, exact, atol=1e-9)


def test_an_x_that_y_does_not_depend_on_has_zeros():
    x, z = vector(), vector()
    exact, numeric = compute_gradient(x, [2], add(z, z), [2], extra_feed_dict={z: [1.0, 2.0]})
    assert not exact.any()
    assert not numeric.any()


def test_complex_numbers_count_as_two_reals():
    x = vector(dtypes.complex128)
    exact, numeric = compute_gradient(x, [2], multiply(x, x), [2], np.array([1 + 2j, 3 - 1j]))
    assert exact.shape == (4, 4)
    np.testing.assert_allclose(numeric, exact, atol=1e-8)


def test_bfloat16_is_compared_in_float32():
    x = vector(dtypes.bfloat16)
    exact, numeric = compute_gradient(x, [2], multiply(x, x), [2], np.array([1.0, 2.0]), 0.125)
    np.testing.assert_allclose(exact.astype(np.float32), numeric.astype(np.float32), rtol=0.02)


def test_the_point_is_drawn_from_numpys_generator():
    x = vector()
    jacobians = []
    for _ in range(2):
        np.random.seed(3)  # noqa: NPY002
        jacobians.append(compute_gradient(x, [2], multiply(x, x), [2])[0])
    np.testing.assert_array_equal(*jacobians)


def test_an_empty_x():
    x = placeholder(dtypes.float64, [0])
    exact, numeric = compute_gradient(x, [0], multiply(x, x), [0])
    assert exact.shape == numeric.shape == (0, 0)
    assert compute_gradient_error(x, [0], multiply(x, x), [0]) == 0


def test_init_targets_run_first(session):
    w = Variable(np.array([2.0, 5.0]))
    x = vector()
    exact, _ = compute_gradient(x, [2], multiply(w, x), [2], init_targets=[w.initializer])
    assert exact.tolist() == [[2, 0], [0, 5]]


def test_the_point_must_have_the_shape():
    x = vector()
    with pytest.raises(ValueError, match=r"x_shape = \[2\], init_data shape = \[3\]"):
        compute_gradient(x, [2], x, [2], np.zeros(3))


def test_integers_are_refused():
    x = vector(dtypes.int32)
    with pytest.raises(TypeError, match="Don't support type int32 for x"):
        compute_gradient(x, [2], x, [2])
    z = vector()
    with pytest.raises(TypeError, match="Don't support type int32 for y"):
        compute_gradient(z, [2], cast(z, dtypes.int32), [2])


def test_without_a_session(session):
    pop_session(session)
    try:
        x = vector()
        with pytest.raises(ValueError, match="No default session is registered"):
            compute_gradient(x, [2], x, [2])
    finally:
        push_session(session)
