"""What the ops on sparse tensors share: the argument itself, its parts, and their order."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.composite import SparseTensorValue
from flowgraph.graph.op import Spec
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape


def as_sparse(value: Any) -> SparseTensor:
    """Return a sparse tensor or the value of one as a sparse tensor.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor(*value)
    if not isinstance(value, SparseTensor):
        raise TypeError("Input must be a SparseTensor.")
    return value


def infer_parts(indices: Spec, values: Spec, sizes: Spec) -> tuple[int | None, int | None]:
    """Return the number of elements and the rank, as far as they are known."""
    places = with_rank(indices.shape, 2).sizes or (None, None)
    count = merged(TensorShape.of(places[:1]), with_rank(values.shape, 1)).sizes
    rank = merged(TensorShape.of(places[1:]), with_rank(sizes.shape, 1)).sizes
    return (count or (None,))[0], (rank or (None,))[0]


def check_parts(indices: Array, values: Array, sizes: Array, name: str = "sp") -> None:
    """Raise unless three arrays are a sparse tensor's."""
    if indices.ndim != 2:
        raise invalid(
            f"Input {name}_indices should be a matrix but received shape: "
            f"{bracketed(indices.shape)}"
        )
    if values.ndim != 1 or sizes.ndim != 1:
        raise invalid(
            f"Inputs {name}_values and {name}_shape should be vectors but received shapes: "
            f"{bracketed(values.shape)} and {bracketed(sizes.shape)}"
        )
    check_counts(indices, values)


def check_counts(indices: Array, values: Array) -> None:
    """Raise unless there is one value for each index row."""
    if len(indices) != len(values):
        raise invalid(
            "indices and values rows (indexing dimension) must match. "
            f"(indices = {len(indices)}, values = {len(values)})"
        )


def check_within(indices: Array, sizes: Array) -> None:
    """Raise unless every index row lies in the shape."""
    bad = ((indices < 0) | (indices >= sizes)).any(axis=1)
    if bad.any():
        row = int(bad.argmax())
        raise invalid(
            f"indices[{row}] = {bracketed(indices[row].tolist())} is out of bounds: "
            f"need 0 <= index < {bracketed(sizes.tolist())}"
        )


def order_of(indices: Array) -> Array:
    """Return the permutation that puts index rows in row-major order, stably."""
    if indices.shape[1] == 0:
        return np.arange(len(indices))
    return np.lexsort(indices.T[::-1])


def grouped(indices: Array) -> tuple[Array, Array, Array]:
    """Return the distinct index rows in order, the order, and each ordered row's group."""
    order = order_of(indices)
    ordered = indices[order]
    is_new = np.ones(len(ordered), dtype=bool)
    if len(ordered):
        is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return ordered[is_new], order, np.cumsum(is_new) - 1
