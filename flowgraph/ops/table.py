"""Lookup tables: mappings that a session keeps, and the ops that fill and read them."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid, merged, with_rank
from flowgraph.ops.shared_resources import shared
from flowgraph.ops.table_file import read_entries
from flowgraph.ops.table_state import DenseTable, StaticTable, Table
from flowgraph.shapes import TensorShape, unknown_shape

_SCALAR = TensorShape.of(())


class _Handle(Op, abstract=True):
    """A table of the session's."""

    is_stateful = True

    value_dtype: DType
    container: str = ""
    shared_name: str = ""
    use_node_name_sharing: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_SCALAR,)

    def key_kind(self, operation: Operation) -> DType:
        """Return the dtype of keys."""
        raise NotImplementedError

    def make(self, key_dtype: DType, *inputs: Array) -> Table:
        """Return a new table."""
        raise NotImplementedError

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        name = self.shared_name or (operation.name if self.use_node_name_sharing else "")
        key_dtype = self.key_kind(operation)

        def table(*inputs: Array) -> Table:
            found: Table = shared(
                resources, operation, self.container, name, lambda _: self.make(key_dtype, *inputs)
            )
            found.check_dtypes(name, key_dtype, self.value_dtype)
            return found

        return table

    gradient = Op.not_differentiable


class _KeyedHandle(_Handle, abstract=True):
    """A table whose attributes say what its keys are."""

    signature = Signature("-> table_handle: resource")

    key_dtype: DType = dtypes.string

    def key_kind(self, operation: Operation) -> DType:
        return self.key_dtype


class HashTableV2(_KeyedHandle):
    """A table that is filled once."""

    def make(self, key_dtype: DType, *inputs: Array) -> Table:
        return StaticTable(key_dtype, self.value_dtype)


class MutableHashTableV2(_KeyedHandle):
    """A table of scalars that can be changed."""

    def make(self, key_dtype: DType, *inputs: Array) -> Table:
        return Table(key_dtype, self.value_dtype)


class MutableHashTableOfTensorsV2(_KeyedHandle):
    """A table of tensors of one shape that can be changed."""

    value_shape: TensorShape = _SCALAR

    def make(self, key_dtype: DType, *inputs: Array) -> Table:
        return Table(key_dtype, self.value_dtype, _known(self.value_shape))


class MutableDenseHashTableV2(_Handle):
    """A table with two keys that stand for places without an entry."""

    signature = Signature("empty_key: key_dtype, deleted_key: key_dtype -> table_handle: resource")

    value_shape: TensorShape = _SCALAR
    initial_num_buckets: int = 131072
    max_load_factor: float = 0.8

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs:
            if spec.shape.ndims not in (0, None):
                raise NotImplementedError(f"{self.type} with keys of shape {spec.shape}")
        return super().infer(*inputs)

    def key_kind(self, operation: Operation) -> DType:
        return operation.inputs[0].dtype.base_dtype

    def make(self, key_dtype: DType, *inputs: Array) -> Table:
        count = self.initial_num_buckets
        if count < 4 or count & (count - 1):
            raise invalid(f"Number of buckets must be at least 4 and a power of 2, got: {count}")
        refused = [np.asarray(key).item() for key in inputs]
        return DenseTable(key_dtype, self.value_dtype, _known(self.value_shape), *refused)


def _known(shape: TensorShape) -> tuple[int, ...]:
    return tuple(size or 0 for size in shape.as_list())


class _Access(Op, abstract=True):
    """An op on a table."""

    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return ()

    gradient = Op.not_differentiable


class LookupTableFindV2(_Access):
    """The values of keys."""

    signature = Signature("table_handle: resource, keys: Tin, default_value: Tout -> values: Tout")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        super().infer(*inputs)
        if inputs[1].shape.sizes is None or inputs[2].shape.sizes is None:
            return (unknown_shape(),)
        return (inputs[1].shape.concatenate(inputs[2].shape),)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        table, keys, default = inputs
        return table.find(keys, default)


class LookupTableSizeV2(_Access):
    """How many entries there are."""

    signature = Signature("table_handle: resource -> size: int64")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        super().infer(*inputs)
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return np.array(len(inputs[0]), dtype=np.int64)


class LookupTableExportV2(_Access):
    """All keys and their values."""

    signature = Signature("table_handle: resource -> keys: Tkeys, values: Tvalues")

    Tkeys: DType
    Tvalues: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        super().infer(*inputs)
        return TensorShape.of((None,)), unknown_shape()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Array, Array]:
        exported: tuple[Array, Array] = inputs[0].export()
        return exported


class LookupTableInsertV2(_Access):
    """Set the values of keys."""

    signature = Signature("table_handle: resource, keys: Tin, values: Tout ->")

    def compute(self, xp: Any, *inputs: Any) -> tuple[()]:
        table, keys, values = inputs
        table.insert(keys, values)
        return ()


class LookupTableRemoveV2(_Access):
    """Take keys out."""

    signature = Signature("table_handle: resource, keys: Tin ->")

    def compute(self, xp: Any, *inputs: Any) -> tuple[()]:
        table, keys = inputs
        table.remove(keys)
        return ()


class LookupTableImportV2(_Access):
    """Replace all entries."""

    signature = Signature("table_handle: resource, keys: Tin, values: Tout ->")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        merged(with_rank(inputs[1].shape, 1), inputs[2].shape[:1])
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Any) -> tuple[()]:
        table, keys, values = inputs
        table.load(keys, values)
        return ()


class InitializeTableV2(LookupTableImportV2):
    """Fill a table."""

    signature = Signature("table_handle: resource, keys: Tkey, values: Tval ->")


class InitializeTableFromTextFileV2(_Access):
    """Fill a table with the lines of a text file."""

    signature = Signature("table_handle: resource, filename: string ->")

    key_index: int
    value_index: int
    vocab_size: int = -1
    delimiter: str = "\t"

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Any) -> tuple[()]:
        table, filename = inputs
        entries = read_entries(
            os.fsdecode(np.asarray(filename, dtype=object).item()),
            (self.key_index, self.value_index),
            (table.key_dtype, table.value_dtype),
            self.vocab_size,
            self.delimiter,
        )
        table.load(*entries)
        return ()
