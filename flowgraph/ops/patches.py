"""Images in parts small enough for the cache, and the patches that windows cut out of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from flowgraph import parallel
from flowgraph.dtypes import Array
from flowgraph.ops.windows import Window

FEW_CHANNELS = 4
"""Up to here a patch's row is so short that it is copied element by element of the kernel."""

_TILE = 1 << 20
_DEVICE_TILE = 1 << 28
"""Bytes of patches in a part, in a processor's cache and in a GPU's memory."""

_FEWEST_PARTS = 4
"""Parts of what fills one, so that all threads have some."""

_FEWEST_PATCHES = 128
"""Patches in a part, if there are as many: fewer would not be worth reading the weights for."""

_GROUPS = 16
_GROUPS_BYTES = 1 << 24
"""Sums over parts are kept by so many groups of them, or in so much memory, but by 2 at least."""


class Part(NamedTuple):
    """Some images of a batch, and some rows of each."""

    batch: slice
    rows: slice

    @property
    def images(self) -> int:
        """How many images there are."""
        return int(self.batch.stop - self.batch.start)

    @property
    def lines(self) -> int:
        """How many rows of each image."""
        return int(self.rows.stop - self.rows.start)


def parts(images: int, rows: int, wanted: int) -> list[Part]:
    """Cut images of so many rows into parts of about `wanted` rows: whole images, if they fit."""
    step = max(1, wanted // max(rows, 1))
    lines = rows if wanted >= rows else max(1, wanted)
    return [
        Part(slice(i, min(i + step, images)), slice(r, min(r + lines, rows)))
        for i in range(0, images, step)
        for r in range(0, rows, lines)
    ]


def region(xp: Any, x: Array, batch: slice, ranges: Sequence[tuple[int, int]]) -> Array:
    """Return some images between places along each axis; beyond the images there is zero."""
    inner = []
    for (start, stop), size in zip(ranges, x.shape[1:-1], strict=True):
        first = min(max(start, 0), size)
        inner.append(slice(first, max(first, min(stop, size))))
    part = x[(batch, *inner)]
    sizes = (len(part), *(b - a for a, b in ranges), x.shape[-1])
    if part.shape == sizes:
        return part
    result = parallel.scratch(xp, "region", sizes, x.dtype)
    result[...] = 0
    places = [slice(s.start - a, s.stop - a) for s, (a, _) in zip(inner, ranges, strict=True)]
    result[(slice(None), *places)] = part
    return result


class Patches:
    """The patches of images as matrices with a row for each, part by part.

    With few channels a matrix is stored by columns, since then whole lines of the images are
    copied at a time instead of single elements.
    """

    def __init__(self, xp: Any, x: Array, windows: Sequence[Window]) -> None:
        self._xp = xp
        self._x = x
        self._windows = windows
        self._inner = (*[w.kernel for w in windows], x.shape[-1])
        self._depth = math.prod(self._inner)
        width = max(1, math.prod([w.output for w in windows[1:]]))
        limit = _TILE if xp is np else _DEVICE_TILE
        size = max(1, self._depth * width * x.itemsize)
        wanted, total = limit // size, len(x) * windows[0].output
        if total * size >= limit:
            wanted = min(wanted, -(-total // _FEWEST_PARTS))
        wanted = max(wanted, -(-_FEWEST_PATCHES // width))
        self.parts = parts(len(x), windows[0].output, wanted)

    def matrix(self, part: Part) -> Array:
        """Return the patches of a part: memory that is used again for the next."""
        xp, (first, *rest) = self._xp, self._windows
        start = part.rows.start * first.stride - first.before
        stop = (part.rows.stop - 1) * first.stride + first.extent - first.before
        ranges = [(start, stop), *[(-w.before, w.size + w.after) for w in rest]]
        view = self._view(region(xp, self._x, part.batch, ranges), part.lines)
        if self._depth == view.shape[-1] and view.flags.c_contiguous:
            return view.reshape(-1, self._depth)
        lead = len(self._windows) + 1
        outer = view.shape[:lead]
        if self._inner[-1] <= FEW_CHANNELS:
            size = (*self._inner, *outer)
            block = parallel.scratch(xp, "patches", size, view.dtype)
            xp.copyto(block, view.transpose(*range(lead, view.ndim), *range(lead)))
            return block.reshape(self._depth, -1).T
        block = parallel.scratch(xp, "patches", view.shape, view.dtype)
        xp.copyto(block, view)
        return block.reshape(-1, self._depth)

    def _view(self, padded: Array, lines: int) -> Array:
        """The patches as ``(batch, *outputs, *kernel, channels)``, without a copy."""
        windows, steps = self._windows, padded.strides[1:-1]
        outputs = [lines, *[w.output for w in windows[1:]]]
        strides = [w.stride * step for w, step in zip(windows, steps, strict=True)]
        strides += [w.dilation * step for w, step in zip(windows, steps, strict=True)]
        return self._xp.lib.stride_tricks.as_strided(
            padded,
            (len(padded), *outputs, *self._inner),
            (padded.strides[0], *strides, padded.strides[-1]),
        )


def sum_groups(
    xp: Any, work: Callable[[Part, Array], None], parts: Sequence[Part], out: Array
) -> None:
    """Write into `out` what `work` adds to a sum for every part.

    The parts are added up in groups, and then the groups: always the same ones in the same order.
    """
    most = min(_GROUPS, max(2, _GROUPS_BYTES // out.nbytes)) if xp is np else 1
    count = min(most, len(parts))
    totals = [out]
    if count > 1:
        totals = list(parallel.scratch(xp, "totals", (count, *out.shape), out.dtype))

    def add_up(group: int) -> None:
        totals[group][...] = 0
        for part in parts[group::count]:
            work(part, totals[group])

    parallel.each(xp, add_up, range(count))
    if count > 1:
        xp.add(totals[0], totals[1], out=out)
        for total in totals[2:]:
            xp.add(out, total, out=out)
