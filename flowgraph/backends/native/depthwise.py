"""Convolution of each channel of NHWC float32 images with filters of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.backends.native.call import Call, Place, Result, Scratch, call
from flowgraph.backends.native.convolution import fits, shape_of
from flowgraph.backends.native.library import size


def convolve(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """``y = conv(x, filter)``."""
    x, filter = inputs
    (y,) = outputs
    if not fits(op, filter.shape, x.shape[3], x, filter, y):
        return None
    shape = shape_of(op.windows(x.shape, filter.shape), x.shape[0], x.shape[3], y.shape[3])
    return call(library.fg_depthwise, shape, x, filter, y)


def to_input(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The gradient with respect to the input."""
    _, filter, dy = inputs
    (dx,) = outputs
    if not fits(op, filter.shape, dx.shape[3], filter, dy, dx):
        return None
    windows = op.backprop_windows(dx.shape, filter.shape, dy)
    shape = shape_of(windows, dx.shape[0], dx.shape[3], dy.shape[3])
    return call(library.fg_depthwise_input, shape, filter, dy, dx)


def to_filter(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The gradient with respect to the filter."""
    x, _, dy = inputs
    (dw,) = outputs
    if not fits(op, dw.shape, x.shape[3], x, dy, dw):
        return None
    windows = op.backprop_windows(x.shape, dw.shape, dy)
    shape = shape_of(windows, x.shape[0], x.shape[3], dy.shape[3])
    (sums,) = scratch.take(size(library, "fg_depthwise_filter_scratch", shape) * 4)
    return call(library.fg_depthwise_filter, shape, x, dy, sums, dw)


MAKERS = {
    "DepthwiseConv2dNative": convolve,
    "DepthwiseConv2dNativeBackpropInput": to_input,
    "DepthwiseConv2dNativeBackpropFilter": to_filter,
}
