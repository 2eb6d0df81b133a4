"""Contexts in files: which nodes TensorFlow's branches and loops of Switch and Merge consist of.

Here these become one operation each. What a file says of them is kept in the collections, as
messages, and written again with the nodes that it names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import protos
from flowgraph.graph.scope import GraphKeys
from flowgraph.graphdef.collection_def import register_proto_function
from flowgraph.graphdef.rewriting import source

_KINDS = {GraphKeys.COND_CONTEXT: "CondContextDef", GraphKeys.WHILE_CONTEXT: "WhileContextDef"}


def _kept(message: Any, scope: str | None) -> Any:
    return message


def _under(message: Any, scope: str | None) -> Any:
    """Return a context with its names under a name scope."""
    return _renamed(message, lambda name: f"{scope}/{name}") if scope else message


for _key, _kind in _KINDS.items():
    register_proto_function(_key, _kind, _kept, _under)


def drop_lost_contexts(meta_graph: Any) -> None:
    """Drop the contexts of a MetaGraphDef whose nodes it does not have: TensorFlow fails there."""
    nodes = {node.name for node in meta_graph.graph_def.node}
    for key in _KINDS.keys() & meta_graph.collection_def.keys():
        values = meta_graph.collection_def[key].bytes_list.value
        kept = [value for value in values if _names(key, value) <= nodes]
        if kept:
            values[:] = kept
        else:
            del meta_graph.collection_def[key]


def _names(key: str, value: bytes) -> set[str]:
    """Return the names of the nodes that a context speaks of."""
    found: set[str] = set()

    def seen(name: str) -> str:
        found.add(source(name))
        return name

    message = getattr(protos, _KINDS[key]).FromString(value)
    _renamed(message, seen)
    return found - _own_names(message)


def _own_names(message: Any) -> set[str]:
    """Return the names of a context and those inside it, which are no nodes."""
    inner = [getattr(nested, nested.WhichOneof("ctxt")) for nested in message.nested_contexts]
    return {message.context_name}.union(*map(_own_names, inner))


def _renamed(message: Any, rename: Callable[[str], str]) -> Any:
    """Return a copy of a message with all of its strings renamed."""
    made = type(message)()
    for field, value in message.ListFields():
        target = getattr(made, field.name)
        entry = field.message_type
        if entry is not None and entry.GetOptions().map_entry:
            target.update({rename(k): rename(v) for k, v in value.items()})
        elif entry is not None and field.is_repeated:
            target.extend([_renamed(item, rename) for item in value])
        elif entry is not None:
            target.CopyFrom(_renamed(value, rename))
        elif field.cpp_type != field.CPPTYPE_STRING:
            setattr(made, field.name, value)
        elif field.is_repeated:
            target.extend(map(rename, value))
        else:
            setattr(made, field.name, rename(value))
    return made
