"""Convolution of NHWC float32 images: Winograd's where it fits, else products of patches."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.backends.native.call import Call, Place, Result, Scratch, call, together
from flowgraph.backends.native.library import longs, size
from flowgraph.ops.windows import Window

_FLOAT = 4


def fits(op: Any, filter: Sequence[int], channels: int, *places: Any) -> bool:
    """Whether these are NHWC images of `channels` in float32, and a filter for them."""
    return (
        op.data_format == "NHWC"
        and filter[2] == channels
        and all(place.dtype == np.float32 and 0 not in place.shape for place in places)
    )


def shape_of(
    windows: Sequence[Window], images: int, channels: int, filters: int
) -> ctypes.Array[ctypes.c_long]:
    """Return the shape of a convolution as the library takes it."""
    rows, columns = windows
    return longs(
        [
            images, rows.size, columns.size, channels, rows.output, columns.output, filters,
            rows.kernel, columns.kernel, rows.stride, columns.stride,
            rows.dilation, columns.dilation, rows.before, columns.before,
        ]
    )  # fmt: skip


def _is_winograd(library: Any, shape: Any) -> bool:
    """Whether to use Winograd's algorithm, whose results differ by some 1e-5 of the largest."""
    return not os.environ.get("FLOWGRAPH_EXACT") and bool(library.fg_winograd_fits(shape))


def _prepared(
    pack: Callable[[Any], Call], filter: Place, floats: int, shared: Any
) -> tuple[Any, list[Call]]:
    """Return the packed filter, and the calls that pack it: none if it never changes."""
    if not filter.is_constant or filter.array is None:
        return shared, [pack(shared)]
    own = np.empty(floats, np.float32)
    pack(own)()
    return own, []


def convolve(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """``y = conv(x, filter)``."""
    x, filter = inputs
    (y,) = outputs
    if not fits(op, filter.shape, x.shape[3], x, filter, y):
        return None
    shape = shape_of(op.windows(x.shape, filter.shape), x.shape[0], x.shape[3], filter.shape[3])
    if _is_winograd(library, shape):
        return _winograd(library, shape, False, x, filter, y, scratch)
    floats = size(library, "fg_conv_packed", shape)
    (shared,) = scratch.take(floats * _FLOAT)
    packed, before = _prepared(
        lambda to: call(library.fg_conv_pack, shape, filter, to), filter, floats, shared
    )
    return together(*before, call(library.fg_conv, shape, x, packed, y))


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
    if _is_winograd(library, shape):
        return _winograd(library, shape, True, dy, filter, dx, scratch)
    (packed,) = scratch.take(size(library, "fg_conv_input_packed", shape) * _FLOAT)
    return call(library.fg_conv_input, shape, dy, filter, packed, dx)


def _winograd(
    library: Any, shape: Any, backward: bool, source: Place, filter: Place, target: Result,
    scratch: Scratch,
) -> Call:  # fmt: skip
    floats = size(library, "fg_winograd_packed", shape, backward)
    rest = size(library, "fg_winograd_scratch", shape, backward)
    shared, stages = scratch.take(floats * _FLOAT, rest * _FLOAT)
    packed, before = _prepared(
        lambda to: call(library.fg_winograd_pack, shape, backward, filter, to),
        filter, floats, shared,
    )  # fmt: skip
    run = call(library.fg_winograd, shape, backward, source, packed, stages, target)
    return together(*before, run)


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
    name = "fg_winograd_filter" if _is_winograd(library, shape) else "fg_conv_filter"
    (sums,) = scratch.take(size(library, f"{name}_scratch", shape) * _FLOAT)
    return call(library[name], shape, x, dy, sums, dw)


MAKERS = {
    "Conv2D": convolve,
    "Conv2DBackpropInput": to_input,
    "Conv2DBackpropFilter": to_filter,
}
