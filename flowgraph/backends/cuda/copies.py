"""Parts of arrays cut out, joined and repeated: copies between regions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda.groups import formulas
from flowgraph.backends.cuda.launch import Launch, Operand, Part, Target, launch, over
from flowgraph.backends.emit.cuda import TYPES
from flowgraph.dtypes import Array
from flowgraph.errors import OpError
from flowgraph.ops.indexing import StridedSlice

_AXES = 6
"""Axes that differ in how they lie in both arrays."""

_WORDS = {1: "int8", 2: "int16", 4: "int32", 8: "int64"}


def copied(x: Operand, source: Array, y: Operand, target: Array) -> list[Launch] | None:
    """Return the launch that copies a region; ``None`` if it has too many axes.

    Parameters
    ----------
    x, y : Operand
    source, target : array
        Views, of one shape, of arrays that stand for `x` and `y`: only where they lie counts.
    """
    axes: list[tuple[int, int, int]] = []
    for length, a, b in zip(source.shape, source.strides, target.strides, strict=True):
        if length == 1:
            continue
        if axes and axes[-1][1] == a * length and axes[-1][2] == b * length:
            length *= axes.pop()[0]
        axes.append((length, a, b))
    size = x.dtype.itemsize
    if len(axes) > _AXES or size not in _WORDS or y.dtype != x.dtype:
        return None
    if not source.size:
        return []
    axes = [(1, 0, 0)] * (_AXES - len(axes)) + axes
    lengths = [length for length, _, _ in axes]
    strides = [axis[i] // size for i in (1, 2) for axis in axes]
    begins = [_start(operand, view) for operand, view in ((x, source), (y, target))]
    count = math.prod(lengths)
    return [
        launch(
            "copy", "copy", np.dtype(_WORDS[size]), over(count), count, *lengths[1:], *strides,
            *begins,
        )
    ]  # fmt: skip


def whole(operand: Operand) -> Array:
    """Return an array that stands for an operand; its memory is never touched."""
    return np.empty(operand.shape, operand.dtype)


def _start(operand: Operand, view: Array) -> Operand | Part:
    base = view
    while base.base is not None:
        base = base.base
    offset = int(view.ctypes.data - base.ctypes.data)
    return Part(operand, offset) if offset else operand


def cut(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Ops whose results would be views: each is copied to memory of its own."""
    hosts = {i % len(inputs) for i in op.host_inputs}
    (position,) = set(range(len(inputs))) - hosts
    x = inputs[position]
    if any(inputs[i].value is None for i in hosts) or x.dtype.itemsize not in _WORDS:
        return None
    stand_in = whole(x)
    given = [stand_in if i == position else o.value for i, o in enumerate(inputs)]
    try:
        made = op.compute(np, *given)
    except OpError:  # the step raises it again when it runs, and is named there
        return None
    views = made if isinstance(made, tuple | list) else [made]
    work: list[Launch] = []
    for view, y in zip(views, outputs, strict=True):
        if y.size and not (view.shape == y.shape and np.may_share_memory(view, stand_in)):
            return None
        launches = copied(x, view, y, whole(y)) if y.size else []
        if launches is None:
            return None
        work += launches
    return work


def split(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Equal parts along an axis."""
    axis, x = inputs
    rank = len(x.shape)
    if axis.value is None or axis.value.size != 1 or not -rank <= int(axis.value.item()) < rank:
        return None
    where = int(axis.value.item())
    if x.shape[where] % len(outputs):
        return None
    work: list[Launch] = []
    for view, y in zip(np.split(whole(x), len(outputs), where), outputs, strict=True):
        launches = copied(x, view, y, whole(y))
        if launches is None or view.shape != y.shape:
            return None
        work += launches
    return work


def concatenate(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Arrays joined along an axis."""
    *values, axis = inputs
    (y,) = outputs
    rank = len(y.shape)
    if axis.value is None or axis.value.ndim or not -rank <= int(axis.value) < rank:
        return None
    where = int(axis.value) % rank
    sizes = [value.shape[where] if len(value.shape) == rank else 0 for value in values]
    if sum(sizes) != y.shape[where]:
        return None
    regions = np.split(whole(y), np.cumsum(sizes)[:-1], where)
    return _put(values, regions, y)


def stack(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Arrays stacked along a new axis."""
    (y,) = outputs
    moved = np.moveaxis(whole(y), op.axis, 0)
    regions = [moved[i, ...] for i in range(len(moved))]
    return _put(inputs, regions, y) if len(regions) == len(inputs) else None


def _put(values: Sequence[Operand], regions: Sequence[Array], y: Operand) -> list[Launch] | None:
    work: list[Launch] = []
    for value, region in zip(values, regions, strict=True):
        if value.shape != region.shape:
            return None
        launches = copied(value, whole(value), y, region)
        if launches is None:
            return None
        work += launches
    return work


def pad(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """An array with a border of zeros, or of a value that lies on the device."""
    x, paddings, *constant = inputs
    (y,) = outputs
    if paddings.value is None or paddings.value.shape != (len(x.shape), 2):
        return None
    border = [(int(before), int(after)) for before, after in paddings.value]
    if min((min(pair) for pair in border), default=0) < 0:
        return None
    if y.shape != tuple(n + a + b for n, (a, b) in zip(x.shape, border, strict=True)):
        return None
    inside = [slice(a, a + n) for n, (a, _) in zip(x.shape, border, strict=True)]
    region = whole(y)[(*inside, ...)]
    return _over(x, region, y, constant)


def _over(
    x: Operand, region: Array, y: Operand, constant: Sequence[Operand] = ()
) -> list[Launch] | None:
    """Fill an array, and copy another over a region of it."""
    inside = copied(x, whole(x), y, region)
    if inside is None or y.dtype.name not in TYPES:
        return None
    fill = formulas(["{0}" if constant else "0"], constant, [y], y.shape)
    return fill + inside


def strided_slice_gradient(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Zeros, with a gradient where a slice had been cut out."""
    *hosts, dy = inputs
    (y,) = outputs
    shape = hosts[0].value
    if shape is None or tuple(shape) != y.shape or any(host.value is None for host in hosts):
        return None
    try:
        region = StridedSlice(**op.attributes()).compute(
            np, whole(y), *[host.value for host in hosts[1:]]
        )
    except OpError:
        return None
    return _over(dy, region, y) if region.shape == dy.shape else None


def tile(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """An array repeated along its axes."""
    x, multiples = inputs
    (y,) = outputs
    if multiples.value is None or multiples.value.shape != (len(x.shape),):
        return None
    times = [int(n) for n in multiples.value]
    if min(times, default=1) < 1:
        return None
    if y.shape != tuple(n * m for n, m in zip(x.shape, times, strict=True)):
        return None
    sizes = [n for pair in zip(times, x.shape, strict=True) for n in pair]
    once = [n for m in x.shape for n in (1, m)]
    repeated = np.broadcast_to(whole(x).reshape(once), sizes)
    return copied(x, repeated, y, whole(y).reshape(sizes))


def one_hot(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """One value where an index is, another elsewhere."""
    indices, _, on, off = inputs
    (y,) = outputs
    where = op.axis % len(y.shape)
    word, kind = _WORDS.get(y.dtype.itemsize), indices.dtype.name
    if word is None or kind not in ("int32", "int64") or not y.size:
        return None
    outer, inner = math.prod(y.shape[:where]), math.prod(y.shape[where + 1 :])
    sizes = (outer, y.shape[where], inner, kind == "int64")
    return [
        launch("copy", "one_hot", np.dtype(word), over(y.size), *sizes, indices, on, off, y)
    ]  # fmt: skip


def fill(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """One value everywhere."""
    (y,) = outputs
    if y.dtype.name not in TYPES:
        return None
    if op.type == "Fill":
        return formulas(["{0}"], [inputs[1]], [y], y.shape)
    return formulas([str(int(op.type == "OnesLike"))], [], [y], y.shape)


_CUTS = ("BroadcastTo", "ReverseV2", "Slice", "SplitV", "StridedSlice", "Unpack")

MAKERS = {
    **dict.fromkeys(_CUTS, cut),
    **dict.fromkeys(("Pad", "PadV2"), pad),
    **dict.fromkeys(("Fill", "OnesLike", "ZerosLike"), fill),
    "ConcatV2": concatenate,
    "OneHot": one_hot,
    "Pack": stack,
    "Split": split,
    "StridedSliceGrad": strided_slice_gradient,
    "Tile": tile,
}
