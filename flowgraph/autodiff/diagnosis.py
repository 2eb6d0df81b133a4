"""Why no gradient reaches the variables: where the paths from a loss come to an end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.autodiff import registry
from flowgraph.autodiff.paths import is_trainable
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import Cast, StopGradient, convert_to_tensor

_MOST = 3
"""How many paths are shown."""
_LONGEST = 10
"""How many operations of a path are shown."""


def explain_no_gradient(loss: Any, xs: Sequence[Any]) -> str:
    """Say why the gradient of `loss` with respect to each of `xs` is ``None``.

    Parameters
    ----------
    loss : Tensor
    xs : list of Tensor or Variable

    Returns
    -------
    str
        The shortest paths from the loss to the operations that stop the gradient, with the
        lines that built them; or what the loss depends on, if it is none of `xs`.

    Examples
    --------
    >>> x = tf.constant([1.0, 2.0], name="x")
    >>> loss = tf.cast(tf.argmax(x), tf.float32, name="loss")
    >>> print(explain_no_gradient(loss, [x]).splitlines()[0])
    the path loss <- Cast(int64->float32) <- ArgMax stops at ArgMax, built at
    """
    target = convert_to_tensor(loss)
    sources = {convert_to_tensor(x, as_ref=True).op for x in xs}
    upstream = _upstream(target.op)
    dependent = _downstream(upstream, sources, lambda tensor: True)
    if target.op not in dependent:
        return _independent(upstream)
    differentiable = _downstream(upstream, sources, is_trainable)
    stops = []
    after: dict[Operation, Operation | None] = {target.op: None}
    queue = deque([target])
    while queue:
        tensor = queue.popleft()
        operation = tensor.op
        if operation in sources:
            continue
        if operation in differentiable and (not is_trainable(tensor) or _blocks(operation)):
            stops.append(operation)
            continue
        for before in operation.inputs:
            if before.op in dependent and before.op not in after:
                after[before.op] = operation
                queue.append(before)
    if not stops:
        return "an operation between them has a gradient function that gives None"
    lines = [_describe(stop, after) for stop in stops[:_MOST]]
    if len(stops) > _MOST:
        lines.append(f"and {len(stops) - _MOST} more stop the gradient")
    return "\n".join(lines)


def _upstream(operation: Operation) -> list[Operation]:
    """Return what `operation` depends on, in the order it was made."""
    found: set[Operation] = set()
    stack = [operation]
    while stack:
        current = stack.pop()
        if current not in found:
            found.add(current)
            stack.extend(tensor.op for tensor in current.inputs)
    return sorted(found, key=lambda operation: operation._id)


def _downstream(
    ordered: list[Operation], sources: set[Operation], passes: Callable[[Tensor], bool]
) -> set[Operation]:
    """Return which of `ordered` the `sources` reach over tensors that pass."""
    found: set[Operation] = set()
    for operation in ordered:
        if operation in sources or any(t.op in found and passes(t) for t in operation.inputs):
            found.add(operation)
    return found


def _blocks(operation: Operation) -> bool:
    if isinstance(operation.op, StopGradient):
        return True
    try:
        return registry.rule(operation) is None
    except LookupError:
        return True


def _describe(stop: Operation, after: dict[Operation, Operation | None]) -> str:
    steps = []
    current: Operation | None = stop
    while current is not None:
        steps.append(_label(current))
        current = after[current]
    if len(steps) > _LONGEST:
        steps[_LONGEST // 2 : -_LONGEST // 2] = ["..."]
    path = " <- ".join(["loss", *reversed(steps)])
    return f"the path {path} stops at {stop.name}, built at\n  {stop.site}"


def _label(operation: Operation) -> str:
    if isinstance(operation.op, Cast):
        source = operation.inputs[0].dtype.base_dtype.name
        return f"Cast({source}->{operation.op.DstT.name})"
    return operation.type


def _independent(upstream: list[Operation]) -> str:
    ends = [
        f"{operation.name} ({operation.type})" for operation in upstream if not operation.inputs
    ]
    shown = ", ".join(ends[:_LONGEST]) + (", ..." if len(ends) > _LONGEST else "")
    return f"the loss depends on none of them, only on {shown}"
