"""Updates of some rows or elements of a variable, in place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.ops.checks import bracketed, invalid, with_rank_at_least
from flowgraph.ops.core import FLOATS, INDEX, NUMBERS
from flowgraph.ops.state import Cell, merged, subshape
from flowgraph.shapes import TensorShape

_MOST_ROUNDS = 32
"""Rows repeated more often than this are combined element by element."""

_ORDERED = Types((*FLOATS.allowed, dtypes.int32, dtypes.int64))


def _rounds(xp: Any, rows: Array) -> Iterator[Array | slice]:
    """Yield positions in `rows` so that no row occurs twice at once, in order of occurrence.

    Whole-array updates lose all but one of several updates of a row; the ufuncs'
    ``at`` does not, and is several times slower than these rounds.
    """
    order = xp.argsort(rows, kind="stable")
    ordered = rows[order]
    starts = xp.flatnonzero(xp.concatenate([xp.ones(1, dtype=bool), ordered[1:] != ordered[:-1]]))
    if len(starts) == len(rows):
        yield slice(None)
        return
    counts = xp.diff(xp.concatenate([starts, xp.asarray([len(rows)])]))
    occurrence = xp.arange(len(rows)) - xp.repeat(starts, counts)
    by_occurrence = order[xp.argsort(occurrence, kind="stable")]
    end = 0
    for size in xp.bincount(occurrence).tolist():
        yield by_occurrence[end : end + size]
        end += size


class _Combination(Op, abstract=True):
    """How updates are combined with what is there. Updates of one row add up, in order."""

    ufunc: ClassVar[str]

    def combine(self, xp: Any, current: Array, updates: Array) -> Array:
        """Return the new rows."""
        return getattr(xp, self.ufunc)(current, updates)

    def apply_to(self, xp: Any, array: Array, rows: Array, updates: Array) -> None:
        """Combine ``array[rows]`` with `updates`, in place."""
        if not len(rows):
            return
        if len(rows) > _MOST_ROUNDS and int(xp.bincount(rows).max()) > _MOST_ROUNDS:
            self.apply_each(xp, array, rows, updates)
            return
        for positions in _rounds(xp, rows):
            chosen = rows[positions]
            array[chosen] = self.combine(xp, array[chosen], updates[positions])

    def apply_each(self, xp: Any, array: Array, rows: Array, updates: Array) -> None:
        """Do the same where some row occurs very often."""
        getattr(xp, self.ufunc).at(array, rows, updates)


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

    def combine(self, xp: Any, current: Array, updates: Array) -> Array:
        if current.dtype.kind not in "iu":
            return xp.true_divide(current, updates)
        if not updates.all():
            raise invalid("Integer division by zero")
        quotient = current // updates
        inexact = quotient * updates != current
        opposite = (current < 0) != (updates < 0)
        return quotient + (inexact & opposite).astype(quotient.dtype)

    def apply_each(self, xp: Any, array: Array, rows: Array, updates: Array) -> None:
        if array.dtype.kind not in "iu":
            super().apply_each(xp, array, rows, updates)
            return
        for row, update in zip(rows.tolist(), updates, strict=True):
            array[row] = self.combine(xp, array[row], update)


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
        rows = subshape(with_rank_at_least(ref.shape, 1), 1)
        if updates.shape.sizes != ():
            merged(updates.shape, indices.shape.concatenate(rows))
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
            outside = (rows < 0) | (rows >= len(array))
            if outside.any():
                bad = np.unravel_index(int(outside.argmax()), indices.shape)
                raise invalid(
                    f"indices{bracketed(map(int, bad)) if bad else ''} = {int(indices[bad])} "
                    f"is not in [0, {len(array)})"
                )
            updates = xp.broadcast_to(updates, wanted).reshape(rows.shape + array.shape[1:])
            self.apply_to(xp, array, rows, updates)
        return cell  # type: ignore[no-any-return]


class ScatterUpdate(_Update, _Scatter):
    """A variable with some rows replaced."""

    signature = Signature(_Scatter.signature.text, Tindices=INDEX)

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

    signature = Signature(_Scatter.signature.text, T=_ORDERED, Tindices=INDEX)


class ScatterMax(_Maximum, _Scatter):
    """A variable with some rows bounded from below."""

    signature = Signature(_Scatter.signature.text, T=_ORDERED, Tindices=INDEX)


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
            merged(TensorShape.of(tuple(outer)), subshape(updates.shape, 0, count))
        except ValueError as error:
            raise ValueError(
                f"The outer {count} dimensions of indices.shape="
                f"{bracketed(indices.shape.sizes)} must match the outer {count} dimensions of "
                f"{described}: {error}"
            ) from None
        inner = subshape(updates.shape, count)
        try:
            merged(subshape(ref.shape, depth), inner)
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
