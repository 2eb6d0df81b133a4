"""Branches and loops as TensorFlow's functional nodes ``If`` and ``While``.

Ours take captured tensors beside a loop's variables and keep a history for their gradients.
TensorFlow's While has variables only: what is captured is one that each turn hands on, and the
history is one list for each inside tensor that a gradient needs (`flowgraph.graphdef.histories`).
"""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.attributes import Kind, set_attribute
from flowgraph.graphdef.function_writer import FunctionWriter, passed
from flowgraph.graphdef.histories import components, slots
from flowgraph.graphdef.writer import Writer
from flowgraph.ops.body import Body
from flowgraph.shapes import TensorShape

LOWERED = "_lower_using_switch_merge"
"""Tells TensorFlow to run a functional node as part of the graph around it."""

_Form = tuple[DType, TensorShape]
_VARIANT: _Form = (dtypes.variant, TensorShape.of(()))
_COUNT: _Form = (dtypes.int32, TensorShape.of(()))


def write_if(writer: Writer, operation: Operation) -> None:
    """Write a branch."""
    op: Any = operation.op
    taken = passed(writer, op.captured)
    (condition,) = writer.texts(operation._inputs[0])
    names = {}
    for word, body in (("then_branch", op.then_branch), ("else_branch", op.else_branch)):
        names[word] = _branch(writer, op, body, f"{operation.name}_{word}")
    inputs = [condition, *(text for text, _ in taken), *writer.controls_of(operation)]
    node = writer.named(operation.name, "If", inputs, operation.device)
    kept = [_VARIANT] * len(slots(operation))
    outputs = [(tensor.dtype, tensor.shape) for tensor in operation._outputs[:-1]] + kept
    for word, name in names.items():
        node.attr[word].func.name = name
    node.attr["Tcond"].type = dtypes.bool.as_datatype_enum
    _set_types(node, "Tin", [dtype for _, dtype in taken])
    _set_types(node, "Tout", [dtype for dtype, _ in outputs])
    _finish(writer, node, operation, outputs)


def _branch(writer: Writer, op: Any, body: Body, hint: str) -> str:
    inside = FunctionWriter(writer.library, body)
    for outer, inner in zip(op.captured, body.inputs_for(list(op.captured)), strict=True):
        inside.captured(outer, inner)
    inside.write_needed([*body.outputs, *body.saved], ())
    inside.results(body.outputs)
    for each in op.bodies:
        for tensor in each.saved:
            if each is not body:
                made = inside.node("absent", "OptionalNone", [])
            else:
                made = inside.node("kept", "OptionalFromValue", inside.texts(tensor))
                _set_types(made, "Toutput_types", [dtype for dtype, _ in components(tensor)])
            inside.result(dtypes.variant, inside.place(made.name, "optional", 0))
    return inside.added(hint)


def write_while(writer: Writer, operation: Operation) -> None:
    """Write a loop."""
    op: Any = operation.op
    count = len(op.Tout)
    steps = operation._outputs[-2]
    kept = slots(operation)
    is_counted = bool(kept) or bool(steps.consumers()) or steps in _saved(operation)
    taken = passed(writer, op.captured)
    names = {}
    for word, body in (("cond", op.cond), ("body", op.body)):
        is_test = body is op.cond
        inside = FunctionWriter(writer.library, body)
        for parameter in body.parameters:
            inside.parameter(parameter)
        counter = [inside.argument(*_COUNT)] if is_counted else []
        lists = [inside.argument(*_VARIANT) for _ in kept]
        captured = [
            name
            for outer, inner in zip(op.captured, body.inputs_for(list(op.captured)), strict=True)
            for name in inside.captured(outer, inner)
        ]
        if is_test:
            _check_reads_only(operation, body)
            inside.write_needed(body.outputs, ())
            inside.results(body.outputs)
        else:
            writers = [o for o in body.get_operations() if o.op.writes()]
            inside.write_needed([*body.outputs, *body.saved], writers)
            inside.results(body.outputs)
            for text in counter:
                one = inside.constant("steps/one", 1)
                more = inside.node("steps/add", "Add", [text, one], T=dtypes.int32)
                inside.result(dtypes.int32, inside.place(more.name, "z", 0))
            for text, (tensor, i) in zip(lists, kept, strict=True):
                made = inside.node("kept", "TensorListPushBack", [text, inside.texts(tensor)[i]])
                made.attr["element_dtype"].type = components(tensor)[i][0].as_datatype_enum
                inside.result(dtypes.variant, inside.place(made.name, "output_handle", 0))
            for text, (_, dtype) in zip(captured, taken, strict=True):
                inside.result(dtype, text)
            inside.waits_for(writers)
        names[word] = inside.added(f"{operation.name}_{word}")
    initial = [text for tensor in operation._inputs[:count] for text in writer.texts(tensor)]
    if is_counted:
        initial.append(writer.constant(f"{operation.name}/steps", 0))
    initial += _empty_lists(writer, operation.name, kept)
    variables = [(p.dtype, p.shape) for p in op.body.parameters]
    variables += [_COUNT] * is_counted + [_VARIANT] * len(kept)
    variables += [(dtype, TensorShape.of(None)) for _, dtype in taken]
    inputs = [*initial, *(text for text, _ in taken), *writer.controls_of(operation)]
    node = writer.named(operation.name, "While", inputs, operation.device)
    for word, name in names.items():
        node.attr[word].func.name = name
    node.attr["parallel_iterations"].i = 10
    _set_types(node, "T", [dtype for dtype, _ in variables])
    _finish(writer, node, operation, variables)
    texts = [writer.place(node.name, "output", i) for i in range(len(variables))]
    writer.stands_for(operation._outputs[-1], texts[count + 1 : count + 1 + len(kept)])


def _saved(operation: Operation) -> dict[Tensor, None]:
    graph = operation.graph
    return graph.saved if isinstance(graph, Body) else {}


def _check_reads_only(operation: Operation, test: Body) -> None:
    if any(o.op.writes() for o in test.get_operations()):
        raise NotImplementedError(
            f"A GraphDef with a loop whose condition writes a variable: '{operation.name}'"
        )


def _empty_lists(writer: Writer, name: str, kept: list[tuple[Tensor, int]]) -> list[str]:
    if not kept:
        return []
    sizes = [writer.constant(f"{name}/{word}", -1) for word in ("element_shape", "max_elements")]
    found = []
    for tensor, i in kept:
        made = writer.node(f"{name}/list", "EmptyTensorList", sizes, shape_type=dtypes.int32)
        made.attr["element_dtype"].type = components(tensor)[i][0].as_datatype_enum
        found.append(writer.place(made.name, "handle", 0))
    return found


def _set_types(node: Any, name: str, types: list[DType]) -> None:
    bases = [dtype.base_dtype for dtype in types]
    set_attribute(node.attr[name], bases, Kind("type", is_list=True))


def _finish(writer: Writer, node: Any, operation: Operation, outputs: list[_Form]) -> None:
    shapes = [shape for _, shape in outputs]
    set_attribute(node.attr["output_shapes"], shapes, Kind("shape", is_list=True))
    node.attr[LOWERED].b = True
    writer.finish(node, operation, shapes)
    results = operation._outputs
    for tensor in results[:-1]:
        place = writer.place(node.name, "output", tensor.value_index)
        writer.stands_for(tensor, [place])
    texts = [writer.place(node.name, "output", i) for i in range(len(results) - 1, len(outputs))]
    writer.stands_for(results[-1], texts)
