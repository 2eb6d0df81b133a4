"""Where the largest and smallest elements along an axis lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda.launch import FLOATS, Launch, Operand, Target, launch, over, teams

_NUMBERS = frozenset((*FLOATS, "int32", "int64"))


def position(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The index of the first of the greatest, or least, elements along an axis."""
    x, axis = inputs
    (out,) = outputs
    rank = len(x.shape)
    if axis.value is None or axis.value.ndim or not -rank <= int(axis.value) < rank:
        return None
    if x.dtype.name not in _NUMBERS or not x.size:
        return None
    where = int(axis.value) % rank
    outer, count = math.prod(x.shape[:where]), x.shape[where]
    inner = x.size // outer // count
    rest = (op.type == "ArgMin", out.dtype == np.int64, x, out)
    if inner == 1:
        blocks, threads = teams(outer, count)
        return [
            launch(
                "positions", "position_in_row", x.dtype, blocks, outer, count, *rest,
                threads=threads,
            )
        ]  # fmt: skip
    sizes = (outer, count, inner)
    return [
        launch("positions", "position_in_column", x.dtype, over(outer * inner), *sizes, *rest)
    ]  # fmt: skip


MAKERS = {"ArgMax": position, "ArgMin": position}
