"""Convolution and its two adjoints on arrays with channels last, over any number of axes.

An array is ``(batch, *sizes, channels)`` and a filter ``(*kernel, in, out)``. Every algorithm
is a matrix product over a tile of patches small enough to stay in cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.ops.windows import Window

Windows = Sequence[Window]
Algorithm = Callable[..., None]

_FEW_CHANNELS = 4
"""Up to here a patch's row is so short that it is copied element by element of the kernel."""


def choose(windows: Windows, channels: int) -> Algorithm:
    """The fastest forward algorithm ``f(xp, out, x, filter, windows)`` for a shape."""
    if all(w.kernel == 1 and not w.is_bordered for w in windows):
        return by_pixels
    if channels > _FEW_CHANNELS and windows[0].stride == 1 and windows[0].kernel > 1:
        return by_rows
    return by_patches


def convolve(xp: Any, out: Array, x: Array, filter: Array, windows: Windows) -> None:
    """Write the convolution of `x` with `filter` into `out`, which is contiguous."""
    if out.size:
        choose(windows, x.shape[-1])(xp, out, x, filter, windows)


def filter_gradient(xp: Any, out: Array, x: Array, dy: Array, windows: Windows) -> None:
    """Write the gradient of the filter: the sum over all windows of patch times `dy`."""
    filters = dy.shape[-1]
    out[...] = 0
    if dy.size and x.size:
        total = out.reshape(-1, filters)
        for images, rows, patches in _patches(xp, x, windows):
            total += patches.T @ dy[images, rows].reshape(-1, filters)


def input_gradient(xp: Any, out: Array, dy: Array, filter: Array, windows: Windows) -> None:
    """Write the gradient of the input."""
    reverse = [_reversed(w) for w in windows]
    known = [w for w in reverse if w is not None]
    if filter.shape[-2] > _FEW_CHANNELS and len(known) == len(windows) and dy.size:
        flipped = xp.flip(filter, tuple(range(len(windows)))).swapaxes(-1, -2)
        convolve(xp, out, dy, xp.ascontiguousarray(flipped), known)
        return
    out[...] = 0
    if dy.size and out.size:
        _scatter(xp, out, dy, filter, windows)


def _reversed(window: Window) -> Window | None:
    """The windows that lead from the outputs back to the inputs; only steps of 1 have them."""
    before, after = window.extent - 1 - window.before, window.extent - 1 - window.after
    if window.stride != 1 or before < 0 or after < 0:
        return None
    return replace(window, size=window.output, output=window.size, before=before, after=after)


# -- algorithms -----------------------------------------------------------------------------


def by_pixels(xp: Any, out: Array, x: Array, filter: Array, windows: Windows) -> None:
    """A kernel of one element: one product over all pixels."""
    steps = tuple(slice(0, (w.output - 1) * w.stride + 1, w.stride) for w in windows)
    pixels = x[(slice(None), *steps)].reshape(-1, x.shape[-1])
    xp.matmul(pixels, filter.reshape(filter.shape[-2:]), out=out.reshape(-1, out.shape[-1]))


def by_patches(xp: Any, out: Array, x: Array, filter: Array, windows: Windows) -> None:
    """Copy whole patches, then one product per tile (im2col)."""
    filters = filter.shape[-1]
    weights = filter.reshape(-1, filters)
    for images, rows, patches in _patches(xp, x, windows):
        xp.matmul(patches, weights, out=out[images, rows].reshape(-1, filters))


def by_rows(xp: Any, out: Array, x: Array, filter: Array, windows: Windows) -> None:
    """Copy each row's patches once, then sum one product per row of the kernel.

    A row serves all windows that it lies in, so that the copy is smaller than im2col's by the
    height of the kernel. It needs a step of 1 between rows.
    """
    height, filters = windows[0].kernel, filter.shape[-1]
    weights = filter.reshape(height, -1, filters)
    depth = weights.shape[1]
    rest = [w.output for w in windows[1:]]
    below = windows[0].extent - 1
    count, step = _tile(xp, x, windows, depth * math.prod(rest), below)
    expanded = xp.empty((count, step + below, *rest, depth), dtype=x.dtype)
    scratch = xp.empty((count, step * math.prod(rest), filters), dtype=x.dtype)
    for images, padded in _bordered(xp, x, windows, count):
        view = _view(xp, padded, [_whole(windows[0], padded.shape[1]), *windows[1:]])
        number = len(padded)
        for start in range(0, windows[0].output, step):
            stop = min(start + step, windows[0].output)
            lines = view[:, start : stop + below]
            block = expanded[:number, : lines.shape[1]]
            xp.copyto(block.reshape(lines.shape), lines)
            target = out[images, start:stop].reshape(number, -1, filters)
            partial = scratch[:number, : target.shape[1]]
            for row in range(height):
                first = row * windows[0].dilation
                patches = block[:, first : first + stop - start].reshape(number, -1, depth)
                xp.matmul(patches, weights[row], out=partial if row else target)
                if row:
                    target += partial


def _scatter(xp: Any, dx: Array, dy: Array, filter: Array, windows: Windows) -> None:
    """Add to each input what every window that it lies in gives back (col2im)."""
    channels, filters = filter.shape[-2:]
    kernel = [w.kernel for w in windows]
    rest = [w.output for w in windows[1:]]
    weights = filter.reshape(-1, filters)
    flat = channels <= _FEW_CHANNELS
    count, step = _tile(xp, dy, windows, len(weights) * math.prod(rest))
    for first in range(0, len(dy), count):
        images = slice(first, first + count)
        for start in range(0, windows[0].output, step):
            stop = min(start + step, windows[0].output)
            block = dy[images, start:stop]
            lead, pixels = block.shape[:-1], block.reshape(-1, filters)
            patches = (weights @ pixels.T).T if flat else pixels @ weights.T
            patches = patches.reshape(*lead, *kernel, channels)
            for element in product(*map(range, kernel)):
                overlaps = [w.overlap(i) for w, i in zip(windows, element, strict=True)]
                overlaps[0] = windows[0].overlap(element[0], start, stop)
                outer, inner = zip(*overlaps, strict=True)
                given = patches[(slice(None), *outer)]
                for channel in range(channels) if flat else (slice(None),):
                    dx[(images, *inner, channel)] += given[(..., *element, channel)]


# -- patches ----------------------------------------------------------------------------------


def _tile(xp: Any, x: Array, windows: Windows, row: int, below: int = 0) -> tuple[int, int]:
    """How many images, and of one image how many rows of outputs, make a tile.

    `row` is the number of elements for each row of outputs.
    """
    limit = (1 << 20 if xp is np else 1 << 28) // (row * x.itemsize)
    output = windows[0].output
    return max(1, min(len(x), limit // (output + below))), max(1, min(output, limit - below))


def _bordered(xp: Any, x: Array, windows: Windows, count: int) -> Iterator[tuple[slice, Array]]:
    """`x` with its borders, `count` images at a time; one buffer serves all."""
    if any(w.is_bordered for w in windows):
        sizes = [w.size + w.before + w.after for w in windows]
        buffer = xp.zeros((count, *sizes, x.shape[-1]), dtype=x.dtype)
        inner = buffer[(slice(None), *(slice(w.before, w.before + w.size) for w in windows))]
    for start in range(0, len(x), count):
        images = slice(start, min(start + count, len(x)))
        part = x[images]
        if any(w.is_bordered for w in windows):
            inner[: len(part)] = part
            part = buffer[: len(part)]
        yield images, part


def _whole(window: Window, size: int) -> Window:
    """Windows of one element each, on every element."""
    return replace(window, kernel=1, stride=1, dilation=1, output=size)


def _view(xp: Any, padded: Array, windows: Windows) -> Array:
    """The patches as ``(batch, *outputs, *kernel, channels)``, without a copy."""
    steps = padded.strides[1:-1]
    shape = [*(w.output for w in windows), *(w.kernel for w in windows)]
    strides = [w.stride * step for w, step in zip(windows, steps, strict=True)]
    strides += [w.dilation * step for w, step in zip(windows, steps, strict=True)]
    return xp.lib.stride_tricks.as_strided(
        padded,
        (len(padded), *shape, padded.shape[-1]),
        (padded.strides[0], *strides, padded.strides[-1]),
    )


def _patches(xp: Any, x: Array, windows: Windows) -> Iterator[tuple[slice, slice, Array]]:
    """Tiles of patches: which images and rows of outputs, and a matrix with a row for each.

    With few channels the matrix is stored by columns, since then whole lines of the input are
    copied at a time instead of single elements.
    """
    channels = x.shape[-1]
    inner = [*(w.kernel for w in windows), channels]
    rest = [w.output for w in windows[1:]]
    depth = math.prod(inner)
    count, step = _tile(xp, x, windows, depth * math.prod(rest))
    buffer = xp.empty(count * step * math.prod(rest) * depth, dtype=x.dtype)
    by_columns = channels <= _FEW_CHANNELS
    lead = len(windows) + 1
    for images, padded in _bordered(xp, x, windows, count):
        view = _view(xp, padded, windows)
        for start in range(0, windows[0].output, step):
            part = view[:, start : start + step]
            outer = part.shape[:lead]
            block = buffer[: part.size]
            if by_columns:
                order = (*range(lead, part.ndim), *range(lead))
                xp.copyto(block.reshape(*inner, *outer), part.transpose(order))
                matrix = block.reshape(depth, -1).T
            else:
                xp.copyto(block.reshape(part.shape), part)
                matrix = block.reshape(-1, depth)
            yield images, slice(start, start + part.shape[1]), matrix


# -- depthwise --------------------------------------------------------------------------------


def depthwise(xp: Any, out: Array, x: Array, filter: Array, windows: Windows) -> None:
    """Convolve each channel with filters of its own; `out` is (batch, *outputs, channels, m)."""
    out[...] = 0
    for element, outer, inner in _elements(windows):
        out[outer] += x[inner][..., None] * filter[element]


def depthwise_filter_gradient(xp: Any, x: Array, dy: Array, windows: Windows) -> Array:
    """The gradient of the filter of `depthwise`."""
    kernel = [w.kernel for w in windows]
    result = xp.zeros((*kernel, *dy.shape[-2:]), dtype=x.dtype)
    axes = tuple(range(len(windows) + 1))
    for element, outer, inner in _elements(windows):
        result[element] = (x[inner][..., None] * dy[outer]).sum(axes)
    return result


def depthwise_input_gradient(xp: Any, dy: Array, filter: Array, windows: Windows) -> Array:
    """The gradient of the input of `depthwise`."""
    sizes = [w.size for w in windows]
    dx = xp.zeros((len(dy), *sizes, dy.shape[-2]), dtype=dy.dtype)
    for element, outer, inner in _elements(windows):
        dx[inner] += (dy[outer] * filter[element]).sum(-1)
    return dx


def _elements(windows: Windows) -> Iterator[tuple[tuple[int, ...], Any, Any]]:
    """Each element of the kernel, the outputs it reaches, and the inputs it reads there."""
    for element in product(*(range(w.kernel) for w in windows)):
        pairs = [w.overlap(i) for w, i in zip(windows, element, strict=True)]
        outer, inner = zip(*pairs, strict=True)
        yield element, (slice(None), *outer), (slice(None), *inner)
