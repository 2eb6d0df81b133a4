"""Axes of arrays in memory: those that a permutation leaves side by side made one."""

from __future__ import annotations

import math
from collections.abc import Sequence


def moved_axes(shape: Sequence[int], axes: Sequence[int]) -> list[tuple[int, int]]:
    """Return length and stride of a transpose's axes, neighbours that stay neighbours as one.

    Parameters
    ----------
    shape : sequence of int
        Of the array that is transposed.
    axes : sequence of int
        Which of its axes each of the result is.
    """
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    result: list[tuple[int, int]] = []
    for axis in axes:
        length, stride = shape[axis], strides[axis]
        if length == 1:
            continue
        if result and result[-1][1] == stride * length:
            length *= result.pop()[0]
        result.append((length, stride))
    return result
