"""Winograd's convolution of images: fewer products, between sums of inputs and sums of weights.

An output of ``m x m`` pixels is computed from a tile of ``n x n`` inputs, where ``n = m + r - 1``
for a kernel of ``r x r``, with ``n * n`` products in place of ``m * m * r * r`` [1]_. Every stage
is a matrix product: tiles become sums, sums are multiplied channels by filters, products become
outputs. Results differ by some 1e-5 of the largest from those of plain sums.

References
----------
.. [1] A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015,
   https://arxiv.org/abs/1509.09308
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from flowgraph import parallel
from flowgraph.dtypes import Array
from flowgraph.ops.patches import Part, parts, region, sum_groups
from flowgraph.ops.windows import Window

_POINTS = (0.0, 1.0, -1.0, 2.0, -2.0)
"""Where polynomials are evaluated, beside infinity: a tile has one more row than these."""

_SIZE = len(_POINTS) + 1
_TILE = 1 << 19
"""Bytes of sums in a part: they stay in the cache."""

_FEWEST_TILES = 48
"""Tiles in a part, if there are as many: fewer would not be worth reading the weights for."""

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
    """Return the transforms of two axes, for kernels of a size: Toom and Cook's polynomials.

    With ``B`` for tiles, ``G`` for kernels and ``A`` for outputs, the convolution of one axis is
    ``A' ((G g) * (B' d))``. Two axes take the Kronecker product of each with itself.
    """
    outputs = _SIZE - kernel + 1
    points = np.array(_POINTS)
    tile = np.zeros((_SIZE, _SIZE))
    weights, rows = np.zeros((_SIZE, kernel)), np.zeros((outputs, _SIZE))
    for i, point in enumerate(points):
        others = np.delete(points, i)
        tile[i, :-1] = np.polynomial.polynomial.polyfromroots(others)
        weights[i] = point ** np.arange(kernel) / np.prod(point - others)
        rows[:, i] = point ** np.arange(outputs)
    tile[-1] = np.polynomial.polynomial.polyfromroots(points)
    weights[-1, -1] = rows[-1, -1] = 1
    return _Transforms(*[np.kron(m, m).astype(np.float32) for m in (tile, weights, rows)])


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


class _Tiles:
    """The tiles of a convolution, and the parts that they are done in."""

    def __init__(self, x: Array, windows: Sequence[Window], channels: int, fewest: int) -> None:
        self.x = x
        self.windows = windows
        self.transforms = _transforms(windows[0].kernel)
        self.step = step = _SIZE - windows[0].kernel + 1
        self.rows, self.columns = (-(-w.output // step) for w in windows)
        wanted = max(fewest, _TILE // (4 * _SIZE * _SIZE * channels))
        self.parts = parts(len(x), self.rows, wanted // self.columns)

    def count(self, part: Part) -> int:
        """Return how many tiles are in a part."""
        return part.images * part.lines * self.columns

    def sums(self, part: Part) -> Array:
        """Return ``(tiles, points, channels)`` of the inputs."""
        rows, columns = self.windows
        first, channels = part.rows.start * self.step - rows.before, self.x.shape[-1]
        reach = _SIZE - self.step
        ranges = [
            (first, first + part.lines * self.step + reach),
            (-columns.before, self.columns * self.step + reach - columns.before),
        ]
        padded = region(np, self.x, part.batch, ranges)
        batch, row, column, last = padded.strides
        view = as_strided(
            padded,
            (part.images, part.lines, self.columns, _SIZE, _SIZE, channels),
            (batch, row * self.step, column * self.step, row, column, last),
        )
        shape = (self.count(part), _SIZE * _SIZE, channels)
        tiles = parallel.scratch(np, "tiles", shape, np.float32)
        np.copyto(tiles.reshape(view.shape), view)
        result = parallel.scratch(np, "sums", shape, np.float32)
        return np.matmul(self.transforms.tile, tiles, out=result)

    def split(self, outputs: Array, lines: int) -> Array:
        """Return outputs that are whole tiles as ``(batch, rows, columns, m, m, filters)``."""
        shape = (len(outputs), lines, self.step, self.columns, self.step, outputs.shape[-1])
        return outputs.reshape(shape).transpose(0, 1, 3, 2, 4, 5)

    def ranges(self, part: Part) -> list[tuple[int, int]]:
        """Return where the outputs of a part lie, some of them perhaps beyond the last."""
        rows = part.rows.start * self.step, part.rows.stop * self.step
        return [rows, (0, self.columns * self.step)]


def convolve(out: Array, x: Array, filter: Array, windows: Sequence[Window]) -> None:
    """Write the convolution of `x` with `filter` into `out`."""
    channels, filters = filter.shape[2:]
    tiles = _Tiles(x, windows, max(channels, filters), _FEWEST_TILES)
    weights = parallel.scratch(np, "weights", (_SIZE * _SIZE, channels, filters), np.float32)
    flat = filter.reshape(-1, channels * filters)
    np.matmul(tiles.transforms.kernel, flat, out=weights.reshape(_SIZE * _SIZE, -1))

    def work(part: Part) -> None:
        sums = tiles.sums(part)
        products = parallel.scratch(np, "tiles", (*sums.shape[:2], filters), np.float32)
        np.matmul(sums.transpose(1, 0, 2), weights, out=products.transpose(1, 0, 2))
        made = parallel.scratch(np, "sums", (len(sums), tiles.step**2, filters), np.float32)
        np.matmul(tiles.transforms.output, products, out=made)
        (top, bottom), (_, width) = tiles.ranges(part)
        target = out[part.batch, top:bottom]
        whole = target
        if target.shape[1:3] != (bottom - top, width):
            sizes = (len(target), bottom - top, width, filters)
            whole = parallel.scratch(np, "tiles", sizes, np.float32)
        split = tiles.split(whole, part.lines)
        np.copyto(split, made.reshape(split.shape))
        if whole is not target:
            np.copyto(target, whole[:, : target.shape[1], : target.shape[2]])

    parallel.each(np, work, tiles.parts)


def filter_gradient(out: Array, x: Array, dy: Array, windows: Sequence[Window]) -> None:
    """Write the gradient of the filter into `out`: the adjoint of `convolve` in its weights."""
    channels, filters = out.shape[2:]
    tiles = _Tiles(x, windows, max(channels, filters), 4 * _FEWEST_TILES)
    shape = (_SIZE * _SIZE, channels, filters)

    def work(part: Part, total: Array) -> None:
        sums = tiles.sums(part)
        given = tiles.split(region(np, dy, part.batch, tiles.ranges(part)), part.lines)
        block = parallel.scratch(np, "tiles", given.shape, np.float32)
        np.copyto(block, given)
        spread = parallel.scratch(np, "spread", (*sums.shape[:2], filters), np.float32)
        block = block.reshape(len(sums), -1, filters)
        np.matmul(tiles.transforms.output.T, block, out=spread)
        product = parallel.scratch(np, "product", shape, np.float32)
        np.matmul(sums.transpose(1, 2, 0), spread.transpose(1, 0, 2), out=product)
        total += product

    total = parallel.scratch(np, "weights", shape, np.float32)
    sum_groups(np, work, tiles.parts, total)
    flat = total.reshape(_SIZE * _SIZE, -1)
    np.matmul(tiles.transforms.kernel.T, flat, out=out.reshape(len(out) ** 2, -1))
