"""The ops every other family stands on: placeholder, identity, cast, shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.errors import UnimplementedError
from flowgraph.graph.composite import PartialTensor
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.building import apply as apply
from flowgraph.ops.building import apply_all as apply_all
from flowgraph.ops.building import build as build
from flowgraph.ops.checks import runtime_name
from flowgraph.ops.constant import Const as Const
from flowgraph.ops.constant import constant as constant
from flowgraph.ops.conversion import convert_to_tensor as convert_to_tensor
from flowgraph.ops.conversion import (
    register_tensor_conversion_function as register_tensor_conversion_function,
)
from flowgraph.ops.types import FLOATS as FLOATS
from flowgraph.ops.types import INDEX as INDEX
from flowgraph.ops.types import INEXACT as INEXACT
from flowgraph.ops.types import INTS as INTS
from flowgraph.ops.types import NUMBERS as NUMBERS
from flowgraph.ops.types import REALS as REALS
from flowgraph.shapes import TensorShape, as_shape


class Placeholder(Op):
    """A value given anew at each run."""

    signature = Signature("-> output: dtype")
    is_stateful = True

    dtype: DType
    shape: TensorShape

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (self.shape,)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return ()


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """Return a tensor whose value is fed at each run.

    Parameters
    ----------
    dtype : DType
    shape : list of int or None, optional
        ``None`` for a dimension that may vary; left out, any shape may be fed.
    name : str, optional

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> tf.Session().run(x * 2, {x: [[1, 2]]})
    array([[2., 4.]], dtype=float32)
    """
    try:
        kind = as_dtype(dtype).base_dtype
    except TypeError:
        raise TypeError(f"Expected DataType for argument 'dtype' not {dtype!r}.") from None
    try:
        sizes = as_shape(shape)
    except (TypeError, ValueError) as error:
        raise type(error)(f"Error converting shape to a TensorShape: {error}.") from None
    return apply(Placeholder(dtype=kind, shape=sizes), name=name)


class PlaceholderWithDefault(Op):
    """A value that may be given anew at each run, and is the input otherwise."""

    signature = Signature("input: dtype -> output: dtype")
    is_stateful = True
    may_alias = True

    shape: TensorShape

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        inputs[0].shape.merge_with(self.shape)
        return (self.shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return inputs[0]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (dys[0],)


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Return a tensor that may be fed, and has the value of `input` when it is not.

    Parameters
    ----------
    input : Tensor
    shape : list of int or None
        What may be fed; `input` must fit it.
    name : str, optional

    Examples
    --------
    >>> rate = tf.placeholder_with_default(0.5, [], name="rate")
    >>> print(tf.Session().run(rate), tf.Session().run(rate, {rate: 1}))
    0.5 1.0
    """
    return apply(PlaceholderWithDefault(shape=as_shape(shape)), input, name=name)


# -- identity, cast ----------------------------------------------------------------------------


class Identity(Op):
    """The input itself."""

    signature = Signature("input: T -> output: T")
    may_alias = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return inputs[0].static_shape()

    def passes_through(self, *inputs: Spec) -> int | None:
        return 0

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return inputs[0]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (dys[0],)


def identity(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor of the same value: a new name, or a place for control dependencies.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Examples
    --------
    >>> tf.identity(tf.constant(1.0), name="alias")
    <tf.Tensor 'alias:0' shape=() dtype=float32>
    """
    return apply(Identity(), input, name=name)


class StopGradient(Identity):
    """The input, through which no gradient flows."""

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (None,)


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """Return `input` as a constant to differentiation.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Examples
    --------
    >>> x = tf.constant(3.0)
    >>> print(tf.Session().run(tf.gradients(x * tf.stop_gradient(x), x)[0]))
    3.0
    """
    return apply(StopGradient(), input, name=name)


class PreventGradient(Identity):
    """The input; asking for its gradient is an error."""

    message: str = ""

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        raise LookupError(f"Gradient explicitly disabled. Reason: {self.message}")


def prevent_gradient(input: Any, message: str = "", name: str | None = None) -> Tensor:
    """Return `input`; a gradient through it raises LookupError with `message`."""
    return apply(PreventGradient(message=message), input, name=name)


class Cast(Op):
    """The input converted to another dtype; floats are truncated towards zero."""

    signature = Signature("x: SrcT -> y: DstT")

    DstT: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return inputs[0].static_shape() if self.DstT.is_integer else None

    def passes_through(self, *inputs: Spec) -> int | None:
        return 0 if inputs[0].dtype is self.DstT else None

    def scalar(self, *specs: Spec) -> str | None:
        return "({0} != 0)" if self.DstT is dtypes.bool else "(({T}){0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return self._source(*inputs).astype(self.DstT.numpy)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.copyto(out, self._source(*inputs), casting="unsafe")

    def _source(self, x: Array) -> Array:
        if (x.dtype.kind == "O") is not (self.DstT is dtypes.string):
            source = runtime_name(as_dtype(x.dtype))
            message = f"Cast {source} to {runtime_name(self.DstT)} is not supported"
            raise UnimplementedError(None, None, message)
        return x.real if x.dtype.kind == "c" and not self.DstT.is_complex else x

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        source = operation.inputs[0].dtype.base_dtype
        both = (source, self.DstT)
        if all(kind.is_floating or kind.is_complex for kind in both):
            return (cast(dys[0], source),)
        return (None,)


def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Convert to another dtype.

    Parameters
    ----------
    x : Tensor, SparseTensor or IndexedSlices
    dtype : DType
        Floats become ints by truncation; complex numbers lose their imaginary part.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.cast([1.8, -1.8], tf.int32))
    array([ 1, -1], dtype=int32)
    """
    target = as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x.dtype is target:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if isinstance(x, PartialTensor):
            return x.with_values(cast(x.values, target, name=scope))  # type: ignore[no-any-return]
        tensor = convert_to_tensor(x, name="x")
        if tensor.dtype.base_dtype is target:
            return tensor
        return apply(Cast(DstT=target), tensor, name=scope)


# -- shapes ------------------------------------------------------------------------------------


class Shape(Op):
    """The shape of the input, as an integer vector."""

    signature = Signature("input: T -> output: out_type", out_type=INDEX)
    host_outputs = True

    out_type: DType = dtypes.int32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = inputs[0].shape.sizes
        return (TensorShape.of((None if sizes is None else len(sizes),)),)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        sizes = inputs[0].shape.sizes
        if sizes is None or None in sizes:
            return None
        return (np.array(sizes, dtype=self.out_type.numpy),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return inputs[0].shape

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return np.array(inputs[0].shape, dtype=self.out_type.numpy)

    gradient = Op.not_differentiable


def shape(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """Return the shape of a tensor as an integer vector.

    Parameters
    ----------
    input : Tensor
    name : str, optional
    out_type : DType
        int32 or int64.

    Notes
    -----
    A constant if the static shape is fully known.

    Examples
    --------
    >>> tf.Session().run(tf.shape([[1, 2, 3]]))
    array([1, 3], dtype=int32)
    """
    return _of_shape(Shape(out_type=as_dtype(out_type)), input, name)


class Size(Shape):
    """The number of elements of the input."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        count = inputs[0].shape.num_elements()
        return None if count is None else (np.array(count, dtype=self.out_type.numpy),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return None

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return np.array(inputs[0].size, dtype=self.out_type.numpy)


def size(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """Return the number of elements of a tensor.

    Parameters
    ----------
    input : Tensor
    name : str, optional
    out_type : DType
        int32 or int64.

    Examples
    --------
    >>> print(tf.Session().run(tf.size([[1, 2, 3]])))
    3
    """
    return _of_shape(Size(out_type=as_dtype(out_type)), input, name)


class Rank(Op):
    """The number of dimensions of the input."""

    signature = Signature("input: T -> output: int32")
    host_outputs = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        sizes = inputs[0].shape.sizes
        return None if sizes is None else (np.array(len(sizes), dtype=np.int32),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return np.array(inputs[0].ndim, dtype=np.int32)

    gradient = Op.not_differentiable


def rank(input: Any, name: str | None = None) -> Tensor:
    """Return the number of dimensions of a tensor.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.rank([[1, 2, 3]])))
    2
    """
    return _of_shape(Rank(), input, name)


def _of_shape(op: Op, input: Any, name: str | None) -> Tensor:
    """Build an op whose value the input's shape may fix already: then a constant."""
    with name_scope(name, op.type, [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        (known,) = op.value_from_shapes(tensor) or (None,)
        if known is not None:
            return constant(known, known.dtype, name=scope)
        return apply(op, tensor, name=scope)
