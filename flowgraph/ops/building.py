"""Building operations: inputs are converted and their dtypes bound by the op's signature."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph, graph_of
from flowgraph.graph.signature import Argument, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.conversion import convert_to_tensor


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
        If a dtype is not one the signature allows, or an attribute of another kind.
    ValueError
        If the shapes do not fit, or the inputs are of different graphs.
    """
    graph = graph_of(inputs)
    op = _checked(op)
    if op.signature.is_plain and _ONLY_TENSORS.issuperset(map(type, inputs)):
        kinds = _output_kinds.get((type(op), *[value.dtype for value in inputs]))
        if kinds is not None:
            return graph.add_operation(op, tuple(inputs), kinds, name or op.type)
        return _add(graph, op, inputs, name or op.type)
    if graph is get_default_graph():
        with graph.name_scope(name or op.type) as scope:
            return _add(graph, op, inputs, scope)
    with graph.as_default(), graph.name_scope(name or op.type) as scope:
        return _add(graph, op, inputs, scope)


# The annotations of attributes that are checked: TensorFlow's word, and what may be given.
_KINDS: dict[Any, tuple[str, tuple[type, ...]]] = {
    "bool": ("bool", (bool,)),
    "int": ("int", (int, float, np.number)),
    "float": ("float", (int, float, np.number)),
    "str": ("string", (str, bytes)),
}


_attributes: dict[type[Op], list[tuple[str, Any, str, tuple[type, ...]]]] = {}
"""By op class, its attributes of those kinds: name, default, word and types."""


def _checked(op: Op) -> Op:
    """Return an op whose attributes are of their kinds; one that is ``None`` has its default."""
    if type(op) not in _attributes:
        fields = dataclasses.fields(op)  # type: ignore[arg-type]
        _attributes[type(op)] = [
            (f.name, f.default, *_KINDS[f.type]) for f in fields if f.type in _KINDS
        ]
    for name, default, word, kinds in _attributes[type(op)]:
        value = getattr(op, name)
        if value is None and default is not dataclasses.MISSING:
            op = dataclasses.replace(op, **{name: default})  # type: ignore[type-var]
        elif not isinstance(value, kinds):
            raise TypeError(f"Expected {word} for argument '{name}' not {value!r}.")
    return op


_ONLY_TENSORS = frozenset({Tensor})

_output_kinds: dict[tuple[Any, ...], list[DType]] = {}
"""What binding found, by op class and input dtypes, where it depends on nothing else."""


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
    kinds = output_dtypes(op, bound)
    refs = [t for t, a in zip(tensors, op.signature.inputs, strict=False) if a.is_ref]
    if not refs:
        if op.signature.is_plain and not any(hasattr(op, v) for v in op.signature.type_variables):
            _output_kinds[(type(op), *[t.dtype for t in tensors])] = kinds
        return graph.add_operation(op, tuple(tensors), kinds, name)
    with graph.colocate_with(refs[0].op):  # what writes to a variable stays where it is
        return graph.add_operation(op, tuple(tensors), kinds, name)


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
        tensor = _convert(op, argument, value, wanted, types.default if types else None)
    dtype = tensor.dtype.base_dtype
    if wanted is not None and dtype is not wanted:
        raise TypeError(_mismatch(op, argument, wanted, tensor, bound))
    if argument.is_ref and not tensor.dtype.is_ref_dtype:
        raise TypeError(
            f"'{op.type}' Op requires that input '{argument.name}' be a mutable tensor "
            "(e.g.: a tf.Variable)"
        )
    if types is not None and dtype not in types:
        raise TypeError(
            f"Value passed to parameter '{argument.name}' has DataType {dtype.name} not in list "
            f"of allowed values: {types}\n  the value is {tensor!r}, made at\n  {tensor.op.site}"
            f"{_cast_hint(dtype, types)}"
        )
    if variable is not None:
        bound.setdefault(variable, dtype)
        bound.setdefault(f"{variable} by", (argument.name, tensor))
    return tensor


def _convert(
    op: Op, argument: Argument, value: Any, wanted: DType | None, default: DType | None
) -> Tensor:
    """Return an input as a tensor; of another dtype than wanted, if that is the dtype it has."""
    name, as_ref = argument.name, argument.is_ref
    try:
        return convert_to_tensor(value, wanted, name, preferred_dtype=default, as_ref=as_ref)
    except TypeError as error:
        if wanted is None:
            raise
        raise TypeError(
            f"Expected {wanted.name} passed to parameter '{name}' of op '{op.type}', got {value!r} "
            f"of type '{type(value).__name__}' instead. Error: {error}"
        ) from None
    except ValueError:
        try:
            return convert_to_tensor(value, None, name, as_ref=as_ref)
        except ValueError as error:
            raise ValueError(
                f"Tried to convert '{name}' to a tensor and failed. Error: {error}"
            ) from None


def _cast_hint(dtype: DType, types: Types) -> str:
    if dtype.is_integer and dtypes.float32 in types:
        return "\n  hint: tf.cast(x, tf.float32) converts it, and 1.0 instead of 1 makes a float"
    return ""


def _mismatch(
    op: Op, argument: Argument, wanted: DType, tensor: Tensor, bound: dict[str, Any]
) -> str:
    dtype = tensor.dtype.base_dtype
    first = f"Input '{argument.name}' of '{op.type}' Op has type {dtype.name} that does not match "
    peers = [a.name for a in op.signature.inputs if a.variable == argument.variable]
    if argument.dtype is not None or peers[0] == argument.name:
        first += f"expected type of {wanted.name}."
    else:
        first += f"type {wanted.name} of argument '{peers[0]}'."
    given = [(argument.name, tensor)]
    if f"{argument.variable} by" in bound:
        given.insert(0, bound[f"{argument.variable} by"])
    lines = [f"  '{name}' is {t!r}, made at\n  {t.op.site}" for name, t in given]
    whole = next((name for name, t in given if t.dtype.is_integer), None)
    if whole is not None and len(given) == 2 and (dtype.is_floating or wanted.is_floating):
        exact = (dtype if dtype.is_floating else wanted).name
        lines.append(
            f"  hint: tf.cast({whole}, tf.{exact}) converts it; a constant written 1.0 instead of "
            "1 is a float"
        )
    else:
        lines.append(f"  hint: tf.cast({argument.name}, tf.{wanted.name}) converts it")
    return "\n".join([first, *lines])


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
            continue
        try:
            tensor = convert_to_tensor(
                value, wanted, f"{argument.name}_{index}", as_ref=argument.is_ref
            )
        except (TypeError, ValueError) as error:
            names = [_dtype_name(entry) for entry in values]
            raise TypeError(_unlike(op, argument, names, error)) from None
        tensors.append(tensor)
    if wanted is None:
        if not tensors:
            raise ValueError(
                f"List argument '{argument.name}' to '{op.type}' Op with length 0 shorter than "
                "minimum length 1."
            )
        wanted = tensors[0].dtype.base_dtype
    found = [t.dtype.base_dtype for t in tensors]
    if any(kind is not wanted for kind in found):
        raise TypeError(_unlike(op, argument, [kind.name for kind in found]))
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


def _dtype_name(value: Any) -> str:
    """The dtype of an entry of a list, by itself."""
    try:
        return convert_to_tensor(value).dtype.base_dtype.name
    except (TypeError, ValueError):
        return "<NOT CONVERTIBLE TO TENSOR>"


def _unlike(
    op: Op, argument: Argument, found: Sequence[str], cause: Exception | None = None
) -> str:
    fixed = argument.dtype
    wanted = "don't all match" if fixed is None else f"do not match expected type {fixed.name}"
    first = (
        f"Tensors in list passed to '{argument.name}' of '{op.type}' Op have types "
        f"[{', '.join(found)}] that {wanted}."
    )
    return first if cause is None else f"{first}\n  {cause}"


def output_dtypes(op: Op, bound: dict[str, Any]) -> list[DType]:
    """Return the dtypes of the outputs, given what the type variables and counts are."""
    result: list[DType] = []
    for argument in op.signature.outputs:
        name = argument.variable or ""
        dtype: Any = argument.dtype or bound.get(name) or getattr(op, name, None)
        if argument.is_list:
            result += [as_dtype(d) for d in (dtype or ())]
            continue
        if not isinstance(dtype, DType):
            raise TypeError(f"the dtype {name} of {op.type}'s output is not known")
        length = 1
        if argument.count is not None:
            known = bound.get(argument.count)
            length = getattr(op, argument.count) if known is None else known
        result += [dtype._as_ref if argument.is_ref else dtype.base_dtype] * length
    return result
