"""Loops around scalar code: a group over arrays that are broadcast against each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowgraph.backends.emit.axes import Axes, indices, offset
from flowgraph.backends.emit.scalar import statements, type_of, value_type_of
from flowgraph.dtypes import DType
from flowgraph.plan.fused import Fused

_CHUNK = 1 << 15
"""Elements of a task: so few that the threads share evenly, so many that they pay."""

_LENGTH = "w->n"
"""The length of an axis, before its number: a field of the job."""

_SLOW = re.compile(r"\b(exp|expm1|log|log1p|tanh)\(")
"""What takes some ten times as long as an addition."""


def function(name: str, group: Fused, dtypes: Sequence[DType], axes: Axes) -> str:
    """Return the C function of a group.

    Its arguments are the length of each axis, the inputs and the outputs; the code is the same
    for all lengths.

    Parameters
    ----------
    name : str
    group : Fused
    dtypes : sequence of DType
        Of the inputs.
    axes : Axes
    """
    rank = len(axes.sizes)
    inner = rank - 1
    is_slow = any(_SLOW.search(member.scalar) for member in group.members)
    chunk = _CHUNK // 4 if is_slow else _CHUNK
    made = {group.count + n: type_of(member.dtype) for n, member in enumerate(group.members)}
    sources = [f"const {type_of(dtype)} *a{i}" for i, dtype in enumerate(dtypes)]
    targets = [f"{made[number]} *o{number}" for number in group.results]
    lengths = [f"long n{axis}" for axis in range(rank)]
    fields = "".join(f"    {field};\n" for field in (*lengths, *sources, *targets))
    fixed, moving = [], []
    for i, dtype in enumerate(dtypes):
        line = f"const {value_type_of(dtype)} v{i} = "
        if axes.varies[i][inner]:
            moving.append(f"{line}a{i}[i];")
        else:
            fixed.append(f"{line}*a{i};")
    stores = [f"o{number}[i] = v{number};" for number in group.results]
    depth = 8 if rank > 1 else 4
    loop = _lines(depth + 4, [*moving, *statements(group), *stores])
    margin = " " * depth
    begin, bounds = _bounds(rank, chunk)
    offsets = [
        f"const {type_of(dtype)} *a{i} = w->a{i}{_along(axes.varies[i])};"
        for i, dtype in enumerate(dtypes)
    ]
    row = " + row * w->n" + str(inner) if rank > 1 else ""
    offsets += [f"{made[number]} *o{number} = w->o{number}{row};" for number in group.results]
    names = [f"n{axis}" for axis in range(rank)]
    names += [f"a{i}" for i in range(len(dtypes))] + [f"o{number}" for number in group.results]
    rows = " * ".join(names[:inner]) or "1"
    count = f"fg_tasks({rows}, n{inner}, {chunk})" if rank > 1 else f"(n0 + {chunk - 1}) / {chunk}"
    return (
        f"typedef struct {{\n{fields}}} {name}_job;\n\n"
        f"static void {name}_task(void *context, long index) {{\n"
        f"    const {name}_job *w = context;\n"
        f"{begin}"
        f"{_lines(depth, [*_indices(rank), *offsets, *fixed])}"
        f"#pragma GCC ivdep\n"
        f"{margin}for (long i = {bounds}; i++) {{\n"
        f"{loop}"
        f"{margin}}}\n"
        f"{'    }' + chr(10) if rank > 1 else ''}"
        f"}}\n\n"
        f"void {name}({', '.join((*lengths, *sources, *targets))}) {{\n"
        f"    {name}_job job = {{{', '.join(names)}}};\n"
        f"    fg_parallel({name}_task, &job, {count});\n"
        f"}}\n"
    )


def _lines(indent: int, lines: Sequence[str]) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def _bounds(rank: int, chunk: int) -> tuple[str, str]:
    """Return the code that opens the loop over rows, if there is one, and the inner bounds."""
    if rank == 1:
        return (
            f"    long begin = index * {chunk}, end = fg_min(begin + {chunk}, w->n0);\n",
            "begin; i < end",
        )
    rows = " * ".join(f"w->n{axis}" for axis in range(rank - 1))
    return (
        f"    long step = fg_rows(w->n{rank - 1}, {chunk}), begin = index * step;\n"
        f"    long end = fg_min(begin + step, {rows});\n"
        f"    for (long row = begin; row < end; row++) {{\n",
        f"0; i < w->n{rank - 1}",
    )


def _indices(rank: int) -> list[str]:
    """Return the code that takes a row's number apart."""
    return [*indices(rank - 1, "row", "long", _LENGTH), "(void)i0;"] if rank > 1 else []


def _along(varies: Sequence[bool]) -> str:
    """Return the code of an input's offset in a row."""
    found = offset(varies, len(varies) - 1, _LENGTH)
    return f" + {found}" if found else ""
