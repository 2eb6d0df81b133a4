"""Whole files as strings: ReadFile, WriteFile, MatchingFiles."""

import os

import numpy as np
import pytest

import flowgraph as tf


def run(*fetches):
    with tf.Session() as session:
        return session.run(fetches if len(fetches) > 1 else fetches[0])


def test_a_file_is_written_with_its_directories_and_read(tmp_path):
    path = str(tmp_path / "a" / "b.bin")
    assert run(tf.write_file(path, b"\xff\0\n")) is None
    contents = tf.read_file(path)
    assert contents.shape == () and contents.name == "ReadFile:0"
    assert run(contents) == b"\xff\0\n"


def test_a_file_is_read_anew_at_each_run(tmp_path):
    path = tmp_path / "a.txt"
    contents = tf.read_file(str(path))
    with tf.Session() as session:
        for text in ("one", "two"):
            path.write_text(text)
            assert session.run(contents) == text.encode()


def test_what_the_system_refuses_is_said_in_its_words(tmp_path):
    (tmp_path / "a.txt").write_text("")
    cases = [
        (tf.read_file(str(tmp_path / "no.txt")), tf.errors.NotFoundError, "No such file"),
        (tf.read_file(str(tmp_path)), tf.errors.FailedPreconditionError, "Is a directory"),
        (
            tf.write_file(str(tmp_path / "a.txt" / "b"), ""),
            tf.errors.FailedPreconditionError,
            "a.txt/b; Not a directory",
        ),
        (tf.matching_files(str(tmp_path / "no" / "*")), tf.errors.NotFoundError, "no; No such"),
    ]
    for fetch, error, text in cases:
        with pytest.raises(error, match=text):
            run(fetch)


def test_names_match_a_pattern_sorted(tmp_path):
    for name in ("b.txt", "a.txt", ".c.txt", "d.log", "[e]"):
        (tmp_path / name).write_text("")
    (tmp_path / "sub").mkdir()

    def matching(*patterns):
        found = tf.matching_files([str(tmp_path / pattern) for pattern in patterns])
        assert found.shape.as_list() == [None]
        return [os.path.basename(name).decode() for name in run(found)]

    assert matching("*.txt") == [".c.txt", "a.txt", "b.txt"]
    assert matching("?.txt", "*.log") == ["a.txt", "b.txt", "d.log"]
    assert matching("[b-d].*") == ["b.txt", "d.log"]
    assert matching("a.txt", "no.txt") == ["a.txt"]
    assert matching("s*") == ["sub"]


def test_shapes_are_checked_when_built():
    for build in (tf.read_file, lambda names: tf.write_file(names, "")):
        with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
            build(["a"])
    with pytest.raises(ValueError, match="Shape must be at most rank 1 but is rank 2"):
        tf.matching_files([["a"]])


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, np.bool_, np.complex64])
@pytest.mark.parametrize("shape", [(), (2, 1), (0, 3)])
def test_a_tensor_comes_back_from_its_message(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    text = tf.io.serialize_tensor(array)
    back = tf.io.parse_tensor(text, tf.as_dtype(dtype))
    assert text.shape == () and back.shape.ndims is None
    value = run(back)
    assert value.dtype == dtype and value.shape == shape
    np.testing.assert_array_equal(value, array)


def test_names_in_the_current_directory(tmp_path, monkeypatch):
    """As TensorFlow 1.15.5 gives them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("a.txt", "b.txt", "sub/c.txt"):
        (tmp_path / name).touch()
    expected = {
        "*.txt": ["./a.txt", "./b.txt"],
        "./*.txt": ["./a.txt", "./b.txt"],
        "sub/*": ["sub/c.txt"],
        "*/*": ["./sub/c.txt"],
        "a.txt": ["./a.txt"],
        "nothing*": [],
    }
    with tf.Session() as session:
        for pattern, names in expected.items():
            found = session.run(tf.matching_files(pattern))
            assert [name.decode() for name in found] == tf.gfile.Glob(pattern) == names
