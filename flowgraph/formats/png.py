"""PNG files, written."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from flowgraph.dtypes import Array

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # gray, gray with alpha, RGB, RGBA


def encode_png(pixels: Array) -> bytes:
    """Return an image as a PNG file of 8 bits per sample.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, channels)
        With 1 to 4 channels: gray or RGB, without or with alpha.

    References
    ----------
    ISO/IEC 15948:2004.
    """
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each after its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
