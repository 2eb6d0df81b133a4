"""Building operations, and the ops every other family stands on: const, identity, cast, shape."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph, graph_of, name_scope
from flowgraph.graph.signature import Argument, Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.convert import repeat_to, to_array
from flowgraph.shapes import Dimension, TensorShape, as_shape

INDEX = Types((dtypes.int32, dtypes.int64), default=dtypes.int32)
"""The dtypes of shapes, axes and indices."""

FLOATS = Types((dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64))
"""The real floating-point dtypes."""

INTS = Types(
    (
        dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64,
        dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64,
    )
)  # fmt: skip
"""The integer dtypes."""

REALS = Types(FLOATS.allowed + INTS.allowed)
"""Every dtype with an order."""

INEXACT = Types((*FLOATS.allowed, dtypes.complex64, dtypes.complex128))
"""The floating-point and complex dtypes."""

NUMBERS = Types((*REALS.allowed, dtypes.complex64, dtypes.complex128))
"""Every dtype with arithmetic."""


# -- conversion -----------------------------------------------------------------------------

Converter = Callable[..., Any]
_converters: list[tuple[int, Any, Converter]] = []


def register_tensor_conversion_function(
    base_type: Any, conversion_func: Converter, priority: int = 100
) -> None:
    """Teach `convert_to_tensor` a type.

    Parameters
    ----------
    base_type : type or tuple of types
        What the function takes.
    conversion_func : callable
        ``f(value, dtype, name, as_ref)`` gives a tensor, or ``NotImplemented``.
    priority : int
        Smaller goes first.
    """
    _converters.append((priority, base_type, conversion_func))
    _converters.sort(key=lambda entry: entry[0])


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
    as_ref: bool = False,
) -> Tensor:
    """Return `value` as a tensor: itself, or a constant.

    Parameters
    ----------
    value : Tensor, array, scalar or nested list
    dtype : DType, optional
        The dtype that the tensor must have.
    name : str, optional
        Name of a constant made for it.
    preferred_dtype, dtype_hint : DType, optional
        The dtype to use if `value` can have it.
    as_ref : bool
        Keep the reference to a variable instead of its value.

    Raises
    ------
    TypeError, ValueError
        If `value` has another dtype or is no value.

    Examples
    --------
    >>> tf.convert_to_tensor([1, 2])
    <tf.Tensor 'Const:0' shape=(2,) dtype=int32>
    """
    wanted = None if dtype is None else as_dtype(dtype).base_dtype
    if isinstance(value, Tensor):
        if wanted is not None and value.dtype.base_dtype is not wanted:
            raise ValueError(
                f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype "
                f"{value.dtype.name}: {str(value)!r}"
            )
        return value
    for _, base_type, function in _converters:
        if isinstance(value, base_type):
            result = function(value, dtype=wanted, name=name, as_ref=as_ref)
            if result is not NotImplemented:
                return result  # type: ignore[no-any-return]
    hint = preferred_dtype if dtype_hint is None else dtype_hint
    if wanted is None and hint is not None:
        try:
            return constant(value, as_dtype(hint).base_dtype, name=name or "Const")
        except (TypeError, ValueError):
            pass  # a hint only: the value's own dtype is used below
    return constant(value, wanted, name=name or "Const")


def _from_shape(value: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
    if not value.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}")
    return constant(value.as_list(), dtype or dtypes.int32, name=name or "shape_as_tensor")


def _from_dimension(value: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
    if value.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {value}")
    return constant(value.value, dtype or dtypes.int32, name=name or "shape_as_tensor")


register_tensor_conversion_function(TensorShape, _from_shape)
register_tensor_conversion_function(Dimension, _from_dimension)


# -- building an operation --------------------------------------------------------------------


def build(op: Op, inputs: Sequence[Any], name: str | None = None) -> Operation:
    """Add an operation to the graph of its inputs.

    Parameters
    ----------
    op : Op
        The op with its attributes.
    inputs : sequence
        One entry per argument of the signature: a tensor or what converts to
        one, or a list of them for a list argument. Constants are made under the
        operation's own name.
    name : str, optional
        The op's type if left out.

    Raises
    ------
    TypeError
        If a dtype is not one the signature allows.
    ValueError
        If the shapes do not fit, or the inputs are of different graphs.
    """
    graph = graph_of(inputs)
    if all(isinstance(value, Tensor) for value in inputs) and op.signature.is_plain:
        return _add(graph, op, list(inputs), name or op.type)
    if graph is get_default_graph():
        with graph.name_scope(name or op.type) as scope:
            return _add(graph, op, inputs, scope)
    with graph.as_default(), graph.name_scope(name or op.type) as scope:
        return _add(graph, op, inputs, scope)


def apply(op: Op, *inputs: Any, name: str | None = None) -> Tensor:
    """Add an operation and return its first output. See `build`."""
    return build(op, inputs, name)._outputs[0]


def apply_all(op: Op, *inputs: Any, name: str | None = None) -> list[Tensor]:
    """Add an operation and return its outputs. See `build`."""
    return list(build(op, inputs, name)._outputs)


def _add(graph: Graph, op: Op, inputs: Sequence[Any], name: str) -> Operation:
    bound: dict[str, Any] = {}
    tensors: list[Tensor] = []
    for argument, value in zip(op.signature.inputs, inputs, strict=True):
        if argument.is_sequence:
            tensors += _bind_list(op, argument, value, bound)
        else:
            tensors.append(_bind_one(op, argument, value, bound))
    kinds = _output_dtypes(op, bound)
    refs = [t for t, a in zip(tensors, op.signature.inputs, strict=False) if a.is_ref]
    if not refs:
        return graph.add_operation(op, tuple(tensors), kinds, name)
    with graph.colocate_with(refs[0].op):  # what writes to a variable stays where it is
        return graph.add_operation(op, tuple(tensors), kinds, name)


# How a tensor and a variable refuse to be converted to a dtype that is not theirs.
_OF_ANOTHER_DTYPE = ("Tensor conversion requested dtype", "Incompatible type conversion requested")


def _bind_one(op: Op, argument: Argument, value: Any, bound: dict[str, Any]) -> Tensor:
    """Convert one input and bind its type variable."""
    variable = argument.variable
    wanted: DType | None = argument.dtype
    types = None
    if variable is not None:
        wanted = bound.get(variable) or getattr(op, variable, None)
        types = op.signature.variables.get(variable)
    if isinstance(value, Tensor):
        tensor = value
    else:
        default = types.default if types is not None else None
        try:
            tensor = convert_to_tensor(
                value, wanted, argument.name, preferred_dtype=default, as_ref=argument.is_ref
            )
        except ValueError as error:
            if wanted is None or not str(error).startswith(_OF_ANOTHER_DTYPE):
                raise
            tensor = convert_to_tensor(value, None, argument.name, as_ref=argument.is_ref)
    dtype = tensor.dtype.base_dtype
    if wanted is not None and dtype is not wanted:
        raise TypeError(_mismatch(op, argument, dtype, wanted, tensor))
    if argument.is_ref and not tensor.dtype.is_ref_dtype:
        raise TypeError(
            f"'{op.type}' Op requires that input '{argument.name}' be a mutable tensor "
            "(e.g.: a tf.Variable)"
        )
    if types is not None and dtype not in types:
        raise TypeError(
            f"Value passed to parameter '{argument.name}' has DataType {dtype.name} not in list "
            f"of allowed values: {types}\n  the value is {tensor!r}, made at\n  {tensor.op.site}"
        )
    if variable is not None:
        bound.setdefault(variable, dtype)
        bound.setdefault(f"{variable} by", (argument.name, tensor))
    return tensor


def _mismatch(
    op: Op, argument: Argument, dtype: DType, wanted: DType, tensor: Tensor
) -> str:
    first = f"Input '{argument.name}' of '{op.type}' Op has type {dtype.name} that does not match "
    peers = [a.name for a in op.signature.inputs if a.variable == argument.variable]
    if argument.dtype is not None or peers[0] == argument.name:
        first += f"expected type of {wanted.name}."
    else:
        first += f"type {wanted.name} of argument '{peers[0]}'."
    return (
        f"{first}\n  '{argument.name}' is {tensor!r}, made at\n  {tensor.op.site}\n"
        f"  hint: tf.cast(x, tf.{wanted.name}) converts; a Python number takes the other's dtype"
    )


def _bind_list(op: Op, argument: Argument, values: Any, bound: dict[str, Any]) -> list[Tensor]:
    """Convert the entries of a list input and bind its type variable and length."""
    if not isinstance(values, list | tuple):
        raise TypeError(
            f"Expected list for '{argument.name}' argument to '{op.type}' Op, not {values}."
        )
    if argument.is_list:
        wanted_each = getattr(op, argument.variable or "", None)
        kinds = wanted_each if isinstance(wanted_each, list | tuple) else [None] * len(values)
        tensors = [
            convert_to_tensor(v, kind, f"{argument.name}_{i}")
            for i, (v, kind) in enumerate(zip(values, kinds, strict=True))
        ]
        bound[argument.variable or ""] = tuple(t.dtype.base_dtype for t in tensors)
        return tensors
    wanted = argument.dtype or bound.get(argument.variable or "")
    if wanted is None:
        first = next((v for v in values if isinstance(v, Tensor)), None)
        wanted = None if first is None else first.dtype.base_dtype
        if wanted is None:
            first = next((v for v in values if hasattr(v, "dtype") and hasattr(v, "graph")), None)
            wanted = None if first is None else first.dtype.base_dtype
    tensors = []
    for index, value in enumerate(values):
        if isinstance(value, Tensor):
            tensors.append(value)
        else:
            tensor = convert_to_tensor(
                value, wanted, f"{argument.name}_{index}", as_ref=argument.is_ref
            )
            wanted = wanted or tensor.dtype.base_dtype
            tensors.append(tensor)
    kinds = [t.dtype.base_dtype for t in tensors]
    if any(kind is not wanted for kind in kinds):
        names = ", ".join(kind.name for kind in kinds)
        raise TypeError(
            f"Tensors in list passed to '{argument.name}' of '{op.type}' Op have types [{names}] "
            "that don't all match."
        )
    types = op.signature.variables.get(argument.variable or "")
    if types is not None and wanted is not None and wanted not in types:
        raise TypeError(
            f"Value passed to parameter '{argument.name}' has DataType {wanted.name} not in list "
            f"of allowed values: {types}"
        )
    if argument.variable is not None and wanted is not None:
        bound.setdefault(argument.variable, wanted)
    previous = bound.setdefault(argument.count or "", len(tensors))
    if previous != len(tensors):
        raise ValueError(
            f"List argument '{argument.name}' to '{op.type}' Op with length {len(tensors)} must "
            f"match length {previous} of the argument before it."
        )
    return tensors


def _output_dtypes(op: Op, bound: dict[str, Any]) -> list[DType]:
    result: list[DType] = []
    for argument in op.signature.outputs:
        name = argument.variable or ""
        dtype = argument.dtype or bound.get(name) or getattr(op, name, None)
        if argument.is_list:
            result += [as_dtype(d) for d in (dtype or ())]
            continue
        if not isinstance(dtype, DType):
            raise TypeError(f"the dtype {name} of {op.type}'s output is not known")
        length = 1
        if argument.count is not None:
            length = bound.get(argument.count) or getattr(op, argument.count)
        result += [dtype._as_ref if argument.is_ref else dtype.base_dtype] * length
    return result


# -- constants and placeholders ---------------------------------------------------------------


class Const(Op):
    """A value fixed when the graph is built."""

    signature = Signature("-> output: dtype")

    value: Array
    dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(self.value.shape),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.asarray(self.value)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return ()

    def key(self) -> tuple[Any, ...]:
        if self.value.dtype == object:
            return (self.type, self.value.shape, repr(self.value.tolist()))
        data = np.ascontiguousarray(self.value)
        digest = hashlib.blake2b(data.tobytes(), digest_size=16).digest()
        return (self.type, self.dtype.name, self.value.shape, digest)

    def attributes(self) -> dict[str, Any]:
        return {"dtype": self.dtype, "value": self.value}


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """Return a tensor with a fixed value.

    Parameters
    ----------
    value : scalar, array or nested list
    dtype : DType, optional
        By default Python floats give float32 and ints int32.
    shape : list of int, optional
        If `value` has fewer elements, its last one is repeated.
    name : str
    verify_shape : bool
        Raise unless `value` has exactly `shape`.

    Raises
    ------
    TypeError
        If the elements are not of `dtype`.
    ValueError
        If `value` does not fit `shape`.

    Examples
    --------
    >>> tf.Session().run(tf.constant([1, 2], shape=[2, 2]))
    array([[1, 2],
           [2, 2]], dtype=int32)
    """
    kind = None if dtype is None else as_dtype(dtype).base_dtype
    array = to_array(value, kind)
    if shape is not None:
        wanted = as_shape(shape)
        if verify_shape and tuple(wanted.as_list()) != array.shape:
            raise TypeError(
                f"Expected Tensor's shape: {tuple(wanted.as_list())}, got {array.shape}."
            )
        array = repeat_to(array, wanted)
    if array.nbytes >= 1 << 31:
        raise ValueError("Cannot create a tensor proto whose content is larger than 2GB.")
    array.flags.writeable = False
    op = Const(value=array, dtype=kind or as_dtype(array.dtype))
    shapes = (TensorShape.of(array.shape),)
    return get_default_graph().add_operation(op, (), (op.dtype,), name, shapes)._outputs[0]


class Placeholder(Op):
    """A value given anew at each run."""

    signature = Signature("-> output: dtype")
    is_stateful = True

    dtype: DType
    shape: TensorShape

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (self.shape,)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return ()


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """Return a tensor whose value is fed at each run.

    Parameters
    ----------
    dtype : DType
    shape : list of int or None, optional
        ``None`` for a dimension that may vary; left out, any shape may be fed.
    name : str, optional

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> tf.Session().run(x * 2, {x: [[1, 2]]})
    array([[2., 4.]], dtype=float32)
    """
    op = Placeholder(dtype=as_dtype(dtype).base_dtype, shape=as_shape(shape))
    return apply(op, name=name)


class PlaceholderWithDefault(Op):
    """A value that may be given anew at each run, and is the input otherwise."""

    signature = Signature("input: dtype -> output: dtype")
    is_stateful = True
    may_alias = True

    shape: TensorShape

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        inputs[0].shape.merge_with(self.shape)
        return (self.shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return inputs[0]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (dys[0],)


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Return a tensor that may be fed, and has the value of `input` when it is not.

    Parameters
    ----------
    input : Tensor
    shape : list of int or None
        What may be fed; `input` must fit it.
    name : str, optional

    Examples
    --------
    >>> rate = tf.placeholder_with_default(0.5, [], name="rate")
    >>> tf.Session().run([rate]), tf.Session().run([rate], {rate: 1})
    ([0.5], [1.0])
    """
    return apply(PlaceholderWithDefault(shape=as_shape(shape)), input, name=name)


# -- identity, cast ----------------------------------------------------------------------------


class Identity(Op):
    """The input itself."""

    signature = Signature("input: T -> output: T")
    may_alias = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return inputs[0].static_shape()

    def passes_through(self, *inputs: Spec) -> int | None:
        return 0

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return inputs[0]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (dys[0],)


def identity(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor of the same value: a new name, or a place for control dependencies.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Examples
    --------
    >>> tf.identity(tf.constant(1.0), name="alias")
    <tf.Tensor 'alias:0' shape=() dtype=float32>
    """
    return apply(Identity(), input, name=name)


class StopGradient(Identity):
    """The input, through which no gradient flows."""

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (None,)


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """Return `input` as a constant to differentiation.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Examples
    --------
    >>> x = tf.constant(3.0)
    >>> tf.Session().run(tf.gradients(x * tf.stop_gradient(x), x))
    [3.0]
    """
    return apply(StopGradient(), input, name=name)


class PreventGradient(Identity):
    """The input; asking for its gradient is an error."""

    message: str = ""

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        raise LookupError(f"Gradient explicitly disabled. Reason: {self.message}")


def prevent_gradient(input: Any, message: str = "", name: str | None = None) -> Tensor:
    """Return `input`; a gradient through it raises LookupError with `message`."""
    return apply(PreventGradient(message=message), input, name=name)


class Cast(Op):
    """The input converted to another dtype; floats are truncated towards zero."""

    signature = Signature("x: SrcT -> y: DstT")

    DstT: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return inputs[0].static_shape() if self.DstT.is_integer else None

    def passes_through(self, *inputs: Spec) -> int | None:
        return 0 if inputs[0].dtype is self.DstT else None

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        if not self.DstT.is_complex and x.dtype.kind == "c":
            x = x.real
        return x.astype(self.DstT.numpy)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        (x,) = inputs
        if not self.DstT.is_complex and x.dtype.kind == "c":
            x = x.real
        xp.copyto(out, x, casting="unsafe")

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        source = operation.inputs[0].dtype.base_dtype
        both = (source, self.DstT)
        if all(kind.is_floating or kind.is_complex for kind in both):
            return (cast(dys[0], source),)
        return (None,)


def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Convert to another dtype.

    Parameters
    ----------
    x : Tensor
    dtype : DType
        Floats become ints by truncation; complex numbers lose their imaginary part.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.cast([1.8, -1.8], tf.int32))
    array([ 1, -1], dtype=int32)
    """
    target = as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x.dtype is target:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        if tensor.dtype.base_dtype is target:
            return tensor
        return apply(Cast(DstT=target), tensor, name=scope)


# -- shapes ------------------------------------------------------------------------------------


class Shape(Op):
    """The shape of the input, as an integer vector."""

    signature = Signature("input: T -> output: out_type", out_type=INDEX)

    out_type: DType = dtypes.int32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = inputs[0].shape.sizes
        return (TensorShape.of((None if sizes is None else len(sizes),)),)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        sizes = inputs[0].shape.sizes
        if sizes is None or None in sizes:
            return None
        return (np.array(sizes, dtype=self.out_type.numpy),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return inputs[0].shape

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return np.array(inputs[0].shape, dtype=self.out_type.numpy)

    gradient = Op.not_differentiable


def shape(
    input: Any, name: str | None = None, out_type: Any = dtypes.int32
) -> Tensor:
    """Return the shape of a tensor as an integer vector.

    Parameters
    ----------
    input : Tensor
    name : str, optional
    out_type : DType
        int32 or int64.

    Notes
    -----
    A constant if the static shape is fully known.

    Examples
    --------
    >>> tf.Session().run(tf.shape([[1, 2, 3]]))
    array([1, 3], dtype=int32)
    """
    return _of_shape(Shape(out_type=as_dtype(out_type)), input, name)


class Size(Shape):
    """The number of elements of the input."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        count = inputs[0].shape.num_elements()
        return None if count is None else (np.array(count, dtype=self.out_type.numpy),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return None

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return np.array(inputs[0].size, dtype=self.out_type.numpy)


def size(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """Return the number of elements of a tensor.

    Parameters
    ----------
    input : Tensor
    name : str, optional
    out_type : DType
        int32 or int64.

    Examples
    --------
    >>> tf.Session().run(tf.size([[1, 2, 3]]))
    3
    """
    return _of_shape(Size(out_type=as_dtype(out_type)), input, name)


class Rank(Op):
    """The number of dimensions of the input."""

    signature = Signature("input: T -> output: int32")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        sizes = inputs[0].shape.sizes
        return None if sizes is None else (np.array(len(sizes), dtype=np.int32),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return np.array(inputs[0].ndim, dtype=np.int32)

    gradient = Op.not_differentiable


def rank(input: Any, name: str | None = None) -> Tensor:
    """Return the number of dimensions of a tensor.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.rank([[1, 2, 3]]))
    2
    """
    return _of_shape(Rank(), input, name)


def _of_shape(op: Op, input: Any, name: str | None) -> Tensor:
    """Build an op whose value the input's shape may fix already: then a constant."""
    with name_scope(name, op.type, [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        known = op.value_from_shapes(tensor)
        if known is not None:
            return constant(known[0], known[0].dtype, name=scope)
        return apply(op, tensor, name=scope)
