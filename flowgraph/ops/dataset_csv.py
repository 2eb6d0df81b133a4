"""Datasets of the records of CSV files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, as_dtype
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid
from flowgraph.ops.dataset import Context, DatasetValue, Element, Elements, TypedDatasetOp
from flowgraph.ops.dataset_files import InFiles, check_buffer_size, check_compression, chunks

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r(?!\Z)|\n)")
_INTEGER = re.compile(rb"\s*-?\d+\s*\Z")
_NAMES = {"int32": "int32", "int64": "int64", "float32": "float", "float64": "double"}


class CSVDataset(TypedDatasetOp):
    """The records of CSV files, each field a scalar."""

    signature = Signature(
        "filenames: string, compression_type: string, buffer_size: int64, header: bool, "
        "field_delim: string, use_quote_delim: bool, na_value: string, select_cols: int64, "
        "record_defaults: list(output_types) -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        _, compression, buffer, _, delimiter, _, _, columns, *defaults = inputs
        check_compression(compression)
        check_buffer_size(buffer)
        if len(delimiter.item()) != 1:
            raise invalid("field_delim should be only 1 char")
        if any(default.ndim > 1 or default.size > 1 for default in defaults):
            raise invalid("Each record default should be at most rank 1")
        if columns.size and columns.size != len(defaults):
            raise invalid("select_cols should match output size")
        if (np.diff(columns) <= 0).any():
            raise invalid("select_cols should be strictly increasing indices")
        if (columns < 0).any():
            raise invalid("select_cols should be non-negative indices")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        filenames, kind, size, header, delimiter, quotes, missing, columns, *defaults = (
            dataset.inputs
        )
        fields = _Fields(delimiter.item(), bool(quotes), missing.item(), columns.tolist(), defaults)
        compression, buffer = kind.item().decode(), int(size) or 1 << 18
        return InFiles(
            filenames,
            lambda path: _Records(fields, _lines(path, compression, buffer), bool(header)),
        )


def _lines(path: str, compression: str, size: int) -> Iterator[bytes]:
    """Yield the lines of a file, with what ends them."""
    rest = b""
    for part in chunks(path, compression, size):
        rest += part
        end = 0
        for match in _LINE.finditer(rest):
            end = match.end()
            yield match.group()
        rest = rest[end:]
    if rest:
        yield rest


class _Records:
    """The records of a file. After an error it goes on with the next one."""

    def __init__(self, fields: _Fields, lines: Iterator[bytes], has_header: bool) -> None:
        self._fields = fields
        self._lines = lines
        self._has_header = has_header

    def __iter__(self) -> _Records:
        return self

    def __next__(self) -> Element:
        if self._has_header:
            self._has_header = False
            if next(self._lines, None) is None:
                raise invalid("Can't read header of file")
        record = next(self._lines)
        while self._fields.is_open(record):
            more = next(self._lines, None)
            if more is None:
                raise invalid("Reached end of file without closing quoted field in record")
            record += more
        return self._fields.values(record.rstrip(b"\r\n"))


class _Fields:
    """How a record is taken apart, and its fields read."""

    def __init__(
        self,
        delimiter: bytes,
        quotes: bool,
        missing: bytes,
        columns: list[int],
        defaults: list[Array],
    ) -> None:
        end = re.escape(delimiter) + rb"|\r|\n|\Z"
        self._quoted = re.compile(rb'"((?:[^"]|""|"(?!"|' + end + rb'))*)"(?=' + end + rb")")
        self._plain = re.compile(rb"[^\r\n" + re.escape(delimiter) + rb"]*")
        self._quotes = quotes
        self._missing = missing
        self._columns = columns
        self._defaults = defaults

    def is_open(self, record: bytes) -> bool:
        """Whether a record goes on in the next line, inside of quotes."""
        if not self._quotes or b'"' not in record:
            return False
        position = 0
        while position < len(record):
            if record[position : position + 1] == b'"':
                match = self._quoted.match(record, position)
                if match is None:
                    return True
            else:
                match = self._plain.match(record, position)
            position = match.end() + 1 if match else len(record)
        return False

    def values(self, record: bytes) -> Element:
        """Return the values of a record's fields."""
        values: list[Array] = []
        wanted = len(self._defaults)
        for column, field in enumerate(self._split(record)):
            if self._columns:
                if len(values) == wanted:
                    break
                if column != self._columns[len(values)]:
                    continue
            elif len(values) == wanted:
                raise invalid(f"Expect {wanted} fields but have more in record")
            values.append(self._value(field, len(values)))
        if len(values) < wanted:
            raise invalid(f"Expect {wanted} fields but have {len(values)} in record")
        return tuple(values)

    def _split(self, record: bytes) -> Iterator[bytes]:
        position = 0
        while True:
            if self._quotes and record[position : position + 1] == b'"':
                match = self._quoted.match(record, position)
                field = match.group(1).replace(b'""', b'"') if match else b""
            else:
                match = self._plain.match(record, position)
                field = match.group() if match else b""
                if self._quotes and b'"' in field:
                    raise invalid("Unquoted fields cannot have quotes inside")
            yield field
            position = match.end() if match else len(record)
            if position >= len(record):
                return
            position += 1

    def _value(self, field: bytes, index: int) -> Array:
        default = self._defaults[index]
        dtype = default.dtype
        if not field or field == self._missing:
            if not default.size:
                raise invalid(f"Field {index} is required but missing in record!")
            return default.reshape(())
        value = np.empty((), dtype)
        if dtype.kind == "O":
            value[()] = field
            return value
        try:
            if dtype.kind == "i":
                if not _INTEGER.match(field):
                    raise ValueError(field)
                value[()] = int(field)
            else:
                if b"_" in field:
                    raise ValueError(field)
                value[()] = float(field)
        except (ValueError, OverflowError):
            name = _NAMES[as_dtype(dtype).name]
            text = field.decode("utf-8", "backslashreplace")
            raise invalid(f"Field {index} in record is not a valid {name}: {text}") from None
        return value
