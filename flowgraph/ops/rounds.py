"""Updates at positions that may repeat, as few whole-array updates at positions that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flowgraph.dtypes import Array

# A row repeated more often than this would take that many rounds.
_MOST_ROUNDS = 32


def combine_at(xp: Any, ufunc: str, target: Array, rows: Array, updates: Array) -> None:
    """Do ``target[rows] = ufunc(target[rows], updates)`` for rows that may repeat.

    The ufuncs' own ``at`` does so one element after another, several times slower.
    """
    function: Callable[..., Array] = getattr(xp, ufunc)
    if rows.size == 0 or updates.size == 0:
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
