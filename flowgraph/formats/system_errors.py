"""The operating system's errors as `flowgraph.errors`."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from flowgraph import errors

_CLASSES: dict[int, type[errors.OpError]] = {
    errno.ENOENT: errors.NotFoundError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EROFS: errors.PermissionDeniedError,
    errno.ENOSPC: errors.ResourceExhaustedError,
    errno.EDQUOT: errors.ResourceExhaustedError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTDIR: errors.FailedPreconditionError,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise an `OpError` for each ``OSError`` of the block, in TensorFlow's words.

    Raises
    ------
    tf.errors.OpError
        Of the class that fits the error's number; UnknownError for others.
    """
    try:
        yield
    except OSError as error:
        kind = _CLASSES.get(error.errno or 0, errors.UnknownError)
        message = f"{error.filename}; {error.strerror}"
        raise kind(None, None, message) from error  # type: ignore[call-arg]
