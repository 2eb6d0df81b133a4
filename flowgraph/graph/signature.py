"""Signatures: the arguments and results of an op, as one line of text.

``"a: T, b: T -> product: T"`` says that both inputs share one dtype, which is
also the output's. The forms of an argument's type are

=============  ====================================================
``T``          one tensor; the dtype is the type variable ``T``
``float32``    one tensor of that dtype
``N*T``        a list of ``N`` tensors of one dtype
``list(Ts)``   a list of tensors, each of its own dtype
``ref(T)``     a variable's reference, not its value
=============  ====================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from flowgraph import dtypes
from flowgraph.dtypes import DType

_ARGUMENT = re.compile(
    r"^(?P<name>\w+)\s*:\s*(?:(?P<ref>ref)\((?P<reftype>\w+)\)|list\((?P<list>\w+)\)"
    r"|(?P<count>\w+)\*(?P<each>\w+)|(?P<type>\w+))$"
)


@dataclass(frozen=True)
class Types:
    """The dtypes that a type variable may take, and the one an untyped value prefers."""

    allowed: tuple[DType, ...]
    default: DType | None = None
    listed: str = ""
    """TensorFlow's list, where it has dtypes for which there is no computation."""

    def __contains__(self, dtype: DType) -> bool:
        return dtype.base_dtype in self.allowed

    def __str__(self) -> str:
        return self.listed or ", ".join(dtype.name for dtype in self.allowed)


@dataclass(frozen=True)
class Argument:
    """One argument or result. Exactly one of ``dtype`` and ``variable`` is set."""

    name: str
    dtype: DType | None = None
    variable: str | None = None
    count: str | None = None
    is_list: bool = False
    is_ref: bool = False

    @property
    def is_sequence(self) -> bool:
        """Whether the argument stands for several tensors."""
        return self.is_list or self.count is not None


def _parse(text: str, variables: dict[str, Types]) -> tuple[Argument, ...]:
    arguments = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _ARGUMENT.match(part)
        if match is None:
            raise ValueError(f"cannot parse the argument {part!r} of a signature")
        kind = match["type"] or match["each"] or match["reftype"] or match["list"]
        fixed = None if kind in variables or match["list"] else getattr(dtypes, kind, None)
        arguments.append(
            Argument(
                match["name"],
                dtype=fixed,
                variable=None if fixed is not None else kind,
                count=match["count"],
                is_list=match["list"] is not None,
                is_ref=match["ref"] is not None,
            )
        )
    return tuple(arguments)


class Signature:
    """The parsed form of a signature.

    Parameters
    ----------
    text : str
        Inputs and outputs, see the module's table.
    **variables : Types
        The dtypes each type variable may take. A name in ``text`` that is
        neither listed here nor a dtype is a type variable that takes any.
    """

    def __init__(self, text: str, **variables: Types) -> None:
        self.text = text
        self.variables = variables
        inputs, _, outputs = text.partition("->")
        self.inputs = _parse(inputs, variables)
        self.outputs = _parse(outputs, variables)

    def __repr__(self) -> str:
        return f"Signature({self.text!r})"

    @cached_property
    def is_plain(self) -> bool:
        """Whether every input and output is exactly one tensor."""
        return not any(argument.is_sequence for argument in self.inputs + self.outputs)

    @cached_property
    def type_variables(self) -> frozenset[str]:
        """The names of the type variables."""
        return frozenset(a.variable for a in self.inputs + self.outputs if a.variable is not None)
