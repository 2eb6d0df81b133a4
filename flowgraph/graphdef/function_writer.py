"""The graphs inside ops as functions of a file's library."""

from __future__ import annotations

from collections.abc import Iterable

from flowgraph import protos
from flowgraph.dtypes import DType
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.attributes import Kind, set_attribute
from flowgraph.graphdef.guarded_reads import OP_TYPE, as_branches
from flowgraph.graphdef.histories import components
from flowgraph.graphdef.writer import Library, Writer, bare, layout, set_attributes, unique
from flowgraph.ops.body import Body
from flowgraph.shapes import TensorShape

VARIABLES = {"Variable", "VariableV2"}


class FunctionWriter(Writer):
    """Writes a body as a function.

    Parameters
    ----------
    library : Library
    body : Body
    """

    def __init__(self, library: Library, body: Body) -> None:
        super().__init__(library, {operation.name for operation in body.get_operations()})
        self.message = protos.FunctionDef()
        self.body = body

    def place(self, node: str, argument: str, index: int) -> str:
        return f"{node}:{argument}:{index}"

    def output(self, tensor: Tensor) -> str:
        operation = tensor.op
        if operation.type == OP_TYPE:
            raise NotImplementedError(
                f"A GraphDef with {OP_TYPE} in a branch or a loop: operation '{operation.name}'"
            )
        implied = operation.implied_attributes()
        counts = {k: len(v) if isinstance(v, list) else v for k, v in implied.items()}
        argument, index = layout(operation.op, counts)[tensor.value_index]
        return self.place(operation.name, argument, index)

    def argument(self, dtype: DType, shape: TensorShape | None = None) -> str:
        """Declare an argument of the function and return its name."""
        position = len(self.message.signature.input_arg)
        name = unique(f"arg{position}", self._taken)
        argument = self.message.signature.input_arg.add(name=name)
        argument.type, argument.is_ref = dtype.base_dtype.as_datatype_enum, dtype.is_ref_dtype
        if shape is not None and shape.sizes is not None:
            attributes = self.message.arg_attr[position].attr["_output_shapes"]
            set_attribute(attributes, [shape], Kind("shape", is_list=True))
        return name

    def parameter(self, tensor: Tensor) -> list[str]:
        """Declare the arguments for one parameter of the body, and return their names."""
        names = [self.argument(*form) for form in components(tensor)]
        self.stands_for(tensor, names)
        return names

    def captured(self, outside: Tensor, inside: Tensor) -> list[str]:
        """Declare what stands for a tensor outside, and return the arguments' names.

        A variable is not passed: the function has a node for it, of the same name in the session.
        """
        variable = variable_behind(outside)
        if variable is None:
            return self.parameter(inside)
        name = unique(variable.name, self._taken)
        node = protos.NodeDef(name=name, op=variable.type, device=variable.device)
        set_attributes(node, variable, {})
        if not node.attr["shared_name"].s:
            node.attr["shared_name"].s = variable.name.encode()
        self.nodes.append(node)
        self.stands_for(inside, [self.place(name, "ref", 0)])
        return []

    def write_needed(self, tensors: Iterable[Tensor], operations: Iterable[Operation]) -> None:
        """Write the operations of the body that some depend on."""
        needed: set[Operation] = set()
        stack = [tensor.op for tensor in tensors] + list(operations)
        while stack:
            operation = stack.pop()
            if operation not in needed:
                needed.add(operation)
                stack += [t.op for t in operation._inputs] + operation.control_inputs
        for operation in self.body.get_operations():
            is_parameter = operation._outputs and operation._outputs[0] in self._texts
            if operation in needed and not is_parameter:
                self.write(operation)

    def result(self, dtype: DType, text: str) -> None:
        """Declare a result of the function."""
        name = unique(f"out{len(self.message.signature.output_arg)}", self._taken)
        self.message.signature.output_arg.add(name=name, type=dtype.base_dtype.as_datatype_enum)
        self.message.ret[name] = text

    def results(self, tensors: list[Tensor]) -> None:
        """Declare results that tensors of the body are."""
        for tensor in tensors:
            for text, (dtype, _) in zip(self.texts(tensor), components(tensor), strict=True):
                self.result(dtype, text)

    def waits_for(self, operations: Iterable[Operation]) -> None:
        """Let a call end only after these operations."""
        for operation in operations:
            self.message.control_ret[operation.name] = operation.name
            self.message.signature.control_output.append(operation.name)

    def added(self, hint: str) -> str:
        """Add the function to the library and return its name."""
        self.message.node_def.extend(self.nodes)
        return self.library.add(self.message, hint)


def variable_behind(tensor: Tensor) -> Operation | None:
    """Return the variable that a reference refers to, if it is that of an operation itself."""
    while tensor.dtype.is_ref_dtype:
        if tensor.op.type in VARIABLES:
            return tensor.op
        outer = outside_of(tensor)
        if outer is None:
            return None
        tensor = outer
    return None


def outside_of(tensor: Tensor) -> Tensor | None:
    """Return the tensor outside that a parameter of a body stands for, if it is captured."""
    body = tensor.op.graph
    if not isinstance(body, Body):
        return None
    return next((outer for outer, inner in body.captures.items() if inner is tensor), None)


def passed(writer: Writer, captured: Iterable[Tensor]) -> list[tuple[str, DType]]:
    """Return what a functional node takes for captured tensors."""
    found = []
    for tensor in captured:
        if variable_behind(tensor) is None:
            forms = components(tensor)
            found += [(t, d) for t, (d, _) in zip(writer.texts(tensor), forms, strict=True)]
    return found


def write_with_functions(writer: Writer, operation: Operation) -> None:
    """Write an operation as one node; those of its attributes that are bodies are functions."""
    names = {}
    for field, body in operation.op.attributes().items():
        if isinstance(body, Body):
            inside = FunctionWriter(writer.library, body)
            for tensor in [*body.parameters, *body.captures.values()]:
                inside.parameter(tensor)
            inside.write_needed(body.outputs, ())
            inside.results(body.outputs)
            names[field] = inside.added(f"{operation.name}_{field}")
    node = bare(operation, writer.inputs_of(operation))
    set_attributes(node, operation, names)
    writer.finish(node, operation, [tensor.shape for tensor in operation._outputs])
    writer.nodes += list(as_branches(node)) if node.op == OP_TYPE else [node]
