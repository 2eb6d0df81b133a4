"""``ResourceVariable``: a variable each of whose reads gives the value of that moment."""

from __future__ import annotations

from typing import Any

from flowgraph import protos
from flowgraph.dtypes import DType
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    colocate_with,
    control_dependencies,
    device,
    get_default_graph,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import state
from flowgraph.ops.core import (
    apply,
    convert_to_tensor,
    identity,
)
from flowgraph.ops.gathering import gather
from flowgraph.shapes import as_shape
from flowgraph.variables import initial_value as initial_values
from flowgraph.variables.variable import Variable, beside
from flowgraph.variables.variable_scope import get_variable_scope

_NAMES = {
    state.Assign: "AssignVariableOp",
    state.AssignAdd: "AssignAddVariableOp",
    state.AssignSub: "AssignSubVariableOp",
}


def kind_of(use_resource: bool | None, definition: Any) -> type[Variable]:
    """Return the class of the variable that `Variable` makes of these arguments."""
    if isinstance(definition, protos.VariableDef):
        use_resource = definition.is_resource
    elif use_resource is None:
        use_resource = get_variable_scope().use_resource
    return ResourceVariable if use_resource else Variable


def name_of(op: Any) -> str:
    """Return the name of an operation that writes to a resource variable."""
    return _NAMES.get(type(op), f"Resource{op.type}")


class ResourceVariable(Variable):
    """A variable each of whose reads gives the value of that moment.

    Each use reads it anew, and what a read gave stays as it is whatever is written later.
    `tf.Variable` and `tf.get_variable` make one with ``use_resource=True``. Parameters are
    those of `Variable`.

    Notes
    -----
    The operations have TensorFlow's names. Their types are those of operations on references,
    and a read is a ``DeepCopy``.

    Examples
    --------
    >>> w = tf.Variable([1.0, 2.0], use_resource=True, name="w")
    >>> w
    <tf.Variable 'w:0' shape=(2,) dtype=float32>
    >>> before = w.read_value()
    >>> with tf.control_dependencies([before]):
    ...     change = w.assign_add([1.0, 1.0])
    >>> with tf.control_dependencies([change]):
    ...     twice = before * 2.0
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     print(*session.run([twice, change]))
    [2. 4.] [2. 3.]
    """

    def _build(
        self,
        initial_value: Any,
        name: str | None,
        dtype: Any,
        validate: bool,
        expected: Any,
        shape: Any,
    ) -> None:
        graph = get_default_graph()
        with name_scope(name, "Variable") as scope:
            with (
                beside(graph, scope[:-1]),
                name_scope("Initializer"),
                device(None),
            ):
                value = initial_value() if callable(initial_value) else initial_value
                self._initial_value = convert_to_tensor(value, dtype, name="initial_value")
            found = self._initial_value.shape
            if shape is not None and not found.is_compatible_with(as_shape(shape)):
                raise ValueError(
                    f"The initial value's shape ({found}) is not compatible with the explicitly "
                    f"supplied `shape` argument ({shape})."
                )
            self._variable = self._reference(scope, validate, shape)
            with name_scope("IsInitialized"):
                self.is_initialized()
            with colocate_with(None, ignore_existing=True), device(self.device):
                self._initializer_op = apply(
                    state.Assign(validate_shape=validate),
                    self._variable,
                    initial_values.guarded(scope, self._initial_value),
                    name="Assign",
                ).op
            with name_scope("Read"):
                with device(self.device):
                    self._snapshot = self._read()
                if self._caching_device is not None:
                    with device(self._caching_device):
                        self._snapshot = identity(self._snapshot)

    def _read(self) -> Tensor:
        return apply(state.DeepCopy(), self._variable, name="ReadVariableOp")

    @property
    def handle(self) -> Tensor:
        """What operations reach the variable by: here, its reference."""
        return self._variable

    @property
    def dtype(self) -> DType:
        """The dtype of the value."""
        return self._variable.dtype.base_dtype

    @property
    def create(self) -> Operation:
        """The operation that assigns the initial value."""
        return self._initializer_op

    def is_initialized(self, name: str | None = None) -> Tensor:
        """Return whether it has a value."""
        op = state.IsVariableInitialized()
        return apply(op, self._variable, name=name or "VarIsInitializedOp")

    def value(self) -> Tensor:
        """Return a new read, or the value that is cached."""
        if self._caching_device is not None:
            return self._snapshot
        with colocate_with(None, ignore_existing=True), device(self.device):
            return self._read()

    def read_value(self) -> Tensor:
        """Return a new read."""
        with name_scope("Read"), device(self.device):
            value = self._read()
        return identity(value)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Return some rows of a new read."""
        with name_scope(name or "Gather") as scope:
            rows = gather(self.value(), indices, name=scope)
        return identity(rows)

    def initialized_value(self) -> Tensor:
        """Return the value, or the initial value where the variable has none yet."""
        return initial_values.value_or_initial_value(self)

    def eval(self, session: Any = None) -> Any:
        """Return the value in `session` or the default session, as an array."""
        return self._snapshot.eval(session=session)

    def count_up_to(self, limit: int) -> Tensor:
        """Return the value before it is increased by one; OutOfRangeError at `limit`."""
        op = state.CountUpTo(limit=limit)
        return apply(op, self._variable, name="ResourceCountUpTo")

    def _change(
        self, op: Any, *inputs: Any, name: str | None = None, read_value: bool = True
    ) -> Any:
        *indices, value = inputs
        value = convert_to_tensor(value, self.dtype)
        if isinstance(op, state.Assign):
            self.shape.assert_is_compatible_with(value.shape)
        changed = apply(op, self._variable, *indices, value, name=name or name_of(op)).op
        return _Unread(self, changed) if read_value else changed

    def _as_graph_element(self) -> Tensor:
        return self._snapshot


class _Unread(ResourceVariable):
    """A variable as it is after a change: its reads wait for it."""

    def __init__(self, variable: ResourceVariable, change: Operation) -> None:
        for name, value in vars(variable).items():
            setattr(self, name, value)
        self._change_op = change
        self._snapshot = self.value()

    @property
    def name(self) -> str:
        """The name of the operation that made the change."""
        return self._change_op.name

    @property
    def op(self) -> Operation:
        """The operation that made the change."""
        return self._change_op

    def value(self) -> Tensor:
        """Return a new read after the change."""
        with control_dependencies([self._change_op]):
            return super().value()

    def read_value(self) -> Tensor:
        """Return a new read after the change."""
        with control_dependencies([self._change_op]):
            return super().read_value()

    def _change(
        self, op: Any, *inputs: Any, name: str | None = None, read_value: bool = True
    ) -> Any:
        with control_dependencies([self._change_op]):
            return super()._change(op, *inputs, name=name, read_value=read_value)


def is_resource(variable: Any) -> bool:
    """Whether a variable is read anew by each use."""
    return isinstance(variable, ResourceVariable)
