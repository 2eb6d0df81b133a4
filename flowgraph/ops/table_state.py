"""What a session keeps of a lookup table: its entries."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.errors import AbortedError, FailedPreconditionError
from flowgraph.ops.checks import bracketed, invalid, runtime_name


class Table:
    """A mapping from keys to values that changes as a program says.

    Parameters
    ----------
    key_dtype, value_dtype : DType
    value_shape : tuple of int
        Of one value.
    """

    def __init__(
        self, key_dtype: DType, value_dtype: DType, value_shape: tuple[int, ...] = ()
    ) -> None:
        self.key_dtype = key_dtype
        self.value_dtype = value_dtype
        self.value_shape = value_shape
        self._entries: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def check_dtypes(self, name: str, key_dtype: DType, value_dtype: DType) -> None:
        """Raise unless another operation of the same shared name means such a table."""
        if (key_dtype, value_dtype) != (self.key_dtype, self.value_dtype):
            names = [runtime_name(d) for d in (key_dtype, value_dtype)]
            own = [runtime_name(d) for d in (self.key_dtype, self.value_dtype)]
            raise invalid(
                f"Conflicting key/value dtypes {'->'.join(names)} with {'-'.join(own)} for table "
                f"{name}"
            )

    def find(self, keys: Array, default: Array) -> Array:
        """Return the value of each key, or the default for those that are missing."""
        keys, default = np.asarray(keys), np.asarray(default)
        self.check_keys(keys)
        found = np.empty((keys.size, *self.value_shape), dtype=self.value_dtype.numpy)
        missing = default if self.value_shape else default.item()
        get = self._entries.get
        if keys.size:
            found[:] = [get(key, missing) for key in keys.reshape(-1).tolist()]
        return found.reshape((*keys.shape, *self.value_shape))

    def insert(self, keys: Array, values: Array) -> None:
        """Set the values of keys, the last one of a key that is there twice."""
        pairs = self._pairs(keys, values)
        with self._lock:
            self._entries.update(pairs)

    def load(self, keys: Array, values: Array) -> None:
        """Replace all entries."""
        pairs = self._pairs(keys, values)
        with self._lock:
            self._entries = dict(pairs)

    def remove(self, keys: Array) -> None:
        """Take keys out; those that are missing are passed over."""
        keys = np.asarray(keys)
        self.check_keys(keys)
        with self._lock:
            for key in keys.reshape(-1).tolist():
                self._entries.pop(key, None)

    def export(self) -> tuple[Array, Array]:
        """Return all keys and their values, in no particular order."""
        with self._lock:
            entries = dict(self._entries)
        keys = np.empty(len(entries), dtype=self.key_dtype.numpy)
        values = np.empty((len(entries), *self.value_shape), dtype=self.value_dtype.numpy)
        if entries:
            keys[:] = list(entries)
            values[:] = list(entries.values())
        return keys, values

    def check_keys(self, keys: Array) -> None:
        """Raise for keys that the table cannot hold."""

    def _pairs(self, keys: Array, values: Array) -> list[tuple[Hashable, Any]]:
        keys, values = np.asarray(keys), np.asarray(values)
        wanted = (*keys.shape, *self.value_shape)
        if values.shape != wanted:
            raise invalid(
                f"Expected shape {bracketed(wanted)} for value, got {bracketed(values.shape)}"
            )
        self.check_keys(keys)
        rows = np.array(values).reshape(keys.size, *self.value_shape)
        items = list(rows) if self.value_shape else rows.tolist()
        return list(zip(keys.reshape(-1).tolist(), items, strict=True))


class StaticTable(Table):
    """A mapping that is filled once and then read only."""

    is_initialized = False

    def find(self, keys: Array, default: Array) -> Array:
        if not self.is_initialized:
            raise FailedPreconditionError(None, None, "Table not initialized.")
        return super().find(keys, default)

    def load(self, keys: Array, values: Array) -> None:
        """Fill the table. A second time must bring as many entries, and changes nothing."""
        pairs = self._pairs(keys, values)
        if not pairs:
            raise invalid("keys and values cannot be empty tensors.")
        with self._lock:
            if self.is_initialized:
                if len(pairs) != len(self._entries):
                    raise FailedPreconditionError(
                        None, None, "Table was already initialized with different data."
                    )
                return
            entries: dict[Hashable, Any] = {}
            for key, value in pairs:
                if entries.setdefault(key, value) != value:
                    raise FailedPreconditionError(
                        None,
                        None,
                        f"HashTable has different value for same key. Key {_text(key)} has "
                        f"{_text(entries[key])} and trying to add value {_text(value)}",
                    )
            self._entries = entries
            self.is_initialized = True

    def export(self) -> tuple[Array, Array]:
        if not self.is_initialized:
            raise AbortedError(None, None, "HashTable is not initialized.")
        return super().export()


class DenseTable(Table):
    """A mapping with two keys that stand for places without an entry, and are no keys.

    Parameters
    ----------
    empty_key, deleted_key : scalar
    """

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        value_shape: tuple[int, ...],
        empty_key: Any,
        deleted_key: Any,
    ) -> None:
        super().__init__(key_dtype, value_dtype, value_shape)
        if empty_key == deleted_key:
            raise invalid("Empty and deleted keys cannot be equal")
        self._refused = {"empty_key": empty_key, "deleted_key": deleted_key}

    def check_keys(self, keys: Array) -> None:
        for name, refused in self._refused.items():
            if np.any(keys == refused):
                raise invalid(f"Using the {name} as a table key is not allowed")


def _text(item: Any) -> str:
    return item.decode("utf-8", "backslashreplace") if isinstance(item, bytes) else str(item)
