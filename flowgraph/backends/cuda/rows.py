"""Rows of tables by index: taken, combined with others, and added up by segment.

Equal indices are brought together by a stable sort, and each row is changed by one thread per
column, in order: results repeat, and no atomic operation is needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda.groups import Formula, Formulas, formulas
from flowgraph.backends.cuda.launch import (
    FLOATS,
    Launch,
    Operand,
    Scratch,
    Target,
    launch,
    over,
    scalar,
)
from flowgraph.backends.emit.cuda import THREADS
from flowgraph.backends.emit.cuda_rows import function
from flowgraph.dtypes import as_dtype

_RANKED = 8192
"""So many keys are sorted by counting: one launch instead of three per digit."""

_TILE = 2048
_DIGIT = 4
"""Keys of a block, and bits of a digit, in ``sort.cu``."""

_WORDS = {1: "int8", 2: "int16", 4: "int32", 8: "int64"}
_NUMBERS = frozenset((*FLOATS, "int32", "int64"))


def gather(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The slices of a table that indices name."""
    table, indices, axis = inputs
    (out,) = outputs
    if op.batch_dims or axis.value is None or not table.shape:
        return None
    where = int(axis.value) % len(table.shape)
    inner = table.shape[where + 1 :]
    if out.shape != (*table.shape[:where], *indices.shape, *inner):
        return None
    if not out.size:
        return []
    bytes_of_slice = math.prod(inner) * table.dtype.itemsize
    fits = [w for w in _WORDS if bytes_of_slice % w == 0 and _is_aligned(w, table, out)]
    word = max(fits) if fits else 0
    if not word:
        return None
    words = bytes_of_slice // word
    outer, count = math.prod(table.shape[:where]), indices.size
    return [
        launch(
            "gather", "gather", np.dtype(_WORDS[word]), over(outer * count * words), outer, count,
            table.shape[where], words, indices.dtype == np.int64, indices, table, out,
        )
    ]  # fmt: skip


def _is_aligned(word: int, *operands: Operand) -> bool:
    return all(word <= o.dtype.itemsize or o.alignment % word == 0 for o in operands)


def sort(indices: Operand, limit: int) -> tuple[list[Launch], Operand, Operand]:
    """Sort indices below `limit`; return the launches, the keys and where each came from."""
    count = np.int32(indices.size)
    pairs = [(Scratch(indices.size, np.int64), Scratch(indices.size, np.int32)) for _ in range(2)]
    bound, blocks = np.int64(limit), over(indices.size)
    first = (count, bound, indices, *pairs[0])
    if indices.size <= _RANKED:
        return [launch("sort", "sort_by_rank", indices.dtype, blocks, *first)], *pairs[0]
    work = [launch("sort", "sort_begin", indices.dtype, blocks, *first)]
    blocks = over(indices.size, _TILE)
    totals = Scratch(blocks << _DIGIT, np.int32)
    for shift in range(0, limit.bit_length(), _DIGIT):
        source, target = pairs
        digit = (count, np.int32(shift))
        work += [
            launch("sort", "sort_count", indices.dtype, blocks, *digit, source[0], totals),
            launch("sort", "sort_scan", indices.dtype, 1, np.int32(totals.size), totals),
            launch("sort", "sort_move", indices.dtype, blocks, *digit, totals, *source, *target),
        ]
        pairs.reverse()
    return work, *pairs[0]


def update_rows(
    texts: Sequence[str], arrays: Sequence[Operand], indices: Operand, updates: Operand,
    scalars: Sequence[Operand] = (),
) -> list[Launch] | None:  # fmt: skip
    """Change rows of arrays by formulas; ``None`` if the updates do not fit.

    Parameters
    ----------
    texts : sequence of str
        Scalar code of an element of each array, that of the update, the scalars, and the results
        before. The last ones are the arrays' new elements.
    arrays : sequence of Operand
        Of one shape.
    indices, updates, scalars : Operand
        One update may be there for all indices.
    """
    shape, dtype = arrays[0].shape, arrays[0].dtype
    width = math.prod(shape[1:])
    is_scalar = not updates.shape
    if updates.dtype != dtype or not (is_scalar or updates.shape == (*indices.shape, *shape[1:])):
        return None
    if not indices.size or not width or not shape[0]:
        return []
    count = len(arrays) + 1 + len(scalars)
    kind = as_dtype(dtype)
    members = [Formula(text, tuple(range(count + n)), kind) for n, text in enumerate(texts)]
    results = tuple(range(count + len(texts) - len(arrays), count + len(texts)))
    group = Formulas(tuple(members), count, results)
    name, text = function(group, dtype.name, len(arrays), is_scalar)
    work, keys, order = sort(indices, shape[0])
    sizes = [scalar(n) for n in (indices.size, width, shape[0])]
    arguments = (*sizes, keys, order, *arrays, updates, *scalars)
    grid = (over(indices.size * width), 1, 1)
    return [*work, Launch(name, text, grid, (THREADS, 1, 1), arguments)]


_COMBINED = {
    "ScatterUpdate": "{1}",
    "ScatterAdd": "({0} + {1})",
    "ScatterSub": "({0} - {1})",
    "ScatterMul": "({0} * {1})",
    "ScatterDiv": "({0} / {1})",
    "ScatterMin": "({0} < {1} || {0} != {0} ? {0} : {1})",
    "ScatterMax": "({0} > {1} || {0} != {0} ? {0} : {1})",
}


def scatter(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Rows of a variable, combined with updates."""
    table, indices, updates = inputs
    is_allowed = table.dtype.name in (FLOATS if op.type == "ScatterDiv" else _NUMBERS)
    if not is_allowed or not table.shape:
        return None
    return update_rows([_COMBINED[op.type]], [table], indices, updates)


_SEGMENTS = {
    "UnsortedSegmentSum": "ScatterAdd",
    "UnsortedSegmentProd": "ScatterMul",
    "UnsortedSegmentMax": "ScatterMax",
    "UnsortedSegmentMin": "ScatterMin",
}
"""Which scatter joins rows in the same way."""


def segments(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The sum, product or extremum of the rows of each segment."""
    data, ids = inputs[:2]
    (out,) = outputs
    if out.dtype.name not in _NUMBERS or not out.shape:
        return None
    rows = update_rows([_COMBINED[_SEGMENTS[op.type]]], [out], ids, data)
    initial = _literal(op.initial(out.dtype))
    return None if rows is None else formulas([initial], [], [out], out.shape) + rows


def _literal(value: Any) -> str:
    """Return a number as C's scalar code; the least integer has no literal of its own."""
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, float):
        return repr(number)
    return f"({number + 1} - 1)" if number < 0 else str(number)


MAKERS = {
    "GatherV2": gather,
    **dict.fromkeys(_COMBINED, scatter),
    **dict.fromkeys(_SEGMENTS, segments),
}
