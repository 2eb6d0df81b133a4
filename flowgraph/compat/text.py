"""Bytes and text, either of which TensorFlow 1.x took nearly everywhere."""

from __future__ import annotations

import numbers
import os
from typing import Any

import numpy as np

bytes_or_text_types = (bytes, str)
integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)


def as_bytes(bytes_or_text: bytes | str, encoding: str = "utf-8") -> bytes:
    r"""Return text encoded, and bytes as they are.

    Parameters
    ----------
    bytes_or_text : bytes or str
        What to convert.
    encoding : str
        How to encode text.

    Raises
    ------
    TypeError
        If it is neither.

    Examples
    --------
    >>> tf.compat.as_bytes("é"), tf.compat.as_bytes(b"e")
    (b'\xc3\xa9', b'e')
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: bytes | str, encoding: str = "utf-8") -> str:
    r"""Return bytes decoded, and text as it is.

    Parameters
    ----------
    bytes_or_text : bytes or str
        What to convert.
    encoding : str
        How to decode bytes.

    Raises
    ------
    TypeError
        If it is neither.

    Examples
    --------
    >>> tf.compat.as_text(b"\xc3\xa9"), tf.compat.as_text("e")
    ('é', 'e')
    """
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value: Any) -> str:
    """Return bytes decoded, and ``str(value)`` for anything else.

    Parameters
    ----------
    value : object
        What to convert.

    Examples
    --------
    >>> tf.compat.as_str_any(b"a"), tf.compat.as_str_any(3)
    ('a', '3')
    """
    return as_str(value) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """Return a ``pathlib`` path as text, and anything else as it is.

    Parameters
    ----------
    path : object
        What to convert.

    Examples
    --------
    >>> import pathlib
    >>> tf.compat.path_to_str(pathlib.PurePosixPath("logs")), tf.compat.path_to_str("logs")
    ('logs', 'logs')
    """
    return os.fspath(path) if hasattr(path, "__fspath__") else path
