"""Bodies: the graphs inside an op, for a branch of a ``cond`` or the inside of a loop.

A tensor from outside that is used inside is *captured*: it becomes one more input of
the op around, and a parameter of the body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.dtypes import DType
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.constant import Const
from flowgraph.ops.core import Identity, Placeholder
from flowgraph.shapes import TensorShape


class Body(Graph):
    """A graph inside an op of another graph.

    Parameters
    ----------
    outer : Graph
        The graph that the op belongs to. Collections and the random seed are shared with it.
    scope : str
        The name scope its operations begin with.
    before : int
        How many nodes TensorFlow would have made by now that are not in `outer`.

    Attributes
    ----------
    parameters : list of Tensor
        The inputs it declares itself, such as a loop's variables.
    outputs : list of Tensor
        What it computes.
    captures : dict of Tensor to Tensor
        From tensors outside to the parameters that stand for them inside.
    saved : dict of Tensor to None
        Inside tensors whose values a gradient needs: the op's history keeps them.
    parallel_iterations : int
        How many turns TensorFlow runs at once; 0 for what is no loop.
    waits : list of Operation
        Operations outside that a control dependency inside names: the op itself waits for them.
    """

    def __init__(self, outer: Graph, scope: str, before: int = 0) -> None:
        super().__init__()
        self.outer = outer
        self.inside = before
        self.seed = outer.seed
        self._scope = scope
        self._collections = outer._collections
        self._devices = list(outer._devices)
        self._gradient_overrides = outer._gradient_overrides
        self.parameters: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.captures: dict[Tensor, Tensor] = {}
        self.saved: dict[Tensor, None] = {}
        self.waits: list[Operation] = []
        self.parallel_iterations = 0
        self._constants: dict[Tensor, Tensor] = {}

    @property
    def root(self) -> Graph:
        return self.outer.root

    @property
    def node_count(self) -> int:
        return self.outer.node_count + super().node_count

    @property
    def in_loop(self) -> bool:
        """Whether it is the body of a loop, or inside one."""
        around = isinstance(self.outer, Body) and self.outer.in_loop
        return around or self.parallel_iterations > 0

    def accepts(self, graph: Graph) -> bool:
        return graph is self or self.outer.accepts(graph)

    def parameter(self, dtype: DType, shape: TensorShape, name: str = "parameter") -> Tensor:
        """Add an input of the body that is given at each run."""
        op = Placeholder(dtype=dtype.base_dtype, shape=shape)
        # A ref dtype stays one: what is given then is the variable itself, not its value.
        return self.add_operation(op, (), (dtype,), name)._outputs[0]

    def declare(self, dtype: DType, shape: TensorShape, name: str) -> Tensor:
        """Add a parameter that is not captured."""
        tensor = self.parameter(dtype, shape, name)
        self.parameters.append(tensor)
        return tensor

    def adopt(self, tensor: Tensor) -> Tensor:
        """Return the tensor inside that stands for one outside."""
        if tensor.op.graph is self:
            return tensor
        for known in (self._constants, self.captures):
            if tensor in known:
                return known[tensor]
        outside = self.outer.adopt(tensor)
        with self._unconditional():
            op = outside.op.op
            # A shape or an axis is worth knowing inside; a number may be differentiated by.
            if isinstance(op, Const) and not (op.dtype.is_floating or op.dtype.is_complex):
                copy = self.add_operation(op, (), (op.dtype,), outside.op.name.split("/")[-1])
                self._constants[tensor] = copy._outputs[0]
                return copy._outputs[0]
            if outside is not tensor and outside in self.captures:
                return self.captures[outside]
            self.captures[outside] = self.parameter(outside.dtype, outside.shape, "captured")
            return self.captures[outside]

    @contextmanager
    def _unconditional(self) -> Iterator[None]:
        """Build without the control dependencies and scopes of the moment."""
        before = self._controllers, self._colocation, self._forward
        self._controllers, self._colocation, self._forward = [], [], None
        try:
            yield
        finally:
            self._controllers, self._colocation, self._forward = before

    @contextmanager
    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Iterator[None]:
        """Make operations built inside the block run after `control_inputs`, as `Graph` does."""
        inside: list[Any] | None = None
        if control_inputs is not None:
            inside = []
            for element in control_inputs:
                if hasattr(element, "_as_graph_element"):
                    element = element._as_graph_element()
                operation = element.op if isinstance(element, Tensor) else element
                if isinstance(operation, Operation) and operation.graph is not self:
                    self.waits.append(operation)
                else:
                    inside.append(element)
        with super().control_dependencies(inside):
            yield

    def outside(self) -> dict[Tensor, Tensor]:
        """Return what stands outside for each tensor inside that stands for it."""
        return {
            inner: outer
            for known in (self._constants, self.captures)
            for outer, inner in known.items()
        }

    def inputs_for(self, tensors: list[Tensor]) -> list[Tensor]:
        """Return the parameters for all of `tensors`, captured here or in a sister body."""
        with self._unconditional():
            for tensor in tensors:
                if tensor not in self.captures:
                    self.captures[tensor] = self.parameter(tensor.dtype, tensor.shape, "captured")
        return [self.captures[tensor] for tensor in tensors]

    def reads_anew(self, reference: Tensor) -> None:
        """Let what was read of a variable outside be read inside, each time it is used."""
        for tensor in list(self.captures):
            is_read = isinstance(tensor.op.op, Identity) and not tensor.op.control_inputs
            if not is_read or tensor.op.inputs[0] is not reference:
                continue
            inner, inside = self.captures.pop(tensor), self.adopt(reference)
            for consumer in inner.consumers():
                consumer._inputs = tuple(inside if x is inner else x for x in consumer._inputs)
                inside._consumers.append(consumer)

    def inline(self, other: Body, arguments: list[Tensor]) -> list[Tensor]:
        """Build a copy of another body here, for given arguments, and return its outputs.

        Both bodies stand in the same graph, so that what `other` captures is captured here.
        """
        copies: dict[Tensor, Tensor] = dict(zip(other.parameters, arguments, strict=True))
        copies.update({inner: self.adopt(outer) for outer, inner in other.captures.items()})
        operations: dict[Operation, Operation] = {}
        for operation in other._operations:
            if operation._outputs and operation._outputs[0] in copies:
                continue
            inputs = tuple(copies[tensor] for tensor in operation._inputs)
            dtypes = [tensor.dtype for tensor in operation._outputs]
            waits = [operations[o] for o in operation._control_inputs if o in operations]
            with self.control_dependencies(waits):
                copy = self.add_operation(operation.op, inputs, dtypes, operation.name + "/")
            operations[operation] = copy
            copies.update(zip(operation._outputs, copy._outputs, strict=True))
        return [copies[tensor] for tensor in other.outputs]


def captured_by(*bodies: Body) -> list[Tensor]:
    """Return the tensors that any of the bodies captures, each once, in order."""
    return list(dict.fromkeys(tensor for body in bodies for tensor in body.captures))
