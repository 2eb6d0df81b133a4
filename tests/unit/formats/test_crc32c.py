import random

import numpy as np
import pytest

from flowgraph.formats import crc32c as module
from flowgraph.formats.crc32c import crc32c, folded, masked, unmasked

# From RFC 3720, appendix B.4.
KNOWN = {
    bytes(32): 0x8A9136AA,
    b"\xff" * 32: 0x62A8AB43,
    bytes(range(32)): 0x46DD794E,
    bytes(range(31, -1, -1)): 0x113FDB5C,
    b"123456789": 0xE3069283,
    b"": 0,
}


@pytest.mark.parametrize("function", [crc32c, folded])
def test_known_values(function):
    assert {data: function(data) for data in KNOWN} == KNOWN


def bitwise(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize("size", [1, 3, 4, 5, 7, 8, 63, 64, 65, 1000, 4099])
def test_every_length(size):
    data = random.Random(size).randbytes(size)
    assert folded(data) == bitwise(data)


@pytest.mark.parametrize("size", [65535, 65536, 65537, 300000])
def test_a_long_message_in_pieces(size):
    data = random.Random(size).randbytes(size)
    whole = folded(data)
    for cut in (1, size // 3, size - 2):
        assert folded(data[cut:], folded(data[:cut])) == whole


def test_the_library_and_numpy_agree():
    pytest.importorskip("google_crc32c")
    data = random.Random(7).randbytes(200001)
    assert module._library is not None
    assert crc32c(data) == folded(data)
    assert crc32c(memoryview(data)) == crc32c(bytearray(data)) == folded(data)
    assert crc32c(np.frombuffer(data, np.uint8)) == folded(data)
    assert crc32c(memoryview(b"")) == crc32c(np.empty(0, np.uint8)) == 0


def test_the_mask():
    # The one TensorFlow wrote for the checksum 3713320107.
    assert unmasked(masked(3713320107)) == 3713320107
    assert masked(0) == 0xA282EAD8
