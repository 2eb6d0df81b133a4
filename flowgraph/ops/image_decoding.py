"""Image files decoded."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec, field_names
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import image_codecs
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import INDEX, apply
from flowgraph.shapes import TensorShape

_PIXELS = Types((dtypes.uint8, dtypes.uint16))


def _text(contents: Array) -> bytes:
    if np.ndim(contents):
        raise invalid(f"contents must be scalar, got shape {bracketed(np.shape(contents))}")
    text: bytes = np.asarray(contents, object).item()
    return text


class _Decoding(Op, abstract=True):
    """An op from the contents of a file."""

    host_inputs: ClassVar[tuple[int, ...]] = (0,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        channels = getattr(self, "channels", 0)
        if channels < 0:
            raise ValueError(f"channels must be non-negative, got {channels}")
        return (TensorShape.of((None, None, channels or None)),)


class _Still(_Decoding, abstract=True):
    """A file of one picture, of whatever format."""

    _: KW_ONLY
    channels: int = 0

    def decoded(self, contents: bytes, channels: int, dtype: Any) -> Array:
        """The pixels, [height, width, channels]."""
        if channels not in (0, 1, 3, 4):
            raise invalid(f"channels must be 0, 1, 3, or 4, got {channels}")
        kind = image_codecs.file_format(contents)
        if kind == "PNG":
            return image_codecs.decode_png(contents, channels, dtype)
        if kind == "JPEG":
            return self.photograph(contents, channels)
        if kind == "GIF":
            if channels not in (0, 3):
                raise invalid(f"channels must be 0 or 3 for GIF, got {channels}")
            frames = image_codecs.decode_gif(contents)
            if len(frames) != 1:
                raise invalid(
                    f"Got {len(frames)} frames, but animated gifs can only be decoded by "
                    "tf.image.decode_gif or tf.image.decode_image"
                )
            return frames[0]
        raise image_codecs.unknown_format(contents)

    def photograph(self, contents: bytes, channels: int) -> Array:
        """The pixels of a JPEG file."""
        if channels == 4:
            raise invalid("channels must be 0, 1, or 3 for JPEG, got 4")
        return image_codecs.decode_jpeg(contents, channels)


class _Jpeg(_Still, abstract=True):
    """A JPEG file with the choices there are in decoding it."""

    ratio: int = 1
    fancy_upscaling: bool = True
    try_recover_truncated: bool = False
    acceptable_fraction: float = 1.0
    dct_method: str = ""

    def photograph(self, contents: bytes, channels: int) -> Array:
        if self.ratio not in (1, 2, 4, 8):
            raise invalid(f"ratio must be 1, 2, 4, or 8, got {self.ratio}")
        if self.dct_method not in ("", "INTEGER_FAST", "INTEGER_ACCURATE"):
            raise invalid("dct_method must be one of {'', 'INTEGER_FAST', 'INTEGER_ACCURATE'}")
        if channels == 4:
            raise invalid("channels must be 0, 1, or 3 for JPEG, got 4")
        if not self.fancy_upscaling:
            raise NotImplementedError("decode_jpeg(fancy_upscaling=False)")
        if self.try_recover_truncated:
            raise NotImplementedError("decode_jpeg(try_recover_truncated=True)")
        if self.acceptable_fraction != 1:
            raise NotImplementedError("decode_jpeg(acceptable_fraction=...)")
        return image_codecs.decode_jpeg(contents, channels, self.ratio)


class DecodeJpeg(_Jpeg):
    """The pixels of a JPEG file."""

    signature = Signature("contents: string -> image: uint8")

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.asarray(self.decoded(_text(inputs[0]), self.channels, np.uint8))


class DecodeAndCropJpeg(_Jpeg):
    """A part of the pixels of a JPEG file."""

    signature = Signature("contents: string, crop_window: int32 -> image: uint8")
    host_inputs = (0, 1)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        (whole,) = super().infer(*inputs)
        count = (with_rank(inputs[1].shape, 1).sizes or (None,))[0]
        if count not in (None, 4):
            raise ValueError(f"Dimension must be 4 but is {count}")
        window = inputs[1].static_value()
        sizes = (None, None) if window is None else (int(window[2]), int(window[3]))
        return (TensorShape.of((*sizes, (whole.sizes or (None,))[-1])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        contents, window = _text(inputs[0]), inputs[1]
        if window.shape != (4,):
            raise invalid(f"crop_window must have four elements {bracketed(window.shape)}")
        top, left, height, width = (int(n) for n in window)
        pixels = self.photograph(contents, self.channels)
        bottom, right = top + height, left + width
        is_inside = (
            top >= 0 and left >= 0 and bottom <= pixels.shape[0] and right <= pixels.shape[1]
        )
        if not is_inside or height <= 0 or width <= 0:
            raise invalid(f"Invalid JPEG data or crop window, data size {len(contents)}")
        return xp.asarray(np.ascontiguousarray(pixels[top:bottom, left:right]))


class DecodePng(_Still):
    """The pixels of a PNG file."""

    signature = Signature("contents: string -> image: dtype", dtype=_PIXELS)

    dtype: DType = dtypes.uint8

    def __post_init__(self) -> None:
        if self.dtype not in _PIXELS:
            raise TypeError(
                f"Value passed to parameter 'dtype' has DataType {self.dtype.name} not in list of "
                f"allowed values: {_PIXELS}"
            )

    def compute(self, xp: Any, *inputs: Array) -> Array:
        pixels = self.decoded(_text(inputs[0]), self.channels, np.dtype(self.dtype.numpy))
        return xp.asarray(pixels.astype(self.dtype.numpy, copy=False))


class DecodeBmp(_Decoding):
    """The pixels of a BMP file."""

    signature = Signature("contents: string -> image: uint8")

    channels: int = 0

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.asarray(image_codecs.decode_bmp(_text(inputs[0]), self.channels))


class DecodeGif(_Decoding):
    """The pixels of each frame of a GIF file."""

    signature = Signature("contents: string -> image: uint8")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (TensorShape.of((None, None, None, 3)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        contents = _text(inputs[0])
        kind = image_codecs.file_format(contents)
        if kind == "GIF":
            return xp.asarray(image_codecs.decode_gif(contents))
        if kind == "PNG":
            return xp.asarray(image_codecs.decode_png(contents, 3, np.dtype(np.uint8))[None])
        if kind == "JPEG":
            return xp.asarray(image_codecs.decode_jpeg(contents, 3)[None])
        raise image_codecs.unknown_format(contents)


class ExtractJpegShape(_Decoding):
    """The height, width and channels of a JPEG file."""

    signature = Signature("contents: string -> image_shape: output_type", output_type=INDEX)

    output_type: DType = dtypes.int32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (TensorShape.of((3,)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        shape = image_codecs.jpeg_shape(_text(inputs[0]))
        return xp.asarray(np.array(shape, self.output_type.numpy))


# -- functions ---------------------------------------------------------------------------------


def decode_jpeg(
    contents: Any,
    channels: int | None = 0,
    ratio: int | None = 1,
    fancy_upscaling: bool | None = True,
    try_recover_truncated: bool | None = False,
    acceptable_fraction: float | None = 1,
    dct_method: str | None = "",
    name: str | None = None,
) -> Tensor:
    """Decode a JPEG file. PNG files and GIF files of one frame are decoded too.

    Parameters
    ----------
    contents : string Tensor
        What the file holds.
    channels : int
        0 for those of the file, 1 for grey, 3 for RGB.
    ratio : int
        1, 2, 4 or 8: how many times smaller the image becomes while it is decoded.
    fancy_upscaling, try_recover_truncated, acceptable_fraction
        Only ``True``, ``False`` and 1 are supported: NotImplementedError when run with others.
    dct_method : str
        ``""``, ``"INTEGER_FAST"`` or ``"INTEGER_ACCURATE"``: a hint, which changes nothing here.
    name : str, optional

    Returns
    -------
    uint8 Tensor
        ``(height, width, channels)``.

    Raises
    ------
    InvalidArgumentError
        When run, if the file is damaged or of another format.
    ImportError
        When run without Pillow.

    Examples
    --------
    >>> contents = tf.image.encode_jpeg(tf.zeros([2, 3, 3], tf.uint8))
    >>> tf.Session().run(tf.image.decode_jpeg(contents)).shape
    (2, 3, 3)
    """
    return apply(_jpeg(DecodeJpeg, locals()), contents, name=name)


def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int | None = 0,
    ratio: int | None = 1,
    fancy_upscaling: bool | None = True,
    try_recover_truncated: bool | None = False,
    acceptable_fraction: float | None = 1,
    dct_method: str | None = "",
    name: str | None = None,
) -> Tensor:
    """Decode a part of a JPEG file.

    Parameters
    ----------
    contents : string Tensor
    crop_window : int32 Tensor or list of int
        First row, first column, height and width.
    channels, ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method, name
        As for `decode_jpeg`.

    Examples
    --------
    >>> contents = tf.image.encode_jpeg(tf.zeros([4, 4, 1], tf.uint8))
    >>> tf.Session().run(tf.image.decode_and_crop_jpeg(contents, [1, 0, 2, 3])).shape
    (2, 3, 1)
    """
    return apply(_jpeg(DecodeAndCropJpeg, locals()), contents, crop_window, name=name)


def _jpeg(op: type[_Jpeg], given: dict[str, Any]) -> _Jpeg:
    """The op with the arguments of the caller, ``None`` being the default."""
    fields = field_names(op)
    return op(**{field: given[field] for field in fields if given[field] is not None})


def decode_png(
    contents: Any, channels: int | None = 0, dtype: Any = dtypes.uint8, name: str | None = None
) -> Tensor:
    """Decode a PNG file. JPEG files and GIF files of one frame are decoded too.

    Parameters
    ----------
    contents : string Tensor
        What the file holds.
    channels : int
        0 for those of the file, 1 for grey, 3 for RGB, 4 for RGBA.
    dtype : DType
        uint8 or uint16. Files of 16 bits of colour can only be read as uint8.
    name : str, optional

    Returns
    -------
    Tensor
        ``(height, width, channels)`` of `dtype`.

    Raises
    ------
    InvalidArgumentError
        When run, if the file is damaged or of another format.
    ImportError
        When run without Pillow.

    Examples
    --------
    >>> contents = tf.image.encode_png(tf.constant([[[1], [2]]], tf.uint8))
    >>> tf.Session().run(tf.image.decode_png(contents)).tolist()
    [[[1], [2]]]
    """
    op = DecodePng(channels=channels or 0, dtype=as_dtype(dtype))
    return apply(op, contents, name=name)


def decode_bmp(contents: Any, channels: int | None = 0, name: str | None = None) -> Tensor:
    """Decode an uncompressed BMP file of 8, 24 or 32 bits.

    Parameters
    ----------
    contents : string Tensor
    channels : int
        0 for those of the file. Another number than theirs is an error.
    name : str, optional

    Returns
    -------
    uint8 Tensor
        ``(height, width, channels)``.

    Examples
    --------
    >>> tf.image.decode_bmp(tf.placeholder(tf.string, []), channels=3)
    <tf.Tensor 'DecodeBmp:0' shape=(?, ?, 3) dtype=uint8>
    """
    return apply(DecodeBmp(channels=channels or 0), contents, name=name)


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """Decode the frames of a GIF file. PNG and JPEG files are decoded as one frame.

    Parameters
    ----------
    contents : string Tensor
    name : str, optional

    Returns
    -------
    uint8 Tensor
        ``(frames, height, width, 3)``.

    Examples
    --------
    >>> tf.image.decode_gif(tf.placeholder(tf.string, []))
    <tf.Tensor 'DecodeGif:0' shape=(?, ?, ?, 3) dtype=uint8>
    """
    return apply(DecodeGif(), contents, name=name)


def extract_jpeg_shape(
    contents: Any, output_type: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """Return height, width and channels of a JPEG file without decoding it.

    Parameters
    ----------
    contents : string Tensor
    output_type : DType
        int32 or int64.
    name : str, optional

    Examples
    --------
    >>> contents = tf.image.encode_jpeg(tf.zeros([4, 5, 3], tf.uint8))
    >>> tf.Session().run(tf.image.extract_jpeg_shape(contents))
    array([4, 5, 3], dtype=int32)
    """
    return apply(ExtractJpegShape(output_type=as_dtype(output_type)), contents, name=name)
