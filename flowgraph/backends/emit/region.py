"""C of the turns of a loop: one function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flowgraph.backends.emit.code import Code, UnsupportedError, Value
from flowgraph.backends.emit.lists import Given
from flowgraph.backends.emit.scalar import type_of
from flowgraph.backends.emit.steps import Region, body_plan, commit
from flowgraph.dtypes import Array
from flowgraph.plan.plan import Plan, Step

_SPAN = 1 << 19
"""Operations on elements in one call of the function, about a millisecond: then whoever calls can
be interrupted."""

_LARGEST = 1 << 20
"""Bytes of memory of a function: beyond it a turn takes so long that calls do not matter."""


@dataclass(frozen=True)
class Turns:
    """The turns of a loop as one function.

    It is called ``(memory, given, lengths, records, budget, state)``: it takes the variables from
    its memory, runs at most so many turns, writes the values to record one after another, puts
    the variables back, and returns how many turns there were. ``state`` says then whether the
    condition still holds, and whether the next turn has a fault: that one has changed nothing.

    Attributes
    ----------
    text : str
        The file.
    size : int
        Bytes of memory, which begins where vectors do.
    constants : list of (int, array)
        What lies there from the beginning, by place.
    places : dict of int to (int, Value)
        Where the feeds are to be copied to, by position.
    count : int
        The variables are the first so many of the places.
    given : list of Given
    records : list of Value
    budget : int
        The turns of about a millisecond.
    """

    text: str
    size: int
    constants: list[tuple[int, Array]]
    places: dict[int, tuple[int, Value]]
    count: int
    given: list[Given]
    records: list[Value]
    budget: int


def turns(plan: Plan, count: int) -> Turns:
    """Return the C of a loop's turns.

    Parameters
    ----------
    plan : Plan
        Of the body, for feeds of known shapes: see `flowgraph.backends.turns.Turns`.
    count : int
        The number of variables.

    Raises
    ------
    UnsupportedError
        If something in it has no C.
    """
    if plan.home:
        raise UnsupportedError(f"a body on {plan.home}")
    code = Code()
    region = Region(code, plan)
    homes = [region.home(position) for position in range(count)]
    with code.block(f"while (turns < budget && spent < {_SPAN})"):
        region.write()
        again, *fetches = [region.value(slot) for slot in plan.fetches]
        code.add("if (fault) break;", f"again = {again.name};")
        for number, value in enumerate(fetches[count:]):
            kind = type_of(value.dtype)
            target = f"(({kind} *)records[{number}] + turns * {value.count})"
            code.copy(value, Value(f"*{target}" if value.count == 1 else target, *value.form))
        region.outside.settle(code)
        commit(code, homes, fetches[:count])
        code.add("turns++;", "if (!again) break;")
    for at, value in [region.places[position] for position in range(count)]:
        if value.count == 1:
            code.add(f"*({type_of(value.dtype)} *)(memory + {at}) = {value.name};")
    if code.size > _LARGEST:
        raise UnsupportedError("values that are large")
    code.add("state[0] = again;", "state[1] = fault;", "return turns;")
    parameters = (
        "char *memory, const void *const *given, const long *lengths, void *const *records, "
        "long budget, long *state"
    )
    lines = [
        '#include "region.h"\n',
        f"long turns({parameters}) {{",
        "    memory = __builtin_assume_aligned(memory, 64);",
        *[f"    {line}" for line in code.declarations],
        "    unsigned char again = 1;",
        "    int fault = 0;",
        "    long turns = 0, spent = 0;",
        *code.lines,
        "}\n",
    ]
    return Turns(
        "\n".join(lines), code.size, code.constants, region.places, count, region.outside.given,
        fetches[count:], max(1, _SPAN // (code.work + 8)),
    )  # fmt: skip


def turns_of(step: Step, plan: Plan) -> Turns:
    """Return the C of the turns of a loop that is a step of a plan.

    Raises
    ------
    UnsupportedError
        If something in it has no C.
    """
    op: Any = step.op
    _, graph, inputs, results = op.insides()[1]
    saved = list(op.body.saved) if op.saves else []
    given = [replace(slot, value=None) for slot in plan.specs(step)]
    return turns(body_plan(graph, [*results, *saved], inputs, given, plan), len(op.Tout))
