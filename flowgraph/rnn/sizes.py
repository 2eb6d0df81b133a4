"""Shapes of states and outputs: the size that a cell states, with the batch in front."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.array import expand_dims
from flowgraph.ops.constant import constant
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.shapes import TensorShape, as_shape


def _vector(part: Any, what: str) -> tuple[Tensor | None, TensorShape]:
    """Return a part of a shape as a vector, if it is known when the graph runs, and statically."""
    if not isinstance(part, Tensor):
        known = as_shape(part)
        sizes = known.as_list() if known.is_fully_defined() else None
        return None if sizes is None else constant(sizes, dtype=dtypes.int32), known
    known = as_shape(part.static_value())
    if part.shape.ndims == 0:
        return expand_dims(part, 0), known
    if part.shape.ndims != 1:
        raise ValueError(f"{what} tensor must be either a scalar or vector, but saw tensor: {part}")
    return part, known


def batched_shape(batch_size: Any, size: Any) -> Tensor:
    """Return the shape `size` with `batch_size` in front, as a tensor.

    Parameters
    ----------
    batch_size : int, TensorShape or Tensor
    size : int, TensorShape or Tensor

    Raises
    ------
    ValueError
        If either is not fully known.
    """
    first, rest = _vector(batch_size, "prefix")[0], _vector(size, "suffix")[0]
    if first is None or rest is None:
        raise ValueError(f"Provided a prefix or suffix of None: {batch_size} and {size}")
    return concat([first, rest], 0)


def static_batched_shape(batch_size: Any, size: Any) -> TensorShape:
    """Return the shape `size` with `batch_size` in front, as far as it is known."""
    return _vector(batch_size, "prefix")[1].concatenate(_vector(size, "suffix")[1])


def element_shape(rows: int | None, size: Any) -> TensorShape:
    """Return what is known of the shape of an output of `size` for a batch of `rows`."""
    known = size.static_value() if isinstance(size, Tensor) else size
    return TensorShape.of((rows,)).concatenate(as_shape(known))


def zero_states(sizes: Any, batch_size: Any, dtype: Any) -> Any:
    """Return zeros of each size in a structure, with the batch in front.

    Parameters
    ----------
    sizes : int, TensorShape, Tensor or nested structure of them
    batch_size : int or Tensor
    dtype : DType
    """

    def zero_state(size: Any) -> Tensor:
        state = zeros(batched_shape(batch_size, size), dtype=dtype)
        state.set_shape(static_batched_shape(batch_size, size))
        return state

    return nest.map_structure(zero_state, sizes)
