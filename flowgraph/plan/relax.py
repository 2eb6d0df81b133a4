"""Waiting for nothing: dependencies between steps whose order nobody can tell."""

from __future__ import annotations

from dataclasses import replace

from flowgraph.graph.operation import Operation
from flowgraph.plan.fold import is_effect
from flowgraph.plan.plan import Plan, Step


def relax(plan: Plan) -> Plan:
    """Drop control dependencies on steps that have no effect and come after none.

    Gradients are tied together by such (``tuple``), and updates wait for them. A variable is read
    before it is written in any case. What only a dependency asks for is still awaited: it may
    find a mistake.
    """
    used = {slot for step in plan.steps for slot in step.inputs}.union(plan.fetches)
    producers: dict[int, Operation] = {}
    free: set[Operation] = set()  # no effect, and none before
    idle: set[Operation] = set()  # nothing is lost if nobody waits for them
    steps: list[Step] = []
    for step in plan.steps:
        before = {producers[i] for i in step.inputs if i in producers} | step.after
        producers.update(dict.fromkeys(step.outputs, step.operation))
        if not is_effect(step) and before <= free:
            free.add(step.operation)
            if step.after <= idle if not step.outputs else not used.isdisjoint(step.outputs):
                idle.add(step.operation)
        if step.after & idle:
            step = replace(step, after=step.after - idle)
        if step.outputs or step.operation in plan.targets or step.operation not in idle:
            steps.append(step)
    return plan if tuple(steps) == plan.steps else plan.with_steps(steps)
