"""What ``tensor[key]``, lists of tensors and shapes known in part come to."""

import numpy as np
import pytest

import flowgraph as tf

VALUE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
KEYS = [
    1,
    (slice(None), -1),
    (slice(None, None, -1), slice(2, None), slice(0, 4, 3)),
    (Ellipsis, 1),
    (None, Ellipsis, slice(1, 2), None),
    (),
    (1, 2, 3),
    slice(5, 9),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_key_means_what_it_means_to_numpy(key):
    x = tf.placeholder(tf.float32, VALUE.shape)
    y = x[key]
    expected = VALUE[key]
    assert y.shape.as_list() == list(expected.shape)
    assert np.array_equal(tf.Session().run(y, {x: VALUE}), expected)


def test_a_tensor_may_be_an_index():
    x, i = tf.placeholder(tf.float32, [2, 3, 4]), tf.placeholder(tf.int32, [])
    assert x[:, i].shape.as_list() == [2, 4]
    y = x[:, i, 1:]
    assert np.array_equal(tf.Session().run(y, {x: VALUE, i: -2}), VALUE[:, -2, 1:])


def test_a_mask_may_be_a_key():
    x = tf.constant([[1, 2], [3, 4]])
    assert tf.Session().run(x[x > 2]).tolist() == [3, 4]


@pytest.mark.parametrize("key", ["a", 1.5, [[1, 2]]])
def test_other_keys_are_refused(key):
    with pytest.raises(TypeError, match=r"^Only integers, slices"):
        tf.zeros([2, 3])[key]


def test_a_slice_is_named_as_in_tensorflow():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    x[:, tf.placeholder(tf.int32, [], name="i")]
    assert [o.name for o in tf.get_default_graph().get_operations()] == [
        "x", "i", "add/y", "add", "strided_slice/stack/0", "strided_slice/stack",
        "strided_slice/stack_1/0", "strided_slice/stack_1", "strided_slice/stack_2",
        "strided_slice",
    ]  # fmt: skip


def test_a_list_with_a_tensor_in_it_is_packed():
    n = tf.placeholder(tf.int32, [], name="n")
    tf.reshape(tf.placeholder(tf.float32, name="x"), [n, 10])
    operations = tf.get_default_graph().get_operations()
    assert [(o.name, o.type) for o in operations[2:]] == [
        ("Reshape/shape/1", "Const"),
        ("Reshape/shape", "Pack"),
        ("Reshape", "Reshape"),
    ]
    with pytest.raises(TypeError, match=r"^Cannot convert a list containing a tensor of dtype"):
        tf.convert_to_tensor([n, tf.constant(1.0)])


def test_what_is_known_of_a_shape_is_passed_on():
    x = tf.placeholder(tf.float32, [None, 28, 28])
    sizes = tf.shape(x)
    assert tf.reshape(x, [sizes[0], 784]).shape.as_list() == [None, 784]
    assert tf.zeros(tf.stack([sizes[0], sizes[1]])).shape.as_list() == [None, 28]
    assert tf.zeros(sizes[1:]).shape.as_list() == [28, 28]
    assert tf.zeros(tf.concat([sizes[:1], [5]], 0)).shape.as_list() == [None, 5]
    assert tf.zeros([tf.unstack(sizes)[2]]).shape.as_list() == [28]
    assert tf.zeros(tf.gather(sizes, [1, 2])).shape.as_list() == [28, 28]
    assert sizes[0].static_value() is None


def test_the_gradient_of_gathered_rows_is_rows():
    table = tf.constant(VALUE[0])
    (dx,) = tf.gradients(tf.gather(table, [2, 0, 2]), table)
    assert isinstance(dx, tf.IndexedSlices)
    value = tf.Session().run(dx)
    assert value.indices.tolist() == [2, 0, 2]
    assert value.values.tolist() == np.ones((3, 4)).tolist()
    assert value.dense_shape.tolist() == [3, 4]
    (dense,) = tf.gradients(tf.gather(table, [1, 1], axis=1), table)
    assert tf.Session().run(dense).tolist() == [[0, 2, 0, 0]] * 3
