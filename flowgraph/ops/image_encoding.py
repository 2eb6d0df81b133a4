"""Image files encoded."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.formats.png import encode_png as png_file
from flowgraph.graph.op import Op, Spec, field_names
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import image_codecs
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply
from flowgraph.shapes import TensorShape

_PIXELS = Types((dtypes.uint8, dtypes.uint16), default=dtypes.uint8)


class _Encoding(Op, abstract=True):
    """An op to the contents of a file."""

    host_inputs = (0, 1)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 3)
        return (TensorShape.of(()),)

    def _check_choice(self, name: str, allowed: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if value not in allowed:
            choices = ", ".join(f'"{choice}"' for choice in allowed)
            raise ValueError(
                f"Attr '{name}' of '{self.type}' Op passed string '{value}' not in: {choices}."
            )


def _check_image(image: Array) -> None:
    if image.ndim != 3:
        raise invalid(f"image must be 3-dimensional{bracketed(image.shape)}")
    if not image.size:
        raise invalid("JPEG encoding failed")


class EncodeJpeg(_Encoding):
    """An image as a JPEG file."""

    signature = Signature("image: uint8 -> contents: string")

    format: str = ""
    quality: int = 95
    progressive: bool = False
    optimize_size: bool = False
    chroma_downsampling: bool = True
    density_unit: str = "in"
    x_density: int = 300
    y_density: int = 300
    xmp_metadata: str | bytes = ""

    def __post_init__(self) -> None:
        self._check_choice("format", ("", "grayscale", "rgb"))
        self._check_choice("density_unit", ("in", "cm"))

    def compute(self, xp: Any, *inputs: Array) -> Array:
        image = inputs[0]
        if not 0 <= self.quality <= 100:
            raise invalid(f"quality must be in [0,100], got {self.quality}")
        _check_image(image)
        channels = image.shape[-1]
        if not self.format and channels not in (1, 3):
            raise invalid(f"image must have 1 or 3 channels, got {bracketed(image.shape)}")
        if self.format == "grayscale" and channels != 1:
            raise invalid(f"format grayscale expects 1 channels, got {bracketed(image.shape)}")
        if self.format == "rgb" and channels != 3:
            raise invalid(f"format rgb expects 3 channels, got {bracketed(image.shape)}")
        xmp = self.xmp_metadata
        contents = image_codecs.encode_jpeg(
            image,
            self.quality,
            self.progressive,
            self.optimize_size,
            self.chroma_downsampling,
            (self.density_unit, self.x_density, self.y_density),
            xmp.encode() if isinstance(xmp, str) else xmp,
        )
        return np.array(contents, object)


class EncodeJpegVariableQuality(_Encoding):
    """An image as a JPEG file of a quality that is known when it runs."""

    signature = Signature("images: uint8, quality: int32 -> contents: string")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        image, quality = inputs
        _check_image(image)
        if image.shape[-1] not in (1, 3):
            raise invalid(f"image must have 1 or 3 channels, got {bracketed(image.shape)}")
        if np.ndim(quality):
            raise invalid(f"quality must be scalar: {bracketed(quality.shape)}")
        if not 0 <= quality <= 100:
            raise invalid(f"quality must be in [0,100], got {int(quality)}")
        return np.array(image_codecs.encode_jpeg(image, int(quality)), object)


class EncodePng(_Encoding):
    """An image as a PNG file."""

    signature = Signature("image: T -> contents: string", T=_PIXELS)

    compression: int = -1

    def compute(self, xp: Any, *inputs: Array) -> Array:
        image = inputs[0]
        if not -1 <= self.compression <= 9:
            raise invalid(f"compression should be in [-1,9], got {self.compression}")
        if image.ndim != 3:
            raise invalid(f"image must be 3-dimensional{bracketed(image.shape)}")
        if not image.size:
            raise invalid("image cannot be empty")
        if not 1 <= image.shape[-1] <= 4:
            raise invalid(f"image must have 1, 2, 3, or 4 channels, got {bracketed(image.shape)}")
        return np.array(png_file(image, self.compression), object)


def encode_jpeg(
    image: Any,
    format: str | None = "",
    quality: int | None = 95,
    progressive: bool | None = False,
    optimize_size: bool | None = False,
    chroma_downsampling: bool | None = True,
    density_unit: str | None = "in",
    x_density: int | None = 300,
    y_density: int | None = 300,
    xmp_metadata: str | bytes | None = "",
    name: str | None = None,
) -> Tensor:
    r"""Encode an image as a JPEG file.

    Parameters
    ----------
    image : uint8 Tensor
        ``(height, width, channels)`` of 1 or 3 channels.
    format : str
        ``"grayscale"`` or ``"rgb"``, which `image` must then be; by default what it is.
    quality : int
        From 0 to 100.
    progressive, optimize_size : bool
        Whether the file shows a coarse image first, and whether it is made smaller at more cost.
    chroma_downsampling : bool
        Whether colours are kept in half the resolution.
    density_unit : str
        ``"in"`` or ``"cm"``.
    x_density, y_density : int
        Pixels for each unit, as the file states them.
    xmp_metadata : str
        What to put into the file as its XMP metadata.
    name : str, optional

    Returns
    -------
    scalar string Tensor

    Raises
    ------
    ValueError
        If `image` has not three dimensions, or a choice is another.
    InvalidArgumentError
        When run, if `image` has other channels, or the quality is out of range.
    ImportError
        When run without Pillow.

    Examples
    --------
    >>> tf.Session().run(tf.image.encode_jpeg(tf.zeros([2, 2, 1], tf.uint8)))[:3]
    b'\xff\xd8\xff'
    """
    given = {field: value for field, value in locals().items() if value is not None}
    fields = {field: given[field] for field in field_names(EncodeJpeg) if field in given}
    return apply(EncodeJpeg(**fields), image, name=name)


def encode_jpeg_variable_quality(images: Any, quality: Any, name: str | None = None) -> Tensor:
    """Encode an image as a JPEG file of a quality given as a tensor."""
    return apply(EncodeJpegVariableQuality(), images, quality, name=name)


def encode_png(image: Any, compression: int | None = -1, name: str | None = None) -> Tensor:
    r"""Encode an image as a PNG file.

    Parameters
    ----------
    image : Tensor
        ``(height, width, channels)`` of uint8 or uint16, with 1 to 4 channels: grey or RGB, without
        or with alpha.
    compression : int
        From 0 to 9, or -1 for zlib's default.
    name : str, optional

    Returns
    -------
    scalar string Tensor

    Raises
    ------
    ValueError
        If `image` has not three dimensions.
    InvalidArgumentError
        When run, if `image` is empty or has other channels, or `compression` is out of range.

    Examples
    --------
    >>> tf.Session().run(tf.image.encode_png(tf.zeros([2, 2, 1], tf.uint8)))[:4]
    b'\x89PNG'
    """
    return apply(
        EncodePng(compression=-1 if compression is None else compression), image, name=name
    )
