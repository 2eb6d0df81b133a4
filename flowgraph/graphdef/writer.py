"""The operations of one graph as NodeDef messages.

A file keeps the graphs inside ops in a library of functions, where the outputs of nodes have
other names than in a graph: by the output's argument, ``node:product:0``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import DType, int32
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.attributes import Kind, kind_of, kinds, set_attribute
from flowgraph.graphdef.rewriting import unused
from flowgraph.ops.tensor_proto import constant_proto
from flowgraph.shapes import TensorShape

CONSTANT_ATTRIBUTES: dict[str, dict[str, Any]] = {"Cast": {"Truncate": False}}
"""Attributes that TensorFlow's op has and ours has not, with the only value that is supported."""

_CONTRADICTED = {"FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3"}
"""Ops whose unused outputs have other shapes than TensorFlow infers: it refuses the true ones."""


class Library:
    """The functions of a file while it is written."""

    def __init__(self) -> None:
        self.message = protos.FunctionDefLibrary()
        self._names: set[str] = set()
        self._numbers: dict[Graph, int] = {}

    def add(self, function: Any, hint: str) -> str:
        """Add a function under a name like `hint`, and return this name."""
        name = unique(hint.replace("/", "_").replace(".", "_"), self._names)
        function.signature.name = name
        self.message.function.append(function)
        return name

    def key(self, tensor: Tensor) -> str:
        """Return a text that stands for a tensor inside an op in the whole file."""
        graph = tensor.op.graph
        return f"{self._numbers.setdefault(graph, len(self._numbers))}/{tensor.name}"


Form = Callable[["Writer", Operation], None]

FORMS: dict[type[Op], Form] = {}
"""How the operations of a class of ops are written."""


class Writer:
    """Writes operations of a graph.

    Parameters
    ----------
    library : Library
    taken : set of str
        The names of nodes that may not be given to others.
    add_shapes : bool
        Write the static shapes of the outputs.

    Attributes
    ----------
    nodes : list of NodeDef
        What was written.
    """

    def __init__(self, library: Library, taken: set[str], add_shapes: bool = False) -> None:
        self.library = library
        self.nodes: list[Any] = []
        self._taken = taken
        self._add_shapes = add_shapes
        self._texts: dict[Tensor, list[str]] = {}

    def write(self, operation: Operation) -> None:
        """Write an operation.

        Raises
        ------
        NotImplementedError
            If its op, or one of its attributes, has no form in a file.
        """
        form = next(FORMS[cls] for cls in type(operation.op).__mro__ if cls in FORMS)
        form(self, operation)

    def texts(self, tensor: Tensor) -> list[str]:
        """Return by which names a node takes a tensor: several for a history."""
        found = self._texts.get(tensor)
        return [self.output(tensor)] if found is None else found

    def stands_for(self, tensor: Tensor, texts: list[str]) -> None:
        """Let a tensor be taken by these names."""
        self._texts[tensor] = texts

    def output(self, tensor: Tensor) -> str:
        """Return by which name a node takes an output of a node written as it is."""
        return self.place(tensor.op.name, "output", tensor.value_index)

    def place(self, node: str, argument: str, index: int) -> str:
        """Return by which name a node takes an output: the `index`-th of `argument`.

        In a graph, `index` counts the outputs from the first one.
        """
        return f"{node}:{index}" if index else node

    def node(self, name: str, op: str, inputs: list[str], **attributes: Any) -> Any:
        """Write a node that no operation stands for, under a name like `name`."""
        made = self.named(self.unique(name), op, inputs, "")
        for key, value in attributes.items():
            kind = kind_of(value) if not _are_types(value) else Kind("type", is_list=True)
            set_attribute(made.attr[key], value, kind)
        return made

    def unique(self, name: str) -> str:
        """Return a name for a node, like `name`."""
        return unique(name, self._taken)

    def named(self, name: str, op: str, inputs: list[str], device: str) -> Any:
        """Write a node of a name that is taken for it."""
        made = protos.NodeDef(name=name, op=op, input=inputs, device=device)
        self.nodes.append(made)
        return made

    def constant(self, name: str, value: Any, dtype: DType = int32) -> str:
        """Write a constant and return by which name it is taken."""
        node = self.node(name, "Const", [], dtype=dtype)
        node.attr["value"].tensor.CopyFrom(constant_proto(np.asarray(value, dtype.numpy), dtype))
        return self.place(node.name, "output", 0)

    def inputs_of(self, operation: Operation) -> list[str]:
        """Return what an operation's node takes, in order."""
        data = [text for tensor in operation._inputs for text in self.texts(tensor)]
        return data + self.controls_of(operation)

    def controls_of(self, operation: Operation) -> list[str]:
        """Return what an operation's node waits for."""
        return sorted(f"^{o.name}" for o in operation._control_inputs)

    def finish(self, node: Any, operation: Operation, shapes: list[TensorShape]) -> None:
        """Add to a node what every operation may have."""
        for name, value in (operation.annotations or {}).items():
            set_attribute(node.attr[name], value, kind_of(value))
        if self._add_shapes and shapes and operation.type not in _CONTRADICTED:
            set_attribute(node.attr["_output_shapes"], shapes, Kind("shape", is_list=True))


def _are_types(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, DType) for item in value)


def unique(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, like `name`, and take it."""
    found = unused(name, taken)
    taken.add(found)
    return found


def bare(operation: Operation, inputs: list[str]) -> Any:
    """Return a NodeDef without attributes."""
    return protos.NodeDef(
        name=operation.name, op=operation.type, device=operation.device, input=inputs
    )


def set_attributes(node: Any, operation: Operation, bodies: dict[str, str]) -> None:
    """Write the attributes of an operation to its node.

    Parameters
    ----------
    node : NodeDef
    operation : Operation
    bodies : dict of str to str
        The names of the functions that are attributes.
    """
    op = operation.op
    declared = kinds(type(op))
    for name, value in op.attributes().items():
        kind = declared.get(name, Kind("type"))
        if kind is None:
            raise NotImplementedError(f"A GraphDef with {op.type}: its attribute {name}")
        set_attribute(node.attr[name], bodies.get(name, value), kind)
    implied = operation.implied_attributes() | CONSTANT_ATTRIBUTES.get(op.type, {})
    for name, value in implied.items():
        if isinstance(value, list | tuple):
            set_attribute(node.attr[name], value, Kind("type", is_list=True))
        elif name not in node.attr:
            set_attribute(node.attr[name], value, kind_of(value))


def layout(op: Op | type[Op], counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return, for each output of an op, its argument and its place there.

    Parameters
    ----------
    op : Op
    counts : dict of str to int
        The lengths of list arguments by the attributes that give them; those of attributes
        that are left out are the op's own.
    """
    found = []
    for argument in op.signature.outputs:
        length = 1
        key = argument.count or (argument.variable if argument.is_list else None)
        if key is not None:
            stated = counts.get(key)
            own = getattr(op, key, 0) if stated is None else stated
            length = own if isinstance(own, int) else len(own)
        found += [(argument.name, index) for index in range(length)]
    return found
