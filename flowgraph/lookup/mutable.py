"""Lookup tables that a program changes as it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, add_to_collection, colocate_with, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.collection_def import register_proto_function
from flowgraph.lookup.tables import LookupInterface
from flowgraph.ops.core import apply, apply_all, build, convert_to_tensor
from flowgraph.ops.table import (
    LookupTableExportV2,
    LookupTableFindV2,
    LookupTableImportV2,
    LookupTableInsertV2,
    LookupTableRemoveV2,
    LookupTableSizeV2,
    MutableDenseHashTableV2,
    MutableHashTableOfTensorsV2,
    MutableHashTableV2,
)
from flowgraph.shapes import TensorShape


class _MutableTable(LookupInterface):
    """What tables that change have in common."""

    _default_value: Tensor

    def size(self, name: str | None = None) -> Tensor:
        handle = self.resource_handle
        with name_scope(name, f"{self.name}_Size", [handle]), colocate_with(handle):
            return apply(LookupTableSizeV2(), handle)

    def lookup(self, keys: Any, name: str | None = None) -> Tensor:
        """Return the values of keys, or the default value of those that are missing.

        Parameters
        ----------
        keys : Tensor
            Of any shape.
        name : str, optional

        Returns
        -------
        Tensor
            The shape of `keys`, and behind it that of a value.

        Raises
        ------
        ValueError
            If the keys are of another dtype.
        """
        with name_scope(name, f"{self.name}_lookup_table_find", [self.resource_handle, keys]):
            keys = convert_to_tensor(keys, self.key_dtype, "keys")
            with colocate_with(self.resource_handle):
                return apply(LookupTableFindV2(), self.resource_handle, keys, self._default_value)

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """Return an operation that sets the values of keys.

        Parameters
        ----------
        keys : Tensor
            Of any shape.
        values : Tensor
            The shape of `keys`, and behind it that of a value.
        name : str, optional

        Raises
        ------
        ValueError
            If they are of another dtype.
        InvalidArgumentError
            When run: if the shapes do not fit.
        """
        scope = f"{self.name}_lookup_table_insert"
        with name_scope(name, scope, [self.resource_handle, keys, values]):
            keys = convert_to_tensor(keys, self.key_dtype, "keys")
            values = convert_to_tensor(values, self.value_dtype, "values")
            with colocate_with(self.resource_handle):
                return build(LookupTableInsertV2(), (self.resource_handle, keys, values))

    def remove(self, keys: Any, name: str | None = None) -> Operation:
        """Return an operation that takes keys out; those that are missing are passed over.

        Parameters
        ----------
        keys : Tensor
            Of any shape.
        name : str, optional

        Raises
        ------
        TypeError
            If the keys are of another dtype.
        """
        keys = convert_to_tensor(keys)
        if keys.dtype.base_dtype != self.key_dtype:
            raise TypeError(
                f"Signature mismatch. Keys must be dtype {self.key_dtype}, got {keys.dtype}."
            )
        scope = f"{self.name}_lookup_table_remove"
        with name_scope(name, scope, [self.resource_handle, keys]):
            return build(LookupTableRemoveV2(), (self.resource_handle, keys))

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Return all keys and their values, in no particular order.

        Parameters
        ----------
        name : str, optional
        """
        scope = f"{self.name}_lookup_table_export_values"
        with name_scope(name, scope, [self.resource_handle]), colocate_with(self.resource_handle):
            op = LookupTableExportV2(Tkeys=self.key_dtype, Tvalues=self.value_dtype)
            keys, values = apply_all(op, self.resource_handle)
            values.set_shape(keys.shape.concatenate(self._value_shape))
            return keys, values

    @property
    def _value_shape(self) -> TensorShape:
        return self._default_value.shape


class SavedTable:
    """A table's entries as a `tf.train.Saver` saves and restores them.

    Parameters
    ----------
    table : MutableHashTable or DenseHashTable
    name : str
        What the entries are saved under, with ``-keys`` and ``-values`` behind it.
    """

    def __init__(self, table: _MutableTable, name: str) -> None:
        keys, values = table.export()
        self.name = name
        self.op = table.resource_handle.op
        self.tensors = {f"{name}-keys": keys, f"{name}-values": values}

    def restore(self, values: Sequence[Tensor]) -> Operation:
        """Return an operation that replaces all entries by saved ones."""
        handle = self.op.outputs[0]
        with name_scope(f"{self.name}_table_restore"), colocate_with(handle):
            return build(LookupTableImportV2(), (handle, *values))


def _not_in_files(table: Any, import_scope: str | None) -> Any:
    """Refuse to write what saves a table: a graph that is read has the table's nodes alone."""
    raise NotImplementedError(f"the table {table.name} in a MetaGraphDef")


register_proto_function(
    GraphKeys.SAVEABLE_OBJECTS, "NodeDef", to_proto=_not_in_files, from_proto=_not_in_files
)


class MutableHashTable(_MutableTable):
    """A table that is empty at first, and changed by operations.

    Parameters
    ----------
    key_dtype, value_dtype : DType
    default_value : Tensor
        What keys are mapped to that it lacks. All values have its shape.
    name : str
    checkpoint : bool
        Let a `tf.train.Saver` save and restore the entries.

    Examples
    --------
    >>> table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, default_value=-1)
    >>> inserted = table.insert(tf.constant(["a", "b"]), [1, 2])
    >>> found = table.lookup(tf.constant(["b", "c"]))
    >>> with tf.Session() as session:
    ...     session.run(inserted)
    ...     session.run(found)
    array([ 2, -1])
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
    ) -> None:
        super().__init__(key_dtype, value_dtype)
        self._default_value = convert_to_tensor(default_value, self.value_dtype)
        # The empty shared name stands for the node's own, so that a checkpoint finds it.
        if self._value_shape.ndims == 0:
            op: Any = MutableHashTableV2(
                value_dtype=self.value_dtype,
                use_node_name_sharing=checkpoint,
                key_dtype=self.key_dtype,
            )
        else:
            op = MutableHashTableOfTensorsV2(
                value_dtype=self.value_dtype,
                use_node_name_sharing=checkpoint,
                key_dtype=self.key_dtype,
                value_shape=self._value_shape,
            )
        self._handle = apply(op, name=name)
        self._name = self._handle.op.name.split("/")[-1]
        if checkpoint:
            add_to_collection(GraphKeys.SAVEABLE_OBJECTS, SavedTable(self, name))


class DenseHashTable(_MutableTable):
    """A table that is empty at first, and changed by operations; two keys are reserved.

    Parameters
    ----------
    key_dtype, value_dtype : DType
    default_value : Tensor
        What keys are mapped to that it lacks. All values have its shape.
    empty_key, deleted_key : scalar
        Two keys that are never looked up nor inserted.
    initial_num_buckets : int, optional
        A power of 2, at least 4.
    name : str
    checkpoint : bool
        Let a `tf.train.Saver` save and restore the entries.

    Raises
    ------
    NotImplementedError
        If the keys are vectors.

    Examples
    --------
    >>> table = tf.lookup.experimental.DenseHashTable(
    ...     tf.int64, tf.float32, default_value=[0.0, 0.0], empty_key=-1, deleted_key=-2
    ... )
    >>> inserted = table.insert([5, 6], [[1.0, 2.0], [3.0, 4.0]])
    >>> found = table.lookup([6, 7])
    >>> with tf.Session() as session:
    ...     session.run(inserted)
    ...     session.run(found)
    array([[3., 4.],
           [0., 0.]], dtype=float32)
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
    ) -> None:
        super().__init__(key_dtype, value_dtype)
        self._default_value = convert_to_tensor(default_value, self.value_dtype, "default_value")
        empty = convert_to_tensor(empty_key, self.key_dtype, "empty_key")
        deleted = convert_to_tensor(deleted_key, self.key_dtype, "deleted_key")
        op = MutableDenseHashTableV2(
            value_dtype=self.value_dtype,
            use_node_name_sharing=checkpoint,
            value_shape=self._value_shape,
            initial_num_buckets=131072 if initial_num_buckets is None else initial_num_buckets,
        )
        self._handle = apply(op, empty, deleted, name=name)
        self._name = self._handle.op.name.split("/")[-1]
        if checkpoint:
            add_to_collection(GraphKeys.SAVEABLE_OBJECTS, SavedTable(self, name))

    def erase(self, keys: Any, name: str | None = None) -> Operation:
        """Return what `remove` does.

        Parameters
        ----------
        keys : Tensor
        name : str, optional
        """
        return self.remove(keys, name)

    def insert_or_assign(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """Return what `insert` does.

        Parameters
        ----------
        keys, values : Tensor
        name : str, optional
        """
        return self.insert(keys, values, name)
