"""Random numbers from the stream of an operation."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.backends.native.call import Call, Place, Result
from flowgraph.random_streams import PhiloxStream

_FILLS = {
    ("RandomUniform", "float32"): "fg_random_uniform",
    ("RandomUniform", "float64"): "fg_random_uniform_double",
    ("RandomStandardNormal", "float32"): "fg_random_normal",
    ("TruncatedNormal", "float32"): "fg_random_truncated",
}
"""The function of each op and dtype."""

_INTEGERS = {"int32": "fg_random_int", "int64": "fg_random_long"}


def fill(
    library: Any, op: Any, stream: PhiloxStream, inputs: Sequence[Place], out: Result
) -> Call | None:
    """Numbers of a distribution without parameters."""
    function = _FILLS.get((op.type, out.dtype.name))
    return None if function is None else _drawn(library[function], stream, out)


def integers(
    library: Any, op: Any, stream: PhiloxStream, inputs: Sequence[Place], out: Result
) -> Call | None:
    """Integers between bounds that are known."""
    _, low, high = inputs
    if low.array is None or high.array is None or not (low.is_constant and high.is_constant):
        return None
    least, range_ = int(low.array), int(high.array) - int(low.array)
    if range_ <= 0:
        return None  # the step raises when it runs
    given = ctypes.c_uint64(least % 2**64), ctypes.c_uint64(range_)
    return _drawn(library[_INTEGERS[out.dtype.name]], stream, out, *given)


def _drawn(function: Any, stream: PhiloxStream, out: Result, *arguments: Any) -> Call | None:
    count = math.prod(out.shape)
    if not count:
        return None

    def draw() -> None:
        key, high, start = map(ctypes.c_uint64, stream.reserved(count))
        address = ctypes.c_void_p(out.value().ctypes.data)
        function(key, high, start, ctypes.c_long(count), *arguments, address)

    return draw


Maker = Callable[[Any, Any, PhiloxStream, Sequence[Place], Result], Call | None]

MAKERS: dict[str, Maker] = {
    **dict.fromkeys([type_ for type_, _ in _FILLS], fill),
    "RandomUniformInt": integers,
}
"""The op's function from the library, the op, its stream, its inputs and its output."""
