"""Ops that give a tensor another shape, or its axes another order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph import shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import axis_within, bracketed, invalid, renamed_argument, with_rank
from flowgraph.ops.core import INDEX, apply, convert_to_tensor, rank, shape
from flowgraph.ops.hints import reshape_hint
from flowgraph.ops.sequences import Range, invert_permutation
from flowgraph.shapes import TensorShape


class Reshape(Op):
    """The elements of the input, in the same order, in another shape."""

    signature = Signature("tensor: T, shape: Tshape -> output: T", Tshape=INDEX)
    host_inputs = (1,)
    may_alias = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 1)
        value = inputs[1].static_value()
        for size in () if value is None else value.tolist():
            if size < -1:
                raise ValueError(f"Invalid value in tensor used for shape: {size}")
        return (_reshaped(inputs[0].shape, inputs[1].static_shape()),)

    def passes_through(self, *inputs: Spec) -> int | None:
        wanted = inputs[1].static_value()
        same = wanted is not None and inputs[0].shape.sizes == tuple(wanted.tolist())
        return 0 if same else None

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, target = inputs
        return xp.reshape(x, _complete(x.size, target.reshape(-1).tolist()))

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        target = inputs[1] if isinstance(inputs[1], np.ndarray) else inputs[1].static_value()
        return None if target is None else reshape_hint(inputs[0], target.reshape(-1).tolist())

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (reshape(dys[0], shape(operation.inputs[0])), None)


def _reshaped(source: TensorShape, target: TensorShape) -> TensorShape:
    """Return `target` with its one unknown size, if the elements of `source` fix it."""
    before, after = source.sizes, target.sizes
    if before is None or after is None:
        return target
    if before.count(None) > 1 or after.count(None) > 1:
        return target
    have = math.prod(n for n in before if n is not None)
    want = math.prod(n for n in after if n is not None)
    if None not in before and None not in after and have != want:
        raise ValueError(
            f"Cannot reshape a tensor with {have} elements to shape {bracketed(after)} "
            f"({want} elements)"
        )
    if None not in before and None in after and want > 0:
        _check_divides(want, have)
        return TensorShape.of(tuple(have // want if n is None else n for n in after))
    if None in before and None not in after and have > 0:
        _check_divides(have, want)
    return target


def _check_divides(divisor: int, size: int) -> None:
    if size % divisor:
        raise ValueError(f"Dimension size must be evenly divisible by {divisor} but is {size}")


def _complete(size: int, target: list[int]) -> list[int]:
    """Replace the -1 in the shape asked for, checking it against the number of elements."""
    missing = [axis for axis, n in enumerate(target) if n == -1]
    if len(missing) > 1:
        raise invalid(f"Only one input size may be -1, not both {missing[0]} and {missing[1]}")
    negative = next((axis for axis, n in enumerate(target) if n < -1), None)
    if negative is not None:
        raise invalid(f"Size {negative} must be non-negative, not {target[negative]}")
    known = math.prod(n for n in target if n != -1)
    if not missing:
        if known != size:
            raise invalid(
                f"Input to reshape is a tensor with {size} values, but the requested shape "
                f"has {known}",
            )
        return target
    if known == 0:
        raise invalid(
            "reshape cannot infer the missing input size for an empty tensor unless all "
            "specified input sizes are non-zero",
        )
    if size % known:
        raise invalid(
            f"Input to reshape is a tensor with {size} values, but the requested shape requires "
            f"a multiple of {known}",
        )
    target[missing[0]] = size // known
    return target


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """Return the same elements in another shape.

    Parameters
    ----------
    tensor : Tensor
        Any shape and dtype.
    shape : Tensor or list of int
        The new shape. One size may be -1: it follows from the others.
    name : str, optional

    Raises
    ------
    ValueError
        If the number of elements is known to differ.
    tf.errors.InvalidArgumentError
        If it is found to differ when the graph runs.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.placeholder(tf.float32, [None, 28, 28])
    >>> print(tf.reshape(x, [-1, 784]).shape)
    (?, 784)
    """
    return apply(Reshape(), tensor, shape, name=name)


class ExpandDims(Op):
    """The input with an axis of size 1 inserted."""

    signature = Signature("input: T, dim: Tdim -> output: T", Tdim=INDEX)
    host_inputs = (1,)
    may_alias = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes, axis = inputs[0].shape.sizes, inputs[1].static_value()
        count = inputs[1].shape.num_elements()
        if count is not None and count != 1:
            raise ValueError(f"'dim' input must be a tensor with a single value, not {count}")
        if sizes is None or axis is None:
            return (shapes.unknown_shape(),)
        where = axis.item()
        if not -len(sizes) - 1 <= where <= len(sizes):
            raise ValueError(f"dim {where} not in the interval [{-len(sizes) - 1}, {len(sizes)}].")
        where += len(sizes) + 1 if where < 0 else 0
        return (TensorShape.of((*sizes[:where], 1, *sizes[where:])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, axis = inputs[0], int(inputs[1].reshape(()))
        if not -x.ndim - 1 <= axis <= x.ndim:
            raise invalid(
                f"Tried to expand dim index {axis} for tensor with {x.ndim} dimensions.",
            )
        return xp.expand_dims(x, axis)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (reshape(dys[0], shape(operation.inputs[0])), None)


def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Insert an axis of size 1.

    Parameters
    ----------
    input : Tensor
    axis : int
        Where the new axis stands in the result. Negative counts from the end.
    name : str, optional
    dim : int
        The old name of `axis`.

    Raises
    ------
    ValueError
        If neither or both of `axis` and `dim` are given, or it is out of range.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.expand_dims(tf.zeros([2, 3]), -1)
    <tf.Tensor 'ExpandDims:0' shape=(2, 3, 1) dtype=float32>
    """
    axis = renamed_argument("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return apply(ExpandDims(), input, axis, name=name)


class Squeeze(Op):
    """The input without axes of size 1: the given ones, or all."""

    signature = Signature("input: T -> output: T")
    may_alias = True

    squeeze_dims: tuple[int, ...] = ()

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = inputs[0].shape.sizes
        if sizes is None:
            return (shapes.unknown_shape(),)
        if not self.squeeze_dims:
            known = None if None in sizes else tuple(n for n in sizes if n != 1)
            return (TensorShape.of(known),)
        rank = len(sizes)
        axes = [
            axis_within(axis, rank, f"squeeze_dims[{i}] not in [{-rank},{rank}).")
            for i, axis in enumerate(self.squeeze_dims)
        ]
        for axis in axes:
            if sizes[axis] not in (1, None):
                raise ValueError(
                    f"Can not squeeze dim[{axis}], expected a dimension of 1, got {sizes[axis]}"
                )
        return (TensorShape.of(tuple(n for i, n in enumerate(sizes) if i not in axes)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        text = f"Tried to squeeze dim index {{}} for tensor with {x.ndim} dimensions."
        axes = tuple(axis_within(a, x.ndim, text.format(a), invalid) for a in self.squeeze_dims)
        for axis in axes:
            if x.shape[axis] != 1:
                raise invalid(
                    f"Can not squeeze dim[{axis}], expected a dimension of 1, got {x.shape[axis]}",
                )
        return xp.squeeze(x, axis=axes) if axes else xp.squeeze(x)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (reshape(dys[0], shape(operation.inputs[0])),)


def squeeze(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Tensor:
    """Remove axes of size 1.

    Parameters
    ----------
    input : Tensor
    axis : int or list of int, optional
        The axes to remove; every axis of size 1 if left out.
    name : str, optional
    squeeze_dims : int or list of int, optional
        The old name of `axis`.

    Raises
    ------
    ValueError
        If both names are given, or an axis is known to have another size than 1.
    tf.errors.InvalidArgumentError
        If an axis is found to have another size than 1 when the graph runs.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.squeeze(tf.zeros([1, 3, 1]), [0])
    <tf.Tensor 'Squeeze:0' shape=(3, 1) dtype=float32>
    """
    axis = renamed_argument("axis", axis, "squeeze_dims", squeeze_dims)
    if axis is None:
        axes: tuple[int, ...] = ()
    else:
        axes = tuple(int(a) for a in np.atleast_1d(axis))
    return apply(Squeeze(squeeze_dims=axes), input, name=name)


class Transpose(Op):
    """The input with its axes permuted."""

    signature = Signature("x: T, perm: Tperm -> y: T", Tperm=INDEX)
    host_inputs = (1,)
    may_alias = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes, perm = inputs[0].shape.sizes, inputs[1].static_value()
        length = with_rank(inputs[1].shape, 1).sizes
        count = length[0] if length is not None else None
        if sizes is not None:
            count = len(sizes) if count is None else count
            if count != len(sizes):
                raise ValueError(f"Dimension must be {len(sizes)} but is {count}")
        if perm is None or sizes is None:
            return (shapes.unknown_shape(count),)
        for axis in perm.tolist():
            if not -len(sizes) <= axis < len(sizes):
                raise ValueError(f"perm dim {axis} is out of range of input rank {len(sizes)}")
        return (TensorShape.of(tuple(sizes[axis] for axis in perm.tolist())),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.transpose(inputs[0], self._permutation(*inputs))

    def _permutation(self, x: Array, perm: Array) -> tuple[int, ...]:
        if perm.shape != (x.ndim,):
            raise invalid(
                f"transpose expects a vector of size {x.ndim}. But input(1) is a vector of size "
                f"{perm.size}",
            )
        axes = tuple(
            axis_within(axis, x.ndim, f"{axis} is out of range [0 .. {x.ndim})", invalid)
            for axis in perm.tolist()
        )
        for axis in range(x.ndim):
            if axis not in axes:
                listed = ",".join(map(str, perm.tolist()))
                raise invalid(f"{axis} is missing from {{{listed}}}.")
        return axes

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (transpose(dys[0], invert_permutation(operation.inputs[1])), None)


class ConjugateTranspose(Transpose):
    """The complex conjugate of the input, with its axes permuted."""

    may_alias = False

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.conj(xp.transpose(inputs[0], self._permutation(*inputs)))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        perm = invert_permutation(operation.inputs[1])
        return (transpose(dys[0], perm, conjugate=True), None)


def transpose(
    a: Any, perm: Any = None, name: str | None = "transpose", conjugate: bool = False
) -> Tensor:
    """Permute the axes of a tensor.

    Parameters
    ----------
    a : Tensor
    perm : list of int, optional
        Axis ``i`` of the result is axis ``perm[i]`` of `a`. Reversed order if left out.
    name : str, optional
    conjugate : bool
        Take the complex conjugate as well.

    Raises
    ------
    ValueError
        If `perm` does not fit the rank of `a`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.transpose([[1, 2, 3], [4, 5, 6]]))
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)
    """
    with name_scope(name, "transpose", [a]) as scope:
        tensor = convert_to_tensor(a, name="a" if perm is None else "x")
        op = ConjugateTranspose() if conjugate and tensor.dtype.is_complex else Transpose()
        if perm is None:
            ndims = tensor.shape.ndims
            if ndims is None:
                count = rank(tensor)
                perm = (count - 1) - apply(Range(), 0, count, 1, name="Range")
            else:
                perm = np.arange(ndims)[::-1]
        return apply(op, tensor, perm, name=scope)
