"""Colours of images: conversions between RGB and HSV, contrast, hue and saturation."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.errors import FailedPreconditionError
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, square, subtract
from flowgraph.ops.array import expand_dims
from flowgraph.ops.checks import bracketed, invalid, with_rank_at_least
from flowgraph.ops.comparison import greater
from flowgraph.ops.core import apply, cast, constant
from flowgraph.ops.division import div_no_nan
from flowgraph.ops.gathering import gather
from flowgraph.ops.packing import unstack
from flowgraph.ops.ranking import argmax, argmin
from flowgraph.ops.rearranging import reverse
from flowgraph.ops.reduction import reduce_sum
from flowgraph.shapes import TensorShape

_FLOATS = Types(
    (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64), default=dtypes.float32
)
_ADJUSTED = Types((dtypes.float16, dtypes.float32), default=dtypes.float32)


def _wide(x: Array) -> Array:
    return x.astype(np.float32) if x.dtype.itemsize == 2 else x


def _hue(xp: Any, rgb: Array) -> tuple[Array, Array, Array]:
    """The hue in sixths of the circle, the largest channel, and its distance to the smallest."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    largest = xp.maximum(xp.maximum(red, green), blue)
    spread = largest - xp.minimum(xp.minimum(red, green), blue)
    hue = xp.where(
        largest == red,
        green - blue,
        xp.where(largest == green, blue - red + 2 * spread, red - green + 4 * spread),
    )
    hue = hue / xp.where(spread > 0, spread, spread.dtype.type(1))
    return xp.where(hue < 0, hue + 6, hue), largest, spread


def _wheel(xp: Any, hue: Array) -> tuple[Array, ...]:
    """How full red, green and blue are at a hue in sixths of the circle, from 0 to 1."""
    full = (abs(hue - 3) - 1, 2 - abs(hue - 2), 2 - abs(hue - 4))
    return tuple(xp.clip(channel, 0, 1) for channel in full)


def _colored(xp: Any, hue: Array, largest: Array, spread: Array) -> Array:
    """The inverse of `_hue`."""
    return xp.stack([largest - spread * (1 - full) for full in _wheel(xp, hue)], axis=-1)


class _Conversion(Op, abstract=True):
    """Each pixel to another colour space."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = with_rank_at_least(inputs[0].shape, 1).sizes
        if sizes is None:
            return (TensorShape.of(None),)
        if sizes[-1] not in (None, 3):
            raise ValueError(f"Dimension must be 3 but is {sizes[-1]}")
        return (TensorShape.of((*sizes[:-1], 3)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        pixels = inputs[0]
        if pixels.ndim < 1:
            raise invalid(f"input must be at least 1D{bracketed(pixels.shape)}")
        if pixels.shape[-1] != 3:
            raise FailedPreconditionError(
                None,
                None,
                f"input must have 3 channels but input only has {pixels.shape[-1]} channels.",
            )
        return self.converted(xp, _wide(pixels)).astype(pixels.dtype, copy=False)

    def converted(self, xp: Any, pixels: Array) -> Array:
        """The pixels in the other colour space."""
        raise NotImplementedError(f"kernel of {self.type}")


class RGBToHSV(_Conversion):
    """Red, green and blue as hue, saturation and value, each from 0 to 1."""

    signature = Signature("images: T -> output: T", T=_FLOATS)

    def converted(self, xp: Any, pixels: Array) -> Array:
        hue, value, spread = _hue(xp, pixels)
        positive = value > 0
        saturation = xp.where(positive, spread / xp.where(positive, value, 1), 0)
        return xp.stack([hue / 6, saturation, value], axis=-1)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        rgb = operation.inputs[0]
        of_hue, of_saturation, of_value = (expand_dims(dy, -1) for dy in unstack(dys[0], axis=-1))
        kind = rgb.dtype.base_dtype
        # Of equal channels the first is the largest, and the last the smallest.
        largest = argmax(rgb, -1)
        smallest = subtract(constant(2, dtypes.int64), argmin(reverse(rgb, [-1]), -1))
        corners = constant(np.eye(3), kind)
        top, bottom = gather(corners, largest), gather(corners, smallest)
        value = reduce_sum(multiply(top, rgb), -1, keepdims=True)
        least = reduce_sum(multiply(bottom, rgb), -1, keepdims=True)
        spread = subtract(value, least)
        one = constant(1, kind)

        # saturation = 1 - least / value
        saturation = subtract(
            multiply(top, div_no_nan(least, square(value))),
            multiply(bottom, div_no_nan(one, value)),
        )
        saturation = multiply(saturation, cast(greater(rgb, constant(0, kind)), kind))

        # hue = (next channel - next but one) / spread / 6 + constant, counted from the largest
        opposite = gather(constant([[0, 1, -1], [-1, 0, 1], [1, -1, 0]], kind), largest)
        difference = reduce_sum(multiply(opposite, rgb), -1, keepdims=True)
        hue = subtract(
            multiply(opposite, div_no_nan(one, spread)),
            multiply(subtract(top, bottom), div_no_nan(difference, square(spread))),
        )
        hue = multiply(hue, constant(1 / 6, kind))
        parts = (multiply(of_hue, hue), multiply(of_saturation, saturation))
        return (add(add(*parts), multiply(of_value, top)),)


class HSVToRGB(_Conversion):
    """Hue, saturation and value as red, green and blue."""

    signature = Signature("images: T -> output: T", T=_FLOATS)

    def converted(self, xp: Any, pixels: Array) -> Array:
        hue, saturation, value = pixels[..., 0] * 6, pixels[..., 1], pixels[..., 2]
        return xp.stack([((c - 1) * saturation + 1) * value for c in _wheel(xp, hue)], axis=-1)


# -- adjustments -------------------------------------------------------------------------------


class _Adjustment(Op, abstract=True):
    """Images, changed by one number."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank_at_least(inputs[0].shape, 3),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        images, amount = inputs
        name = self.signature.inputs[1].name
        if images.ndim < 3:
            raise invalid(f"input must be at least 3-D, got shape{bracketed(images.shape)}")
        if amount.ndim:
            raise invalid(f"{name} must be scalar: {bracketed(amount.shape)}")
        return self.adjusted(xp, _wide(images), amount).astype(images.dtype, copy=False)

    def adjusted(self, xp: Any, images: Array, amount: Array) -> Array:
        """The images, changed."""
        raise NotImplementedError(f"kernel of {self.type}")


class AdjustContrastv2(_Adjustment):
    """Each channel's distance from its mean over the image, times a factor."""

    signature = Signature("images: T, contrast_factor: float32 -> output: T", T=_ADJUSTED)

    def adjusted(self, xp: Any, images: Array, amount: Array) -> Array:
        if not images.size:
            return images.copy()
        mean = images.mean(axis=(-3, -2), keepdims=True)
        result = images - mean
        result *= amount
        result += mean
        return result


class _ColorAdjustment(_Adjustment, abstract=True):
    """A change of the colours of RGB images."""

    def adjusted(self, xp: Any, images: Array, amount: Array) -> Array:
        if images.shape[-1] != 3:
            raise invalid(
                f"input must have 3 channels but instead has {images.shape[-1]} channels."
            )
        return self.recolored(xp, images, amount)

    def recolored(self, xp: Any, images: Array, amount: Array) -> Array:
        """The images in other colours."""
        raise NotImplementedError(f"kernel of {self.type}")


class AdjustHue(_ColorAdjustment):
    """The hue turned; 1 is the full circle."""

    signature = Signature("images: T, delta: float32 -> output: T", T=_ADJUSTED)

    def recolored(self, xp: Any, images: Array, amount: Array) -> Array:
        hue, largest, spread = _hue(xp, images)
        hue = hue + 6 * amount
        return _colored(xp, hue - 6 * xp.floor(hue / 6), largest, spread)


class AdjustSaturation(_ColorAdjustment):
    """The saturation times a factor, at most 1."""

    signature = Signature("images: T, scale: float32 -> output: T", T=_ADJUSTED)

    def recolored(self, xp: Any, images: Array, amount: Array) -> Array:
        hue, largest, spread = _hue(xp, images)
        positive = largest > 0
        saturation = xp.where(positive, spread / xp.where(positive, largest, 1), 0)
        saturation = xp.clip(saturation * amount, 0, 1)
        return _colored(xp, hue, largest, largest * saturation)


# -- functions ---------------------------------------------------------------------------------


def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Convert RGB to hue, saturation and value.

    Parameters
    ----------
    images : Tensor
        ``(..., 3)``, floating point, from 0 to 1.
    name : str, optional

    Raises
    ------
    ValueError
        If the last dimension is not 3.

    Notes
    -----
    Smith (1978): Color gamut transform pairs. Grey has hue 0. It is differentiable.

    Examples
    --------
    >>> tf.Session().run(tf.image.rgb_to_hsv([[0.0, 1.0, 0.0]]))
    array([[0.33333334, 1.        , 1.        ]], dtype=float32)
    """
    return apply(RGBToHSV(), images, name=name)


def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Convert hue, saturation and value to RGB. No gradient is defined for it.

    Parameters
    ----------
    images : Tensor
        ``(..., 3)``, floating point, from 0 to 1.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.image.hsv_to_rgb([[0.5, 1.0, 1.0]]))
    array([[0., 1., 1.]], dtype=float32)
    """
    return apply(HSVToRGB(), images, name=name)
