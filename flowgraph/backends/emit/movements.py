"""C of ops that only move elements: where each one comes from is known, or is looked up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.backends.emit.code import Code, UnsupportedError, Value
from flowgraph.dtypes import Array
from flowgraph.errors import OpError
from flowgraph.graph.op import Op
from flowgraph.plan.plan import Slot, sizes_of

_RUNS = 8
"""So many copies are written one after another; more of them are a loop, or a table."""


def _all(inputs: Sequence[Value]) -> range:
    return range(len(inputs))


def _first(inputs: Sequence[Value]) -> range:
    return range(1)


MOVES: dict[str, Callable[[Sequence[Value]], range]] = {
    **dict.fromkeys(
        (
            "BatchToSpaceND", "BroadcastTo", "DepthToSpace", "ExpandDims", "GatherV2",
            "MatrixDiagPart", "Pad", "Reshape", "ReverseV2", "Roll", "Slice",
            "SpaceToBatchND", "SpaceToDepth", "SplitV", "Squeeze", "StridedSlice", "Tile",
            "Transpose", "Unpack", "MirrorPad",
        ),
        _first,
    ),
    **dict.fromkeys(("IdentityN", "Pack"), _all),
    "ConcatV2": lambda inputs: range(len(inputs) - 1),
    "Fill": lambda inputs: range(1, 2),
    "Split": lambda inputs: range(1, 2),
}  # fmt: skip
"""The inputs whose elements an op moves; it says where to when it is given their numbers."""


def is_move(op: Op, inputs: Sequence[Value]) -> bool:
    """Whether it is known where each element of an op's results comes from."""
    if op.type not in MOVES:
        return False
    moved = MOVES[op.type](inputs)
    return all(i in moved or value.constant is not None for i, value in enumerate(inputs))


def move(code: Code, op: Op, inputs: Sequence[Value]) -> list[Value]:
    """Write an op that moves elements; return its results."""
    moved = MOVES[op.type](inputs)
    sources = [inputs[i] for i in moved]
    given: list[Any] = [value.constant for value in inputs]
    first = 1  # 0 stands for the zero that padding puts in
    for i in moved:
        numbers = np.arange(first, first + inputs[i].count, dtype=np.int64)
        given[i] = numbers.reshape(inputs[i].sizes)
        first += inputs[i].count
    try:
        made = op.compute(np, *given)
    except OpError as error:  # the step raises it when it runs
        raise UnsupportedError(f"{op.type} of what does not fit") from error
    parts = made if isinstance(made, list | tuple) else [made]
    zero = code.constant(np.zeros((), sources[0].dtype.numpy))
    return [_moved(code, [zero, *sources], np.asarray(part)) for part in parts]


def _moved(code: Code, sources: Sequence[Value], numbers: Array) -> Value:
    """Return the value whose elements are those of the sources, counted through, at `numbers`."""
    starts = np.cumsum([0, *[source.count for source in sources]])
    flat = numbers.reshape(-1)
    owners = np.searchsorted(starts, flat, side="right") - 1
    places = flat - starts[owners]
    runs = _runs(owners, places)
    if len(runs) == 1:
        _, owner, place, _ = runs[0]
        return sources[owner].part(place, numbers.shape)
    out = code.declare(sources[0].dtype, numbers.shape)
    code.work += out.count
    if (np.diff(flat) == 0).all():
        with code.loops(out.count) as (index,):
            code.add(f"{out.at(index)} = {sources[owners[0]].at(str(places[0]))};")
    elif len(runs) <= _RUNS:
        for run in runs:
            _copy(code, sources, out, run)
    elif not _in_rows(code, sources, out, owners, places, numbers.shape):
        for owner, source in enumerate(sources):
            (targets,) = np.nonzero(owners == owner)
            if targets.size:
                _by_table(code, source, out, targets, places[targets])
    return out


Run = tuple[int, int, int, int]
"""Where elements go, whose they are, where they are there, and how many of them."""


def _runs(owners: Array, places: Array) -> list[Run]:
    """Return the longest parts that stay together."""
    breaks = (np.diff(owners) != 0) | (np.diff(places) != 1)
    begins = [0, *(np.nonzero(breaks)[0] + 1).tolist()]
    ends = [*begins[1:], owners.size]
    return [(b, int(owners[b]), int(places[b]), e - b) for b, e in zip(begins, ends, strict=True)]


def _copy(
    code: Code, sources: Sequence[Value], out: Value, run: Run, to: str = "0", by: str = "0"
) -> None:
    """Write the copy of a run, its ends moved on by the values of two expressions."""
    begin, owner, place, count = run
    source = sources[owner]
    if count == 1:
        code.add(f"{out.at(f'{begin} + {to}')} = {source.at(f'{place} + {by}')};")
    else:
        target, origin = f"{out.name} + {begin} + {to}", f"{source.name} + {place} + {by}"
        code.add(f"__builtin_memcpy({target}, {origin}, {count * out.dtype.numpy.itemsize});")


def _in_rows(
    code: Code, sources: Sequence[Value], out: Value, owners: Array, places: Array,
    sizes: Sequence[int],
) -> bool:  # fmt: skip
    """Write a loop over rows that all consist of the same runs; False if they do not."""
    for axis in range(len(sizes) - 1, 0, -1):
        rows, width = math.prod(sizes[:axis]), math.prod(sizes[axis:])
        of, at = owners.reshape(rows, width), places.reshape(rows, width)
        runs = _runs(of[0], at[0])
        if rows == 1 or len(runs) > _RUNS or (of != of[0]).any():
            continue
        steps = at - at[0]
        if (steps != np.arange(rows)[:, None] * steps[1]).any():
            continue
        with code.loops(rows) as (row,):
            for run in runs:
                by = f"{row} * {steps[1, run[0]]}"
                _copy(code, sources, out, run, f"{row} * {width}", by)
        return True
    return False


def _by_table(code: Code, source: Value, out: Value, targets: Array, places: Array) -> None:
    """Write copies of single elements."""
    begin = int(targets[0])
    is_dense = (targets == begin + np.arange(targets.size)).all()
    table = code.constant(places.astype(np.int32))
    others = None if is_dense else code.constant(targets.astype(np.int32))
    with code.loops(targets.size) as (index,):
        target = f"{begin} + {index}" if others is None else others.at(index)
        code.add(f"{out.at(target)} = {source.at(table.at(index))};")


def gather(code: Code, op: Any, inputs: Sequence[Value], slots: Sequence[Slot]) -> list[Value]:
    """Write a gather along a known axis, at indices that only a run knows."""
    params, indices, where = inputs
    if where.constant is None or op.batch_dims:
        raise UnsupportedError("a gather along an axis that only a run knows, or in batches")
    axis = int(where.constant) % len(params.sizes)
    outer, inner = math.prod(params.sizes[:axis]), math.prod(params.sizes[axis + 1 :])
    length, count = params.sizes[axis], indices.count
    out = code.declare(params.dtype, sizes_of(slots[0]))
    with code.loops(count) as (at,):
        place = _checked(code, indices.at(at), length)
        with code.loops(outer, inner) as (i, j):
            target = f"({i} * {count} + {at}) * {inner} + {j}"
            source = f"({i} * {length} + {place}) * {inner} + {j}"
            code.add(f"{out.at(target)} = {params.at(source)};")
    code.work += 2 * out.count
    return [out]


def _checked(code: Code, index: str, length: int, wraps: bool = False) -> str:
    """Return an index that is within bounds, or else 0, and a fault."""
    name = code.fresh()
    code.add(f"long {name} = {index};")
    if wraps:
        code.add(f"if ({name} < 0) {name} += {length};")
    code.add(f"if ({name} < 0 || {name} >= {length}) fault = 1, {name} = 0;")
    return name


def slice_at(code: Code, op: Any, inputs: Sequence[Value], slots: Sequence[Slot]) -> list[Value]:
    """Write a block of known size that begins where only a run knows."""
    x, begin, size = inputs
    lengths = sizes_of(slots[0])
    if size.constant is None:
        raise UnsupportedError("a block of a size that only a run knows")
    starts = [
        _checked(code, begin.at(str(axis)), n - length + 1)
        for axis, (n, length) in enumerate(zip(x.sizes, lengths, strict=True))
    ]
    return [_block(code, x, starts, lengths, lengths)]


def strided_slice(
    code: Code, op: Any, inputs: Sequence[Value], slots: Sequence[Slot]
) -> list[Value]:
    """Write the elements of some axes that only a run knows; of the others all are taken."""
    x, begin, _, strides = inputs
    dense = op.ellipsis_mask == op.new_axis_mask == 0 and strides.constant is not None
    full = op.begin_mask & op.end_mask
    starts, lengths = ["0"] * len(x.sizes), list(x.sizes)
    for axis in range(begin.count):
        if op.shrink_axis_mask >> axis & 1:
            starts[axis] = _checked(code, begin.at(str(axis)), x.sizes[axis], wraps=True)
            lengths[axis] = 1
        elif not full >> axis & 1 or strides.constant is None or strides.constant[axis] != 1:
            dense = False
    if not dense:
        raise UnsupportedError("a slice whose size only a run knows")
    return [_block(code, x, starts, lengths, sizes_of(slots[0]))]


def _block(
    code: Code, x: Value, starts: Sequence[str], lengths: Sequence[int], sizes: Sequence[int]
) -> Value:
    out = code.declare(x.dtype, sizes)
    with code.loops(*lengths) as indices:
        source, target = "0", "0"
        for axis, index in enumerate(indices):
            source = f"({source}) * {x.sizes[axis]} + {starts[axis]} + {index}"
            target = f"({target}) * {lengths[axis]} + {index}"
        code.add(f"{out.at(target)} = {x.at(source)};")
    code.work += 2 * out.count
    return out
