"""The ops that parse Example messages into tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.host_values import host_array
from flowgraph.ops.parsing_columns import (
    TYPES,
    DenseColumn,
    Examples,
    ragged_parts,
    type_name,
)
from flowgraph.shapes import TensorShape


class _Batch(Examples):
    """A batch of Examples; messages say which one of it."""

    def __init__(self, serialized: Array, names: Array) -> None:
        super().__init__([np.asarray(each, object).item() for each in serialized])
        self._names = [name.decode(errors="replace") for name in names.tolist()]

    def _name(self, index: int) -> str:
        return self._names[index] if self._names else "<unknown>"

    def missing(self, index: int, key: str, kind: DType) -> str:
        return (
            f"Name: {self._name(index)}, Feature: {key} (data type: {type_name(kind)}) is required "
            "but could not be found."
        )

    def wrong(self, index: int, key: str, reason: str, is_count: bool = False) -> str:
        return f"Name: {self._name(index)}, Key: {key}, Index: {index}.  {reason}"


class _Single(Examples):
    """One Example."""

    def missing(self, index: int, key: str, kind: DType) -> str:
        return f"Feature: {key} (data type: {type_name(kind)}) is required but could not be found."

    def wrong(self, index: int, key: str, reason: str, is_count: bool = False) -> str:
        told = "Can't parse serialized Example." if is_count else reason
        return f"Key: {key}.  {told}"


def check_defaults(defaults: Sequence[Array], shapes: Sequence[TensorShape]) -> None:
    """Raise InvalidArgumentError for a default of another shape than the feature's."""
    for index, (default, shape) in enumerate(zip(defaults, shapes, strict=True)):
        sizes = shape.sizes or ()
        if default.size and None not in sizes and default.shape != sizes:
            raise invalid(
                f"For key in dense_defaults[{index}]: default shape {bracketed(default.shape)} "
                f"!= dense shape {bracketed(sizes)}"
            )


class ParseExample(Op):
    """Features of a batch of serialized Examples."""

    signature = Signature(
        "serialized: string, names: string, sparse_keys: Nsparse*string, "
        "dense_keys: Ndense*string, dense_defaults: list(Tdense) -> "
        "sparse_indices: Nsparse*int64, sparse_values: list(sparse_types), "
        "sparse_shapes: Nsparse*int64, dense_values: list(Tdense)",
        Tdense=TYPES,
    )

    Nsparse: int
    Ndense: int
    sparse_types: tuple[DType, ...]
    dense_shapes: tuple[TensorShape, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows = with_rank(inputs[0].shape, 1)
        count = self.Nsparse
        return (
            *(TensorShape.of((None, 2)) for _ in range(count)),
            *(TensorShape.of((None,)) for _ in range(count)),
            *(TensorShape.of((2,)) for _ in range(count)),
            *(rows.concatenate(shape) for shape in self.dense_shapes),
        )

    def compute(self, xp: Any, *inputs: Any) -> tuple[Array, ...]:
        serialized, names, *rest = inputs
        if names.size not in (0, len(serialized)):
            raise invalid(
                f"Expected len(names) == len(serialized) == {len(serialized)} but got {names.size}"
            )
        count, dense = self.Nsparse, self.Ndense
        keys = [np.asarray(key, object).item() for key in rest[: count + dense]]
        defaults = [host_array(default) for default in rest[count + dense :]]
        check_defaults(defaults, self.dense_shapes)
        examples = _Batch(serialized, names)
        sparse = [
            ragged_parts(examples.ragged(key, kind), kind)
            for key, kind in zip(keys, self.sparse_types, strict=False)
        ]
        columns = [
            DenseColumn(key, shape, default)
            for key, shape, default in zip(keys[count:], self.dense_shapes, defaults, strict=True)
        ]
        values = [examples.dense(column) for column in columns]
        return (*(part[i] for i in range(3) for part in sparse), *values)

    gradient = Op.not_differentiable


class ParseSingleExample(Op):
    """Features of a serialized Example."""

    signature = Signature(
        "serialized: string, dense_defaults: list(Tdense) -> "
        "sparse_indices: num_sparse*int64, sparse_values: list(sparse_types), "
        "sparse_shapes: num_sparse*int64, dense_values: list(Tdense)",
        Tdense=TYPES,
    )

    num_sparse: int
    sparse_keys: tuple[str, ...]
    dense_keys: tuple[str, ...]
    sparse_types: tuple[DType, ...]
    dense_shapes: tuple[TensorShape, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (
            *(TensorShape.of((None, 1)) for _ in self.sparse_types),
            *(TensorShape.of((None,)) for _ in self.sparse_types),
            *(TensorShape.of((1,)) for _ in self.sparse_types),
            *self.dense_shapes,
        )

    def compute(self, xp: Any, *inputs: Any) -> tuple[Array, ...]:
        serialized, *given = inputs
        if np.ndim(serialized):
            raise invalid(
                f"Expected serialized to be a scalar, got shape: {bracketed(serialized.shape)}"
            )
        defaults = [host_array(default) for default in given]
        check_defaults(defaults, self.dense_shapes)
        example = _Single([np.asarray(serialized, object).item()])
        sparse = []
        for key, kind in zip(self.sparse_keys, self.sparse_types, strict=True):
            (values,) = example.ragged(key.encode(), kind)
            places = np.arange(len(values), dtype=np.int64).reshape(-1, 1)
            sparse.append((places, values, np.array([len(values)], np.int64)))
        dense = [
            example.dense(DenseColumn(key.encode(), shape, default))[0, ...]
            for key, shape, default in zip(
                self.dense_keys, self.dense_shapes, defaults, strict=True
            )
        ]
        return (*(part[i] for i in range(3) for part in sparse), *dense)

    gradient = Op.not_differentiable
