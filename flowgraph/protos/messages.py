"""The message classes, built from the tables.

They stand in a descriptor pool of their own, under TensorFlow's package name: messages packed
in an ``Any`` say who they are by it, and a TensorFlow in the same process has its own pool.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from flowgraph.protos.schema import Block, blocks

PACKAGE = "tensorflow"

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    name: _FIELD.Type.Value(f"TYPE_{name.upper()}")
    for names in (
        ("bool", "bytes", "double", "fixed32", "fixed64", "float"),
        ("int32", "int64", "string", "uint32", "uint64"),
    )
    for name in names
}


@functools.cache
def _pool() -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="flowgraph/protos.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[any_pb2.DESCRIPTOR.name],
    )
    types = {name: kind for block in blocks() for name, kind in _declared(block, f".{PACKAGE}")}
    types[".google.protobuf.Any"] = "message"
    for block in blocks():
        if block.words[0] == "enum":
            _fill_enum(file.enum_type.add(), block)
        else:
            _fill_message(file.message_type.add(), block, f".{PACKAGE}", types)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def message_or_enum(name: str) -> Any:
    """Return a message's class, or the wrapper of an enum, by its name."""
    if next(block for block in blocks() if block.words[1] == name).words[0] == "enum":
        return EnumTypeWrapper(_pool().FindEnumTypeByName(f"{PACKAGE}.{name}"))
    found = message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{name}"))
    found.__module__ = "flowgraph.protos"
    return found


def _declared(block: Block, scope: str) -> Iterator[tuple[str, str]]:
    """Yield the full name of every message and enum, and which of the two it is."""
    kind = block.words[0]
    if kind in ("message", "enum"):
        full = f"{scope}.{block.words[1]}"
        yield full, kind
        for inner in block.inside:
            yield from _declared(inner, full)


def _fill_enum(enum: Any, block: Block) -> None:
    enum.name = block.words[1]
    for line in block.inside:
        enum.value.add(name=line.words[0], number=int(line.words[-1]))


def _fill_message(message: Any, block: Block, scope: str, types: dict[str, str]) -> None:
    message.name = block.words[1]
    full = f"{scope}.{message.name}"
    for line in block.inside:
        match line.words[0]:
            case "message":
                _fill_message(message.nested_type.add(), line, full, types)
            case "enum":
                _fill_enum(message.enum_type.add(), line)
            case "oneof":
                index = len(message.oneof_decl)
                message.oneof_decl.add(name=line.words[1])
                for inner in line.inside:
                    _add_field(message, inner.words, full, types).oneof_index = index
            case _:
                _add_field(message, line.words, full, types)


def _add_field(message: Any, words: list[str], scope: str, types: dict[str, str]) -> Any:
    name, *kind, _, number = words
    field = message.field.add(name=name.rstrip(":"), number=int(number))
    field.label = _FIELD.LABEL_OPTIONAL
    if kind[0] == "repeated" or kind[0].startswith("map<"):
        field.label = _FIELD.LABEL_REPEATED
    if not kind[0].startswith("map<"):
        _set_type(field, kind[-1], scope, types)
        return field
    # On the wire a map is a list of messages of a key and a value.
    entry = message.nested_type.add(name=f"{field.name.title().replace('_', '')}Entry")
    entry.options.map_entry = True
    parts = {"key": kind[0][len("map<") : -1], "value": kind[1][:-1]}
    for place, (part, part_type) in enumerate(parts.items(), 1):
        inner = entry.field.add(name=part, number=place, label=_FIELD.LABEL_OPTIONAL)
        _set_type(inner, part_type, scope, types)
    field.type, field.type_name = _FIELD.TYPE_MESSAGE, f"{scope}.{entry.name}"
    return field


def _set_type(field: Any, name: str, scope: str, types: dict[str, str]) -> None:
    """Set a field's type: a scalar's, or that of the innermost message or enum of that name."""
    if name in _SCALARS:
        field.type = _SCALARS[name]
        return
    full = next(full for full in _candidates(name, scope) if full in types)
    field.type = _FIELD.TYPE_ENUM if types[full] == "enum" else _FIELD.TYPE_MESSAGE
    field.type_name = full


def _candidates(name: str, scope: str) -> Iterable[str]:
    parts = scope.split(".")
    return [".".join([*parts[:end], name]) for end in range(len(parts), 0, -1)]
