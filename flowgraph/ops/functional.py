"""The ops that hold graphs: ``If`` and ``While``, and the history their gradients read.

An op with bodies has, beyond its results, an output called ``history``: the values of
those inside tensors that a gradient needs, by tensor. It is kept only where a plan uses
it (`flowgraph.ops.history` says how it is read).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from flowgraph.dtypes import Array, DType
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor, is_array
from flowgraph.ops.body import Body
from flowgraph.ops.history import Record
from flowgraph.shapes import TensorShape


class _Functional(Op, abstract=True):
    """What ops with bodies share.

    ``captured`` lists the outside tensors that the bodies use: the op's last inputs.
    """

    is_stateful = True
    takes_missing_gradients = True
    reads_references = True
    mixed_memory = True

    captured: tuple[Tensor, ...]

    @property
    def bodies(self) -> tuple[Body, ...]:
        """The bodies."""
        raise NotImplementedError

    def references(self) -> frozenset[int]:
        first = self.captured_from
        return frozenset(
            first + i for i, tensor in enumerate(self.captured) if tensor.dtype.is_ref_dtype
        )

    @property
    def captured_from(self) -> int:
        """The position of the first captured input."""
        raise NotImplementedError

    def writes(self) -> tuple[int, ...]:
        first = self.captured_from
        return tuple(
            first + i
            for i, tensor in enumerate(self.captured)
            if tensor.dtype.is_ref_dtype and any(is_written(body, tensor) for body in self.bodies)
        )


def is_written(body: Body, tensor: Tensor) -> bool:
    """Whether a body writes the variable that a captured reference refers to."""
    inside = {body.captures[tensor]} if tensor in body.captures else set()
    for operation in body.get_operations():
        for position in operation.op.writes():
            if operation.inputs[position] in inside:
                return True
        if not inside.isdisjoint(operation.inputs):
            inside.update(t for t in operation.outputs if t.dtype.is_ref_dtype)
    return False


class If(_Functional):
    """One of two bodies, by a condition."""

    signature = Signature("cond: bool, input: list(Tin) -> output: list(Tout), history: variant")

    captured: tuple[Tensor, ...]
    then_branch: Body
    else_branch: Body
    Tout: tuple[DType, ...]
    saves: bool = True

    captured_from = 1

    @property
    def bodies(self) -> tuple[Body, ...]:
        return self.then_branch, self.else_branch

    def insides(self) -> Sequence[tuple[str, Graph, Sequence[Tensor], Sequence[Tensor]]]:
        captured = list(self.captured)
        return [
            (word, body, body.inputs_for(captured), body.outputs)
            for word, body in (("then", self.then_branch), ("else", self.else_branch))
        ]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        pairs = zip(self.then_branch.outputs, self.else_branch.outputs, strict=True)
        return (*(either(a.shape, b.shape) for a, b in pairs), TensorShape.of(()))

    def without(self, used: Sequence[bool]) -> Op:
        return self if used[-1] or not self.saves else dataclasses.replace(self, saves=False)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        branches = []
        for body in self.bodies:
            saved = list(body.saved) if self.saves else []
            results = [*body.outputs, *saved]
            run = resources.function(body, results, body.inputs_for(list(self.captured)))
            branches.append((run, saved))
        count = len(self.Tout)

        def choose(condition: Array, *captured: Any) -> tuple[Any, ...]:
            run, saved = branches[0] if condition else branches[1]
            values = run(captured)
            if not saved:
                return (*values, {})
            return (*values[:count], dict(zip(saved, values[count:], strict=True)))

        return choose


class While(_Functional):
    """A body again and again while a condition holds.

    The condition stands twice: alone, to enter the loop, and at the end of the body, so
    that a turn of the loop is one run.
    """

    signature = Signature("input: list(T) -> output: list(Tout), steps: int32, history: variant")

    captured: tuple[Tensor, ...]
    cond: Body
    body: Body
    again: Tensor
    Tout: tuple[DType, ...]
    saves: bool = True

    @property
    def captured_from(self) -> int:
        return len(self.Tout)

    @property
    def bodies(self) -> tuple[Body, ...]:
        return self.cond, self.body

    def insides(self) -> Sequence[tuple[str, Graph, Sequence[Tensor], Sequence[Tensor]]]:
        captured = list(self.captured)
        enter = self.cond.parameters + self.cond.inputs_for(captured)
        turn = self.body.parameters + self.body.inputs_for(captured)
        return [
            ("enter", self.cond, enter, self.cond.outputs),
            ("turn", self.body, turn, [self.again, *self.body.outputs]),
        ]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        shapes = [parameter.shape for parameter in self.body.parameters]
        return (*shapes, TensorShape.of(()), TensorShape.of(()))

    def without(self, used: Sequence[bool]) -> Op:
        return self if used[-1] or not self.saves else dataclasses.replace(self, saves=False)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        captured = list(self.captured)
        saved = list(self.body.saved) if self.saves else []
        enter = resources.function(
            self.cond, self.cond.outputs, self.cond.parameters + self.cond.inputs_for(captured)
        )
        turns = resources.loop(
            self.body,
            [self.again, *self.body.outputs, *saved],
            self.body.parameters + self.body.inputs_for(captured),
            len(self.Tout),
        )
        count = len(self.Tout)

        def loop(*inputs: Any) -> tuple[Any, ...]:
            recorded = [Record() for _ in saved]
            steps, variables = 0, list(inputs[:count])
            if enter(inputs)[0]:
                steps, variables = turns.repeat(inputs, recorded)
            # What no turn has changed is an input still, which belongs to somebody else.
            given = {id(value) for value in inputs}
            finals = [_own(v) if id(v) in given else v for v in variables]
            return (*finals, xp.asarray(steps, "int32"), dict(zip(saved, recorded, strict=True)))

        return loop


def _own(value: Any) -> Any:
    return value.copy() if is_array(value) else value


def either(a: TensorShape, b: TensorShape) -> TensorShape:
    """Return what two shapes have in common: the shape of a value that has one or the other."""
    if a.sizes is None or b.sizes is None or len(a.sizes) != len(b.sizes):
        return TensorShape.of(None)
    pairs = zip(a.sizes, b.sizes, strict=True)
    return TensorShape.of(tuple(m if m == n else None for m, n in pairs))
