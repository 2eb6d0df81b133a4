"""Pooling, one axis after another.

A maximum or a sum over a rectangle is that over its rows and then over its columns, which
takes fewer steps than the rectangle has elements. Arrays are cut along the batch into tiles
small enough that what lies between two axes stays in cache, and done on several threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product, zip_longest
from typing import Any

import numpy as np

from flowgraph import parallel
from flowgraph.dtypes import Array
from flowgraph.ops.windows import Window

Windows = Sequence[tuple[int, Window]]
"""The axes that are pooled over, ascending, with their windows."""

Part = tuple[tuple[slice, ...], tuple[slice, ...]]

_TILE = 1 << 20
_DEVICE_TILE = 1 << 30
"""Bytes of a tile, in a processor's cache and in a GPU's memory."""


def max_pool(xp: Any, x: Array, windows: Windows, lowest: Any, out: Array) -> None:
    """Write the largest element of each window into `out`; `lowest` where a window is empty."""

    def work(images: slice) -> None:
        last, part = out[images], x[images]
        for axis, window, target in _chain(windows, last):
            part = _maximum(xp, part, axis, window, lowest, target)

    parallel.each(xp, work, _tiles(xp, x))


def max_pool_gradient(
    xp: Any, x: Array, dy: Array, windows: Windows, lowest: Any, dx: Array
) -> None:
    """Write the gradient of `max_pool` into `dx`: each window's goes to its first largest.

    The first in row-major order is the first within the first row whose own maximum is the
    largest, hence the last axis is pooled first.
    """
    are_apart = all(w.stride >= w.kernel and not w.is_bordered for _, w in windows)

    def work(images: slice) -> None:
        given = dy[images]
        if are_apart:
            _route(xp, x[images], given, windows, dx[images])
            return
        stages = _stages(xp, x[images], windows, lowest)
        for axis, window, part, largest, target in _backwards(stages, dx[images]):
            given = _scatter_to_first(xp, part, largest, given, axis, window, target)

    parallel.each(xp, work, _tiles(xp, x))


def max_pool_gradient_adjoint(
    xp: Any, x: Array, values: Array, windows: Windows, lowest: Any
) -> Array:
    """The adjoint of `max_pool_gradient`: from `values`, that at each window's first largest."""
    sizes = list(x.shape)
    for axis, window in windows:
        sizes[axis] = window.output
    result = xp.empty(sizes, dtype=values.dtype)

    def work(images: slice) -> None:
        part = values[images]
        for axis, window, before, largest in _stages(xp, x[images], windows, lowest):
            part = _pick_first(xp, before, largest, part, axis, window)
        result[images] = part

    parallel.each(xp, work, _tiles(xp, x))
    return result


def sum_pool(xp: Any, x: Array, windows: Windows, out: Array) -> None:
    """Write the sum of each window into `out`."""

    def work(images: slice) -> None:
        last, part = out[images], x[images]
        for axis, window, target in _chain(windows, last):
            part = _total(xp, part, axis, window, target)

    parallel.each(xp, work, _tiles(xp, x))


def sum_pool_gradient(xp: Any, dy: Array, windows: Windows, dx: Array) -> None:
    """Write the gradient of `sum_pool` into `dx`: each window's value, added to its elements."""

    def work(images: slice) -> None:
        part = dy[images]
        targets = [None] * (len(windows) - 1) + [dx[images]]
        for (axis, window), target in zip(windows, targets, strict=True):
            part = _spread(xp, part, axis, window, target)

    parallel.each(xp, work, _tiles(xp, dx))


def counts(xp: Any, windows: Windows, rank: int, dtype: Any) -> Array:
    """The number of elements of each window, borders left out, shaped to divide the sums."""
    result = xp.ones((1,) * rank, dtype=dtype)
    for axis, window in windows:
        shape = [1] * rank
        shape[axis] = window.output
        result = result * xp.asarray(window.counts(), dtype=dtype).reshape(shape)
    return result


# -- tiles and chains ---------------------------------------------------------------------------


def _tiles(xp: Any, x: Array) -> Iterator[slice]:
    limit = _TILE if xp is np else _DEVICE_TILE
    count = max(1, limit * len(x) // max(x.nbytes, 1))
    for start in range(0, len(x), count):
        yield slice(start, start + count)


def _chain(windows: Windows, last: Array) -> Iterator[tuple[int, Window, Array | None]]:
    """The axes in order; the last one writes into `last`."""
    for position, (axis, window) in enumerate(windows, 1):
        yield axis, window, last if position == len(windows) else None


def _stages(
    xp: Any, x: Array, windows: Windows, lowest: Any
) -> list[tuple[int, Window, Array, Array]]:
    """The maxima over the last axis, then the one before: each with what it is taken of."""
    stages = []
    for axis, window in reversed(windows):
        largest = _maximum(xp, x, axis, window, lowest)
        stages.append((axis, window, x, largest))
        x = largest
    return stages


def _backwards(stages: Any, last: Array) -> Iterator[tuple[int, Window, Array, Array, Any]]:
    for stage, target in zip_longest(reversed(stages), [None] * (len(stages) - 1) + [last]):
        yield (*stage, target)


def _route(xp: Any, x: Array, dy: Array, windows: Windows, dx: Array) -> None:
    """Do `max_pool_gradient` for windows that do not meet, all axes at once.

    What an element takes, those after it do not. What the last one takes is what is left, so that
    it need not be compared.
    """
    if not all(_is_covered(window) for _, window in windows):
        dx[...] = 0
    elements: list[tuple[slice, ...]] = []
    for choice in product(*[range(window.kernel) for _, window in windows]):
        place = [slice(None)] * x.ndim
        for (axis, window), index in zip(windows, choice, strict=True):
            _, place[axis] = window.overlap(index)
        elements.append(tuple(place))
    *others, last = elements
    if not others:
        dx[last] = dy
        return
    largest = parallel.scratch(xp, "largest", dy.shape, x.dtype)
    xp.maximum(x[others[0]], x[last], out=largest)
    for element in others[1:]:
        xp.maximum(largest, x[element], out=largest)
    bits = np.dtype(f"i{dy.dtype.itemsize}")
    left = dy.view(bits)
    found = parallel.scratch(xp, "found", dy.shape, bool)
    memory = parallel.scratch(xp, "left", dy.shape, bits)
    for element in others:
        xp.equal(x[element], largest, out=found)
        taken = _masked(xp, left.view(dy.dtype), found)
        dx[element] = taken  # once: reading it again there, in strides, would take longer
        target = dx[last].view(bits) if element is others[-1] else memory
        left = xp.bitwise_xor(left, taken.view(bits), out=target)


# -- one axis -----------------------------------------------------------------------------------


def _parts(axis: int, window: Window) -> list[Part]:
    """For each element of a window, the outputs that it reaches and the inputs it reads."""
    lead = (slice(None),) * axis
    overlaps = [window.overlap(element) for element in range(window.kernel)]
    return [((*lead, outer), (*lead, inner)) for outer, inner in overlaps]


def _resized(x: Array, axis: int, size: int) -> tuple[int, ...]:
    return (*x.shape[:axis], size, *x.shape[axis + 1 :])


def _reduce(
    function: Any, xp: Any, x: Array, axis: int, window: Window, start: Any, out: Array | None
) -> Array:
    """Fold each window with a binary ufunc, from `start`."""
    if out is None:
        sizes = _resized(x, axis, window.output)
        out = parallel.scratch(xp, f"pooled {axis}", sizes, x.dtype)
    parts = _parts(axis, window)
    if len(parts) > 1 and not window.is_bordered:
        function(x[parts[0][1]], x[parts[1][1]], out=out)
        parts = parts[2:]
    else:
        out[...] = start
    for outer, inner in parts:
        target = out[outer]
        function(target, x[inner], out=target)
    return out


def _is_covered(window: Window) -> bool:
    """Whether every element is in just one window, and none is border."""
    is_apart = window.stride == window.kernel and not window.is_bordered
    return is_apart and window.output * window.stride == window.size


def _maximum(
    xp: Any, x: Array, axis: int, window: Window, lowest: Any, out: Array | None = None
) -> Array:
    return _reduce(xp.maximum, xp, x, axis, window, lowest, out)


def _total(xp: Any, x: Array, axis: int, window: Window, out: Array | None) -> Array:
    return _reduce(xp.add, xp, x, axis, window, 0, out)


def _spread(xp: Any, dy: Array, axis: int, window: Window, out: Array | None) -> Array:
    if out is None:
        sizes = _resized(dy, axis, window.size)
        out = parallel.scratch(xp, f"spread {axis}", sizes, dy.dtype)
    if not _is_covered(window):
        out[...] = 0
    for outer, inner in _parts(axis, window):
        if window.stride >= window.kernel:
            out[inner] = dy[outer]
        else:
            out[inner] += dy[outer]
    return out


def _first(xp: Any, x: Array, largest: Array, axis: int, window: Window) -> Iterator[Any]:
    """For each element of a window: where it is the first that equals the largest."""
    free = xp.ones(largest.shape, dtype=bool)
    for outer, inner in _parts(axis, window):
        found = x[inner] == largest[outer]
        left = free[outer]
        found &= left
        left ^= found
        yield outer, inner, found


def _masked(xp: Any, values: Array, found: Array) -> Array:
    """`values` where `found`, else 0.

    With bits, since a product would turn an infinity elsewhere into NaN, and a masked copy
    branches on every element. Nothing is left of `found`.
    """
    bits = np.dtype(f"i{values.dtype.itemsize}")
    mask = parallel.scratch(xp, "mask", found.shape, bits)
    signs = found.view(np.int8)
    xp.copyto(mask, xp.negative(signs, out=signs))
    return xp.bitwise_and(values.view(bits), mask, out=mask).view(values.dtype)


def _scatter_to_first(
    xp: Any, x: Array, largest: Array, dy: Array, axis: int, window: Window, out: Array | None
) -> Array:
    if out is None:
        out = parallel.scratch(xp, f"spread {axis}", x.shape, dy.dtype)
    out[...] = 0
    for outer, inner, found in _first(xp, x, largest, axis, window):
        out[inner] += _masked(xp, dy[outer], found)
    return out


def _pick_first(
    xp: Any, x: Array, largest: Array, values: Array, axis: int, window: Window
) -> Array:
    result = xp.zeros(largest.shape, dtype=values.dtype)
    for outer, inner, found in _first(xp, x, largest, axis, window):
        result[outer] += _masked(xp, values[inner], found)
    return result
