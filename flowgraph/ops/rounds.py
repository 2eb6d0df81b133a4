"""Updates at positions that may repeat.

Many sums are products with sparse matrices, all else is a few whole-array updates at positions
that do not repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph import parallel
from flowgraph.dtypes import Array

# A row repeated more often than this would take that many rounds.
_MOST_ROUNDS = 32


# The dtypes of scipy's sparse matrices.
_SUMMED = ("float32", "float64", "complex64", "complex128", "int32", "int64")

# Bytes of updates for which it is worthwhile to make a matrix, and to load scipy.
_LARGE = 1 << 20

# Bytes of sums that a thread makes at a time.
_TILE = 1 << 20


def combine_at(xp: Any, ufunc: str, target: Array, rows: Array, updates: Array) -> None:
    """Do ``target[rows] = ufunc(target[rows], updates)`` for rows that may repeat.

    The ufuncs' own ``at`` does so one element after another, several times slower.
    """
    function: Callable[..., Array] = getattr(xp, ufunc)
    if rows.size == 0 or updates.size == 0:
        return
    is_sum = ufunc in ("add", "subtract") and updates.dtype.name in _SUMMED
    if is_sum and xp is np and updates.nbytes >= _LARGE:
        _combine_sums(function, target, rows, updates.reshape(len(rows), -1))
        return
    if int(xp.bincount(rows).max()) > _MOST_ROUNDS:
        function.at(target, rows, updates)  # type: ignore[attr-defined]
        return
    for positions in rounds(xp, rows):
        taken = rows[positions]
        target[taken] = function(target[taken], updates[positions])


def _combine_sums(
    function: Callable[..., Array], target: Array, rows: Array, updates: Array
) -> None:
    """Combine each row of `target` with the sum of its updates.

    The sums are a product with a matrix of ones where an update is for a row.
    """
    from scipy.sparse import csr_array

    order, ordered = _sorted(rows)
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    distinct, bounds = ordered[starts], np.append(starts, len(rows))
    ones = np.ones(len(rows), updates.dtype)
    step = max(1, _TILE // max(updates[0].nbytes, 1))

    def work(first: int) -> None:
        last = min(first + step, len(distinct))
        places, (start, stop) = distinct[first:last], (bounds[first], bounds[last])
        entries = (ones[start:stop], order[start:stop], bounds[first : last + 1] - start)
        sums = csr_array(entries, shape=(len(places), len(updates))) @ updates
        taken = target.take(places, axis=0, mode="clip")
        target[places] = function(taken, sums.reshape(taken.shape), out=taken)

    parallel.each(np, work, range(0, len(distinct), step))


def _sorted(rows: Array) -> tuple[Array, Array]:
    """Return the stable order of `rows`, which are not negative, and the rows in it.

    A row and its position as one number are sorted many times faster than a row's position.
    """
    bits = len(rows).bit_length()
    if int(rows.max()) >> (63 - bits):
        order = np.argsort(rows, kind="stable")
        return order, rows[order]
    keys = np.sort((rows.astype(np.int64) << bits) | np.arange(len(rows)))
    return keys & ((1 << bits) - 1), keys >> bits


def rounds(xp: Any, rows: Array) -> Iterator[Array | slice]:
    """Yield positions in `rows`, in order of occurrence, so that no row occurs twice at once."""
    order = xp.argsort(rows, kind="stable")
    ordered = rows[order]
    is_first = xp.ones(len(rows), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    starts = xp.flatnonzero(is_first)
    if len(starts) == len(rows):
        yield slice(None)
        return
    occurrence = xp.arange(len(rows)) - starts[xp.cumsum(is_first) - 1]
    for n in range(int(occurrence.max()) + 1):
        yield xp.sort(order[occurrence == n])
