"""Tensors: the edges of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from flowgraph import user_code
from flowgraph.dtypes import Array, DType
from flowgraph.errors import OperatorNotAllowedInGraphError, OpError
from flowgraph.shapes import TensorShape, as_shape

if TYPE_CHECKING:
    from flowgraph.graph.graph import Graph
    from flowgraph.graph.operation import Operation

_UNKNOWN = object()

_OF_NUMPY = {
    **dict.fromkeys(
        ("abs", "ceil", "cos", "cosh", "exp", "floor", "log", "maximum", "minimum"), ""
    ),
    **dict.fromkeys(("round", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh"), ""),
    **dict.fromkeys(("argmax", "argmin", "reshape", "stack", "transpose", "where"), ""),
    **{name: f"reduce_{name}" for name in ("mean", "sum", "max", "min", "prod", "any", "all")},
    "clip": "clip_by_value",
    "concatenate": "concat",
    "dot": "matmul",
    "power": "pow",
}
"""Functions of NumPy that programs call on tensors, and other names of their like here."""


def _instead_of_numpy() -> str:
    """Name the function to use where NumPy's was called."""
    name = user_code.numpy_function()
    if name not in _OF_NUMPY:
        return "use the tf function of the same name, such as tf.sin for np.sin"
    return f"use tf.{_OF_NUMPY[name] or name} in place of np.{name}"


class Tensor:
    """One output of an operation: a symbolic handle, not a value.

    Attributes
    ----------
    op : Operation
        The operation that produces it.
    value_index : int
        Which of that operation's outputs it is.
    dtype : DType
        The type of its elements.

    Examples
    --------
    >>> tf.constant([1.0, 2.0], name="a")
    <tf.Tensor 'a:0' shape=(2,) dtype=float32>
    """

    # Programs hang attributes of their own on tensors, hence the __dict__.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_consumers",
        "_shape",
        "_static",
        "dtype",
        "op",
        "value_index",
    )

    # NumPy must not iterate over a tensor in ``array + tensor``.
    __array_priority__ = 100

    OVERLOADABLE_OPERATORS: frozenset[str] = frozenset()

    def __init__(self, op: Operation, value_index: int, dtype: DType, shape: TensorShape) -> None:
        self.op = op
        self.value_index = value_index
        self.dtype = dtype
        self._shape = shape
        self._consumers: list[Operation] = []
        self._static: Any = _UNKNOWN

    @property
    def graph(self) -> Graph:
        """The graph it belongs to."""
        return self.op.graph

    @property
    def name(self) -> str:
        """``"<operation>:<index>"``."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def device(self) -> str:
        """The device its operation is assigned to, or ``""``."""
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        """The static shape, with ``None`` where a dimension is not known."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """Return the static shape."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Add what is known of the shape.

        Parameters
        ----------
        shape : TensorShape or list of int or None
            Merged with the shape known so far.

        Raises
        ------
        ValueError
            If the two contradict each other.
        """
        try:
            self._shape = self._shape.merge_with(shape)
        except ValueError:
            raise ValueError(_contradiction(self._shape, as_shape(shape))) from None

    def consumers(self) -> list[Operation]:
        """Return the operations that take this tensor as an input."""
        return list(self._consumers)

    def static_value(self) -> Array | None:
        """Return the value if the graph fixes it, else ``None``. Do not write to it."""
        if self._static is _UNKNOWN:
            _evaluate(self)
        return self._static

    def static_shape(self) -> TensorShape:
        """Return the value of this integer vector read as a shape, known in part or not at all."""
        partial = self.op.op.static_shape(*self.op.inputs)
        if partial is not None:
            return partial
        value = self.static_value()
        if value is not None and value.ndim == 1:
            return TensorShape.of(tuple(None if n == -1 else int(n) for n in value))
        sizes = self._shape.sizes
        return TensorShape.of((None,) * sizes[0] if sizes and sizes[0] is not None else None)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Evaluate this tensor in `session` or the default session.

        Parameters
        ----------
        feed_dict : dict, optional
            Values that replace tensors in this run.
        session : Session, optional
            Where to run; the innermost ``with session`` block if left out.

        Returns
        -------
        numpy.ndarray or scalar

        Raises
        ------
        ValueError
            If there is no session.
        """
        from flowgraph.graph.scope import session_for

        return session_for(self, session, "tensor").run(self, feed_dict)

    def _as_node_def_input(self) -> str:
        return self.op.name if self.value_index == 0 else self.name

    def __str__(self) -> str:
        device = f", device={self.device}" if self.device else ""
        shape = "" if self._shape.sizes is None else f", shape={self._shape}"
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name}{device})'

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self._shape} dtype={self.dtype.name}>"

    def __bool__(self) -> NoReturn:
        raise OperatorNotAllowedInGraphError(
            "using a `tf.Tensor` as a Python `bool` is not allowed in Graph execution. Use Eager "
            "execution or decorate this function with @tf.function."
            f"\n  the tensor is {self!r}, made at\n  {self.op.site}\n"
            "  hint: `if t is not None:` asks whether there is a tensor, and tf.cond runs one of "
            "two graphs, by its value"
        )

    __nonzero__ = __bool__

    def __iter__(self) -> NoReturn:
        raise OperatorNotAllowedInGraphError(
            "iterating over `tf.Tensor` is not allowed in Graph execution. Use Eager execution or "
            "decorate this function with @tf.function."
            f"\n  the tensor is {self!r}, made at\n  {self.op.site}\n"
            "  hint: tf.map_fn runs over its rows, and tf.unstack(t) gives a list of them if their "
            "number is known"
        )

    def __len__(self) -> NoReturn:
        raise TypeError(
            f"len is not well defined for symbolic Tensors. ({self.name}) "
            "Please call `x.shape` rather than `len(x)` for shape information."
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise NotImplementedError(
            f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array."
            f"\n  the tensor was made at\n  {self.op.site}\n"
            f"  hint: {_instead_of_numpy()}, or session.run(t) for its value"
        )

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: Any) -> Tensor:
        return self

    if TYPE_CHECKING:  # installed by ops/operators.py, which stands above the ops it uses
        __add__: Callable[..., Tensor]
        __radd__: Callable[..., Tensor]
        __sub__: Callable[..., Tensor]
        __rsub__: Callable[..., Tensor]
        __mul__: Callable[..., Tensor]
        __rmul__: Callable[..., Tensor]
        __truediv__: Callable[..., Tensor]
        __rtruediv__: Callable[..., Tensor]
        __floordiv__: Callable[..., Tensor]
        __rfloordiv__: Callable[..., Tensor]
        __mod__: Callable[..., Tensor]
        __rmod__: Callable[..., Tensor]
        __pow__: Callable[..., Tensor]
        __rpow__: Callable[..., Tensor]
        __matmul__: Callable[..., Tensor]
        __rmatmul__: Callable[..., Tensor]
        __neg__: Callable[..., Tensor]
        __abs__: Callable[..., Tensor]
        __invert__: Callable[..., Tensor]
        __and__: Callable[..., Tensor]
        __or__: Callable[..., Tensor]
        __xor__: Callable[..., Tensor]
        __rand__: Callable[..., Tensor]
        __ror__: Callable[..., Tensor]
        __rxor__: Callable[..., Tensor]
        __lt__: Callable[..., Tensor]
        __le__: Callable[..., Tensor]
        __gt__: Callable[..., Tensor]
        __ge__: Callable[..., Tensor]
        __getitem__: Callable[..., Tensor]


def _contradiction(known: TensorShape, stated: TensorShape) -> str:
    if known.ndims != stated.ndims:
        return f"Shapes must be equal rank, but are {known.ndims} and {stated.ndims}"
    pairs = enumerate(zip(known.as_list(), stated.as_list(), strict=True))
    axis, (old, new) = next((i, p) for i, p in pairs if None not in p and p[0] != p[1])
    shapes = " and ".join(str(s.as_list()).replace(" ", "") for s in (known, stated))
    return (
        f"Dimension {axis} in both shapes must be equal, but are {old} and {new}. "
        f"Shapes are {shapes.replace('None', '?')}."
    )


# A static value exists to be a shape or an axis: what is larger is left to the compiler.
_LARGEST_STATIC = 1 << 16


def _evaluate(tensor: Tensor) -> None:
    """Set ``_static`` of `tensor` and of what it depends on, without recursion."""
    stack = [tensor]
    while stack:
        operation = stack[-1].op
        if stack[-1]._static is not _UNKNOWN:
            stack.pop()
            continue
        known = operation.op.value_from_shapes(*operation.inputs)
        if known is None and not _may_fold(operation):
            known = (None,) * len(operation.outputs)
        if known is None:
            waiting = next((t for t in operation.inputs if t._static is _UNKNOWN), None)
            if waiting is not None:
                stack.append(waiting)
                continue
            known = _fold(operation, [t._static for t in operation.inputs])
        for output, value in zip(operation.outputs, known, strict=True):
            output._static = None if value is None else as_array(value)


def _may_fold(operation: Operation) -> bool:
    if operation.op.is_stateful:
        return False
    sizes = [output._shape.num_elements() for output in operation.outputs]
    return not operation.inputs or all(n is not None and n <= _LARGEST_STATIC for n in sizes)


def _fold(operation: Operation, values: list[Any]) -> tuple[Any, ...]:
    if any(value is None for value in values):
        return (None,) * len(operation.outputs)
    try:
        with np.errstate(all="ignore"):
            result = operation.op.compute(np, *values)
    except OpError:
        return (None,) * len(operation.outputs)  # the run raises it, and names the operation
    return result if isinstance(result, tuple) else (result,)


def is_array(value: Any) -> bool:
    """Whether a value is an array, in host memory or on a device."""
    return isinstance(value, np.ndarray) or hasattr(type(value), "__cuda_array_interface__")


def as_array(value: Any) -> Array:
    """Return what an op's kernel gave as an array: a scalar may have become a NumPy or Python one.

    NumPy's own byte strings would lose the zeros at their end.
    """
    return np.array(value, dtype=object) if isinstance(value, bytes) else np.asarray(value)
