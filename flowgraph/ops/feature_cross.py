"""Every combination of one feature from each of several lists."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops.string_fingerprint import combine, farmhash64
from flowgraph.shapes import TensorShape

_LARGEST = (1 << 63) - 1


class SparseCross(Op):
    """For each row, every combination of one feature of each sparse and dense input."""

    signature = Signature(
        "indices: N*int64, values: list(sparse_types), shapes: N*int64, "
        "dense_inputs: list(dense_types) -> "
        "output_indices: int64, output_values: out_type, output_shape: int64"
    )

    hashed_output: bool
    num_buckets: int
    hash_key: int
    out_type: DType
    internal_type: DType
    # Lists of two kinds follow each other: the inputs alone do not say where one ends.
    N: int
    sparse_types: tuple[DType, ...]
    dense_types: tuple[DType, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return tuple(TensorShape.of(sizes) for sizes in ((None, 2), (None,), (2,)))

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        return self.compute

    def compute(self, *inputs: Array) -> tuple[Array, ...]:
        indices, values, shapes = (inputs[i * self.N : (i + 1) * self.N] for i in range(3))
        dense = [np.asarray(column) for column in inputs[3 * self.N :]]
        count = int(shapes[0][0]) if self.N else len(dense[0])
        columns = [
            _rows(np.asarray(places), np.asarray(features), count)
            for places, features in zip(indices, values, strict=True)
        ]
        columns += [column.tolist() for column in dense]
        crossed = [
            [self._crossed(features) for features in itertools.product(*row)]
            for row in zip(*columns, strict=True)
        ]
        places = [(i, j) for i, row in enumerate(crossed) for j in range(len(row))]
        result = np.empty(len(places), dtype=self.out_type.numpy)
        result[:] = [feature for row in crossed for feature in row]
        widest = max(map(len, crossed), default=0)
        return (
            np.array(places, dtype=np.int64).reshape(-1, 2),
            result,
            np.array([count, widest], dtype=np.int64),
        )

    def _crossed(self, features: tuple[Any, ...]) -> Any:
        if not self.hashed_output:
            return b"_X_".join(_text(feature) for feature in features)
        hashed = functools.reduce(combine, map(_hashed, features), self.hash_key)
        return hashed % (self.num_buckets or _LARGEST)

    gradient = Op.not_differentiable


def _hashed(feature: Any) -> int:
    if isinstance(feature, bytes):
        return farmhash64(feature)
    return int(feature) & ((1 << 64) - 1)


def _text(feature: Any) -> bytes:
    return feature if isinstance(feature, bytes) else str(feature).encode()


def _rows(places: Array, features: Array, count: int) -> list[list[Any]]:
    rows: list[list[Any]] = [[] for _ in range(count)]
    for row, feature in zip(places[:, 0].tolist(), features.tolist(), strict=True):
        rows[row].append(feature)
    return rows
