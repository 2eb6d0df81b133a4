"""What is computed from what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowgraph.graph.operation import Operation


def depending(elements: Iterable[Any], sources: Iterable[Any]) -> list[Any]:
    """Return those tensors and operations that are computed from any of the tensors `sources`."""
    known = dict.fromkeys((_operation(source) for source in sources), True)
    return [element for element in elements if _depends(_operation(element), known)]


def _operation(element: Any) -> Any:
    return element if isinstance(element, Operation) else element.op


def _depends(operation: Any, known: dict[Any, bool]) -> bool:
    """Whether an operation is in `known`, or an ancestor of it; adds to `known` what it finds."""
    stack = [operation]
    while stack:
        current = stack[-1]
        inputs = [] if current in known else [tensor.op for tensor in current.inputs]
        undecided = [each for each in inputs if each not in known]
        if undecided:
            stack += undecided
            continue
        stack.pop()
        known.setdefault(current, any(known[each] for each in inputs))
    return known[operation]
