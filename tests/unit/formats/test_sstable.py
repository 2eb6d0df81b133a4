import io
import random
import struct
from pathlib import Path

import pytest

from flowgraph.errors import DataLossError
from flowgraph.formats import snappy, varint
from flowgraph.formats.sstable import Table, write_table

DATA = Path(__file__).parent / "data"


def written(items):
    file = io.BytesIO()
    write_table(file, items)
    return file.getvalue()


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "table")


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 200])
def test_what_is_written_is_read(path, count):
    items = sorted((b"key/%d" % i, b"v" * (i % 7)) for i in range(count))
    Path(path).write_bytes(written(items))
    assert list(Table(path)) == items


def test_several_blocks(path):
    value = random.Random(0).randbytes(1 << 16)
    items = sorted((b"\xff" * (i % 3) + b"%d" % i, value) for i in range(20))
    Path(path).write_bytes(written(items))
    assert list(Table(path)) == items


def test_a_table_of_tensorflow_is_written_to_the_byte():
    path = DATA / "every_dtype.index"
    assert written(Table(str(path))) == path.read_bytes()


def test_compressed_blocks_hold_the_same():
    plain, compressed = (list(Table(str(DATA / n))) for n in ("every_dtype_v1", SNAPPY))
    assert plain == compressed


SNAPPY = "every_dtype_v1_snappy"


@pytest.mark.parametrize("name", ["every_dtype.index", SNAPPY])
def test_a_flipped_bit_is_found_wherever_it_is(path, name):
    data = (DATA / name).read_bytes()
    items = list(Table(str(DATA / name)))
    for position in range(0, len(data), 7):
        damaged = bytearray(data)
        damaged[position] ^= 1 << position % 8
        Path(path).write_bytes(damaged)
        try:
            found = list(Table(path))
        except DataLossError as error:
            assert path in str(error)
        else:  # the footer has no checksum, and there is a block that nothing reads
            assert found == items


@pytest.mark.parametrize("size", [0, 20, 47, 48, 100])
def test_a_file_that_was_cut_short(path, size):
    Path(path).write_bytes((DATA / "every_dtype.index").read_bytes()[:size])
    with pytest.raises(DataLossError, match=r"too short to be an sstable|not an sstable"):
        Table(path)


def test_a_footer_that_points_outside(path):
    footer = b"\xff\xff\xff\xff\x7f\x01" * 2
    content = bytes(100) + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    Path(path).write_bytes(content)
    with pytest.raises(DataLossError, match="truncated block read"):
        Table(path)


# -- snappy, by hand from its format's description -------------------------------------------


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (bytes([0]), b""),
        (bytes([3, 2 << 2]) + b"abc", b"abc"),
        (bytes([70, 60 << 2, 69]) + b"x" * 70, b"x" * 70),
        (bytes([0x80 | 0x2C, 2, 61 << 2, 0x2B, 1]) + b"y" * 300, b"y" * 300),
        (bytes([6, 2 << 2]) + b"abc" + bytes([2 << 2 | 2, 3, 0]), b"abcabc"),
        (bytes([6, 2 << 2]) + b"abc" + bytes([2 << 2 | 3, 3, 0, 0, 0]), b"abcabc"),
        (bytes([9, 0, 97, 4 << 2 | 1, 1]), b"a" * 9),
    ],
)
def test_snappy(stream, text):
    assert snappy.decompressed(stream) == text


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\xff" * 12,
        bytes([4, 2 << 2]) + b"abc",
        bytes([2, 2 << 2]) + b"abc",
        bytes([3, 2 << 2]) + b"ab",
        bytes([6, 2 << 2]) + b"abc" + bytes([2 << 2 | 2, 4, 0]),
        bytes([6, 2 << 2]) + b"abc" + bytes([2 << 2 | 2, 0, 0]),
        varint.encoded(1 << 40) + bytes([0, 97]),
    ],
)
def test_damaged_snappy(stream):
    with pytest.raises(ValueError, match=r"."):
        snappy.decompressed(stream)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 1 << 35, (1 << 64) - 1])
def test_numbers_of_variable_length(number):
    data = varint.encoded(number)
    assert varint.decoded(b"\xff" + data + b"z", 1) == (number, 1 + len(data))
    with pytest.raises(ValueError, match="no number ends"):
        varint.decoded(data[:-1])
