"""Record files: bytes as TensorFlow 1.15.5 writes them, and damage of every kind."""

import zlib

import pytest

from flowgraph.errors import DataLossError, NotFoundError
from flowgraph.formats.records import Compression, RecordWriter, read_records

RECORDS = [b"hello", b""]
OF_TENSORFLOW = {
    "": "0500000000000000eab2043e68656c6c6fbb1f1c19000000000000000029039807d8ea82a2",
    "GZIP": "1f8b080000000000000363658080579b58ec32527372f277cbcb4842c518349967b0df78d5b40800b3af"
    "d7f825000000",
    "ZLIB": "789c63658080579b58ec32527372f277cbcb4842c518349967b0df78d5b4080086a508b8",
}
KINDS = pytest.mark.parametrize("kind", OF_TENSORFLOW)


def write(path, records, kind=""):
    writer = RecordWriter(open(path, "wb"), Compression(kind))  # noqa: SIM115 - it closes it
    for record in records:
        writer.write(record)
    writer.close()


@KINDS
def test_files_of_tensorflow_are_read(tmp_path, kind):
    path = tmp_path / "records"
    path.write_bytes(bytes.fromhex(OF_TENSORFLOW[kind]))
    assert list(read_records(path, kind)) == RECORDS


@KINDS
def test_what_is_written_is_read(tmp_path, kind):
    path = tmp_path / "records"
    records = [bytes([i % 251]) * (i * i * 37) for i in range(200)]
    write(path, records, kind)
    assert list(read_records(path, kind)) == records


def test_bytes_are_tensorflow_s(tmp_path):
    path = tmp_path / "records"
    write(path, RECORDS)
    assert path.read_bytes().hex() == OF_TENSORFLOW[""]


@KINDS
def test_what_is_flushed_is_read_before_the_file_is_closed(tmp_path, kind):
    path = tmp_path / "records"
    writer = RecordWriter(open(path, "wb"), Compression(kind))  # noqa: SIM115
    writer.write(b"first")
    writer.flush()
    assert list(read_records(path, kind)) == [b"first"]
    writer.close()


@pytest.mark.parametrize("kind", ["GZIP", "ZLIB"])
def test_members_that_follow_each_other_are_one_file(tmp_path, kind):
    path = tmp_path / "records"
    path.write_bytes(2 * bytes.fromhex(OF_TENSORFLOW[kind]))
    assert list(read_records(path, kind)) == 2 * RECORDS


def test_every_flipped_bit_is_found(tmp_path):
    path = tmp_path / "records"
    whole = bytes.fromhex(OF_TENSORFLOW[""])
    for place in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        record = 0 if place < 8 * 21 else 21
        part = 12 if place // 8 - record >= 12 else 0  # what follows the length and its checksum
        with pytest.raises(DataLossError, match=f"corrupted record at {record + part}$"):
            list(read_records(path))


def test_a_file_cut_within_a_record(tmp_path):
    path = tmp_path / "records"
    whole = bytes.fromhex(OF_TENSORFLOW[""])
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        start = 0 if length < 21 else 21
        if length - start < 12:  # its writer may not be done
            assert list(read_records(path)) == RECORDS[: start // 21]
        else:
            with pytest.raises(DataLossError, match=f"truncated record at {start}$"):
                list(read_records(path))


def test_a_length_is_not_believed(tmp_path):
    from flowgraph.formats.records import _checksum

    path = tmp_path / "records"
    for length, what in ((1 << 40, "corrupted"), (1 << 31, "truncated")):
        header = length.to_bytes(8, "little")
        path.write_bytes(header + _checksum(header) + b"few")
        with pytest.raises(DataLossError, match=f"{what} record at 0"):
            list(read_records(path))


@pytest.mark.parametrize("kind", ["GZIP", "ZLIB"])
def test_a_file_that_is_not_compressed(tmp_path, kind):
    path = tmp_path / "records"
    path.write_bytes(b"hello world, this is")
    with pytest.raises(DataLossError, match=r"inflate\(\) failed with error -3: incorrect header"):
        list(read_records(path, kind))


def test_a_compressed_file_cut_within_a_record(tmp_path):
    path = tmp_path / "records"
    write(path, [bytes(range(256)) * 100], "GZIP")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataLossError, match="truncated record at 0"):
        list(read_records(path, "GZIP"))


def test_no_file(tmp_path):
    with pytest.raises(NotFoundError, match="absent; No such file or directory"):
        list(read_records(tmp_path / "absent"))


def test_no_such_compression(tmp_path):
    with pytest.raises(ValueError, match="'LZMA'"):
        list(read_records(tmp_path / "absent", "LZMA"))


def test_parameters_of_zlib(tmp_path):
    path = tmp_path / "records"
    writer = RecordWriter(open(path, "wb"), Compression("ZLIB", level=0))  # noqa: SIM115
    writer.write(b"x" * 1000)
    writer.close()
    assert path.stat().st_size > 1000
    assert zlib.decompress(path.read_bytes()).count(b"x") >= 1000
