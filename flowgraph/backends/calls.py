"""Calls without arguments around kernels: inputs from the slots' values, results back to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.graph.op import Kernel
from flowgraph.graph.tensor import is_array
from flowgraph.plan.plan import Plan, Step, ref_positions
from flowgraph.plan.transfer import made_on


class StepError(Exception):
    """An error inside a step: which step it was, and what it was given."""

    def __init__(self, step: Step, error: Exception, inputs: Sequence[Any]) -> None:
        super().__init__(step, error)
        self.step = step
        self.error = error
        self.inputs = inputs


def reading(kernel: Kernel, step: Step, plan: Plan) -> Kernel:
    """Return `kernel` with variables read where it takes values."""
    positions = ref_positions(step.op)
    values = [
        i
        for i, slot in enumerate(step.inputs)
        if i not in positions and plan.slots[slot].dtype.is_ref_dtype
    ]
    if not values:
        return kernel

    def read(*inputs: Any) -> Any:
        arguments = list(inputs)
        for i in values:
            arguments[i] = arguments[i].read()
        return kernel(*arguments)

    return read


def copying(kernel: Kernel) -> Kernel:
    """Return `kernel` with a result of its own memory."""
    return lambda *inputs: kernel(*inputs).copy()


def only(kernel: Kernel) -> Kernel:
    """Return `kernel` with its result, a list of one, taken out of the list."""

    def unpacked(*inputs: Any) -> Any:
        (result,) = kernel(*inputs)
        return result

    return unpacked


def located(kernel: Kernel, step: Step, plan: Plan, module: Any) -> Kernel:
    """Return the kernel of an op of mixed memory with its results where they belong.

    What comes out of a graph inside it, or out of a history, may lie elsewhere.
    """
    on_host = [not made_on(step, plan.slots[i]) for i in step.outputs]

    def moved(*inputs: Any) -> Any:
        results = kernel(*inputs)
        if not isinstance(results, tuple):
            return module.moved(results, on_host[0])
        return tuple([module.moved(x, h) for x, h in zip(results, on_host, strict=True)])

    return moved


def fetched(value: Any, shared: bool) -> Any:
    """Return a value that the caller may keep and change."""
    if isinstance(value, np.ndarray):
        if not value.ndim:
            return value[()]
        return value.copy() if shared else value
    return value


def owned(value: Any, shared: bool) -> Any:
    """Return an array that nothing else refers to."""
    return value.copy() if shared and is_array(value) else value


def calling(
    kernel: Kernel, inputs: tuple[int, ...], outputs: tuple[int, ...] | None, values: list[Any]
) -> Callable[[], None]:
    """Return a call that takes inputs from `values` and puts results there.

    With ``outputs=None`` the kernel has written its result itself.
    """
    if outputs is None:
        return lambda: kernel(*[values[i] for i in inputs])
    if len(outputs) != 1:
        return _calling_many(kernel, inputs, outputs, values)
    (out,) = outputs
    if len(inputs) == 1:
        (a,) = inputs

        def call_1() -> None:
            values[out] = kernel(values[a])

        return call_1
    if len(inputs) == 2:
        a, b = inputs

        def call_2() -> None:
            values[out] = kernel(values[a], values[b])

        return call_2

    def call() -> None:
        values[out] = kernel(*[values[i] for i in inputs])

    return call


def _calling_many(
    kernel: Kernel, inputs: tuple[int, ...], outputs: tuple[int, ...], values: list[Any]
) -> Callable[[], None]:
    def call() -> None:
        results = kernel(*[values[i] for i in inputs])
        if outputs:
            for i, result in zip(outputs, results, strict=True):
                values[i] = result

    return call
