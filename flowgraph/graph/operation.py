"""Operations: the nodes of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowgraph.dtypes import DType
from flowgraph.graph.op import Op
from flowgraph.graph.tensor import Tensor
from flowgraph.source import Site

if TYPE_CHECKING:
    from flowgraph.graph.graph import Graph


class Operation:
    """One use of an op in a graph. Made by calling an op's function, never directly.

    Attributes
    ----------
    graph : Graph
        The graph it belongs to.
    name : str
        Unique in the graph.
    op : Op
        The op with its attributes and rules.
    device : str
        The device asked for, or ``""``.
    site : Site
        Where the user's program built it.
    forward : Operation or None
        For an operation of a gradient: the operation it is the gradient of.
    """

    __slots__ = (
        "__weakref__",
        "_control_inputs",
        "_id",
        "_inputs",
        "_outputs",
        "annotations",
        "device",
        "forward",
        "graph",
        "name",
        "op",
        "site",
    )

    def __init__(
        self,
        graph: Graph,
        number: int,
        name: str,
        op: Op,
        inputs: tuple[Tensor, ...],
        control_inputs: tuple[Operation, ...],
        device: str,
        site: Site,
    ) -> None:
        self.graph = graph
        self._id = number
        self.name = name
        self.op = op
        self._inputs = inputs
        self._control_inputs = control_inputs
        self._outputs: tuple[Tensor, ...] = ()
        self.device = device
        self.site = site
        self.forward: Operation | None = None
        self.annotations: dict[str, Any] | None = None

    @property
    def type(self) -> str:
        """The op's type name, such as ``"MatMul"``."""
        return self.op.type

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The tensors it takes, in order."""
        return self._inputs

    @property
    def outputs(self) -> list[Tensor]:
        """The tensors it makes, in order."""
        return list(self._outputs)

    @property
    def control_inputs(self) -> list[Operation]:
        """The operations that run before it without giving it a value."""
        return list(self._control_inputs)

    @property
    def traceback(self) -> list[tuple[str, int, str, str]]:
        """Where it was built: the file, line, function and text of the user's call."""
        site = self.site
        return [(site.filename, site.line, site.function, site.text)]

    @property
    def node_def(self) -> Any:
        """The operation as a NodeDef message; `graphdef` defines it."""
        raise NotImplementedError("Operation.node_def without flowgraph.graphdef")

    def _add_control_input(self, operation: Operation) -> None:
        self._add_control_inputs([operation])

    def _set_device(self, device: Any) -> None:
        """Ask for a device, given by its name or as a `DeviceSpec`."""
        self.device = device if isinstance(device, str) else device.to_string()

    def _add_control_inputs(self, operations: list[Operation]) -> None:
        """Make `operations` run before this one.

        Raises
        ------
        ValueError
            If one of them is of another graph, or depends on this operation.
        """
        fresh = [o for o in operations if o not in self._control_inputs]
        for operation in fresh:
            if operation.graph is not self.graph:
                raise ValueError(f"{operation.name} must be from the same graph as {self.name}.")
            if operation._id >= self._id and operation._depends_on(self):
                raise ValueError(
                    f"Operation '{self.name}' cannot wait for '{operation.name}', which depends "
                    f"on it: the graph would have a cycle.\n  {self.name} was made at\n"
                    f"  {self.site}\n  {operation.name} was made at\n  {operation.site}"
                )
        self._control_inputs += tuple(fresh)
        if any(o._id > self._id for o in fresh):
            self.graph.is_ordered = False
        self.graph.version += 1

    def _depends_on(self, other: Operation) -> bool:
        stack, seen = [self], {self}
        while stack:
            current = stack.pop()
            if current is other:
                return True
            before = [t.op for t in current._inputs] + list(current._control_inputs)
            stack.extend(o for o in before if o not in seen)
            seen.update(before)
        return False

    def get_attr(self, name: str) -> Any:
        """Return an attribute.

        Parameters
        ----------
        name : str
            The name TensorFlow gives it, such as ``"transpose_a"`` or ``"T"``.

        Returns
        -------
        object
            A dtype, number, bool, bytes for a string, a list for several of them, a
            TensorShape, or an array for a constant's value.

        Raises
        ------
        ValueError
            If the operation has no such attribute.
        """
        attributes = self.op.attributes() | (self.annotations or {})
        if name not in attributes:
            attributes = self.implied_attributes()
        if name not in attributes:
            raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.")
        value = attributes[name]
        if isinstance(value, list | tuple):
            return [_external(item) for item in value]
        return _external(value)

    def implied_attributes(self) -> dict[str, Any]:
        """Return the attributes that follow from the inputs: dtypes and list lengths."""
        implied: dict[str, Any] = {}
        stated = self.op.attributes()
        position = 0
        signature = self.op.signature
        for place, argument in enumerate(signature.inputs):
            behind = sum(1 for a in signature.inputs[place + 1 :] if not a.is_sequence)
            length = len(self._inputs) - position - behind if argument.is_sequence else 1
            if argument.count in stated:
                length = stated[argument.count]
            elif argument.count is not None:
                length = implied.setdefault(argument.count, self._length(argument.count, length))
            elif argument.is_list and argument.variable in stated:
                length = len(stated[argument.variable])
            taken = self._inputs[position : position + length]
            position += length
            if argument.variable is None or argument.variable in stated:
                continue
            kinds: list[DType] = [t.dtype.base_dtype for t in taken]
            if argument.is_list:
                implied[argument.variable] = kinds
            elif kinds:
                implied[argument.variable] = kinds[0]
        return implied

    def _length(self, count: str, remaining: int) -> int:
        signature = self.op.signature
        shared = sum(1 for a in signature.inputs if a.count == count)
        return remaining // max(shared, 1)

    def annotate(self, name: str, value: Any) -> None:
        """Set an attribute that is no part of the op, such as ``_class``."""
        if self.annotations is None:
            self.annotations = {}
        self.annotations[name] = value

    def colocation_groups(self) -> list[bytes]:
        """Return the groups of operations placed together, as ``b"loc:@name"``."""
        groups = (self.annotations or {}).get("_class")
        return list(groups) if groups else [f"loc:@{self.name}".encode()]

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Run this operation in `session` or the default session.

        Raises
        ------
        ValueError
            If there is no session.
        """
        from flowgraph.graph.scope import session_for

        session_for(self, session, "operation").run(self, feed_dict)

    def values(self) -> tuple[Tensor, ...]:
        """Return the outputs."""
        return self._outputs

    def __str__(self) -> str:
        lines = [f'name: "{self.name}"', f'op: "{self.type}"']
        lines += [f'input: "{t._as_node_def_input()}"' for t in self._inputs]
        lines += [f'input: "^{o.name}"' for o in self._control_inputs]
        if self.device:
            lines.append(f'device: "{self.device}"')
        attributes = {**self.op.attributes(), **self.implied_attributes()}
        for name, value in sorted(attributes.items()):
            lines.append(f"attr {name}: {value!r}")
        return "\n".join(lines) + "\n"

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __copy__(self) -> Operation:
        return self

    def __deepcopy__(self, memo: Any) -> Operation:
        return self


def _external(attribute: Any) -> Any:
    return attribute.encode() if isinstance(attribute, str) else attribute
