"""Typed scalar code: what a group computes for one element."""

from __future__ import annotations

import re

from flowgraph.dtypes import DType
from flowgraph.plan.fused import Fused

_TYPES = {
    "float32": "float",
    "float64": "double",
    "int32": "int",
    "int64": "long",
    "bool": "unsigned char",
}

_REAL = re.compile(r"(?<![\w.])(\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)")


def type_of(dtype: DType) -> str:
    """Return the C type of a dtype that can be fused."""
    return _TYPES[dtype.base_dtype.name]


def value_type_of(dtype: DType) -> str:
    """Return the C type of a value in a register.

    That of a bool is wide: the compiler makes no vectors of a loop whose values are of one byte
    and of four.
    """
    return "int" if dtype.base_dtype.name == "bool" else type_of(dtype)


def statements(group: Fused) -> list[str]:
    """Return the statements that compute ``v<number>`` of each member from those before."""
    lines = []
    for number, member in enumerate(group.members, group.count):
        kind = value_type_of(member.dtype)
        text = member.scalar.format(*[f"v{i}" for i in member.inputs], T=kind)
        if kind == "float":  # a real number without a suffix would make the expression double
            text = _REAL.sub(r"\1f", text)
        lines.append(f"{kind} v{number} = {text};")
    return lines
