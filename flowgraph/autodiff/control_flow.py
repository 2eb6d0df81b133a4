"""Gradients of the ops that hold graphs: the gradient of a branch is a branch, of a loop a loop.

They stand here and not with their ops, since they differentiate the bodies. The values
that a gradient's body needs from inside the forward body are read from the forward op's
history (`flowgraph.ops.functional`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.autodiff.gradients import gradients
from flowgraph.autodiff.registry import register_structural
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, subtract
from flowgraph.ops.body import Body, captured_by
from flowgraph.ops.building import apply, build
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.constant import Const, constant
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.functional import HistoryItem, If, While


def _flows(tensor: Tensor) -> bool:
    dtype = tensor.dtype.base_dtype
    return dtype.is_floating or dtype.is_complex


class _Backward(Body):
    """A body that differentiates another one: what it uses from there is read from its history."""

    def __init__(self, forward: Body, history: Tensor, in_loop: bool) -> None:
        outer = get_default_graph()
        super().__init__(outer, outer.get_name_scope())
        self._differentiated = forward
        self._outside = {inner: tensor for tensor, inner in forward.captures.items()}
        self._history = history
        self._in_loop = in_loop
        self._items: dict[Tensor, Tensor] = {}
        self.step: Tensor | None = None

    def accepts(self, graph: Any) -> bool:
        return graph is self._differentiated or super().accepts(graph)

    def adopt(self, tensor: Tensor) -> Tensor:
        if tensor.op.graph is not self._differentiated:
            return super().adopt(tensor)
        if tensor in self._outside:
            return super().adopt(self._outside[tensor])
        if tensor not in self._items:
            with self._unconditional():
                self._items[tensor] = self._item(tensor)
        return self._items[tensor]

    def _item(self, tensor: Tensor) -> Tensor:
        if isinstance(tensor.op.op, Const):
            return self.add_operation(tensor.op.op, (), (tensor.dtype,), "Const")._outputs[0]
        self._differentiated.saved[tensor] = None
        op = HistoryItem(
            tensor=tensor,
            dtype=tensor.dtype.base_dtype,
            shape=tensor.shape,
            in_loop=self._in_loop,
        )
        with self.as_default():
            step = constant(0, dtypes.int32) if self.step is None else self.step
            return apply(op, self.adopt(self._history), step, name="HistoryItem")


@register_structural(If)
def _gradient_of_if(operation: Operation, *dys: Any) -> Sequence[Any]:
    op: Any = operation.op
    results = operation.outputs[:-1]
    given = [(i, dy) for i, dy in enumerate(dys[:-1]) if dy is not None and _flows(results[i])]
    wanted = [i for i, tensor in enumerate(op.captured) if _flows(tensor)]
    seeds = [convert_to_tensor(dy) for _, dy in given]
    branches = []
    for body in op.bodies:
        backward = _Backward(body, operation.outputs[-1], in_loop=False)
        with backward.as_default():
            ys = [body.outputs[i] for i, _ in given]
            xs = [body.captures[op.captured[i]] for i in wanted]
            found = gradients(ys, xs, [backward.adopt(seed) for seed in seeds])
            backward.outputs = [
                backward.adopt(zeros_like(op.captured[i]) if dx is None else convert_to_tensor(dx))
                for i, dx in zip(wanted, found, strict=True)
            ]
        branches.append(backward)
    captured = captured_by(*branches)
    gradient = If(
        captured=tuple(captured),
        then_branch=branches[0],
        else_branch=branches[1],
        Tout=tuple(op.captured[i].dtype.base_dtype for i in wanted),
    )
    outputs = build(gradient, [operation.inputs[0], captured], "If").outputs
    dxs: list[Tensor | None] = [None] * len(operation.inputs)
    for i, dx in zip(wanted, outputs[:-1], strict=True):
        dxs[op.captured_from + i] = dx
    return dxs


@register_structural(While)
def _gradient_of_while(operation: Operation, *dys: Any) -> Sequence[Any]:
    op: Any = operation.op
    body: Body = op.body
    finals = operation.outputs[:-2]
    carried = [i for i, tensor in enumerate(finals) if _flows(tensor)]
    summed = [tensor for tensor in op.captured if _flows(tensor)]
    initial = [
        zeros_like(finals[i]) if dys[i] is None else convert_to_tensor(dys[i]) for i in carried
    ]
    initial += [zeros_like(tensor) for tensor in summed]
    last = subtract(operation.outputs[-2], 1)

    backward = _Backward(body, operation.outputs[-1], in_loop=True)
    test = Body(backward.outer, backward.outer.get_name_scope())
    with test.as_default():
        step, *_ = _parameters(test, last, initial)
        test.outputs = [greater_equal(step, 0)]
    with backward.as_default():
        step, *variables = _parameters(backward, last, initial)
        backward.step = step
        seeds, sums = variables[: len(carried)], variables[len(carried) :]
        ys = [body.outputs[i] for i in carried]
        xs = [body.parameters[i] for i in carried] + [body.captures[t] for t in summed]
        found = [
            None if dx is None else convert_to_tensor(dx) for dx in gradients(ys, xs, list(seeds))
        ]
        following = [
            zeros_like(seed) if dx is None else dx
            for seed, dx in zip(seeds, found[: len(carried)], strict=True)
        ]
        following += [
            total if dx is None else add(total, dx)
            for total, dx in zip(sums, found[len(carried) :], strict=True)
        ]
        backward.outputs = [backward.adopt(t) for t in [subtract(step, 1), *following]]
        (again,) = backward.inline(test, backward.outputs)
    captured = captured_by(test, backward)
    gradient = While(
        captured=tuple(captured),
        cond=test,
        body=backward,
        again=again,
        Tout=tuple(t.dtype.base_dtype for t in (last, *initial)),
    )
    outputs = build(gradient, [[last, *initial, *captured]], "While").outputs
    dxs: list[Tensor | None] = [None] * len(operation.inputs)
    for i, dx in zip(carried, outputs[1:], strict=False):
        dxs[i] = dx
    for tensor, dx in zip(summed, outputs[1 + len(carried) :], strict=False):
        dxs[op.captured_from + op.captured.index(tensor)] = dx
    return dxs


def _parameters(body: Body, step: Tensor, others: list[Tensor]) -> list[Tensor]:
    """Declare the variables of the backward loop: the step, and a gradient each."""
    return [body.declare(t.dtype.base_dtype, t.shape, "variable") for t in (step, *others)]
