"""From an error inside a step to the error a user can act on."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import errors
from flowgraph.backends.bound import StepError
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor


def explained(failure: StepError, fetches: tuple[Tensor, ...]) -> Exception:
    """Return the error to raise for a failed step.

    Its text begins with TensorFlow's first line; below it stand the operation
    and where the user built it, its inputs, and the fetch that asked for it.
    An error that is no `tf.errors` error, and that NumPy did not raise, is the
    caller's own (from a `py_func`, or Ctrl-C) and is returned as it is.
    """
    error, step = failure.error, failure.step
    operation = step.operation
    kind: Any
    if isinstance(error, errors.OpError):
        kind, first = type(error), error.message
    elif isinstance(error, MemoryError):
        kind, first = errors.ResourceExhaustedError, _out_of_memory(error, operation)
    elif isinstance(error, ValueError | IndexError | TypeError | np.exceptions.AxisError):
        kind = errors.InvalidArgumentError
        first = step.op.failure(error, *[i for i in failure.inputs if hasattr(i, "shape")])
    else:
        return error
    user = _user_operation(operation)
    lines = [
        f"{first}\n\t [[node {operation.name} (defined at {user.site.filename}:"
        f"{user.site.line}) ]]",
        f"  {operation.type} '{operation.name}', built at\n  {operation.site}",
    ]
    if user is not operation:
        lines.append(
            f"  it computes the gradient of {user.type} '{user.name}', built at\n  {user.site}"
        )
    for tensor, value in zip(operation.inputs, failure.inputs, strict=False):
        lines.append(f"  input {tensor.name} {_form(value, tensor)}, made at\n  {tensor.op.site}")
    path = path_to(operation, fetches)
    if path:
        lines.append(f"  it was needed by {' <- '.join(path)}")
    return kind(None, operation, "\n".join(lines))  # type: ignore[no-any-return]


def _user_operation(operation: Operation) -> Operation:
    """Return the operation the user wrote: for a gradient, the one differentiated."""
    while operation.forward is not None:
        operation = operation.forward
    return operation


def _form(value: Any, tensor: Tensor) -> str:
    if hasattr(value, "shape"):
        return f"{tensor.dtype.base_dtype.name}[{','.join(map(str, value.shape))}]"
    return tensor.dtype.name


def _out_of_memory(error: MemoryError, operation: Operation) -> str:
    outputs = operation.outputs
    shape = str(outputs[0].shape.sizes or ()).replace(" ", "") if outputs else "()"
    return f"OOM when allocating tensor with shape[{shape.strip('(),')}]: {error}"


def path_to(operation: Operation, fetches: tuple[Any, ...]) -> list[str]:
    """Return the names on a shortest way from a fetch back to `operation`."""
    roots = [f.op if isinstance(f, Tensor) else f for f in fetches]
    came_from: dict[Operation, Operation | None] = dict.fromkeys(roots)
    level = roots
    while level and operation not in came_from:
        following: list[Operation] = []
        for current in level:
            before = [t.op for t in current.inputs] + list(current.control_inputs)
            for other in before:
                if other not in came_from:
                    came_from[other] = current
                    following.append(other)
        level = following
    if operation not in came_from:
        return []
    path: list[str] = []
    current_: Operation | None = operation
    while current_ is not None:
        path.append(current_.name)
        current_ = came_from[current_]
    path.reverse()
    return path if len(path) <= 12 else [*path[:5], "...", *path[-5:]]
