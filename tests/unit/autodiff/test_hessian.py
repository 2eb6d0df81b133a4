"""Second derivatives."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.autodiff.hessian import hessian_vector_product, hessians
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.core import constant, placeholder
from flowgraph.ops.reduction import reduce_sum
from flowgraph.runtime.session import Session
from flowgraph.variables.variable import Variable


def quartic(x):
    """The sum over all pairs of (x_i x_j)^2, so that no entry of the Hessian is zero."""
    return multiply(reduce_sum(multiply(x, x)), reduce_sum(multiply(x, x)))


def hessian_of_quartic(x):
    flat = x.reshape(-1)
    dense = 8 * np.outer(flat, flat) + 4 * np.sum(flat * flat) * np.eye(flat.size)
    return dense.reshape(x.shape * 2)


@pytest.mark.parametrize("sizes", [(), (1,), (3,), (2, 2)])
def test_the_hessian_has_the_shape_of_x_twice(sizes):
    point = np.arange(1.0, 1 + np.prod(sizes)).reshape(sizes)
    x = placeholder(dtypes.float64, sizes)
    (h,) = hessians(quartic(x), x)
    assert h.shape.as_list() == [*sizes, *sizes]
    np.testing.assert_allclose(Session().run(h, {x: point}), hessian_of_quartic(point))


def test_each_x_has_its_own_block():
    x, z = constant([2.0, 3.0]), constant([5.0])
    y = reduce_sum(multiply(multiply(x, x), z))
    by_x, by_z = hessians(y, [x, z])
    session = Session()
    np.testing.assert_array_equal(session.run(by_x), [[10, 0], [0, 10]])
    np.testing.assert_array_equal(session.run(by_z), [[0]])


def test_variables():
    w = Variable([1.0, 2.0])
    (h,) = hessians(quartic(w), [w])
    with Session() as session:
        session.run(w.initializer)
        np.testing.assert_allclose(session.run(h), hessian_of_quartic(np.array([1.0, 2.0])))


def test_names_lie_in_the_scope():
    x = constant([1.0, 2.0])
    assert hessians(quartic(x), x, name="curvature")[0].name.startswith("curvature/")


def test_an_unknown_shape_is_refused():
    x = placeholder(dtypes.float32, [None])
    with pytest.raises(NotImplementedError, match="whose shape is not known"):
        hessians(quartic(x), x)


def test_an_x_that_ys_do_not_depend_on_is_refused():
    x, z = constant([1.0]), constant([1.0])
    with pytest.raises(ValueError, match="None of ys depends on"):
        hessians(quartic(x), z)


def test_a_product_with_a_vector():
    x = constant([1.0, 2.0, 3.0])
    v = constant([1.0, -1.0, 0.5])
    (product,) = hessian_vector_product(quartic(x), [x], [v])
    expected = hessian_of_quartic(np.array([1.0, 2.0, 3.0])) @ [1.0, -1.0, 0.5]
    np.testing.assert_allclose(Session().run(product), expected)


def test_a_product_leaves_out_what_is_not_connected():
    x, z = constant([1.0, 2.0]), constant([1.0])
    products = hessian_vector_product(quartic(x), [x, z], [constant([1.0, 0.0]), constant([1.0])])
    assert products[1] is None


def test_a_product_needs_a_vector_for_each_x():
    x = constant([1.0])
    with pytest.raises(ValueError, match=r"^xs and v must have the same length"):
        hessian_vector_product(x, [x], [])
