"""Which right factors of a plan's products can be packed once in a run, for all of them."""

from __future__ import annotations

from typing import Any

from flowgraph.plan.fused import Accumulated
from flowgraph.plan.plan import Plan, Step, producers_of, variable_of

Key = tuple[int, bool]
"""A slot, and whether it is transposed."""


def shared_factors(plan: Plan) -> frozenset[Key]:
    """Return the right factors of several products that stay what they are between them.

    A factor that shows a variable's own memory does not stay if the variable is written between
    its first product and its last: then each product packs it anew.
    """
    uses: dict[Key, list[int]] = {}
    for position, step in enumerate(plan.steps):
        op: Any = step.op
        if isinstance(op, Accumulated):
            op = op.members[0].op
        if op.type == "MatMul":
            uses.setdefault((step.inputs[-1], bool(op.transpose_b)), []).append(position)
    several = {key: positions for key, positions in uses.items() if len(positions) > 1}
    if not several:
        return frozenset()
    producers = producers_of(plan)
    writes = [
        (position, variable_of(step.inputs[index], producers))
        for position, step in enumerate(plan.steps)
        for index in step.op.writes()
    ]
    shared = set()
    for key, positions in several.items():
        reference = _reference(key[0], plan, producers)
        if reference is not None:
            shown = (variable_of(reference, producers), None)
            between = range(positions[0], positions[-1])
            if any(at in between and variable in shown for at, variable in writes):
                continue
        shared.add(key)
    return frozenset(shared)


def _reference(slot: int, plan: Plan, producers: dict[int, Step]) -> int | None:
    """Return the reference whose memory a slot may show, if there is one."""
    while not plan.slots[slot].dtype.is_ref_dtype:
        step = producers.get(slot)
        if step is None or not step.op.may_alias or not step.inputs:
            return None
        slot = step.inputs[0]
    return slot
