"""Readers: keys, records and counts, which are TensorFlow 1.15.5's.

The ops: WholeFileReaderV2, IdentityReaderV2, TextLineReaderV2, FixedLengthRecordReaderV2,
TFRecordReaderV2, ReaderReadV2, ReaderReadUpToV2, ReaderNumRecordsProducedV2,
ReaderNumWorkUnitsCompletedV2, ReaderSerializeStateV2, ReaderRestoreStateV2, ReaderResetV2.
"""

import zlib

import pytest

import flowgraph as tf


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"h\na\nb\r\n\nlast")
    (tmp_path / "b.txt").write_bytes(b"")
    (tmp_path / "c.txt").write_bytes(b"x\ny\n")
    (tmp_path / "f.bin").write_bytes(bytes(range(23)))
    (tmp_path / "f.z").write_bytes(zlib.compress(bytes(range(23))))
    for name, options in (("r", None), ("r.gz", "GZIP")):
        with tf.python_io.TFRecordWriter(name, options) as writer:
            for record in (b"one", b"two", b"three"):
                writer.write(record)


def closed_queue(sess, names):
    queue = tf.FIFOQueue(9, [tf.string], [[]])
    sess.run(queue.enqueue_many([names]))
    sess.run(queue.close())
    return queue


def read_all(sess, reader, names, up_to=None):
    """Run until the work ends; the records, each with the counts after it."""
    queue = closed_queue(sess, names)
    record = reader.read(queue) if up_to is None else reader.read_up_to(queue, up_to)
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    found = []
    with pytest.raises(tf.errors.OutOfRangeError, match="is closed and has insufficient elements"):
        while True:
            key, value = sess.run(record)
            if up_to is not None:
                key, value = key.tolist(), value.tolist()
            found.append((key, value, *sess.run(counts)))
    return found


@pytest.mark.usefixtures("files")
def test_lines(sess):
    names = ["a.txt", "b.txt", "c.txt"]
    assert read_all(sess, tf.TextLineReader(), names) == [
        (b"a.txt:1", b"h", 1, 0),
        (b"a.txt:2", b"a", 2, 0),
        (b"a.txt:3", b"b", 3, 0),
        (b"a.txt:4", b"", 4, 0),
        (b"a.txt:5", b"last", 5, 0),
        (b"c.txt:1", b"x", 6, 2),
        (b"c.txt:2", b"y", 7, 2),
    ]


@pytest.mark.usefixtures("files")
def test_lines_by_the_three_without_their_header(sess):
    names = ["a.txt", "b.txt", "c.txt"]
    assert read_all(sess, tf.TextLineReader(skip_header_lines=1), names, up_to=3) == [
        ([b"a.txt:2", b"a.txt:3", b"a.txt:4"], [b"a", b"b", b""], 3, 0),
        ([b"a.txt:5"], [b"last"], 4, 1),
        ([b"c.txt:2"], [b"y"], 5, 3),
    ]


@pytest.mark.usefixtures("files")
def test_whole_files_and_their_state(sess):
    reader = tf.WholeFileReader()
    assert read_all(sess, reader, ["a.txt", "b.txt"]) == [
        (b"a.txt", b"h\na\nb\r\n\nlast", 1, 1),
        (b"b.txt", b"", 2, 2),
    ]
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    state = sess.run(reader.serialize_state())
    assert state == b"\x08\x02\x10\x02\x18\x02"
    sess.run(reader.reset())
    assert sess.run(counts) == [0, 0]
    sess.run(reader.restore_state(state))
    assert sess.run(counts) == [2, 2]
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(reader.restore_state(b"\xff\xff"))
    assert str(caught.value).splitlines()[0] == (
        "Could not parse state for WholeFileReader 'WholeFileReaderV2': \\377\\377"
    )


def test_work_itself(sess):
    assert read_all(sess, tf.IdentityReader(), ["a", "b"], up_to=2) == [
        ([b"a"], [b"a"], 1, 1),
        ([b"b"], [b"b"], 2, 2),
    ]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "starts"),
    [
        ({}, [0, 4, 8, 12, 16]),
        ({"header_bytes": 2}, [2, 6, 10, 14, 18]),
        ({"header_bytes": 2, "footer_bytes": 3}, [2, 6, 10, 14]),
        ({"header_bytes": 2, "footer_bytes": 3, "hop_bytes": 5}, [2, 7, 12]),
        ({"header_bytes": 2, "footer_bytes": 3, "hop_bytes": 2}, [2, 4, 6, 8, 10, 12, 14, 16]),
    ],
)
@pytest.mark.parametrize(("name", "encoding"), [("f.bin", None), ("f.z", "ZLIB")])
def test_records_of_fixed_length(sess, arguments, starts, name, encoding):
    reader = tf.FixedLengthRecordReader(4, encoding=encoding, **arguments)
    assert [(key, value) for key, value, *_ in read_all(sess, reader, [name])] == [
        (f"{name}:{i}".encode(), bytes(range(start, start + 4))) for i, start in enumerate(starts)
    ]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("name", "options"), [("r", None), ("r.gz", "GZIP")])
def test_tfrecords(sess, name, options):
    key = name.encode()
    records = [(b":0", b"one"), (b":19", b"two"), (b":38", b"three")]
    expected = [(key + at, value, i + 1, i // 3) for i, (at, value) in enumerate(2 * records)]
    assert read_all(sess, tf.TFRecordReader(options=options), [name, name]) == expected
    assert read_all(sess, tf.TFRecordReader(options=options), [name], up_to=2) == [
        ([key + b":0", key + b":19"], [b"one", b"two"], 2, 0),
        ([key + b":38"], [b"three"], 3, 1),
    ]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("make", "name", "kind", "line"),
    [
        (tf.TextLineReader, "none", tf.errors.NotFoundError, "none; No such file or directory"),
        (tf.WholeFileReader, "none", tf.errors.NotFoundError, "none; No such file or directory"),
        (tf.TFRecordReader, "r.gz", tf.errors.DataLossError, "corrupted record at 0"),
    ],
)
def test_files_that_cannot_be_read_are_passed_over(sess, make, name, kind, line):
    reader = make()
    key = reader.read(closed_queue(sess, [name, "b.txt" if name == "none" else "r"])).key
    with pytest.raises(kind) as caught:
        sess.run(key)
    assert str(caught.value).splitlines()[0] == line
    if make is not tf.TextLineReader:
        assert sess.run(key).startswith((b"b.txt", b"r:0"))


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: tf.TextLineReader(-1), "skip_header_lines must be >= 0 not -1"),
        (lambda: tf.FixedLengthRecordReader(4, -1), "header_bytes must be >= 0 not -1"),
        (lambda: tf.FixedLengthRecordReader(4, 1, -1), "footer_bytes must be >= 0 not -1"),
        (lambda: tf.FixedLengthRecordReader(4, 1, 1, -1), "hop_bytes must be >= 0 not -1"),
    ],
)
def test_attributes_that_make_no_sense(sess, make, line):
    with pytest.raises(tf.errors.InvalidArgumentError, match=line):
        sess.run(make().num_records_produced())


def test_a_place_in_a_file_is_no_state(sess):
    reader = tf.TextLineReader()
    assert not reader.supports_serialize
    assert tf.WholeFileReader().supports_serialize
    with pytest.raises(tf.errors.UnimplementedError, match="Reader SerializeState"):
        sess.run(reader.serialize_state())
    with pytest.raises(tf.errors.UnimplementedError, match="Reader RestoreState"):
        sess.run(reader.restore_state(b""))


def test_no_records_are_read_of_an_empty_queue(sess):
    queue = tf.FIFOQueue(9, [tf.string], [[]])
    keys, _ = sess.run(tf.TFRecordReader().read_up_to(queue, 0))
    assert keys.shape == (0,)


def test_lmdb_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="LMDBReader"):
        tf.LMDBReader()
