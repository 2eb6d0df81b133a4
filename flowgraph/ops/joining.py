"""Joining tensors along an axis they have, and splitting one along it."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import (
    axis_within,
    bracketed,
    invalid,
    merged,
    with_rank,
    with_rank_at_least,
)
from flowgraph.ops.core import INDEX, apply, apply_all, convert_to_tensor, identity, shape
from flowgraph.ops.packing import stack
from flowgraph.ops.types import INDEX64
from flowgraph.shapes import TensorShape


class ConcatV2(Op):
    """Tensors joined along one axis."""

    signature = Signature("values: N*T, axis: Tidx -> output: T", Tidx=INDEX)
    host_inputs = (-1,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        given = [spec.shape for spec in inputs[:-1]]
        axis = with_rank_zero(inputs[-1])
        ranks = [len(each.sizes) for each in given if each.sizes is not None]
        if 0 in ranks:
            raise ValueError("Can't concatenate scalars (use tf.stack instead)")
        if axis is None:
            for each in given:
                with_rank(each, ranks[0] if ranks else 0)
            return (shapes.unknown_shape(ranks[0] if ranks else None),)
        for each in given:
            with_rank_at_least(each, -axis if axis < 0 else axis + 1)
            with_rank(each, ranks[0] if ranks else 0)
        rest = given[-1] if given[-1].sizes is None else _without(given[-1], axis)
        for each in reversed(given[:-1]):
            rest = merged(_without(each, axis), rest)
        if rest.sizes is None:
            return (rest,)
        where = axis if axis >= 0 else axis + len(rest.sizes) + 1
        sizes = [None if each.sizes is None else each.sizes[where] for each in given]
        total = None if None in sizes else sum(n for n in sizes if n is not None)
        return (TensorShape.of((*rest.sizes[:where], total, *rest.sizes[where:])),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        if any(spec.shape.ndims not in (1, None) for spec in inputs[:-1]):
            return None
        result = TensorShape.of(())
        for spec in inputs[:-1]:
            result = result.concatenate(spec.static_shape())
        return result

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.concatenate(inputs[:-1], axis=_checked_axis(*inputs))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.concatenate(inputs[:-1], axis=_checked_axis(*inputs), out=out)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        *values, axis = operation.inputs
        if len(values) == 1:
            return (dys[0], None)
        known = axis.static_value()
        where = axis if known is None else int(known)
        sizes = [None if known is None else _size(value.shape, int(known)) for value in values]
        lengths = stack([shape(v)[where] for v in values]) if None in sizes else sizes
        parts = apply_all(SplitV(num_split=len(values)), dys[0], lengths, axis)
        return (*parts, None)


def with_rank_zero(axis: Spec) -> int | None:
    """Return the value of an axis input if it is known; ValueError if it is no scalar."""
    with_rank(axis.shape, 0)
    value = axis.static_value()
    return None if value is None else int(value)


def _without(given: TensorShape, axis: int) -> TensorShape:
    if given.sizes is None:
        return given
    where = axis % len(given.sizes)
    return TensorShape.of((*given.sizes[:where], *given.sizes[where + 1 :]))


def _size(given: TensorShape, axis: int) -> int | None:
    return None if given.sizes is None else given.sizes[axis]


def _checked_axis(*inputs: Array) -> int:
    *values, axis = inputs
    first = values[0]
    if first.ndim == 0:
        raise invalid("ConcatOp : Can't concatenate scalars (use tf.stack instead)")
    bounds = f"[{-first.ndim}, {first.ndim})"
    message = f"ConcatOp : Expected concatenating dimensions in the range {bounds}, but got {axis}"
    where = axis_within(int(axis), first.ndim, message, invalid)
    for index, x in enumerate(values):
        if x.ndim != first.ndim:
            what = "Ranks of all input tensors"
        elif any(
            n != m for i, (n, m) in enumerate(zip(x.shape, first.shape, strict=True)) if i != where
        ):
            what = "Dimensions of inputs"
        else:
            continue
        raise invalid(
            f"ConcatOp : {what} should match: shape[0] = {bracketed(first.shape)} vs. "
            f"shape[{index}] = {bracketed(x.shape)}"
        )
    return where


def concat(values: Any, axis: Any, name: str | None = "concat") -> Tensor:
    """Join tensors along one axis.

    Parameters
    ----------
    values : list of Tensor
        Of one dtype, and of one shape but for `axis`.
    axis : int
        Negative counts from the end.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes are known not to fit.
    tf.errors.InvalidArgumentError
        If they are found not to fit when the graph runs.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.concat([[[1, 2]], [[3, 4]]], axis=1))
    array([[1, 2, 3, 4]], dtype=int32)
    """
    if not isinstance(values, list | tuple):
        values = [values]
    if not values:
        raise ValueError(
            "List argument 'values' to 'ConcatV2' Op with length 0 shorter than minimum length 2."
        )
    if len(values) == 1:
        with name_scope(name):
            convert_to_tensor(axis, dtypes.int32, "concat_dim").shape.assert_has_rank(0)
            return identity(values[0], name=name)
    return apply(ConcatV2(), values, axis, name=name)


class ConcatOffset(Op):
    """Where each of the joined tensors begins in the result."""

    signature = Signature("concat_dim: int32, shape: N*int32 -> offset: N*int32")
    host_inputs = (0,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return tuple(with_rank(given.shape, 1) for given in inputs[1:])

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        axis, first, rank = int(inputs[0]), inputs[1], inputs[1].size
        where = axis_within(axis, rank, f"Concat dim is out of range: {axis} vs. {rank}", invalid)
        offset, result = 0, []
        for index, sizes in enumerate(inputs[1:]):
            if sizes.size != rank:
                raise invalid(f"input {index} should contain {rank} elements, but got {sizes.size}")
            if (np.delete(sizes, where) != np.delete(first, where)).any():
                texts = [" ".join(map(str, each.tolist())) for each in (sizes, first)]
                raise invalid(
                    f"All dimensions except {where} must match. Input {index} has shape "
                    f"[{texts[0]}] and doesn't match input 0 with shape [{texts[1]}]."
                )
            result.append(np.zeros_like(sizes))
            result[-1][where] = offset
            offset += int(sizes[where])
        return tuple(result)

    gradient = Op.not_differentiable


class Split(Op):
    """Pieces of one size along an axis."""

    signature = Signature("split_dim: int32, value: T -> output: num_split*T")
    host_inputs = (0,)

    num_split: int

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        axis, sizes = with_rank_zero(inputs[0]), inputs[1].shape.sizes
        if axis is None or sizes is None:
            return (shapes.unknown_shape(inputs[1].shape.ndims),) * self.num_split
        where = _static_axis(axis, len(sizes))
        size = sizes[where]
        if size is not None and size % self.num_split:
            raise ValueError(
                f"Dimension size must be evenly divisible by {self.num_split} but is {size}"
            )
        piece = None if size is None else size // self.num_split
        return (TensorShape.of((*sizes[:where], piece, *sizes[where + 1 :])),) * self.num_split

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return tuple(part.copy() for part in self._parts(*inputs))

    def compute_into(self, xp: Any, out: Any, *inputs: Array) -> None:
        targets = out if isinstance(out, tuple) else (out,)
        for target, part in zip(targets, self._parts(*inputs), strict=True):
            target[...] = part

    def _parts(self, split_dim: Array, x: Array) -> list[Array]:
        axis = _run_time_axis(int(split_dim), x)
        if x.shape[axis] % self.num_split:
            raise invalid(
                "Number of ways to split should evenly divide the split dimension, but got "
                f"split_dim {axis} (size = {x.shape[axis]}) and num_split {self.num_split}"
            )
        size = x.shape[axis] // self.num_split
        return list(_cut(x, [size] * self.num_split, axis))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (None, concat(list(dys), operation.inputs[0]))


class SplitV(Op):
    """Pieces of given sizes along an axis."""

    signature = Signature(
        "value: T, size_splits: Tlen, split_dim: int32 -> output: num_split*T", Tlen=INDEX64
    )
    host_inputs = (1, 2)
    may_alias = True

    num_split: int

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = inputs[0].shape.sizes
        with_rank(inputs[1].shape, 1)
        if sizes == ():
            raise ValueError("Can't split scalars")
        axis = with_rank_zero(inputs[2])
        if axis is None or sizes is None:
            return (shapes.unknown_shape(inputs[0].shape.ndims),) * self.num_split
        where = _static_axis(axis, len(sizes))
        known = inputs[1].static_value()
        pieces: list[int | None] = [None] * self.num_split
        if known is not None:
            pieces = [*_resolved(known.tolist(), sizes[where])]
        return tuple(TensorShape.of((*sizes[:where], n, *sizes[where + 1 :])) for n in pieces)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x, lengths, axis = inputs
        where = _run_time_axis(int(axis), x)
        if lengths.shape != (self.num_split,):
            raise invalid(
                "size of the split_tensor must be 1-D and have the same elements as outputs got "
                f"{lengths.ndim} -D and {lengths.size} elements"
            )
        sizes, total = lengths.tolist(), x.shape[where]
        given = sum(n for n in sizes if n >= 0)
        if sizes.count(-1) > 1:
            raise invalid("There can only be one -1 in the input.")
        if given > total or (-1 not in sizes and given != total):
            raise invalid(
                "Determined shape must either match input shape along split_dim exactly if fully "
                "specified, or be less than the size of the input along split_dim if not fully "
                f"specified.  Got: {given}"
            )
        for index, n in enumerate(sizes):
            if n < -1:
                raise invalid(f"Split size at index {index} must be >= 0. Got: {n}")
        return tuple(_cut(x, [total - given if n == -1 else n for n in sizes], where))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (concat(list(dys), operation.inputs[2]), None, None)


def _resolved(lengths: list[int], size: int | None) -> list[int | None]:
    """Return the sizes of the pieces, with the -1 among them filled in if it is known."""
    if lengths.count(-1) > 1:
        raise ValueError("size_splits can only have one -1")
    given = sum(n for n in lengths if n != -1)
    if size is not None and (given > size or (-1 not in lengths and given != size)):
        raise ValueError(
            f"can't split axis of size {size} into pieces of size {bracketed(lengths)}"
        )
    missing = None if size is None else size - given
    return [missing if n == -1 else n for n in lengths]


def _static_axis(axis: int, rank: int) -> int:
    return axis_within(
        axis,
        rank,
        f"Dimension size, given by scalar input {axis} must be in range [{-rank}, {rank})",
    )


def _run_time_axis(axis: int, x: Array) -> int:
    return axis_within(
        axis,
        x.ndim,
        f"-input rank(-{x.ndim}) <= split_dim < input rank ({x.ndim}), but got {axis}",
        invalid,
    )


def _cut(x: Array, sizes: list[int], axis: int) -> list[Array]:
    before = (slice(None),) * axis
    bounds = pairwise(accumulate(sizes, initial=0))
    return [x[(*before, slice(start, stop))] for start, stop in bounds]


def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: int | None = None,
    name: str | None = "split",
) -> list[Tensor]:
    """Split a tensor along one axis.

    Parameters
    ----------
    value : Tensor
    num_or_size_splits : int, or Tensor or list of int
        The number of equal pieces, or the size of each. One size may be -1: the rest.
    axis : int
    num : int, optional
        The number of pieces where the sizes are a tensor of unknown length.
    name : str, optional

    Returns
    -------
    list of Tensor

    Raises
    ------
    ValueError
        If the axis is known not to divide so.
    tf.errors.InvalidArgumentError
        If it is found not to when the graph runs.

    Examples
    --------
    >>> import flowgraph as tf
    >>> [part.shape.as_list() for part in tf.split(tf.zeros([5, 6]), [2, -1], axis=1)]
    [[5, 2], [5, 4]]
    """
    sizes = convert_to_tensor(num_or_size_splits)
    if not isinstance(num_or_size_splits, Tensor) and sizes.shape.ndims == 0:
        return apply_all(Split(num_split=int(num_or_size_splits)), axis, value, name=name)
    if sizes.shape.ndims == 0:
        raise ValueError(
            "Rank-0 tensors are not supported as the num_or_size_splits argument to split."
        )
    if num is None:
        num = sizes.shape.sizes[0] if sizes.shape.sizes else None
    if num is None:
        raise ValueError(f"Cannot infer num from shape {num_or_size_splits}")
    return apply_all(SplitV(num_split=num), value, sizes, axis, name=name)
