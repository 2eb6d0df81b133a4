"""Arrays with their axes permuted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.axes import moved_axes
from flowgraph.backends.cuda.launch import Launch, Operand, Target, launch, over

_SIDE = 32
"""Rows and columns of a tile in ``transpose.cu``."""

_AXES = 6
"""Axes that differ in how they move; a plane and three around it may be transposed by tiles."""

_WORDS = {1: "int8", 2: "int16", 4: "int32", 8: "int64"}


def transpose(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The input in the new order, in memory of its own."""
    x, permutation = inputs
    (y,) = outputs
    if permutation.value is None or x.dtype.itemsize not in _WORDS:
        return None
    rank = len(x.shape)
    axes = [int(axis) + (rank if axis < 0 else 0) for axis in permutation.value.reshape(-1)]
    if sorted(axes) != list(range(rank)) or y.shape != tuple(x.shape[axis] for axis in axes):
        return None
    if not x.size:
        return []
    return permuted(x, axes, y)


def permuted(x: Operand, axes: Sequence[int], y: Operand) -> list[Launch] | None:
    """Return the launch that permutes; ``None`` if too many axes move apart."""
    merged = moved_axes(x.shape, axes)
    word = np.dtype(_WORDS[x.dtype.itemsize])
    if len(merged) > _AXES:
        return None
    tiles = _tiles(merged)
    if tiles is not None:
        blocks, arguments = tiles
        return [
            launch(
                "transpose", "transpose_planes", word, blocks, *arguments, x, y, threads=(_SIDE, 8)
            )
        ]
    merged = [(1, 0)] * (_AXES - len(merged)) + merged
    lengths, strides = zip(*merged, strict=True)
    count = math.prod(lengths)
    return [
        launch("transpose", "transpose_any", word, over(count), count, *lengths[1:], *strides, x, y)
    ]


def _tiles(merged: list[tuple[int, int]]) -> tuple[int, list[int]] | None:
    """Return the blocks and sizes of a transpose by tiles, if the last axis moves."""
    inner = next((i for i, (_, stride) in enumerate(merged) if stride == 1), None)
    last = len(merged) - 1
    if inner is None or inner == last or len(merged) > 5:
        return None
    lengths = [length for length, _ in merged]
    targets = [math.prod(lengths[i + 1 :]) for i in range(len(merged))]
    around = [i for i in range(last) if i != inner]
    around = around[::-1]
    planes = [(lengths[i], merged[i][1], targets[i]) for i in around]
    planes += [(1, 0, 0)] * (3 - len(planes))
    rows, columns = lengths[last], lengths[inner]
    sizes = [rows, columns, merged[last][1], targets[inner], planes[0][0], planes[1][0]]
    sizes += [source for _, source, _ in planes] + [to for _, _, to in planes]
    count = math.prod(length for length, _, _ in planes)
    return over(rows, _SIDE) * over(columns, _SIDE) * count, sizes


MAKERS = {"Transpose": transpose}
