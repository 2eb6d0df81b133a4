"""Kernels that reduce an array, or what a group makes of arrays."""

from __future__ import annotations

from collections.abc import Sequence

from flowgraph.backends.emit.axes import Axes
from flowgraph.backends.emit.cuda import TYPES, index_type, named, offsets
from flowgraph.backends.emit.scalar import Group, statements

JOINS = {
    "Sum": "sum_of",
    "Mean": "sum_of",
    "Prod": "product_of",
    "Max": "largest_of",
    "Min": "smallest_of",
    "Any": "any_of",
    "All": "all_of",
}
"""How each op joins two numbers."""

FORMS = ("warps", "blocks", "columns")
"""A warp for each row, a block for each part of a row, or for a part of some columns."""


def function(
    op: str,
    form: str,
    dtypes: Sequence[str],
    result: str,
    axes: Axes | None,
    group: Group | None,
    is_partial: bool,
    is_large: bool,
) -> tuple[str, str]:
    """Return the name and the text of a kernel that reduces (outer, count, inner) to two axes.

    Its arguments are the sizes outer, count and inner, the elements of a part, what a mean is
    divided by, the length of each axis of the group, the inputs and the output.

    Parameters
    ----------
    op : str
        A key of `JOINS`.
    form : str
        One of `FORMS`.
    dtypes : sequence of str
        Of the inputs.
    result : str
        The dtype of what is reduced.
    axes : Axes, optional
        The group's.
    group : Group, optional
        Its only result is reduced. Otherwise the only input is.
    is_partial : bool
        Whether the result is to be reduced again: it is left as it was computed.
    is_large : bool
        Whether an index takes 64 bits.
    """
    index = index_type(is_large)
    stored, computed = TYPES[result]
    pointers = [f"const {TYPES[dtype][0]} *a{i}" for i, dtype in enumerate(dtypes)]
    lengths = [f"{index} n{axis}" for axis in range(len(axes.sizes) if axes else 0)]
    fields = [*lengths, *pointers]
    if group is None or axes is None:
        code = ["return a0[index];"]
    else:
        taken, places = offsets(axes)
        loads = [
            f"const {TYPES[dtype][1]} v{i} = a{i}[{place}];"
            for i, (dtype, place) in enumerate(zip(dtypes, places, strict=True))
        ]
        code = [*taken, *loads, *statements(group, TYPES), f"return v{group.results[0]};"]
    target = computed if is_partial else stored
    final = "value / divisor" if op == "Mean" and not is_partial else "value"
    names = ", ".join(field.split()[-1].lstrip("*") for field in fields)
    sizes = {
        "warps": "outer, count",
        "blocks": "outer, count, step",
        "columns": "count, inner, step",
    }
    call = {"warps": "reduce_in_warps", "blocks": "reduce_in_blocks", "columns": "reduce_columns"}
    parameters = [f"{index} {name}" for name in ("outer", "count", "inner", "step")]
    parameters += ["double divided_by", *fields, f"{target} *out"]
    text = f"""struct NAME_load {{
{_lines(4, [f"{field};" for field in fields])}    typedef {index} index_t;
    __device__ {computed} operator()(index_t index) const {{
{_lines(8, code)}    }}
}};
struct NAME_store {{
    {computed} divisor;
    {target} *out;
    __device__ void operator()({index} i, {computed} value) const {{ out[i] = {final}; }}
}};
extern "C" __global__ void __launch_bounds__(256) NAME({", ".join(parameters)}) {{
    NAME_load load = {{{names}}};
    NAME_store store = {{({computed})divided_by, out}};
    {call[form]}<{computed}>({JOINS[op]}(), {sizes[form]}, load, store);
}}
"""
    return named(text, "reduction")


def _lines(indent: int, lines: Sequence[str]) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in lines)
