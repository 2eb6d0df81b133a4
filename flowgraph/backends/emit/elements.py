"""C of elementwise ops over shapes that are known."""

from __future__ import annotations

from collections.abc import Sequence

from flowgraph.backends.emit.axes import collapse
from flowgraph.backends.emit.code import Code, UnsupportedError, Value
from flowgraph.backends.emit.scalar import statements, value_type_of
from flowgraph.graph.op import Op
from flowgraph.plan.fused import Fused, Member
from flowgraph.plan.plan import Slot, Step, sizes_of

SCALARS: dict[str, tuple[str, str]] = {
    **{
        op: ("f", f"{op.lower()}({{0}})")
        for op in (
            "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh",
            "Erf", "Erfc",
        )
    },
    "Atan2": ("f", "atan2({0}, {1})"),
    "Pow": ("fi", "fg_pow_{T}({0}, {1}, &fault)"),
    "Div": ("fi", "fg_truncate_div_{T}({0}, {1}, &fault)"),
    "TruncateDiv": ("fi", "fg_truncate_div_{T}({0}, {1}, &fault)"),
    "FloorDiv": ("fi", "fg_floor_div_{T}({0}, {1}, &fault)"),
    "Mod": ("fi", "fg_truncate_mod_{T}({0}, {1}, &fault)"),
    "TruncateMod": ("fi", "fg_truncate_mod_{T}({0}, {1}, &fault)"),
    "FloorMod": ("fi", "fg_floor_mod_{T}({0}, {1}, &fault)"),
    "BitwiseAnd": ("i", "({0} & {1})"),
    "BitwiseOr": ("i", "({0} | {1})"),
    "BitwiseXor": ("i", "({0} ^ {1})"),
    "Invert": ("i", "(~{0})"),
    "LeftShift": ("i", "fg_left_shift_{T}({0}, {1})"),
    "RightShift": ("i", "fg_right_shift_{T}({0}, {1})"),
    "ZerosLike": ("fib", "0"),
    "OnesLike": ("fib", "1"),
}  # fmt: skip
"""What some ops do to one element, by the kinds of dtypes: with calls that no vector holds, or
that may be at fault, so that it is no code for other loops."""

_WORK = 4
"""What an elementwise op takes for one element, beside a multiplication in a product."""


def scalar_of(op: Op, slots: Sequence[Slot]) -> str | None:
    """Return what an op does to one element, for inputs and an output, if it is elementwise."""
    scalar = op.scalar(*slots) if op.has_scalar() else None
    if scalar is None and op.type in SCALARS:
        kinds, text = SCALARS[op.type]
        scalar = text if all(slot.dtype.kind in kinds for slot in slots) else None
    return scalar


def single(step: Step, scalar: str, slots: Sequence[Slot], sizes: tuple[int, ...]) -> Fused:
    """Return a step as a group of one."""
    *inputs, out = slots
    numbers = tuple(range(len(inputs)))
    member = Member(step.operation, step.op, scalar, numbers, out.dtype)
    return Fused((member,), len(inputs), (len(inputs),), sizes)


def select_rows(code: Code, op: Op, inputs: Sequence[Value], slots: Sequence[Slot]) -> list[Value]:
    """Write a choice between rows, by a condition for each."""
    condition, yes, no = inputs
    sizes = sizes_of(slots[0])
    if condition.sizes != sizes[:1] or yes.sizes != no.sizes:
        raise UnsupportedError("shapes that do not fit each other")
    out = code.declare(yes.dtype, sizes)
    with code.loops(sizes[0], out.count // sizes[0], is_free=True) as (row, i):
        place = f"{row} * {out.count // sizes[0]} + {i}"
        code.add(f"{out.at(place)} = {condition.at(row)} ? {yes.at(place)} : {no.at(place)};")
    code.work += 2 * out.count
    return [out]


def group(code: Code, op: Fused, inputs: Sequence[Value]) -> list[Value]:
    """Write a group; return its results."""
    for value in inputs:
        pairs = zip(reversed(value.sizes), reversed(op.sizes), strict=False)
        if len(value.sizes) > len(op.sizes) or any(m not in (1, n) for m, n in pairs):
            raise UnsupportedError("shapes that do not fit each other")
    axes = collapse(op.sizes, [value.sizes for value in inputs])
    dtypes = {op.count + n: member.dtype for n, member in enumerate(op.members)}
    outputs = [code.declare(dtypes[number], op.sizes) for number in op.results]
    with code.loops(*axes.sizes, is_free=True) as indices:
        for i, value in enumerate(inputs):
            element = value.at(_place(indices, axes.sizes, axes.varies[i]))
            code.add(f"const {value_type_of(value.dtype)} v{i} = {element};")
        code.add(*statements(op))
        place = _place(indices, axes.sizes, (True,) * len(indices))
        for number, output in zip(op.results, outputs, strict=True):
            code.add(f"{output.at(place)} = v{number};")
            if output.count == 1 and output.dtype.kind == "f":
                code.add(f"FG_SETTLE({output.name});")
    if outputs[0].count > 1:
        code.add("FG_SETTLE_MEMORY;")
    code.work += _WORK * len(op.members) * outputs[0].count
    return outputs


def _place(indices: Sequence[str], sizes: Sequence[int], varies: Sequence[bool]) -> str:
    """Return the code of an element's place, along the axes that an array has."""
    terms, stride = [], 1
    for index, size, is_own in reversed(list(zip(indices, sizes, varies, strict=True))):
        if is_own:
            terms.append(index if stride == 1 else f"{index} * {stride}")
            stride *= size
    return " + ".join(reversed([term for term in terms if term != "0"])) or "0"
