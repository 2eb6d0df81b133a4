"""The passes in their order, and how a plan is specialised to its feeds' shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from flowgraph.plan.accumulate import accumulate
from flowgraph.plan.cse import cse
from flowgraph.plan.fold import fold
from flowgraph.plan.fuse import fuse
from flowgraph.plan.items import Items, with_items
from flowgraph.plan.join import join
from flowgraph.plan.memory import memory
from flowgraph.plan.place import place
from flowgraph.plan.plan import Plan
from flowgraph.plan.relax import relax
from flowgraph.plan.restore import restore
from flowgraph.plan.schedule import schedule
from flowgraph.plan.simplify import simplify
from flowgraph.plan.transfer import transfer
from flowgraph.plan.verify import verify
from flowgraph.shapes import TensorShape

Pass = Callable[[Plan], Plan]

PASSES: tuple[Pass, ...] = (
    place, fold, relax, simplify, cse, schedule, transfer, restore, fuse, join, accumulate, memory,
)  # fmt: skip
"""What follows `prune`. Each takes a plan and returns a better one."""

PLAIN_PASSES: tuple[Pass, ...] = (place, schedule, transfer)
"""What a plan needs to be right: no value is known, merged or planned beforehand."""


def specialise(plan: Plan, shapes: Sequence[tuple[int, ...] | Items | None]) -> Plan:
    """Return the plan for feeds of the given shapes, before any other pass."""
    slots = list(plan.slots)
    items = {}
    for index, shape in zip(plan.feeds, shapes, strict=True):
        if isinstance(shape, Items):
            items[index] = shape
        elif shape is not None:  # a variable, or the history of a loop
            slots[index] = slots[index].with_shape(TensorShape.of(shape), slots[index].partial)
    plan = replace(plan, slots=tuple(slots))
    return with_items(plan, items) if items else plan


def optimise(
    plan: Plan, passes: Sequence[Pass] = PASSES, until: str | None = None, debug: bool = False
) -> Plan:
    """Run passes over a plan.

    Parameters
    ----------
    plan : Plan
    passes : sequence of Pass
    until : str, optional
        The name of the last pass to run.
    debug : bool
        Verify the plan after each pass.
    """
    for step in passes:
        plan = step(plan)
        if debug:
            verify(plan)
        if step.__name__ == until:
            break
    return plan
