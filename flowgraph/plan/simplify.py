"""Steps that hand an input on: their outputs are renamed away."""

from __future__ import annotations

from dataclasses import replace

from flowgraph.graph.operation import Operation
from flowgraph.ops.core import Identity
from flowgraph.plan.plan import Plan, Step, sweep


def simplify(plan: Plan) -> Plan:
    """Drop the steps whose output is one of their inputs: identities, reshapes to the same shape.

    The op says so itself (`Op.passes_through`).
    """
    renamed: dict[int, int] = {}
    waits: dict[int, frozenset[Operation]] = {}  # by slot handed on: what its step waited for
    dropped: dict[Operation, frozenset[Operation]] = {}
    producer: dict[int, Operation] = {}
    kept: list[Step] = []
    reads: set[int] = set()  # slots that hand a variable's value on
    for step in plan.steps:
        inputs = tuple([renamed.get(i, i) for i in step.inputs])
        after = step.after
        if after or waits:
            after = frozenset().union(
                *(dropped.get(o, frozenset((o,))) for o in step.after),
                *(waits[i] for i in step.inputs if i in waits),
            )
        step = step.taking(inputs, after)
        position = None
        if not step.op.is_stateful and step.operation not in plan.targets:
            specs = plan.specs(step)
            if not any(spec.dtype.is_ref_dtype for spec in specs):
                position = step.op.passes_through(*specs)
        if isinstance(step.op, Identity):
            is_read = inputs[0] in reads or plan.slots[inputs[0]].dtype.is_ref_dtype
            reads.update(step.outputs if is_read else ())
        elif position is not None and inputs[position] in reads:
            position = None  # it takes the value of now; a read handed on may be made again later
        if position is None or (after and step.outputs[0] in plan.fetches):
            kept.append(step)
            producer.update(dict.fromkeys(step.outputs, step.operation))
            continue
        source = inputs[position]
        renamed[step.outputs[0]] = source
        if after:
            waits[step.outputs[0]] = after
        behind = {producer[source]} if source in producer else set()
        dropped[step.operation] = after | behind
    if not renamed:
        return plan
    fetches = tuple(renamed.get(i, i) for i in plan.fetches)
    return sweep(replace(plan, steps=tuple(kept), fetches=fetches))
