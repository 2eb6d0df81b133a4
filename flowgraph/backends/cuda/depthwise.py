"""Convolution of each channel of NHWC images with filters of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda.groups import sizes as _sizes
from flowgraph.backends.cuda.launch import (
    FLOATS,
    Launch,
    Operand,
    Scratch,
    Target,
    launch,
    over,
)
from flowgraph.backends.cuda.reductions import accumulator, sum_parts
from flowgraph.ops.windows import Window


def _shape(op: Any, windows: Sequence[Window], x: Operand, filter: Operand) -> list[Any]:
    rows, columns = windows
    values = (
        x.shape[0], rows.size, columns.size, x.shape[3], rows.output, columns.output,
        filter.shape[3], rows.kernel, columns.kernel, rows.stride, columns.stride, rows.dilation,
        columns.dilation, rows.before, columns.before,
    )  # fmt: skip
    return _sizes(values, False)


def _fits(op: Any, x: Operand, filter: Operand, y: Operand) -> bool:
    return (
        op.data_format == "NHWC"
        and x.dtype.name in FLOATS
        and all(len(o.shape) == 4 and o.size and o.dtype == x.dtype for o in (x, filter, y))
        and filter.shape[2] == x.shape[3]
        and y.shape[3] == x.shape[3] * filter.shape[3]
    )


def convolve(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """``y = conv(x, filter)``."""
    x, filter = inputs
    (y,) = outputs
    if not _fits(op, x, filter, y):
        return None
    shape = _shape(op, op.windows(x.shape, filter.shape), x, filter)
    return [launch("depthwise", "depthwise", x.dtype, over(y.size), *shape, x, filter, y)]


def to_input(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The gradient with respect to the input."""
    _, filter, dy = inputs
    (dx,) = outputs
    if not _fits(op, dx, filter, dy):
        return None
    shape = _shape(op, op.backprop_windows(dx.shape, filter.shape, dy), dx, filter)
    return [launch("depthwise", "depthwise_input", dx.dtype, over(dx.size), *shape, filter, dy, dx)]


_PART = 64
"""The fewest places of the output that a block adds up."""


def to_filter(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The gradient with respect to the filter: sums of parts, and their sum."""
    x, _, dy = inputs
    (dw,) = outputs
    if not _fits(op, x, dw, dy):
        return None
    shape = _shape(op, op.backprop_windows(x.shape, dw.shape, dy), x, dw)
    places, area = math.prod(dy.shape[:3]), math.prod(dw.shape[:2])
    tiles = over(dy.shape[3], 32)
    parts = max(1, min(places // _PART, -(-4 * target.processors // (tiles * area))))
    step = -(-places // parts)
    parts = -(-places // step)
    sums = Scratch(parts * dw.size, accumulator(x.dtype))
    work = [
        launch(
            "depthwise", "depthwise_filter", x.dtype, (tiles, area, parts), *shape, np.int64(step),
            x, dy, sums, threads=(32, 8),
        )
    ]  # fmt: skip
    return work + sum_parts(sums, (1, parts, dw.size), dw, target)


MAKERS = {
    "DepthwiseConv2dNative": convolve,
    "DepthwiseConv2dNativeBackpropInput": to_input,
    "DepthwiseConv2dNativeBackpropFilter": to_filter,
}
