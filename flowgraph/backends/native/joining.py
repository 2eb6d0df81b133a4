"""Arrays joined along an axis, and cut in pieces of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flowgraph.backends.native import call as native
from flowgraph.backends.native.call import Call, Place, Result, Scratch, call
from flowgraph.backends.native.library import longs, size

_LEAST_BYTES = 1 << 14
"""Smaller arrays NumPy copies as fast."""


def join(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """Several arrays in one."""
    *pieces, axis = inputs
    return _move(library, False, outputs[0], pieces, axis)


def cut(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """Copies of an array's parts."""
    axis, x = inputs
    return _move(library, True, x, outputs, axis)


def _move(
    library: Any, cuts: bool, whole: Place, pieces: Sequence[Place], axis: Place
) -> Call | None:
    if axis.array is None or not axis.is_constant or 0 in whole.shape:
        return None
    where, most = int(axis.array), size(library, "fg_join_pieces")
    where += len(whole.shape) if where < 0 else 0
    if not 0 <= where < len(whole.shape) or len(pieces) > most or whole.dtype.hasobject:
        return None
    if native.LEAST and whole.nbytes < _LEAST_BYTES:
        return None
    before, lengths = whole.shape[:where], [piece.shape[where] for piece in pieces]
    after = whole.shape[where + 1 :]
    fits = all(p.shape == (*before, n, *after) for p, n in zip(pieces, lengths, strict=True))
    if not fits or sum(lengths) != whole.shape[where]:
        return None
    widths = longs([n * math.prod(after) * whole.dtype.itemsize for n in lengths])
    rest = [None] * (most - len(pieces))
    rows = math.prod(before)
    return call(library.fg_join, cuts, rows, len(pieces), widths, whole, *pieces, *rest)


MAKERS = {"ConcatV2": join, "Split": cut}
