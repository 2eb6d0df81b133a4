"""Elementwise functions of sparse tensors: of their values, where these are zero at zero."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flowgraph.graph.composite import IndexedSlices, PartialTensor
from flowgraph.graph.tensor import Tensor


def takes_sparse(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Let a function of one tensor take a `SparseTensor` too, and return one."""

    @functools.wraps(function)
    def of_values(x: Any, name: str | None = None) -> Any:
        if isinstance(x, PartialTensor) and not isinstance(x, IndexedSlices):
            return x.with_values(function(x.values, name))
        return function(x, name)

    return of_values
