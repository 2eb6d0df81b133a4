"""Where resizing reads: positions and weights along one axis of an image.

Every method is separable, so an axis is all there is to say.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.ops.checks import invalid


class Axis(NamedTuple):
    """How one axis is resized.

    Attributes
    ----------
    size, output : int
        Its lengths before and after.
    align_corners : bool
        The centres of the first and last pixels stay where they are.
    half_pixel_centers : bool
        Pixels have their centre at a half; else at their lower end.
    """

    size: int
    output: int
    align_corners: bool = False
    half_pixel_centers: bool = False

    @property
    def scale(self) -> np.float32:
        """Input pixels for each output pixel."""
        if self.align_corners and self.output > 1:
            return np.float32(self.size - 1) / np.float32(self.output - 1)
        return np.float32(self.size) / np.float32(self.output)

    def places(self, centre: float = 0.5) -> Array:
        """Where each output pixel lies in the input."""
        steps = np.arange(self.output, dtype=np.float32)
        if not self.half_pixel_centers:
            return steps * self.scale
        return (steps + np.float32(0.5)) * self.scale - np.float32(centre)

    def nearest(self) -> Array:
        """The input pixel that each output pixel takes."""
        places = self.places(0.0)
        if self.align_corners:
            places = places + np.float32(0.5)  # halves go up, as in C's roundf
        return np.clip(np.floor(places), 0, self.size - 1).astype(np.intp)

    def linear(self) -> tuple[Array, Array, Array]:
        """The two input pixels between which each output pixel lies, and how far along."""
        places = self.places()
        below = np.floor(places)
        lower = np.maximum(below, 0).astype(np.intp)
        upper = np.minimum(np.ceil(places), self.size - 1).astype(np.intp)
        return lower, upper, places - below

    def cubic(self) -> tuple[Array, Array]:
        """The four input pixels around each output pixel and their weights, both [4, output]."""
        places = self.places()
        below = np.floor(places)
        step = np.rint((places - below) * np.float32(_STEPS)).astype(np.intp)
        near, far = _cubic_kernel(-0.5 if self.half_pixel_centers else -0.75)
        weights = np.stack([far[step], near[step], near[_STEPS - step], far[_STEPS - step]])
        wanted = below.astype(np.intp) + np.arange(-1, 3)[:, None]
        indices = np.clip(wanted, 0, self.size - 1)
        if self.half_pixel_centers:
            weights = np.where(indices == wanted, weights, np.float32(0.0))
            weights /= weights.sum(axis=0)
        return indices, weights

    def area(self) -> Array:
        """How much of each input pixel each output pixel covers, [output, size]."""
        start = self.places()[:, None]
        stop = (np.arange(1, self.output + 1, dtype=np.float32) * self.scale)[:, None]
        last = max(self.size, int(np.ceil(stop[-1, 0])))
        pixel = np.arange(last, dtype=np.float32)
        cover = np.maximum(np.minimum(pixel + 1, stop) - np.maximum(pixel, start), np.float32(0))
        cover[:, self.size - 1] += cover[:, self.size :].sum(axis=1)  # beyond the edge is the edge
        return cover[:, : self.size] / self.scale

    def matrix(self, indices: Array, weights: Array) -> Array:
        """Taps [taps, output] as a matrix [output, size]."""
        result = np.zeros((self.output, self.size), np.float32)
        rows = np.broadcast_to(np.arange(self.output), indices.shape)
        np.add.at(result, (rows, indices), weights)
        return result

    def nearest_matrix(self) -> Array:
        """`nearest` as a matrix [output, size]."""
        return self.matrix(self.nearest(), np.float32(1.0))

    def linear_matrix(self) -> Array:
        """`linear` as a matrix [output, size]."""
        lower, upper, lerp = self.linear()
        return self.matrix(np.stack([lower, upper]), np.stack([1 - lerp, lerp]))

    def cubic_matrix(self) -> Array:
        """`cubic` as a matrix [output, size]."""
        return self.matrix(*self.cubic())


_STEPS = 1024


@functools.cache
def _cubic_kernel(a: float) -> tuple[Array, Array]:
    """Keys' kernel of parameter `a` at steps through [0, 1] and through [1, 2].

    Keys (1981): Cubic convolution interpolation for digital image processing. TensorFlow rounds
    the distance to 1/1024.
    """
    x = np.arange(_STEPS + 1) / _STEPS
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    x = x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return near.astype(np.float32), far.astype(np.float32)


def image_axes(
    image: tuple[int, ...], output: tuple[int, int], align_corners: bool, half_pixel_centers: bool
) -> tuple[Axis, Axis]:
    """The axes of height and width of images of shape `image` that are resized to `output`."""
    if align_corners and half_pixel_centers:
        raise invalid("If half_pixel_centers is True, align_corners must be False.")
    height, width = (
        Axis(size, count, align_corners, half_pixel_centers)
        for size, count in zip(image[1:3], output, strict=True)
    )
    return height, width
