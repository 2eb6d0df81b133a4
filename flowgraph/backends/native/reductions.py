"""Reductions of float32 and float64 arrays along neighbouring axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flowgraph.backends.native import call as native
from flowgraph.backends.native.call import Call, Place, Result, Scratch, call
from flowgraph.backends.native.library import size

_TYPES = {"float32": "float", "float64": "double"}

_FUNCTIONS = {"Sum": 0, "Mean": 0, "Max": 1, "Min": 2}


def reduce(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The sum, mean, largest or smallest element along axes that are known."""
    x, axes = inputs
    if (
        axes.array is None
        or not axes.is_constant
        or any(not -len(x.shape) <= i < len(x.shape) for i in axes.array.reshape(-1))
    ):
        return None
    reduced = {int(i) % len(x.shape) for i in axes.array.reshape(-1)}
    parts = _parts(x.shape, reduced)
    if parts is None:
        return None
    scale = 1 / parts[1] if op.type == "Mean" else 1.0
    return _reduce(library, _FUNCTIONS[op.type], parts, scale, x, outputs[0], scratch)


def channel_sums(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The sums over every axis but the channels."""
    (x,), (y,) = inputs, outputs
    if op.data_format == "NCHW" or len(x.shape) < 2:
        return None
    parts = (1, math.prod(x.shape[:-1]), x.shape[-1])
    return _reduce(library, 0, parts, 1.0, x, y, scratch)


def _parts(shape: Sequence[int], reduced: set[int]) -> tuple[int, int, int] | None:
    """Return the sizes before, of and after the reduced axes, if these are neighbours."""
    axes = [i for i, n in enumerate(shape) if n != 1]
    inside = [i for i in axes if i in reduced]
    if not inside or any(inside[0] < i < inside[-1] and i not in reduced for i in axes):
        return None
    outer = math.prod(shape[: inside[0]])
    inner = math.prod(shape[inside[-1] + 1 :])
    return outer, math.prod(shape[i] for i in inside), inner


def _reduce(
    library: Any, function: int, parts: tuple[int, int, int], scale: float,
    x: Place, y: Result, scratch: Scratch,
) -> Call | None:  # fmt: skip
    count = math.prod(parts)
    kind = _TYPES.get(x.dtype.name)
    if kind is None or not count or count < native.LEAST // 16:
        return None
    elements = size(library, f"fg_reduce_scratch_{kind}", *parts)
    (sums,) = scratch.take(elements * x.dtype.itemsize)
    return call(library[f"fg_reduce_{kind}"], function, *parts, scale, x, sums, y)


MAKERS = {**dict.fromkeys(_FUNCTIONS, reduce), "BiasAddGrad": channel_sums}
