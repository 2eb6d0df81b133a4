"""Sparse tensors, and what converts to them."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.sparse import (
    SparseTensor,
    convert_to_tensor_or_indexed_slices,
    convert_to_tensor_or_sparse_tensor,
    is_tensor,
)

VALUE = tf.SparseTensorValue(np.array([[0, 1]]), np.array([5.0], np.float32), np.array([2, 3]))


def test_parts():
    sp = SparseTensor([[0, 1], [2, 0]], [5.0, 6.0], [3, 2])
    assert sp.shape.as_list() == [3, 2]
    assert sp.dtype is tf.float32
    assert sp.op.name == "SparseTensor/values"
    assert sp.consumers() == []
    assert str(sp).startswith('SparseTensor(indices=Tensor("SparseTensor/indices:0", shape=(2, 2)')
    found = tf.Session().run(sp)
    np.testing.assert_array_equal(found.indices, [[0, 1], [2, 0]])
    np.testing.assert_array_equal(found.values, [5, 6])


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (([0, 1], [5.0], [3]), ValueError),
        (([[0, 1]], [5.0, 6.0], [3, 2]), ValueError),
        (([[0, 1]], 5.0, [3, 2]), ValueError),
        (([[0, 1]], [5.0], [3]), ValueError),
        (([[0.5, 1]], [5.0], [3, 2]), TypeError),
    ],
)
def test_parts_that_do_not_fit(parts, error):
    with pytest.raises(error):
        SparseTensor(*parts)


@pytest.mark.parametrize(
    ("shape", "static"), [(None, "<unknown>"), ([-1, 3], "(?, 3)"), ([None, 3], "(?, ?)")]
)
def test_placeholders(shape, static):
    sp = tf.sparse_placeholder(tf.float32, shape, name="p")
    assert str(sp.shape) == static
    found = tf.Session().run(sp, {sp: VALUE})
    for part, expected in zip(found, VALUE, strict=True):
        np.testing.assert_array_equal(part, expected)


def test_a_fixed_dense_shape_may_be_fed():
    sp = tf.sparse_placeholder(tf.float32, [1, 2])
    dense = tf.Session().run(tf.sparse_tensor_to_dense(sp), {sp: ([[0, 2]], [5.0], [1, 3])})
    assert dense.tolist() == [[0, 0, 5]]


def test_casts_keep_the_places():
    sp = tf.cast(SparseTensor.from_value(VALUE), tf.int32, name="c")
    assert (sp.values.name, sp.dtype) == ("c:0", tf.int32)
    found = tf.Session().run(sp)
    np.testing.assert_array_equal(found.indices, VALUE.indices)
    np.testing.assert_array_equal(found.values, VALUE.values.astype(np.int32))
    rows = tf.IndexedSlices(tf.constant([1.5]), tf.constant([2]), tf.constant([4]))
    cast = tf.to_int32(rows)
    assert (cast.indices, cast.dense_shape) == (rows.indices, rows.dense_shape)
    assert tf.Session().run(cast.values).tolist() == [1]


def test_values_become_tensors():
    sp = SparseTensor.from_value(VALUE)
    assert SparseTensor.from_value(sp) is sp
    with pytest.raises(TypeError, match="Neither a SparseTensor nor SparseTensorValue: 1"):
        SparseTensor.from_value(1)


def test_conversion_keeps_composites():
    sp = convert_to_tensor_or_sparse_tensor(VALUE)
    assert isinstance(sp, SparseTensor)
    assert convert_to_tensor_or_sparse_tensor(sp, tf.float32) is sp
    assert convert_to_tensor_or_sparse_tensor(1.0).shape.as_list() == []
    with pytest.raises(RuntimeError, match="Sparse dtype: requested = int32, actual = float32"):
        convert_to_tensor_or_sparse_tensor(sp, tf.int32)
    rows = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]), tf.constant([4]))
    assert convert_to_tensor_or_indexed_slices(rows) is rows
    assert convert_to_tensor_or_indexed_slices(1).dtype is tf.int32
    with pytest.raises(ValueError, match=r"^Tensor conversion requested dtype int32"):
        convert_to_tensor_or_indexed_slices(rows, tf.int32)


def test_what_is_a_tensor():
    rows = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    for value in (tf.constant(1), tf.Variable(1), SparseTensor.from_value(VALUE), rows):
        assert is_tensor(value)
    for value in (1, [tf.constant(1)], np.ones(2), None):
        assert not is_tensor(value)


@pytest.mark.parametrize(
    "function", [tf.abs, tf.negative, tf.sign, tf.square, tf.sqrt, tf.erf, tf.tanh]
)
def test_elementwise_functions_of_the_values(function):
    values = np.array([4.0, 0.25], np.float32)
    sparse = tf.SparseTensor([[0, 1], [2, 0]], values, [3, 2])
    found = function(sparse)
    assert isinstance(found, tf.SparseTensor)
    with tf.Session() as session:
        got, expected = session.run([found, function(tf.constant(values))])
    np.testing.assert_array_equal(got.values, expected)
    assert got.indices.tolist() == [[0, 1], [2, 0]]
