"""Convolution and its two adjoints on arrays with channels last, over any number of axes.

An array is ``(batch, *sizes, channels)`` and a filter ``(*kernel, in, out)``. Every algorithm
is matrix products over parts small enough to stay in cache, on several threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from flowgraph import parallel
from flowgraph.dtypes import Array
from flowgraph.ops import winograd
from flowgraph.ops.patches import FEW_CHANNELS, Part, Patches, sum_groups
from flowgraph.ops.windows import Window

Windows = Sequence[Window]


def convolve(xp: Any, out: Array, x: Array, filter: Array, windows: Windows) -> None:
    """Write the convolution of `x` with `filter` into `out`, which is contiguous."""
    if not out.size:
        return
    if xp is np and winograd.fits(x, out, windows):
        winograd.convolve(out, x, filter, windows)
        return
    filters = filter.shape[-1]
    weights = filter.reshape(-1, filters)
    patches = Patches(xp, x, windows)

    def work(part: Part) -> None:
        target = out[part.batch, part.rows].reshape(-1, filters)
        xp.matmul(patches.matrix(part), weights, out=target)

    parallel.each(xp, work, patches.parts)


def filter_gradient(xp: Any, out: Array, x: Array, dy: Array, windows: Windows) -> None:
    """Write the gradient of the filter: the sum over all windows of patch times `dy`."""
    if not (dy.size and x.size):
        out[...] = 0
        return
    if xp is np and winograd.sums_fit(x, dy, windows):
        winograd.filter_gradient(out, x, dy, windows)
        return
    filters = dy.shape[-1]
    patches = Patches(xp, x, windows)
    shape = (out.size // filters, filters)

    def work(part: Part, total: Array) -> None:
        given = dy[part.batch, part.rows].reshape(-1, filters)
        products = parallel.scratch(xp, "products", shape, out.dtype)
        total += xp.matmul(patches.matrix(part).T, given, out=products)

    sum_groups(xp, work, patches.parts, out.reshape(shape))


def input_gradient(xp: Any, out: Array, dy: Array, filter: Array, windows: Windows) -> None:
    """Write the gradient of the input."""
    reverse = [_reversed(w) for w in windows]
    known = [w for w in reverse if w is not None]
    if filter.shape[-2] > FEW_CHANNELS and len(known) == len(windows) and dy.size:
        flipped = xp.flip(filter, tuple(range(len(windows)))).swapaxes(-1, -2)
        weights = parallel.scratch(xp, "flipped", flipped.shape, filter.dtype)
        xp.copyto(weights, flipped)
        convolve(xp, out, dy, weights, known)
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


def _scatter(xp: Any, dx: Array, dy: Array, filter: Array, windows: Windows) -> None:
    """Add to each input what every window that it lies in gives back (col2im)."""
    channels, filters = filter.shape[-2:]
    kernel = [w.kernel for w in windows]
    weights = filter.reshape(-1, filters)
    flat = channels <= FEW_CHANNELS
    cut = Patches(xp, dx, windows)
    steps = {part.rows.start: part.rows for part in cut.parts}

    def work(batch: slice) -> None:
        for rows in steps.values():
            block = dy[batch, rows]
            lead, pixels = block.shape[:-1], block.reshape(-1, filters)
            size = (len(pixels), len(weights))
            memory = parallel.scratch(xp, "patches", size[::-1] if flat else size, dx.dtype)
            if flat:
                patches = xp.matmul(weights, pixels.T, out=memory).T
            else:
                patches = xp.matmul(pixels, weights.T, out=memory)
            patches = patches.reshape(*lead, *kernel, channels)
            for element in product(*map(range, kernel)):
                overlaps = [w.overlap(i) for w, i in zip(windows, element, strict=True)]
                overlaps[0] = windows[0].overlap(element[0], rows.start, rows.stop)
                outer, inner = zip(*overlaps, strict=True)
                given = patches[(slice(None), *outer)]
                for channel in range(channels) if flat else (slice(None),):
                    target = dx[(batch, *inner, channel)]
                    xp.add(target, given[(..., *element, channel)], out=target)

    parallel.each(xp, work, {part.batch.start: part.batch for part in cut.parts}.values())


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
