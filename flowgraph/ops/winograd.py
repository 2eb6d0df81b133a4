"""Winograd's convolution of images: fewer products, between sums of inputs and sums of weights.

Four by four outputs are computed from a tile of ``n x n`` inputs, where ``n = r + 3`` for a kernel
of ``r x r``, with ``n * n`` products in place of ``16 * r * r`` [1]_. Every stage is matrix
products: tiles become sums, one axis after the other, sums are multiplied channels by filters,
products become outputs. Results differ by some 1e-5 of the largest from those of plain sums.

References
----------
.. [1] A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015,
   https://arxiv.org/abs/1509.09308
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from flowgraph import parallel
from flowgraph.dtypes import Array
from flowgraph.ops.patches import Part, parts, region, sum_groups
from flowgraph.ops.windows import Window

_POINTS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
"""Where polynomials are evaluated, beside infinity: a tile has one more row than these."""

_STEP = 4
"""Outputs of a tile, along each axis."""

_TILE = 1 << 19
"""Bytes of sums in a part: they stay in the cache."""

_FEWEST_TILES = 48
"""Tiles in a part, if there are as many: fewer would not be worth reading the weights for."""

_FEWEST_SUMMED = 192
"""The same for the gradient of the weights, which are written too."""

_FEWEST_WORTHWHILE = 24
"""With fewer tiles in all, to transform that gradient takes longer than plain sums."""

_FEWEST_JOBS = 4
_FEWEST_FILTERS = 32
"""With few parts, filters are divided too: into so many at least, for so many jobs."""

_FEWEST_CHANNELS = 16
_FEWEST_PRODUCTS = 1 << 22
"""A smaller convolution is done before the weights have been summed."""


class _Transforms(NamedTuple):
    """From tiles to sums, from kernels to sums, and from products of sums to outputs."""

    tile: Array
    kernel: Array
    output: Array


@functools.cache
def _transforms(kernel: int) -> _Transforms:
    """Return the transforms of one axis, for kernels of a size: Toom and Cook's polynomials.

    With ``B`` for tiles, ``G`` for kernels and ``A`` for outputs, the convolution is
    ``A ((G g) * (B d))``.
    """
    size = kernel + _STEP - 1
    points = np.array(_POINTS[: size - 1])
    tile, weights = np.zeros((size, size)), np.zeros((size, kernel))
    outputs = np.zeros((_STEP, size))
    for i, point in enumerate(points):
        others = np.delete(points, i)
        tile[i, :-1] = np.polynomial.polynomial.polyfromroots(others)
        weights[i] = point ** np.arange(kernel) / np.prod(point - others)
        outputs[:, i] = point ** np.arange(_STEP)
    tile[-1] = np.polynomial.polynomial.polyfromroots(points)
    weights[-1, -1] = outputs[-1, -1] = 1
    return _Transforms(*[m.astype(np.float32) for m in (tile, weights, outputs)])


def _transformed(matrix: Array, blocks: Array, name: str) -> Array:
    """Return a transform of ``(count, n, n, channels)`` along both axes, in memory of a name."""
    count, size, _, channels = blocks.shape
    half = parallel.scratch(np, "half", (count, len(matrix), size * channels), np.float32)
    np.matmul(matrix, blocks.reshape(count, size, -1), out=half)
    shape = (count, len(matrix), len(matrix), channels)
    result = parallel.scratch(np, name, shape, np.float32)
    return np.matmul(matrix, half.reshape(count, len(matrix), size, channels), out=result)


def fits(x: Array, y: Array, windows: Sequence[Window]) -> bool:
    """Whether the convolution of `x` to `y` is done faster so; never if exactness is asked for."""
    return (
        len(windows) == 2
        and all(w.kernel in (3, 5) and w.stride == w.dilation == 1 for w in windows)
        and windows[0].kernel == windows[1].kernel
        and x.dtype == y.dtype == np.float32
        and min(x.shape[-1], y.shape[-1]) >= _FEWEST_CHANNELS
        and y.size * x.shape[-1] * windows[0].kernel ** 2 >= _FEWEST_PRODUCTS
        and not os.environ.get("FLOWGRAPH_EXACT")
    )


def sums_fit(x: Array, dy: Array, windows: Sequence[Window]) -> bool:
    """Whether the gradient of the filter is found faster so: there must be tiles enough."""
    tiles = len(x) * math.prod([-(-w.output // _STEP) for w in windows])
    return tiles >= _FEWEST_WORTHWHILE and fits(x, dy, windows)


class _Tiles:
    """The tiles of a convolution, and the parts that they are done in."""

    def __init__(self, x: Array, windows: Sequence[Window], channels: int, fewest: int) -> None:
        self.x = x
        self.windows = windows
        self.transforms = _transforms(windows[0].kernel)
        self.size = len(self.transforms.tile)
        self.rows, self.columns = (-(-w.output // _STEP) for w in windows)
        wanted = max(fewest, _TILE // (4 * self.size**2 * channels))
        self.parts = parts(len(x), self.rows, wanted // self.columns)

    def jobs(self, filters: int) -> list[tuple[Part, slice]]:
        """Return the parts, each with all filters or, where parts are few, with some."""
        wanted = -(-_FEWEST_JOBS // len(self.parts))
        step = max(_FEWEST_FILTERS, -(-filters // wanted))
        starts = range(0, filters, step)
        return [(p, slice(f, min(f + step, filters))) for p in self.parts for f in starts]

    def count(self, part: Part) -> int:
        """Return how many tiles are in a part."""
        return part.images * part.lines * self.columns

    def sums(self, part: Part) -> Array:
        """Return ``(tiles, points, channels)`` of the inputs."""
        rows, columns = self.windows
        first, channels = part.rows.start * _STEP - rows.before, self.x.shape[-1]
        reach = self.size - _STEP
        ranges = [
            (first, first + part.lines * _STEP + reach),
            (-columns.before, self.columns * _STEP + reach - columns.before),
        ]
        padded = region(np, self.x, part.batch, ranges)
        batch, row, column, last = padded.strides
        view = as_strided(
            padded,
            (part.images, part.lines, self.columns, self.size, self.size, channels),
            (batch, row * _STEP, column * _STEP, row, column, last),
        )
        shape = (self.count(part), self.size, self.size, channels)
        tiles = parallel.scratch(np, "tiles", shape, np.float32)
        np.copyto(tiles.reshape(view.shape), view)
        return _transformed(self.transforms.tile, tiles, "sums").reshape(len(tiles), -1, channels)

    def split(self, outputs: Array, lines: int) -> Array:
        """Return outputs that are whole tiles as ``(batch, rows, columns, m, m, filters)``."""
        shape = (len(outputs), lines, _STEP, self.columns, _STEP, outputs.shape[-1])
        return outputs.reshape(shape).transpose(0, 1, 3, 2, 4, 5)

    def ranges(self, part: Part) -> list[tuple[int, int]]:
        """Return where the outputs of a part lie, some of them perhaps beyond the last."""
        rows = part.rows.start * _STEP, part.rows.stop * _STEP
        return [rows, (0, self.columns * _STEP)]


def convolve(out: Array, x: Array, filter: Array, windows: Sequence[Window]) -> None:
    """Write the convolution of `x` with `filter` into `out`."""
    kernel, _, channels, filters = filter.shape
    tiles = _Tiles(x, windows, max(channels, filters), _FEWEST_TILES)
    points = tiles.size**2
    weights = parallel.scratch(np, "weights", (points, channels, filters), np.float32)
    both = np.kron(tiles.transforms.kernel, tiles.transforms.kernel)
    flat, spread = filter.reshape(kernel**2, -1), weights.reshape(points, -1)
    step = _TILE // (4 * points)

    def weigh(start: int) -> None:
        part = slice(start, start + step)
        np.matmul(both, flat[:, part], out=spread[:, part])

    parallel.each(np, weigh, range(0, channels * filters, step))

    def work(job: tuple[Part, slice]) -> None:
        part, chosen = job
        sums, width = tiles.sums(part), chosen.stop - chosen.start
        products = parallel.scratch(np, "tiles", (len(sums), points, width), np.float32)
        chosen_weights = weights[:, :, chosen]
        np.matmul(sums.transpose(1, 0, 2), chosen_weights, out=products.transpose(1, 0, 2))
        products = products.reshape(len(sums), tiles.size, tiles.size, width)
        made = _transformed(tiles.transforms.output, products, "sums")
        rows, columns = tiles.ranges(part)
        target = whole = out[part.batch, slice(*rows), :, chosen]
        sizes = (len(target), rows[1] - rows[0], columns[1], width)
        if target.shape != sizes:
            whole = parallel.scratch(np, "tiles", sizes, np.float32)
        split = tiles.split(whole, part.lines)
        np.copyto(split, made.reshape(split.shape))
        if whole is not target:
            np.copyto(target, whole[:, : target.shape[1], : target.shape[2]])

    parallel.each(np, work, tiles.jobs(filters))


def filter_gradient(out: Array, x: Array, dy: Array, windows: Sequence[Window]) -> None:
    """Write the gradient of the filter into `out`: the adjoint of `convolve` in its weights."""
    kernel, _, channels, filters = out.shape
    tiles = _Tiles(x, windows, max(channels, filters), _FEWEST_SUMMED)
    shape = (tiles.size**2, channels, filters)

    def multiply(part: Part, chosen: slice, product: Array) -> None:
        sums = tiles.sums(part)
        given = region(np, dy[..., chosen], part.batch, tiles.ranges(part))
        given = tiles.split(given, part.lines)
        block = parallel.scratch(np, "tiles", given.shape, np.float32)
        np.copyto(block, given)
        block = block.reshape(len(sums), _STEP, _STEP, -1)
        spread = _transformed(tiles.transforms.output.T, block, "spread")
        spread = spread.reshape(*sums.shape[:2], -1)
        np.matmul(sums.transpose(1, 2, 0), spread.transpose(1, 0, 2), out=product)

    def work(part: Part, total: Array) -> None:
        product = parallel.scratch(np, "product", shape, np.float32)
        multiply(part, slice(None), product)
        total += product

    total = parallel.scratch(np, "weights", shape, np.float32)
    if len(tiles.parts) == 1:
        jobs = tiles.jobs(filters)
        parallel.each(np, lambda job: multiply(*job, total[:, :, job[1]]), jobs)
    else:
        sum_groups(np, work, tiles.parts, total)
    both = np.kron(tiles.transforms.kernel, tiles.transforms.kernel)
    np.matmul(both.T, total.reshape(len(total), -1), out=out.reshape(kernel**2, -1))
