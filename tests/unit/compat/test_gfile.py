"""Files under TensorFlow's names, with its errors; recorded from TensorFlow 1.15."""

import os

import pytest

import flowgraph as tf
from flowgraph.compat import file_io

errors = tf.errors


@pytest.fixture
def path(tmp_path):
    (tmp_path / "text").write_text("a\nbb\nccc")
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "one").write_text("1")
    return lambda *names: os.path.join(str(tmp_path), *names)


def test_reading(path):
    file = tf.gfile.GFile(path("text"))
    assert (file.readline(), file.tell(), file.read(), file.read()) == ("a\n", 2, "bb\nccc", "")
    file.seek(0)
    assert list(file) == ["a\n", "bb\n", "ccc"]
    file.seek(-2, 2)
    assert file.read() == "cc"
    file.seek(position=1)
    file.seek(1, 1)
    assert file.next() == "bb\n" and file.readlines() == ["ccc"]
    assert (file.size(), file.name, file.mode, file.seekable()) == (8, path("text"), "r", True)
    assert tf.gfile.FastGFile(path("text"), "rb").read(3) == b"a\nb"
    file.close()
    assert file.read(1) == "a"
    file.close()


def test_writing(path):
    with tf.gfile.Open(path("new"), "w") as file:
        file.write("é")
        file.write(b"x")
        assert (file.tell(), file.size()) == (3, 3)
    with tf.gfile.Open(path("new"), "ab") as file:
        file.write("!")
    assert tf.gfile.GFile(path("new"), "r").read() == "éx!"
    with tf.gfile.GFile(path("new"), "r+") as file:
        file.seek(2)
        file.write("y")
    assert tf.gfile.GFile(path("new"), "rb").read() == "éy!".encode()
    tf.gfile.GFile(path("untouched"), "w").close()
    assert not tf.gfile.Exists(path("untouched"))


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda p: tf.gfile.GFile(p("no")).read(), errors.NotFoundError, "{}/no; No such file or"),
        (lambda p: tf.gfile.GFile(p()).read(), errors.FailedPreconditionError, "{}; Is a direct"),
        (
            lambda p: tf.gfile.GFile(p("no", "x"), "w").write("a"),
            errors.NotFoundError,
            "{}/no/x; No such file or directory",
        ),
        (
            lambda p: tf.gfile.GFile(p("text"), "w").read(),
            errors.PermissionDeniedError,
            "File isn't open for reading",
        ),
        (
            lambda p: tf.gfile.GFile(p("text")).write("a"),
            errors.PermissionDeniedError,
            "File isn't open for writing",
        ),
        (
            lambda p: tf.gfile.GFile(p("text"), "x"),
            errors.InvalidArgumentError,
            "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'",
        ),
        (
            lambda p: tf.gfile.GFile(p("text")).seek(-1),
            errors.InvalidArgumentError,
            "Seeking to a negative position: -1",
        ),
        (
            lambda p: tf.gfile.GFile(p("text")).seek(0, 9),
            errors.InvalidArgumentError,
            "Invalid whence argument: 9. Valid values are 0, 1, or 2.",
        ),
        (lambda p: tf.gfile.GFile(p("text")).seek(), TypeError, "seek(): offset argument required"),
        (
            lambda p: tf.gfile.GFile(p("w"), "w").write(3),
            TypeError,
            "Expected binary or unicode string, got 3",
        ),
        (lambda p: tf.gfile.MkDir(p("no", "x")), errors.NotFoundError, "{}/no/x; No such file or"),
        (
            lambda p: tf.gfile.ListDirectory(p("no")),
            errors.NotFoundError,
            "Could not find directory {}/no",
        ),
        (lambda p: tf.gfile.Stat(p("no")), errors.NotFoundError, "{}/no; No such file or"),
        (
            lambda p: tf.gfile.Copy(p("text"), p("folder", "one")),
            errors.AlreadyExistsError,
            "file already exists",
        ),
        (lambda p: tf.gfile.Copy(p("no"), p("x")), errors.NotFoundError, "{}/no; No such file or"),
        (
            lambda p: tf.gfile.Rename(p("text"), p("folder", "one")),
            errors.AlreadyExistsError,
            "file already exists",
        ),
        (lambda p: tf.gfile.Remove(p("no")), errors.NotFoundError, "{}/no; No such file or"),
        (
            lambda p: tf.gfile.Remove(p("folder")),
            errors.FailedPreconditionError,
            "{}/folder; Is a directory",
        ),
        (lambda p: tf.gfile.DeleteRecursively(p("no")), errors.NotFoundError, "{}/no not found"),
        (
            lambda p: tf.gfile.DeleteRecursively(p("text")),
            errors.FailedPreconditionError,
            "{}/text; Not a directory",
        ),
        (
            lambda p: tf.gfile.Exists("gs://bucket/x"),
            errors.UnimplementedError,
            "File system scheme 'gs' not implemented (file: 'gs://bucket/x')",
        ),
    ],
)
def test_mistakes(path, call, error, said):
    with pytest.raises(error) as caught:
        call(path)
    assert str(caught.value).startswith(said.format(path()))


def test_directories(path):
    tf.gfile.MkDir(path("folder"))
    tf.gfile.MakeDirs(path("text"))
    tf.gfile.MakeDirs(path("deep", "er"))
    assert tf.gfile.IsDirectory(path("deep", "er")) and not tf.gfile.IsDirectory(path("text"))
    assert tf.gfile.ListDirectory(path()) == ["deep", "folder", "text"]
    assert tf.gfile.ListDirectory(path().encode()) == ["deep", "folder", "text"]
    assert tf.gfile.Glob(path("*e*")) == [path("deep"), path("folder"), path("text")]
    assert tf.gfile.Glob([path("t*"), path("no*"), path("d*")]) == [path("text"), path("deep")]
    tf.gfile.DeleteRecursively(path("deep"))
    assert not tf.gfile.Exists(path("deep"))


def test_walk(path):
    outer, inner = (path("folder"), ["inner"], ["one"]), (path("folder", "inner"), [], [])
    assert list(tf.gfile.Walk(path("folder"))) == [outer, inner]
    assert list(tf.gfile.Walk(path("folder"), in_order=False)) == [inner, outer]
    seen = []
    assert list(tf.io.gfile.walk(path("no"), onerror=seen.append)) == []
    assert [type(error) for error in seen] == [errors.NotFoundError]


def test_files(path):
    tf.gfile.Copy(path("text"), path("copy"))
    tf.gfile.Copy(path("folder", "one"), path("copy"), overwrite=True)
    assert tf.gfile.GFile(path("copy")).read() == "1"
    tf.gfile.Rename(path("copy"), path("text"), overwrite=True)
    assert not tf.gfile.Exists(path("copy"))
    found = tf.gfile.Stat(path("text"))
    assert (found.length, found.is_directory) == (1, False)
    assert found.mtime_nsec == os.stat(path("text")).st_mtime_ns
    assert tf.gfile.Stat(path("folder")).is_directory
    tf.gfile.Remove(path("text"))
    assert not tf.gfile.Exists(path("text"))


def test_the_older_module_has_the_same_functions(path):
    file_io.write_string_to_file(path("new"), "é")
    assert file_io.read_file_to_string(path("new"), binary_mode=True) == "é".encode()
    assert file_io.file_exists is tf.io.gfile.exists and file_io.FileIO is tf.gfile.GFile
