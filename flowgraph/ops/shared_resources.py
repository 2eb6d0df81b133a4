"""Resources of a session that several operations may share: queues, readers, tables."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Resources
from flowgraph.graph.operation import Operation

_numbers = itertools.count()


def shared(
    resources: Resources,
    operation: Operation,
    container: str,
    shared_name: str,
    make: Callable[[str], Any],
) -> Any:
    """Return the session's resource for an operation, made on first use.

    Parameters
    ----------
    resources : Resources
    operation : Operation
    container, shared_name : str
        Operations of one shared name, if it is not empty, have one resource.
    make : callable
        Makes it, given its name: the shared one, or one that no other resource of the
        process has.
    """
    if shared_name:
        return resources.get((container, shared_name), lambda: make(shared_name))
    return resources.get(operation, lambda: make(f"_{next(_numbers)}_{operation.name}"))


def handle_of(resource: Any) -> Array:
    """Return a scalar that holds a resource: it can be stacked, gathered and chosen."""
    handle = np.empty((), object)
    handle[()] = resource
    return handle


def behind(handle: Any) -> Any:
    """Return the resource that a scalar holds."""
    return np.asarray(handle, object).item()
