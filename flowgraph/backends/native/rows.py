"""Rows of float32 tables by index: taken, added up, and updated in place."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.backends.native import call as native
from flowgraph.backends.native.call import Call, Place, Result, Scratch, call

_CACHE_LINE = 64


def gather(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The rows of a table that indices name."""
    table, indices, axis = inputs
    (out,) = outputs
    if op.batch_dims or axis.array is None or int(axis.array):
        return None
    if out.shape != (*indices.shape, *table.shape[1:]):
        return None
    row = math.prod(table.shape[1:]) * int(table.dtype.itemsize)
    count = math.prod(indices.shape)
    # NumPy is no slower at taking single elements.
    if table.dtype.hasobject or not row or (row < _CACHE_LINE and native.LEAST):
        return None
    named = (count, indices.dtype == np.int64, indices)
    run = call(library.fg_gather, *named, row, table, out)
    return _checked(library, op, inputs, named, 0, table.shape[0], run)


def segment_sum(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The sum of the rows of each segment."""
    (out,) = outputs
    if out.dtype != np.float32:
        return None

    def make(data: Any, segments: Any, number: Any) -> Call | None:
        rank, sizes = len(segments.shape), data.shape
        is_known = None not in out.shape
        count = out.shape[0] if is_known else int(number.value())
        shape = (count, *sizes[rank:])
        if sizes[:rank] != segments.shape or (is_known and out.shape != shape):
            return None
        target: Any = out if is_known else np.empty(shape, np.float32)
        named = (math.prod(segments.shape), segments.dtype == np.int64, segments)
        run = call(library.fg_segment_sum, *named, math.prod(sizes[rank:]), count, data, target)
        checked = _checked(library, op, inputs, named, -(2**62), count, run)
        if is_known:
            return checked

        def put() -> None:
            checked()
            out.put(target)

        return put

    return _late(op, inputs, outputs, make)


def sorted_segment_sum(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The sum of the rows of each segment, which lie together: the last says how many there are."""
    data, segments = inputs
    (out,) = outputs
    if out.dtype != np.float32 or None not in out.shape:
        return None

    def run() -> None:
        values, rows = data.value(), segments.value()
        fits = rows.ndim == 1 and rows.size > 0 and rows.shape == values.shape[:1]
        if not fits or rows[0] < 0 or (rows[1:] < rows[:-1]).any():
            out.put(_computed(op, inputs))
            return
        sums = np.empty((int(rows[-1]) + 1, *values.shape[1:]), np.float32)
        width = math.prod(values.shape[1:])
        call(
            library.fg_segment_sum, rows.size, rows.dtype == np.int64, rows, width, len(sums),
            values, sums,
        )()  # fmt: skip
        out.put(sums)

    return run


def scatter(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """Rows of a variable, increased or decreased."""
    table = inputs[0]
    if table.dtype != np.float32 or not table.shape:
        return None

    def make(_: Any, indices: Any, updates: Any) -> Call | None:
        if updates.shape != (*indices.shape, *table.shape[1:]):
            return None
        named = (math.prod(indices.shape), indices.dtype == np.int64, indices)
        run = call(
            library.fg_scatter, *named, math.prod(table.shape[1:]), op.type == "ScatterSub",
            table, updates,
        )  # fmt: skip
        return _checked(library, op, inputs, named, 0, table.shape[0], run)

    return _late(op, inputs, outputs, make)


_UPDATES = {
    "SparseApplyMomentum": ("fg_sparse_momentum", "use_nesterov"),
    "SparseApplyAdagrad": ("fg_sparse_adagrad", "update_slots"),
}
"""The function of each optimizer, and the attribute that chooses its variant."""


def update(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """Rows of a variable and its slot, changed by an optimizer."""
    function, attribute = _UPDATES[op.type]
    var, slot = inputs[:2]
    if var.dtype != np.float32 or not var.shape or slot.shape != var.shape:
        return None

    def make(*arguments: Any) -> Call | None:
        grad, indices = arguments[3:5]
        scalars = (arguments[2], *arguments[5:])
        if len(indices.shape) != 1 or grad.shape != (*indices.shape, *var.shape[1:]):
            return None
        if any(scalar.shape for scalar in scalars):
            return None
        named = (indices.shape[0], indices.dtype == np.int64, indices)
        run = call(
            library[function], *named, math.prod(var.shape[1:]), getattr(op, attribute),
            *arguments[:4], *arguments[5:],
        )  # fmt: skip
        return _checked(library, op, inputs, named, 0, var.shape[0], run)

    return _late(op, inputs, outputs, make)


def _late(
    op: Any, inputs: Sequence[Place], outputs: Sequence[Result],
    make: Callable[..., Call | None],
) -> Call | None:  # fmt: skip
    """Return the call that `make` gives; one that makes it in each run if sizes are unknown.

    The number of distinct rows, of which optimizers' updates are made, is known to no plan.
    """
    if not any(None in place.shape for place in (*inputs, *outputs)):
        return make(*inputs)

    def run() -> None:
        given = [place.value() if None in place.shape else place for place in inputs]
        made = make(*given)
        if made is not None:
            made()
            return
        value = _computed(op, inputs)
        for result in outputs:
            result.put(value)

    return run


def _checked(
    library: Any, op: Any, inputs: Sequence[Place], named: tuple[Any, ...], least: int, limit: int,
    run: Call,
) -> Call:  # fmt: skip
    """Return the call, made only if the indices lie in ``[least, limit)``."""
    fit = call(library.fg_rows_fit, *named, least, limit)

    def checked() -> None:
        if fit():
            run()
        else:
            _computed(op, inputs)  # says which does not

    return checked


def _computed(op: Any, inputs: Sequence[Place]) -> Any:
    """Return what the op computes itself."""
    arguments = zip(op.signature.inputs, inputs, strict=True)
    return op.compute(np, *[p.held() if a.is_ref else p.value() for a, p in arguments])


MAKERS = {
    "GatherV2": gather,
    "UnsortedSegmentSum": segment_sum,
    "SegmentSum": sorted_segment_sum,
    **dict.fromkeys(("ScatterAdd", "ScatterSub"), scatter),
    **dict.fromkeys(_UPDATES, update),
}
UNSIZED = frozenset(MAKERS) - {"GatherV2"}
"""The ops whose kernels take inputs of sizes that only a run knows."""
