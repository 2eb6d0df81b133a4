"""`make_tensor_proto` and `make_ndarray`."""

import numpy as np
import pytest
from google.protobuf import text_format

import flowgraph as tf
from flowgraph import protos
from flowgraph.dtypes import DType
from flowgraph.ops.tensor_proto import constant_proto

NUMERIC = [
    dtype
    for number in range(1, 24)
    if (dtype := DType(number)).name not in ("string", "resource", "variant")
]


def text(message):
    return text_format.MessageToString(message, as_one_line=True)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (([1.0, 2.0],), r'dtype: DT_FLOAT [2] tensor_content: "\000\000\200?\000\000\000@"'),
        ((3.0,), "dtype: DT_FLOAT [] float_val: 3.0"),
        (([2.0],), "dtype: DT_FLOAT [1] float_val: 2.0"),
        (([b"a", "b"],), 'dtype: DT_STRING [2] string_val: "a" string_val: "b"'),
        ((1, None, [2, 3]), "dtype: DT_INT32 [2,3] int_val: 1"),
        (([1, 2], None, [3, 2]), "dtype: DT_INT32 [3,2] int_val: 1 int_val: 2"),
        (([1, 2], tf.float16), "dtype: DT_HALF [2] half_val: 15360 half_val: 16384"),
        ((1.5, tf.bfloat16), "dtype: DT_BFLOAT16 [] half_val: 16320"),
        (([True, True],), "dtype: DT_BOOL [2] bool_val: true bool_val: true"),
        ((1 + 2j,), "dtype: DT_COMPLEX128 [] dcomplex_val: 1.0 dcomplex_val: 2.0"),
        (([], tf.float32), "dtype: DT_FLOAT [0]"),
    ],
)
def test_messages_are_those_of_tensorflow(arguments, expected):
    found = text(tf.make_tensor_proto(*arguments))
    before, _, rest = expected.partition("[")
    sizes, _, after = rest.partition("]")
    dims = ["dim { size: " + n + " }" if n != "0" else "dim { }" for n in sizes.split(",") if n]
    shape = f"tensor_shape {{ {' '.join(dims)} }}" if dims else "tensor_shape { }"
    assert found == f"{before}{shape}{after}"


@pytest.mark.parametrize("dtype", NUMERIC, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("sizes", [(), (1,), (2, 3), (0, 2), (40,)])
def test_arrays_pass_both_ways(dtype, sizes):
    rng = np.random.RandomState(0)
    array = rng.randint(0, 100, sizes).astype(dtype.numpy)
    for message in (tf.make_tensor_proto(array, dtype), constant_proto(array, dtype)):
        found = tf.make_ndarray(protos.TensorProto.FromString(message.SerializeToString()))
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("dtype", NUMERIC, ids=lambda dtype: dtype.name)
def test_the_last_value_is_repeated(dtype):
    values = np.array([1, 0, 1], dtype=dtype.numpy)
    message = tf.make_tensor_proto(values, dtype, shape=[2, 3])
    expected = np.array([[1, 0, 1], [1, 1, 1]], dtype=dtype.numpy)
    np.testing.assert_array_equal(tf.make_ndarray(message), expected)
    empty = protos.TensorProto(dtype=dtype.as_datatype_enum)
    empty.tensor_shape.dim.add(size=2)
    np.testing.assert_array_equal(tf.make_ndarray(empty), np.zeros(2, dtype.numpy))


def test_equal_elements_are_written_once():
    assert len(constant_proto(np.zeros((100, 100), np.int32), tf.int32).int_val) == 1
    nan = np.full(40, np.nan)
    np.testing.assert_array_equal(tf.make_ndarray(constant_proto(nan, tf.float64)), nan)
    mixed = constant_proto(np.array([0.0, -0.0]), tf.float64)
    assert str(tf.make_ndarray(mixed).tolist()) == "[0.0, -0.0]"


def test_negative_numbers():
    for dtype in (tf.int8, tf.int16, tf.int32, tf.int64):
        assert tf.make_ndarray(tf.make_tensor_proto(-3, dtype)) == -3
    assert tf.make_ndarray(tf.make_tensor_proto(2**64 - 1, tf.uint64)) == 2**64 - 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"values": [1, 2, 3], "shape": [2]}, ValueError, "Needed at most 2, but received 3"),
        (
            {"values": [1, 2], "shape": [3, 2], "verify_shape": True},
            TypeError,
            r"Expected Tensor's shape: \(3, 2\), got \(2,\).",
        ),
        (
            {"values": [1, 2], "shape": [4], "allow_broadcast": True},
            TypeError,
            "Expected Tensor's shape",
        ),
        ({"values": None}, ValueError, "None values not supported."),
        (
            {"values": [1.5], "dtype": tf.int32},
            TypeError,
            "Expected int32, got 1.5 of type 'float'",
        ),
    ],
)
def test_values_that_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        tf.make_tensor_proto(**arguments)


@pytest.mark.parametrize(
    ("message", "error", "words"),
    [
        ("dtype: DT_RESOURCE", TypeError, "Unsupported tensor type: DT_RESOURCE"),
        ("", TypeError, "Unsupported tensor type: DT_INVALID"),
        ("dtype: DT_FLOAT float_val: [1, 2]", ValueError, r"2 values for a tensor of shape \[\]"),
        ("dtype: DT_FLOAT tensor_shape { unknown_rank: true }", ValueError, "must be known"),
        ("dtype: DT_FLOAT tensor_shape { dim { size: -1 } }", ValueError, "must be known"),
        (
            "dtype: DT_FLOAT tensor_shape { dim { size: 1099511627776 } }",
            ValueError,
            "has 2 GB or more",
        ),
        ('dtype: DT_FLOAT tensor_content: "abc"', ValueError, "3 bytes for 1 elements of float32"),
        ("dtype: DT_COMPLEX64 scomplex_val: 1", ValueError, "0 values for"),
    ],
)
def test_messages_that_are_refused(message, error, words):
    with pytest.raises(error, match=words):
        tf.make_ndarray(text_format.Parse(message, protos.TensorProto()))
