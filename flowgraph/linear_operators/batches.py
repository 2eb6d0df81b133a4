"""Matrices and right sides over one batch, as the ops that solve equations want them."""

from __future__ import annotations

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.broadcasting import broadcast_dynamic_shape, broadcast_to
from flowgraph.ops.core import shape
from flowgraph.ops.joining import concat


def over_one_batch(parts: list[Tensor], ndims: int) -> list[Tensor]:
    """Return tensors broadcast to each other, but for their last `ndims` axes."""
    batches = [part.shape[:-ndims] for part in parts]
    first = batches[0]
    if all(b.is_fully_defined() and b.as_list() == first.as_list() for b in batches):
        return parts
    common = shape(parts[0])[:-ndims]
    for part in parts[1:]:
        common = broadcast_dynamic_shape(common, shape(part)[:-ndims])
    return [broadcast_to(part, concat([common, shape(part)[-ndims:]], 0)) for part in parts]
