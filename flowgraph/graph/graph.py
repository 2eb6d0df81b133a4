"""The graph: an append-only list of operations, with names, scopes and collections."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flowgraph import source
from flowgraph.dtypes import DType
from flowgraph.graph import device as devices
from flowgraph.graph import lookup
from flowgraph.graph.collections import Collections
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.inference import infer
from flowgraph.graph.naming import Names
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.graph.views import View
from flowgraph.shapes import TensorShape


class Graph(Collections, Names):
    """A dataflow graph. Operations are added to it and never removed.

    Attributes
    ----------
    seed : int or None
        The graph-level random seed.
    version : int
        Grows with every change.

    Examples
    --------
    >>> g = tf.Graph()
    >>> with g.as_default():
    ...     a = tf.constant(1.0, name="a")
    >>> [op.name for op in g.get_operations()]
    ['a']
    """

    def __init__(self) -> None:
        Collections.__init__(self)
        Names.__init__(self)
        self._lock = threading.RLock()
        self._operations: list[Operation] = []
        self._controllers: list[_Controller] = []
        self._devices: list[Any] = []
        self._colocation: list[Operation] = []
        self._gradient_overrides: dict[str, str] = {}
        self._forward: Operation | None = None
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Operation] = set()
        self.site = source.here()
        self.reset_site: source.Site | None = None
        """Where `reset_default_graph` gave the graph up."""
        self.seed: int | None = None
        self.version = 0
        self.inside = 0
        """How many more nodes TensorFlow would have: those of branches and loops."""
        self.worked_out: set[Any] = set()
        """What TensorFlow works out with nodes once a graph, when it is first needed."""
        self.is_ordered = True
        """Whether every operation comes after all it depends on."""

    # -- operations -------------------------------------------------------------------------

    def add_operation(
        self,
        op: Op,
        inputs: tuple[Tensor, ...],
        output_dtypes: Sequence[DType],
        name: str,
        shapes: Sequence[TensorShape] | None = None,
    ) -> Operation:
        """Append an operation. The op functions do this; programs seldom need to.

        Parameters
        ----------
        op : Op
            The op with its attributes.
        inputs : tuple of Tensor
            Its inputs, already of the right dtypes.
        output_dtypes : sequence of DType
            One dtype for each output.
        name : str
            Made unique within the current scope, unless it ends in ``/``: then it
            is the full name of the operation.
        shapes : sequence of TensorShape, optional
            The output shapes; inferred when left out.

        Raises
        ------
        RuntimeError
            If the graph is finalized.
        ValueError
            If the name or the inputs' shapes are not valid.
        """
        self._check_not_finalized()
        inputs = tuple([t if t.op.graph is self else self.adopt(t) for t in inputs])
        site = source.here()
        with self._lock:
            # TensorFlow opens a scope of its name for every operation but a constant.
            full = self._full_name(name, "node" if op.type == "Const" else "scope")
            operation = Operation(self, len(self._operations) + 1, full, op, inputs, (), "", site)
            if self._controllers:
                operation._control_inputs = self._control_inputs_for(inputs)
            operation.forward = self._forward
            if shapes is None:
                shapes = infer(operation, inputs)
            if len(output_dtypes) == 1:
                operation._outputs = (Tensor(operation, 0, output_dtypes[0], shapes[0]),)
            else:
                operation._outputs = tuple(
                    Tensor(operation, index, dtype, shape)
                    for index, (dtype, shape) in enumerate(zip(output_dtypes, shapes, strict=True))
                )
            if self._devices:
                operation.device = devices.resolve(self._devices, operation)
            if self._colocation:
                self._colocate(operation)
            if op.type in self._gradient_overrides:
                operation.annotate("_gradient_op_type", self._gradient_overrides[op.type])
            for tensor in inputs:
                tensor._consumers.append(operation)
            for controller in self._controllers:
                controller.seen.add(operation)
            self._operations.append(operation)
            self._by_name[full] = operation
            self.version += 1
        return operation

    def adopt(self, tensor: Tensor) -> Tensor:
        """Return the tensor of this graph that stands for one of another graph.

        Raises
        ------
        ValueError
            If there is none: only the graph inside an op uses what is around it.
        """
        if tensor.op.graph is not self:
            raise ValueError(f"{tensor} is not an element of this graph.")
        return tensor

    def accepts(self, graph: Graph) -> bool:
        """Whether tensors of `graph` may be used here."""
        return graph is self

    @property
    def root(self) -> Graph:
        """The graph that this one is inside of, if any; else itself."""
        return self

    @property
    def node_count(self) -> int:
        """The number of nodes TensorFlow would have made so far: seeds depend on it."""
        return len(self._operations) + self.inside

    @property
    def size(self) -> int:
        """The number of operations."""
        return len(self._operations)

    def made_since(self, size: int) -> list[Operation]:
        """Return the operations made since the graph had `size` of them."""
        return self._operations[size:]

    def _control_inputs_for(self, inputs: tuple[Tensor, ...]) -> tuple[Operation, ...]:
        before = {tensor.op for tensor in inputs}
        found: dict[Operation, None] = {}
        for controller in self._controllers:
            # An input made inside the block already waited; waiting again adds nothing.
            if before.isdisjoint(controller.seen):
                found.update(dict.fromkeys(controller.operations))
        return tuple(o for o in found if o not in before)

    def _colocate(self, operation: Operation) -> None:
        groups = sorted({group for o in self._colocation for group in o.colocation_groups()})
        operation.annotate("_class", groups)
        # Where the blocks disagree, the outermost one that has a device decides.
        device = next((o.device for o in self._colocation if o.device), "")
        operation.device = device or operation.device

    def get_operations(self) -> list[Operation]:
        """Return all operations, in the order they were made."""
        return list(self._operations)

    def get_operation_by_name(self, name: str) -> Operation:
        """Return the operation of that name.

        Raises
        ------
        KeyError
            If there is none.
        ValueError
            If `name` is a tensor's name.
        """
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=False)  # type: ignore[no-any-return]

    def get_tensor_by_name(self, name: str) -> Tensor:
        """Return the tensor of that name, ``"<operation>:<index>"``.

        Raises
        ------
        KeyError
            If there is none.
        ValueError
            If `name` is an operation's name.
        """
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_operation=False)  # type: ignore[no-any-return]

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Any:
        """Return the tensor or operation that `obj` is, names or converts to.

        Raises
        ------
        TypeError, ValueError, KeyError
            If `obj` cannot be one, is of another graph, or does not exist.
        """
        return lookup.as_graph_element(self, obj, allow_tensor, allow_operation)

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> Any:
        """Return the graph as a GraphDef message; `graphdef` defines it."""
        raise NotImplementedError("Graph.as_graph_def without flowgraph.graphdef")

    @property
    def building_function(self) -> bool:
        """Whether this is the body of a function."""
        return False

    def is_feedable(self, tensor: Tensor) -> bool:
        """Whether `tensor` may be a key of a feed."""
        return tensor not in self._unfeedable

    def prevent_feeding(self, tensor: Tensor) -> None:
        """Mark `tensor` as one that cannot be fed."""
        self._unfeedable.add(tensor)

    def is_fetchable(self, element: Any) -> bool:
        """Whether a tensor or operation may be fetched."""
        return (element.op if isinstance(element, Tensor) else element) not in self._unfetchable

    def prevent_fetching(self, operation: Operation) -> None:
        """Mark `operation` as one that cannot be fetched."""
        self._unfetchable.add(operation)

    # -- dependencies, devices ----------------------------------------------------------------

    @contextmanager
    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Iterator[None]:
        """Make operations built inside the block run after `control_inputs`.

        Parameters
        ----------
        control_inputs : list of Operation, Tensor or Variable, or None
            ``None`` clears the dependencies of the blocks around.
        """
        before = self._controllers
        if control_inputs is None:
            self._controllers = []
        else:
            elements = [
                self.as_graph_element(c.op if isinstance(c, IndexedSlices) else c)
                for c in control_inputs
            ]
            operations = [e.op if isinstance(e, Tensor) else e for e in elements]
            self._controllers = [*before, _Controller(operations)]
        try:
            yield
        finally:
            self._controllers = before

    @contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Ask for a device for the operations built inside the block.

        Parameters
        ----------
        device_name_or_function : str, DeviceSpec, callable or None
            A function is given the operation and returns a name; ``None``
            ignores the blocks around.
        """
        before = self._devices
        if device_name_or_function is None:
            self._devices = []
        elif callable(device_name_or_function):
            self._devices = [*before, device_name_or_function]
        else:
            self._devices = [*before, devices.as_spec(device_name_or_function)]
        try:
            yield
        finally:
            self._devices = before

    @contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Place the operations built inside the block beside `op`.

        Parameters
        ----------
        op : Operation, Tensor or Variable, or None
            ``None`` needs `ignore_existing`.
        ignore_existing : bool
            Forget the blocks around.
        """
        if op is None and not ignore_existing:
            raise ValueError(
                "Trying to reset colocation (op is None) but ignore_existing is not True"
            )
        before, before_devices = self._colocation, self._devices
        beside = op if isinstance(op, Operation) else getattr(op, "op", None)
        around = isinstance(beside, Operation) and self.accepts(beside.graph)
        element = beside if op is None or around else self.as_graph_element(op)
        operation = element.op if isinstance(element, Tensor) else element
        inherited = [] if ignore_existing else before
        self._colocation = inherited if operation is None else [*inherited, operation]
        self._devices = []
        try:
            yield
        finally:
            self._colocation, self._devices = before, before_devices

    @contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        """Use other gradient functions for the operations built inside the block.

        Parameters
        ----------
        op_type_map : dict of str to str
            From op types to names given to `tf.RegisterGradient`.
        """
        before = self._gradient_overrides
        self._gradient_overrides = {**before, **op_type_map}
        try:
            yield
        finally:
            self._gradient_overrides = before

    @contextmanager
    def gradient_of(self, operation: Operation) -> Iterator[None]:
        """Note on the operations built inside the block that they differentiate `operation`."""
        before = self._forward
        self._forward = operation
        try:
            yield
        finally:
            self._forward = before

    # -- what there is to see -------------------------------------------------------------------

    to_networkx = View("flowgraph.inspect.networks", "to_networkx")
    ancestors = View("flowgraph.inspect.networks", "ancestors")
    paths = View("flowgraph.inspect.networks", "paths")
    cycles = View("flowgraph.inspect.networks", "cycles")
    summary = View("flowgraph.inspect.summary", "summary")
    critical_path = View("flowgraph.inspect.critical", "critical_path")
    show = View("flowgraph.inspect.show", "show")
    to_svg = View("flowgraph.inspect.show", "to_svg")
    to_html = View("flowgraph.inspect.show", "to_html")
    to_dot = View("flowgraph.inspect.show", "to_dot")
    to_mermaid = View("flowgraph.inspect.show", "to_mermaid")
    save = View("flowgraph.inspect.show", "save")
    _repr_html_ = to_html

    # -- the default graph ----------------------------------------------------------------------

    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Make this the default graph of the thread inside the block."""
        from flowgraph.graph import scope

        with scope.default_graph_is(self):
            yield self


class _Controller:
    """A `control_dependencies` block: what it waits for and what was built in it."""

    __slots__ = ("operations", "seen")

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations
        self.seen: set[Operation] = set()
