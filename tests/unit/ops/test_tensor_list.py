"""Lists of tensors and optional values, as TensorFlow's functional loops and branches use them."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops import optional, tensor_list
from flowgraph.ops.core import apply, apply_all

FLOAT = tf.float32


def empty():
    return apply(tensor_list.EmptyTensorList(element_dtype=FLOAT), -1, -1)


def pushed(handle, value):
    return apply(tensor_list.TensorListPushBack(), handle, tf.constant(value, FLOAT))


def item(handle, index, shape=-1):
    return apply(tensor_list.TensorListGetItem(element_dtype=FLOAT), handle, index, shape)


def length(handle):
    return apply(tensor_list.TensorListLength(), handle)


def stack(handle, shape=-1, **attributes):
    op = tensor_list.TensorListStack(element_dtype=FLOAT, **attributes)
    return apply(op, handle, shape)


def run(*fetches):
    with tf.Session() as session:
        return [np.asarray(value).tolist() for value in session.run(list(fetches))]


def test_lists_that_begin_alike_are_each_their_own():
    one = pushed(empty(), 1.0)
    a, b = pushed(one, 2.0), pushed(one, 3.0)
    assert run(stack(a), stack(b), stack(one), length(a)) == [[1, 2], [1, 3], [1], 2]


def test_the_last_element_is_popped():
    two = pushed(pushed(empty(), [1.0, 2.0]), [3.0, 4.0])
    pop = tensor_list.TensorListPopBack(element_dtype=FLOAT)
    rest, last = apply_all(pop, two, [2])
    assert last.shape.as_list() == [2]
    assert run(last, length(rest), length(two)) == [[3, 4], 1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="pop from an empty list"):
        run(apply_all(pop, empty(), -1)[1])


def test_elements_that_were_not_set_are_zeros():
    reserved = apply(tensor_list.TensorListReserve(element_dtype=FLOAT), -1, 3)
    one = apply(tensor_list.TensorListSetItem(), reserved, 1, tf.constant([5.0, 6.0]))
    assert run(stack(one), item(one, 0, [2])) == [[[0, 0], [5, 6], [0, 0]], [0, 0]]
    longer = apply(tensor_list.TensorListResize(), one, 4)
    assert run(length(longer), length(apply(tensor_list.TensorListResize(), one, 1))) == [4, 1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="element_shape is not fully defined"):
        run(item(one, 0))
    with pytest.raises(tf.errors.InvalidArgumentError, match="element 3 in a list with 3 elements"):
        run(item(one, 3))


def test_rows_of_a_tensor():
    rows = apply(tensor_list.TensorListFromTensor(), tf.constant([[1.0, 2.0], [3.0, 4.0]]), [2])
    shape = apply(tensor_list.TensorListElementShape(shape_type=tf.int32), rows)
    assert run(item(rows, 1), stack(rows, num_elements=2), shape) == [[3, 4], [[1, 2], [3, 4]], [2]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected a list with 3 elements"):
        run(stack(rows, num_elements=3))


def test_a_value_is_there_or_not():
    op = optional.OptionalGetValue(
        output_types=(FLOAT, tf.int32), output_shapes=(tf.TensorShape([2]), tf.TensorShape([]))
    )
    some = apply(optional.OptionalFromValue(), [tf.constant([1.0, 2.0]), tf.constant(3)])
    none = apply(optional.OptionalNone())
    a, b = apply_all(op, some)
    assert (a.shape.as_list(), b.shape.as_list()) == ([2], [])
    has = optional.OptionalHasValue()
    assert run(a, b, apply(has, some), apply(has, none)) == [[1, 2], 3, True, False]
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not have a value"):
        run(apply_all(op, none)[0])
