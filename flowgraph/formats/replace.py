"""Files that are replaced as a whole, so that a kill at any instant leaves the old or the new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


@contextmanager
def replacing(path: str) -> Iterator[Any]:
    """Give a binary file beside `path` that takes its place when the block ends.

    It is on the disk before it does. An error in the block leaves `path` as it was.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    beside = f"{path}.tempstate{int.from_bytes(os.urandom(8))}"
    try:
        with open(beside, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    sync_directory(path)


def write(path: str, content: bytes) -> None:
    """Write a file as a whole; see `replacing`."""
    with replacing(path) as file:
        file.write(content)


def sync_directory(path: str) -> None:
    """Bring the names in the directory of `path` to the disk."""
    if os.name == "nt":  # a directory cannot be opened there
        return
    directory = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
