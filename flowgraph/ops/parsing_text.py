"""Parsing of lines of comma-separated values, compressed strings and JSON."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph import dtypes, protos
from flowgraph.dtypes import Array, DType
from flowgraph.formats.records import inflated
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid
from flowgraph.ops.core import apply, apply_all
from flowgraph.ops.host_values import host_array
from flowgraph.shapes import TensorShape

_COLUMN_TYPES = Types((dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string))
_TYPE_NAMES = {dtypes.float32: "float", dtypes.float64: "double"}
_INTEGER = re.compile(r"\s*-?[0-9]+\s*")


class DecodeCSV(Op):
    """Columns of records of comma-separated values (RFC 4180)."""

    signature = Signature(
        "records: string, record_defaults: list(OUT_TYPE) -> output: list(OUT_TYPE)",
        OUT_TYPE=_COLUMN_TYPES,
    )

    field_delim: str = ","
    use_quote_delim: bool = True
    na_value: str = ""
    select_cols: tuple[int, ...] = ()

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        records, *defaults = inputs
        for default in defaults:
            sizes = default.shape.sizes
            if sizes is not None and len(sizes) > 1:
                raise ValueError(f"Shape must be at most rank 1 but is rank {len(sizes)}")
            if sizes and sizes[0] is not None and sizes[0] > 1:
                raise ValueError(
                    "Shape of a default must be a length-0 or length-1 vector, or a scalar."
                )
        return (records.shape,) * len(defaults)

    def compute(self, xp: Any, *inputs: Any) -> tuple[Array, ...]:
        records, *given = inputs
        if len(self.field_delim.encode()) != 1:
            raise invalid("field_delim should be only 1 char")
        lines = np.asarray(records, object)
        defaults = [host_array(default).reshape(-1) for default in given]
        columns: list[list[Any]] = [[] for _ in defaults]
        kinds = [dtypes.as_dtype(default.dtype) for default in defaults]
        for row, line in enumerate(lines.reshape(-1).tolist()):
            fields = self._fields(line)
            if self.select_cols:
                fields = [fields[i] for i in self.select_cols if i < len(fields)]
            if len(fields) != len(defaults):
                raise invalid(
                    f"Expect {len(defaults)} fields but have {len(fields)} in record {row}"
                )
            for index, (text, default, kind) in enumerate(
                zip(fields, defaults, kinds, strict=True)
            ):
                if text and text != self.na_value.encode():
                    columns[index].append(_value(text, kind, index, row))
                elif default.size:
                    columns[index].append(default[0])
                else:
                    raise invalid(f"Field {index} is required but missing in record {row}!")
        return tuple(
            _column(values, kind).reshape(lines.shape)
            for values, kind in zip(columns, kinds, strict=True)
        )

    def _fields(self, line: bytes) -> list[bytes]:
        delimiter = self.field_delim.encode()
        if not line:
            return []
        if not self.use_quote_delim:
            return line.split(delimiter)
        if b'"' not in line and b"\n" not in line and b"\r" not in line:
            return line.split(delimiter)
        return list(_quoted_fields(line, delimiter))

    gradient = Op.not_differentiable


def _quoted_fields(line: bytes, delimiter: bytes) -> Iterator[bytes]:
    """Yield the fields of a line in which some stand in quotes."""
    start = 0
    while start <= len(line):
        if line[start : start + 1] == b'"':
            text, start = _quoted(line, start + 1, delimiter)
            yield text
            continue
        end = line.find(delimiter, start)
        end = len(line) if end < 0 else end
        text = line[start:end]
        if any(mark in text for mark in (b'"', b"\n", b"\r")):
            raise invalid("Unquoted fields cannot have quotes/CRLFs inside")
        yield text
        start = end + 1


def _quoted(line: bytes, start: int, delimiter: bytes) -> tuple[bytes, int]:
    """Return a field that stands in quotes, and where the next one begins."""
    parts = []
    while True:
        end = line.find(b'"', start)
        if end < 0:
            raise invalid("Quoted field has to end with quote followed by delim or end")
        parts.append(line[start:end])
        following = line[end + 1 : end + 2]
        if following in (b"", delimiter):
            return b"".join(parts), end + 2
        if following != b'"':
            raise invalid("Quote inside a string has to be escaped by another quote")
        parts.append(b'"')
        start = end + 2


def _value(text: bytes, kind: DType, field: int, row: int) -> Any:
    if kind is dtypes.string:
        return text
    word = text.decode(errors="replace")
    try:
        if kind.is_integer:
            if not _INTEGER.fullmatch(word):
                raise ValueError
            return kind.numpy.type(int(word))
        if "_" in word:  # which Python allows between digits
            raise ValueError
        return kind.numpy.type(float(word))
    except (ValueError, OverflowError):
        name = _TYPE_NAMES.get(kind, kind.name)
        raise invalid(f"Field {field} in record {row} is not a valid {name}: {word}") from None


def _column(values: list[Any], kind: DType) -> Array:
    column = np.empty(len(values), kind.numpy)
    column[:] = values
    return column


def decode_csv(
    records: Any,
    record_defaults: Any,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Any = None,
) -> list[Tensor]:
    """Convert records of comma-separated values to tensors, one for each column.

    Parameters
    ----------
    records : Tensor
        Strings, each a record.
    record_defaults : list
        One for each column: a value of its dtype for where it is empty, as a scalar or in a
        list; an empty tensor where it must not be.
    field_delim : str
        One character.
    use_quote_delim : bool
        Fields may stand in double quotes; a quote inside is doubled. Otherwise quotes are
        characters as any other.
    name : str, optional
    na_value : str
        Taken for empty, too.
    select_cols : list of int, optional
        The columns to return, in increasing order.

    Returns
    -------
    list of Tensor
        Of the shape of `records`.

    Raises
    ------
    ValueError
        If `select_cols` is not increasing or does not fit `record_defaults`.
    TypeError
        If a default is not of float32, float64, int32, int64 or string.
    InvalidArgumentError
        When run: if a record has more or fewer fields, or one cannot be read.

    Examples
    --------
    >>> age, name = tf.decode_csv(["3,Ann", ",Bo"], record_defaults=[[0], [""]])
    >>> tf.Session().run([age, name])
    [array([3, 0], dtype=int32), array([b'Ann', b'Bo'], dtype=object)]
    """
    columns = () if select_cols is None else tuple(select_cols)
    if any(a >= b for a, b in itertools.pairwise(columns)):
        raise ValueError("select_cols is not strictly increasing.")
    if columns and columns[0] < 0:
        raise ValueError("select_cols contains negative values.")
    if columns and len(columns) != len(record_defaults):
        raise ValueError("Length of select_cols and record_defaults do not match.")
    for default in record_defaults:
        kind = _kind(default)
        if kind not in _COLUMN_TYPES:
            raise TypeError(
                f"Value passed to parameter 'record_defaults' has DataType {kind.name} not in "
                f"list of allowed values: {_COLUMN_TYPES}"
            )
    op = DecodeCSV(
        field_delim=field_delim,
        use_quote_delim=use_quote_delim,
        na_value=na_value,
        select_cols=columns,
    )
    return apply_all(op, records, list(record_defaults), name=name)


def _kind(default: Any) -> DType:
    """Return the dtype that a default gives its column."""
    if isinstance(default, Tensor):
        return default.dtype.base_dtype
    array = np.asarray(default)
    if array.dtype.kind in "USO":
        return dtypes.string
    if not hasattr(default, "dtype") and array.dtype.kind in "if":
        return dtypes.int32 if array.dtype.kind == "i" else dtypes.float32
    return dtypes.as_dtype(array.dtype)


class DecodeCompressed(Op):
    """Strings, decompressed."""

    signature = Signature("bytes: string -> output: string")

    compression_type: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        data = np.asarray(inputs[0], object)
        kind = self.compression_type
        if kind not in ("", "ZLIB", "GZIP"):
            raise invalid("Only ZLIB, GZIP or NONE are supported compressions")
        if not kind:
            return data.copy()
        flat = [inflated(each, kind) for each in data.reshape(-1).tolist()]
        return _column(flat, dtypes.string).reshape(data.shape)

    gradient = Op.not_differentiable


def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Decompress strings.

    Parameters
    ----------
    bytes : Tensor
        Strings, each compressed as a whole.
    compression_type : str
        ``"ZLIB"``, ``"GZIP"``, or ``""`` for none.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if there is no such compression.
    DataLossError
        When run: if a string is not so compressed.

    Examples
    --------
    >>> import zlib
    >>> packed = tf.constant([zlib.compress(b"text")])
    >>> tf.Session().run(tf.decode_compressed(packed, "ZLIB"))
    array([b'text'], dtype=object)
    """
    return apply(DecodeCompressed(compression_type=compression_type), bytes, name=name)


class DecodeJSONExample(Op):
    """Example messages in JSON as serialized ones."""

    signature = Signature("json_examples: string -> binary_examples: string")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        from google.protobuf import json_format  # loaded when it is needed

        texts = np.asarray(inputs[0], object)
        found = []
        for text in texts.reshape(-1).tolist():
            example = protos.Example()
            try:
                json_format.Parse(text, example)
            except json_format.ParseError as error:
                raise invalid(f"Error while parsing JSON: {error}") from None
            found.append(example.SerializeToString(deterministic=True))
        return _column(found, dtypes.string).reshape(texts.shape)

    gradient = Op.not_differentiable


def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """Convert Example messages written in JSON to serialized ones.

    Parameters
    ----------
    json_examples : Tensor
        Strings.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if a string is no Example in JSON.

    Examples
    --------
    >>> text = '{"features": {"feature": {"n": {"int64List": {"value": ["5"]}}}}}'
    >>> example = tf.Session().run(tf.decode_json_example(text))
    >>> tf.train.Example.FromString(example).features.feature["n"].int64_list.value
    [5]
    """
    return apply(DecodeJSONExample(), json_examples, name=name)
