"""The names that `tf.gfile` gave the functions of `tf.io.gfile`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowgraph.compat import files
from flowgraph.compat.files import FileStatistics, Path


def Copy(oldpath: Path, newpath: Path, overwrite: bool = False) -> None:
    """See `tf.io.gfile.copy`."""
    files.copy(oldpath, newpath, overwrite)


def DeleteRecursively(dirname: Path) -> None:
    """See `tf.io.gfile.rmtree`."""
    files.rmtree(dirname)


def Exists(filename: Path) -> bool:
    """See `tf.io.gfile.exists`."""
    return files.exists(filename)


def Glob(filename: Path | Iterable[Path]) -> list[str]:
    """See `tf.io.gfile.glob`."""
    return files.glob(filename)


def IsDirectory(dirname: Path) -> bool:
    """See `tf.io.gfile.isdir`."""
    return files.isdir(dirname)


def ListDirectory(dirname: Path) -> list[str]:
    """See `tf.io.gfile.listdir`."""
    return files.listdir(dirname)


def MakeDirs(dirname: Path) -> None:
    """See `tf.io.gfile.makedirs`."""
    files.makedirs(dirname)


def MkDir(dirname: Path) -> None:
    """See `tf.io.gfile.mkdir`."""
    files.mkdir(dirname)


def Remove(filename: Path) -> None:
    """See `tf.io.gfile.remove`."""
    files.remove(filename)


def Rename(oldname: Path, newname: Path, overwrite: bool = False) -> None:
    """See `tf.io.gfile.rename`."""
    files.rename(oldname, newname, overwrite)


def Stat(filename: Path) -> FileStatistics:
    """See `tf.io.gfile.stat`."""
    return files.stat(filename)


def Walk(top: Path, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """See `tf.io.gfile.walk`."""
    return files.walk(top, in_order)
