"""Collections of a graph to CollectionDef messages, and back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from flowgraph import protos
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import GraphKeys
from flowgraph.variables.variable import Variable


class _Conversion(NamedTuple):
    """How the members of a collection become messages."""

    message: str
    to_proto: Callable[[Any, str | None], Any]
    from_proto: Callable[[Any, str | None], Any]


_conversions: dict[str, _Conversion] = {}


def register_proto_function(
    collection_name: str,
    message: str,
    to_proto: Callable[[Any, str | None], Any],
    from_proto: Callable[[Any, str | None], Any],
) -> None:
    """Say how the members of a collection are kept in files.

    Parameters
    ----------
    collection_name : str
    message : str
        The name of the message class in `flowgraph.protos`.
    to_proto, from_proto : callable
        From a member, or a message, and a name scope or ``None``, to the other of the two.

    Raises
    ------
    KeyError
        If it was said before.
    """
    if collection_name in _conversions:
        raise KeyError(f"the collection {collection_name!r} is registered already")
    _conversions[collection_name] = _Conversion(message, to_proto, from_proto)


for _name in (
    GraphKeys.GLOBAL_VARIABLES,
    GraphKeys.TRAINABLE_VARIABLES,
    GraphKeys.MOVING_AVERAGE_VARIABLES,
    GraphKeys.LOCAL_VARIABLES,
    GraphKeys.MODEL_VARIABLES,
    GraphKeys.GLOBAL_STEP,
    GraphKeys.METRIC_VARIABLES,
):
    register_proto_function(_name, "VariableDef", Variable.to_proto, Variable.from_proto)


def export_collection(message: Any, key: str, graph: Graph) -> None:
    """Write one collection to a MetaGraphDef; one that has no form there is left out.

    TensorFlow warns of that too: programs keep anything in collections.
    """
    items = graph.get_collection(key)
    if not items:
        return
    try:
        found = _collection_def(key, items)
    except (AttributeError, NotImplementedError, TypeError, ValueError) as error:
        logging.getLogger("tensorflow").warning(
            "Issue encountered when serializing %s.\nType is unsupported, or the types of the "
            "items don't match field type in CollectionDef. Note this is a warning and probably "
            "safe to ignore.\n%s",
            key,
            error,
        )
        return
    message.collection_def[key].CopyFrom(found)


def _collection_def(key: str, items: list[Any]) -> Any:
    found = protos.CollectionDef()
    if key in _conversions:
        written = [_conversions[key].to_proto(item, None) for item in items]
        found.bytes_list.value.extend(m.SerializeToString() for m in written if m is not None)
        return found
    first = items[0]
    if isinstance(first, str | bytes):
        found.bytes_list.value.extend(i.encode() if isinstance(i, str) else i for i in items)
    elif isinstance(first, int):
        found.int64_list.value.extend(items)
    elif isinstance(first, float):
        found.float_list.value.extend(items)
    elif hasattr(first, "type_url"):  # an Any message, of this descriptor pool or another
        for item in items:
            found.any_list.value.add(type_url=item.type_url, value=item.value)
    else:
        found.node_list.value.extend(item.name for item in items)
    return found


def import_collection(
    key: str, message: Any, graph: Graph, scope: str | None, made: dict[bytes, Any]
) -> None:
    """Add what a CollectionDef lists to a graph's collection.

    Parameters
    ----------
    key : str
    message : CollectionDef
    graph : Graph
    scope : str or None
        The name scope that the graph's operations were put under.
    made : dict of bytes to object
        The members made so far: one that is in several collections is one object.
    """
    kind = message.WhichOneof("kind")
    if kind is None:
        return
    values = getattr(message, kind).value
    prefix = f"{scope}/" if scope else ""
    conversion = _conversions.get(key)
    for value in values:
        if conversion is not None and kind == "bytes_list":
            if value not in made:
                definition = getattr(protos, conversion.message).FromString(value)
                made[value] = conversion.from_proto(definition, scope)
            graph.add_to_collection(key, made[value])
        elif kind == "node_list":
            graph.add_to_collection(key, graph.as_graph_element(prefix + value))
        else:
            graph.add_to_collection(key, value)
