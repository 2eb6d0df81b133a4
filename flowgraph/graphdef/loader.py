"""Nodes of GraphDef messages to operations of a graph."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from typing import Any

from flowgraph import ops
from flowgraph.dtypes import as_dtype
from flowgraph.errors import NotFoundError
from flowgraph.graph.device import DeviceSpec
from flowgraph.graph.graph import Graph
from flowgraph.graph.naming import OP_NAME
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.calls import MAX_NODES
from flowgraph.graphdef.function_reader import FUNCTIONAL, functional, with_bodies
from flowgraph.graphdef.node import check_inputs, is_readable, read_attributes
from flowgraph.ops import host
from flowgraph.ops.building import output_dtypes
from flowgraph.ops.tensor_proto import MAX_BYTES

_GROUP = b"loc:@"


class File:
    """What the graphs of one file share while they are loaded.

    Parameters
    ----------
    library : FunctionDefLibrary
    producers : OpList or None
        The ops as the writer of the file knew them.

    Attributes
    ----------
    functions : dict of str to FunctionDef
    variables : dict of str to Operation
        What was made of the nodes outside of functions.
    active : list of str
        The functions that are being read, each inside the one before.
    """

    def __init__(self, library: Any, producers: Any) -> None:
        self.functions = {f.signature.name: f for f in library.function}
        self.variables: dict[str, Operation] = {}
        self.active: list[str] = []
        self.defaults = {
            op.name: {a.name: a.default_value for a in op.attr if a.HasField("default_value")}
            for op in (producers.op if producers is not None else ())
        }
        self._nodes = 0
        self._constant_bytes = 0

    def count(self, nodes: int) -> None:
        """Count nodes: a function may be called very often."""
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise ValueError(f"a graph of {self._nodes} nodes; {MAX_NODES} are allowed")

    def reserve(self, tensor: Any) -> None:
        """Count a constant's bytes: a few of a file may stand for very many."""
        sizes = [dim.size for dim in tensor.tensor_shape.dim]
        self._constant_bytes += max(math.prod(sizes), 0) * as_dtype(tensor.dtype).size
        if self._constant_bytes >= MAX_BYTES:
            raise ValueError("the constants of a loaded graph have 2 GB or more together")


class Loader:
    """Adds the nodes of one graph of a file to a graph.

    Parameters
    ----------
    graph : Graph
    nodes : list of NodeDef
    scope : str
        What the new names begin with.
    mapped : dict of str to Tensor or Operation
        What to take for inputs: tensors by ``name:0``, operations by ``^name``.
    file : File
    """

    def __init__(
        self, graph: Graph, nodes: list[Any], scope: str, mapped: dict[str, Any], file: File
    ) -> None:
        file.count(len(nodes))
        self.graph = graph
        self.nodes = nodes
        self.scope = scope
        self.mapped = mapped
        self.mapped_names: set[str] = set()
        self.made: dict[str, Operation] = {}
        self.names: dict[str, str] = {}
        self.file = file

    def load(self) -> None:
        """Add all nodes, each after those it depends on."""
        self._check()
        reserved = self.graph._names.copy() if self.graph.root is not self.graph else {}
        chosen: set[str] = set()
        for node in self.nodes:
            full = f"{self.scope}{node.name}"
            taken = full in self.graph._by_name or full.lower() in reserved or full in chosen
            self.names[node.name] = self.graph.unique_name(full) if taken else full
            chosen.add(self.names[node.name])
        for node in self._ordered():
            self._add(node)

    def element(self, name: str) -> Any:
        """Return the operation or tensor that a name of the GraphDef stands for."""
        node, _, index = name.partition(":")
        if index and f"{node}:{index}" in self.mapped:
            return self.mapped[name]
        if node not in self.made:
            what = "tensor" if index else "node"
            raise ValueError(f"Requested return {what} '{name}' not found in graph def")
        outputs = self.made[node]._outputs
        if not index:
            return self.made[node]
        if not 0 <= int(index) < len(outputs):
            raise ValueError(
                f"Invalid return output {index} of node '{node}', which has {len(outputs)} "
                "output(s)"
            )
        return outputs[int(index)]

    def tensor(self, text: str) -> Tensor:
        """Return the tensor that a node takes by this name.

        Raises
        ------
        ValueError
            If there is none.
        """
        instead = self._mapped(text)
        if instead is not None:
            return instead  # type: ignore[no-any-return]
        name, _, index = text.partition(":")
        outputs = self.made[name]._outputs if name in self.made else ()
        if not 0 <= int(index or 0) < len(outputs):
            raise ValueError(f"there is no tensor '{text}'")
        return outputs[int(index or 0)]

    def check_mapped(self) -> None:
        """Raise unless every name of the input map is one of the GraphDef."""
        unknown = [
            key
            for key in self.mapped
            if key not in self.mapped_names and _node_of(key) not in self.made
        ]
        if unknown:
            raise ValueError(
                "Attempted to map inputs that were not found in graph_def: "
                f"[{', '.join(sorted(unknown))}]"
            )

    # -- the whole ------------------------------------------------------------------------------

    def _check(self) -> None:
        seen: set[str] = set()
        for node in self.nodes:
            if not OP_NAME.match(node.name):
                raise ValueError(f"Node '{node.name}': Node name contains invalid characters")
            if node.name in seen:
                raise ValueError(f"Node '{node.name}' is not unique")
            seen.add(node.name)
        types = {node.op for node in self.nodes} - FUNCTIONAL
        known = {t: ops.declared(t) for t in types}
        unknown = sorted(t for t, op in known.items() if op is None or not is_readable(op))
        if unknown:
            first = next(node.name for node in self.nodes if node.op == unknown[0])
            raise NotFoundError(
                None, None, f"Op type not registered {_quoted(unknown)}, of node '{first}'"
            )

    def _ordered(self) -> Iterator[Any]:
        """Yield the nodes, each after its inputs, otherwise in the order of the file."""
        position = {node.name: i for i, node in enumerate(self.nodes)}
        waiting = [0] * len(self.nodes)
        consumers: list[list[int]] = [[] for _ in self.nodes]
        for i, node in enumerate(self.nodes):
            for text in node.input:
                source = _node_of(text)
                if source not in position:
                    if self._mapped(text) is None:
                        raise ValueError(f"Node '{node.name}': Unknown input node '{text}'")
                    continue
                waiting[i] += 1
                consumers[position[source]].append(i)
        ready = [i for i, count in enumerate(waiting) if not count]
        done = 0
        while ready:
            i = heapq.heappop(ready)
            done += 1
            yield self.nodes[i]
            for consumer in consumers[i]:
                waiting[consumer] -= 1
                if not waiting[consumer]:
                    heapq.heappush(ready, consumer)
        if done < len(self.nodes):
            raise ValueError(f"{len(self.nodes) - done} nodes in a cycle")

    # -- one node -------------------------------------------------------------------------------

    def _add(self, node: Any) -> None:
        tensors, controls = self._inputs(node)
        for message in node.attr.values():
            if message.HasField("tensor"):
                self.file.reserve(message.tensor)
        if node.op in FUNCTIONAL:
            op, tensors, kinds, annotations = functional(self, node, tensors)
        else:
            op, tensors, kinds, annotations = self._plain(node, tensors)
        operation = self.graph.add_operation(op, tensors, kinds, f"{self.names[node.name]}/")
        self.made[node.name] = operation
        if self.graph.root is self.graph:
            self.file.variables[node.name] = operation
        if controls:
            operation._add_control_inputs(controls)
        self._place(operation, node.device)
        shapes = annotations.pop("_output_shapes", None)
        for tensor, shape in zip(operation._outputs, shapes or (), strict=False):
            if tensor.shape.is_compatible_with(shape):
                tensor.set_shape(shape)
        for name, value in annotations.items():
            if name == "_class":
                value = [self._renamed(group) for group in value]
            operation.annotate(name, value)

    def _plain(
        self, node: Any, tensors: tuple[Tensor, ...]
    ) -> tuple[Op, tuple[Tensor, ...], list[Any], dict[str, Any]]:
        """Return a node's op, its inputs, the outputs' dtypes and the other attributes."""
        cls = Op.declared[node.op]
        defaults = self.file.defaults.get(node.op, {})
        attributes, implied, annotations = read_attributes(node, cls, defaults)
        check_inputs(f"{self.scope}{node.name}", cls(**attributes), tensors, implied)
        tensors = with_bodies(self, node, cls, attributes, tensors)
        op = cls(**attributes)
        if isinstance(op, host.PyFunc) and op.token not in host.registered:
            raise ValueError(
                f"Node '{node.name}' calls the Python function '{op.token}', which is not "
                "registered in this process"
            )
        return op, tensors, output_dtypes(op, implied), annotations

    def _place(self, operation: Operation, device: str) -> None:
        """Set the device: what the node states goes before what the program asks for."""
        if device and operation.device:
            spec = DeviceSpec.from_string(operation.device)
            spec.merge_from(DeviceSpec.from_string(device))
            device = spec.to_string()
        operation.device = device or operation.device

    def _renamed(self, group: bytes) -> bytes:
        """Return a colocation group with the name that its node has here."""
        prefix, name = group[: len(_GROUP)], group[len(_GROUP) :].decode()
        return _GROUP + self.names.get(name, name).encode() if prefix == _GROUP else group

    def _mapped(self, text: str) -> Any:
        """Return what the input map has in place of an input, or ``None``."""
        key = text if text.startswith("^") or ":" in text else f"{text}:0"
        if key not in self.mapped:
            return None
        self.mapped_names.add(key)
        return self.mapped[key]

    def _inputs(self, node: Any) -> tuple[tuple[Tensor, ...], list[Operation]]:
        tensors: list[Tensor] = []
        controls: list[Operation] = []
        for text in node.input:
            instead = self._mapped(text)
            if text.startswith("^"):
                found = instead if instead is not None else self.made[text[1:]]
                controls.append(found.op if isinstance(found, Tensor) else found)
                continue
            if controls:
                raise ValueError(
                    f"Node '{node.name}': Control dependencies must come after regular dependencies"
                )
            if instead is not None:
                tensors.append(instead)
                continue
            name, _, index = text.partition(":")
            outputs = self.made[name]._outputs
            number = int(index or 0)
            if not 0 <= number < len(outputs):
                raise ValueError(
                    f"Node '{node.name}': Connecting to invalid output {number} of source node "
                    f"{name} which has {len(outputs)} outputs."
                )
            tensors.append(outputs[number])
        return tuple(tensors), controls


def _node_of(text: str) -> str:
    return text.removeprefix("^").partition(":")[0]


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
