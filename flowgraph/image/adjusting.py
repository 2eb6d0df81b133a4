"""Brightness, contrast, gamma, hue and saturation of images, adjusted or at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.dtypes import float16, float32
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.image.checks import require
from flowgraph.image.conversion import convert_image_dtype
from flowgraph.ops.arithmetic import Add
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import apply, cast, convert_to_tensor
from flowgraph.ops.image_colors import AdjustContrastv2, AdjustHue, AdjustSaturation
from flowgraph.ops.random import random_uniform


def _as_float(image: Tensor) -> Tensor:
    """An image in a dtype that colours are computed in."""
    if image.dtype.base_dtype in (float16, float32):
        return image
    return convert_image_dtype(image, float32)


def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """Add to the values of images.

    Parameters
    ----------
    image : Tensor
        Floats from 0 to 1, or integers, which are scaled to that first.
    delta : Tensor or float

    Returns
    -------
    Tensor
        Of the dtype of `image`. Integers saturate.

    Examples
    --------
    >>> x = tf.constant([[[100]]], tf.uint8)
    >>> tf.Session().run(tf.image.adjust_brightness(x, 0.1))
    array([[[125]]], dtype=uint8)
    """
    with name_scope(None, "adjust_brightness", [image, delta]) as scope:
        source = convert_to_tensor(image, name="image")
        colors = _as_float(source)
        change = cast(delta, colors.dtype.base_dtype)
        brighter = apply(Add(), colors, change, name=scope)
        return convert_image_dtype(brighter, source.dtype.base_dtype, saturate=True)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Scale each channel's distance from its mean.

    Parameters
    ----------
    images : Tensor
        ``(..., height, width, channels)``.
    contrast_factor : Tensor or float

    Returns
    -------
    Tensor
        Of the dtype of `images`. Integers saturate.

    Examples
    --------
    >>> x = tf.reshape([1.0, 3.0], [1, 2, 1])
    >>> tf.Session().run(tf.image.adjust_contrast(x, 2.0)).ravel()
    array([0., 4.], dtype=float32)
    """
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as scope:
        source = convert_to_tensor(images, name="images")
        colors = _as_float(source)
        factor = convert_to_tensor(contrast_factor, float32, name="contrast_factor")
        adjusted = apply(AdjustContrastv2(), colors, factor, name=scope)
        return convert_image_dtype(adjusted, source.dtype.base_dtype, saturate=True)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """Correct images by a power: ``gain * image ** gamma``.

    Parameters
    ----------
    image : Tensor
        Floats from 0 to 1, or integers, which are scaled to that first.
    gamma, gain : Tensor or float

    Raises
    ------
    ValueError, InvalidArgumentError
        If `gamma` is negative.

    Examples
    --------
    >>> tf.Session().run(tf.image.adjust_gamma([[[0.5]]], 2.0))
    array([[[0.25]]], dtype=float32)
    """
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        source = convert_to_tensor(image, name="image")
        colors = _as_float(source)
        is_allowed = greater_equal(gamma, 0) if isinstance(gamma, Tensor) else gamma >= 0
        checks = require(is_allowed, "Gamma should be a non-negative real number.")
        if checks:
            gamma = with_dependencies(checks, gamma)
        adjusted = gain * colors**gamma
        return convert_image_dtype(adjusted, source.dtype.base_dtype, saturate=True)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """Turn the hue of RGB images.

    Parameters
    ----------
    image : Tensor
        ``(..., height, width, 3)``.
    delta : Tensor or float
        In full circles.
    name : str, optional

    Returns
    -------
    Tensor
        Of the dtype of `image`. No gradient is defined for it.

    Examples
    --------
    >>> tf.Session().run(tf.image.adjust_hue([[[1.0, 0.0, 0.0]]], 1 / 3)).round(4)
    array([[[0., 1., 0.]]], dtype=float32)
    """
    with name_scope(name, "adjust_hue", [image]):
        source = convert_to_tensor(image, name="image")
        adjusted = apply(AdjustHue(), _as_float(source), delta)
        return convert_image_dtype(adjusted, source.dtype.base_dtype)


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """Scale the saturation of RGB images.

    Parameters
    ----------
    image : Tensor
        ``(..., height, width, 3)``.
    saturation_factor : Tensor or float
    name : str, optional

    Returns
    -------
    Tensor
        Of the dtype of `image`. No gradient is defined for it.

    Examples
    --------
    >>> tf.Session().run(tf.image.adjust_saturation([[[1.0, 0.0, 0.0]]], 0.5))
    array([[[1. , 0.5, 0.5]]], dtype=float32)
    """
    with name_scope(name, "adjust_saturation", [image]):
        source = convert_to_tensor(image, name="image")
        adjusted = apply(AdjustSaturation(), _as_float(source), saturation_factor)
        return convert_image_dtype(adjusted, source.dtype.base_dtype)


# -- at random ---------------------------------------------------------------------------------


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """Add to the values of images a number from [-max_delta, max_delta).

    Parameters
    ----------
    image : Tensor
        As for `adjust_brightness`.
    max_delta : float
    seed : int, optional
        See `set_random_seed`.

    Raises
    ------
    ValueError
        If `max_delta` is negative.

    Examples
    --------
    >>> tf.Session().run(tf.image.random_brightness([[[0.5]]], 0.1, seed=1)).round(4)
    array([[[0.4478]]], dtype=float32)
    """
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, random_uniform([], -max_delta, max_delta, seed=seed))


def _between(
    adjust: Callable[[Any, Any], Tensor], image: Any, lower: float, upper: float, seed: int | None
) -> Tensor:
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
    return adjust(image, random_uniform([], lower, upper, seed=seed))


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """Adjust the contrast of images by a factor from [lower, upper).

    Parameters
    ----------
    image : Tensor
        As for `adjust_contrast`.
    lower, upper : float
    seed : int, optional
        See `set_random_seed`.

    Raises
    ------
    ValueError
        If the bounds leave nothing between them, or are negative.

    Examples
    --------
    >>> tf.image.random_contrast(tf.ones([4, 5, 3]), 0.5, 1.5).shape.as_list()
    [4, 5, 3]
    """
    return _between(adjust_contrast, image, lower, upper, seed)


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """Turn the hue of RGB images by an angle from [-max_delta, max_delta).

    Parameters
    ----------
    image : Tensor
        As for `adjust_hue`.
    max_delta : float
        At most 0.5, half a circle.
    seed : int, optional
        See `set_random_seed`.

    Raises
    ------
    ValueError
        If `max_delta` is out of range.

    Examples
    --------
    >>> tf.image.random_hue(tf.ones([4, 5, 3]), 0.2).shape.as_list()
    [4, 5, 3]
    """
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, random_uniform([], -max_delta, max_delta, seed=seed))


def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """Adjust the saturation of RGB images by a factor from [lower, upper).

    Parameters
    ----------
    image : Tensor
        As for `adjust_saturation`.
    lower, upper, seed
        As for `random_contrast`.

    Examples
    --------
    >>> tf.image.random_saturation(tf.ones([4, 5, 3]), 0.5, 1.5).shape.as_list()
    [4, 5, 3]
    """
    return _between(adjust_saturation, image, lower, upper, seed)
