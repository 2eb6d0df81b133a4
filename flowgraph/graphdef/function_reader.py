"""Functions of a file's library to the graphs inside ops."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.attributes import Kind, attribute, kinds
from flowgraph.graphdef.calls import (
    BRANCHES,
    bypassed,
    flat_nodes,
    flat_results,
    inlined,
    loop_variables,
)
from flowgraph.graphdef.calls import FUNCTIONAL as FUNCTIONAL
from flowgraph.graphdef.guarded_reads import raised
from flowgraph.graphdef.raised_loops import control_flow_raised
from flowgraph.graphdef.resource_variables import as_references
from flowgraph.ops.body import Body, captured_by
from flowgraph.ops.core import identity
from flowgraph.ops.functional import If, While, either
from flowgraph.shapes import TensorShape

if TYPE_CHECKING:
    from flowgraph.graphdef.loader import Loader

_VARIABLES = {"Variable", "VariableV2"}

Read = tuple[Op, tuple[Tensor, ...], list[DType], dict[str, Any]]


def prepared(
    nodes: Iterable[Any], functions: dict[str, Any], references: dict[str, int] | None = None
) -> list[Any]:
    """Return the nodes of a graph or a function in the form that is loaded.

    Parameters
    ----------
    nodes : iterable of NodeDef
    functions : dict of str to FunctionDef
        Those of the file.
    references : dict of str to int, optional
        The dtypes of variables that a function is given, by the arguments' names.
    """
    nodes = bypassed(inlined(nodes, functions), functions)
    nodes = raised(as_references(nodes, references))
    return control_flow_raised(nodes, functions)


# -- the ops with branches and loops ---------------------------------------------------------------


def functional(loader: Loader, node: Any, tensors: tuple[Tensor, ...]) -> Read:
    """Return the op of a functional node, its inputs, the outputs' dtypes and annotations."""
    op, inputs, kinds_of = (_branches if node.op in BRANCHES else _loop)(loader, node, tensors)
    annotations = {
        n: attribute(node.attr[n]) for n in ("_class", "_output_shapes") if n in node.attr
    }
    return op, inputs, kinds_of, annotations


def _branches(
    loader: Loader, node: Any, tensors: tuple[Tensor, ...]
) -> tuple[Op, tuple[Tensor, ...], list[DType]]:
    condition, *taken = tensors
    if condition.dtype.base_dtype is not dtypes.bool:
        raise NotImplementedError(
            f"Node '{node.name}': an {node.op} whose condition is {condition.dtype.name}"
        )
    bodies = []
    types = [as_dtype(kind) for kind in node.attr["Tout"].list.type]
    for word in ("then_branch", "else_branch"):
        body = Body(loader.graph, "")
        call = _Call(loader, node.attr[word].func.name, body)
        results, waits = call.load([body.adopt(tensor) for tensor in taken])
        with body.as_default(), body.control_dependencies(waits):
            body.outputs = [identity(t) if waits or t.dtype.is_ref_dtype else t for t in results]
        found = [tensor.dtype.base_dtype for tensor in body.outputs]
        if found != types:
            raise ValueError(f"Node '{node.name}': '{call.name}' returns other types than Tout")
        bodies.append(body)
    then, other = bodies
    captured = captured_by(then, other)
    op = If(captured=tuple(captured), then_branch=then, else_branch=other, Tout=tuple(types))
    return op, (condition, *captured), [*types, dtypes.variant]


def _loop(
    loader: Loader, node: Any, tensors: tuple[Tensor, ...]
) -> tuple[Op, tuple[Tensor, ...], list[DType]]:
    turn, test = (node.attr[word].func.name for word in ("body", "cond"))
    _function(loader, turn)
    kept = loop_variables(node, loader.file.functions)
    first = [tensors[i] for i in kept]
    shapes = [tensor.shape for tensor in first]
    if len(node.attr["output_shapes"].list.shape) == len(tensors):
        stated = attribute(node.attr["output_shapes"], Kind("shape", is_list=True))
        shapes = [either(a, stated[i]) for a, i in zip(shapes, kept, strict=True)]
    while True:
        op, results = _turns(loader, node, (test, turn), (tensors, kept), shapes)
        wider = [either(a, t.shape) for a, t in zip(shapes, results, strict=True)]
        if [str(s) for s in wider] == [str(s) for s in shapes]:
            return op, (*first, *op.captured), [*op.Tout, dtypes.int32, dtypes.variant]
        shapes = wider


def _turns(
    loader: Loader,
    node: Any,
    names: tuple[str, str],
    inputs: tuple[Sequence[Tensor], list[int]],
    shapes: list[TensorShape],
) -> tuple[While, list[Tensor]]:
    """Return the loop whose variables have these shapes, and what a turn gives."""
    tensors, kept = inputs
    first = [tensors[i] for i in kept]
    made = []
    test = Body(loader.graph, "")
    inside = Body(loader.graph, "")
    for body, name in ((test, names[0]), (inside, names[1])):
        parameters = [
            body.declare(tensor.dtype.base_dtype, shape, "variable")
            for tensor, shape in zip(first, shapes, strict=True)
        ]
        if body is inside:
            inside.reserve(test)
        call = _Call(loader, name, body)
        rest = iter(parameters)
        made.append(
            call.load([next(rest) if i in kept else body.adopt(t) for i, t in enumerate(tensors)])
        )
    ((test.outputs, _), (results, waits)) = made
    results = [results[i] for i in kept]
    found = [tensor.dtype.base_dtype for tensor in results]
    kinds_of = [tensor.dtype.base_dtype for tensor in first]
    if found != kinds_of or [t.dtype.base_dtype for t in test.outputs] != [dtypes.bool]:
        raise ValueError(f"Node '{node.name}': its functions return other types than T")
    inside.outputs = results
    with inside.control_dependencies(waits):
        (again,) = inside.inline(test, inside.outputs)
    op = While(
        captured=tuple(captured_by(test, inside)),
        cond=test,
        body=inside,
        again=again,
        Tout=tuple(kinds_of),
    )
    return op, inside.outputs


# -- ops whose attributes are functions ------------------------------------------------------------


def with_bodies(
    loader: Loader,
    node: Any,
    cls: type[Op],
    attributes: dict[str, Any],
    tensors: tuple[Tensor, ...],
) -> tuple[Tensor, ...]:
    """Put bodies for the names of functions among a node's attributes; return the op's inputs.

    Of tensors that are captured twice, the second is left out.
    """
    functions = [
        field.name
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
        if kinds(cls)[field.name] == Kind("func")
    ]
    if not functions:
        return tensors
    groups = _grouped(node, cls, tensors)
    for name in functions:
        own = f"{name}_other_arguments"
        group = own if own in groups else "other_arguments"
        captured = groups.get(group, [])
        body = Body(loader.graph, "")
        call = _Call(loader, attributes[name], body)
        arguments = call.declared(len(captured))
        for tensor in captured:
            if tensor not in body.captures:
                body.captures[tensor] = body.parameter(tensor.dtype, tensor.shape, "captured")
            arguments.append(body.captures[tensor])
        body.outputs, waits = call.load(arguments)
        if waits:
            with body.as_default(), body.control_dependencies(waits):
                body.outputs = [identity(tensor) for tensor in body.outputs]
        attributes[name] = body
        if group in groups:
            groups[group] = list(body.captures)
    return tuple(tensor for group in groups.values() for tensor in group)


def _grouped(node: Any, cls: type[Op], tensors: tuple[Tensor, ...]) -> dict[str, list[Tensor]]:
    """Return a node's inputs by the arguments of the op's signature."""
    groups: dict[str, list[Tensor]] = {}
    position = 0
    for argument in cls.signature.inputs:
        length = 1
        if argument.is_list:
            length = len(node.attr[argument.variable or ""].list.type)
        elif argument.count is not None:
            length = node.attr[argument.count].i
        groups[argument.name] = list(tensors[position : position + length])
        position += length
    return groups


# -- one function ----------------------------------------------------------------------------------


class _Call:
    """A function while it is read into a body."""

    def __init__(self, loader: Loader, name: str, body: Body) -> None:
        self.name = name
        self.body = body
        self._function = _function(loader, name)
        self._loader = loader

    def declared(self, captured: int) -> list[Tensor]:
        """Declare the parameters of the body: all arguments but the last ones."""
        signature = self._function.signature.input_arg
        found = []
        for position, argument in enumerate(signature[: len(signature) - captured]):
            shape = TensorShape.of(None)
            attributes = self._function.arg_attr.get(position)
            if attributes is not None and "_output_shapes" in attributes.attr:
                (shape,) = attribute(attributes.attr["_output_shapes"], Kind("shape", is_list=True))
            found.append(self.body.declare(as_dtype(argument.type), shape, "args"))
        return found

    def load(self, arguments: list[Tensor]) -> tuple[list[Tensor], list[Operation]]:
        """Build the function for these arguments; return its results and what it waits for."""
        from flowgraph.graphdef.loader import Loader

        file, function = self._loader.file, self._function
        names = [argument.name for argument in function.signature.input_arg]
        if len(names) != len(arguments):
            raise ValueError(
                f"function '{self.name}' takes {len(names)} arguments, not {len(arguments)}"
            )
        if self.name in file.active:
            raise NotImplementedError(f"a function that calls itself: '{self.name}'")
        mapped: dict[str, Any] = {}
        for name, tensor in zip(names, arguments, strict=True):
            mapped[f"{name}:0"], mapped[f"^{name}"] = tensor, tensor.op
        references = {
            name: tensor.dtype.base_dtype.as_datatype_enum
            for name, tensor in zip(names, arguments, strict=True)
            if tensor.dtype.is_ref_dtype
        }
        nodes = []
        for each in flat_nodes(function):
            if each.op in _VARIABLES:
                mapped[f"{each.name}:0"] = self._variable(each)
            else:
                nodes.append(each)
        loader = Loader(self.body, prepared(nodes, file.functions, references), "", mapped, file)
        results = flat_results(function)
        file.active.append(self.name)
        with self.body.as_default(), unscoped(self.body):
            loader.load()
            tensors = [self.body.adopt(loader.tensor(text)) for text in results]
        file.active.pop()
        waits = [loader.made[name] for name in function.control_ret.values() if name in loader.made]
        return tensors, waits

    def _variable(self, node: Any) -> Tensor:
        """Return what stands for a variable of the graph around."""
        name = node.attr["shared_name"].s.decode() or node.name
        variable = self._loader.file.variables.get(name)
        if variable is None or variable.type not in _VARIABLES:
            raise ValueError(
                f"Node '{node.name}' of function '{self.name}': there is no variable '{name}'"
            )
        return self.body.adopt(variable._outputs[0])


def _function(loader: Loader, name: str) -> Any:
    function = loader.file.functions.get(name)
    if function is None:
        raise ValueError(f"the library of the graph has no function '{name}'")
    return function


@contextmanager
def unscoped(graph: Graph) -> Iterator[None]:
    """Build with the names, colocation and gradients that the nodes state themselves."""
    before = graph._scope, graph._colocation, graph._gradient_overrides
    graph._scope, graph._colocation, graph._gradient_overrides = "", [], {}
    try:
        yield
    finally:
        graph._scope, graph._colocation, graph._gradient_overrides = before
