"""Large files that go to the disk while they are being written."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

WINDOW = 32 << 20
"""Bytes that are written before the disk is told to begin with them."""


class WriteBehind:
    """A new binary file, which is on the disk when its ``with`` block ends without an error.

    The system would begin to write only then, or when memory runs short. Here the disk works
    while the next bytes are made.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._file = open(path, "wb")  # noqa: SIM115 - closed by __exit__
        self._written = 0
        self._begun = 0

    def __enter__(self) -> WriteBehind:
        return self

    def __exit__(self, kind: Any, *unused: Any) -> None:
        with self._file:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())

    def reserve(self, size: int) -> None:
        """Find room on the disk for the next `size` bytes at once, if there are many."""
        if size < WINDOW or not hasattr(os, "posix_fallocate"):
            return
        # A file system may not be able to. Where the disk is full, writing will say so.
        with suppress(OSError):
            os.posix_fallocate(self._file.fileno(), self._written, size)

    def write(self, piece: Any) -> None:
        """Append bytes, or an array of them."""
        self._file.write(piece)
        self._written += len(piece)
        size = self._written - self._begun
        if size >= WINDOW and hasattr(os, "posix_fadvise"):
            # What is not needed in memory any more is written, and nobody waits for it.
            os.posix_fadvise(self._file.fileno(), self._begun, size, os.POSIX_FADV_DONTNEED)
            self._begun = self._written
