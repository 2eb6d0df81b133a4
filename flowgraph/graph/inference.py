"""Shape inference of a new operation, and what its errors say."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.shapes import TensorShape


def infer(operation: Operation, inputs: tuple[Tensor, ...]) -> Sequence[TensorShape]:
    """Return the output shapes of a new operation.

    Raises
    ------
    ValueError
        If the shapes do not fit: what the op says, the operation, and its inputs.
    """
    try:
        return operation.op.infer(*inputs)
    except ValueError as error:
        shapes = ", ".join(_bracketed(tensor.shape) for tensor in inputs)
        lines = [
            f"{error} for '{operation.name}' (op: '{operation.type}') with input shapes: {shapes}"
            f"{_values_used(operation, inputs)}.",
            f"  built at\n  {operation.site}",
        ]
        lines += [f"  input {tensor!r}, made at\n  {tensor.op.site}" for tensor in inputs]
        advice = operation.op.advice(operation, *inputs)
        if advice is not None:
            lines.append(f"  hint: {advice}")
        raise ValueError("\n".join(lines)) from None


class _Watched:
    """An input that notes what a shape rule asks of it."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.value: str | None = None
        self.sizes: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tensor, name)

    def static_value(self) -> Array | None:
        value = self.tensor.static_value()
        self.value = None if value is None else _summary(value)
        return value

    def static_shape(self) -> TensorShape:
        sizes = self.tensor.static_shape()
        self.sizes = None if sizes.sizes is None else _bracketed(sizes)
        return sizes


def _values_used(operation: Operation, inputs: tuple[Tensor, ...]) -> str:
    """What the shape rule read of the inputs' values, as TensorFlow words it."""
    watched = [_Watched(tensor) for tensor in inputs]
    with suppress(ValueError):
        operation.op.infer(*watched)
    shapes = [f"input[{i}] = {w.sizes}" for i, w in enumerate(watched) if w.sizes is not None]
    values = [
        f"input[{i}] = <{w.value}>"
        for i, w in enumerate(watched)
        if w.value is not None and w.sizes is None
    ]
    text = " and with computed input tensors: " + ", ".join(values) if values else ""
    if shapes:
        text += " and with input tensors computed as partial shapes: " + ",".join(shapes)
    return text


def _summary(value: Array) -> str:
    """An array's elements, up to 256 of them."""
    if value.ndim > 1:
        return "".join(f"[{_summary(row)}]" for row in value)
    return " ".join(map(str, value.ravel()[:256].tolist()))


def _bracketed(shape: TensorShape) -> str:
    if shape.sizes is None:
        return "<unknown>"
    return "[" + ",".join("?" if n is None else str(n) for n in shape.sizes) + "]"
