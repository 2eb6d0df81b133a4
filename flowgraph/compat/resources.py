"""``tensorflow.python.ops.resources``: what a program has to initialize besides variables.

Nothing registers itself here: tables have a collection of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, add_to_collection, get_collection
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.control import group, no_op


class Resource(NamedTuple):
    """A resource, with what makes it and what tells whether it is made."""

    handle: Any
    create: Operation
    is_initialized: Tensor


def register_resource(
    handle: Any, create_op: Operation, is_initialized_op: Tensor, is_shared: bool = True
) -> None:
    """Note a resource in the collection of those that tasks share, or of the local ones."""
    key = GraphKeys.RESOURCES if is_shared else GraphKeys.LOCAL_RESOURCES
    add_to_collection(key, Resource(handle, create_op, is_initialized_op))


def shared_resources() -> list[Any]:
    """Return the resources that tasks share."""
    return get_collection(GraphKeys.RESOURCES)


def local_resources() -> list[Any]:
    """Return the resources of this session alone."""
    return get_collection(GraphKeys.LOCAL_RESOURCES)


def initialize_resources(resource_list: Sequence[Any], name: str = "init") -> Operation:
    """Return an operation that makes resources.

    Examples
    --------
    >>> from flowgraph.compat.resources import initialize_resources, shared_resources
    >>> initialize_resources(shared_resources()).type
    'NoOp'
    """
    if not resource_list:
        return no_op(name)
    return group(*[resource.create for resource in resource_list], name=name)
