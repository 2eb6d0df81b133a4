"""Gradients of the ops that hold graphs: the gradient of a branch is a branch, of a loop a loop.

They stand here and not with their ops, since they differentiate the bodies. The values
that a gradient's body needs from inside the forward body are read from the forward op's
history (`flowgraph.ops.history`). What flows back to a history, in a gradient of a
gradient, flows on to the inside tensors it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.autodiff import body_counts
from flowgraph.autodiff.body_counts import Reads
from flowgraph.autodiff.gradients import Structural, Sweep, register_structural
from flowgraph.autodiff.paths import operations_between
from flowgraph.dtypes import DType
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, subtract
from flowgraph.ops.body import Body, captured_by
from flowgraph.ops.building import apply, build
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.constant import Const, constant
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import zeros, zeros_like
from flowgraph.ops.functional import If, While
from flowgraph.ops.history import (
    HistoryCotangentItem,
    HistoryItem,
    add_cotangents,
    no_cotangents,
)
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.joining import concat
from flowgraph.shapes import TensorShape


def _is_history(tensor: Tensor) -> bool:
    return tensor.dtype.base_dtype is dtypes.variant


def _flows(tensor: Tensor) -> bool:
    dtype = tensor.dtype.base_dtype
    return dtype.is_floating or dtype.is_complex or _is_history(tensor)


def _nothing(like: Tensor) -> Tensor:
    """Return the gradient of what has none: zeros."""
    return no_cotangents() if _is_history(like) else zeros_like(like)


class _Backward(Body):
    """A body that differentiates another one: what it uses from there is read from its history."""

    def __init__(self, forward: Body, history: Tensor, in_loop: bool) -> None:
        outer = get_default_graph()
        super().__init__(outer, outer.get_name_scope())
        self._differentiated = forward
        self._outside = {inner: tensor for tensor, inner in forward.captures.items()}
        self._origins: dict[Tensor, Tensor] = {}
        self.reads = Reads(forward, in_loop, reads_around())
        self._history = history
        self._in_loop = in_loop
        self._items: dict[Tensor, Tensor] = {}
        self.step: Tensor | None = None

    def accepts(self, graph: Any) -> bool:
        return graph is self._differentiated or super().accepts(graph)

    def adopt(self, tensor: Tensor) -> Tensor:
        before = self.node_count
        if tensor.op.graph is not self._differentiated:
            found = super().adopt(tensor)
        else:
            if tensor in self._outside:
                found = super().adopt(self._outside[tensor])
            else:
                if tensor not in self._items:
                    with self._unconditional():
                        self._items[tensor] = self._item(tensor)
                found = self._items[tensor]
            self._origins[found] = tensor
        self.inside += before - self.node_count  # TensorFlow's nodes for it are in `reads`
        return found

    def nodes_read(self, operation: Operation, made: Sequence[Operation]) -> int:
        """Return the nodes that bring what `made`, an operation's gradient, reads from there."""
        origins = self._origins
        pairs = [(o, origins[x]) for o in made for x in o.inputs if x in origins]
        return self.reads.of(operation, pairs)

    def nodes_of_zeros(self, tensor: Tensor) -> int:
        """Return the nodes for zeros like a tensor there."""
        return self.reads.zeros(tensor)

    def gradients(
        self, sweep: Sweep, ys: list[Tensor], xs: list[Tensor], seeds: list[Any]
    ) -> tuple[list[Any], int]:
        """Return the gradients of `ys` by `xs`, and the nodes TensorFlow makes for them."""
        inner = sweep.within(self, self)
        with self.name_scope("gradients"):
            found = inner.run(ys, xs, seeds)
        return [found.get(x) for x in xs], inner.nodes

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
            return apply(op, self.adopt(self._history), self._turn(), name="HistoryItem")

    def _turn(self) -> Tensor:
        return constant(0, dtypes.int32) if self.step is None else self.step

    def flowing_back(self, cotangents: Tensor | None) -> tuple[list[Tensor], list[Tensor]]:
        """Return the inside tensors that the history holds, and what flows back to each."""
        if cotangents is None:
            return [], []
        held = [tensor for tensor in self._differentiated.saved if _flows(tensor)]
        source, step = self.adopt(cotangents), self._turn()
        seeds = [
            apply(HistoryCotangentItem(tensor=tensor), source, step, self.adopt(tensor))
            for tensor in held
        ]
        return held, seeds


def reads_around() -> Reads | None:
    """Return what is read of the body whose gradient is being built, if it is one."""
    graph = get_default_graph()
    return graph.reads if isinstance(graph, _Backward) else None


@register_structural(If)
def _gradient_of_if(
    sweep: Sweep, operation: Operation, needed: Sequence[bool], *dys: Any
) -> Structural:
    op: Any = operation.op
    results = operation.outputs[:-1]
    given = [(i, dy) for i, dy in enumerate(dys[:-1]) if dy is not None and _flows(results[i])]
    wanted = [i for i, x in enumerate(op.captured) if needed[op.captured_from + i] and _flows(x)]
    seeds = [convert_to_tensor(dy) for _, dy in given]
    branches: list[tuple[_Backward, list[Any]]] = []
    nodes = 0
    for body in op.bodies:
        backward = _Backward(body, operation.outputs[-1], in_loop=False)
        with backward.as_default():
            held, flowing = backward.flowing_back(dys[-1])
            ys = [body.outputs[i] for i, _ in given] + held
            xs = body.inputs_for([op.captured[i] for i in wanted])
            starts = [backward.adopt(seed) for seed in seeds]
            for y, start in zip(ys, starts, strict=False):
                start.set_shape(y.shape)
            starts += flowing
            found, inner = backward.gradients(sweep, ys, xs, starts)
        branches.append((backward, found))
        nodes += inner
    then, other = (found for _, found in branches)
    columns = list(zip(wanted, then, other, strict=True))
    reached = [i for i, a, b in columns if a is not None or b is not None]
    sparse = {i: kind for i, a, b in columns if (kind := _index_of(a, b)) is not None}
    for backward, found in branches:
        with backward.as_default():
            for i, dx in zip(wanted, found, strict=True):
                if dx is not None:
                    nodes += backward.reads.switched(op.captured[i], dx)
                if i in reached:
                    like = op.captured[i]
                    if i not in sparse:
                        parts = [_dense(dx, like)]
                    elif dx is None:
                        parts = _no_slices(like, sparse[i])
                    else:
                        parts = [dx.values, dx.indices]
                    backward.outputs += [backward.adopt(part) for part in parts]
    captured = captured_by(*(backward for backward, _ in branches))
    gradient = If(
        captured=tuple(captured),
        then_branch=branches[0][0],
        else_branch=branches[1][0],
        Tout=tuple(t.dtype.base_dtype for t in branches[0][0].outputs),
    )
    outputs = iter(build(gradient, [operation.inputs[0], captured], "If").outputs)
    dxs: list[Any] = [None] * len(operation.inputs)
    for i in reached:
        total = next(outputs)
        is_sparse = i in sparse
        dxs[op.captured_from + i] = (
            IndexedSlices(total, next(outputs), shape_of(op.captured[i])) if is_sparse else total
        )
    twice = [op.captured_from + i for i, a, b in columns if a is not None and b is not None]
    nodes += body_counts.merges(len(given), operation.inputs[0], sweep.gate, reads_around())
    return Structural(dxs, nodes, twice)


def _index_of(*dxs: Any) -> DType | None:
    """Return the dtype of the indices of gradients that are slices; ``None`` if one is dense."""
    there = [dx for dx in dxs if dx is not None]
    if not all(isinstance(dx, IndexedSlices) for dx in there):
        return None
    kinds = {dx.indices.dtype for dx in there}
    return kinds.pop() if len(kinds) == 1 else None


def _dense(dx: Any, like: Tensor) -> Tensor:
    return _nothing(like) if dx is None else convert_to_tensor(dx)


def _no_slices(like: Tensor, index: DType) -> list[Tensor]:
    """Return the values and indices of no rows of a tensor."""
    return [strided_slice_from_key(like, slice(0, 0)), zeros([0], index)]


@register_structural(While)
def _gradient_of_while(
    sweep: Sweep, operation: Operation, needed: Sequence[bool], *dys: Any
) -> Structural:
    op: Any = operation.op
    body: Body = op.body
    finals = operation.outputs[:-2]
    carried = _influential(body, [i for i, y in enumerate(finals) if dys[i] is not None], dys[-1])
    summed = [
        t
        for t, is_needed in zip(op.captured, needed[op.captured_from :], strict=True)
        if is_needed and t in body.captures and _flows(t)
    ]
    carried = _reached(body, carried, needed, summed)
    first = [_dense(dys[i], finals[i]) for i in carried]
    last = subtract(operation.outputs[-2], 1)
    backward = _Backward(body, operation.outputs[-1], in_loop=True)
    with backward.as_default():
        step, *seeds = [backward.declare(t.dtype.base_dtype, t.shape, "d") for t in (last, *first)]
        backward.step = step
        held, flowing = backward.flowing_back(dys[-1])
        ys = [body.outputs[i] for i in carried] + held
        xs = [body.parameters[i] for i in carried] + [body.captures[t] for t in summed]
        found, nodes = backward.gradients(sweep, ys, xs, [*seeds, *flowing])
        following = [
            _dense(dx, seed) for seed, dx in zip(seeds, found[: len(carried)], strict=True)
        ]
    around = reads_around()
    nodes += body_counts.counters(around)
    for i, y in enumerate(finals):
        if _flows(y):
            nodes += 1 + (body_counts.unused(y, around) if dys[i] is None else 0)
    for seed, dx in zip(seeds, found, strict=False):
        nodes += body_counts.carried(seed, dx is not None, sweep.gate)
    gradients_of_captured = zip(summed, found[len(carried) :], strict=True)
    sums = [_Sum(tensor, dx) for tensor, dx in gradients_of_captured if dx is not None]
    nodes += sum(body_counts.summed(each.of, each.dx, around) for each in sums)
    initial = [last, *first, *(part for each in sums for part in each.start())]
    with backward.as_default():
        for each in sums:
            following += each.add(backward)
        backward.outputs = [backward.adopt(t) for t in [subtract(step, 1), *following]]
    outputs = iter(_loop(backward, initial))
    next(outputs)
    dxs: list[Any] = [None] * len(operation.inputs)
    for i in carried:
        dxs[i] = next(outputs)
    for each in sums:
        dxs[op.captured_from + op.captured.index(each.of)] = each.result(outputs)
    return Structural(dxs, nodes)


def _influential(body: Body, reached: list[int], cotangents: Tensor | None) -> list[int]:
    """Return which variables of a loop the results depend on, directly or over turns."""
    held = [] if cotangents is None else [tensor for tensor in body.saved if _flows(tensor)]
    found = {i for i in reached if _flows(body.parameters[i])}
    sources = {i: x for i, x in enumerate(body.parameters) if _flows(x)}
    while True:
        ys = [body.outputs[i] for i in found] + held
        between = set(operations_between(ys, list(sources.values())))
        more = found | {i for i, x in sources.items() if x.op in between}
        if more == found:
            return sorted(found)
        found = more


def _reached(
    body: Body, carried: list[int], needed: Sequence[bool], captured: list[Tensor]
) -> list[int]:
    """Return which of `carried` depend on what needs gradients, directly or over turns."""
    outside = [body.captures[t] for t in captured]
    found = {i for i in carried if needed[i]}
    while True:
        sources = [*outside, *(body.parameters[i] for i in found)]
        between = set(operations_between([body.outputs[i] for i in carried], sources))
        more = found | {i for i in carried if body.outputs[i].op in between}
        if more == found:
            return sorted(found)
        found = more


class _Sum:
    """The gradient of a captured tensor: a sum over the turns, or the rows of all turns."""

    def __init__(self, of: Tensor, dx: Any) -> None:
        self.of = of
        self.dx = dx
        self.is_sparse = isinstance(dx, IndexedSlices)

    def start(self) -> list[Tensor]:
        """Return what the sum begins with."""
        return _no_slices(self.of, self.dx.indices.dtype) if self.is_sparse else [_nothing(self.of)]

    def add(self, body: Body) -> list[Tensor]:
        """Declare the sum so far in the body, and return the next one."""
        dtype = self.of.dtype.base_dtype
        if not self.is_sparse:
            total = body.declare(dtype, self.of.shape, "total")
            return [add_cotangents([total, self.dx]) if _is_history(total) else add(total, self.dx)]
        rows = self.dx.values.shape.as_list()[1:] if self.dx.values.shape.rank else []
        values = body.declare(dtype, TensorShape.of((None, *rows)), "values")
        indices = body.declare(self.dx.indices.dtype, TensorShape.of((None,)), "indices")
        return [concat([values, self.dx.values], 0), concat([indices, self.dx.indices], 0)]

    def result(self, outputs: Iterator[Tensor]) -> Any:
        """Return the whole, from the outputs of the loop."""
        total = next(outputs)
        return IndexedSlices(total, next(outputs), shape_of(self.of)) if self.is_sparse else total


def _loop(backward: _Backward, initial: list[Tensor]) -> list[Tensor]:
    """Add the loop that counts turns down."""
    test = Body(backward.outer, backward.outer.get_name_scope())
    test.reserve(backward)
    with test.as_default():
        step, *_ = [test.declare(p.dtype, p.shape, "variable") for p in backward.parameters]
        test.outputs = [greater_equal(step, 0)]
    with backward.as_default():
        (again,) = backward.inline(test, backward.outputs)
    captured = captured_by(test, backward)
    loop = While(
        captured=tuple(captured),
        cond=test,
        body=backward,
        again=again,
        Tout=tuple(tensor.dtype.base_dtype for tensor in initial),
    )
    return build(loop, [[*initial, *captured]], "While").outputs
