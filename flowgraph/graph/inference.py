"""Shape inference of a new operation, and what its errors say."""

from __future__ import annotations

from collections.abc import Sequence

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
            f"{error} for '{operation.name}' (op: '{operation.type}') with input shapes: {shapes}.",
            f"  built at\n  {operation.site}",
        ]
        lines += [f"  input {tensor!r}, made at\n  {tensor.op.site}" for tensor in inputs]
        advice = operation.op.advice(operation, *inputs)
        if advice is not None:
            lines.append(f"  hint: {advice}")
        raise ValueError("\n".join(lines)) from None


def _bracketed(shape: TensorShape) -> str:
    if shape.sizes is None:
        return "<unknown>"
    return "[" + ",".join("?" if n is None else str(n) for n in shape.sizes) + "]"
