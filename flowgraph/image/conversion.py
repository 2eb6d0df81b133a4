"""Images of other dtypes and in other colour spaces."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import DType, as_dtype, float32, int32
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.image.checks import checked_image
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.array import expand_dims
from flowgraph.ops.assertions import assert_equal, assert_greater_equal
from flowgraph.ops.casting import saturate_cast
from flowgraph.ops.contraction import tensordot
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor, identity, rank, shape
from flowgraph.ops.division import div, truediv
from flowgraph.ops.filling import ones
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_mean, reduce_prod
from flowgraph.ops.statistics import reduce_std
from flowgraph.ops.transcendental import rsqrt


def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: str | None = None
) -> Tensor:
    """Convert images to another dtype, and their values to its range.

    Floats range from 0 to 1, integers from 0 to the largest of their dtype.

    Parameters
    ----------
    image : Tensor
    dtype : DType
    saturate : bool
        Whether values that `dtype` cannot hold become its nearest; else they wrap.
    name : str, optional

    Examples
    --------
    >>> x = tf.constant([0, 255], tf.uint8)
    >>> tf.Session().run(tf.image.convert_image_dtype(x, tf.float32))
    array([0., 1.], dtype=float32)
    """
    source = convert_to_tensor(image, name="image")
    target = as_dtype(dtype)
    kind = source.dtype.base_dtype
    if target is kind:
        return identity(source, name=name)
    with name_scope(name, "convert_image", [source]) as scope:
        convert = saturate_cast if saturate else cast
        if kind.is_integer and target.is_integer:
            largest, limit = int(kind.max), int(target.max)
            if largest > limit:
                return convert(div(source, (largest + 1) // (limit + 1)), target, name=scope)
            widened = convert(source, target)
            return multiply(widened, (limit + 1) // (largest + 1), name=scope)
        if kind.is_floating and target.is_floating:
            return cast(source, target, name=scope)
        if kind.is_integer:
            return multiply(cast(source, target), 1.0 / int(kind.max), name=scope)
        # A half more than the largest, so that each integer gets an equal share of the floats.
        return convert(multiply(source, int(target.max) + 0.5, name="Mul"), target, name=scope)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """Convert RGB images to grey ones.

    Parameters
    ----------
    images : Tensor
        ``(..., 3)``.
    name : str, optional

    Returns
    -------
    Tensor
        ``(..., 1)``: 0.2989 red, 0.587 green, 0.114 blue (ITU-R BT.601).

    Examples
    --------
    >>> tf.Session().run(tf.image.rgb_to_grayscale([[[1.0, 0.0, 0.0]]]))[0, 0]
    array([0.2989], dtype=float32)
    """
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        source = convert_to_tensor(images, name="images")
        kind = source.dtype.base_dtype
        colors = convert_image_dtype(source, float32)
        grey = expand_dims(tensordot(colors, [0.2989, 0.5870, 0.1140], [-1, -1]), -1)
        return convert_image_dtype(grey, kind, name=scope)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Convert grey images to RGB ones, of three equal channels.

    Parameters
    ----------
    images : Tensor
        ``(..., 1)``.
    name : str, optional

    Raises
    ------
    ValueError, InvalidArgumentError
        If the last dimension is not 1.

    Examples
    --------
    >>> tf.Session().run(tf.image.grayscale_to_rgb([[[5]]]))
    array([[[5, 5, 5]]], dtype=int32)
    """
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        source = convert_to_tensor(images, name="images")
        source = with_dependencies(_checked_grey(source), source)
        leading = expand_dims(rank(source) - 1, 0)
        repeats = [ones(leading, dtype=int32), expand_dims(3, 0)]
        colors = tile(source, concat(repeats, 0), name=scope)
        sizes = source.shape.sizes
        if sizes is not None:
            colors.set_shape([*sizes[:-1], 3])
        return colors


def _checked_grey(image: Tensor) -> list[Any]:
    words = "Last dimension of a grayscale image should be size 1."
    sizes = image.shape.sizes
    if sizes is None or sizes[-1] is None:
        last = strided_slice_from_key(shape(image), -1)
        return [
            assert_equal(last, 1, message=words),
            assert_greater_equal(
                rank(image), 3, message="A grayscale image must be at least two-dimensional."
            ),
        ]
    if sizes[-1] != 1:
        raise ValueError(words)
    if len(sizes) < 2:
        raise ValueError("A grayscale image must be at least two-dimensional.")
    return []


_YIQ = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
]
_FROM_YIQ = [
    [1, 1, 1],
    [0.95598634, -0.27201283, -1.10674021],
    [0.6208248, -0.64720424, 1.70423049],
]
_YUV = [
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
]
_FROM_YUV = [[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]


def _times(images: Any, matrix: Any) -> Tensor:
    source = convert_to_tensor(images, name="images")
    kernel = convert_to_tensor(np.array(matrix), source.dtype.base_dtype, name="kernel")
    rank_ = source.shape.ndims
    if rank_ is None:
        raise TypeError("'images' must have a known rank")
    return tensordot(source, kernel, axes=[[rank_ - 1], [0]])


def rgb_to_yiq(images: Any) -> Tensor:
    """Convert RGB to YIQ.

    Parameters
    ----------
    images : Tensor
        ``(..., 3)``, floating point, from 0 to 1.

    Examples
    --------
    >>> tf.Session().run(tf.image.rgb_to_yiq([[[1.0, 1.0, 1.0]]]))[0, 0].round(4).tolist()[0]
    1.0
    """
    return _times(images, _YIQ)


def yiq_to_rgb(images: Any) -> Tensor:
    """Convert YIQ to RGB.

    Parameters
    ----------
    images : Tensor
        ``(..., 3)``, floating point.

    Examples
    --------
    >>> tf.Session().run(tf.image.yiq_to_rgb([[[1.0, 0.0, 0.0]]]))[0, 0]
    array([1., 1., 1.], dtype=float32)
    """
    return _times(images, _FROM_YIQ)


def rgb_to_yuv(images: Any) -> Tensor:
    """Convert RGB to YUV.

    Parameters
    ----------
    images : Tensor
        ``(..., 3)``, floating point, from 0 to 1.

    Examples
    --------
    >>> tf.Session().run(tf.image.rgb_to_yuv([[[1.0, 1.0, 1.0]]]))[0, 0].round(4).tolist()[0]
    1.0
    """
    return _times(images, _YUV)


def yuv_to_rgb(images: Any) -> Tensor:
    """Convert YUV to RGB.

    Parameters
    ----------
    images : Tensor
        ``(..., 3)``, floating point.

    Examples
    --------
    >>> tf.Session().run(tf.image.yuv_to_rgb([[[1.0, 0.0, 0.0]]]))[0, 0]
    array([1., 1., 1.], dtype=float32)
    """
    return _times(images, _FROM_YUV)


def per_image_standardization(image: Any) -> Tensor:
    """Scale each image to mean 0 and deviation 1.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.

    Returns
    -------
    Tensor
        Of the dtype of `image`. Integers saturate.

    Notes
    -----
    The deviation counts as ``1 / sqrt(number of values)`` at least, so that an even image does
    not divide by zero.

    Examples
    --------
    >>> x = tf.reshape([1.0, 3.0], [1, 2, 1])
    >>> tf.Session().run(tf.image.per_image_standardization(x)).ravel()
    array([-1.,  1.], dtype=float32)
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        source = convert_to_tensor(image, name="image")
        source = with_dependencies(checked_image(source), source)
        kind: DType = source.dtype.base_dtype
        if kind.name not in ("float16", "float32"):
            source = convert_image_dtype(source, float32)
        count = reduce_prod(strided_slice_from_key(shape(source), slice(-3, None)))
        axes = [-1, -2, -3]
        mean = reduce_mean(source, axis=axes, keepdims=True)
        deviation = reduce_std(source, axis=axes, keepdims=True)
        least = rsqrt(cast(count, source.dtype.base_dtype))
        scale = maximum(deviation, least)
        standard = truediv(source - mean, scale, name=scope)
        return convert_image_dtype(standard, kind, saturate=True)
