"""AttrValue to and from the attributes of ops."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from flowgraph import ops, protos
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.op import Op
from flowgraph.ops.tensor_proto import constant_proto, make_ndarray
from flowgraph.shapes import TensorShape

_FIELD_OF = {
    "Array": "tensor",
    "Body": "func",
    "DType": "type",
    "Tensor | str": "s",
    "TensorShape": "shape",
    "bool": "b",
    "bytes": "s",
    "float": "f",
    "int": "i",
    "str": "s",
    "str | bytes": "s",
}
"""Which field of an AttrValue holds an attribute, by the type that an op declares for it."""

_TENSORFLOW_NAMES = {"b": "bool", "f": "float", "i": "int", "s": "string"}

_REQUIRED = {
    "HashTableV2": {"key_dtype"},
    "IteratorV2": {"container", "shared_name"},
    "MutableHashTableOfTensorsV2": {"key_dtype"},
    "MutableHashTableV2": {"key_dtype"},
    "PriorityQueueV2": {"shapes"},
}
"""The attributes that have a default here and none in TensorFlow."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """What an attribute is: one of an AttrValue's fields, alone or in a list."""

    field: str
    is_list: bool = False
    is_text: bool = False

    def __str__(self) -> str:
        name = _TENSORFLOW_NAMES.get(self.field, self.field)
        return f"list({name})" if self.is_list else name


_kinds: dict[type[Op], dict[str, Kind | None]] = {}


def kinds(cls: type[Op]) -> dict[str, Kind | None]:
    """Return the kinds of an op's fields; ``None`` for what no file can hold."""
    found = _kinds.get(cls)
    if found is not None:
        return found
    found = _kinds[cls] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        text = field.type if isinstance(field.type, str) else field.type.__name__
        is_list = text.startswith("tuple[") and text.endswith(", ...]")
        each = text.removeprefix("tuple[").removesuffix(", ...]")
        held = _FIELD_OF.get(each.removeprefix("dtypes."))
        found[field.name] = None if held is None else Kind(held, is_list, "str" in each)
    return found


def kind_of(value: Any) -> Kind:
    """Return the kind of an attribute that no op declares."""
    if isinstance(value, list | tuple):
        return Kind(kind_of(value[0]).field if value else "s", is_list=True)
    for types, field in (
        ((bool, np.bool_), "b"),
        ((int, np.integer), "i"),
        ((float, np.floating), "f"),
        ((str, bytes), "s"),
        ((DType,), "type"),
        ((TensorShape,), "shape"),
        ((np.ndarray,), "tensor"),
    ):
        if isinstance(value, types):
            return Kind(field)
    raise NotImplementedError(f"an attribute of type {type(value).__name__} in a GraphDef")


def set_attribute(message: Any, value: Any, kind: Kind) -> None:
    """Write an attribute to an AttrValue."""
    if kind.is_list:
        message.list.SetInParent()
        getattr(message.list, kind.field).extend(_held(item, kind) for item in value)
    elif kind.field in ("func", "shape", "tensor"):
        getattr(message, kind.field).CopyFrom(_held(value, kind))
    else:
        setattr(message, kind.field, _held(value, kind))


def strip_defaults(graph_def: Any) -> None:
    """Take from the nodes of a GraphDef the attributes that have the defaults of their ops."""
    for node in graph_def.node:
        cls = ops.declared(node.op)
        for name, default in _defaults(cls).items() if cls is not None else ():
            if node.attr.get(name) == default:
                del node.attr[name]


def needs_value(cls: type[Op], field: dataclasses.Field[Any]) -> bool:
    """Whether an attribute has no default in TensorFlow."""
    return field.default is dataclasses.MISSING or field.name in _REQUIRED.get(cls.type, ())


def _defaults(cls: type[Op]) -> dict[str, Any]:
    """Return an op's defaults as AttrValue messages."""
    found = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        kind = kinds(cls)[field.name]
        if kind is not None and not needs_value(cls, field):
            found[field.name] = protos.AttrValue()
            set_attribute(found[field.name], field.default, kind)
    return found


def _held(value: Any, kind: Kind) -> Any:
    match kind.field:
        case "s":
            return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
        case "type":
            return as_dtype(value).base_dtype.as_datatype_enum
        case "shape":
            return shape_proto(value)
        case "tensor":
            return constant_proto(value, as_dtype(value.dtype))
        case "func":
            return protos.NameAttrList(name=value)
        case "i":
            return int(value)
        case "f":
            return float(value)
    return bool(value)


def attribute(message: Any, kind: Kind | None = None) -> Any:
    """Return the attribute that an AttrValue holds.

    Parameters
    ----------
    message : AttrValue
    kind : Kind, optional
        What it has to be; anything if left out.

    Raises
    ------
    ValueError
        If it is something else.
    """
    field = message.WhichOneof("value")
    if field is None:
        raise ValueError("an attribute without a value")
    if field == "placeholder" or (field == "func" and kind is None):
        raise NotImplementedError(f"an attribute that is a {field}")
    found = Kind(field) if field != "list" else _kind_of_list(message.list, kind)
    if kind is not None and (found.field, found.is_list) != (kind.field, kind.is_list):
        raise ValueError(f"AttrValue had value with type '{found}' when '{kind}' expected")
    text = kind is not None and kind.is_text
    if found.is_list:
        return [_read(item, found.field, text) for item in getattr(message.list, found.field)]
    return _read(getattr(message, field), field, text)


def _kind_of_list(message: Any, kind: Kind | None) -> Kind:
    filled = [descriptor.name for descriptor, _ in message.ListFields()]
    if not filled:
        return Kind(kind.field if kind is not None else "s", is_list=True)
    if len(filled) > 1:
        raise ValueError("a list attribute with values of several types")
    if filled[0] == "func":
        raise NotImplementedError("an attribute that is a list of func")
    return Kind(filled[0], is_list=True)


def _read(value: Any, field: str, is_text: bool) -> Any:
    match field:
        case "s":
            return value.decode("utf-8", "surrogateescape") if is_text else value
        case "func":
            return value.name
        case "type":
            return as_dtype(value)
        case "shape":
            return shape_of(value)
        case "tensor":
            return make_ndarray(value)
    return value


def shape_proto(shape: TensorShape) -> Any:
    """Return a shape as a TensorShapeProto."""
    message = protos.TensorShapeProto()
    if shape.sizes is None:
        message.unknown_rank = True
    else:
        for size in shape.sizes:
            message.dim.add(size=-1 if size is None else size)
    return message


def shape_of(message: Any) -> TensorShape:
    """Return the shape that a TensorShapeProto holds."""
    if message.unknown_rank:
        return TensorShape.of(None)
    if any(d.size < -1 for d in message.dim):
        raise ValueError("a dimension of a shape is negative")
    return TensorShape.of(tuple(None if d.size == -1 else d.size for d in message.dim))
