"""``Variable``: a value that lasts from one run to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from flowgraph.dtypes import DType
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    GraphKeys,
    add_to_collections,
    device,
    get_default_graph,
    get_default_session,
    graph_of,
    init_scope,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import operators as operators  # installs on Tensor what is delegated to it
from flowgraph.ops import state
from flowgraph.ops.core import (
    apply,
    convert_to_tensor,
    identity,
    register_tensor_conversion_function,
)
from flowgraph.shapes import TensorShape, as_shape, unknown_shape
from flowgraph.variables import initial_value as initial_values
from flowgraph.variables.distribution import (
    VariableAggregation,
    VariableSynchronization,
    checked_distribution,
)
from flowgraph.variables.slice_info import Sliceable
from flowgraph.variables.updates import Updates
from flowgraph.variables.variable_def import take_over, variable_def_of


class Variable(Updates, Sliceable):
    """A tensor that keeps its value between runs and that operations can change.

    It has no value before its `initializer` has run. It makes the operations
    ``name`` (the reference), ``name/Assign`` and ``name/read``, and ``name/initial_value``
    if the initial value is no tensor.

    Parameters
    ----------
    initial_value : Tensor, array, scalar, list, or callable
        What the initializer assigns. A callable takes no arguments.
    trainable : bool, optional
        Whether optimizers change it by default. True if left out.
    collections : list of str, optional
        Where it is listed; ``[GraphKeys.GLOBAL_VARIABLES]`` by default.
    validate_shape : bool
        With False the shape may be unknown and may change.
    caching_device : str or callable, optional
        Where the value is read to.
    name : str
        ``"Variable"`` if left out.
    dtype : DType, optional
        To convert `initial_value` to.
    expected_shape : list of int, optional
        The shape that `initial_value` must have.
    constraint : callable, optional
        What optimizers apply to the value after each step.
    variable_def : VariableDef, optional
        Stand for the variable that it names in the default graph, and make nothing; the
        other arguments but `import_scope` are of no effect then.
    import_scope : str, optional
        The scope that the names in `variable_def` are under.
    use_resource : bool, optional
        Make a `ResourceVariable`. As the variable scope says if left out.
    synchronization : VariableSynchronization
    aggregation : VariableAggregation
    shape : list of int, optional
        That of the variable, where it is not the initial value's.

    Raises
    ------
    ValueError
        If there is no initial value, or its shape is unknown and `validate_shape` is set.

    Notes
    -----
    Reads in a run come before writes in the same run, unless a control dependency
    says otherwise.

    Examples
    --------
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> w
    <tf.Variable 'w:0' shape=(2,) dtype=float32_ref>
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     session.run(w.assign_add([1.0, 1.0]))
    array([2., 3.], dtype=float32)
    """

    # NumPy must not iterate over a variable in ``array + variable``.
    __array_priority__ = 100

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: Any = None,
        constraint: Callable[[Any], Any] | None = None,
        use_resource: bool | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        shape: Any = None,
    ) -> None:
        if type(self) is Variable:
            from flowgraph.variables.resource_variable import kind_of  # builds on this module

            self.__class__ = kind_of(use_resource, variable_def)
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            take_over(self, variable_def, import_scope)
            return
        if import_scope is not None:
            raise NotImplementedError("tf.Variable with import_scope and no variable_def")
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        if collections is None:
            collections = [GraphKeys.GLOBAL_VARIABLES]
        if not isinstance(collections, list | tuple | set):
            raise ValueError(
                "collections argument to Variable constructor must be a list, tuple, or set. "
                f"Got {collections} of type {type(collections)}"
            )
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        self._synchronization, self._aggregation, self._trainable = checked_distribution(
            synchronization, aggregation, trainable, name
        )
        if self._trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
            collections = [*collections, GraphKeys.TRAINABLE_VARIABLES]
        self._constraint = constraint
        self._caching_device = caching_device
        graph = graph_of([] if callable(initial_value) else [initial_value])
        with graph.as_default(), init_scope():
            self._build(initial_value, name, dtype, validate_shape, expected_shape, shape)
        add_to_collections(collections, self)

    def _build(
        self,
        initial_value: Any,
        name: str | None,
        dtype: Any,
        validate: bool,
        expected: Any,
        shape: Any,
    ) -> None:
        with name_scope(name, "Variable") as scope:
            if callable(initial_value):
                with beside(get_default_graph(), scope[:-1]):
                    with name_scope("Initializer"), device(None):
                        self._initial_value = convert_to_tensor(
                            initial_value(), dtype, name="initial_value"
                        )
                    self._variable = self._reference(scope, validate, shape)
            else:
                self._initial_value = convert_to_tensor(initial_value, dtype, name="initial_value")
                self._variable = self._reference(scope, validate, shape)
            found = self._initial_value.shape
            if validate and not found.is_fully_defined():
                raise ValueError(
                    f"initial_value must have a shape specified: {self._initial_value}"
                )
            if expected is not None and not found.is_compatible_with(expected):
                raise ValueError(f"initial_value has shape {found}, not {as_shape(expected)}")
            self._initializer_op = apply(
                state.Assign(validate_shape=validate),
                self._variable,
                initial_values.guarded(scope, self._initial_value),
                name="Assign",
            ).op
            if self._caching_device is None:
                with get_default_graph().colocate_with(self._variable.op):
                    self._snapshot = identity(self._variable, name="read")
            else:
                with device(self._caching_device):
                    self._snapshot = identity(self._variable, name="read")

    def _reference(self, scope: str, validate_shape: bool, shape: Any) -> Tensor:
        if shape is None:
            shape = self._initial_value.shape if validate_shape else unknown_shape()
        dtype = self._initial_value.dtype.base_dtype
        return apply(state.VariableV2(shape=as_shape(shape), dtype=dtype), name=scope)

    # -- as a message ---------------------------------------------------------------------------

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return a VariableDef message, or ``None`` if it is not under `export_scope`."""
        return variable_def_of(self, export_scope)

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Variable:
        """Return the variable of the default graph that a VariableDef message describes.

        Raises
        ------
        KeyError
            If the default graph has no such variable.

        Examples
        --------
        >>> w = tf.Variable(1.0, name="w")
        >>> tf.Variable.from_proto(w.to_proto())
        <tf.Variable 'w:0' shape=() dtype=float32_ref>
        """
        return Variable(variable_def=variable_def, import_scope=import_scope)

    # -- what it is ---------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name of the reference, such as ``"w:0"``."""
        return self._variable.name

    @property
    def op(self) -> Operation:
        """The operation that makes the reference."""
        return self._variable.op

    @property
    def graph(self) -> Graph:
        """The graph it belongs to."""
        return self._variable.graph

    @property
    def device(self) -> str:
        """The device it is assigned to, or ``""``."""
        return self._variable.device

    @property
    def dtype(self) -> DType:
        """The dtype of the reference, such as ``float32_ref``."""
        return self._variable.dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return self._variable.shape

    def get_shape(self) -> TensorShape:
        """Return the static shape."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Add what is known of the shape, as `Tensor.set_shape` does."""
        self._variable.set_shape(shape)
        self._snapshot.set_shape(shape)

    @property
    def trainable(self) -> bool:
        """Whether optimizers change it by default."""
        return self._trainable

    @property
    def constraint(self) -> Callable[[Any], Any] | None:
        """What optimizers apply to the value after each step."""
        return self._constraint

    @property
    def synchronization(self) -> Any:
        """The synchronization asked for."""
        return self._synchronization

    @property
    def aggregation(self) -> Any:
        """The aggregation asked for."""
        return self._aggregation

    @property
    def initializer(self) -> Operation:
        """The operation that assigns the initial value."""
        return self._initializer_op

    @property
    def initial_value(self) -> Tensor:
        """The tensor that the initializer assigns."""
        return self._initial_value

    # -- its value ------------------------------------------------------------------------------

    def value(self) -> Tensor:
        """Return the output of ``name/read``, the value as other operations take it."""
        return self._snapshot

    def read_value(self) -> Tensor:
        """Return a read of its own, which control dependencies can order."""
        return identity(self._variable, name="read")

    def initialized_value(self) -> Tensor:
        """Return the value, or the initial value where the variable has none yet.

        Examples
        --------
        >>> w = tf.Variable(2.0)
        >>> twice = tf.Variable(2 * w.initialized_value())
        """
        return initial_values.value_or_initial_value(self)

    def eval(self, session: Any = None) -> Any:
        """Return the value in `session` or the default session, as an array."""
        return self._variable.eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Set the value in `session` or the default session without adding to the graph."""
        session = session or get_default_session()
        if session is None:
            raise ValueError(
                "Either session argument should be provided or default session should be "
                "established"
            )
        session.run(self._initializer_op, {self._initializer_op.inputs[1]: value})

    # -- in place of a tensor -------------------------------------------------------------------

    def _ref(self) -> Tensor:
        return self._variable

    def _as_graph_element(self) -> Tensor:
        return self._variable

    def __repr__(self) -> str:
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"

    def __iter__(self) -> NoReturn:
        raise TypeError("'Variable' object is not iterable.")

    def __copy__(self) -> Variable:
        return self

    def __deepcopy__(self, memo: Any) -> Variable:
        return self

    if TYPE_CHECKING:  # delegated to the value below

        def __getattr__(self, name: str) -> Any: ...


@contextmanager
def beside(graph: Graph, name: str) -> Iterator[None]:
    """Place the operations built inside the block beside the one that will have `name`."""
    before = len(graph._operations)
    yield
    for operation in graph._operations[before:]:
        if operation.name != name and "_class" not in (operation.annotations or {}):
            operation.annotate("_class", [f"loc:@{name}".encode()])


def _operator(name: str) -> Callable[..., Any]:
    def operator(self: Variable, *arguments: Any, **options: Any) -> Any:
        return getattr(self.value(), name)(*arguments, **options)

    operator.__name__ = name
    return operator


for _name in (
    *("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv"),
    *("floordiv", "rfloordiv", "mod", "rmod", "pow", "rpow", "matmul", "rmatmul"),
    *("neg", "abs", "invert", "and", "rand", "or", "ror", "xor", "rxor"),
    *("lt", "le", "gt", "ge", "getitem"),
):
    setattr(Variable, f"__{_name}__", _operator(f"__{_name}__"))


def _to_tensor(variable: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{variable.dtype.name}'"
        )
    tensor: Tensor = variable._ref() if as_ref else variable.value()
    return tensor


register_tensor_conversion_function(Variable, _to_tensor)
