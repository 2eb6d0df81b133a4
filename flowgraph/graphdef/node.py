"""One NodeDef message to the attributes and inputs of an op."""

from __future__ import annotations

import dataclasses
from typing import Any

from flowgraph.dtypes import DType
from flowgraph.graph.op import Op
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.attributes import Kind, attribute, kinds
from flowgraph.graphdef.writer import CONSTANT_ATTRIBUTES
from flowgraph.ops import host


def is_readable(cls: type[Op]) -> bool:
    """Whether a file can hold all attributes of an op."""
    return None not in _kinds_of(cls).values()


def read_attributes(
    node: Any, cls: type[Op], defaults: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a node's attributes: the op's fields, what its inputs imply, and the others.

    Parameters
    ----------
    node : NodeDef
    cls : type of Op
    defaults : dict of str to AttrValue
        What the writer of the file takes attributes for that a node leaves out.

    Raises
    ------
    ValueError
        If an attribute is missing, unknown or of another type.
    """
    declared = _kinds_of(cls)
    implied_kinds = _implied_kinds(cls)
    constant = CONSTANT_ATTRIBUTES.get(node.op, {})
    fields: dict[str, Any] = {}
    implied: dict[str, Any] = {}
    annotations: dict[str, Any] = {}
    for name, message in node.attr.items():
        try:
            if name in declared:
                value = attribute(message, declared[name])
                fields[name] = tuple(value) if isinstance(value, list) else value
            elif name in implied_kinds:
                implied[name] = attribute(message, implied_kinds[name])
            elif name.startswith("_"):
                annotations[name] = attribute(message)
            elif name in constant and attribute(message) == constant[name]:
                continue
            elif message != defaults.get(name):
                raise ValueError(
                    f"NodeDef mentions attr '{name}' not in Op<name={node.op}; "
                    f"signature={cls.signature.text}>"
                )
        except (NotImplementedError, TypeError, ValueError) as error:
            raise type(error)(
                f"{error}\n\t for attr '{name}'\n\t; NodeDef: {{{{node {node.name}}}}}"
            ) from None
    required = [f.name for f in _fields(cls) if f.default is dataclasses.MISSING]
    missing = [n for n in required if n not in fields]
    missing += [n for n in implied_kinds if n not in implied and n not in declared]
    if missing:
        raise ValueError(
            f"NodeDef missing attr{'s' * (len(missing) > 1)} "
            f"{', '.join(repr(n) for n in missing)} from Op<name={node.op}; "
            f"signature={cls.signature.text}>; NodeDef: {{{{node {node.name}}}}}"
        )
    return fields, implied, annotations


def check_inputs(name: str, op: Op, tensors: tuple[Tensor, ...], implied: dict[str, Any]) -> None:
    """Raise ValueError unless the inputs have the dtypes that the attributes state."""
    wanted: list[DType] = []
    for argument in op.signature.inputs:
        kind = argument.dtype or implied.get(argument.variable or "")
        kind = kind if kind is not None else getattr(op, argument.variable or "", None)
        if argument.is_list:
            wanted.extend(kind if isinstance(kind, list | tuple) else ())
            continue
        count = 1
        if argument.count is not None:
            count = implied.get(argument.count, getattr(op, argument.count, 0))
        if kind is None:
            raise ValueError(f"NodeDef missing attr '{argument.variable}' in '{name}'")
        types = op.signature.variables.get(argument.variable or "")
        if types is not None and kind not in types:
            raise ValueError(
                f"Value for attr '{argument.variable}' of {kind.name} is not in the list of "
                f"allowed values: {types}\n\t; NodeDef: {{{{node {name}}}}}"
            )
        if not 0 <= count <= len(tensors):
            raise ValueError(
                f"NodeDef '{name}' states {count} inputs for '{argument.name}' and has "
                f"{len(tensors)}"
            )
        wanted += [kind._as_ref if argument.is_ref else kind] * count
    if len(wanted) != len(tensors):
        names = ", ".join(kind.name for kind in wanted)
        raise ValueError(
            f"NodeDef expected inputs '{names}' do not match {len(tensors)} inputs specified; "
            f"Op<name={op.type}; signature={op.signature.text}>; "
            f"NodeDef: {{{{node {name}}}}}"
        )
    for index, (tensor, kind) in enumerate(zip(tensors, wanted, strict=True)):
        found = tensor.dtype
        if found is not kind and (kind.is_ref_dtype or found.base_dtype is not kind):
            raise ValueError(
                f"Input {index} of node {name} was passed {found.name} from "
                f"{tensor.name} incompatible with expected {kind.name}."
            )


def _fields(cls: type[Op]) -> tuple[Any, ...]:
    """Return the fields that a file gives."""
    omitted = {"function"} if issubclass(cls, host.PyFunc) else set()
    return tuple(
        field
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
        if field.name not in omitted
    )


def _kinds_of(cls: type[Op]) -> dict[str, Kind | None]:
    found = kinds(cls)
    return {field.name: found[field.name] for field in _fields(cls)}


def _implied_kinds(cls: type[Op]) -> dict[str, Kind]:
    """Return the attributes that the inputs imply, in the order of the signature."""
    found: dict[str, Kind] = {}
    for argument in cls.signature.inputs:
        if argument.count is not None:
            found[argument.count] = Kind("i")
        if argument.variable is not None:
            found[argument.variable] = Kind("type", is_list=argument.is_list)
    return found
