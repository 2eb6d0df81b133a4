"""TFRecord files as programs write and read them; texts are TensorFlow 1.15.5's."""

import pytest

import flowgraph as tf

RECORDS = [b"one", b"", b"three" * 1000]
Kind = tf.python_io.TFRecordCompressionType
Options = tf.python_io.TFRecordOptions


@pytest.mark.parametrize(
    "options",
    [
        None,
        "",
        "GZIP",
        "ZLIB",
        Kind.NONE,
        Kind.GZIP,
        Kind.ZLIB,
        Options(Kind.GZIP, flush_mode=2, compression_level=9, window_bits=12, mem_level=8),
        Options("ZLIB", input_buffer_size=10, output_buffer_size=10, compression_strategy=1),
    ],
)
def test_what_is_written_is_read(tmp_path, options):
    path = tmp_path / "records"
    with tf.python_io.TFRecordWriter(str(path), options=options) as writer:
        for record in RECORDS:
            writer.write(record)
    assert list(tf.python_io.tf_record_iterator(str(path), options=options)) == RECORDS
    assert path.read_bytes()[:2] == {"GZIP": b"\x1f\x8b"}.get(
        Options.get_compression_type_string(options), path.read_bytes()[:2]
    )


@pytest.mark.parametrize("options", [None, "GZIP"])
def test_what_is_flushed_can_be_read_before_the_end(tmp_path, options):
    path = str(tmp_path / "records")
    writer = tf.python_io.TFRecordWriter(path, options)
    writer.write(b"first")
    writer.flush()
    assert next(iter(tf.python_io.tf_record_iterator(path, options))) == b"first"
    writer.close()


def test_a_closed_writer(tmp_path):
    writer = tf.python_io.TFRecordWriter(str(tmp_path / "records"))
    writer.close()
    writer.close()
    text = "Writer not initialized or previously closed"
    with pytest.raises(tf.errors.FailedPreconditionError, match=text):
        writer.write(b"x")
    with pytest.raises(tf.errors.FailedPreconditionError, match=text):
        writer.flush()


@pytest.mark.parametrize(
    ("record", "name"), [("text", "str"), (5, "int"), (bytearray(), "bytearray")]
)
def test_records_are_bytes(tmp_path, record, name):
    with (
        tf.python_io.TFRecordWriter(str(tmp_path / "records")) as writer,
        pytest.raises(TypeError, match=f"expected bytes, {name} found"),
    ):
        writer.write(record)


@pytest.mark.parametrize("kind", ["foo", 7, 3.5])
def test_there_is_no_such_compression(tmp_path, kind):
    text = f'Not a valid compression_type: "{kind}"'
    with pytest.raises(ValueError, match=text):
        tf.python_io.TFRecordWriter(str(tmp_path / "records"), kind)
    with pytest.raises(ValueError, match=text):
        Options(kind)
    with pytest.raises(ValueError, match=text):
        tf.python_io.tf_record_iterator("records", kind)


def test_zlib_has_one_method():
    assert Options("ZLIB", compression_method=8).compression_method == 8
    with pytest.raises(ValueError, match="compression_method must be 8"):
        Options("ZLIB", compression_method=9)


def test_names_of_compressions():
    assert Options.compression_type_map == {1: "ZLIB", 2: "GZIP", 0: ""}
    given = [None, Options(), Options(Kind.GZIP), Kind.ZLIB, "GZIP"]
    assert [Options.get_compression_type_string(g) for g in given] == [
        "",
        "",
        "GZIP",
        "ZLIB",
        "GZIP",
    ]


def test_files_that_cannot_be_opened(tmp_path):
    missing = str(tmp_path / "none" / "records")
    text = f"{missing}; No such file or directory"
    with pytest.raises(tf.errors.NotFoundError, match=text):
        tf.python_io.TFRecordWriter(missing)
    with pytest.raises(tf.errors.NotFoundError, match=text):
        next(tf.python_io.tf_record_iterator(missing))
