"""The differentiable paths of a graph."""

from __future__ import annotations

from collections.abc import Sequence

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor


def is_trainable(tensor: Tensor) -> bool:
    """Whether gradients flow through `tensor`: its dtype is inexact, or it is a handle."""
    dtype = tensor.dtype.base_dtype
    return dtype.is_floating or dtype.is_complex or dtype in (dtypes.resource, dtypes.variant)


def operations_between(ys: Sequence[Tensor], xs: Sequence[Tensor]) -> list[Operation]:
    """Return the operations on the differentiable paths from `xs` to `ys`, the last made first.

    An operation's inputs exist before it does, so in this order each operation comes after
    all its consumers. Both ends are included where they are connected.
    """
    if not xs:
        return []
    oldest = min(x.op._id for x in xs)
    upstream: set[Operation] = set()
    stack = [y.op for y in ys]
    while stack:
        operation = stack.pop()
        if operation._id >= oldest and operation not in upstream:
            upstream.add(operation)
            stack.extend(tensor.op for tensor in operation.inputs)
    between = upstream.intersection(x.op for x in xs)
    ordered = []
    for operation in sorted(upstream, key=lambda operation: operation._id):
        if operation in between or _is_downstream(operation, between):
            between.add(operation)
            ordered.append(operation)
    ordered.reverse()
    return ordered


def _is_downstream(operation: Operation, of: set[Operation]) -> bool:
    return any(tensor.op in of and is_trainable(tensor) for tensor in operation.inputs)
