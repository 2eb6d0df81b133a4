"""TensorFlow's random numbers, made on the device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda.launch import (
    FLOATS,
    Launch,
    Operand,
    Stream,
    Target,
    launch,
    over,
)
from flowgraph.random_streams.rejection import BLOCKS_PER_OUTPUT

_BITS = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}
"""The bits of a word that a uniform number takes."""

_KERNELS = {
    "RandomUniform": "random_uniform",
    "RandomStandardNormal": "random_normal",
    "TruncatedNormal": "random_truncated_normal",
}


def fill(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Numbers of a distribution without parameters."""
    (out,) = outputs
    name = out.dtype.name
    if name not in FLOATS or not _is_shape(inputs[0], out):
        return None
    bits = [np.int32(_BITS[name])] if op.type == "RandomUniform" else []
    group = 2 if name == "float64" else 4
    return _drawn("philox", _KERNELS[op.type], out, group, *bits)


def integers(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Integers between bounds that are known."""
    (out,) = outputs
    shape, low, high = inputs
    if low.value is None or high.value is None or not _is_shape(shape, out):
        return None
    least, most = int(low.value), int(high.value)
    if out.dtype.name not in ("int32", "int64") or not 0 < most - least < 2**63:
        return None
    return _drawn("integers", "random_integers", out, 16 // out.dtype.itemsize, most - least, least)


def _is_shape(shape: Operand, out: Operand) -> bool:
    """Whether the input is the output's shape: otherwise the op says what is wrong with it."""
    value = shape.value
    return value is not None and value.ndim == 1 and tuple(value.tolist()) == out.shape


def _drawn(file: str, kernel: str, out: Operand, group: int, *arguments: Any) -> list[Launch]:
    count = math.prod(out.shape)
    if not count:
        return []
    stream, blocks = Stream(), over(-(-count // group))
    return [
        launch(file, kernel, out.dtype, blocks, count, *arguments, stream, out),
        launch(
            "integers", "random_advance", np.dtype(np.int32), 1, count * BLOCKS_PER_OUTPUT, stream,
            threads=1,
        ),
    ]  # fmt: skip


MAKERS = {**dict.fromkeys(_KERNELS, fill), "RandomUniformInt": integers}
