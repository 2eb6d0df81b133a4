"""Elementwise steps: fused groups, and single ops as groups of one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.backends.cuda.launch import FLOATS, Launch, Operand, Target, over, scalar
from flowgraph.backends.emit.axes import collapse
from flowgraph.backends.emit.cuda import THREADS, TYPES, WIDTH, function
from flowgraph.backends.emit.scalar import Group
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op
from flowgraph.plan.fused import Fused
from flowgraph.shapes import TensorShape

LARGE = 2**31 - THREADS * WIDTH
"""From so many elements on, an index takes 64 bits."""


_OF_ONE = (
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "erf", "erfc", "lgamma",
    "sin", "sinh", "tan",
)  # fmt: skip
FUNCTIONS = {
    **{name.capitalize(): f"{name}({{0}})" for name in _OF_ONE},
    "Atan2": "atan2({0}, {1})",
    "Pow": "pow({0}, {1})",
}
"""Ops of real numbers that only CUDA's dialect has a function for."""


@dataclass(frozen=True)
class Formula:
    """One value: scalar code in which ``{0}``, ``{1}`` are those that `inputs` number."""

    scalar: str
    inputs: tuple[int, ...]
    dtype: DType


@dataclass(frozen=True)
class Formulas:
    """Values made of `count` inputs, in order; `results` are stored."""

    members: tuple[Formula, ...]
    count: int
    results: tuple[int, ...]


def group(
    op: Fused, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """A fused group: one kernel."""
    names = [operand.dtype.name for operand in (*inputs, *outputs)]
    names += [member.dtype.base_dtype.name for member in op.members]
    if any(name not in TYPES for name in names):
        return None
    return elementwise(op, op.sizes, inputs, outputs)


def single(
    op: Op, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """An elementwise step of its own: a group of one member."""
    specs = [_Form(operand) for operand in (*inputs, *outputs)]
    if any(spec.dtype.name not in TYPES for spec in specs):
        return None
    is_real = all(operand.dtype.name in FLOATS for operand in (*inputs, *outputs))
    text = op.scalar(*specs) or (FUNCTIONS.get(op.type) if is_real else None)
    (out,) = outputs
    if text is None or not all(_is_broadcast(operand.shape, out.shape) for operand in inputs):
        return None
    count = len(inputs)
    formula = Formula(text, tuple(range(count)), specs[-1].dtype)
    return elementwise(Formulas((formula,), count, (count,)), out.shape, inputs, outputs)


def formulas(
    texts: Sequence[str], inputs: Sequence[Operand], outputs: Sequence[Operand],
    whole: Sequence[int], shapes: Sequence[Sequence[int]] | None = None,
) -> list[Launch]:  # fmt: skip
    """Evaluate formulas of one dtype, each on the inputs and the results of those before.

    Parameters
    ----------
    texts : sequence of str
        Scalar code. The last ones are stored, one for each output.
    inputs, outputs : sequence of Operand
        They may be the same.
    whole : sequence of int
        The shape of the outputs.
    shapes : sequence of sequence of int, optional
        Of the inputs, where they are not to be seen as they are.
    """
    count, dtype = len(inputs), as_dtype(outputs[0].dtype)
    members = [Formula(text, tuple(range(count + n)), dtype) for n, text in enumerate(texts)]
    results = tuple(range(count + len(texts) - len(outputs), count + len(texts)))
    return elementwise(Formulas(tuple(members), count, results), whole, inputs, outputs, shapes)


def elementwise(
    op: Group, whole: Sequence[int], inputs: Sequence[Operand], outputs: Sequence[Operand],
    shapes: Sequence[Sequence[int]] | None = None,
) -> list[Launch]:  # fmt: skip
    """Return the launch of a group over the shape `whole`."""
    count = math.prod(whole)
    if not count:
        return []
    axes = collapse(whole, shapes or [operand.shape for operand in inputs])
    is_wide = axes.sizes[-1] % WIDTH == 0 and all(operand.is_wide() for operand in outputs)
    for operand, varies in zip(inputs, axes.varies, strict=True):
        is_wide &= not varies[-1] or operand.is_wide()
    width = WIDTH if is_wide else 1
    is_large = count >= LARGE
    dtypes = [operand.dtype.name for operand in inputs]
    name, text = function(op, dtypes, axes, width, is_large)
    lengths = sizes((count, *axes.sizes), is_large)
    grid = (over(count // width), 1, 1)
    return [Launch(name, text, grid, (THREADS, 1, 1), (*lengths, *inputs, *outputs))]


def sizes(values: Sequence[int], is_large: bool) -> list[Any]:
    """Return sizes in the type of the index."""
    return [scalar(value) if is_large else np.int32(value) for value in values]


def _is_broadcast(given: Sequence[int], whole: Sequence[int]) -> bool:
    pairs = zip(reversed(given), reversed(whole), strict=False)
    return len(given) <= len(whole) and all(m in (1, n) for m, n in pairs)


class _Form:
    """What an op's rules ask of an operand."""

    def __init__(self, operand: Operand) -> None:
        self.dtype: DType = as_dtype(operand.dtype)
        self.shape = TensorShape(operand.shape)

    def static_value(self) -> Array | None:
        return None

    def static_shape(self) -> TensorShape:
        return TensorShape(None)
