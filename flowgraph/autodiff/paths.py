"""The differentiable paths of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor

_NOWHERE: Mapping[Tensor, Tensor] = MappingProxyType({})


def is_trainable(tensor: Tensor) -> bool:
    """Whether gradients flow through `tensor`: its dtype is inexact, or it is a handle."""
    dtype = tensor.dtype.base_dtype
    return dtype.is_floating or dtype.is_complex or dtype in (dtypes.resource, dtypes.variant)


def operations_between(
    ys: Sequence[Tensor], xs: Sequence[Tensor], origins: Mapping[Tensor, Tensor] = _NOWHERE
) -> list[Operation]:
    """Return the operations on the differentiable paths from `xs` to `ys`, the last made first.

    An operation's inputs exist before it does, so in this order each operation comes after
    all its consumers. Both ends are included where they are connected.

    Parameters
    ----------
    ys, xs : sequence of Tensor
    origins : mapping of Tensor to Tensor, optional
        See `captured_from`: what stands for a tensor of the graph around continues there.
    """
    if not xs:
        return []
    oldest = None if origins else min(x.op._id for x in xs)
    upstream: set[Operation] = set()
    stack = [y.op for y in ys]
    while stack:
        operation = stack.pop()
        if operation not in upstream and (oldest is None or operation._id >= oldest):
            upstream.add(operation)
            stack.extend(tensor.op for tensor in sources(operation, origins))
    between = upstream.intersection(x.op for x in xs)
    depths = {graph: _depth(graph) for graph in {operation.graph for operation in upstream}}
    ordered = []
    for operation in sorted(upstream, key=lambda each: (depths[each.graph], each._id)):
        if operation in between or _is_downstream(operation, between, origins):
            between.add(operation)
            ordered.append(operation)
    ordered.reverse()
    return ordered


def captured_from(ys: Sequence[Tensor], xs: Sequence[Tensor]) -> dict[Tensor, Tensor]:
    """Return, for parameters that stand inside a body for tensors around it, these tensors.

    There are none unless one of `xs` is of a graph around that of one of `ys`.
    """
    found: dict[Tensor, Tensor] = {}
    wanted = {x.op.graph for x in xs}
    for inner in {y.op.graph for y in ys}:
        around = _around(inner)
        if wanted.isdisjoint(around):
            continue
        for body in (inner, *around[:-1]):
            found.update((parameter, outside) for outside, parameter in body.captures.items())
    return found


def sources(operation: Operation, origins: Mapping[Tensor, Tensor]) -> Sequence[Tensor]:
    """Return the tensors that an operation's value comes from."""
    if operation.inputs or not origins:
        return operation.inputs
    return [origins[y] for y in operation.outputs if y in origins]


def _around(graph: Any) -> list[Any]:
    """Return the graphs around one, the nearest first."""
    found = []
    while graph.root is not graph:
        graph = graph.outer
        found.append(graph)
    return found


def _depth(graph: Graph) -> int:
    return len(_around(graph))


def _is_downstream(
    operation: Operation, of: set[Operation], origins: Mapping[Tensor, Tensor]
) -> bool:
    found = sources(operation, origins)
    return any(tensor.op in of and is_trainable(tensor) for tensor in found)
