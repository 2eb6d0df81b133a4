"""The history of an op with bodies: what its gradient reads, and what flows back to it.

A history holds the values that some inside tensors had, turn by turn. A gradient's body
reads them (`HistoryItem`). The gradient of that read, for a gradient of a gradient, is a
`HistoryCotangents` value: sums by inside tensor and turn, zero where nothing flowed back.
"""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.building import apply
from flowgraph.shapes import TensorShape


class Cotangents:
    """What flowed back to a history: values by inside tensor and turn.

    Put together in constant time, from parts that are summed when one is first asked for.
    """

    __slots__ = ("_parts", "_sums")

    def __init__(self, *parts: Any) -> None:
        self._parts = parts
        self._sums: dict[Any, Any] | None = None

    def at(self, tensor: Tensor, step: int) -> Any:
        """Return the sum for a tensor in a turn, or ``None``."""
        if self._sums is None:
            self._sums = self._summed()
        return self._sums.get((tensor, step))

    def _summed(self) -> dict[Any, Any]:
        sums: dict[Any, Any] = {}
        stack: list[Any] = [self]
        while stack:
            part = stack.pop()
            if isinstance(part, Cotangents):
                stack.extend(reversed(part._parts))
                continue
            key, value = part
            if key not in sums:
                sums[key] = value
            elif isinstance(value, Cotangents):
                sums[key] = Cotangents(sums[key], value)
            else:
                sums[key] = sums[key] + value
        return sums


class HistoryItem(Op):
    """The value that an inside tensor had, in the branch taken or in one turn of a loop."""

    signature = Signature("history: variant, step: int32 -> value: dtype")
    is_stateful = True
    mixed_memory = True

    tensor: Tensor
    dtype: DType
    shape: TensorShape
    in_loop: bool

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (self.shape,)

    def compute(self, xp: Any, *inputs: Any) -> Any:
        history, step = inputs
        value = history[self.tensor]
        return value[int(step)] if self.in_loop else value

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return apply(HistoryCotangent(tensor=self.tensor), dys[0], operation.inputs[1]), None


class HistoryCotangent(Op):
    """What flows back to a history at one read.

    ``tensor`` is a name that stands for the inside tensor where the graph was read from a file.
    """

    signature = Signature("dy: T, step: int32 -> cotangents: variant")
    is_stateful = True
    mixed_memory = True

    tensor: Tensor | str

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Any) -> Cotangents:
        dy, step = inputs
        kept = dy if isinstance(dy, Cotangents) else xp.array(dy, copy=True)
        return Cotangents(((self.tensor, int(step)), kept))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        dy, step = operation.inputs
        return apply(HistoryCotangentItem(tensor=self.tensor), dys[0], step, dy), None


class HistoryCotangentItem(Op):
    """What flowed back to an inside tensor in one turn: zeros like `like` if nothing did."""

    signature = Signature("cotangents: variant, step: int32, like: T -> dy: T")
    is_stateful = True
    mixed_memory = True

    tensor: Tensor | str

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[2].shape,)

    def compute(self, xp: Any, *inputs: Any) -> Any:
        cotangents, step, like = inputs
        value = cotangents.at(self.tensor, int(step))
        if value is not None:
            return value
        return xp.zeros_like(like) if hasattr(like, "shape") else Cotangents()

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        cotangent = apply(HistoryCotangent(tensor=self.tensor), dys[0], operation.inputs[1])
        return cotangent, None, None


class AddHistoryCotangents(Op):
    """The sum of what flowed back to a history on several ways."""

    signature = Signature("inputs: N*variant -> sum: variant")
    mixed_memory = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Array) -> Cotangents:
        return Cotangents(*inputs)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return tuple(dys) * len(operation.inputs)


class NoHistoryCotangents(Op):
    """Nothing flowed back to a history."""

    signature = Signature("-> cotangents: variant")
    is_stateful = True
    mixed_memory = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Any) -> Cotangents:
        return Cotangents()

    gradient = Op.not_differentiable


def add_cotangents(terms: list[Tensor]) -> Tensor:
    """Return the sum of what flowed back to a history on several ways."""
    return apply(AddHistoryCotangents(), list(terms))


def no_cotangents() -> Tensor:
    """Return nothing, as what flowed back to a history."""
    return apply(NoHistoryCotangents())
