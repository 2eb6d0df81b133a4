"""Rotating and moving images: projective maps, made and applied."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, negative, subtract
from flowgraph.ops.core import apply, cast, convert_to_tensor, shape
from flowgraph.ops.division import truediv
from flowgraph.ops.filling import ones, zeros
from flowgraph.ops.image_projection import (
    ImageProjectiveTransformV2,
    flat_transforms_to_matrices,
    matrices_to_flat_transforms,
)
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.trigonometric import cos, sin

_IMAGE_DTYPES = (
    dtypes.uint8, dtypes.int32, dtypes.int64, dtypes.float16, dtypes.float32, dtypes.float64,
)  # fmt: skip
_ALL = slice(None)


def _at(tensor: Tensor, *key: Any) -> Tensor:
    return strided_slice_from_key(tensor, key if len(key) > 1 else key[0])


def _batch(images: Tensor) -> Tensor:
    """Images of rank 2, 3 or 4 as a batch."""
    if images.dtype.base_dtype not in _IMAGE_DTYPES:
        raise TypeError(f"Invalid dtype {images.dtype}.")
    if images.shape.ndims is None:
        raise TypeError("image_or_images rank must be statically known")
    if images.shape.ndims == 2:
        return _at(images, None, _ALL, _ALL, None)
    if images.shape.ndims == 3:
        return _at(images, None, _ALL, _ALL, _ALL)
    if images.shape.ndims == 4:
        return images
    raise TypeError("Images should have rank between 2 and 4.")


def transform(
    images: Any,
    transforms: Any,
    interpolation: str = "NEAREST",
    output_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """Apply projective maps to images.

    Parameters
    ----------
    images : Tensor
        ``(batch, height, width, channels)``, or without the batch, or ``(height, width)``.
    transforms : float32 Tensor
        ``(8,)`` or ``(batch, 8)``. The map ``[a0, a1, a2, b0, b1, b2, c0, c1]`` takes the place
        ``(x, y)`` of the result to ``((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)`` in the
        image, ``k = c0 x + c1 y + 1``.
    interpolation : str
        ``"NEAREST"`` or ``"BILINEAR"``.
    output_shape : int32 Tensor or list of int, optional
        Height and width of the result. By default those of the images.
    name : str, optional

    Returns
    -------
    Tensor
        Of the dtype and rank of `images`, 0 where a map leads out of the image.

    Raises
    ------
    TypeError
        If the dtype of the images is not supported, or their rank.
    ValueError
        If the rank of the images is unknown.

    Examples
    --------
    >>> x = tf.constant([[1, 2], [3, 4]])
    >>> moved = tf.contrib.image.transform(x, [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    >>> tf.Session().run(moved)
    array([[2, 0],
           [4, 0]], dtype=int32)
    """
    with name_scope(name, "transform"):
        given = convert_to_tensor(images, name="images")
        maps = convert_to_tensor(transforms, dtypes.float32, name="transforms")
        batch = _batch(given)
        if output_shape is None:
            size = _at(shape(batch), slice(1, 3))
        else:
            size = convert_to_tensor(output_shape, dtypes.int32, name="output_shape")
        if maps.shape.ndims is None:
            raise ValueError("transforms rank must be statically known")
        if maps.shape.ndims == 1:
            maps = _at(maps, None)
        elif maps.shape.ndims != 2:
            raise TypeError("Transforms should have rank 1 or 2.")
        op = ImageProjectiveTransformV2(interpolation=interpolation.upper())
        result = apply(op, batch, maps, size)
        if given.shape.ndims == 2:
            return _at(result, 0, _ALL, _ALL, 0)
        return _at(result, 0, _ALL, _ALL, _ALL) if given.shape.ndims == 3 else result


def rotate(
    images: Any, angles: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Tensor:
    """Rotate images counterclockwise about their centres.

    Parameters
    ----------
    images : Tensor
        As for `transform`.
    angles : float Tensor
        In radians: one, or one for each image.
    interpolation, name
        As for `transform`.

    Examples
    --------
    >>> import numpy as np
    >>> x = tf.constant([[1, 2], [3, 4]])
    >>> tf.Session().run(tf.contrib.image.rotate(x, np.pi / 2))
    array([[2, 4],
           [1, 3]], dtype=int32)
    """
    with name_scope(name, "rotate"):
        given = convert_to_tensor(images)
        sizes = shape(_batch(given))
        height, width = (_at(cast(sizes, dtypes.float32), axis) for axis in (1, 2))
        maps = angles_to_projective_transforms(angles, height, width)
        return transform(given, maps, interpolation=interpolation)


def translate(
    images: Any, translations: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Tensor:
    """Move images.

    Parameters
    ----------
    images : Tensor
        As for `transform`.
    translations : float Tensor
        ``(2,)`` or ``(batch, 2)``: pixels to the right and down.
    interpolation, name
        As for `transform`.

    Examples
    --------
    >>> x = tf.constant([[1, 2], [3, 4]])
    >>> tf.Session().run(tf.contrib.image.translate(x, [1.0, 0.0]))
    array([[0, 1],
           [0, 3]], dtype=int32)
    """
    with name_scope(name, "translate"):
        maps = translations_to_projective_transforms(translations)
        return transform(images, maps, interpolation=interpolation)


def angles_to_projective_transforms(
    angles: Any, image_height: Any, image_width: Any, name: str | None = None
) -> Tensor:
    """Return the maps that rotate images about their centres.

    Parameters
    ----------
    angles : float Tensor
        Scalar or vector, in radians.
    image_height, image_width : float Tensor or number
    name : str, optional

    Returns
    -------
    float32 Tensor of shape ``(angles, 8)``

    Examples
    --------
    >>> tf.Session().run(tf.contrib.image.angles_to_projective_transforms(0.0, 4.0, 4.0))
    array([[ 1., -0.,  0.,  0.,  1.,  0.,  0.,  0.]], dtype=float32)
    """
    with name_scope(name, "angles_to_projective_transforms"):
        given = convert_to_tensor(angles, dtypes.float32, name="angles")
        if given.shape.ndims == 0:
            turn = _at(given, None)
        elif given.shape.ndims == 1:
            turn = given
        else:
            raise TypeError("Angles should have rank 0 or 1.")
        right, bottom = image_width - 1, image_height - 1
        x = subtract(multiply(cos(turn), right), multiply(sin(turn), bottom))
        y = add(multiply(sin(turn), right), multiply(cos(turn), bottom))
        x, y = truediv(subtract(right, x), 2.0), truediv(subtract(bottom, y), 2.0)
        count = _at(shape(turn), 0)
        columns = [cos(turn), negative(sin(turn)), x, sin(turn), cos(turn), y]
        return concat([*[_at(c, _ALL, None) for c in columns], zeros([count, 2])], 1)


def translations_to_projective_transforms(translations: Any, name: str | None = None) -> Tensor:
    """Return the maps that move images.

    Parameters
    ----------
    translations : float Tensor
        ``(2,)`` or ``(batch, 2)``: pixels to the right and down.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.contrib.image.translations_to_projective_transforms([1.0, 2.0]))
    array([[ 1.,  0., -1.,  0.,  1., -2.,  0.,  0.]], dtype=float32)
    """
    with name_scope(name, "translations_to_projective_transforms"):
        given = convert_to_tensor(translations, dtypes.float32, name="translations")
        if given.shape.ndims is None:
            raise TypeError("translation_or_translations rank must be statically known")
        if given.shape.ndims == 1:
            moves = _at(given, None)
        elif given.shape.ndims == 2:
            moves = given
        else:
            raise TypeError("Translations should have rank 1 or 2.")
        count = _at(shape(moves), 0)
        one, zero = ones([count, 1]), zeros([count, 1])
        x, y = (negative(_at(moves, _ALL, axis, None)) for axis in (0, 1))
        return concat([one, zero, x, zero, one, y, zeros([count, 2])], 1)


def compose_transforms(*transforms: Any) -> Tensor:
    """Return the map that applies maps to an image one after the other.

    Parameters
    ----------
    *transforms : float32 Tensor
        ``(8,)`` or ``(maps, 8)`` each.

    Raises
    ------
    AssertionError
        If there are none.

    Examples
    --------
    >>> move = [1.0, 0.0, 2.0, 0.0, 1.0, 3.0, 0.0, 0.0]
    >>> tf.Session().run(tf.contrib.image.compose_transforms(move, move))
    array([[1., 0., 4., 0., 1., 6., 0., 0.]], dtype=float32)
    """
    if not transforms:
        raise AssertionError("transforms cannot be empty")
    with name_scope("compose_transforms"):
        composed = flat_transforms_to_matrices(transforms[0])
        for following in transforms[1:]:
            composed = matmul(composed, flat_transforms_to_matrices(following))
        return matrices_to_flat_transforms(composed)
