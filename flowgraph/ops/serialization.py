"""Tensors as TensorProto messages in strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import protos, shapes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, runtime_name
from flowgraph.ops.core import apply
from flowgraph.ops.tensor_proto import content_proto, make_ndarray
from flowgraph.shapes import TensorShape


class SerializeTensor(Op):
    """A tensor as a TensorProto message."""

    signature = Signature("tensor: T -> serialized: string")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        array = np.asarray(inputs[0])
        if array.dtype.kind == "S":
            array = array.astype(object)
        message = content_proto(array, as_dtype(array.dtype))
        return np.array(message.SerializeToString(deterministic=True), dtype=object)

    gradient = Op.not_differentiable


class ParseTensor(Op):
    """The tensor that a TensorProto message holds."""

    signature = Signature("serialized: string -> output: out_type")

    out_type: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (shapes.unknown_shape(),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        given = np.asarray(inputs[0], dtype=object)
        if given.ndim:
            raise invalid(
                f"Expected `serialized` to be a scalar, got shape: {bracketed(given.shape)}"
            )
        from google.protobuf.message import DecodeError

        text = given.item()
        message = protos.TensorProto()
        try:
            message.ParseFromString(text)
            array = make_ndarray(message)
        except (DecodeError, TypeError, ValueError):
            shown = text.decode("utf-8", "backslashreplace")
            raise invalid(f"Could not parse `serialized` as TensorProto: '{shown}'") from None
        found = as_dtype(message.dtype)
        if found is not self.out_type:
            raise invalid(
                f"Type mismatch between parsed tensor ({runtime_name(found)}) and dtype "
                f"({runtime_name(self.out_type)})"
            )
        return xp.asarray(array)

    gradient = Op.not_differentiable


def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    r"""Return a tensor as a TensorProto message in a string.

    Parameters
    ----------
    tensor : Tensor
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.io.serialize_tensor([1.0, 2.0])))
    b'\x08\x01\x12\x04\x12\x02\x08\x02"\x08\x00\x00\x80?\x00\x00\x00@'
    """
    return apply(SerializeTensor(), tensor, name=name)


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """Return the tensor that a TensorProto message holds.

    Parameters
    ----------
    serialized : Tensor
        A string, as `serialize_tensor` makes.
    out_type : DType
        The dtype of the tensor in it.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if the string is no such message, or of another dtype.

    Examples
    --------
    >>> text = tf.io.serialize_tensor([1.0, 2.0])
    >>> tf.Session().run(tf.io.parse_tensor(text, tf.float32))
    array([1., 2.], dtype=float32)
    """
    return apply(ParseTensor(out_type=as_dtype(out_type).base_dtype), serialized, name=name)
