"""The IDX format, in which MNIST and the sets modelled on it are distributed."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from typing import IO

import numpy as np
import numpy.typing as npt

MAX_BYTES = 2**30
"""No array larger than this is read: MNIST's largest has 47 MB."""

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP = b"\x1f\x8b"


def read_idx(path: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> npt.NDArray[np.generic]:
    """Read an array from an IDX file, compressed with gzip or plain.

    The file begins with two zero bytes, a code for the dtype, the rank, and each size as a
    big-endian 32-bit integer; the elements follow, big-endian and row by row.

    Parameters
    ----------
    path : path
        The file. What it holds decides whether it is unpacked, not its name.
    max_bytes : int
        The largest array to read. The header is checked against it before memory is taken.

    Returns
    -------
    ndarray
        uint8, int8, int16, int32, float32 or float64, in the machine's byte order.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no IDX file, is cut short, is damaged, has more bytes than its header says, or
        holds more than `max_bytes`.

    Examples
    --------
    >>> import os, tempfile
    >>> from flowgraph.datasets.idx import read_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "labels-idx1-ubyte")
    ...     with open(path, "wb") as file:
    ...         _ = file.write(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    ...     read_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    with open(path, "rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        if not packed:
            return _read(file, path, max_bytes)
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
            try:
                return _read(unpacked, path, max_bytes)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise ValueError(f"{os.fspath(path)!r} is damaged: {error}") from error


def _read(
    file: IO[bytes] | gzip.GzipFile, path: str | os.PathLike[str], max_bytes: int
) -> npt.NDArray[np.generic]:
    name = repr(os.fspath(path))
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        raise ValueError(f"{name} is no IDX file: it begins with {magic.hex(' ') or 'nothing'}")
    dtype, rank = np.dtype(_DTYPES[magic[2]]), magic[3]
    header = file.read(4 * rank)
    if len(header) < 4 * rank:
        raise ValueError(f"{name} ends within its header")
    shape = struct.unpack(f">{rank}I", header)
    size = math.prod(shape) * dtype.itemsize
    if size > max_bytes:
        raise ValueError(f"{name} claims {size} bytes, shape {shape}; at most {max_bytes} are read")
    data = file.read(size + 1)
    if len(data) != size:
        amount = "more" if len(data) > size else f"only {len(data)}"
        raise ValueError(f"{name} should hold {size} bytes, shape {shape}, and holds {amount}")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))
