"""TensorFlow's messages: GraphDef, Event, Example and the rest, made on first use.

``from flowgraph.protos import GraphDef`` gives the message class; so do the top-level enums,
such as ``DataType``, which map names to numbers. `protobuf` is loaded with the first of them.
"""

from typing import Any

from flowgraph.protos.schema import names


def __getattr__(name: str) -> Any:
    if name not in names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from flowgraph.protos import messages

    found = messages.message_or_enum(name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(names())
