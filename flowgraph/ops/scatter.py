"""Updates of some rows or elements of a variable, in place."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.ops.checks import bracketed, invalid, with_rank_at_least
from flowgraph.ops.core import FLOATS, INDEX, NUMBERS
from flowgraph.ops.gathering import check_indices
from flowgraph.ops.merging import merge_shapes
from flowgraph.ops.rounds import combine_at, rounds
from flowgraph.ops.state import Cell
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape, unknown_shape

_ORDERED = Types((*FLOATS.allowed, dtypes.int32, dtypes.int64))


class _Combination(Op, abstract=True):
    """How updates are combined with what is there. Updates of one row add up, in order."""

    ufunc: ClassVar[str]

    def apply_to(self, xp: Any, array: Array, rows: Array, updates: Array) -> None:
        """Combine ``array[rows]`` with `updates`, in place."""
        combine_at(xp, self.ufunc, array, rows, updates)


class _Update(_Combination, abstract=True):
    """Updates that replace what is there; of several for one row the last counts."""

    def apply_to(self, xp: Any, array: Array, rows: Array, updates: Array) -> None:
        array[rows] = updates


class _Add(_Combination, abstract=True):
    ufunc = "add"


class _Subtract(_Combination, abstract=True):
    ufunc = "subtract"


class _Multiply(_Combination, abstract=True):
    ufunc = "multiply"


class _Minimum(_Combination, abstract=True):
    ufunc = "minimum"


class _Maximum(_Combination, abstract=True):
    ufunc = "maximum"


class _Divide(_Combination, abstract=True):
    """Division; that of integers rounds towards zero."""

    ufunc = "true_divide"

    def apply_to(self, xp: Any, array: Array, rows: Array, updates: Array) -> None:
        if array.dtype.kind not in "iu":
            super().apply_to(xp, array, rows, updates)
            return
        if not updates.all():
            raise invalid("Integer division by zero")
        for positions in rounds(xp, rows) if len(rows) else ():
            chosen = rows[positions]
            array[chosen] = _towards_zero(array[chosen], updates[positions])


def _towards_zero(dividend: Array, divisor: Array) -> Array:
    """Divide integers; NumPy's own division rounds down."""
    quotient = dividend // divisor
    inexact = quotient * divisor != dividend
    opposite = (dividend < 0) != (divisor < 0)
    return quotient + (inexact & opposite).astype(quotient.dtype)


class _Scatter(_Combination, abstract=True):
    """A variable with updates for the rows that `indices` names."""

    signature = Signature(
        "ref: ref(T), indices: Tindices, updates: T -> output_ref: ref(T)",
        T=NUMBERS,
        Tindices=INDEX,
    )
    is_stateful = True
    writes_variable = (0,)

    use_locking: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        ref, indices, updates = inputs
        rows = _subshape(with_rank_at_least(ref.shape, 1), 1)
        if updates.shape.sizes != ():
            merge_shapes(updates.shape, indices.shape.concatenate(rows))
        return (ref.shape,)

    def compute(self, xp: Any, *inputs: Any) -> Cell:
        cell, indices, updates = inputs
        with cell.lock:
            array = cell.read()
            if not array.ndim:
                raise invalid("params must be at least 1-D, got shape []")
            wanted = indices.shape + array.shape[1:]
            if updates.shape not in (wanted, ()):
                raise invalid(
                    "Must have updates.shape = indices.shape + params.shape[1:] or "
                    f"updates.shape = [], got updates.shape {bracketed(updates.shape)}, "
                    f"indices.shape {bracketed(indices.shape)}, "
                    f"params.shape {bracketed(array.shape)}"
                )
            rows = indices.reshape(-1)
            check_indices(indices, len(array))
            updates = xp.broadcast_to(updates, wanted).reshape(rows.shape + array.shape[1:])
            self.apply_to(xp, array, rows, updates)
        return cell  # type: ignore[no-any-return]


class ScatterUpdate(_Update, _Scatter):
    """A variable with some rows replaced."""

    signature = Signature(_Scatter.signature.text, Tindices=INDICES)

    use_locking: bool = True


class ScatterAdd(_Add, _Scatter):
    """A variable with some rows increased."""

    gradient = Op.not_differentiable


class ScatterSub(_Subtract, _Scatter):
    """A variable with some rows decreased."""

    gradient = Op.not_differentiable


class ScatterMul(_Multiply, _Scatter):
    """A variable with some rows multiplied."""

    gradient = Op.not_differentiable


class ScatterDiv(_Divide, _Scatter):
    """A variable with some rows divided."""

    gradient = Op.not_differentiable


class ScatterMin(_Minimum, _Scatter):
    """A variable with some rows bounded from above."""

    signature = Signature(_Scatter.signature.text, T=_ORDERED, Tindices=INDICES)


class ScatterMax(_Maximum, _Scatter):
    """A variable with some rows bounded from below."""

    signature = Signature(_Scatter.signature.text, T=_ORDERED, Tindices=INDICES)


class _ScatterNd(_Combination, abstract=True):
    """A variable with updates for the slices that the rows of `indices` name."""

    signature = _Scatter.signature
    is_stateful = True
    writes_variable = (0,)

    use_locking: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        ref, indices, updates = inputs
        with_rank_at_least(indices.shape, 1)
        if ref.shape.num_elements() == 0 and (
            indices.shape.num_elements() or updates.shape.num_elements()
        ):
            raise ValueError("Indices and updates specified for empty input")
        if indices.shape.sizes is None or updates.shape.sizes is None:
            return (ref.shape,)
        *outer, depth = indices.shape.sizes
        if depth is None or not updates.shape.sizes:
            return (ref.shape,)
        count = len(outer)
        described = f"updates.shape={bracketed(updates.shape.sizes)}"
        try:
            merge_shapes(TensorShape.of(tuple(outer)), _subshape(updates.shape, 0, count))
        except ValueError as error:
            raise ValueError(
                f"The outer {count} dimensions of indices.shape="
                f"{bracketed(indices.shape.sizes)} must match the outer {count} dimensions of "
                f"{described}: {error}"
            ) from None
        inner = _subshape(updates.shape, count)
        try:
            merge_shapes(_subshape(ref.shape, depth), inner)
        except ValueError as error:
            sizes = ref.shape.sizes or ()
            raise ValueError(
                f"The inner {max(len(sizes) - depth, 0)} dimensions of input.shape="
                f"{bracketed(sizes)} must match the inner {len(inner.sizes or ())} dimensions of "
                f"{described}: {error}"
            ) from None
        return (ref.shape,)

    def compute(self, xp: Any, *inputs: Any) -> Cell:
        cell, indices, updates = inputs
        with cell.lock:
            array = cell.read()
            if not indices.ndim:
                raise invalid("Indices shape must have rank at least one. Found: []")
            *outer, depth = indices.shape
            wanted = (*outer, *array.shape[depth:])
            if depth > array.ndim or updates.shape != wanted:
                raise invalid(
                    "Must have updates.shape = indices.shape[:batch_dim] + "
                    f"params_shape[slice_dim:], got updates.shape: {bracketed(updates.shape)}, "
                    f"indices.shape: {bracketed(indices.shape)}, params_shape: "
                    f"{bracketed(array.shape)}, slice_dim: {depth}, and batch_dim: {len(outer)}"
                )
            sizes = array.shape[:depth]
            rows = _flat_rows(xp, indices.reshape(-1, depth), tuple(outer), sizes, array.shape)
            row = array.shape[depth:]
            self.apply_to(
                xp,
                array.reshape((math.prod(sizes), *row)),
                rows,
                updates.reshape(rows.shape + row),
            )
        return cell  # type: ignore[no-any-return]

    gradient = Op.not_differentiable


def _subshape(shape: TensorShape, start: int, end: int | None = None) -> TensorShape:
    """Return some dimensions of a shape; unknown if its rank is."""
    return unknown_shape() if shape.sizes is None else TensorShape.of(shape.sizes[start:end])


def _flat_rows(
    xp: Any,
    indices: Array,
    outer: tuple[int, ...],
    sizes: tuple[int, ...],
    shape: tuple[int, ...],
) -> Array:
    """Return index vectors as row numbers of an array whose first axes are made one."""
    rows = xp.zeros(math.prod(outer), dtype=np.int64)
    outside = xp.zeros(math.prod(outer), dtype=bool)
    for axis, size in enumerate(sizes):
        index = indices[:, axis]
        outside |= (index < 0) | (index >= size)
        rows = rows * size + index
    if outside.any():
        flat = int(outside.argmax())
        place = bracketed(map(int, np.unravel_index(flat, outer))) if outer else ""
        listed = ", ".join(map(str, indices[flat].tolist()))
        raise invalid(f"indices{place} = [{listed}] does not index into shape {bracketed(shape)}")
    return rows


class ScatterNdUpdate(_Update, _ScatterNd):
    """A variable with some slices replaced."""

    signature = ScatterUpdate.signature

    use_locking: bool = True


class ScatterNdAdd(_Add, _ScatterNd):
    """A variable with some slices increased."""


class ScatterNdSub(_Subtract, _ScatterNd):
    """A variable with some slices decreased."""
