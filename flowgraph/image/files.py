"""Image files of any format, and JPEG as noise."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import as_dtype, int32, uint8, uint16
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.image.conversion import convert_image_dtype
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import equal, logical_and, not_equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import constant, convert_to_tensor
from flowgraph.ops.gathering import gather
from flowgraph.ops.image_decoding import decode_bmp, decode_gif, decode_jpeg, decode_png
from flowgraph.ops.image_encoding import encode_jpeg_variable_quality
from flowgraph.ops.random import random_uniform
from flowgraph.ops.string import substr


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    r"""Return whether a file is a JPEG file, by how it begins.

    Parameters
    ----------
    contents : scalar string Tensor
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.image.is_jpeg(b"\xff\xd8\xff\xe0")))
    True
    """
    with name_scope(name, "is_jpeg"):
        return equal(substr(contents, 0, 3), b"\xff\xd8\xff")


def _is_png(contents: Tensor) -> Tensor:
    with name_scope(None, "is_png"):
        return equal(substr(contents, 0, 3), b"\x89PN")


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """Decode a JPEG, PNG, GIF or BMP file, whichever it is.

    Parameters
    ----------
    contents : scalar string Tensor
        What the file holds.
    channels : int, optional
        1, 3 or 4; by default, or 0, those of the file.
    dtype : DType
        The values are converted to its range, see `convert_image_dtype`.
    name : str, optional
    expand_animations : bool
        Whether a GIF file gives all its frames, in four dimensions; else the first.

    Returns
    -------
    Tensor
        ``(height, width, channels)`` or ``(frames, height, width, 3)``. The static shape is
        unknown, or of rank 3 without `expand_animations`.

    Raises
    ------
    ValueError
        For other channels.
    InvalidArgumentError
        When run: if the file is of no such format, or has not such channels.

    Examples
    --------
    >>> contents = tf.image.encode_png(tf.constant([[[1], [2]]], tf.uint8))
    >>> tf.Session().run(tf.image.decode_image(contents)).tolist()
    [[[1], [2]]]
    """
    with name_scope(name, "decode_image"):
        source = convert_to_tensor(contents)
        kind = as_dtype(dtype)
        if channels not in (None, 0, 1, 3, 4):
            raise ValueError("channels must be in (None, 0, 1, 3, 4)")
        count = channels or 0
        start = substr(source, 0, 3)

        def converted(image: Tensor) -> Tensor:
            return convert_image_dtype(image, kind)

        def allowed(format_: str, *, grey: bool = False, name: str | None = None) -> Operation:
            numbers = "(None, 0, 1, 3)" if grey else "(None, 0, 3)"
            words = f"Channels must be in {numbers} when decoding {format_} images"
            is_opaque = not_equal(count, 4, name=name)
            test = is_opaque if grey else logical_and(not_equal(count, 1, name=name), is_opaque)
            return assert_that(test, [words])

        def jpeg() -> Tensor:
            check = allowed("JPEG", grey=True, name="check_jpeg_channels")
            with control_dependencies([check]):
                return converted(decode_jpeg(source, count))

        def png() -> Tensor:
            wide = kind not in (uint8,)
            return converted(decode_png(source, count, dtype=uint16 if wide else uint8))

        def gif() -> Tensor:
            with control_dependencies([allowed("GIF", name="check_gif_channels")]):
                frames = converted(decode_gif(source))
                return frames if expand_animations else gather(frames, 0)

        def bmp() -> Tensor:
            is_bmp = equal(substr(source, 0, 2), b"BM", name="is_bmp")
            words = "Unable to decode bytes as JPEG, PNG, GIF, or BMP"
            known = assert_that(is_bmp, [words])
            test = not_equal(count, 1, name="check_channels")
            right = assert_that(test, ["Channels must be in (None, 0, 3) when decoding BMP images"])
            with control_dependencies([known, right]):
                return converted(decode_bmp(source))

        def gif_or_bmp() -> Any:
            return cond(equal(start, b"GIF", name="is_gif"), gif, bmp, name="cond_gif")

        def png_or_other() -> Any:
            return cond(_is_png(source), png, gif_or_bmp, name="cond_png")

        decoded: Tensor = cond(is_jpeg(source), jpeg, png_or_other, name="cond_jpeg")
        return decoded


def adjust_jpeg_quality(image: Any, jpeg_quality: Any, name: str | None = None) -> Tensor:
    """Encode an image as JPEG and decode it again.

    Parameters
    ----------
    image : Tensor
        ``(height, width, 1 or 3)``.
    jpeg_quality : int or int32 Tensor
        From 0 to 100.
    name : str, optional

    Returns
    -------
    Tensor
        Of the dtype of `image`.

    Examples
    --------
    >>> tf.Session().run(tf.image.adjust_jpeg_quality(tf.ones([2, 3, 1]), 75)).shape
    (2, 3, 1)
    """
    with name_scope(name, "adjust_jpeg_quality", [image]):
        source = convert_to_tensor(image)
        kind = source.dtype.base_dtype
        pixels = convert_image_dtype(source, uint8)
        if not isinstance(jpeg_quality, Tensor):
            jpeg_quality = constant(jpeg_quality, int32)
        contents = encode_jpeg_variable_quality(pixels, jpeg_quality)
        return convert_image_dtype(decode_jpeg(contents), kind)


def random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None
) -> Tensor:
    """Encode an image as JPEG of a random quality and decode it again.

    Parameters
    ----------
    image : Tensor
        As for `adjust_jpeg_quality`.
    min_jpeg_quality, max_jpeg_quality : int
        From 0 to 100; the second is not drawn.
    seed : int, optional
        See `set_random_seed`.

    Raises
    ------
    ValueError
        If the bounds are out of range or leave nothing between them.

    Examples
    --------
    >>> tf.Session().run(tf.image.random_jpeg_quality(tf.ones([2, 3, 1]), 75, 95, seed=1)).shape
    (2, 3, 1)
    """
    bounds = (min_jpeg_quality, max_jpeg_quality)
    if any(not 0 <= bound <= 100 for bound in bounds):
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if min_jpeg_quality >= max_jpeg_quality:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    quality = random_uniform([], *bounds, dtype=int32, seed=seed)
    return adjust_jpeg_quality(image, quality)
