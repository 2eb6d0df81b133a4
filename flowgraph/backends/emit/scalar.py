"""Typed scalar code: what a group computes for one element."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from flowgraph.dtypes import DType

_TYPES = {
    "float32": ("float", "float"),
    "float64": ("double", "double"),
    "int32": ("int", "int"),
    "int64": ("long", "long"),
    "bool": ("unsigned char", "int"),
}
"""How C stores the elements of a dtype, and what it computes with.

A bool is wide in a register: the compiler makes no vectors of a loop whose values are of one byte
and of four.
"""

_REAL = re.compile(r"(?<![\w.])(\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)")


class Member(Protocol):
    """What one element of a group's value is made of, as in `flowgraph.plan.fused.Member`."""

    @property
    def scalar(self) -> str: ...

    @property
    def inputs(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> DType: ...


class Group(Protocol):
    """Scalar code over several inputs, as in `flowgraph.plan.fused.Fused`."""

    @property
    def members(self) -> Sequence[Member]: ...

    @property
    def count(self) -> int: ...

    @property
    def results(self) -> tuple[int, ...]: ...


def type_of(dtype: DType) -> str:
    """Return the C type of a dtype that can be fused."""
    return _TYPES[dtype.base_dtype.name][0]


def value_type_of(dtype: DType) -> str:
    """Return the C type of a value in a register."""
    return _TYPES[dtype.base_dtype.name][1]


def statements(group: Group, types: Mapping[str, tuple[str, str]] = _TYPES) -> list[str]:
    """Return the statements that compute ``v<number>`` of each member from those before.

    A real number that is stored in fewer bits is rounded to them, as it would be without fusion.

    Parameters
    ----------
    group : Group
    types : mapping
        A dialect's types for each dtype: what is stored, and what is computed with.
    """
    lines = []
    for number, member in enumerate(group.members, group.count):
        stored, computed = types[member.dtype.base_dtype.name]
        text = member.scalar.format(*[f"v{i}" for i in member.inputs], T=computed)
        if computed == "float":  # a real number without a suffix would make the expression double
            text = _REAL.sub(r"\1f", text)
            text = text if stored == computed else f"{stored}({text})"
        lines.append(f"{computed} v{number} = {text};")
    return lines
