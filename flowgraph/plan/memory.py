"""The memory plan: which slots live in buffers made once, and which share one."""

from __future__ import annotations

from dataclasses import replace

from flowgraph.plan.place import HOST
from flowgraph.plan.plan import Plan, Slot, Step
from flowgraph.plan.transfer import is_settled, made_on

_ALIGN = 64


def memory(plan: Plan) -> Plan:
    """Give a planned buffer to each slot whose size is known and whose step can write into one.

    Buffers are shared by slots that are never alive together; an elementwise
    step writes over an input that dies there. Fetched slots get none: the
    caller owns what a run returns.
    """
    last_use = _last_use(plan)
    base = _bases(plan)
    slots = list(plan.slots)
    sizes: list[int] = []
    homes: list[str] = []
    free: list[int] = []
    expires: dict[int, list[int]] = {}
    carried = _carried(plan)
    for variable in carried.values():
        slots[variable] = slots[variable].with_buffer(
            _take(free, sizes, homes, HOST, slots[variable].nbytes or 0)
        )
    for index, step in enumerate(plan.steps):
        dying = expires.pop(index, [])
        for out in _plannable(step, plan, carried):
            home = made_on(step, slots[out])
            buffer = _inherit(step, out, slots, [b for b in dying if homes[b] == home], base)
            variable = carried.get(out, -1)
            if variable >= 0 and _may_follow(step, index, out, variable, last_use, base):
                slots[out] = slots[out].with_buffer(slots[variable].buffer or 0)
                continue
            if buffer is None:
                buffer = _take(free, sizes, homes, home, slots[out].nbytes or 0)
            else:
                dying.remove(buffer)
            slots[out] = slots[out].with_buffer(buffer)
            if last_use.get(out, index) > index:
                expires.setdefault(last_use[out], []).append(buffer)
            else:
                dying.append(buffer)
        free.extend(dying)
    return replace(
        plan, slots=tuple(slots), buffers=tuple(sizes), homes=tuple(homes) if any(homes) else ()
    )


def _carried(plan: Plan) -> dict[int, int]:
    """Return the variables of a loop that get buffers of their own, by the slots that follow."""
    pairs = zip(plan.feeds[: plan.carried], plan.fetches[1:], strict=False)
    if plan.gpus:
        return {}
    return {
        following: variable
        for variable, following in reversed(list(pairs))
        if following not in plan.feeds
        and _fits(plan.slots[variable], False, plan)
        and plan.slots[variable].shape == plan.slots[following].shape
    }


def _may_follow(
    step: Step, index: int, out: int, variable: int, last_use: dict[int, int], base: dict[int, int]
) -> bool:
    """Whether the next value of a loop's variable may be written over the variable."""
    end = last_use.get(variable, -1)
    if end < index:
        return True
    if any(base.get(i) == variable for i in step.inputs):
        return False
    number = step.outputs.index(out)
    return end == index and all(
        i != variable or step.op.may_overwrite(position, number)
        for position, i in enumerate(step.inputs)
    )


def _last_use(plan: Plan) -> dict[int, int]:
    """Return the position of the last step that needs each slot, through views of it too."""
    last: dict[int, int] = {}
    end = len(plan.steps)
    for slot in plan.fetches:
        last[slot] = end
    for index in range(end - 1, -1, -1):
        step = plan.steps[index]
        for slot in step.inputs:
            last.setdefault(slot, index)
        if step.op.may_alias and step.inputs and step.outputs:
            base = step.inputs[0]
            last[base] = max(last[base], *(last.get(view, index) for view in step.outputs))
    return last


def _plannable(step: Step, plan: Plan, carried: dict[int, int]) -> list[int]:
    """Return the outputs that a step writes into given memory, if their size is known."""
    if not step.op.is_planned() or is_settled(step, plan.slots):
        return []
    fetched = set(plan.fetches).difference(carried)
    return [out for out in step.outputs if _fits(plan.slots[out], out in fetched, plan)]


def _fits(slot: Slot, is_fetched: bool, plan: Plan) -> bool:
    size = slot.nbytes
    if size is None or slot.dtype.is_ref_dtype or slot.dtype.numpy.hasobject:
        return False
    return not is_fetched or size <= plan.lends


def _bases(plan: Plan) -> dict[int, int]:
    """Return for each slot that may be a view the slot whose memory it shows."""
    base: dict[int, int] = {}
    for step in plan.steps:
        if step.op.may_alias and step.inputs:
            base.update(dict.fromkeys(step.outputs, base.get(step.inputs[0], step.inputs[0])))
    return base


def _inherit(
    step: Step, position: int, slots: list[Slot], dying: list[int], base: dict[int, int]
) -> int | None:
    """Return the buffer of an input that dies here and has the output's very form.

    No other input may show the same memory: a kernel that writes one element has
    read that element of each input, but not the others.
    """
    out, number = slots[position], step.outputs.index(position)
    for index, i in enumerate(step.inputs):
        candidate = slots[i]
        if not step.op.may_overwrite(index, number):
            continue
        if any(base.get(other) == i for other in step.inputs):
            continue
        if (
            candidate.buffer in dying
            and candidate.dtype is out.dtype
            and candidate.shape.sizes == out.shape.sizes
        ):
            return candidate.buffer
    return None


def _take(free: list[int], sizes: list[int], homes: list[str], home: str, size: int) -> int:
    """Return a free buffer of a device that wastes little, or a new one."""
    size = -(-size // _ALIGN) * _ALIGN
    fitting = [b for b in free if size <= sizes[b] <= 2 * size + 4096 and homes[b] == home]
    if fitting:
        best = min(fitting, key=lambda b: sizes[b])
        free.remove(best)
        return best
    sizes.append(size)
    homes.append(home)
    return len(sizes) - 1
