"""Tensors filled with one value."""

from __future__ import annotations

import functools
import math
import operator
from typing import Any, ClassVar

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.core import INDEX, Shape, apply, constant, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.shapes import TensorShape, as_shape

# From this many elements on a constant would make saved graphs large: a Fill is made instead.
_LARGEST_CONSTANT = 1000


class Fill(Op):
    """One value in every element of a given shape."""

    signature = Signature("dims: index_type, value: T -> output: T", index_type=INDEX)
    host_inputs = (0,)
    broadcasts = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 1)
        with_rank(inputs[1].shape, 0)
        shape, dims = inputs[0].static_shape(), inputs[0].static_value()
        if dims is not None and dims.min(initial=0) < -1:
            wrong = next(n for n in dims.tolist() if n < -1)
            raise ValueError(f"Invalid value in tensor used for shape: {wrong}")
        if dims is not None and (dims < 0).any():
            raise ValueError("Fill dimensions must be >= 0")
        return (shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dims, value = inputs
        sizes = dims.reshape(-1).tolist()
        if sizes and min(sizes) < 0:
            raise invalid(f"Dimension {min(sizes)} must be >= 0")
        return xp.full(sizes, value, dtype=value.dtype)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        out[...] = inputs[1]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (None, dys[0])


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """Return a tensor of shape `dims` with `value` in every element.

    Parameters
    ----------
    dims : Tensor or list of int
    value : scalar
        Any dtype.
    name : str, optional

    Raises
    ------
    ValueError
        If a size is known to be negative, or `value` is no scalar.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.fill([2, 3], 9))
    array([[9, 9, 9],
           [9, 9, 9]], dtype=int32)
    """
    return apply(Fill(), dims, value, name=name)


class ZerosLike(Op):
    """Zeros of the input's shape and dtype."""

    signature = Signature("x: T -> y: T")
    value: ClassVar[int] = 0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        if x.dtype == object:
            return xp.full(x.shape, b"", dtype=object)
        return xp.full(x.shape, self.value, dtype=x.dtype)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        out[...] = self.value

    gradient = Op.not_differentiable


class OnesLike(ZerosLike):
    """Ones of the input's shape and dtype."""

    value = 1


def zeros(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Return a tensor of zeros.

    Parameters
    ----------
    shape : Tensor or list of int
    dtype : DType
        For strings the zero is ``b""``, for bools False.
    name : str, optional

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.zeros([2]))
    array([0., 0.], dtype=float32)
    """
    kind = as_dtype(dtype).base_dtype
    zero: Any = "" if kind is dtypes.string else False if kind.is_bool else 0
    with name_scope(name, "zeros", [shape]) as scope:
        return _filled(shape, zero, kind, scope)


def ones(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Return a tensor of ones.

    Parameters
    ----------
    shape : Tensor or list of int
    dtype : DType
        For bools the one is True.
    name : str, optional

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.ones([2], tf.int32))
    array([1, 1], dtype=int32)
    """
    kind = as_dtype(dtype).base_dtype
    with name_scope(name, "ones", [shape]) as scope:
        return _filled(shape, True if kind.is_bool else 1, kind, scope)


def _filled(shape: Any, value: Any, dtype: DType, scope: str) -> Tensor:
    """Make a constant of a small known shape, else a Fill."""
    if isinstance(shape, Tensor):
        dims = shape
    else:
        try:
            sizes = as_shape(shape).as_list()
            if None in sizes:
                raise ValueError(
                    f"Cannot convert a partially known TensorShape to a Tensor: {shape}"
                )
        except (TypeError, ValueError):
            _multiply_out(shape)
            dims = convert_to_tensor(shape, dtypes.int32)
        else:
            is_small = math.prod(n for n in sizes if n is not None) < _LARGEST_CONSTANT
            if is_small and not isinstance(shape, int):  # as TensorFlow has it
                return constant(value, dtype, sizes, name=scope)
            dims = convert_to_tensor(TensorShape(sizes))
    if dims.shape.ndims == 0:
        dims = reshape(dims, [-1])
    return fill(dims, constant(value, dtype), name=scope)


def _multiply_out(shape: Any) -> None:
    """Add the nodes with which TensorFlow asks whether a list with tensors in it is small.

    They give nothing, but seeds are counts of nodes.
    """
    if isinstance(shape, list | tuple) and any(isinstance(n, Tensor) for n in shape):
        sizes = [n if isinstance(n, Tensor) else as_shape([n])[0].value for n in shape]
        if None not in sizes:
            operator.lt(functools.reduce(operator.mul, sizes), _LARGEST_CONSTANT)


def zeros_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Return zeros of the shape of `tensor`.

    Parameters
    ----------
    tensor : Tensor
    dtype : DType, optional
        By default that of `tensor`.
    name : str, optional
    optimize : bool
        Make a constant if the shape is known.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.zeros_like([[1, 2]]))
    array([[0, 0]], dtype=int32)
    """
    with name_scope(name, "zeros_like", [tensor]) as scope:
        given = convert_to_tensor(tensor, name="tensor")
        kind = given.dtype.base_dtype if dtype is None else as_dtype(dtype).base_dtype
        if optimize and given.shape.is_fully_defined():
            return zeros(given.shape, kind, name=scope)
        if kind is given.dtype.base_dtype:
            return apply(ZerosLike(), given, name=scope)
        return zeros(_dims_of(given, optimize), kind, name=scope)


def ones_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Return ones of the shape of `tensor`.

    Parameters
    ----------
    tensor : Tensor
    dtype : DType, optional
        By default that of `tensor`.
    name : str, optional
    optimize : bool
        Make a constant if the shape is known.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.ones_like([[5, 6]]))
    array([[1, 1]], dtype=int32)
    """
    with name_scope(name, "ones_like", [tensor]) as scope:
        given = convert_to_tensor(tensor, name="tensor")
        kind = given.dtype.base_dtype if dtype is None else as_dtype(dtype).base_dtype
        result = ones(_dims_of(given, optimize), kind, name=scope)
        result.set_shape(given.shape)
        return result


def _dims_of(tensor: Tensor, optimize: bool) -> Tensor:
    if optimize:
        return shape_of(tensor)
    return apply(Shape(), tensor, name="Shape")
