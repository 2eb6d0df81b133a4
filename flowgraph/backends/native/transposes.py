"""Arrays with their axes permuted, where that moves the last one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flowgraph.backends.axes import moved_axes
from flowgraph.backends.native import call as native
from flowgraph.backends.native.call import Call, Place, Result, Scratch, call
from flowgraph.backends.native.library import longs, size

_LINE = 8
"""Shorter lines NumPy copies as fast."""


def transpose(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The input in the new order, in memory of its own: kernels take no views."""
    x, permutation = inputs
    (y,) = outputs
    if permutation.array is None or not permutation.is_constant or 0 in x.shape:
        return None
    rank = len(x.shape)
    axes = [int(axis) + (rank if axis < 0 else 0) for axis in permutation.array.reshape(-1)]
    if sorted(axes) != list(range(rank)) or y.shape != tuple(x.shape[axis] for axis in axes):
        return None
    if x.dtype.itemsize not in (4, 8):
        return None
    merged = moved_axes(x.shape, axes)
    line = next((length for length, stride in merged if stride == 1), 0)
    if len(merged) > size(library, "fg_transpose_axes") or not line or merged[-1][1] == 1:
        return None
    if native.LEAST and (line < _LINE or math.prod(x.shape) < native.LEAST // 16):
        return None
    lengths, strides = (longs(values) for values in zip(*merged, strict=True))
    return call(library.fg_transpose, x.dtype.itemsize, len(merged), lengths, strides, x, y)


MAKERS = {"Transpose": transpose}
