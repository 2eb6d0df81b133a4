"""Differences between neighbouring pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import float32
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.core import constant, convert_to_tensor, shape
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import abs as abs_
from flowgraph.ops.packing import stack, unstack
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.separable import depthwise_conv2d
from flowgraph.ops.slicing import pad


def total_variation(images: Any, name: str | None = None) -> Tensor:
    """Return the sum of the absolute differences between neighbouring pixels.

    Parameters
    ----------
    images : Tensor
        ``(batch, height, width, channels)`` or ``(height, width, channels)``.
    name : str, optional

    Returns
    -------
    Tensor
        One number for each image.

    Raises
    ------
    ValueError
        If the rank is another.

    Examples
    --------
    >>> x = tf.reshape([0.0, 1.0, 3.0], [1, 3, 1])
    >>> print(tf.Session().run(tf.image.total_variation(x)))
    3.0
    """
    with name_scope(name, "total_variation"):
        source = convert_to_tensor(images)
        axes: list[int] | None = None
        if source.shape.ndims == 3:
            down = source[1:, :, :] - source[:-1, :, :]
            across = source[:, 1:, :] - source[:, :-1, :]
        elif source.shape.ndims == 4:
            down = source[:, 1:, :, :] - source[:, :-1, :, :]
            across = source[:, :, 1:, :] - source[:, :, :-1, :]
            axes = [1, 2, 3]
        else:
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        return reduce_sum(abs_(down), axis=axes) + reduce_sum(abs_(across), axis=axes)


def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """Return the differences of each pixel to the one below and to the one on its right.

    Parameters
    ----------
    image : Tensor
        ``(batch, height, width, channels)``.

    Returns
    -------
    dy, dx : Tensor
        Of the shape of `image`, 0 in the last row and column.

    Raises
    ------
    ValueError
        If the rank is another.

    Examples
    --------
    >>> x = tf.reshape([1.0, 3.0, 6.0], [1, 1, 3, 1])
    >>> tf.Session().run(tf.image.image_gradients(x)[1]).ravel()
    array([2., 3., 0.], dtype=float32)
    """
    source = convert_to_tensor(image)
    if source.shape.ndims != 4:
        raise ValueError(
            "image_gradients expects a 4D tensor [batch_size, h, w, d], not %s.", source.shape
        )
    sizes = shape(source)
    batch, height, width, depth = unstack(sizes)
    dy = source[:, 1:, :, :] - source[:, :-1, :, :]
    dx = source[:, :, 1:, :] - source[:, :, :-1, :]
    dy = concat([dy, zeros(stack([batch, 1, width, depth]), source.dtype)], 1)
    dy = reshape(dy, sizes)
    dx = concat([dx, zeros(stack([batch, height, 1, depth]), source.dtype)], 2)
    return dy, reshape(dx, sizes)


def sobel_edges(image: Any) -> Tensor:
    """Return the differences down and across, smoothed over three pixels (Sobel's operator).

    Parameters
    ----------
    image : float32 Tensor
        ``(batch, height, width, channels)``.

    Returns
    -------
    float32 Tensor
        ``(batch, height, width, channels, 2)``.

    Examples
    --------
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> tf.Session().run(tf.image.sobel_edges(x))[0, 1, 1, 0]
    array([24.,  8.], dtype=float32)
    """
    source = convert_to_tensor(image)
    known = source.shape
    sizes = shape(source)
    down = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    kernels = constant(np.stack([down, down.T], axis=-1)[:, :, None, :], float32)
    kernels = tile(kernels, [1, 1, sizes[-1], 1], name="sobel_filters")
    padded = pad(source, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    edges = depthwise_conv2d(padded, kernels, [1, 1, 1, 1], "VALID")
    edges = reshape(edges, concat([sizes, [2]], 0))
    edges.set_shape(known.concatenate([2]))
    return edges
