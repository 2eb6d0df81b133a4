"""The plan: steps over slots, a graph's requested part in the order it will run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from flowgraph.dtypes import Array, DType
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.shapes import TensorShape


class Request(NamedTuple):
    """What a run asks for."""

    graph: Graph
    fetches: tuple[Tensor, ...]
    targets: tuple[Operation, ...]
    feeds: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one value. It is what `Op.infer` sees of an input.

    Attributes
    ----------
    tensor : Tensor
        The tensor whose value it holds: for names and messages.
    dtype : DType
        A ref dtype if the slot holds a variable's cell.
    shape : TensorShape
        As far as it is known.
    value : array or None
        The value, if it is constant.
    partial : TensorShape or None
        The value read as a shape, where that is known in part.
    buffer : int or None
        The planned buffer that holds it.
    """

    tensor: Tensor
    dtype: DType
    shape: TensorShape
    value: Array | None = None
    partial: TensorShape | None = None
    buffer: int | None = None

    def with_shape(self, shape: TensorShape, partial: TensorShape | None = None) -> Slot:
        """Return the slot with another shape."""
        return Slot(self.tensor, self.dtype, shape, self.value, partial, self.buffer)

    def with_value(self, value: Array) -> Slot:
        """Return the slot as a constant."""
        shape = TensorShape.of(value.shape)
        return Slot(self.tensor, self.dtype, shape, value, self.partial, self.buffer)

    def with_buffer(self, buffer: int) -> Slot:
        """Return the slot in a planned buffer."""
        return Slot(self.tensor, self.dtype, self.shape, self.value, self.partial, buffer)

    def static_value(self) -> Array | None:
        """Return the value if it is constant."""
        return self.value

    def static_shape(self) -> TensorShape:
        """Return the value read as a shape, as far as it is known."""
        if self.partial is not None:
            return self.partial
        if self.value is not None and self.value.ndim == 1 and self.value.dtype.kind in "iu":
            return TensorShape.of(tuple(None if n == -1 else int(n) for n in self.value))
        sizes = self.shape.sizes
        return TensorShape.of((None,) * sizes[0] if sizes and sizes[0] is not None else None)

    @property
    def nbytes(self) -> int | None:
        """The size in bytes, if the shape is known."""
        count = self.shape.num_elements()
        return None if count is None else count * self.dtype.numpy.itemsize


@dataclass(frozen=True, slots=True)
class Step:
    """One operation to run.

    Attributes
    ----------
    operation : Operation
        Where it comes from: for messages, for a session's state, and as its identity.
    op : Op
        The rules; a pass may have put another op here than the operation's own.
    inputs, outputs : tuple of int
        Slots.
    after : frozenset of Operation
        Operations whose steps must run first though they give no value.
    is_read : bool
        Added to read a fetched variable: not the operation's own step.
    device : str
        The GPU that it runs on, as ``"GPU:0"``; empty for the host.
    """

    operation: Operation
    op: Op
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    after: frozenset[Operation] = frozenset()
    is_read: bool = False
    device: str = ""

    def taking(self, inputs: tuple[int, ...], after: frozenset[Operation]) -> Step:
        """Return the step with other inputs and dependencies."""
        if inputs == self.inputs and after == self.after:
            return self
        return Step(self.operation, self.op, inputs, self.outputs, after, self.is_read, self.device)


@dataclass(frozen=True)
class Plan:
    """Steps in an order that respects every dependency. Never changed, only replaced.

    Attributes
    ----------
    slots : tuple of Slot
        All values; a step names them by position.
    steps : tuple of Step
    feeds : tuple of int
        The slots given by the caller, in the order of the request.
    fetches : tuple of int
        The slots returned, in the order of the request.
    targets : frozenset of Operation
        Operations that were asked for by themselves.
    buffers : tuple of int
        Sizes in bytes of the planned buffers; empty before the memory pass.
    lends : int
        Fetched slots of at most so many bytes may lie in planned buffers: who runs the plan
        copies them from there.
    carried : int
        How many of the feeds, the first ones, are variables of a loop whose next values are the
        fetches after the first. Both may lie in planned buffers, the next value in the variable's
        own.
    gpus : int
        How many GPUs the plan may use: ``"GPU:0"``, ``"GPU:1"`` ...
    home : str or None
        Where the op runs whose body this is the plan of; ``None`` outside of bodies.
    homes : tuple of str
        The device of each planned buffer; empty if all are in host memory.
    """

    slots: tuple[Slot, ...]
    steps: tuple[Step, ...]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]
    targets: frozenset[Operation]
    buffers: tuple[int, ...] = field(default=())
    lends: int = -1
    carried: int = 0
    gpus: int = 0
    home: str | None = None
    homes: tuple[str, ...] = ()

    def with_steps(self, steps: Iterable[Step]) -> Plan:
        """Return the plan with other steps."""
        return replace(self, steps=tuple(steps))

    def specs(self, step: Step) -> list[Slot]:
        """Return the slots a step takes."""
        slots = self.slots
        return [slots[i] for i in step.inputs]


def sizes_of(slot: Slot) -> tuple[int, ...]:
    """Return the sizes of a fully defined shape."""
    return tuple([n for n in slot.shape.sizes or () if n is not None])


def reads(step: Step, slots: tuple[Slot, ...]) -> list[int]:
    """Return the ref slots that `step` reads: takes the value of, or reads through."""
    op = step.op
    positions = frozenset(op.writes()) if op.reads_references else ref_positions(op)
    return [
        slot
        for position, slot in enumerate(step.inputs)
        if slots[slot].dtype.is_ref_dtype and position not in positions
    ]


def ref_positions(op: Op) -> frozenset[int]:
    """Return the positions of the inputs that `op` takes as references."""
    return op.references()


def variable_of(slot: int, producers: dict[int, Step]) -> Operation | int | None:
    """Return what tells the variable that a ref slot refers to from others.

    That is its operation or, in the body of a branch or loop, the slot it is given in.
    Writers hand their reference on: the way back leads through their ref inputs.
    """
    step = producers.get(slot)
    while step is not None and step.inputs:
        positions = ref_positions(step.op)
        if not positions:
            return None
        slot = step.inputs[min(positions)]
        step = producers.get(slot)
    return slot if step is None else step.operation


def producers_of(plan: Plan) -> dict[int, Step]:
    """Return the step that fills each slot."""
    return {slot: step for step in plan.steps for slot in step.outputs}


def sweep(plan: Plan) -> Plan:
    """Drop the steps whose results nobody uses and that have no effect."""
    used = set(plan.fetches)
    kept: list[Step] = []
    awaited: set[Operation] = set()
    for step in reversed(plan.steps):
        if (
            step.op.is_stateful
            or not step.outputs
            or step.operation in plan.targets
            or step.operation in awaited
            or not used.isdisjoint(step.outputs)
        ):
            kept.append(step)
            used.update(step.inputs)
            awaited.update(step.after)
    return plan if len(kept) == len(plan.steps) else plan.with_steps(reversed(kept))
