"""Arithmetic of images with one number per channel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph import parallel
from flowgraph.dtypes import Array
from flowgraph.ops.bias import channel_sums

_TILE = 1 << 20
"""Bytes of images in a part: what lies between two operations on it stays in the cache."""


class Channels:
    """Arithmetic of images with vectors of one element per channel, part by part.

    In NHWC the images are seen as rows of ``W * C`` elements and the vectors are repeated
    ``W`` times: NumPy's loops are fast when they are long.
    """

    def __init__(self, xp: Any, shape: tuple[int, ...], data_format: str) -> None:
        self._xp = xp
        self._last = data_format == "NHWC"
        self.size = shape[3 if self._last else 1]
        self._width = shape[2]
        self.count = shape[0] * shape[2] * (shape[1] if self._last else shape[3])
        length = self._width * self.size
        self._shape = (-1, length) if self._last and length else (*shape[:2], -1)
        if 0 in shape:
            self._shape = (0, length) if self._last else (0, self.size, 0)
        rows = shape[0] * shape[1] if self._last else shape[0]
        step = max(1, _TILE // max(4 * self.count * self.size // max(rows, 1), 1))
        starts = range(0, max(rows, 1), step if xp is np else max(rows, 1))
        self.parts = [(n, slice(start, start + step)) for n, start in enumerate(starts)]

    def flat(self, images: Array) -> Array:
        """View images as the arrays that the other methods take parts of."""
        return images.reshape(self._shape)

    def spread(self, vector: Array) -> Array:
        """Repeat a vector so that it is broadcast against a part."""
        return self._xp.tile(vector, self._width) if self._last else vector[:, None]

    def sums(self, flat: Array) -> Array:
        """Sum each channel of a part."""
        images = flat.reshape(-1, self.size) if self._last else flat
        return channel_sums(self._xp, images, "NHWC" if self._last else "NCHW")

    def dots(self, a: Array, b: Array) -> Array:
        """Sum the products of each channel of two parts."""
        if self._last:
            rows = self._xp.einsum("ij,ij->j", a, b)
            return rows.reshape(self._width, self.size).sum(axis=0)
        return self._xp.einsum("nci,nci->c", a, b)

    def memory(self, name: str, like: Array) -> Array:
        """Return memory for a part on the way to a result."""
        return parallel.scratch(self._xp, name, like.shape, np.float32)

    def collected(self, work: Callable[[slice], Sequence[Array]], count: int) -> list[Array]:
        """Return `count` vectors for each part, as matrices with a row for each."""
        results = [self._xp.empty((len(self.parts), self.size), np.float32) for _ in range(count)]

        def collect(part: tuple[int, slice]) -> None:
            number, rows = part
            for result, vector in zip(results, work(rows), strict=True):
                result[number] = vector

        parallel.each(self._xp, collect, self.parts)
        return results

    def moments(self, x: Array) -> tuple[Array, Array]:
        """Return mean and variance, those of the parts joined as Chan et al. (1979) do."""
        xp = self._xp

        def work(rows: slice) -> tuple[Array, Array, Array]:
            part = wide(x[rows])
            count = xp.full(self.size, part.size // max(self.size, 1), np.float32)
            mean = self.sums(part) / count
            centred = xp.subtract(part, self.spread(mean), out=self.memory("centred", part))
            return count, mean, self.dots(centred, centred)

        counts, means, squares = self.collected(work, 3)
        total = np.float32(self.count)
        mean = (counts * means).sum(0) / total
        means -= mean
        squares += counts * means * means
        return mean, squares.sum(0) / total


def wide(images: Array) -> Array:
    """Return images in the dtype that their channels are summed in."""
    return images.astype(np.float32) if images.dtype.itemsize == 2 else images
