"""Pooling of images, and its gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda.launch import FLOATS, Launch, Operand, Scratch, Target, launch, over
from flowgraph.ops.windows import place

_NARROW = 2**31
"""Arrays of so many elements are left alone: indices have 32 bits."""


def _shape(op: Any, images: Sequence[int], *operands: Operand) -> list[Any] | None:
    """Return the shape as the kernels take it; ``None`` if these are not their images."""
    windows = dict(op.windows(images))
    if any(o.dtype.name not in FLOATS or 0 in o.shape or o.size >= _NARROW for o in operands):
        return None
    if op.data_format == "NCHW":  # each channel is an image of its own
        first, channel, count, depth = 2, 1, images[0] * images[1], 1
    elif op.data_format == "NHWC":
        first, channel, count, depth = 1, 3, images[0], images[3]
    else:
        return None
    if channel in windows and windows[channel].kernel != 1:
        return None
    rows, columns = (windows.get(i) or place(images[i], 1, 1) for i in (first, first + 1))
    sizes = [
        rows.size, columns.size, depth, rows.output, columns.output, rows.kernel, columns.kernel,
        rows.stride, columns.stride, rows.before, columns.before,
    ]  # fmt: skip
    return [np.int32(size) for size in (count, *sizes)]


def _launch(kernel: str, shape: list[Any], *operands: Operand, dtype: Any = None) -> Launch:
    count = operands[-1].size
    return launch("pooling", kernel, dtype or operands[-1].dtype, over(count), *shape, *operands)


def pool(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The largest element or the mean of each window."""
    (x,), (y,) = inputs, outputs
    shape = _shape(op, x.shape, x, y)
    kernel = "pool_mean" if op.type == "AvgPool" else "pool_largest"
    return shape and [_launch(kernel, shape, x, y)]


def largest_gradient(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The gradient of `MaxPool`."""
    x, y, dy = inputs
    (dx,) = outputs
    shape = _shape(op, x.shape, x, dy, dx)
    if not shape or y.shape != dy.shape or dy.shape != _pooled(op, x.shape):
        return None
    winners = Scratch(math.prod(dy.shape), np.int32)
    return [
        _launch("pool_winners", shape, x, winners, dtype=x.dtype),
        _launch("pool_largest_gradient", shape, winners, dy, dx),
    ]


def mean_gradient(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The gradient of `AvgPool`."""
    _, dy = inputs
    (dx,) = outputs
    shape = _shape(op, dx.shape, dy, dx)
    if not shape or dy.shape != _pooled(op, dx.shape):
        return None
    return [_launch("pool_mean_gradient", shape, dy, dx)]


def _pooled(op: Any, images: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(op.pooled_sizes(images, op.windows(images)))


MAKERS = {
    "MaxPool": pool,
    "AvgPool": pool,
    "MaxPoolGrad": largest_gradient,
    "AvgPoolGrad": mean_gradient,
}
