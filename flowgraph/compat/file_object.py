"""`tf.gfile.GFile`: a file that opens when it is first read or written."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any, Self

from flowgraph import errors
from flowgraph.compat.files import Path, local_path, translated
from flowgraph.compat.text import as_bytes

_MODES = ("r", "w", "a", "r+", "w+", "a+")


class GFile:
    r"""A file on the local disk.

    It is text, in UTF-8, unless `mode` has a ``b``. Either kind takes both bytes and text to
    write. It is a context manager, and an iterator over its lines.

    Parameters
    ----------
    name : str
        The path.
    mode : str
        ``r``, ``w``, ``a``, ``r+``, ``w+`` or ``a+``, with or without ``b``.

    Raises
    ------
    InvalidArgumentError
        For another mode.

    Notes
    -----
    What is wrong with the file shows when it is first used, as in TensorFlow: NotFoundError,
    PermissionDeniedError and the like. So does a file that is only made when it is written to.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "notes")
    ...     with tf.gfile.GFile(path, "w") as file:
    ...         file.write("one\ntwo\n")
    ...     list(tf.gfile.GFile(path)), tf.gfile.GFile(path, "rb").read(3)
    (['one\n', 'two\n'], b'one')
    """

    def __init__(self, name: Path, mode: str = "r") -> None:
        plain = mode.replace("b", "")
        if plain not in _MODES:
            allowed = " or ".join(map(repr, _MODES))
            raise errors.InvalidArgumentError(None, None, f"mode is not {allowed}")
        self._name, self._mode, self._plain = name, mode, plain
        self._binary = "b" in mode
        self._file: Any = None

    @property
    def name(self) -> Path:
        """The path, as it was given."""
        return self._name

    @property
    def mode(self) -> str:
        """The mode, as it was given."""
        return self._mode

    def _opened(self) -> Any:
        if self._file is None:
            path = local_path(self._name)
            with translated(path):
                self._file = open(path, self._plain + "b")  # noqa: SIM115
        return self._file

    def _readable(self) -> Any:
        if self._plain in ("w", "a"):
            raise errors.PermissionDeniedError(None, None, "File isn't open for reading")
        return self._opened()

    def _decoded(self, data: bytes) -> Any:
        return data if self._binary else data.decode()

    def size(self) -> int:
        """Return the size in bytes."""
        self.flush()
        path = local_path(self._name)
        with translated(path):
            return os.stat(path).st_size

    def read(self, n: int = -1) -> Any:
        """Return the next `n` bytes, or all that are left for -1, as text or bytes."""
        return self._decoded(self._readable().read(n))

    def readline(self) -> Any:
        r"""Return the next line with its ``\n``, or nothing at the end."""
        return self._decoded(self._readable().readline())

    def readlines(self) -> list[Any]:
        """Return the lines that are left."""
        return list(self)

    def write(self, file_content: bytes | str) -> None:
        """Write bytes, or text in UTF-8."""
        if self._plain == "r":
            raise errors.PermissionDeniedError(None, None, "File isn't open for writing")
        self._opened().write(as_bytes(file_content))

    def tell(self) -> int:
        """Return the position, in bytes from the beginning."""
        return int(self._opened().tell())

    def seek(
        self, offset: int | None = None, whence: int = io.SEEK_SET, position: int | None = None
    ) -> None:
        """Go to a byte.

        Parameters
        ----------
        offset : int
            How far.
        whence : int
            From the beginning (0), from here (1), or from the end (2).
        position : int, optional
            An older name of `offset`.

        Raises
        ------
        InvalidArgumentError
            If that is before the beginning, or `whence` is another.
        """
        offset = offset if position is None else position
        if offset is None:
            raise TypeError("seek(): offset argument required")
        if whence not in (0, 1, 2):
            message = f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2."
            raise errors.InvalidArgumentError(None, None, message)
        file = self._readable()
        start = (0, self.tell(), self.size())[whence]
        if start + offset < 0:
            message = f"Seeking to a negative position: {start + offset}"
            raise errors.InvalidArgumentError(None, None, message)
        file.seek(start + offset)

    def seekable(self) -> bool:
        """Whether `seek` works: it does."""
        return True

    def flush(self) -> None:
        """Hand over to the system what was written."""
        if self._file is not None:
            with translated(local_path(self._name)):
                self._file.flush()

    def close(self) -> None:
        """Flush, and close the file. Another use opens it again."""
        if self._file is not None:
            with translated(local_path(self._name)):
                self._file.close()
            self._file = None

    def next(self) -> Any:
        """Return the next line; StopIteration at the end."""
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    __next__ = next

    def __iter__(self) -> Iterator[Any]:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # A file left open warns when it is collected, and scripts of TensorFlow's leave them so.
        if getattr(self, "_file", None) is not None:
            self.close()
