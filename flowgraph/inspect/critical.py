"""``Graph.critical_path``: the chain of operations that no parallel machine can shorten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.inspect import tables
from flowgraph.plan.costs import operation_costs, with_shapes
from flowgraph.plan.plan import Plan
from flowgraph.plan.prune import prune
from flowgraph.runtime import feeds as feeding
from flowgraph.runtime.fetches import Fetches
from flowgraph.shapes import TensorShape

_NANOS = 1e-9


class Stage(NamedTuple):
    """One operation of a critical path.

    Attributes
    ----------
    operation : Operation
    cost : float
        In the path's unit.
    share : float
        Of the path's cost, between 0 and 1.
    """

    operation: Operation
    cost: float
    share: float


class CriticalPath:
    """The costliest chain of operations that each wait for the one before.

    Iterating gives its stages, in the order of execution.

    Attributes
    ----------
    stages : tuple of Stage
    unit : {"FLOPs", "seconds"}
    cost : float
        Of the path.
    total : float
        Of all operations of the run: no number of processors makes it faster than ``total / cost``
        times.
    unknown : int
        Operations whose cost is not known. They count as nothing.
    """

    def __init__(
        self, operations: list[Operation], costs: Mapping[Operation, float | None], unit: str
    ) -> None:
        known = [costs[operation] or 0.0 for operation in operations]
        self.unit = unit
        self.cost = sum(known)
        self.total = sum(value or 0.0 for value in costs.values())
        self.unknown = sum(1 for value in costs.values() if value is None)
        whole = self.cost or 1.0
        self.stages = tuple(
            Stage(operation, value, value / whole)
            for operation, value in zip(operations, known, strict=True)
        )

    @property
    def parallelism(self) -> float:
        """How many times the whole work is that of the path."""
        return self.total / self.cost if self.cost else 1.0

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def _table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        show: Callable[[float], str] = (
            tables.seconds if self.unit == "seconds" else lambda value: tables.amount(value)
        )
        rows: list[tuple[str, ...]] = [
            (o.name, o.type, o.site.place, show(cost), f"{share:.1%}")
            for o, cost, share in self.stages
        ]
        rows.append(("path", "", "", show(self.cost), ""))
        rows.append(("all operations", "", "", show(self.total), f"{self.parallelism:.2f} x"))
        if self.unknown:
            rows.append((f"operations of unknown shapes, not counted: {self.unknown}",))
        return ("operation", "type", "line", self.unit, "share"), rows

    def __str__(self) -> str:
        header, rows = self._table()
        return tables.text(header, rows, 3)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        header, rows = self._table()
        return tables.markup(header, rows, 3)


def critical_path(
    graph: Graph,
    fetches: Any,
    feed_dict: Any = None,
    *,
    batch: int | None = None,
    times: Any = None,
) -> CriticalPath:
    """Return the costliest chain of operations of a run.

    Parameters
    ----------
    graph : Graph
    fetches : any nesting of fetches
    feed_dict : dict, optional
        What is fed: values give their shapes, and what only they need is left out.
    batch : int, optional
        What dimensions that are not known otherwise are taken for; 1 if left out.
    times : RunMetadata, StepStats or dict of str to float, optional
        Measured times instead of counted FLOPs: those of a traced run, or seconds by operation.
        An operation that is not among them took none: the run folded it, or fused it with
        another.

    Returns
    -------
    CriticalPath

    Raises
    ------
    TypeError
        If `times` is of another type.
    ValueError
        If `times` holds no operation of the run, or `batch` is not positive.

    Notes
    -----
    The longest path of a directed acyclic graph, in time linear in its edges: each operation takes
    the costliest of those it waits for, control dependencies among them. FLOPs are those of
    `flowgraph.plan.flops`; a loop counts as one turn.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 8], name="x")
    >>> wide = tf.matmul(x, tf.zeros([8, 100]), name="wide")
    >>> slim = tf.exp(x, name="slim")
    >>> y = tf.add(tf.reduce_sum(wide, name="a"), tf.reduce_sum(slim, name="b"), name="y")
    >>> path = tf.get_default_graph().critical_path(y, batch=4)
    >>> [(stage.operation.name, int(stage.cost)) for stage in path]
    [('x', 0), ('wide', 6400), ('a', 399), ('y', 1)]
    """
    if batch is not None and batch < 1:
        raise ValueError("batch must be positive")
    fed = dict(feeding.flatten(graph, feed_dict or {}))
    plan = prune(Fetches(graph, fetches).request(fed))
    if times is None:
        shapes = _shapes(fed)
        counted = operation_costs(with_shapes(plan, shapes, unknown=batch or 1))
        return _longest(plan, {o: cost.flops for o, cost in counted.items()}, "FLOPs")
    seconds = _seconds(times)
    measured = {step.operation: seconds.get(step.operation.name, 0.0) for step in plan.steps}
    if not any(operation.name in seconds for operation in measured):
        raise ValueError("times holds no operation that the fetches need")
    return _longest(plan, measured, "seconds")


def _shapes(fed: Mapping[Tensor, Any]) -> dict[Tensor, TensorShape]:
    arrays = ((tensor, feeding.to_feed(tensor, value)) for tensor, value in fed.items())
    return {tensor: TensorShape.of(array.shape) for tensor, array in arrays}


def _seconds(times: Any) -> dict[str, float]:
    """Return what each operation took, added up over its runs and devices."""
    if isinstance(times, Mapping):
        return {str(name).partition(":")[0]: float(value) for name, value in times.items()}
    stats = getattr(times, "step_stats", times)
    if not hasattr(stats, "dev_stats"):
        raise TypeError(
            f"times must be a RunMetadata, StepStats or dict, not {type(times).__name__}"
        )
    found: dict[str, float] = {}
    for device in stats.dev_stats:
        for node in device.node_stats:
            took = node.all_end_rel_nanos or 1000 * node.all_end_rel_micros
            found[node.node_name] = found.get(node.node_name, 0.0) + took * _NANOS
    return found


def _longest(plan: Plan, costs: Mapping[Operation, float | None], unit: str) -> CriticalPath:
    reached: dict[Operation, float] = {}
    previous: dict[Operation, Operation | None] = {}
    for step in plan.steps:
        operation = step.operation
        if operation in reached:  # the read of a fetched variable, which is its own operation
            continue
        before = [plan.slots[i].tensor.op for i in step.inputs] + sorted(
            step.after, key=lambda o: o._id
        )
        known = [o for o in before if o in reached]
        best = max(known, key=reached.__getitem__, default=None)
        previous[operation] = best
        reached[operation] = (costs[operation] or 0.0) + (0.0 if best is None else reached[best])
    path: list[Operation] = []
    # Of equal ones the last: what costs nothing at a path's end belongs to it.
    last = max(reversed(reached), key=reached.__getitem__, default=None)
    while last is not None:
        path.append(last)
        last = previous[last]
    return CriticalPath(path[::-1], costs, unit)
