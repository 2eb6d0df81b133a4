"""Lookup tables that are filled once."""

from __future__ import annotations

import abc
from typing import Any

from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.lookup.initializers import TableInitializerBase
from flowgraph.ops.core import apply, apply_all, convert_to_tensor
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.table import (
    HashTableV2,
    LookupTableExportV2,
    LookupTableFindV2,
    LookupTableSizeV2,
)
from flowgraph.shapes import TensorShape


class LookupInterface(abc.ABC):
    """A mapping from keys to values that a session keeps.

    Parameters
    ----------
    key_dtype, value_dtype : DType
    """

    _handle: Tensor
    _name: str

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype = as_dtype(key_dtype)
        self._value_dtype = as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The dtype of keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of values."""
        return self._value_dtype

    @property
    def name(self) -> str:
        """The table's name."""
        return self._name

    @property
    def resource_handle(self) -> Tensor:
        """The tensor that stands for the table."""
        return self._handle

    @abc.abstractmethod
    def size(self, name: str | None = None) -> Tensor:
        """Return how many entries there are, an int64 scalar."""

    @abc.abstractmethod
    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Return the values of keys."""

    def _check_dtypes(self, key_dtype: DType, value_dtype: DType) -> None:
        for own, given, word in (
            (self.key_dtype, key_dtype, "key"),
            (self.value_dtype, value_dtype, "value"),
        ):
            if given.base_dtype != own:
                raise TypeError(f"Invalid {word} dtype, expected {own} but got {given}.")


class InitializableLookupTableBase(LookupInterface):
    """A table that an initializer fills.

    Parameters
    ----------
    default_value : scalar
        What keys are mapped to that the table lacks.
    initializer : TableInitializerBase
    """

    _init_op: Operation

    def __init__(self, default_value: Any, initializer: TableInitializerBase) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default_value = convert_to_tensor(default_value, self.value_dtype)
        self._default_value.shape.merge_with(TensorShape.of(()))

    @property
    def default_value(self) -> Tensor:
        """What keys are mapped to that the table lacks."""
        return self._default_value

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self._init_op

    def size(self, name: str | None = None) -> Tensor:
        with name_scope(name, f"{self.name}_Size", [self.resource_handle]):
            return apply(LookupTableSizeV2(), self.resource_handle)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Return the values of keys, or the default value of those that are missing.

        Parameters
        ----------
        keys : Tensor or SparseTensor
        name : str, optional

        Returns
        -------
        Tensor or SparseTensor
            In the shape of `keys`, and sparse if they are.

        Raises
        ------
        TypeError
            If the keys are of another dtype.
        FailedPreconditionError
            When run: if the table has not been filled.
        """
        if not isinstance(keys, SparseTensor):
            keys = convert_to_tensor(keys)
        if keys.dtype.base_dtype != self.key_dtype:
            raise TypeError(
                f"Signature mismatch. Keys must be dtype {self.key_dtype}, got {keys.dtype}."
            )
        wanted = keys.values if isinstance(keys, SparseTensor) else keys
        with name_scope(name, f"{self.name}_Lookup", [self.resource_handle, wanted]):
            found = apply(LookupTableFindV2(), self.resource_handle, wanted, self.default_value)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, found, keys.dense_shape)
        return found


class StaticHashTable(InitializableLookupTableBase):
    """A table that is filled once, by `tf.tables_initializer` or its own `initializer`.

    Parameters
    ----------
    initializer : TableInitializerBase
        What fills it.
    default_value : scalar
        What keys are mapped to that it lacks.
    name : str, optional

    Notes
    -----
    The entries are kept by a session; each session has to fill the table anew.

    Examples
    --------
    >>> pairs = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> table = tf.lookup.StaticHashTable(pairs, default_value=-1)
    >>> found = table.lookup(tf.constant(["b", "c"]))
    >>> with tf.Session() as session:
    ...     session.run(table.initializer)
    ...     session.run(found)
    array([ 2, -1], dtype=int32)
    """

    def __init__(
        self, initializer: TableInitializerBase, default_value: Any, name: str | None = None
    ) -> None:
        self._make(initializer, default_value, initializer._shared_name, name)

    def _make(
        self,
        initializer: TableInitializerBase,
        default_value: Any,
        shared_name: str,
        name: str | None,
    ) -> None:
        super().__init__(default_value, initializer)
        op = HashTableV2(
            key_dtype=self.key_dtype, value_dtype=self.value_dtype, shared_name=shared_name
        )
        self._handle = apply(op, name=name or "hash_table")
        self._name = self._handle.op.name.split("/")[-1]
        self._init_op = initializer.initialize(self)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Return all keys and their values, in no particular order.

        Parameters
        ----------
        name : str, optional
        """
        with name_scope(name, f"{self.name}_Export", [self.resource_handle]):
            return self._exported(None)

    def _exported(self, name: str | None) -> tuple[Tensor, Tensor]:
        op = LookupTableExportV2(Tkeys=self.key_dtype, Tvalues=self.value_dtype)
        keys, values = apply_all(op, self.resource_handle, name=name)
        values.set_shape(keys.shape)
        return keys, values


class HashTable(StaticHashTable):
    """A table that is filled once, and may be shared under a name.

    Parameters
    ----------
    initializer : TableInitializerBase
        What fills it.
    default_value : scalar
        What keys are mapped to that it lacks.
    shared_name : str, optional
        Tables of one name have the same entries in a session: those of the first that is
        filled.
    name : str, optional

    Examples
    --------
    >>> pairs = tf.contrib.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> table = tf.contrib.lookup.HashTable(pairs, -1)
    >>> found = table.lookup(tf.constant(["b", "c"]))
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(found)
    array([ 2, -1], dtype=int32)
    """

    def __init__(
        self,
        initializer: TableInitializerBase,
        default_value: Any,
        shared_name: str | None = None,
        name: str | None = None,
    ) -> None:
        self._make(initializer, default_value, shared_name or "", name)

    @property
    def init(self) -> Operation:
        """Old name of `initializer`."""
        return self.initializer

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Return all keys and their values, in no particular order.

        Parameters
        ----------
        name : str, optional
        """
        return self._exported(name or f"{self.name}_Export")
