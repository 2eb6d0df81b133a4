"""Traced runs: what ran when, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.backends.calls import StepError
from flowgraph.dtypes import Array
from flowgraph.graph.op import Resources
from flowgraph.ops.state import Cell
from flowgraph.plan.fused import Fused
from flowgraph.plan.plan import Plan, Step
from flowgraph.runtime import failure, feeds
from flowgraph.runtime.devices import local_devices
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.observed import Observed

_THREAD = 0
_ALLOCATOR = "cpu"
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
        device = self.stats.dev_stats.add(device=local_devices()[0].name)
        self._nodes = device.node_stats
        return super().run(feeds, is_inner)

    def end(self, step: Step, start: int, end: int) -> None:
        """Note a step."""
        operation = step.operation
        op, inputs = _called(step), ", ".join(self._inputs(step))
        node = self._nodes.add(
            node_name=operation.name,
            timeline_label=f"{operation.name} = {op}({inputs})",
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
        held = 0
        for position, slot in enumerate(step.outputs):
            dtype, value = self._slots[slot].dtype, self._values[slot]
            if isinstance(value, Cell):
                value = value.array if value.initialized else None
            if isinstance(value, np.ndarray | np.generic):
                _describe(node.output.add(slot=position), dtype, value)
                held += 0 if dtype.is_ref_dtype else value.nbytes
        if held:
            node.memory.add(
                allocator_name=_ALLOCATOR, total_bytes=held, peak_bytes=held, live_bytes=held
            )

    def _inputs(self, step: Step) -> Iterator[str]:
        """Yield the names of what a step takes, and of what it waits for."""
        for slot in step.inputs:
            yield _label(self._slots[slot].tensor.name)
        for operation in sorted(step.after, key=lambda operation: operation._id):
            yield f"^{operation.name}"


def _called(step: Step) -> str:
    """Return the type of a step's op, or those of a group's members."""
    if isinstance(step.op, Fused):
        return "+".join(member.op.type for member in step.op.members)
    return step.operation.type


def _label(name: str) -> str:
    """Return a tensor's name as a node's input: the first output goes without number."""
    return name.removesuffix(":0")


def _describe(output: Any, dtype: Any, value: Array) -> None:
    description = output.tensor_description
    description.dtype = dtype.base_dtype.as_datatype_enum
    description.shape.SetInParent()
    for size in value.shape:
        description.shape.dim.add(size=size)
    allocation = description.allocation_description
    allocation.requested_bytes = allocation.allocated_bytes = value.nbytes
    allocation.allocator_name = _ALLOCATOR


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
