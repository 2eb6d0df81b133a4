"""The shapes that samples are made of, as far as they are known when the graph is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.comparison import equal
from flowgraph.ops.core import convert_to_tensor, rank, shape
from flowgraph.ops.joining import concat
from flowgraph.ops.reduction import reduce_prod
from flowgraph.ops.selection import where
from flowgraph.ops.slicing import slice
from flowgraph.shapes import TensorShape, unknown_shape


def refine_shape(
    samples: Tensor, sizes: Tensor, batch_shape: TensorShape, event_shape: TensorShape
) -> None:
    """State what is known of the shape of samples beyond what the operations show."""
    value = sizes.static_value()
    drawn = unknown_shape() if value is None else TensorShape(value.tolist())
    parts = [drawn, batch_shape, event_shape]
    total = samples.shape.ndims
    unknown = [i for i, part in enumerate(parts) if part.ndims is None]
    if total is not None and len(unknown) == 1:
        known = sum(part.ndims for part in parts if part.ndims is not None)
        parts[unknown.pop()] = unknown_shape(total - known)
    if not unknown:
        samples.set_shape(parts[0].concatenate(parts[1]).concatenate(parts[2]))
    elif total is not None:
        if parts[0].ndims is not None:
            after = unknown_shape(total - parts[0].ndims)
            samples.set_shape(parts[0].concatenate(after))
        if parts[2].ndims is not None:
            before = unknown_shape(total - parts[2].ndims)
            samples.set_shape(before.concatenate(parts[2]))


def shape_tensor(known: TensorShape, name: str, compute: Callable[[], Tensor]) -> Tensor:
    """Return a shape as a constant if it is known, else as the subclass computes it."""
    if known.is_fully_defined():
        return convert_to_tensor(known.as_list(), dtypes.int32, name=name)
    return compute()


def is_scalar(known: TensorShape, compute: Callable[[], Tensor]) -> Any:
    """Return whether a shape has no axis: a bool where it is known, else a tensor."""
    if known.ndims is not None:
        return known.ndims == 0
    sizes = compute()
    length = sizes.shape.as_list()[0] if sizes.shape.ndims is not None else None
    return equal(shape(sizes)[0], 0) if length is None else length == 0


def as_vector(sizes: Tensor, name: str) -> tuple[Tensor, Any]:
    """Return a sample shape as a vector, and its product: a number where it is known."""
    value = sizes.static_value()
    count = reduce_prod(sizes) if value is None else np.prod(value, dtype=value.dtype)
    ndims = sizes.shape.ndims
    if ndims is None:
        has_no_axis = equal(rank(sizes), 0)
        # The shape of the shape: [1] stands for a scalar's, which is [].
        both = concat([np.array([1], np.int32), shape(sizes)], 0)
        start = where(has_no_axis, 0, 1)
        return reshape(sizes, slice(both, [start], [1])), count
    if ndims > 1:
        raise ValueError("Input is neither scalar nor vector.")
    if ndims == 0:
        sizes = (
            reshape(sizes, [1])
            if value is None
            else convert_to_tensor(np.array([value], value.dtype), name=name)
        )
    return sizes, count
