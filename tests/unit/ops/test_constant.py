"""Constants: which dtype and shape a value gets, and which values are refused.

Dtypes, values and error classes were settled on TensorFlow's ``compat.v1``.
"""

import numpy as np
import pytest

import flowgraph as tf

VALUES = [
    (1, "int32"), (1.5, "float32"), (True, "bool"), ("é", "string"), (b"a", "string"),
    (1j, "complex128"), ([], "float32"), ([[]], "float32"), ([1, 2.5], "float32"),
    ([1, True], "int32"), (2**31 - 1, "int32"), (2**31, "int64"), (-(2**31), "int32"),
    (-(2**31) - 1, "int64"), (2**63, "uint64"), ([1, 2**40], "int64"), (1e40, "float32"),
    (float("nan"), "float32"), (np.float64(1), "float64"), (np.float16(1), "float16"),
    (np.int8(1), "int8"), (np.int64(1), "int64"), (np.uint32(1), "uint32"),
    (np.bool_(True), "bool"), (np.complex64(1), "complex64"), (np.str_("x"), "string"),
    ([np.float64(1)], "float32"), ([np.float32(1), 2], "float32"), ([np.int64(1), 2], "int32"),
    ([np.int8(1)], "int8"), ([np.float16(1)], "float16"), ([np.bool_(True)], "bool"),
    (np.array([1, 2]), "int64"), (np.array([1.0]), "float64"), (np.array(["a", "b"]), "string"),
    (np.array(["a", b"b"], object), "string"), (np.zeros((0, 3)), "float64"),
    (((1, 2), [3, 4]), "int32"), (["a", b"b"], "string"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "dtype"), VALUES)
def test_dtypes_follow_from_values(value, dtype):
    tensor = tf.constant(value)
    assert tensor.dtype.name == dtype
    assert tensor.shape.as_list() == list(np.shape(value))


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (True, tf.float32, 1.0),
        ([1, True], tf.int32, [1, 1]),
        (1, tf.complex64, 1 + 0j),
        (np.float64(1.5), tf.int32, 1),
        (np.array([1.7, -2.7]), tf.int32, [1, -2]),
        (np.array([1.5]), tf.float32, [1.5]),
        ([np.int64(3)], tf.float32, [3.0]),
        (2**40, tf.int64, 2**40),
        ("a", tf.string, b"a"),
    ],
)
def test_values_take_the_dtype_asked_for(value, dtype, expected):
    tensor = tf.constant(value, dtype)
    assert tensor.dtype is dtype
    np.testing.assert_array_equal(tf.Session().run(tensor), expected)


@pytest.mark.parametrize(
    ("value", "dtype", "line"),
    [
        (1.5, tf.int32, "Expected int32, got 1.5 of type 'float' instead."),
        ([1, 2.5], tf.int64, "Expected int64, got 2.5 of type 'float' instead."),
        ([np.float64(1)], tf.int32, "Expected int32, got np.float64(1.0) of type 'float64'"),
        (1, tf.bool, "Expected bool, got 1 of type 'int' instead."),
        ("a", tf.float32, "Expected float32, got 'a' of type 'str' instead."),
        (1, tf.string, "Expected string, got 1 of type 'int' instead."),
        (1j, tf.float32, "Expected float32, got 1j of type 'complex' instead."),
        ([None], tf.float32, "Expected float32, got None of type 'NoneType' instead."),
        ([None], None, "Failed to convert object of type <class 'list'> to Tensor. Contents: [No"),
        (["a", 1], None, "Failed to convert object of type <class 'list'> to Tensor. Contents: ['"),
        ([1, "a"], None, "Failed to convert object of type <class 'list'> to Tensor. Contents: [1"),
        ({1: 2}, None, "Failed to convert object of type <class 'dict'> to Tensor. Contents: {1:"),
        (2**64, None, "Failed to convert object of type <class 'int'> to Tensor. Contents: 1844"),
        (1.0, tf.resource, "Cannot convert 1.0 to a constant of dtype resource."),
    ],
)
def test_values_of_another_dtype(value, dtype, line):
    with pytest.raises(TypeError) as caught:
        tf.constant(value, dtype)
    assert str(caught.value).startswith(line)


def test_the_element_at_fault_is_named():
    with pytest.raises(TypeError, match=r"\n  the element None is of type <class 'NoneType'>"):
        tf.constant([1, None])


def test_tensors_are_no_constants():
    for value in (tf.constant(1), [tf.constant(1)], [1, tf.constant(1)]):
        with pytest.raises(TypeError, match=r"^List of Tensors when single Tensor expected"):
            tf.constant(value)
    with pytest.raises(ValueError, match=r"^None values not supported\."):
        tf.constant(None)


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        (1, [2, 2], [[1, 1], [1, 1]]),
        ([1, 2], [2, 2], [[1, 2], [2, 2]]),
        ([1, 2], (1, 2), [[1, 2]]),
        ([1.0], [], 1.0),
        ([], [2], [0.0, 0.0]),
        (["a", "b"], [3], [b"a", b"b", b"b"]),
        (np.array([[1, 2]]), [2, 1], [[1], [2]]),
        (1, tf.TensorShape([2]), [1, 1]),
    ],
)
def test_shapes_are_filled_with_the_last_element(value, shape, expected):
    found = tf.Session().run(tf.constant(value, shape=shape))
    np.testing.assert_array_equal(found, expected)
    assert np.shape(found) == np.shape(expected)


def test_an_empty_shape_takes_no_dtype_from_the_value():
    assert tf.constant(0, shape=[0]).dtype is tf.float32
    assert tf.constant(0, tf.int32, [0]).dtype is tf.int32


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"^Too many elements .* at most 2, but received 3$"):
        tf.constant([1, 2, 3], shape=[2])
    with pytest.raises(TypeError, match=r"^Expected Tensor's shape: \(3,\), got \(2,\)\.$"):
        tf.constant([1, 2], shape=[3], verify_shape=True)
    with pytest.raises(ValueError, match="partial shape"):
        tf.constant(1, shape=[None])
    with pytest.raises(ValueError, match="larger than 2GB"):
        tf.constant(1, shape=[1 << 31, 8])
    with pytest.raises(ValueError, match="row 0 has 2 elements, row 1 has 1"):
        tf.constant([[1, 2], [3]])


def test_names():
    assert [tf.constant(1, name=None).name, tf.constant(1).name] == ["Const:0", "Const_1:0"]
