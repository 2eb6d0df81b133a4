"""Images resized, by any method, with their proportions kept or a border added."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.image.checks import as_batch, checked_image, image_sizes, require
from flowgraph.image.cropping import pad_to_bounding_box
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.image_resizing import (
    resize_area,
    resize_bicubic,
    resize_bilinear,
    resize_nearest_neighbor,
)
from flowgraph.ops.magnitude import floor, maximum, minimum
from flowgraph.ops.magnitude import round as round_
from flowgraph.shapes import TensorShape


class ResizeMethod:
    """The methods of `tf.image.resize_images`."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


_METHODS = {
    ResizeMethod.BILINEAR: resize_bilinear,
    ResizeMethod.NEAREST_NEIGHBOR: resize_nearest_neighbor,
    ResizeMethod.BICUBIC: resize_bicubic,
    ResizeMethod.AREA: resize_area,
}


def resize_images(
    images: Any,
    size: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Resize images.

    Parameters
    ----------
    images : Tensor
        ``(batch, height, width, channels)`` or ``(height, width, channels)`` of a real dtype.
    size : int32 Tensor or list of int
        The new height and width.
    method : int
        One of `tf.image.ResizeMethod`.
    align_corners : bool
        Whether the centres of the corner pixels stay in place.
    preserve_aspect_ratio : bool
        Whether the result is the largest of the image's proportions that fits into `size`.
    name : str, optional

    Returns
    -------
    Tensor
        float32, or of the dtype of `images` for nearest neighbours, and where the static shape
        is the wanted one already.

    Raises
    ------
    ValueError
        If `images` has not three or four dimensions, `size` not two elements, or the method is
        another.

    Examples
    --------
    >>> x = tf.reshape([0.0, 1.0, 2.0, 3.0], [2, 2, 1])
    >>> tf.Session().run(tf.image.resize_images(x, [1, 4]))[:, :, 0]
    array([[0. , 0.5, 1. , 1. ]], dtype=float32)
    """
    with name_scope(name, "resize", [images, size]):
        batch, is_batch = _ranked(convert_to_tensor(images, name="images"))
        sizes = _wanted(batch, size, preserve_aspect_ratio)
        wanted = sizes.static_value()
        known = (batch.shape.sizes or ())[1:3]
        if wanted is not None and known == tuple(int(n) for n in wanted):
            return batch if is_batch else squeeze(batch, [0])
        if method not in _METHODS:
            raise ValueError("Resize method is not implemented.")
        resized = _METHODS[method](batch, sizes, align_corners=align_corners)
        return resized if is_batch else squeeze(resized, [0])


def _ranked(images: Tensor) -> tuple[Tensor, bool]:
    if images.shape.ndims is None:
        raise ValueError("'images' contains no shape.")
    if images.shape.ndims == 3:
        return expand_dims(images, 0), False
    if images.shape.ndims != 4:
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    return images, True


def _wanted(images: Tensor, size: Any, preserve_aspect_ratio: bool) -> Tensor:
    try:
        sizes = convert_to_tensor(size, dtypes.int32, name="size")
    except (TypeError, ValueError) as error:
        raise ValueError("'size' must be a 1-D int32 Tensor") from error
    if not sizes.shape.is_compatible_with(TensorShape.of((2,))):
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
    if not preserve_aspect_ratio:
        return sizes
    _, height, width, _ = image_sizes(images, 4)
    known = sizes.static_value()
    new_height, new_width = (sizes[0], sizes[1]) if known is None else (int(n) for n in known)

    def as_float(value: Any) -> Tensor:
        return cast(value, dtypes.float32)

    down = as_float(new_height) / as_float(height)
    across = as_float(new_width) / as_float(width)
    scale = minimum(down, across)
    scaled = [cast(round_(scale * as_float(length)), dtypes.int32) for length in (height, width)]
    return convert_to_tensor(scaled, dtypes.int32, name="size")


def resize_image_with_pad(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
) -> Tensor:
    """Resize images with their proportions kept, and pad them with zeros to a size.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.
    target_height, target_width : int or int32 Tensor
    method, align_corners
        As for `resize_images`.

    Raises
    ------
    ValueError, InvalidArgumentError
        If a size is not positive.

    Examples
    --------
    >>> x = tf.ones([2, 2, 1])
    >>> tf.Session().run(tf.image.resize_image_with_pad(x, 1, 3))[:, :, 0]
    array([[0., 1., 0.]], dtype=float32)
    """
    with name_scope(None, "resize_image_with_pad", [image]):
        batch, is_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = checked_image(batch)
        checks += require(target_width > 0, "target_width must be > 0.")
        checks += require(target_height > 0, "target_height must be > 0.")
        batch = with_dependencies(checks, batch)
        _, height, width, _ = image_sizes(batch, 4)
        rows, columns = cast(height, dtypes.float64), cast(width, dtypes.float64)
        wanted_rows, wanted_columns = (
            cast(n, dtypes.float64) for n in (target_height, target_width)
        )
        ratio = maximum(columns / wanted_columns, rows / wanted_rows)
        new_rows, new_columns = rows / ratio, columns / ratio
        size = [cast(floor(n), dtypes.int32) for n in (new_rows, new_columns)]
        above = (wanted_rows - new_rows) / 2
        left = (wanted_columns - new_columns) / 2
        above, left = floor(above), floor(left)
        above = maximum(0, cast(above, dtypes.int32))
        left = maximum(0, cast(left, dtypes.int32))
        resized = resize_images(batch, size, method, align_corners=align_corners)
        padded = pad_to_bounding_box(resized, above, left, target_height, target_width)
        if padded.shape.ndims is None:
            raise ValueError("padded contains no shape.")
        image_sizes(padded, 4)
        return padded if is_batch else squeeze(padded, [0])
