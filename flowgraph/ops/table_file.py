"""The entries of lookup tables as lines of text files."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.errors import OutOfRangeError
from flowgraph.formats.system_errors import translated
from flowgraph.ops.checks import invalid, runtime_name

WHOLE_LINE = -2
LINE_NUMBER = -1

_INTEGER = re.compile(rb"\s*-?[0-9]+\s*")


def read_entries(
    path: str,
    columns: tuple[int, int],
    kinds: tuple[DType, DType],
    count: int = -1,
    delimiter: str = "\t",
) -> tuple[Array, Array]:
    """Return the keys and values in a text file.

    Parameters
    ----------
    path : str
    columns : (int, int)
        Where in a line the key is, and the value: a column, `WHOLE_LINE` or `LINE_NUMBER`.
    kinds : (DType, DType)
        The dtypes of keys and values.
    count : int
        How many lines to read; all if negative.
    delimiter : str
        What stands between columns, one character.

    Raises
    ------
    OpError
        In TensorFlow's words, for what cannot be read.
    """
    if len(delimiter) != 1:
        raise invalid("delimiter should be only 1 char")
    lines = _lines(path, count)
    parts: list[Array] = []
    for column, kind in zip(columns, kinds, strict=True):
        if column == LINE_NUMBER:
            parts.append(np.arange(len(lines), dtype=kind.numpy))
            continue
        part = np.empty(len(lines), dtype=kind.numpy)
        for number, line in enumerate(lines):
            field = (
                line
                if column == WHOLE_LINE
                else _field(path, number, line, columns, column, delimiter)
            )
            part[number] = _value(field, number, kind)
        parts.append(part)
    return parts[0], parts[1]


def _lines(path: str, count: int) -> list[bytes]:
    with translated(), open(path, "rb") as file:
        text = file.read()
    if not text:
        raise OutOfRangeError(None, None, "Read less bytes than requested")
    lines = text.removesuffix(b"\n").split(b"\n")
    if count >= 0:
        if len(lines) < count:
            raise invalid(f"Invalid vocab_size in {path}: expected {count} but got {len(lines)}")
        lines = lines[:count]
    position = 0
    for line in lines:
        position += len(line) + 1
        if not line.rstrip(b"\r"):
            raise invalid(f"Invalid content in {path}: empty line found at position {position}.")
    return [line.removesuffix(b"\r") for line in lines]


def _field(
    path: str, number: int, line: bytes, columns: tuple[int, int], column: int, delimiter: str
) -> bytes:
    fields = line.split(delimiter.encode())
    if max(columns) >= len(fields):
        raise invalid(
            f"Invalid number of columns in {path} line {number} ({_shown(line)}) : expected "
            f"{max(columns)} got {len(fields)}"
        )
    return fields[column]


def _value(field: bytes, number: int, kind: DType) -> Any:
    if kind is dtypes.string:
        return field
    if kind.is_integer:
        if _INTEGER.fullmatch(field) and kind.min <= int(field) <= kind.max:
            return int(field)
    elif kind.is_floating:
        try:
            return float(field)
        except ValueError:
            pass  # said below
    raise invalid(f"Field {_shown(field)} in line {number} is not a valid {runtime_name(kind)}.")


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")
