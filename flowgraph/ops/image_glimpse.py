"""Glimpses: windows of one size into images, noise beyond their border."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply
from flowgraph.ops.image_resizing import image_size
from flowgraph.ops.merging import merge_sizes
from flowgraph.random_streams import PhiloxStream
from flowgraph.shapes import TensorShape


class ExtractGlimpse(Op):
    """A window into each image."""

    signature = Signature("input: float32, size: int32, offsets: float32 -> glimpse: float32")
    host_inputs = (1, 2)
    is_stateful = True  # the noise is new at each run

    centered: bool = True
    normalized: bool = True
    uniform_noise: bool = True
    noise: str = "uniform"

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        if self.uniform_noise and self.noise not in ("", "uniform"):
            raise ValueError("The uniform_noise and noise should not be specified at the same time")
        batch, _, _, channels = with_rank(inputs[0].shape, 4).sizes or (None,) * 4
        count, axes = with_rank(inputs[2].shape, 2).sizes or (None, None)
        batch = merge_sizes(batch, count)
        if axes not in (None, 2):
            raise ValueError(f"Dimension must be 2 but is {axes}")
        return (TensorShape.of((batch, *image_size(inputs[1]), channels)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        images, size, offsets = inputs
        if images.ndim != 4:
            raise invalid(
                f"input must be 4-dimensional (batch_size, height, width, depth)"
                f"{bracketed(images.shape)}"
            )
        if size.shape != (2,):
            raise invalid(
                f"input must be a vector of size 2 (height, width){bracketed(size.shape)}"
            )
        if offsets.ndim != 2:
            raise invalid(f"input must be a matrix{bracketed(offsets.shape)}")
        if len(offsets) != len(images):
            raise invalid(f"first dimension should be batch{bracketed(offsets.shape)}")
        if offsets.shape[1] != 2:
            raise invalid(f"second dimension should be of size 2 (y,x){bracketed(offsets.shape)}")
        extent = np.array(images.shape[1:3], np.float32)
        places = offsets * extent if self.normalized else offsets
        if self.centered:
            places = places / 2 + extent / 2
        starts = np.trunc(places - size.astype(np.float32) / 2).astype(np.intp)
        axes = [starts[:, axis, None] + np.arange(int(size[axis])) for axis in (0, 1)]
        inside = [(axis >= 0) & (axis < n) for axis, n in zip(axes, images.shape[1:3], strict=True)]
        rows, columns = (xp.asarray(np.where(ok, a, 0)) for a, ok in zip(axes, inside, strict=True))
        batch = xp.arange(len(images))[:, None, None]
        if 0 in images.shape[1:3]:
            return self._noise(xp, images, (len(images), *size.tolist(), images.shape[3]))
        glimpse = images[batch, rows[:, :, None], columns[:, None, :]]
        outside = ~(inside[0][:, :, None] & inside[1][:, None, :])
        if outside.any():
            noise = self._noise(xp, images, glimpse.shape)
            glimpse = xp.where(xp.asarray(outside)[..., None], noise, glimpse)
        return glimpse

    def _noise(self, xp: Any, images: Array, shape: tuple[int, ...]) -> Array:
        """Numbers within the range of each image."""
        if self.noise == "zero" or not images.size:
            return xp.zeros(shape, np.float32)
        stream = PhiloxStream(0, 0)
        axes = (1, 2, 3)
        low, high = images.min(axis=axes, keepdims=True), images.max(axis=axes, keepdims=True)
        if self.uniform_noise or self.noise == "uniform":
            return xp.asarray(stream.uniform(shape, np.float32)) * (high - low) + low
        mean, deviation = (
            images.mean(axis=axes, keepdims=True),
            images.std(axis=axes, keepdims=True),
        )
        drawn = xp.asarray(stream.normal(shape, np.float32)) * deviation + mean
        return xp.clip(drawn, low, high)

    gradient = Op.not_differentiable


def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    name: str | None = None,
) -> Tensor:
    """Look at each image through a window.

    Parameters
    ----------
    input : float32 Tensor
        ``(batch, height, width, channels)``.
    size : int32 Tensor or list of int
        Height and width of the window.
    offsets : float32 Tensor
        ``(batch, 2)``: row and column of the window's centre in each image.
    centered : bool
        Whether offsets are from the middle of the image, 1 being its border, or from its corner.
    normalized : bool
        Whether offsets are in parts of the image, or in pixels.
    uniform_noise : bool
        Whether the noise beyond the image is uniform within the range of its values. It is so
        either way, as in TensorFlow 1.15.
    name : str, optional

    Returns
    -------
    float32 Tensor
        ``(batch, size[0], size[1], channels)``. Nothing is differentiable.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Notes
    -----
    The noise is drawn anew at each run and takes no seed.

    Examples
    --------
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> tf.Session().run(tf.image.extract_glimpse(x, [1, 3], [[0.0, 0.0]])).ravel()
    array([3., 4., 5.], dtype=float32)
    """
    op = ExtractGlimpse(centered=centered, normalized=normalized, uniform_noise=uniform_noise)
    return apply(op, input, size, offsets, name=name)
