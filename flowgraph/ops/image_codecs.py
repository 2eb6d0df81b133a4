"""Image files as arrays and back: PNG and JPEG by Pillow, BMP by itself.

Pillow is an extra of the package and is imported on first use.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.checks import invalid

_SIGNATURES = (("JPEG", b"\xff\xd8\xff"), ("PNG", b"\x89PNG"), ("GIF", b"GIF8"), ("BMP", b"BM"))


def file_format(contents: bytes) -> str | None:
    """The format of an image file, by how it begins."""
    return next((name for name, start in _SIGNATURES if contents.startswith(start)), None)


def unknown_format(contents: bytes) -> InvalidArgumentError:
    """The error of a file of no known format."""
    names = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}
    start = "".join(
        names.get(byte, chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
        for byte in contents[:16]
    )
    found = f"unknown format starting with '{start}'" if contents else "empty file"
    return invalid(f"Expected image (JPEG, PNG, or GIF), got {found}")


def pillow() -> Any:
    """The module `PIL.Image`; ImportError that says how to install it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            "Reading and writing image files needs Pillow: pip install 'flowgraph[image]'"
        ) from error
    return Image


_INVALID = {
    "JPEG": "Invalid JPEG data or crop window, data size {}",
    "PNG": "Invalid PNG data, size {}",
    "GIF": "Invalid GIF data (size {})",
}


def _invalid(name: str, length: int) -> InvalidArgumentError:
    return invalid(_INVALID[name].format(length))


def _opened(contents: bytes, name: str, length: int) -> Any:
    try:
        return pillow().open(io.BytesIO(contents), formats=[name])
    except (OSError, SyntaxError, ValueError) as error:
        raise _invalid(name, length) from error


def _pixels(image: Any, name: str, length: int) -> Array:
    """The samples of an image as [height, width, channels]."""
    try:
        pixels = np.asarray(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise _invalid(name, length) from error
    return pixels if pixels.ndim == 3 else pixels[..., None]


# -- PNG ---------------------------------------------------------------------------------------


def decode_png(contents: bytes, channels: int, dtype: Any) -> Array:
    """Decode a PNG file.

    Parameters
    ----------
    contents : bytes
    channels : int
        0 for those of the file, else 1, 3 or 4.
    dtype : numpy dtype
        uint8 or uint16.

    Returns
    -------
    array [height, width, channels]
    """
    image = _opened(contents, "PNG", len(contents))
    if image.mode == "1":
        image = image.convert("L")
    elif image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif "transparency" in image.info and channels == 4:
        image = image.convert("RGBA")
    depth = contents[24]
    if dtype == np.uint16 and depth == 16 and not image.mode.startswith("I"):
        raise NotImplementedError("decode_png of 16-bit colours with dtype=tf.uint16")
    pixels = _pixels(image, "PNG", len(contents))
    if image.mode.startswith("I"):  # 16 bits of grey
        pixels = pixels.astype(np.uint16)
        pixels = pixels if dtype == np.uint16 else (pixels >> 8).astype(np.uint8)
    elif dtype == np.uint16:
        pixels = pixels.astype(np.uint16) * np.uint16(257)
    # Where libpng adds alpha to samples of less than 8 bits, it is the largest such sample.
    opaque = np.iinfo(dtype).max if depth >= 8 else (2**depth - 1) * np.iinfo(dtype).max // 255
    return _with_channels(pixels, channels, opaque)


def _with_channels(pixels: Array, channels: int, opaque: int) -> Array:
    count = pixels.shape[-1]
    if channels in (0, count):
        return pixels
    has_alpha = count in (2, 4)
    alpha = pixels[..., -1:] if has_alpha else np.full_like(pixels[..., :1], opaque)
    colors = pixels[..., :-1] if has_alpha else pixels
    if channels == 1 and colors.shape[-1] == 3:
        colors = _grey(colors)
    elif channels > 1 and colors.shape[-1] == 1:
        colors = np.repeat(colors, 3, axis=-1)
    return np.concatenate([colors, alpha], axis=-1) if channels == 4 else colors


def _grey(colors: Array) -> Array:
    """Grey as libpng computes it, with the weights that TensorFlow gives it."""
    red, green, blue = 9797, 19234, 3737  # 0.299, 0.587 and 0.114 of 2**15
    weighted = colors.astype(np.uint32) @ np.array([red, green, blue], np.uint32)
    return (weighted >> 15).astype(colors.dtype)[..., None]


# -- JPEG --------------------------------------------------------------------------------------


def decode_jpeg(contents: bytes, channels: int, ratio: int = 1) -> Array:
    """Decode a JPEG file.

    Parameters
    ----------
    contents : bytes
    channels : int
        0 for those of the file, else 1 or 3.
    ratio : int
        How many times smaller the image shall be: 1, 2, 4 or 8.

    Returns
    -------
    uint8 array [height, width, channels]
    """
    length = len(contents)
    image = _opened(contents, "JPEG", length)
    mode = "L" if channels == 1 else image.mode
    width, height = image.size
    image.draft(mode, (max(width // ratio, 1), max(height // ratio, 1)))
    if image.size != (-(-width // ratio), -(-height // ratio)):
        raise NotImplementedError(f"decode_jpeg(ratio={ratio}) of an image smaller than that")
    pixels = _pixels(image, "JPEG", length)
    if pixels.shape[-1] == 4:
        if channels == 1:
            raise _invalid("JPEG", length)
        ink = 255 - pixels.astype(np.int32)
        pixels = (ink[..., :3] * ink[..., 3:] // 255).astype(np.uint8)
    if channels == 3 and pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    return pixels


def jpeg_shape(contents: bytes) -> tuple[int, int, int]:
    """The height, width and channels that a JPEG file's frame header states (ITU-T T.81, B.2.2)."""
    place = 2
    while place + 9 < len(contents) and contents.startswith(b"\xff\xd8"):
        marker, length = struct.unpack_from(">xBH", contents, place)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width, channels = struct.unpack_from(">HHB", contents, place + 5)
            return height, width, channels
        place += 2 + length
    raise invalid(f"Invalid JPEG data, size {len(contents)}")


def encode_jpeg(
    pixels: Array,
    quality: int,
    progressive: bool = False,
    optimize: bool = False,
    chroma_downsampling: bool = True,
    density: tuple[str, int, int] = ("in", 300, 300),
    xmp: bytes = b"",
) -> bytes:
    """Encode a JPEG file (JFIF).

    Parameters
    ----------
    pixels : uint8 array [height, width, 1 or 3]
    quality : int
        From 0 to 100.
    progressive, optimize, chroma_downsampling : bool
    density : tuple of str, int, int
        Unit, ``"in"`` or ``"cm"``, and pixels across and down for each.
    xmp : bytes
        Metadata to put into the file.
    """
    file = io.BytesIO()
    image = pillow().fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    image.save(
        file,
        "JPEG",
        quality=max(quality, 1),  # Pillow takes 0 for its default; the two are one to libjpeg
        progressive=progressive,
        optimize=optimize,
        subsampling=2 if chroma_downsampling and image.mode != "L" else 0,
    )
    contents = file.getvalue()
    unit, across, down = density
    header = struct.pack(">BHH", 1 if unit == "in" else 2, across, down)
    metadata = b""
    if xmp:
        body = b"http://ns.adobe.com/xap/1.0/\0" + xmp
        metadata = b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body
    return contents[:13] + header + contents[18:20] + metadata + contents[20:]


# -- GIF, BMP ----------------------------------------------------------------------------------


def decode_gif(contents: bytes) -> Array:
    """Decode the frames of a GIF file, as uint8 [frames, height, width, 3]."""
    image = _opened(contents, "GIF", len(contents))
    frames = []
    for number in range(image.n_frames):
        image.seek(number)
        frames.append(_pixels(image.convert("RGB"), "GIF", len(contents)))
    return np.stack(frames)


def decode_bmp(contents: bytes, channels: int) -> Array:
    """Decode an uncompressed BMP file, as uint8 [height, width, channels].

    The pixels of a file of 8 bits are what it holds, whatever its palette says.
    """
    if channels not in (0, 1, 3, 4):
        raise invalid(f"channels must be 0, 1, 3 or 4, got {channels}")
    if len(contents) < 32:
        raise invalid(
            "Incomplete bmp content, requires at least 32 bytes to find the header size, width, "
            f"height, and bpp, got {len(contents)} bytes"
        )
    start, width, height, bits = struct.unpack_from("<I4xiixxi", contents, 10)
    count = int(bits / 8)
    if channels and channels != count:
        raise invalid(
            f"channels attribute {channels} does not match bits per pixel from file {count}"
        )
    if count not in (1, 3, 4):
        raise invalid(f"Number of channels must be 1, 3 or 4, was {count}")
    if width <= 0 or height == 0:
        raise invalid("Width must be positive")
    stride = (8 * count * width + 31) // 32 * 4
    rows = abs(height)
    needed = start + stride * (rows - 1) + count * width
    if len(contents) < needed:
        raise invalid(
            f"Incomplete bmp content, requires at least {needed} bytes, got {len(contents)} bytes"
        )
    padded = contents[start : start + stride * rows].ljust(stride * rows, b"\0")
    pixels = np.frombuffer(padded, np.uint8).reshape(rows, stride)[:, : width * count]
    pixels = pixels.reshape(rows, width, count)[:: -1 if height > 0 else 1]
    order = [2, 1, 0, 3][:count] if count > 1 else [0]
    return np.ascontiguousarray(pixels[..., order])
