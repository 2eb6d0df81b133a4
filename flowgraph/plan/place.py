"""Devices: on which each step runs, and where each value lies."""

from __future__ import annotations

import functools
from dataclasses import replace

from flowgraph import dtypes
from flowgraph.graph.device import DeviceSpec
from flowgraph.graph.op import Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.body import Body
from flowgraph.plan.plan import Plan, Step, ref_positions

HOST = ""


def place(plan: Plan) -> Plan:
    """Give each step its device.

    That is the one its operation asks for, else the first GPU or, in a body, the device of the op
    around it. What cannot run on a GPU stays on the host, as do steps over 32-bit integers alone,
    which are mostly sizes and counters: TensorFlow keeps both there. What takes a variable's
    reference runs where the variable lies.
    """
    if not plan.gpus:
        return plan
    return plan.with_steps(replace(step, device=_device(step, plan)) for step in plan.steps)


def _device(step: Step, plan: Plan) -> str:
    if step.is_read:
        return _of_variable(plan.slots[step.inputs[0]].tensor, plan.gpus)
    return device_of(step.operation, plan.gpus, plan.home)


def device_of(operation: Operation, gpus: int, home: str | None = None) -> str:
    """Return the device of an operation: ``"GPU:0"`` ..., or an empty string for the host.

    Parameters
    ----------
    operation : Operation
    gpus : int
        The number of GPUs. What asks for another runs on the first.
    home : str, optional
        Where an operation runs that asks for nothing. ``"GPU:0"`` by default.
    """
    where = assigned(operation, gpus, home)
    return HOST if where and _works_on_host(operation) else where


def assigned(operation: Operation, gpus: int, home: str | None = None) -> str:
    """Return the device that TensorFlow says an operation is on.

    It is the same as `device_of`, but that a GPU's kernels of integers work in host memory there.
    """
    if not gpus:
        return HOST
    references = () if operation.op.mixed_memory else ref_positions(operation.op)
    if references:
        return _of_variable(operation.inputs[min(references)], gpus)
    wanted = asked_for(operation.device)
    if wanted is None:
        wanted = "GPU:0" if home is None else home
    elif wanted and int(wanted.removeprefix("GPU:")) >= gpus:
        wanted = "GPU:0"
    return wanted if wanted and runs_on_gpu(operation) else HOST


def _of_variable(reference: Tensor, gpus: int) -> str:
    """Return the device of a variable: the same whoever refers to it, in a body or around."""
    return device_of(_variable_behind(reference), gpus)


def _variable_behind(reference: Tensor) -> Operation:
    """Return the operation that makes a reference, through writers and into the graph around."""
    while True:
        operation = reference.op
        if operation.inputs:
            reference = operation.inputs[min(ref_positions(operation.op))]
            continue
        graph = operation.graph
        captures = graph.captures if isinstance(graph, Body) else {}
        outer = next((outer for outer, inner in captures.items() if inner is reference), None)
        if outer is None:
            return operation
        reference = outer


@functools.lru_cache(maxsize=1024)
def asked_for(name: str) -> str | None:
    """Return the device that a device name asks for, ``None`` if any will do."""
    spec = DeviceSpec.from_string(name)
    if spec.device_type is None:
        return None
    return f"GPU:{spec.device_index or 0}" if spec.device_type == "GPU" else HOST


def runs_on_gpu(operation: Operation) -> bool:
    """Whether an operation can run on a GPU: its op says so, and none of its values is an object.

    A variable of 32-bit integers cannot, as in TensorFlow.
    """
    op = operation.op
    if op.mixed_memory:
        return True
    kinds = [tensor.dtype for tensor in (*operation.inputs, *operation.outputs)]
    if op.host_only or any(kind.numpy.hasobject for kind in kinds):
        return False
    is_variable = not operation.inputs and any(kind.is_ref_dtype for kind in kinds)
    return not is_variable or kinds[0].base_dtype is not dtypes.int32


def _works_on_host(operation: Operation) -> bool:
    """Whether an operation works in host memory though a GPU may be its device."""
    if operation.op.host_memory:
        return True
    if operation.op.mixed_memory or not operation.outputs:
        return False
    return all(stays_on_host(tensor) for tensor in (*operation.inputs, *operation.outputs))


def stays_on_host(spec: Spec) -> bool:
    """Whether a value belongs into host memory: 32-bit integers, single conditions, objects."""
    dtype = spec.dtype.base_dtype
    if dtype is dtypes.bool:
        return spec.shape.sizes == ()
    return dtype is dtypes.int32 or dtype.numpy.hasobject
