"""The greatest elements of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.backends.cuda.launch import Launch, Operand, Target, launch
from flowgraph.backends.emit.cuda import TYPES

_MOST = 1 << 26
"""Each of k elements is looked for in the whole row: more comparisons than these are a sort's."""


def top_k(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The k greatest elements of each row and where they are, whether or not in order."""
    x, _ = inputs
    values, _ = outputs
    if x.dtype.name not in TYPES or not x.shape or not 0 < x.shape[-1] < 2**31:
        return None
    count, k = x.shape[-1], values.shape[-1]
    if k > count or k * count > _MOST:
        return None
    if not values.size:
        return []
    return [launch("top_k", "top_k", x.dtype, values.size // k, count, k, x, *outputs)]


MAKERS = {"TopKV2": top_k}
