"""Running sums and products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flowgraph.backends.cuda.launch import Launch, Operand, Target, launch, over
from flowgraph.backends.emit.cuda import THREADS, TYPES

_LONG = 256
"""Rows of so many elements are worth a block of threads, where there are few."""


def scan(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The total of the elements so far along an axis."""
    x, axis = inputs
    (y,) = outputs
    rank = len(x.shape)
    if axis.value is None or axis.value.ndim or not -rank <= int(axis.value) < rank:
        return None
    if x.dtype.name not in TYPES or x.dtype.name == "bool":
        return None
    if not x.size:
        return []
    where = int(axis.value) % rank
    outer, count = math.prod(x.shape[:where]), x.shape[where]
    inner = x.size // outer // count
    rows = outer * inner
    is_long = count >= _LONG and rows < THREADS * target.processors
    name, blocks = ("scan_parts", rows) if is_long else ("scan_rows", over(rows))
    flags = (op.type == "Cumprod", op.exclusive, op.reverse)
    return [launch("scan", name, x.dtype, blocks, outer, count, inner, *flags, x, y)]


MAKERS = {"Cumsum": scan, "Cumprod": scan}
