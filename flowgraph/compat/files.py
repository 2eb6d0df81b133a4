"""`tf.gfile` and `tf.io.gfile`: files on the local disk, with TensorFlow's errors.

Names that begin with a scheme, such as ``gs://``, are refused: no other file system is there.
A path may be text, bytes or a ``pathlib`` path.
"""

from __future__ import annotations

import contextlib
import errno
import glob as globbing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from flowgraph import errors
from flowgraph.compat.text import as_text, path_to_str
from flowgraph.ops.file import from_here

Path = str | bytes | os.PathLike[str]

_ERRORS: dict[int | None, Callable[[None, None, str], errors.OpError]] = {
    errno.ENOENT: errors.NotFoundError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.ENOTEMPTY: errors.FailedPreconditionError,
    errno.EINVAL: errors.InvalidArgumentError,
    errno.ENOSPC: errors.ResourceExhaustedError,
}


class FileStatistics(NamedTuple):
    """What is known of a file.

    Attributes
    ----------
    length : int
        Its size in bytes.
    mtime_nsec : int
        When it was last written, in nanoseconds since 1970.
    is_directory : bool
        Whether it is a directory.
    """

    length: int
    mtime_nsec: int
    is_directory: bool


def local_path(path: Path) -> str:
    """Return a path as text.

    Parameters
    ----------
    path : str, bytes or path
        A path on the local disk; ``file://`` before it is dropped.

    Raises
    ------
    TypeError
        If it is no path.
    UnimplementedError
        If it names another file system.
    """
    text = as_text(path_to_str(path)).removeprefix("file://")
    scheme, separator, _ = text.partition("://")
    if separator:
        message = f"File system scheme '{scheme}' not implemented (file: '{text}')"
        raise errors.UnimplementedError(None, None, message)
    return text


@contextlib.contextmanager
def translated(path: str) -> Iterator[None]:
    """Turn an OSError into the one of `tf.errors` that says the same of `path`."""
    try:
        yield
    except OSError as error:
        translate = _ERRORS.get(error.errno, _unknown)
        raise translate(None, None, f"{path}; {error.strerror or error}") from error


def _unknown(node_def: None, op: None, message: str) -> errors.OpError:
    return errors.UnknownError(node_def, op, message)


def exists(path: Path) -> bool:
    """Whether there is such a file or directory.

    Parameters
    ----------
    path : str
        Which.

    Examples
    --------
    >>> tf.io.gfile.exists("/no/such/file")
    False
    """
    return os.path.exists(local_path(path))


def isdir(path: Path) -> bool:
    """Whether a path is a directory's.

    Parameters
    ----------
    path : str
        Which.
    """
    return os.path.isdir(local_path(path))


def stat(path: Path) -> FileStatistics:
    """Return size and time of a file.

    Parameters
    ----------
    path : str
        Which.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    name = local_path(path)
    with translated(name):
        found = os.stat(name)
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(name))


def mkdir(path: Path) -> None:
    """Make a directory in one that exists. One that is there already is left as it is.

    Parameters
    ----------
    path : str
        Which.

    Raises
    ------
    NotFoundError
        If the directory around it is missing.
    """
    name = local_path(path)
    with translated(name), contextlib.suppress(FileExistsError):
        os.mkdir(name)


def makedirs(path: Path) -> None:
    """Make a directory and those around it, as far as they are missing.

    Parameters
    ----------
    path : str
        Which.

    Raises
    ------
    PermissionDeniedError
        If that is not allowed.
    """
    name = local_path(path)
    with translated(name), contextlib.suppress(FileExistsError):
        os.makedirs(name, exist_ok=True)


def listdir(path: Path) -> list[str]:
    """Return the names in a directory, sorted, without ``.`` and ``..``.

    Parameters
    ----------
    path : str
        The directory.

    Raises
    ------
    NotFoundError
        If there is no such directory.

    Notes
    -----
    TensorFlow gives them in no particular order.
    """
    name = local_path(path)
    if not os.path.isdir(name):
        raise errors.NotFoundError(None, None, f"Could not find directory {name}")
    with translated(name):
        return sorted(os.listdir(name))


def glob(pattern: Path | Iterable[Path]) -> list[str]:
    """Return the paths that match a pattern, or any of several, sorted for each.

    Parameters
    ----------
    pattern : str, or several
        ``*``, ``?`` and ``[a-z]`` stand for parts of one name.

    Examples
    --------
    >>> tf.io.gfile.glob("/no/such/*")
    []
    """
    several = [pattern] if isinstance(pattern, str | bytes | os.PathLike) else pattern
    found = (
        sorted(globbing.glob(from_here(local_path(one)), include_hidden=True)) for one in several
    )
    return [path for paths in found for path in paths]


def walk(
    top: Path, topdown: bool = True, onerror: Callable[[errors.OpError], Any] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Go through a directory and all below it.

    Parameters
    ----------
    top : str
        Where to begin.
    topdown : bool
        Whether a directory comes before those in it.
    onerror : callable, optional
        Is given the error where a directory cannot be listed. Such a directory is passed over.

    Yields
    ------
    tuple
        The directory's path, the names of the directories in it, and those of the files.
    """
    name = local_path(top)
    try:
        names = listdir(name)
    except errors.OpError as error:
        if onerror is not None:
            onerror(error)
        return
    folders = [entry for entry in names if os.path.isdir(os.path.join(name, entry))]
    here = name, folders, [entry for entry in names if entry not in folders]
    if topdown:
        yield here
    for folder in folders:
        yield from walk(os.path.join(name, folder), topdown, onerror)
    if not topdown:
        yield here


def copy(src: Path, dst: Path, overwrite: bool = False) -> None:
    """Copy a file.

    Parameters
    ----------
    src, dst : str
        From where to where.
    overwrite : bool
        Whether `dst` may be there already.

    Raises
    ------
    NotFoundError
        If there is no `src`.
    AlreadyExistsError
        If there is a `dst` and `overwrite` is false.
    """
    source, target = local_path(src), _target(dst, overwrite)
    with translated(source):
        shutil.copyfile(source, target)


def rename(src: Path, dst: Path, overwrite: bool = False) -> None:
    """Move a file or directory.

    Parameters
    ----------
    src, dst : str
        From where to where, on one disk.
    overwrite : bool
        Whether `dst` may be there already.

    Raises
    ------
    NotFoundError
        If there is no `src`.
    AlreadyExistsError
        If there is a `dst` and `overwrite` is false.
    """
    source, target = local_path(src), _target(dst, overwrite)
    with translated(source):
        os.replace(source, target)


def _target(path: Path, overwrite: bool) -> str:
    target = local_path(path)
    if not overwrite and os.path.exists(target):
        raise errors.AlreadyExistsError(None, None, "file already exists")
    return target


def remove(path: Path) -> None:
    """Remove a file.

    Parameters
    ----------
    path : str
        Which.

    Raises
    ------
    NotFoundError
        If there is none.
    FailedPreconditionError
        If it is a directory.
    """
    name = local_path(path)
    with translated(name):
        os.remove(name)


def rmtree(path: Path) -> None:
    """Remove a directory and all in it.

    Parameters
    ----------
    path : str
        Which.

    Raises
    ------
    NotFoundError
        If there is none.
    FailedPreconditionError
        If it is a file.
    """
    name = local_path(path)
    if not os.path.lexists(name):
        raise errors.NotFoundError(None, None, f"{name} not found")
    with translated(name):
        shutil.rmtree(name)
