"""How much two images differ to the eye."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import float32, int32
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.image.conversion import convert_image_dtype
from flowgraph.ops.arithmetic import square, squared_difference, subtract
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.broadcasting import shape_n
from flowgraph.ops.comparison import equal, greater_equal, not_equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import cast, constant, convert_to_tensor, identity, shape, size
from flowgraph.ops.joining import concat
from flowgraph.ops.packing import stack
from flowgraph.ops.pooling import avg_pool
from flowgraph.ops.rearranging import tile
from flowgraph.ops.rectification import relu
from flowgraph.ops.reduction import reduce_all, reduce_any, reduce_mean, reduce_prod
from flowgraph.ops.separable import depthwise_conv2d
from flowgraph.ops.sequences import range as range_
from flowgraph.ops.slicing import pad
from flowgraph.ops.softmax import softmax
from flowgraph.ops.transcendental import log
from flowgraph.ops.transcendental import pow as pow_

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def _comparable(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, list[Operation]]:
    """The shapes of two images and the assertions that they fit; ValueError if they cannot."""
    first, second = a.shape.with_rank_at_least(3), b.shape.with_rank_at_least(3)
    first[-3:].assert_is_compatible_with(second[-3:])
    if first.ndims is not None and second.ndims is not None:
        leading = zip(reversed(first.as_list()[:-3]), reversed(second.as_list()[:-3]), strict=False)
        for m, n in leading:
            if m != n and 1 not in (m, n) and None not in (m, n):
                raise ValueError(f"Two images are not compatible: {first} and {second}")
    shapes = shape_n([a, b])
    has_rank = greater_equal(size(shapes[0]), 3)
    checks = [assert_that(has_rank, shapes, summarize=10)]
    is_equal = reduce_all(equal(shapes[0][-3:], shapes[1][-3:]))
    checks.append(assert_that(is_equal, shapes, summarize=10))
    return shapes[0], shapes[1], checks


def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """Return the peak signal-to-noise ratio of two images, in decibels.

    Parameters
    ----------
    a, b : Tensor
        ``(..., height, width, channels)``.
    max_val : Tensor or number
        The distance between the least and the largest value there can be.
    name : str, optional

    Returns
    -------
    float32 Tensor
        Of the leading dimensions.

    Examples
    --------
    >>> x = tf.zeros([2, 2, 1])
    >>> print(tf.Session().run(tf.image.psnr(x, x + 0.1, 1.0)))
    20.0
    """
    with name_scope(name, "PSNR", [a, b]):
        first, second = convert_to_tensor(a), convert_to_tensor(b)
        peak = convert_image_dtype(cast(max_val, first.dtype.base_dtype), float32)
        first = convert_image_dtype(first, float32)
        second = convert_image_dtype(second, float32)
        error = reduce_mean(squared_difference(first, second), [-3, -2, -1])
        peak = (20 * log(peak)) / log(10.0)
        ratio = subtract(peak, np.float32(10 / np.log(10)) * log(error), name="psnr")
        _, _, checks = _comparable(first, second)
        with control_dependencies(checks):
            return identity(ratio)


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Return the structural similarity of two images.

    Parameters
    ----------
    img1, img2 : Tensor
        ``(..., height, width, channels)``, not smaller than the filter.
    max_val : Tensor or number
        The distance between the least and the largest value there can be.
    filter_size : int
        Of the Gaussian window.
    filter_sigma : float
        Its deviation.
    k1, k2 : float
        Constants against division by zero.

    Returns
    -------
    float32 Tensor
        Of the leading dimensions: 1 for equal images.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli (2004): Image quality assessment: from error visibility to
    structural similarity.

    Examples
    --------
    >>> x = tf.ones([12, 12, 1])
    >>> print(tf.Session().run(tf.image.ssim(x, x, 1.0)))
    1.0
    """
    first, second = convert_to_tensor(img1), convert_to_tensor(img2)
    _, _, checks = _comparable(first, second)
    with control_dependencies(checks):
        first = identity(first)
    peak = convert_image_dtype(cast(max_val, first.dtype.base_dtype), float32)
    first, second = (convert_image_dtype(image, float32) for image in (first, second))
    similarity, _ = _per_channel(first, second, peak, filter_size, filter_sigma, k1, k2)
    return reduce_mean(similarity, [-1])


def _per_channel(
    first: Tensor,
    second: Tensor,
    peak: Tensor,
    filter_size: int,
    filter_sigma: float,
    k1: float,
    k2: float,
) -> tuple[Tensor, Tensor]:
    """The similarity of each channel, and its part of contrast and structure."""
    length = constant(filter_size, int32)
    deviation = constant(filter_sigma, first.dtype.base_dtype)
    shapes = shape_n([first, second])
    checks = [
        assert_that(reduce_all(greater_equal(s[-3:-1], length)), [s, length], summarize=8)
        for s in shapes
    ]
    with control_dependencies(checks):
        first = identity(first)
    kernel = tile(_gaussian(length, deviation), [1, 1, shapes[0][-1], 1])

    def smoothed(x: Tensor) -> Tensor:
        sizes = shape(x)
        flat = reshape(x, concat([[-1], sizes[-3:]], 0))
        y = depthwise_conv2d(flat, kernel, [1, 1, 1, 1], "VALID")
        return reshape(y, concat([sizes[:-3], shape(y)[1:]], 0))

    luminance, structure = _similarity(first, second, smoothed, peak, k1, k2)
    axes = constant([-3, -2], int32)
    return reduce_mean(luminance * structure, axes), reduce_mean(structure, axes)


def _gaussian(length: Tensor, deviation: Tensor) -> Tensor:
    kind = deviation.dtype.base_dtype
    places = cast(range_(length), kind)
    places -= cast(length - 1, kind) / 2.0
    exponents = square(places)
    exponents *= -0.5 / square(deviation)
    exponents = reshape(exponents, [1, -1]) + reshape(exponents, [-1, 1])
    weights = softmax(reshape(exponents, [1, -1]))
    return reshape(weights, [length, length, 1, 1])


def _similarity(
    x: Tensor, y: Tensor, smoothed: Callable[[Tensor], Tensor], peak: Tensor, k1: float, k2: float
) -> tuple[Tensor, Tensor]:
    c1, c2 = (k1 * peak) ** 2, (k2 * peak) ** 2
    mean_x, mean_y = smoothed(x), smoothed(y)
    product = mean_x * mean_y * 2.0
    squares = square(mean_x) + square(mean_y)
    luminance = (product + c1) / (squares + c1)
    product_mean = smoothed(x * y) * 2.0
    squares_mean = smoothed(square(x) + square(y))
    return luminance, (product_mean - product + c2) / (squares_mean - squares + c2)


def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Sequence[float] = _WEIGHTS,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Return the structural similarity of two images over several scales.

    Parameters
    ----------
    img1, img2 : Tensor
        ``(..., height, width, channels)``. The smallest scale must not be smaller than the filter.
    max_val : Tensor or number
        The distance between the least and the largest value there can be.
    power_factors : list of float
        The weight of each scale, from the largest down; each is half the one before.
    filter_size, filter_sigma, k1, k2
        As for `ssim`.

    Returns
    -------
    float32 Tensor
        Of the leading dimensions.

    References
    ----------
    Wang, Simoncelli, Bovik (2003): Multiscale structural similarity for image quality assessment.

    Examples
    --------
    >>> x = tf.ones([24, 24, 1])
    >>> print(tf.Session().run(tf.image.ssim_multiscale(x, x, 1.0, [0.5, 0.5])))
    1.0
    """
    with name_scope(None, "MS-SSIM", [img1, img2]):
        first, second = convert_to_tensor(img1), convert_to_tensor(img2)
        *shapes, checks = _comparable(first, second)
        with control_dependencies(checks):
            first = identity(first)
        peak = convert_image_dtype(cast(max_val, first.dtype.base_dtype), float32)
        images = [convert_image_dtype(image, float32) for image in (first, second)]
        heads, tails = [s[:-3] for s in shapes], [s[-3:] for s in shapes]
        divisor = constant([2, 2, 1], int32)
        parts: list[Tensor] = []
        for scale in range(len(power_factors)):
            with name_scope(None, f"Scale{scale}", images):
                if scale > 0:
                    images, tails = _halved(images, heads, tails, divisor)
                similarity, structure = _per_channel(
                    images[0], images[1], peak, filter_size, filter_sigma, k1, k2
                )
                parts.append(relu(structure))
        parts[-1] = relu(similarity)
        powers = pow_(stack(parts, axis=-1), list(power_factors))
        return reduce_mean(reduce_prod(powers, [-1]), [-1])


def _halved(
    images: list[Tensor], heads: list[Tensor], tails: list[Tensor], divisor: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    """Images of half the height and width, and their last three dimensions."""
    flat = [reshape(x, concat([[-1], t], 0)) for x, t in zip(images, tails, strict=True)]
    remainder = tails[0] % divisor

    def padded() -> list[Tensor]:
        borders = pad(expand_dims(remainder, -1), [[1, 0], [1, 0]])
        return [pad(x, borders, mode="SYMMETRIC") for x in flat]

    even = cond(reduce_any(not_equal(remainder, 0)), padded, lambda: flat)
    halves = [avg_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID") for x in even]
    smaller = [s[1:] for s in shape_n(halves)]
    joined = zip(halves, heads, smaller, strict=True)
    return [reshape(x, concat([h, t], 0)) for x, h, t in joined], smaller
