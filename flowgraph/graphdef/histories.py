"""Histories in files: lists of tensors for loops, optional values for branches.

Here an op with bodies has one output for all that its gradient needs to know. TensorFlow's has
one for each inside tensor: that of a loop is a list, which each turn appends to; that of a
branch is there or not. The ops that read a history become those that read these.
"""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.attributes import Kind, set_attribute
from flowgraph.graphdef.writer import Writer
from flowgraph.ops.body import Body
from flowgraph.ops.functional import If, While
from flowgraph.ops.history import HistoryCotangentItem, HistoryItem
from flowgraph.shapes import TensorShape

_SCALAR = TensorShape.of(())


def made_by(tensor: Tensor) -> Operation | None:
    """Return the operation whose history a tensor is; ``None`` if it is something else."""
    while tensor.dtype.base_dtype is dtypes.variant:
        op = tensor.op.op
        if isinstance(op, If | While):
            return tensor.op if tensor is tensor.op._outputs[-1] else None
        if isinstance(op, HistoryItem):
            tensor = op.tensor
            continue
        body = tensor.op.graph
        captures = body.captures.items() if isinstance(body, Body) else ()
        outer = next((outside for outside, inside in captures if inside is tensor), None)
        if outer is None:
            return None
        tensor = outer
    return None


def components(tensor: Tensor) -> list[tuple[DType, TensorShape]]:
    """Return the dtypes and shapes of what stands for a tensor in a file."""
    operation = made_by(tensor)
    if operation is None:
        return [(tensor.dtype, tensor.shape)]
    return [(dtypes.variant, _SCALAR)] * len(slots(operation))


def slots(operation: Operation) -> list[tuple[Tensor, int]]:
    """Return what a history is made of: inside tensors, and which of their components."""
    op: Any = operation.op
    if isinstance(op, If):
        return [(tensor, 0) for body in op.bodies for tensor in body.saved]
    return [(tensor, i) for tensor in op.body.saved for i in range(len(components(tensor)))]


def write_item(writer: Writer, operation: Operation) -> None:
    """Write a read of a history."""
    op: Any = operation.op
    history, step = operation._inputs
    source = made_by(history)
    assert source is not None
    by_slot = dict(zip(slots(source), writer.texts(history), strict=True))
    forms = components(operation._outputs[0])
    controls = writer.controls_of(operation)
    if not op.in_loop:
        node = writer.named(
            operation.name, "OptionalGetValue", [by_slot[op.tensor, 0], *controls], operation.device
        )
        types, shapes = [dtype for dtype, _ in forms], [shape for _, shape in forms]
        set_attribute(node.attr["output_types"], types, Kind("type", is_list=True))
        set_attribute(node.attr["output_shapes"], shapes, Kind("shape", is_list=True))
        places = [writer.place(node.name, "components", i) for i in range(len(forms))]
        writer.stands_for(operation._outputs[0], places)
        writer.finish(node, operation, shapes)
        return
    (turn,) = writer.texts(step)
    texts = []
    for i, (dtype, shape) in enumerate(forms):
        sizes = writer.constant(f"{operation.name}/element_shape", element_shape(shape))
        name = operation.name if i == 0 else writer.unique(f"{operation.name}/{i}")
        inputs = [by_slot[op.tensor, i], turn, sizes, *controls]
        node = writer.named(name, "TensorListGetItem", inputs, operation.device)
        node.attr["element_dtype"].type = dtype.as_datatype_enum
        writer.finish(node, operation, [shape])
        texts.append(writer.place(name, "item", 0))
    if not forms:
        writer.named(operation.name, "NoOp", controls, operation.device)
    writer.stands_for(operation._outputs[0], texts)


def element_shape(shape: TensorShape) -> Any:
    """Return a shape as ops on lists take it."""
    return -1 if shape.sizes is None else [-1 if s is None else s for s in shape.sizes]


def write_cotangent(writer: Writer, operation: Operation) -> None:
    """Write what flows back to a history, which TensorFlow has no op for."""
    op: Any = operation.op
    inputs = [writer.texts(tensor) for tensor in operation._inputs]
    if isinstance(op, HistoryCotangentItem) and made_by(operation._inputs[2]) is not None:
        nothing = writer.node(f"{operation.name}/like", "NoHistoryCotangents", [])
        inputs[2] = [writer.place(nothing.name, "cotangents", 0)]
    data = [text for texts in inputs for text in texts]
    node = writer.named(
        operation.name, operation.type, data + writer.controls_of(operation), operation.device
    )
    key = op.tensor if isinstance(op.tensor, str) else writer.library.key(op.tensor)
    node.attr["tensor"].s = key.encode()
    for name, dtype in operation.implied_attributes().items():
        node.attr[name].type = dtype.as_datatype_enum
    writer.finish(node, operation, [tensor.shape for tensor in operation._outputs])
