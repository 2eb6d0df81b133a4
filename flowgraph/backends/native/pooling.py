"""Pooling of NHWC float32 images, and its gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.native.call import Call, Place, Result, Scratch, call
from flowgraph.backends.native.library import longs
from flowgraph.ops.windows import place


def _shape(op: Any, images: Sequence[int], *places: Place) -> Any:
    """Return the shape as the library takes it; ``None`` if these are not its images."""
    windows = dict(op.windows(images))
    if op.data_format != "NHWC" or any(p.dtype != np.float32 or 0 in p.shape for p in places):
        return None
    if 3 in windows and windows[3].kernel != 1:
        return None
    rows, columns = (windows.get(i) or place(images[i], 1, 1) for i in (1, 2))
    return longs(
        [
            images[0], rows.size, columns.size, images[3], rows.output, columns.output,
            rows.kernel, columns.kernel, rows.stride, columns.stride, rows.before, columns.before,
        ]
    )  # fmt: skip


def pool(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The largest element or the mean of each window."""
    (x,), (y,) = inputs, outputs
    shape = _shape(op, x.shape, x, y)
    return shape and call(library.fg_pool, shape, op.type == "AvgPool", x, y)


def largest_gradient(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The gradient of `MaxPool`."""
    x, y, dy = inputs
    (dx,) = outputs
    shape = _shape(op, x.shape, x, dy, dx)
    if not shape or y.shape != dy.shape or dy.shape != _pooled(op, x.shape):
        return None
    return call(library.fg_max_pool_gradient, shape, x, dy, dx)


def mean_gradient(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The gradient of `AvgPool`."""
    _, dy = inputs
    (dx,) = outputs
    shape = _shape(op, dx.shape, dy, dx)
    if not shape or dy.shape != _pooled(op, dx.shape):
        return None
    return call(library.fg_mean_pool_gradient, shape, dy, dx)


def _pooled(op: Any, images: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(op.pooled_sizes(images, op.windows(images)))


MAKERS = {
    "MaxPool": pool,
    "AvgPool": pool,
    "MaxPoolGrad": largest_gradient,
    "AvgPoolGrad": mean_gradient,
}
