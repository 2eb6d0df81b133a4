"""The numbers of element types, by the names that ``types_pb2`` has: ``DT_FLOAT`` is 1."""

from __future__ import annotations

from flowgraph.protos import DataType


def __getattr__(name: str) -> int:
    if name not in dict(DataType.items()):
        raise AttributeError(f"module 'types_pb2' has no attribute {name!r}")
    return int(DataType.Value(name))


def __dir__() -> list[str]:
    return list(DataType.keys())
