"""Why a variable has no value: what initialized what, and what of it was run."""

from __future__ import annotations

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys
from flowgraph.ops.state import Assign
from flowgraph.plan.plan import Request
from flowgraph.runtime.store import Store


def reader(operation: Operation, variable: Operation) -> Operation:
    """Return the read of a variable that an operation's step stands for, or the operation."""
    for tensor in operation.inputs:
        if tensor.op.type == "Identity" and tensor.op.inputs[0].op is variable:
            return tensor.op
    return operation


def explanation(variable: Operation, request: Request, store: Store) -> list[str]:
    """Say where a variable was made, and why nothing has given it a value in this session."""
    output = variable.outputs[0]
    sizes = output.shape.sizes or ()
    form = (
        f"{output.dtype.base_dtype.name}[{','.join('?' if n is None else str(n) for n in sizes)}]"
    )
    return [
        f"  variable '{variable.name}' ({form}) was made at\n  {variable.site}",
        f"  hint: {_reason(variable, request, store)}",
    ]


def _reason(variable: Operation, request: Request, store: Store) -> str:
    if any(variable in (_initialized(target) or ()) for target in _targets(request)):
        return (
            "the same run initializes it, but reads come before writes: "
            "run the initializer in a run of its own, before"
        )
    collection = _collection(variable)
    asked = [(o, site) for request, site in store.asked for o in _targets(request)]
    ran = [(o, site) for o, site in asked if _initialized(o) is not None]
    too_early = [(o, site) for o, site in ran if o._id < variable._id]
    if too_early and len(too_early) == len(ran):
        init, site = ([run for run in too_early if not _restores(run[0])] or too_early)[-1]
        kind, it = ("the Saver's", "the Saver") if _restores(init) else ("the initializer", "it")
        return (
            f"{kind} '{init.name}' that was run at\n  {site}\n  was made before this "
            f"variable, at\n  {init.site}\n  make {it} {_below(init, variable)}after all variables"
        )
    if collection == GraphKeys.LOCAL_VARIABLES:
        return "it is a local variable: run tf.local_variables_initializer() too"
    if collection is None:
        return "no collection lists it: run its own initializer, or tf.variables_initializer([it])"
    for operation in variable.graph.get_operations():
        if _restores(operation):
            continue
        if operation.type == "NoOp" and variable in (_initialized(operation) or ()):
            return (
                f"this session has not run '{operation.name}', which initializes it, made at\n"
                f"  {operation.site}"
            )
    return "run tf.global_variables_initializer() first"


def _targets(request: Request) -> list[Operation]:
    return [*request.targets, *(fetch.op for fetch in request.fetches)]


def _initialized(operation: Operation) -> set[Operation] | None:
    """Return the variables that an operation initializes; ``None`` if it is no initializer.

    An initializer does nothing else. One made before the first variable does nothing at all.
    """
    found = _assignments(operation)
    if found or (found is not None and "init" in operation.name):
        return {o.inputs[0].op for o in found}
    return None


def _assignments(operation: Operation) -> list[Operation] | None:
    """Return what assigns values for an operation; ``None`` if it does anything else."""
    found: list[Operation] = []
    waiting, seen = [operation], {operation}
    while waiting:
        current = waiting.pop()
        if isinstance(current.op, Assign):
            found.append(current)
        elif current.type == "NoOp":
            fresh = [o for o in current.control_inputs if o not in seen]
            seen.update(fresh)
            waiting += fresh
        else:
            return None
    return found


def _restores(operation: Operation) -> bool:
    """Whether an operation assigns what it reads from a checkpoint, as a Saver's does."""
    given = [o.inputs[1].op for o in _assignments(operation) or ()]
    read = ["RestoreV2" in (o.type, *[t.op.type for t in o.inputs]) for o in given]
    return bool(read) and all(read)


def _below(init: Operation, variable: Operation) -> str:
    """Say below which line to make an initializer, where that is a line further down."""
    above, line = init.site, variable.site.line
    is_below = above.filename == variable.site.filename and above.line < line
    return f"below line {line}, " if is_below else ""


def _collection(variable: Operation) -> str | None:
    """Return the collection that lists a variable, of the global or the local ones."""
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        items = variable.graph.get_collection(key)
        if any(getattr(item, "op", None) is variable for item in items):
            return key
    return None
