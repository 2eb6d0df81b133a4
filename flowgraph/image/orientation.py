"""Images flipped, turned and transposed."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.image.checks import checked_image
from flowgraph.ops.array import reshape
from flowgraph.ops.array import transpose as transpose_axes
from flowgraph.ops.case import case
from flowgraph.ops.comparison import equal, less
from flowgraph.ops.conditional import cond
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor, shape
from flowgraph.ops.division import floormod
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.magnitude import round as round_
from flowgraph.ops.random import random_uniform
from flowgraph.ops.rearranging import reverse
from flowgraph.shapes import TensorShape


def _checked(image: Any) -> tuple[Tensor, int]:
    """An image with its assertions, and the axis of its rows."""
    source = convert_to_tensor(image, name="image")
    source = with_dependencies(checked_image(source), source)
    rank = source.shape.ndims
    if rank is None:
        return source, 0
    if rank not in (3, 4):
        raise ValueError("'image' must have either 3 or 4 dimensions.")
    return source, rank - 3


def flip_left_right(image: Any) -> Tensor:
    """Mirror images from left to right.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.

    Raises
    ------
    ValueError
        If the rank is another.

    Examples
    --------
    >>> x = tf.constant([[[1], [2]]])
    >>> tf.Session().run(tf.image.flip_left_right(x))[:, :, 0]
    array([[2, 1]], dtype=int32)
    """
    return _flip(image, 1, "flip_left_right")


def flip_up_down(image: Any) -> Tensor:
    """Mirror images upside down.

    Parameters
    ----------
    image : Tensor
        As for `flip_left_right`.

    Examples
    --------
    >>> x = tf.constant([[[1], [2]], [[3], [4]]])
    >>> tf.Session().run(tf.image.flip_up_down(x))[:, :, 0]
    array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return _flip(image, 0, "flip_up_down")


def _flip(image: Any, axis: int, scope: str) -> Tensor:
    with name_scope(None, scope, [image]):
        source, first = _checked(image)
        return _of_shape(source, reverse(source, [first + axis]))


def _of_shape(source: Tensor, result: Tensor) -> Tensor:
    """The result with the static shape of the image; rank 3 if that is unknown."""
    result.set_shape(source.shape if source.shape.ndims is not None else [None] * 3)
    return result


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """Mirror each image from left to right with probability one half.

    Parameters
    ----------
    image : Tensor
        As for `flip_left_right`.
    seed : int, optional
        See `set_random_seed`.

    Examples
    --------
    >>> x = tf.constant([[[1], [2]]])
    >>> tf.Session().run(tf.image.random_flip_left_right(x, seed=1))[:, :, 0]
    array([[2, 1]], dtype=int32)
    """
    return _random_flip(image, 1, seed, "random_flip_left_right")


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """Mirror each image upside down with probability one half.

    Parameters
    ----------
    image, seed
        As for `random_flip_left_right`.

    Examples
    --------
    >>> tf.image.random_flip_up_down(tf.ones([4, 5, 3])).shape.as_list()
    [4, 5, 3]
    """
    return _random_flip(image, 0, seed, "random_flip_up_down")


def _random_flip(image: Any, axis: int, seed: int | None, scope: str) -> Tensor:
    with name_scope(None, scope, [image]) as name:
        source, first = _checked(image)
        if first == 0:
            is_flipped = less(random_uniform([], 0, 1.0, seed=seed), 0.5)
            result: Tensor = cond(
                is_flipped, lambda: reverse(source, [axis]), lambda: source, name=name
            )
            return _of_shape(source, result)
        count = strided_slice_from_key(shape(source), 0)
        drawn = random_uniform([count], seed=seed)
        flips = round_(reshape(drawn, [count, 1, 1, 1]))
        if source.dtype.base_dtype is not dtypes.float32:
            flips = cast(flips, source.dtype.base_dtype)
        flipped = reverse(source, [first + axis])
        return _of_shape(source, flips * flipped + (1 - flips) * source)


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """Rotate images counterclockwise by quarter turns.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.
    k : int or int32 Tensor
        The number of quarter turns.
    name : str, optional

    Examples
    --------
    >>> x = tf.constant([[[1], [2]], [[3], [4]]])
    >>> tf.Session().run(tf.image.rot90(x))[:, :, 0]
    array([[2, 4],
           [1, 3]], dtype=int32)
    """
    with name_scope(name, "rot90", [image, k]) as scope:
        source, first = _checked(image)
        turns = convert_to_tensor(k, dtypes.int32, name="k")
        turns.shape.assert_has_rank(0)
        turns = floormod(turns, 4)
        exchanged = [0, 2, 1, 3] if first else [1, 0, 2]
        rows, columns = first, first + 1

        def quarter() -> Tensor:
            return transpose_axes(reverse(source, [columns]), exchanged)

        def half() -> Tensor:
            return reverse(source, [rows, columns])

        def three_quarters() -> Tensor:
            return reverse(transpose_axes(source, exchanged), [columns])

        cases = [
            (equal(turns, 1), quarter),
            (equal(turns, 2), half),
            (equal(turns, 3), three_quarters),
        ]
        result: Tensor = case(cases, default=lambda: source, exclusive=True, name=scope)
        sizes = source.shape.sizes or (None,)
        result.set_shape(TensorShape.of((*sizes[:first], None, None, sizes[-1])))
        return result


def transpose(image: Any, name: str | None = None) -> Tensor:
    """Exchange the rows and columns of images.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)``, or a batch of such.
    name : str, optional

    Examples
    --------
    >>> x = tf.constant([[[1], [2]], [[3], [4]]])
    >>> tf.Session().run(tf.image.transpose(x))[:, :, 0]
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    with name_scope(name, "transpose", [image]):
        source, first = _checked(image)
        exchanged = [0, 2, 1, 3] if first else [1, 0, 2]
        return transpose_axes(source, exchanged)
