"""Nested structures of tensors: what layers take and return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph.ops.core import convert_to_tensor
from flowgraph.variables.variable import Variable


def leaves(value: Any) -> Iterator[Any]:
    """Yield what a structure of lists, tuples and dicts holds."""
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """Return a structure like `value` of what `function` makes of each leaf."""
    if isinstance(value, dict):
        return {key: mapped(function, item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(mapped(function, item) for item in value))
    if isinstance(value, list | tuple):
        return type(value)(mapped(function, item) for item in value)
    return function(value)


def as_tensor(value: Any) -> Any:
    """Return arrays, numbers and variables as tensors, and other things as they are."""
    is_value = isinstance(value, np.ndarray | np.generic | float | int | Variable)
    return convert_to_tensor(value) if is_value else value
