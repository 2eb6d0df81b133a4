"""Traced runs: what ran when, and for how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.backends.calls import StepError
from flowgraph.dtypes import Array
from flowgraph.graph.op import Resources
from flowgraph.plan.fused import Fused
from flowgraph.plan.plan import Plan, Step
from flowgraph.plan.transfer import ToDevice, ToHost, made_on
from flowgraph.runtime import failure, feeds
from flowgraph.runtime.devices import local_devices
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.observed import Observed

_THREAD = 0
_HOST = "CPU:0"
_HOST_MEMORY = "cpu"
_NANOS = 1000
"""How many nanoseconds are a microsecond."""


class Timed(Observed):
    """A plan bound to tell what ran when.

    Attributes
    ----------
    stats : StepStats
        Of the last run.
    """

    def __init__(self, plan: Plan, xp: Any, resources: Resources) -> None:
        super().__init__(plan, xp, resources)
        self.stats: Any = None

    def run(self, feeds: Sequence[Any], is_inner: bool = False) -> list[Any]:
        """Run once, and note when each step began and ended."""
        self.stats = protos.StepStats()
        self._nodes: dict[str, Any] = {}
        self._of_device("")
        return super().run(feeds, is_inner)

    def _of_device(self, device: str) -> Any:
        """Return the statistics of the steps on a device: a GPU, or the host for ``""``."""
        if device not in self._nodes:
            host = local_devices()[0].name
            name = f"{host.rpartition(_HOST)[0]}{device}" if device else host
            self._nodes[device] = self.stats.dev_stats.add(device=name).node_stats
        return self._nodes[device]

    def end(self, step: Step, start: int, end: int) -> None:
        """Note a step."""
        name, op = _called(step)
        node = self._of_device(step.device).add(
            node_name=name,
            timeline_label=f"{name} = {op}({', '.join(self._inputs(step))})",
            thread_id=_THREAD,
            scheduled_micros=start // _NANOS,
            scheduled_nanos=start,
            all_start_micros=start // _NANOS,
            all_start_nanos=start,
            op_end_rel_micros=(end - start) // _NANOS,
            op_end_rel_nanos=end - start,
            all_end_rel_micros=(end - start) // _NANOS,
            all_end_rel_nanos=end - start,
        )
        held: Counter[str] = Counter()
        for position, value in enumerate(self.on_host(step)):
            slot = self._slots[step.outputs[position]]
            if isinstance(value, np.ndarray | np.generic):
                allocator = made_on(step, slot) or _HOST_MEMORY
                _describe(node.output.add(slot=position), slot.dtype, value, allocator)
                held[allocator] += 0 if slot.dtype.is_ref_dtype else value.nbytes
        for allocator, count in held.items():
            if count:
                node.memory.add(
                    allocator_name=allocator,
                    total_bytes=count,
                    peak_bytes=count,
                    live_bytes=count,
                )

    def _inputs(self, step: Step) -> Iterator[str]:
        """Yield the names of what a step takes, and of what it waits for."""
        for slot in step.inputs:
            yield _label(self._slots[slot].tensor.name)
        for operation in sorted(step.after, key=lambda operation: operation._id):
            yield f"^{operation.name}"


def _called(step: Step) -> tuple[str, str]:
    """Return a step's name and the type of its op: of a group, those of its members."""
    name, op = step.operation.name, step.op
    if isinstance(op, Fused):
        return name, "+".join(member.op.type for member in op.members)
    if isinstance(op, ToHost | ToDevice):  # a copy between memories is no operation of the graph's
        return f"{name}:{op.type}", op.type
    return name, step.operation.type


def _label(name: str) -> str:
    """Return a tensor's name as a node's input: the first output goes without number."""
    return name.removesuffix(":0")


def _describe(output: Any, dtype: Any, value: Array, allocator: str) -> None:
    description = output.tensor_description
    description.dtype = dtype.base_dtype.as_datatype_enum
    description.shape.SetInParent()
    for size in value.shape:
        description.shape.dim.add(size=size)
    allocation = description.allocation_description
    allocation.requested_bytes = allocation.allocated_bytes = value.nbytes
    allocation.allocator_name = allocator


def reports(options: Any) -> bool:
    """Whether `RunOptions` ask for a run to report of itself."""
    return bool(options.trace_level or options.output_partition_graphs)


def run_reporting(
    executor: Executor, values: Sequence[Any], options: Any, metadata: Any
) -> list[Any]:
    """Run a request, and write into a RunMetadata what was asked for.

    Parameters
    ----------
    executor : Executor
    values : list
        What is fed.
    options : RunOptions
    metadata : RunMetadata

    Returns
    -------
    list
        The fetched values.

    Raises
    ------
    NotImplementedError
        If the graph is asked for and an operation has no form in a file.
    """
    if options.output_partition_graphs:
        _describe_partition(executor, metadata)
    return _traced(executor, values, metadata) if options.trace_level else executor.run(values)


def _traced(executor: Executor, values: Sequence[Any], metadata: Any) -> list[Any]:
    request, store = executor.request, executor.store
    with np.errstate(all="ignore"):
        arrays = [feeds.to_feed(t, v) for t, v in zip(request.feeds, values, strict=True)]
        plan = executor.variant(tuple([array.shape for array in arrays])).plan
        try:
            bound = Timed(plan, np, store)
            fetched = bound.run(arrays)
        except StepError as error:
            raise failure.explained(error, request, store) from error.error
    metadata.step_stats.CopyFrom(bound.stats)
    return fetched


def _describe_partition(executor: Executor, metadata: Any) -> None:
    """Write the operations that a request needs, as a GraphDef."""
    partition = metadata.partition_graphs.add()
    for step in executor.base.steps:
        node = partition.node.add()
        node.CopyFrom(step.operation.node_def)
        node.device = local_devices()[0].name
