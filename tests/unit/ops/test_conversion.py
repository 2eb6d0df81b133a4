"""What converts to a tensor, to which dtype, and how programs teach their own types."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops import conversion


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(conversion, "_converters", list(conversion._converters))


class Length:
    def __init__(self, metres):
        self.metres = metres


def test_tensors_stay_themselves():
    a = tf.constant(1.0, name="a")
    assert tf.convert_to_tensor(a) is tf.convert_to_tensor(a, tf.float32) is a
    with pytest.raises(ValueError) as caught:
        tf.convert_to_tensor(a, tf.float64)
    assert str(caught.value) == (
        "Tensor conversion requested dtype float64 for Tensor with dtype float32: "
        "<tf.Tensor 'a:0' shape=() dtype=float32>"
    )


@pytest.mark.parametrize(
    ("value", "hint", "dtype"),
    [
        (1, tf.float32, "float32"), (1.5, tf.int32, "float32"), ("a", tf.float32, "string"),
        ([1, 2], tf.float64, "float64"), (True, tf.float32, "float32"), ([], tf.int32, "int32"),
        (np.float64(1), tf.float32, "float32"), (np.array([1.5]), tf.int32, "int32"),
    ],
)  # fmt: skip
def test_a_hint_is_taken_where_it_can_be(value, hint, dtype):
    assert tf.convert_to_tensor(value, preferred_dtype=hint).dtype.name == dtype


def test_lists_with_tensors_are_packed():
    a, i = tf.constant(1.0), tf.constant(1)
    packed = tf.convert_to_tensor([[a, 1], [2, a]])
    assert packed.op.type == "Pack"
    np.testing.assert_array_equal(tf.Session().run(packed), [[1, 1], [2, 1]])
    with pytest.raises(TypeError):
        tf.convert_to_tensor([a, i])


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (tf.TensorShape([1, 2]), None, ("int32", [1, 2])),
        (tf.TensorShape([1, 2]), tf.int64, ("int64", [1, 2])),
        (tf.TensorShape([]), None, ("int32", [])),
        (tf.TensorShape([2**40]), None, ("int64", [2**40])),
        (tf.Dimension(3), None, ("int32", 3)),
        ([tf.Dimension(3), 4], tf.int32, ("int32", [3, 4])),
    ],
)
def test_shapes_are_integers(value, dtype, expected):
    tensor = tf.convert_to_tensor(value, dtype)
    assert tensor.dtype.name == expected[0]
    np.testing.assert_array_equal(tf.Session().run(tensor), expected[1])


@pytest.mark.parametrize(
    ("value", "dtype", "error", "line"),
    [
        (tf.TensorShape([None]), None, ValueError, "Cannot convert a partially known TensorShape"),
        (tf.Dimension(None), None, ValueError, "Cannot convert an unknown Dimension to a Tensor"),
        (tf.TensorShape([1]), tf.float32, TypeError, "Cannot convert a TensorShape to dtype"),
        (tf.TensorShape([2**40]), tf.int32, ValueError, "Cannot convert a TensorShape to dtype"),
    ],
)
def test_shapes_that_are_no_tensors(value, dtype, error, line):
    with pytest.raises(error, match=line):
        tf.convert_to_tensor(value, dtype)


def test_types_are_taught():
    def convert(value, dtype=None, name=None, as_ref=False):
        return tf.constant(value.metres, dtype, name=name)

    tf.register_tensor_conversion_function(Length, convert)
    assert tf.convert_to_tensor(Length(2), name="x").name == "x:0"
    total = tf.constant(1.5) + Length(2)
    assert total.op.inputs[1].name == "add/y:0"
    assert tf.Session().run(total) == 3.5


def test_lower_priorities_go_first_and_may_decline():
    def giving(result):
        return lambda value, dtype=None, name=None, as_ref=False: result

    tf.register_tensor_conversion_function(Length, giving(tf.constant(1, name="late")))
    tf.register_tensor_conversion_function((Length, set), giving(tf.constant(2, name="b")), 50)
    tf.register_tensor_conversion_function(Length, giving(NotImplemented), 1)
    assert tf.convert_to_tensor(Length(1)).name == "b:0"
    with pytest.raises(RuntimeError, match="incompatible dtype: requested = float32, actual = int"):
        tf.convert_to_tensor(Length(1), tf.float32)
    tf.register_tensor_conversion_function(Length, giving(5), 0)
    with pytest.raises(RuntimeError, match=r"^x: Conversion function .* returned non-Tensor: 5$"):
        tf.convert_to_tensor(Length(1), name="x")


def test_what_is_registered_is_checked():
    with pytest.raises(TypeError, match="base_type must be a type or a tuple of types"):
        tf.register_tensor_conversion_function(5, len)
    with pytest.raises(TypeError, match="conversion_func must be callable"):
        tf.register_tensor_conversion_function(Length, 5)
