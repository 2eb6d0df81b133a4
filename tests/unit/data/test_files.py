"""Datasets of files: compressed ones, records and their damage, caches, generators' pieces."""

import gzip
import zlib

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.formats.bundle import BundleReader
from flowgraph.graph.op import Op
from flowgraph.ops import dataset_csv
from tests.unit.data.test_pipelines import drawn

Dataset = tf.data.Dataset
COMPRESSIONS = {"": bytes, "GZIP": gzip.compress, "ZLIB": zlib.compress}


def elements(dataset, most=1000):
    number = dataset.make_initializable_iterator()
    element = number.get_next()
    with tf.Session() as session:
        session.run(number.initializer)
        return drawn(session, element, most)


@pytest.mark.parametrize("kind", COMPRESSIONS)
@pytest.mark.parametrize("size", [None, 0, 1, 5])
def test_lines_of_compressed_files(tmp_path, kind, size):
    path = tmp_path / "lines"
    lines = [b"line %d" % i for i in range(300)]
    path.write_bytes(COMPRESSIONS[kind](b"\n".join(lines)))
    dataset = tf.data.TextLineDataset(str(path), kind, buffer_size=size)
    assert elements(dataset) == (lines, None)
    assert "TextLineDataset" in Op.declared


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_records_of_a_fixed_length(tmp_path, kind):
    path = tmp_path / "records"
    path.write_bytes(COMPRESSIONS[kind](b"head" + bytes(range(250)) + b"end"))
    dataset = tf.data.FixedLengthRecordDataset(str(path), 10, 4, 3, compression_type=kind)
    found, error = elements(dataset)
    assert (b"".join(found), len(found), error) == (bytes(range(250)), 25, None)
    assert "FixedLengthRecordDatasetV2" in Op.declared
    path.write_bytes(COMPRESSIONS[kind](bytes(25)))
    found, error = elements(tf.data.FixedLengthRecordDataset(str(path), 10, compression_type=kind))
    assert error == (
        "InvalidArgumentError",
        f'Excluding the header (0 bytes) and footer (0 bytes), input file "{path}" has body length '
        "25 bytes, which is not an exact multiple of the record length (10 bytes).",
    )


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_a_dataset_is_written_and_read_as_records(tmp_path, kind):
    path = str(tmp_path / "records")
    words = Dataset.range(50).map(lambda x: tf.as_string(x * x))
    write = tf.data.experimental.TFRecordWriter(path, kind).write(words)
    assert write.type == "DatasetToTFRecord"
    tf.Session().run(write)
    options = {"": 0, "ZLIB": 1, "GZIP": 2}[kind]
    expected = [b"%d" % (i * i) for i in range(50)]
    assert list(tf.python_io.tf_record_iterator(path, tf.python_io.TFRecordOptions(options))) == (
        expected
    )
    assert elements(tf.data.TFRecordDataset([path, path], kind)) == (expected * 2, None)


def test_a_damaged_record_is_found(tmp_path):
    path = tmp_path / "records"
    with tf.python_io.TFRecordWriter(str(path)) as writer:
        for word in (b"one", b"two"):
            writer.write(word)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    found, error = elements(tf.data.TFRecordDataset(str(path)))
    assert (found, error) == ([b"one"], ("DataLossError", "corrupted record at 31"))


def test_files_named_by_a_dataset_are_read_by_turns(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(f"{name}1\n{name}2\n{name}3\n")
    files = Dataset.list_files(str(tmp_path / "*"), shuffle=False)
    lines = files.interleave(tf.data.TextLineDataset, cycle_length=2)
    assert elements(lines)[0] == [b"a1", b"b1", b"a2", b"b2", b"a3", b"b3"]


def test_only_text_is_written():
    writer = tf.data.experimental.TFRecordWriter("nowhere")
    with pytest.raises(TypeError, match="must produce scalar `DT_STRING` tensors"):
        writer.write(Dataset.range(3))
    with pytest.raises(TypeError, match=r"must be a `tf.data.Dataset` object"):
        writer.write(3)


def test_a_cache_in_a_file_outlives_the_session(tmp_path):
    path = str(tmp_path / "cache")
    calls = []

    def count(x):
        calls.append(int(x))
        return x * 2

    def cached():
        pairs = Dataset.range(3).map(lambda x: (tf.py_func(count, [x], tf.int64), tf.as_string(x)))
        return pairs.cache(path).repeat(2)

    expected = [(0, b"0"), (2, b"1"), (4, b"2")] * 2
    assert elements(cached()) == (expected, None)
    assert elements(cached()) == (expected, None)
    assert calls == [0, 1, 2]
    assert BundleReader(path).names() == [
        f"{element:>7}_{part}" for element in range(3) for part in range(2)
    ]


def test_a_cache_in_memory_is_filled_by_a_whole_pass_only():
    calls = []

    def count(x):
        calls.append(int(x))
        return x

    numbers = Dataset.range(4).map(lambda x: tf.py_func(count, [x], tf.int64))
    assert elements(numbers.cache().take(2).repeat(2))[0] == [0, 1, 0, 1]
    assert calls == [0, 1, 0, 1]
    calls.clear()
    assert elements(numbers.cache().repeat(3))[0] == [0, 1, 2, 3] * 3
    assert calls == [0, 1, 2, 3]


def test_a_generator_is_made_anew_and_its_errors_are_the_runs():
    made = []

    def counted():
        made.append(1)
        yield from ([1], [2, 3])
        if len(made) > 1:
            raise RuntimeError("enough")

    dataset = Dataset.from_generator(counted, tf.int32, [None]).repeat()
    found, error = elements(dataset)
    assert found == [[1], [2, 3]] * 2
    assert error == ("UnknownError", "RuntimeError: enough")
    assert "PyGeneratorDataset" in Op.declared


def test_a_generator_may_change_what_it_yielded():
    def reused():
        row = np.zeros(2)
        for i in range(3):
            row[:] = i
            yield row

    assert elements(Dataset.from_generator(reused, tf.float64, [2]).batch(3))[0] == [
        [[0, 0], [1, 1], [2, 2]]
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 18])
def test_csv_records_may_lie_across_reads(tmp_path, size):
    path = tmp_path / "a.csv"
    path.write_bytes(b'1,"a\r\nb"\r\n2,"c""d"\n3,"e,f"\r4,g')
    dataset = tf.data.experimental.CsvDataset(str(path), [tf.int32, tf.string], buffer_size=size)
    assert elements(dataset)[0] == [(1, b"a\r\nb"), (2, b'c"d'), (3, b"e,f"), (4, b"g")]
    assert dataset_csv.CSVDataset.type == "CSVDataset"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'a"x,b\n', "Unquoted fields cannot have quotes inside"),
        (b'"a"x,b\n', "Reached end of file without closing quoted field in record"),
        (b'"ab,c\n', "Reached end of file without closing quoted field in record"),
        (b'"a",""\n', "Field 1 is required but missing in record!"),
        (b"a\n", "Expect 2 fields but have 1 in record"),
        (b"a,b,c\n", "Expect 2 fields but have more in record"),
    ],
)
def test_csv_refusals(tmp_path, data, message):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    dataset = tf.data.experimental.CsvDataset(str(path), [tf.string] * 2)
    assert elements(dataset) == ([], ("InvalidArgumentError", message))


def test_columns_of_csv_files_are_inferred(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("i,l,f,d,s,n\n1,3000000000,0.5,1e300,x,\n2,1,1,2,3,NA\n")
    dataset = tf.data.experimental.make_csv_dataset(
        str(path), 2, shuffle=False, num_epochs=1, na_value="NA"
    )
    assert list(dataset.output_types.values()) == [
        tf.int32, tf.int64, tf.float32, tf.float64, tf.string, tf.string,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="No files match nowhere"):
        tf.data.experimental.make_csv_dataset("nowhere*", 2)
    with pytest.raises(ValueError, match="`label_name` provided must be one of the columns"):
        tf.data.experimental.make_csv_dataset(str(path), 2, label_name="z")
    with pytest.raises(ValueError, match="Column index 9 specified in select_columns out of"):
        tf.data.experimental.make_csv_dataset(str(path), 2, select_columns=[9])
