"""The order of steps: dependencies, then reads of a variable before writes to it.

A run's own elements are put into a queue before it takes any.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

from flowgraph.graph.operation import Operation
from flowgraph.plan.late_reads import read_late, successors
from flowgraph.plan.plan import Plan, Step, producers_of, reads, variable_of


def schedule(plan: Plan) -> Plan:
    """Order the steps as the graph was built, but reads of a variable before writes to it.

    A read that depends on the write comes after it. TensorFlow leaves the rest
    of this race open; here it is defined: a run sees the values from before it.
    Where TensorFlow puts into a queue and takes from it at the same time, one step
    has to wait for the other: putting comes first.
    """
    plan = read_late(plan, _dependencies(plan)[0])
    steps = plan.steps
    edges, waiting = _dependencies(plan)
    _fill_queues(steps, edges, waiting)
    unread = _pending_reads(plan)
    position = {id(step): i for i, step in enumerate(steps)}
    ready = [i for i, count in enumerate(waiting) if not count]
    heapq.heapify(ready)
    blocked: list[int] = []
    order: list[Step] = []
    while ready or blocked:
        if not ready:  # every write is awaited by a read that needs another write: take the first
            blocked.sort()
            heapq.heappush(ready, blocked.pop(0))
            current = heapq.heappop(ready)
        else:
            current = heapq.heappop(ready)
            if _must_wait(current, steps, edges, unread, position):
                blocked.append(current)
                continue
        step = steps[current]
        order.append(step)
        for variable in unread.reads_of.get(current, ()):
            unread.pending[variable].discard(current)
        if unread.reads_of.get(current):
            for index in blocked:
                heapq.heappush(ready, index)
            blocked.clear()
        for successor in edges[current]:
            waiting[successor] -= 1
            if not waiting[successor]:
                heapq.heappush(ready, successor)
    return plan if tuple(order) == steps else plan.with_steps(order)


class _Unread:
    """Reads of variables that have not been scheduled yet."""

    def __init__(self) -> None:
        self.pending: dict[Operation | int, set[int]] = defaultdict(set)
        self.reads_of: dict[int, list[Operation | int]] = {}
        self.writes_of: dict[int, list[Operation | int]] = {}


def _dependencies(plan: Plan) -> tuple[list[list[int]], list[int]]:
    """Return each step's successors, and how many steps each waits for."""
    by_slot = {slot: i for i, step in enumerate(plan.steps) for slot in step.outputs}
    by_operation = {step.operation: i for i, step in enumerate(plan.steps) if not step.is_read}
    edges: list[list[int]] = [[] for _ in plan.steps]
    waiting = [0] * len(plan.steps)
    for i, step in enumerate(plan.steps):
        before = {by_slot[slot] for slot in step.inputs if slot in by_slot}
        before.update(by_operation[o] for o in step.after if o in by_operation)
        waiting[i] = len(before)
        for j in before:
            edges[j].append(i)
    return edges, waiting


def _fill_queues(steps: tuple[Step, ...], edges: list[list[int]], waiting: list[int]) -> None:
    """Let steps that take from a queue wait for those that put into it, where they may."""
    fillers: dict[int, list[int]] = defaultdict(list)
    for i, step in enumerate(steps):
        if step.op.fills is not None:
            fillers[step.inputs[step.op.fills]].append(i)
    for i, step in enumerate(steps if fillers else ()):
        if step.op.drains is None:
            continue
        for filler in fillers.get(step.inputs[step.op.drains], ()):
            if filler not in successors(i, edges) and i not in edges[filler]:
                edges[filler].append(i)
                waiting[i] += 1


def _pending_reads(plan: Plan) -> _Unread:
    producers = producers_of(plan)
    result = _Unread()
    for i, step in enumerate(plan.steps):
        for position in step.op.writes():
            variable = variable_of(step.inputs[position], producers)
            if variable is not None:
                result.writes_of.setdefault(i, []).append(variable)
        for slot in reads(step, plan.slots):
            variable = variable_of(slot, producers)
            if variable is not None:
                result.pending[variable].add(i)
                result.reads_of.setdefault(i, []).append(variable)
    return result


def _must_wait(
    current: int,
    steps: tuple[Step, ...],
    edges: list[list[int]],
    unread: _Unread,
    position: dict[int, int],
) -> bool:
    """Whether a write has to wait for reads that do not depend on it."""
    variables = unread.writes_of.get(current)
    if not variables:
        return False
    open_reads = set().union(*(unread.pending[v] for v in variables)) - {current}
    if not open_reads:
        return False
    return not open_reads <= successors(current, edges)
