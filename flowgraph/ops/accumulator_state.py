"""What a session keeps of an accumulator: gradients of a step, and the calls that wait for them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.errors import CancelledError
from flowgraph.ops import waiting
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.shapes import TensorShape


class BaseAccumulator:
    """Gradients of one time step, added up until enough have come.

    Parameters
    ----------
    name : str
        For messages.
    dtype : DType
    shape : TensorShape
        What is known of the gradients' shape.
    is_mean : bool
        The average is handed out, else the sum.
    """

    def __init__(self, name: str, dtype: DType, shape: TensorShape, is_mean: bool) -> None:
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.is_mean = is_mean
        self._step = 0
        self._count = 0
        self._total: Any = None
        self._line: list[object] = []  # the calls that wait, the first of which is served
        self._cancelled = False
        self._condition = threading.Condition()

    def __len__(self) -> int:
        return self._count

    def set_step(self, step: int) -> None:
        """Set the time step; gradients of earlier ones are dropped from now on."""
        with self._condition:
            if step < self._step:
                logging.getLogger("tensorflow").warning(
                    "Attempt to set current_global_step_ to smaller value: current_global_step_ = "
                    "%d >= %d = new_global_step.",
                    self._step,
                    step,
                )
            self._step = step

    def apply(self, step: int, gradient: Any) -> None:
        """Add a gradient, unless it is of an earlier time step.

        Raises
        ------
        InvalidArgumentError
            If its shape does not fit.
        """
        with self._condition:
            if step < self._step:
                return
            self._check(gradient)
            self._total = self._sum(gradient)
            self._count += 1
            self._condition.notify_all()

    def take(self, required: int) -> Any:
        """Return the average or sum of the gradients, waiting until there are `required`.

        The next time step starts with none.

        Raises
        ------
        CancelledError
            If the session is closed meanwhile.
        """
        if required <= 0:
            raise invalid(f"Argument num_required must be positive, but was {required}")
        call = object()
        with self._condition:
            self._line.append(call)
            try:
                while not self._cancelled and (self._line[0] is not call or self._count < required):
                    waiting.wait(self._condition)
            finally:
                self._line.remove(call)
                self._condition.notify_all()
            if self._cancelled:
                raise CancelledError(None, None, "TakeGrad operation was cancelled")
            taken = self._result()
            self._step += 1
            self._count, self._total = 0, None
            return taken

    def cancel(self) -> None:
        """Let every call that waits raise: the session is gone."""
        with self._condition:
            self._cancelled = True
            self._condition.notify_all()

    def _check(self, gradient: Any) -> None:
        """Refuse a gradient whose shape does not fit."""
        raise NotImplementedError

    def _sum(self, gradient: Any) -> Any:
        """Return the total with a gradient more; it owns its memory."""
        raise NotImplementedError

    def _result(self) -> Any:
        """Return what is handed out."""
        raise NotImplementedError


class DenseAccumulator(BaseAccumulator):
    """An accumulator of arrays."""

    def _check(self, gradient: Array) -> None:
        held = self.shape if self._total is None else TensorShape.of(self._total.shape)
        if not self.shape.is_compatible_with(gradient.shape):
            held = self.shape
        if not held.is_compatible_with(gradient.shape):
            raise invalid(
                f"Shape mismatch: expected {bracketed(held.sizes or ())}, "
                f"got {bracketed(gradient.shape)}"
            )

    def _sum(self, gradient: Array) -> Array:
        if self._total is None:
            return np.array(gradient)
        return np.add(self._total, gradient, out=self._total)

    def _result(self) -> Array:
        total = self._total
        return np.divide(total, total.dtype.type(self._count), out=total) if self.is_mean else total


class Slices:
    """Rows of a gradient.

    Parameters
    ----------
    indices : Array
        Which row each is, of shape ``[n]``.
    values : Array
        Of shape ``[n, ...]``.
    shape : tuple of int, optional
        Of the whole gradient.
    """

    __slots__ = ("counts", "indices", "shape", "values")

    def __init__(self, indices: Array, values: Array, shape: tuple[int, ...] | None = None) -> None:
        self.indices = indices
        self.values = values
        self.shape = shape
        self.counts: Array = np.ones(indices.shape, np.int64)
        """How many gradients had each row."""


class SparseAccumulator(BaseAccumulator):
    """An accumulator of slices, whose rows are expected in ascending order.

    A row's average is over the gradients that have it.
    """

    def _check(self, gradient: Slices) -> None:
        indices, values = gradient.indices, gradient.values
        if indices.ndim != 1:
            raise invalid(
                f"Input indices should be vector but received shape: {bracketed(indices.shape)}"
            )
        if not values.ndim:
            raise invalid("Values cannot be 0-dimensional.")
        if len(values) != len(indices):
            raise invalid(f"Expected {len(indices)} non-empty input values, got {len(values)}")
        expected: list[tuple[int | None, ...]] = [self.shape.sizes or ()]
        if self._total is not None:
            expected.append((None, *self._total.values.shape[1:]))
        for sizes in expected:
            if gradient.shape is not None:
                _match("shape", sizes, gradient.shape, 0)
            _match("values", sizes, values.shape, 1)
        if self._rows is not None:
            for place in np.flatnonzero(indices >= self._rows)[:1]:
                raise invalid(
                    f"Shape mismatch: index of slice {place} exceeded limits of shape; "
                    f"index is {indices[place]} exceeded {self._rows}"
                )

    @property
    def _rows(self) -> int | None:
        """How many rows the whole gradient has, if that was said."""
        return self.shape.sizes[0] if self.shape.sizes else None

    def _sum(self, gradient: Slices) -> Slices:
        if self._total is None:
            return Slices(gradient.indices.copy(), gradient.values.copy())
        total: Slices = self._total
        indices, ours, theirs = _merged(total.indices.tolist(), gradient.indices.tolist())
        result = Slices(
            np.array(indices, np.int64),
            np.zeros((len(indices), *total.values.shape[1:]), total.values.dtype),
        )
        result.values[ours] = total.values
        result.values[theirs] += gradient.values
        result.counts[:] = 0
        result.counts[ours] = total.counts
        result.counts[theirs] += 1
        return result

    def _result(self) -> tuple[Array, Array, Array]:
        total: Slices = self._total
        values = total.values
        if self.is_mean:
            counts = total.counts.astype(values.dtype)
            values = values / counts.reshape(-1, *[1] * (values.ndim - 1))
        rows = -1 if self._rows is None else self._rows
        return total.indices, values, np.array([rows, *values.shape[1:]], np.int64)


def _merged(ours: list[int], theirs: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Merge two ascending lists; returns it, and the places of the elements of each."""
    merged: list[int] = []
    places: tuple[list[int], list[int]] = ([], [])
    i = j = 0
    while i < len(ours) or j < len(theirs):
        has_both = i < len(ours) and j < len(theirs)
        takes_ours = ours[i] <= theirs[j] if has_both else i < len(ours)
        takes_theirs = theirs[j] <= ours[i] if has_both else j < len(theirs)
        for takes, into in zip((takes_ours, takes_theirs), places, strict=True):
            if takes:
                into.append(len(merged))
        merged.append(ours[i] if takes_ours else theirs[j])
        i, j = i + takes_ours, j + takes_theirs
    return merged, *places


def _match(what: str, expected: Sequence[int | None], found: tuple[int, ...], first: int) -> None:
    """Refuse sizes from the axis `first` on that are not as expected."""
    if len(found) < len(expected):
        raise invalid(
            f"Shape mismatch: expected {what} rank at least {len(expected)}, got {len(found)}"
        )
    for axis in range(first, len(expected)):
        if expected[axis] not in (None, found[axis]):
            raise invalid(
                f"Shape mismatch: expected {what} dim {axis} to be {expected[axis]}, "
                f"got {found[axis]}"
            )
