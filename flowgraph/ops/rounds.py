"""Updates at positions that may repeat.

Many sums are a product with a sparse matrix, all else is a few whole-array updates at positions
that do not repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph.dtypes import Array

# A row repeated more often than this would take that many rounds.
_MOST_ROUNDS = 32


# The dtypes of scipy's sparse matrices that need no conversion.
_SUMMED = ("float32", "float64", "complex64", "complex128", "int32", "int64")

# Bytes of updates for which it is worthwhile to make a matrix, and to load scipy.
_LARGE = 1 << 20


def is_summed(xp: Any, updates: Array) -> bool:
    """Whether `summed_rows` is for such updates."""
    return xp is np and updates.nbytes >= _LARGE and updates.dtype.name in _SUMMED


def summed_rows(updates: Array, rows: Array, count: int) -> Array:
    """Add updates into `count` rows of zeros.

    That is a product with a matrix that has a one in each column, in the row of that update.
    """
    from scipy.sparse import csc_array

    ones, starts = np.ones(len(rows), updates.dtype), np.arange(len(rows) + 1)
    matrix = csc_array((ones, rows, starts), shape=(count, len(rows)))
    sums: Array = matrix @ updates.reshape(len(rows), -1)
    return sums.reshape(count, *updates.shape[1:])


def combine_at(xp: Any, ufunc: str, target: Array, rows: Array, updates: Array) -> None:
    """Do ``target[rows] = ufunc(target[rows], updates)`` for rows that may repeat.

    The ufuncs' own ``at`` does so one element after another, several times slower.
    """
    function: Callable[..., Array] = getattr(xp, ufunc)
    if rows.size == 0 or updates.size == 0:
        return
    if ufunc in ("add", "subtract") and is_summed(xp, updates):
        distinct, places = np.unique(rows, return_inverse=True)
        sums = summed_rows(updates, places, len(distinct))
        taken = target.take(distinct, axis=0, mode="clip")
        target[distinct] = function(taken, sums, out=taken)
        return
    if int(xp.bincount(rows).max()) > _MOST_ROUNDS:
        function.at(target, rows, updates)  # type: ignore[attr-defined]
        return
    for positions in rounds(xp, rows):
        taken = rows[positions]
        target[taken] = function(target[taken], updates[positions])


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
