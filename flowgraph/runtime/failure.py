"""From an error inside a step to the error a user can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph import errors, source
from flowgraph.backends.calls import StepError
from flowgraph.dtypes import as_dtype
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.state import Cell
from flowgraph.plan.plan import Request
from flowgraph.runtime import uninitialized
from flowgraph.runtime.store import Store

_LONGEST = 12
"""How many operations of a path are shown."""


def explained(failure: StepError, request: Request, store: Store) -> Exception:
    """Return the error to raise for a failed step.

    Its text begins with TensorFlow's first line; below it stand the operation
    and where the user built it, its inputs, and the fetch that asked for it.
    An error of a kind that neither the package nor NumPy raises for wrong inputs
    is returned as it is.
    """
    error, step = failure.error, failure.step
    if isinstance(error, errors.OpError) and error.op is not None:
        return error  # from inside a branch or a loop, where it was explained
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
    empty = [v for v in failure.inputs if isinstance(v, Cell) and not v.initialized]
    if isinstance(error, errors.FailedPreconditionError) and empty:
        variable = operation.graph.root._by_name[empty[0].name]
        reader = uninitialized.reader(operation, variable)
        lines = [f"{first}\n\t {node(reader)}"]
        lines += uninitialized.explanation(variable, request, store)
        lines += asked(reader, request)
        return errors.FailedPreconditionError(None, reader, "\n".join(lines))
    lines = [f"{first}\n\t {node(operation)}", *described(operation, failure.inputs)]
    lines += asked(operation, request)
    if operation.inputs and all(hasattr(value, "shape") for value in failure.inputs):
        advice = step.op.advice(operation, *failure.inputs)
        if advice is not None:
            lines.append(f"  hint: {advice}")
    return kind(None, operation, "\n".join(lines))  # type: ignore[no-any-return]


def node(operation: Operation) -> str:
    """Name an operation and its place as TensorFlow's first line does."""
    site = _user_operation(operation).site
    return f"[[node {operation.name} (defined at {site.filename}:{site.line}) ]]"


def described(operation: Operation, values: Any, notes: Sequence[str] = ()) -> list[str]:
    """Say what failed, where it was built, and what it was given.

    Parameters
    ----------
    operation : Operation
    values : sequence
        Of its inputs, or what has their shapes.
    notes : sequence of str
        What there is to say of each value.
    """
    lines = [f"  {operation.type} '{operation.name}', built at\n  {operation.site}"]
    user = _user_operation(operation)
    if user is not operation:
        lines.append(
            f"  it computes the gradient of {user.type} '{user.name}', built at\n  {user.site}"
        )
    for i, (tensor, value) in enumerate(zip(operation.inputs, values, strict=False)):
        told = _form(value, tensor) + (notes[i] if notes else "")
        lines.append(f"  input {tensor.name} {told}, made at\n  {tensor.op.site}")
    return lines


def _user_operation(operation: Operation) -> Operation:
    """Return the operation the user wrote: for a gradient, the one differentiated."""
    while operation.forward is not None:
        operation = operation.forward
    return operation


def _form(value: Any, tensor: Tensor) -> str:
    if hasattr(value, "shape") and not isinstance(value, Cell):
        return f"{tensor.dtype.base_dtype.name}[{','.join(map(str, value.shape))}]"
    return tensor.dtype.name


_ENUM_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


def enum_name(name: str) -> str:
    """Return a dtype's name as TensorFlow's runtime writes it."""
    return _ENUM_NAMES.get(name, name)


def _out_of_memory(error: MemoryError, operation: Operation) -> str:
    """Describe the array that NumPy had no memory for."""
    shape = getattr(error, "shape", None)
    if shape is None:
        sizes = operation.outputs[0].shape.sizes if operation.outputs else ()
        shape = () if sizes is None or None in sizes else sizes
    kind = getattr(error, "dtype", None)
    outputs = operation.outputs
    dtype = as_dtype(kind) if kind is not None else outputs[0].dtype if outputs else None
    named = "" if dtype is None else f" and type {enum_name(dtype.base_dtype.name)}"
    device = "/job:localhost/replica:0/task:0/device:CPU:0"
    text = f"OOM when allocating tensor with shape[{','.join(map(str, shape))}]{named}"
    return f"{text} on {device} by allocator cpu"


def asked(operation: Operation, request: Request) -> list[str]:
    """Say which fetch needs an operation, and where the run was asked for."""
    path = path_to(operation, request)
    site = source.here()
    if len(path) > 1:
        return [f"  it was needed by {shown(path)}, run at\n  {site}"]
    return [f"  it was run at\n  {site}"]


def shown(path: list[Operation]) -> str:
    """Write a path from a fetch; a long one without its middle."""
    names = [operation.name for operation in path]
    if len(names) > _LONGEST:
        names = [*names[:5], "...", *names[-5:]]
    return " <- ".join(names)


def path_to(operation: Operation, request: Request) -> list[Operation]:
    """Return the operations on a shortest way from what was asked for back to `operation`."""
    roots = [*(fetch.op for fetch in request.fetches), *request.targets]
    fed = set(request.feeds)
    came_from: dict[Operation, Operation | None] = dict.fromkeys(roots)
    level = roots
    while level and operation not in came_from:
        following: list[Operation] = []
        for current in level:
            before = [t.op for t in current.inputs if t not in fed] + list(current.control_inputs)
            for other in before:
                if other not in came_from:
                    came_from[other] = current
                    following.append(other)
        level = following
    if operation not in came_from:
        return []
    path: list[Operation] = []
    step: Operation | None = operation
    while step is not None:
        path.append(step)
        step = came_from[step]
    return path[::-1]
