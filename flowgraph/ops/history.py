"""The history of an op with bodies: what its gradient reads, and what flows back to it.

A history holds the values that some inside tensors had, turn by turn. A gradient's body
reads them (`HistoryItem`). The gradient of that read, for a gradient of a gradient, is a
`HistoryCotangents` value: sums by inside tensor and turn, zero where nothing flowed back.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.building import apply
from flowgraph.shapes import TensorShape

_LEAST_ROWS = 64
_LEAST_BYTES = 1 << 13
"""What a block of recorded values has room for at least. What is not written takes no memory."""


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


def _has_form(value: Any, sizes: tuple[int, ...], dtype: Any) -> bool:
    is_value = isinstance(value, np.ndarray | np.generic)
    return is_value and value.shape == sizes and value.dtype == dtype


class Record:
    """The values that an inside tensor of a loop had, turn by turn.

    They are kept as they come, or put one after another in one block of memory by who writes
    them there himself.
    """

    __slots__ = ("_block", "_count", "_values")

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._block: Any = None
        self._count = 0

    def __len__(self) -> int:
        return len(self._values) if self._block is None else self._count

    def __getitem__(self, turn: int) -> Any:
        if self._block is None:
            return self._values[turn]
        if not -self._count <= turn < self._count:
            raise IndexError(turn)
        return self._block[turn % self._count, ...]

    def sizes(self) -> tuple[int, ...] | None:
        """Return the shape of all values; ``None`` if they have several, or none."""
        if self._block is not None:
            return tuple(self._block.shape[1:])
        shapes = {getattr(value, "shape", None) for value in self._values}
        return shapes.pop() if len(shapes) == 1 else None

    def listed(self) -> list[Any]:
        """Return the values as a list to append to."""
        if self._block is not None:
            self._values, self._block = [self[turn] for turn in range(self._count)], None
        return self._values

    def block(self, sizes: tuple[int, ...], dtype: Any) -> Array | None:
        """Return the values in one block of memory; ``None`` if they are of another form."""
        if self._block is None:
            if any(not _has_form(value, sizes, dtype) for value in self._values):
                return None
            self._count = len(self._values)
            self._block = self._grown(self._values, sizes, dtype)
            self._values = []
        is_right = self._block.shape[1:] == sizes and self._block.dtype == dtype
        return self._block[: self._count] if is_right else None

    def _grown(self, values: Any, sizes: tuple[int, ...], dtype: Any) -> Array:
        """Return memory that begins with given values, and has room for as many again."""
        least = max(_LEAST_ROWS, _LEAST_BYTES // (math.prod(sizes) * dtype.itemsize))
        block = np.empty((max(2 * len(values), least), *sizes), dtype)
        for turn, value in enumerate(values):
            block[turn] = value
        return block

    def room(self, sizes: tuple[int, ...], dtype: Any) -> Array | None:
        """Return memory for values behind those that are there: see `added`."""
        block = self.block(sizes, dtype)
        if block is None:
            return None
        if self._count == len(self._block):
            self._block = self._grown(block, sizes, dtype)
        return self._block[self._count :]

    def added(self, count: int) -> None:
        """Note that so many values have been written to where there was room."""
        self._count += count


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
