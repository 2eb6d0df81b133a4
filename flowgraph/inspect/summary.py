"""``Graph.summary``: what each scope of a graph holds and costs, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.inspect import tables
from flowgraph.ops.constant import Const
from flowgraph.ops.functional import If, While
from flowgraph.ops.state import VariableV2
from flowgraph.plan.costs import operation_costs, with_shapes
from flowgraph.plan.plan import Request
from flowgraph.plan.prune import prune
from flowgraph.runtime.fetches import Fetches

_ROWS = 40
"""How many rows a table has at most that may choose its own depth."""
_TRAINABLE = "trainable_variables"
_HEADER = ("scope", "operations", "parameters", "FLOPs", "activations")
_NO_SCOPE = "(no scope)"


@dataclass
class Row:
    """What a scope holds, the scopes inside it included.

    Attributes
    ----------
    scope : str
        Its full name; ``""`` for the whole graph.
    operations, parameters, flops, activations : int
        Counts, and bytes.
    unknown : int
        Operations whose cost is not known and is not in the sums.
    """

    scope: str
    operations: int = 0
    parameters: int = 0
    flops: int = 0
    activations: int = 0
    unknown: int = 0

    def add(self, other: Row) -> None:
        """Count what `other` counts."""
        self.operations += other.operations
        self.parameters += other.parameters
        self.flops += other.flops
        self.activations += other.activations
        self.unknown += other.unknown

    def cells(self, name: str) -> tuple[str, ...]:
        """Return the row as texts. A plus says that there is more that is not known."""
        more = "+" if self.unknown else ""
        return (
            name,
            f"{self.operations:,}",
            f"{self.parameters:,}",
            tables.amount(self.flops) + more,
            tables.amount(self.activations, "B") + more,
        )


@dataclass
class _Scope:
    row: Row
    inside: dict[str, _Scope] = field(default_factory=dict)

    def rows(self, depth: int, level: int = 0) -> Iterator[tuple[int, Row]]:
        for scope in self.inside.values():
            yield level, scope.row
            if level + 1 < depth:
                yield from scope.rows(depth, level + 1)

    def count(self, depth: int) -> int:
        return sum(1 for _ in self.rows(depth))

    @property
    def deepest(self) -> int:
        return max((1 + scope.deepest for scope in self.inside.values()), default=0)


class Summary:
    """The table of a graph by scope: printed, shown in a notebook, or read as rows.

    Attributes
    ----------
    rows : tuple of Row
        In the order in which the scopes were begun, each before those inside it.
    total : Row
        Of the whole graph.
    batch : int
        What unknown dimensions are taken for.
    notes : tuple of str
        What stands below the table.
    """

    def __init__(self, root: _Scope, depth: int | None, batch: int, notes: Iterable[str]) -> None:
        self.total = root.row
        self.batch = batch
        self.notes = tuple(notes)
        levels, self._left_out = _chosen(root, depth)
        self.rows = tuple(row for _, row in levels)
        self._levels = tuple(level for level, _ in levels)

    def _cells(self) -> list[tuple[str, ...]]:
        found = []
        for level, row in zip(self._levels, self.rows, strict=True):
            name = row.scope if level == 0 else row.scope.rpartition("/")[2]
            found.append(row.cells("  " * level + name))
        if self._left_out:
            found.append((f"... {self._left_out} more scopes",))
        return [*found, self.total.cells(f"total at batch {self.batch}")]

    def __str__(self) -> str:
        return "\n".join([tables.text(_HEADER, self._cells()), *self.notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return tables.markup(_HEADER, [*self._cells(), *((note,) for note in self.notes)])


def summary(
    graph: Graph, batch: int | None = None, depth: int | None = None, fetches: Any = None
) -> Summary:
    """Return a table of a graph's scopes: operations, parameters, FLOPs and activations.

    Parameters
    ----------
    graph : Graph
    batch : int, optional
        What dimensions that are not known are taken for, 1 if left out. Shapes are inferred from
        it again, so that a reshape of a batch is as large as it would be.
    depth : int, optional
        How many scopes inside one another have rows of their own. If left out, as many as keep
        the table short.
    fetches : any nesting of fetches, optional
        Count only what a run of these needs; all operations if left out.

    Returns
    -------
    Summary
        Printing it prints the table; a notebook shows it. `Summary.rows` and `Summary.total`
        have the numbers.

    Raises
    ------
    ValueError
        If `batch` or `depth` is not positive.

    Notes
    -----
    Parameters are the elements of trainable variables; of a graph without the collection of
    these, of all variables. FLOPs are counted as in `flowgraph.plan.flops`, every operation once.
    Activations are the bytes of what operations compute; views, constants and variables are none.
    A branch counts as its dearer side, and a loop as one turn. An operation that bears the name
    of a scope belongs to it.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 4], name="x")
    >>> with tf.variable_scope("dense"):
    ...     w = tf.get_variable("w", [4, 3], initializer=tf.zeros_initializer())
    ...     y = tf.nn.relu(tf.matmul(x, w))
    >>> print(tf.get_default_graph().summary(batch=10, depth=1))
    scope              operations  parameters  FLOPs  activations
    (no scope)                  1           0      0        160 B
    dense                       6          12    270        240 B
    total at batch 10           7          12    270        400 B
    """
    if (batch is not None and batch < 1) or (depth is not None and depth < 1):
        raise ValueError("batch and depth must be positive")
    size = 1 if batch is None else batch
    if fetches is None:
        request = Request(graph, (), tuple(graph.get_operations()), ())
    else:
        request = Fetches(graph, fetches).request(())
    plan = with_shapes(prune(request), {}, unknown=size)
    costs = operation_costs(plan)
    sizes = {plan.slots[i].tensor: plan.slots[i].nbytes for s in plan.steps for i in s.outputs}
    trainable = _trainable(graph)
    root = _Scope(Row(""))
    scopes = _scopes(costs)
    for operation, cost in costs.items():
        written = cost.written if _is_activation(operation) else 0
        unknown = cost.flops is None or written is None
        parameters = _elements(operation) if operation in trainable else 0
        row = Row("", 1, parameters, cost.flops or 0, written or 0, int(unknown))
        _add(root, operation.name if operation.name in scopes else _scope_of(operation), row)
    return Summary(root, depth, size, _notes(costs, sizes, trainable, root.row))


def _scope_of(operation: Operation) -> str:
    return operation.name.rpartition("/")[0]


def _scopes(operations: Iterable[Operation]) -> set[str]:
    """Return all scopes, and those around them."""
    found = set()
    for operation in operations:
        scope = _scope_of(operation)
        while scope and scope not in found:
            found.add(scope)
            scope = scope.rpartition("/")[0]
    return found


def _add(root: _Scope, path: str, row: Row) -> None:
    root.row.add(row)
    place, parts = root, path.split("/") if path else [_NO_SCOPE]
    for number, part in enumerate(parts, 1):
        full = "/".join(parts[:number])
        place = place.inside.setdefault(part, _Scope(Row(full)))
        place.row.add(row)


def _chosen(root: _Scope, depth: int | None) -> tuple[list[tuple[int, Row]], int]:
    """Return the rows to show with their levels, and how many are left out."""
    if depth is not None:
        return list(root.rows(depth)), 0
    fitting = 1
    while fitting < root.deepest and root.count(fitting + 1) <= _ROWS:
        fitting += 1
    rows = list(root.rows(fitting))
    return rows[:_ROWS], len(rows[_ROWS:])


def _trainable(graph: Graph) -> set[Operation]:
    """Return the operations of the variables whose elements are parameters."""
    collected = graph.get_collection(_TRAINABLE)
    found = {variable.op for variable in collected if isinstance(variable.op, Operation)}
    return found or {o for o in graph.get_operations() if isinstance(o.op, VariableV2)}


def _is_activation(operation: Operation) -> bool:
    is_reference = any(tensor.dtype.is_ref_dtype for tensor in operation.outputs)
    return not is_reference and not isinstance(operation.op, Const)


def _elements(operation: Operation) -> int:
    return operation.outputs[0].shape.num_elements() or 0


def _notes(
    operations: Iterable[Operation],
    sizes: dict[Tensor, int | None],
    trainable: set[Operation],
    total: Row,
) -> Iterator[str]:
    others = sum(
        _elements(o) for o in operations if isinstance(o.op, VariableV2) and o not in trainable
    )
    if others:
        yield f"other variables: {others:,} elements"
    constants = sum(n or 0 for t, n in sizes.items() if isinstance(t.op.op, Const))
    if constants > 1 << 10:
        yield f"constants: {tables.amount(constants, 'B')}"
    if any(isinstance(o.op, If | While) for o in operations):
        yield "a loop counts as one turn, a branch as its dearer side"
    if total.unknown:
        yield f"+ and what operations of unknown shapes cost: {total.unknown}"
