"""Checkpoints of TensorFlow's first format, read: tables of ``SavedTensorSlices`` messages."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import Array, DType, bfloat16, float16
from flowgraph.errors import DataLossError, FailedPreconditionError
from flowgraph.formats.sstable import Table
from flowgraph.formats.system_errors import translated
from flowgraph.formats.tensor_parts import Part, assembled, from_message, placed

_FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "float16": "half_val",
    "bfloat16": "half_val",
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "string": "string_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
}
"""The field of a TensorProto that holds the values of a dtype; other integers are ``int_val``."""


class _Saved(NamedTuple):
    """What the files say of one tensor."""

    dtype: DType
    shape: tuple[int, ...]
    parts: list[tuple[Part, Any]]


class CheckpointV1Reader:
    """A checkpoint's tensors by name.

    Parameters
    ----------
    paths : list of str
        Its files, one for each shard.

    Raises
    ------
    DataLossError
        If a file is no such table, or is damaged.
    """

    def __init__(self, paths: list[str]) -> None:
        self._saved: dict[str, _Saved] = {}
        for path in paths:
            for message in _messages(path):
                for tensor in message.meta.tensor:
                    shape = tuple(dim.size for dim in tensor.shape.dim)
                    self._saved.setdefault(tensor.name, _Saved(DType(tensor.type), shape, []))
                if message.HasField("data"):
                    saved = self._saved.get(message.data.name)
                    if saved is None:
                        text = f"{path} is no checkpoint: it does not describe its tensors"
                        raise DataLossError(None, None, text)
                    part = from_message(message.data.slice, saved.shape)
                    saved.parts.append((part, message.data.data))

    def names(self) -> list[str]:
        """Return the names of the tensors, sorted."""
        return sorted(self._saved)

    def __contains__(self, name: str) -> bool:
        return name in self._saved

    def dtype(self, name: str) -> DType:
        """Return the dtype of a tensor."""
        return self._saved[name].dtype

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return self._saved[name].shape

    def read(self, name: str, part: Part | None = None, out: Array | None = None) -> Array:
        """Return a tensor, or a part of it, in the memory of `out` if that is given.

        Raises
        ------
        DataLossError
            If it is not all there.
        """
        dtype, shape, parts = self._saved[name]
        if math.prod(shape) > sum(_count(message, dtype) for _, message in parts):
            raise DataLossError(None, None, f"Parts of tensor {name} are missing")
        pieces = [(piece, _values(name, message, dtype, piece.size)) for piece, message in parts]
        whole = assembled(dtype, shape, pieces)
        if whole is None:
            raise DataLossError(None, None, f"Parts of tensor {name} are missing")
        return placed(whole if part is None else whole[part.box], out)

    def check(self, name: str, part: Part | None = None) -> None:
        """Raise what `read` would raise."""
        self.read(name, part)


def _messages(path: str) -> Iterator[Any]:
    try:
        with translated():
            table = Table(path)
    except (DataLossError, FailedPreconditionError) as error:
        kind = "Data loss" if isinstance(error, DataLossError) else "Failed precondition"
        raise DataLossError(
            None,
            None,
            f"Unable to open table file {path}: {kind}: {error.message.splitlines()[0]}: "
            "perhaps your file is in a different file format and you need to use a different "
            "restore operator?",
        ) from error
    from google.protobuf.message import DecodeError  # loaded when it is needed

    for _, value in table:
        try:
            yield protos.SavedTensorSlices.FromString(value)
        except DecodeError as error:
            raise table.damaged("Unable to parse a tensor's message") from error


def _count(message: Any, dtype: DType) -> int:
    values = getattr(message, _FIELDS.get(dtype.name, "int_val"))
    return len(values) // (2 if dtype.is_complex else 1)


def _values(name: str, message: Any, dtype: DType, shape: tuple[int, ...]) -> Array:
    """Return the array that a message of plain values holds."""
    values = getattr(message, _FIELDS.get(dtype.name, "int_val"))
    if dtype in (float16, bfloat16):
        array = np.array(values, np.uint16).view(dtype.numpy)
    elif dtype.is_complex:
        array = np.array(values, dtype.real_dtype.numpy).view(dtype.numpy)
    else:
        array = np.array(list(values), dtype.numpy)
    if array.size != math.prod(shape):
        raise DataLossError(None, None, f"{array.size} values of {name} for the shape {shape}")
    return array.reshape(shape)
