"""GraphDef messages to operations of a graph."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flowgraph import ops, protos
from flowgraph.dtypes import as_dtype
from flowgraph.errors import NotFoundError
from flowgraph.graph.device import DeviceSpec
from flowgraph.graph.graph import Graph
from flowgraph.graph.naming import OP_NAME
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.guarded_reads import raised
from flowgraph.graphdef.node import check_inputs, is_readable, read_attributes
from flowgraph.graphdef.resource_variables import as_references
from flowgraph.ops import host
from flowgraph.ops.building import output_dtypes
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.tensor_proto import MAX_BYTES

MAX_NODES = 1 << 20
"""How many nodes a loaded graph may have."""

_GROUP = b"loc:@"

_CONTROL_FLOW = {"Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond"} | {
    *("RefSwitch", "RefMerge", "RefEnter", "RefExit", "RefNextIteration"),
    *("If", "StatelessIf", "While", "StatelessWhile"),
}


def import_graph_def(
    graph_def: Any,
    input_map: dict[str, Any] | None = None,
    return_elements: Sequence[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """Add the operations of a GraphDef message to the default graph.

    Parameters
    ----------
    graph_def : GraphDef
    input_map : dict of str to Tensor, optional
        Tensors to use in place of tensors of `graph_def`, by the names they have there.
        ``"^name"`` stands for control inputs; its value is an operation.
    return_elements : list of str, optional
        Names of operations (``"a"``) and tensors (``"a:0"``) of `graph_def` to return.
    name : str, optional
        The scope of the new names, ``"import"`` if left out; ``""`` for none.
    op_dict : optional
        Of no effect, as in TensorFlow 1.15.
    producer_op_list : OpList, optional
        The ops as the writer of `graph_def` knew them: attributes that this library does
        not know are left out where they have the default given there.

    Returns
    -------
    list of Operation or Tensor, or None
        What `return_elements` names.

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If `graph_def` is not valid: the message names the node.
    NotFoundError
        If it has operations of types that are not known.
    NotImplementedError
        If it has branches or loops.

    Notes
    -----
    Loading runs no code. An operation that calls a Python function is refused, unless a
    function of its token is registered in this process.

    Examples
    --------
    >>> with tf.Graph().as_default() as graph:
    ...     x = tf.placeholder(tf.float32, name="x")
    ...     y = tf.multiply(x, 2.0, name="y")
    >>> three = tf.constant(3.0)
    >>> (y,) = tf.import_graph_def(graph.as_graph_def(), {"x:0": three}, ["y:0"])
    >>> print(y.name, tf.Session().run(y))
    import/y:0 6.0
    """
    if not isinstance(graph_def, protos.GraphDef):
        graph_def = _from_other_pool(graph_def)
    if input_map is not None and not isinstance(input_map, dict):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    if not all(isinstance(element, str) for element in return_elements or ()):
        raise TypeError("return_elements must be a list of strings.")
    graph = get_default_graph()
    with name_scope(name, "import", list((input_map or {}).values())) as scope:
        mapped = _converted(input_map or {}, name)
    loader = _Loader(graph, graph_def, scope, mapped, producer_op_list)
    with _unscoped(graph):
        loader.load()
    loader.check_mapped()
    return None if return_elements is None else [loader.element(e) for e in return_elements]


def _from_other_pool(message: Any) -> Any:
    """Take over a message of TensorFlow's own class, which another library may have made."""
    descriptor = getattr(message, "DESCRIPTOR", None)
    if descriptor is None or descriptor.name != "GraphDef":
        raise TypeError("graph_def must be a GraphDef proto.")
    return protos.GraphDef.FromString(message.SerializeToString())


def _converted(input_map: dict[str, Any], name: str | None) -> dict[str, Any]:
    values = {key: value for key, value in input_map.items() if not key.startswith("^")}
    result: dict[str, Any] = {key: input_map[key] for key in input_map if key not in values}
    if not all(isinstance(value, Tensor) for value in values.values()):
        if name == "":
            raise ValueError(
                "tf.import_graph_def() requires a non-empty `name` if `input_map` contains "
                "non-Tensor values. Try calling tf.convert_to_tensor() on `input_map` values "
                "before calling tf.import_graph_def()."
            )
        with name_scope("_inputs"):
            values = {key: convert_to_tensor(value) for key, value in values.items()}
    for key, value in values.items():
        node, _, index = key.partition(":")
        result[f"{node}:{index or 0}"] = value
    return result


@contextmanager
def _unscoped(graph: Graph) -> Iterator[None]:
    """Build with the names, colocation and gradients that the nodes state themselves."""
    before = graph._scope, graph._colocation, graph._gradient_overrides
    graph._scope, graph._colocation, graph._gradient_overrides = "", [], {}
    try:
        yield
    finally:
        graph._scope, graph._colocation, graph._gradient_overrides = before


class _Loader:
    """Adds the nodes of one GraphDef to a graph."""

    def __init__(
        self, graph: Graph, graph_def: Any, scope: str, mapped: dict[str, Any], producers: Any
    ) -> None:
        if len(graph_def.node) > MAX_NODES:
            raise ValueError(f"a graph of {len(graph_def.node)} nodes; {MAX_NODES} are allowed")
        self.graph = graph
        self.nodes = raised(as_references(graph_def.node))
        self.scope = scope
        self.mapped = mapped
        self.mapped_names: set[str] = set()
        self.made: dict[str, Operation] = {}
        self.names: dict[str, str] = {}
        self.constant_bytes = 0
        self.producer_defaults = {
            op.name: {a.name: a.default_value for a in op.attr if a.HasField("default_value")}
            for op in (producers.op if producers is not None else ())
        }

    def load(self) -> None:
        """Add all nodes, each after those it depends on."""
        self._check()
        for node in self.nodes:
            full = f"{self.scope}{node.name}"
            taken = full in self.graph._by_name
            self.names[node.name] = self.graph.unique_name(full) if taken else full
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
        types = {node.op for node in self.nodes}
        if types & _CONTROL_FLOW:
            raise NotImplementedError(
                "import_graph_def of tf.cond and tf.while_loop: nodes of type "
                + ", ".join(sorted(types & _CONTROL_FLOW))
            )
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
        cls = Op.declared[node.op]
        tensors, controls = self._inputs(node)
        for message in node.attr.values():
            if message.HasField("tensor"):
                self._reserve(message.tensor)
        defaults = self.producer_defaults.get(node.op, {})
        attributes, implied, annotations = read_attributes(node, cls, defaults)
        op = cls(**attributes)
        if isinstance(op, host.PyFunc) and op.token not in host.registered:
            raise ValueError(
                f"Node '{node.name}' calls the Python function '{op.token}', which is not "
                "registered in this process"
            )
        check_inputs(f"{self.scope}{node.name}", op, tensors, implied)
        kinds = output_dtypes(op, implied)
        operation = self.graph.add_operation(op, tensors, kinds, f"{self.names[node.name]}/")
        self.made[node.name] = operation
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

    def _place(self, operation: Operation, device: str) -> None:
        """Set the device: what the node states goes before what the program asks for."""
        if device and operation.device:
            spec = DeviceSpec.from_string(operation.device)
            spec.merge_from(DeviceSpec.from_string(device))
            device = spec.to_string()
        operation.device = device or operation.device

    def _reserve(self, tensor: Any) -> None:
        """Count a constant's bytes: a few of a file may stand for very many."""
        sizes = [dim.size for dim in tensor.tensor_shape.dim]
        self.constant_bytes += max(math.prod(sizes), 0) * as_dtype(tensor.dtype).size
        if self.constant_bytes >= MAX_BYTES:
            raise ValueError("the constants of a loaded graph have 2 GB or more together")

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
