"""Reading IDX files: what the header promises is what comes back, and nothing else is believed."""

import gzip
import struct

import numpy as np
import pytest

from flowgraph.datasets.idx import read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def encoded(array, code=None):
    code = CODES[array.dtype.str[1:]] if code is None else code
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_round_trip(tmp_path, dtype, shape, pack):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    path = tmp_path / "array"
    path.write_bytes(pack(encoded(array)))
    found = read_idx(path)
    assert found.dtype == array.dtype and found.dtype.isnative
    np.testing.assert_array_equal(found, array)


GOOD = encoded(np.arange(6, dtype=np.uint8))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no IDX file"),
        (b"\x80\x04\x95\x10", "no IDX file"),
        (b"\0\0\x07\x01" + GOOD[4:], "no IDX file"),
        (GOOD[:6], "within its header"),
        (GOOD[:-1], "holds only 5"),
        (GOOD + b"\0", "holds more"),
        (struct.pack(">BBBB3I", 0, 0, 8, 3, *[2**32 - 1] * 3), "at most"),
        (gzip.compress(GOOD, mtime=0)[:-9], "damaged"),
        (gzip.compress(GOOD, mtime=0)[:-8] + b"12345678", "damaged"),
        (gzip.compress(GOOD + bytes(10**6), mtime=0), "holds more"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, data, said):
    path = tmp_path / "array"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=said):
        read_idx(path)


def test_the_bound_is_on_the_bytes_of_the_array(tmp_path):
    path = tmp_path / "array"
    path.write_bytes(encoded(np.zeros(4, np.float64)))
    assert read_idx(path, max_bytes=32).shape == (4,)
    with pytest.raises(ValueError, match="claims 32 bytes"):
        read_idx(path, max_bytes=31)
