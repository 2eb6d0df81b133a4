"""A plan as text: one line a step, in the order of execution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowgraph.plan.costs import FREE, Cost, step_cost
from flowgraph.plan.fused import Fused
from flowgraph.plan.passes import optimise
from flowgraph.plan.plan import Plan, Request, Slot, Step
from flowgraph.plan.prune import prune


def text(plan: Plan, tiers: Sequence[str] = (), reasons: Sequence[str] = ()) -> str:
    """Return the plan as a table: slots with dtype and shape, the op, and the user's line.

    ``%3`` is slot 3, ``@1`` the planned buffer 1, ``^name`` a step waited for. The members of
    a fused group, and the plans inside a branch or a loop, stand below its step.

    Parameters
    ----------
    plan : Plan
    tiers : sequence of str
        A word for each step, to stand in front of it.
    reasons : sequence of str
        Words for each step, to stand behind it; empty for none.
    """
    lines = [f"feed  %{i} {_form(plan.slots[i])}  {plan.slots[i].tensor.name}" for i in plan.feeds]
    used = {i for step in plan.steps for i in step.inputs} | set(plan.fetches)
    for i in sorted(used):
        slot = plan.slots[i]
        if slot.value is not None:
            lines.append(f"const %{i} {_form(slot)}  {slot.tensor.name} = {_value(slot)}")
    words = tiers or ["step"] * len(plan.steps)
    wide = max(map(len, words), default=0)
    steps = [
        (f"{word:<{wide}}  {_left(step, plan)}", _right(step))
        for word, step in zip(words, plan.steps, strict=True)
    ]
    width = min(max((len(left) for left, _ in steps), default=0), 76)
    notes = [f"  ({reason})" * bool(reason) for reason in reasons] or [""] * len(plan.steps)
    for step, (left, right), note in zip(plan.steps, steps, notes, strict=True):
        lines.append(f"{left:<{width}}  {right}{note}".rstrip())
        lines += _inside(step)
    fetched = ", ".join(f"%{i} {plan.slots[i].tensor.name}" for i in plan.fetches)
    lines.append(f"fetch {fetched}" if fetched else "fetch nothing")
    if plan.buffers:
        lines.append(f"{len(plan.buffers)} buffers, {sum(plan.buffers)} bytes")
    return "\n".join(lines)


def text_with_costs(plan: Plan) -> str:
    """Return the plan as `text` does, each step with its FLOPs and the bytes it moves.

    The last line has the totals. A question mark is a cost that depends on an unknown dimension.
    """
    costs = [step_cost(plan, step) for step in plan.steps]
    cells = [_cells(cost) for cost in costs]
    widths = [max((len(row[i]) for row in cells), default=0) for i in (0, 1)]
    words = [f"{a:>{widths[0]}} FLOP {b:>{widths[1]}} B" for a, b in cells]
    flops, moved = _cells(sum(costs, FREE))
    return f"{text(plan, words)}\n{len(costs)} steps, {flops} FLOP, {moved} B moved"


def _cells(cost: Cost) -> tuple[str, str]:
    moved = None if cost.read is None or cost.written is None else cost.read + cost.written
    return _number(cost.flops), _number(moved)


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _inside(step: Step) -> list[str]:
    """Return the plans of the graphs inside a step's op, indented."""
    lines: list[str] = []
    if isinstance(step.op, Fused):
        lines += _members(step, step.op)
    for word, graph, inputs, results in step.op.insides():
        plan = optimise(prune(Request(graph, tuple(results), (), tuple(inputs))))
        lines.append(f"  {word}")
        lines += [f"    {line}" for line in text(plan).splitlines()]
    return lines


def _members(step: Step, group: Fused) -> list[str]:
    """Return the steps of a group, indented: inputs by slot, results by the operations' names."""
    names = [f"%{i}" for i in step.inputs] + [m.operation.name for m in group.members]
    made = dict(zip(group.results, step.outputs, strict=True))
    lines = []
    for number, member in enumerate(group.members, group.count):
        out = f"%{made[number]} = " if number in made else ""
        inputs = ", ".join(names[i] for i in member.inputs)
        lines.append(f"  {out}{member.op.type}({inputs})  {names[number]}")
    return lines


def _form(slot: Slot) -> str:
    sizes = slot.shape.sizes
    shape = "?" if sizes is None else ",".join("?" if n is None else str(n) for n in sizes)
    return f"{slot.dtype.name}[{shape}]"


def _value(slot: Slot) -> str:
    value = slot.value
    if value is None or value.size > 8:
        return "..."
    with np.printoptions(precision=6):
        return str(value.tolist())


def _left(step: Step, plan: Plan) -> str:
    outputs = ", ".join(
        f"%{i}" + ("" if plan.slots[i].buffer is None else f"@{plan.slots[i].buffer}")
        for i in step.outputs
    )
    inputs = ", ".join(f"%{i}" for i in step.inputs)
    waits = "".join(f" ^{o.name}" for o in sorted(step.after, key=lambda o: o._id))
    forms = " ".join(_form(plan.slots[i]) for i in step.outputs)
    call = f"{'read' if step.is_read else step.op.type}({inputs}){waits}"
    return f"{outputs} = {call} : {forms}" if outputs else call


def _right(step: Step) -> str:
    return f"{step.operation.name}  {step.operation.site.place}"
