"""PNG files, written."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from flowgraph.dtypes import Array

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # gray, gray with alpha, RGB, RGBA


def encode_png(pixels: Array, compression: int = -1) -> bytes:
    """Return an image as a PNG file.

    Parameters
    ----------
    pixels : array of uint8 or uint16, shape (height, width, channels)
        With 1 to 4 channels: gray or RGB, without or with alpha.
    compression : int
        zlib's level: from 0 to 9, or -1 for its default.

    References
    ----------
    ISO/IEC 15948:2004.
    """
    height, width, channels = pixels.shape
    depth = pixels.dtype.itemsize
    samples = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1)
    rows = np.zeros((height, 1 + width * channels * depth), np.uint8)  # each after its filter: none
    rows[:, 1:] = samples.view(np.uint8)
    header = struct.pack(">IIBBBBB", width, height, 8 * depth, _COLOR_TYPES[channels], 0, 0, 0)
    data = zlib.compress(rows.tobytes(), compression)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
