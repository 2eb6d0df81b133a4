"""Reductions along any axes, in two passes where one would leave the device idle.

Each pass joins numbers in an order that depends on the sizes only, so that results repeat.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.backends.cuda.groups import LARGE, Formula, Formulas, sizes
from flowgraph.backends.cuda.launch import FLOATS, Launch, Operand, Scratch, Target, over
from flowgraph.backends.emit.axes import collapse
from flowgraph.backends.emit.cuda import TYPES
from flowgraph.backends.emit.cuda_reductions import JOINS, function
from flowgraph.backends.emit.scalar import Group
from flowgraph.dtypes import as_dtype

_ROW = 512
"""Rows of at most so many elements are reduced by a warp each."""

_PART = 1024
"""The fewest elements of a part of a row; a part of columns has an eighth of it."""

_NUMBERS = frozenset((*FLOATS, "int32", "int64"))
_ALLOWED = dict.fromkeys(JOINS, _NUMBERS) | {
    "Mean": FLOATS, "Any": frozenset(("bool",)), "All": frozenset(("bool",)),
}  # fmt: skip


@dataclass(frozen=True)
class Computed:
    """What a group makes of its inputs, computed where it is reduced: it is never stored.

    Attributes
    ----------
    group : Group
        Of one result.
    shape : tuple of int
    dtype : numpy.dtype
    inputs : sequence of Operand
        Broadcast to the shape.
    """

    group: Group
    shape: tuple[int, ...]
    dtype: Any
    inputs: Sequence[Operand]


def reduce(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The sum, mean, product or extremum along axes that are known."""
    x, axes = inputs
    rank = len(x.shape)
    if axes.value is None or any(not -rank <= i < rank for i in axes.value.reshape(-1)):
        return None
    reduced = {int(i) % rank for i in axes.value.reshape(-1)}
    return along(op.type, x, reduced, outputs[0], target)


def half_of_squares(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Half the sum of all squares."""
    (x,) = inputs
    if x.dtype.name not in FLOATS:
        return None
    square = Formula("({0} * {0} * 0.5)", (0,), as_dtype(x.dtype))
    halves = Computed(Formulas((square,), 1, (1,)), x.shape, x.dtype, [x])
    return along("Sum", halves, set(range(len(x.shape))), outputs[0], target)


def along(
    kind: str, x: Operand | Computed, reduced: set[int], y: Operand, target: Target
) -> list[Launch] | None:
    """Return the launches that reduce `x` along the axes `reduced`; ``None`` for this dtype."""
    if x.dtype.name not in _ALLOWED[kind] or y.dtype != x.dtype:
        return None
    if not y.size:
        return []
    spans = _spans(x.shape, reduced)
    divisor = float(math.prod(x.shape[i] for i in reduced))
    work: list[Launch] = []
    source: Operand | Computed = x
    while True:
        last = max(i for i, (_, is_reduced) in enumerate(spans) if is_reduced)
        outer = math.prod(size for size, _ in spans[:last])
        inner = math.prod(size for size, _ in spans[last + 1 :])
        is_last = not any(is_reduced for _, is_reduced in spans[:last])
        parts = (outer, spans[last][0], inner)
        source = _stage(kind, x.dtype, source, parts, divisor, y if is_last else None, target, work)
        if is_last:
            return work
        del spans[last]


def sum_parts(
    source: Operand, sizes: tuple[int, int, int], y: Operand, target: Target
) -> list[Launch]:
    """Return the launches that sum (outer, count, inner) over the middle axis."""
    work: list[Launch] = []
    _stage("Sum", y.dtype, source, sizes, 1.0, y, target, work)
    return work


def _spans(shape: Sequence[int], reduced: set[int]) -> list[tuple[int, bool]]:
    """Return neighbouring axes that are treated alike as one; at least one is reduced."""
    spans: list[tuple[int, bool]] = []
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        if spans and spans[-1][1] == (axis in reduced):
            spans[-1] = (spans[-1][0] * size, spans[-1][1])
        else:
            spans.append((size, axis in reduced))
    if not any(is_reduced for _, is_reduced in spans):
        spans.append((1, True))
    return spans


def _stage(
    kind: str, dtype: Any, source: Operand | Computed, parts: tuple[int, int, int], divisor: float,
    target: Operand | None, device: Target, work: list[Launch],
) -> Operand:  # fmt: skip
    """Reduce the middle one of three axes; return where the result is."""
    outer, _, inner = parts
    split = _split(parts, device)
    computed = accumulator(dtype)
    if split > 1:
        middle = Scratch(outer * split * inner, computed)
        work.append(_launch(kind, dtype, source, parts, split, divisor, middle, True))
        source, parts = middle, (outer, split, inner)
    is_partial = target is None
    result = Scratch(outer * inner, computed) if target is None else target
    work.append(_launch(kind, dtype, source, parts, 1, divisor, result, is_partial))
    return result


def _split(parts: tuple[int, int, int], device: Target) -> int:
    """Return into how many parts to split the axis."""
    outer, count, inner = parts
    blocks = outer if inner == 1 else outer * -(-inner // _columns(inner))
    least = _PART if inner == 1 else _PART // 8
    if blocks >= 2 * device.processors or count <= 2 * least:
        return 1
    return min(-(-count // least), -(-4 * device.processors // blocks))


def _columns(inner: int) -> int:
    return int(min(32, 1 << (inner - 1).bit_length()))


def _launch(
    kind: str, dtype: Any, source: Operand | Computed, parts: tuple[int, int, int], split: int,
    divisor: float, out: Operand, is_partial: bool,
) -> Launch:  # fmt: skip
    outer, count, inner = parts
    is_large = math.prod(parts) >= LARGE
    step = -(-count // split)
    block = (256, 1, 1)
    if inner > 1:
        columns = _columns(inner)
        form, block = "columns", (columns, 256 // columns, 1)
        grid = (outer * over(inner, columns), split, 1)
    elif split == 1 and count <= _ROW:
        form, block, grid = "warps", (32, 8, 1), (over(outer, 8), 1, 1)
    else:
        form, grid = "blocks", (outer, split, 1)
    inputs, axes, group = [source], None, None
    if isinstance(source, Computed):
        inputs, group = list(source.inputs), source.group
        axes = collapse(source.shape, [operand.shape for operand in inputs])
    name, text = function(
        kind, form, [operand.dtype.name for operand in inputs], dtype.name, axes, group,
        is_partial, is_large,
    )  # fmt: skip
    lengths = (outer, count, inner, step), axes.sizes if axes else ()
    before, after = (sizes(each, is_large) for each in lengths)
    arguments = (*before, np.float64(divisor), *after, *inputs, out)
    return Launch(name, text, grid, block, arguments)


def accumulator(dtype: Any) -> Any:
    """Return the dtype in which sums of numbers of a dtype are kept."""
    name = {"half_t": "float32", "bfloat16_t": "float32"}.get(TYPES[dtype.name][0])
    return np.dtype(name or dtype)


MAKERS = {**dict.fromkeys(JOINS, reduce), "L2Loss": half_of_squares}
