"""Cutting images to size, and padding them."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.image.checks import as_batch, checked_image, image_sizes, require
from flowgraph.ops.array import reshape, squeeze
from flowgraph.ops.comparison import equal
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor, shape
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.magnitude import maximum, minimum
from flowgraph.ops.packing import stack
from flowgraph.ops.slicing import pad
from flowgraph.ops.slicing import slice as slice_


def _static(*values: Any) -> list[int | None]:
    return [None if isinstance(value, Tensor) else int(value) for value in values]


def central_crop(image: Any, central_fraction: float) -> Tensor:
    """Cut out the middle of images.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.
    central_fraction : float
        The part of height and width that remains, above 0 and at most 1.

    Raises
    ------
    ValueError
        If the fraction is out of range, or the rank is not 3 or 4.

    Examples
    --------
    >>> x = tf.reshape(tf.range(16), [4, 4, 1])
    >>> tf.Session().run(tf.image.central_crop(x, 0.5))[:, :, 0]
    array([[ 5,  6],
           [ 9, 10]], dtype=int32)
    """
    with name_scope(None, "central_crop", [image]):
        source = convert_to_tensor(image, name="image")
        if not 0.0 < central_fraction <= 1.0:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return source
        if source.shape.ndims not in (3, 4):
            raise ValueError(
                "`image` should either be a Tensor with rank = 3 or rank = 4. "
                f"Had rank = {source.shape.ndims}."
            )
        with_dependencies(checked_image(source), source)
        first = source.shape.ndims - 3
        sizes = [_size(source, first), _size(source, first + 1)]
        starts = [_start(size, central_fraction) for size in sizes]
        lengths = [n - s * 2 for n, s in zip(sizes, starts, strict=True)]
        whole = [0] * first, [-1] * first
        begin, size = stack([*whole[0], *starts, 0]), stack([*whole[1], *lengths, -1])
        cropped = slice_(source, begin, size)
        around = source.shape.as_list()
        cropped.set_shape([*around[:first], *_static(*lengths), around[-1]])
        return cropped


def _size(image: Tensor, axis: int) -> Any:
    known = (image.shape.sizes or ())[axis]
    return strided_slice_from_key(shape(image), axis) if known is None else known


def _start(size: Any, fraction: float) -> Any:
    if not isinstance(size, Tensor):
        return int((size - size * fraction) / 2)
    wide = cast(size, dtypes.float64)
    return cast((wide - wide * fraction) / 2, dtypes.int32)


def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Put images on a larger ground of zeros.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.
    offset_height, offset_width : int or int32 Tensor
        Rows above the image, and columns to its left.
    target_height, target_width : int or int32 Tensor
        The size of the result.

    Raises
    ------
    ValueError, InvalidArgumentError
        If the image does not fit: from the static shape, or when run.

    Examples
    --------
    >>> x = tf.ones([1, 2, 1], tf.int32)
    >>> tf.Session().run(tf.image.pad_to_bounding_box(x, 1, 0, 2, 3))[:, :, 0]
    array([[0, 0, 0],
           [1, 1, 0]], dtype=int32)
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        batch, is_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = checked_image(batch)
        count, height, width, depth = image_sizes(batch, 4)
        right = target_width - offset_width - width
        below = target_height - offset_height - height
        checks += require(offset_height >= 0, "offset_height must be >= 0")
        checks += require(offset_width >= 0, "offset_width must be >= 0")
        checks += require(right >= 0, "width must be <= target - offset")
        checks += require(below >= 0, "height must be <= target - offset")
        batch = with_dependencies(checks, batch)
        borders = stack([0, 0, offset_height, below, offset_width, right, 0, 0])
        padded = pad(batch, reshape(borders, [4, 2]))
        padded.set_shape(_static(count, target_height, target_width, depth))
        return padded if is_batch else squeeze(padded, [0])


def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Cut a part out of images.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.
    offset_height, offset_width : int or int32 Tensor
        The first row and column.
    target_height, target_width : int or int32 Tensor
        The size of the part.

    Raises
    ------
    ValueError, InvalidArgumentError
        If the part is not within the image: from the static shape, or when run.

    Examples
    --------
    >>> x = tf.reshape(tf.range(9), [3, 3, 1])
    >>> tf.Session().run(tf.image.crop_to_bounding_box(x, 1, 0, 2, 2))[:, :, 0]
    array([[3, 4],
           [6, 7]], dtype=int32)
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        batch, is_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = checked_image(batch)
        count, height, width, depth = image_sizes(batch, 4)
        checks += require(offset_width >= 0, "offset_width must be >= 0.")
        checks += require(offset_height >= 0, "offset_height must be >= 0.")
        checks += require(target_width > 0, "target_width must be > 0.")
        checks += require(target_height > 0, "target_height must be > 0.")
        columns, rows = target_width + offset_width, target_height + offset_height
        checks += require(width >= columns, "width must be >= target + offset.")
        checks += require(height >= rows, "height must be >= target + offset.")
        batch = with_dependencies(checks, batch)
        begin = stack([0, offset_height, offset_width, 0])
        cropped = slice_(batch, begin, stack([-1, target_height, target_width, -1]))
        cropped.set_shape(_static(count, target_height, target_width, depth))
        return cropped if is_batch else squeeze(cropped, [0])


def resize_image_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """Cut images to a size about their middle, or pad them with zeros to it.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.
    target_height, target_width : int or int32 Tensor

    Raises
    ------
    ValueError, InvalidArgumentError
        If a size is not positive.

    Examples
    --------
    >>> x = tf.reshape(tf.range(6), [2, 3, 1])
    >>> tf.Session().run(tf.image.resize_image_with_crop_or_pad(x, 4, 1))[:, :, 0]
    array([[0],
           [1],
           [4],
           [0]], dtype=int32)
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        batch, is_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = checked_image(batch)
        checks += require(target_width > 0, "target_width must be > 0.")
        checks += require(target_height > 0, "target_height must be > 0.")
        batch = with_dependencies(checks, batch)
        if isinstance(target_height, Tensor):
            target_height = with_dependencies(checks, target_height)
        if isinstance(target_width, Tensor):
            target_width = with_dependencies(checks, target_width)
        _, height, width, _ = image_sizes(batch, 4)
        left_out, left = _halves(target_width - width)
        above_out, above = _halves(target_height - height)
        rows, columns = _smaller(target_height, height), _smaller(target_width, width)
        cropped = crop_to_bounding_box(batch, above_out, left_out, rows, columns)
        resized = pad_to_bounding_box(cropped, above, left, target_height, target_width)
        if resized.shape.ndims is None:
            raise ValueError("resized contains no shape.")
        _, rows, columns, _ = image_sizes(resized, 4)
        checks = require(_equals(rows, target_height), "resized height is not correct.")
        checks += require(_equals(columns, target_width), "resized width is not correct.")
        resized = with_dependencies(checks, resized)
        return resized if is_batch else squeeze(resized, [0])


def _halves(surplus: Any) -> tuple[Any, Any]:
    """Half of what is missing, and half of what is there to spare."""
    if not isinstance(surplus, Tensor):
        return max(-surplus // 2, 0), max(surplus // 2, 0)
    missing = maximum(-surplus // 2, 0)
    return missing, maximum(surplus // 2, 0)


def _smaller(x: Any, y: Any) -> Any:
    return minimum(x, y) if isinstance(x, Tensor) or isinstance(y, Tensor) else min(x, y)


def _equals(x: Any, y: Any) -> Any:
    return equal(x, y) if isinstance(x, Tensor) or isinstance(y, Tensor) else x == y
