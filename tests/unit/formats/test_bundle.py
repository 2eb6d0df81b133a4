import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from flowgraph import dtypes, errors, protos
from flowgraph.formats import bundle_writer, tensor_parts
from flowgraph.formats.bundle import BundleReader, data_path
from flowgraph.formats.bundle_writer import Item, merge_bundles, write_bundle
from flowgraph.formats.checkpoint import open_checkpoint
from flowgraph.formats.ordered_code import signed_number
from flowgraph.formats.replace import replacing
from tests.unit.formats.every_dtype import NOT_IN_V1, PART, PARTS, values

DATA = Path(__file__).parent / "data"


def assert_same(found, expected):
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert (found == expected).all()


def every_item():
    items = [Item(name, dtype, array) for name, (dtype, array) in values().items()]
    parts = [
        Item("part", dtypes.float32, array, tensor_parts.parse(text))
        for text, array in PARTS.items()
    ]
    return sorted([*items, *parts], key=lambda item: item.name)


def files(directory):
    return sorted(os.listdir(directory))


@pytest.mark.parametrize(
    ("name", "without"),
    [("every_dtype", ()), ("every_dtype_v1", NOT_IN_V1), ("every_dtype_v1_snappy", NOT_IN_V1)],
)
def test_what_tensorflow_wrote_is_read(name, without):
    reader = open_checkpoint(str(DATA / name))
    expected = values(without)
    assert reader.names() == sorted([*expected, "part"])
    for key, (dtype, array) in expected.items():
        assert key in reader
        assert reader.dtype(key) is dtype
        assert reader.shape(key) == array.shape
        assert_same(reader.read(key), array)
    assert "absent" not in reader


@pytest.mark.parametrize("name", ["every_dtype", "every_dtype_v1"])
def test_parts_are_put_together_and_taken_out(name):
    reader = open_checkpoint(str(DATA / name))
    assert reader.shape("part") == (4, 6)
    assert_same(reader.read("part"), PART)
    for text, array in PARTS.items():
        assert_same(reader.read("part", tensor_parts.parse(text)), array)
    assert_same(reader.read("part", tensor_parts.parse("4 6 1,2:3,2")), PART[1:3, 3:5])
    whole = tensor_parts.parse("2 3 1,1:-")
    assert_same(reader.read("float32/2", whole), reader.read("float32/2")[1:])


def test_the_files_are_those_of_tensorflow_to_the_byte(tmp_path):
    write_bundle(str(tmp_path / "every_dtype"), every_item())
    assert files(tmp_path) == ["every_dtype.data-00000-of-00001", "every_dtype.index"]
    for name in files(tmp_path):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


def numbered(prefix, n, size=1000):
    write_bundle(prefix, [Item("x", dtypes.int64, np.full(size, n)), string_item(n)])


def string_item(n):
    return Item("s", dtypes.string, np.array([b"%d" % n, b"a" * 300], object))


def test_a_checkpoint_is_replaced_under_its_own_name(tmp_path):
    prefix = str(tmp_path / "new" / "model")
    for n in range(3):
        numbered(prefix, n)
        assert BundleReader(prefix).read("x")[0] == n
        assert BundleReader(prefix).read("s")[0] == b"%d" % n
        assert files(tmp_path / "new") == ["model.data-00000-of-00001", "model.index"]


def test_at_every_instant_of_replacing_the_old_or_the_new_is_whole(tmp_path, monkeypatch):
    prefix = str(tmp_path / "model")
    numbered(prefix, 0)
    seen = []

    def watched(function):
        def call(*arguments):
            seen.append(set(BundleReader(prefix).read("x")))
            function(*arguments)
            seen.append(set(BundleReader(prefix).read("x")))

        return call

    for name in ("replace", "link", "unlink"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    numbered(prefix, 1)
    assert len(seen) > 6
    assert {0} in seen
    assert seen == sorted(seen, key=list)
    assert set.union(*seen) == {0, 1}


def test_without_links_a_replaced_checkpoint_keeps_its_spare_name(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError("no links here")

    prefix = str(tmp_path / "model")
    monkeypatch.setattr(os, "link", refuse)
    for n in range(4):
        numbered(prefix, n)
        assert BundleReader(prefix).read("x")[0] == n
        data = [name for name in files(tmp_path) if BundleReader(prefix).shards == 2]
        assert ("model.data-00001-of-00002" in data) is (n % 2 == 1)


def test_an_error_leaves_the_old_checkpoint(tmp_path):
    prefix = str(tmp_path / "model")
    numbered(prefix, 0)
    with pytest.raises(errors.InvalidArgumentError, match="Adding duplicate key: x"):
        write_bundle(prefix, [Item("x", dtypes.int64, np.zeros(3, np.int64))] * 2)
    assert BundleReader(prefix).read("x")[0] == 0
    assert len(files(tmp_path)) == 2


def test_shards_are_merged(tmp_path):
    prefixes = [str(tmp_path / "parts" / f"part-{i}") for i in range(3)]
    whole = every_item()
    for i, prefix in enumerate(prefixes):
        write_bundle(prefix, whole[i::3])
    merge_bundles(prefixes, str(tmp_path / "model"))
    reader = BundleReader(str(tmp_path / "model"))
    assert reader.shards == 3
    assert files(tmp_path) == [*(f"model.data-0000{i}-of-00003" for i in range(3)), "model.index"]
    for key, (_, array) in values().items():
        assert_same(reader.read(key), array)
    assert_same(reader.read("part"), PART)


def test_a_tensor_in_two_shards_is_refused(tmp_path):
    prefixes = [str(tmp_path / f"part-{i}") for i in range(2)]
    for prefix in prefixes:
        numbered(prefix, 0)
    with pytest.raises(errors.InvalidArgumentError, match="Adding duplicate key"):
        merge_bundles(prefixes, str(tmp_path / "model"))


@pytest.fixture
def damaged(tmp_path):
    """A copy of TensorFlow's checkpoint, and a function that writes other bytes into its data."""
    for name in ("every_dtype.index", "every_dtype.data-00000-of-00001"):
        shutil.copy(DATA / name, tmp_path)
    prefix = str(tmp_path / "every_dtype")

    def write(change):
        path = Path(data_path(prefix, 0, 1))
        path.write_bytes(change((DATA / path.name).read_bytes()))
        return BundleReader(prefix)

    return write


def test_a_flipped_bit_in_the_data_is_found_and_its_tensor_named(damaged):
    sizes = os.path.getsize(DATA / "every_dtype.data-00000-of-00001")
    for position in random.Random(0).sample(range(sizes), 60):

        def flip(data, position=position):
            return data[:position] + bytes([data[position] ^ 4]) + data[position + 1 :]

        reader = damaged(flip)
        hit = []
        for name in reader.names():
            try:
                reader.read(name)
            except errors.DataLossError as error:
                hit.append(name)
                assert f"'{name}'" in str(error)
        assert len(hit) == 1


def test_a_short_and_a_missing_data_file(damaged):
    reader = damaged(lambda data: data[:10])
    with pytest.raises(errors.OutOfRangeError, match=r"Read less bytes than requested\n.*'int64/2"):
        reader.read("int64/2")
    os.unlink(data_path(reader.prefix, 0, 1))
    with pytest.raises(errors.NotFoundError, match=r"00000-of-00001; No such file or directory"):
        reader.read("int64/2")


def test_sizes_that_do_not_fit_are_found_before_anything_is_allocated(tmp_path, monkeypatch):
    prefix = str(tmp_path / "model")
    monkeypatch.setattr(
        bundle_writer,
        "_set_shape",
        lambda entry, shape: entry.shape.dim.extend([protos.TensorShapeProto.Dim(size=1 << 50)]),
    )
    write_bundle(prefix, [Item("x", dtypes.int64, np.zeros(3, np.int64)), string_item(0)])
    for name in ("x", "s"):
        with pytest.raises(errors.DataLossError, match=f"of tensor '{name}'"):
            BundleReader(prefix).read(name)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"endianness": 1}, errors.UnimplementedError, "Different endianness"),
        ({"version": {"min_consumer": 9}}, errors.InvalidArgumentError, "below min required 9"),
    ],
)
def test_headers_of_other_machines_and_times(tmp_path, monkeypatch, change, error, message):
    made = protos.BundleHeaderProto

    def header(**fields):
        return made(**fields, **change)

    prefix = str(tmp_path / "model")
    with monkeypatch.context() as context:
        context.setattr(protos, "BundleHeaderProto", header)
        numbered(prefix, 0)
    with pytest.raises(error, match=message):
        BundleReader(prefix)


def test_no_checkpoint(tmp_path):
    with pytest.raises(errors.NotFoundError, match="Failed to find any matching files for"):
        open_checkpoint(str(tmp_path / "model"))
    with pytest.raises(errors.DataLossError, match=r"Failed precondition: .*; Is a directory"):
        open_checkpoint(str(tmp_path))
    with pytest.raises(errors.DataLossError, match="is no checkpoint"):
        open_checkpoint(str(DATA / "every_dtype.index"))


@pytest.mark.parametrize("text", ["4 6 0,2", "4 0,5", "4 0,x", "4 -1,2", "x", "4 1"])
def test_slices_that_are_none(text):
    with pytest.raises(ValueError, match=r"."):
        tensor_parts.parse(text)


def test_numbers_sort_as_their_codes():
    numbers = sorted(
        {sign * (1 << k) + d for k in range(62) for d in (-1, 0, 1) for sign in (1, -1)}
    )
    codes = [signed_number(n) for n in numbers]
    assert codes == sorted(codes)
    assert len(set(codes)) == len(codes)


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), replacing(str(path)) as file:
        file.write(b"half")
        raise KeyError
    assert (path.read_bytes(), files(tmp_path)) == (b"old", ["file"])
    with replacing(str(path)) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert (path.read_bytes(), files(tmp_path)) == (b"new", ["file"])
