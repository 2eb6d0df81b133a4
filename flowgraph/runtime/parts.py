"""The parts of a run: what is fed, the forward part, the gradients, the updates of variables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from flowgraph.graph.operation import Operation
from flowgraph.plan.plan import Plan

FED, FORWARD, GRADIENT, UPDATE = PARTS = ("fed", "forward", "gradient", "update")

_USUAL_SCOPE = re.compile(r"(^|/)gradients(_\d+)?/")


def parts(plan: Plan) -> dict[Operation, str]:
    """Return the part that each operation of a plan belongs to.

    An update writes a variable, or follows from gradients or updates without being a gradient;
    what only updates use belongs to them.

    Parameters
    ----------
    plan : Plan
        With the steps that `prune` gives.
    """
    operations = [step.operation for step in plan.steps if not step.is_read]
    of_gradients = gradients(operations)
    found: dict[Operation, str] = {}
    for operation in operations:
        before = [*(t.op for t in operation.inputs), *operation.control_inputs]
        if operation in of_gradients:
            found[operation] = GRADIENT
        elif operation.op.writes() or not {GRADIENT, UPDATE}.isdisjoint(_of(before, found)):
            found[operation] = UPDATE
        else:
            found[operation] = FORWARD
    users: dict[Operation, set[str]] = {operation: set() for operation in operations}
    fetched = {plan.slots[i].tensor.op for i in plan.fetches} | plan.targets
    for operation in reversed(operations):
        is_free = found[operation] == FORWARD and operation not in fetched
        if is_free and users[operation] == {UPDATE}:
            found[operation] = UPDATE
        for tensor in operation.inputs:
            if tensor.op in users:
                users[tensor.op].add(found[operation])
    return found


def gradients(operations: Collection[Operation]) -> set[Operation]:
    """Return the operations of gradients.

    They know what they differentiate, and the scope that `tf.gradients` was called in holds what
    belongs to them besides. In a graph that was read from a file its usual name is all there is.
    """
    scopes = tuple({_scope(operation) for operation in operations} - {""})
    return {
        operation
        for operation in operations
        if operation.forward is not None
        or operation.name.startswith(scopes)
        or _USUAL_SCOPE.search(operation.name)
    }


def _of(operations: Iterable[Operation], found: dict[Operation, str]) -> set[str]:
    return {found[operation] for operation in operations if operation in found}


def _scope(operation: Operation) -> str:
    """Return the scope that `tf.gradients` was called in, or "" for no gradient."""
    if operation.forward is None:
        return ""
    scope, found, _ = operation.name.partition(f"{operation.forward.name}_grad/")
    return scope if found else ""
