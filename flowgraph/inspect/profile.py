"""``Session.profile``: where the time of a run goes, by kind of op, line of source and scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, cast

from flowgraph.graph.operation import Operation
from flowgraph.inspect import labels, tables
from flowgraph.plan.costs import step_cost
from flowgraph.plan.flops import flops
from flowgraph.plan.fused import Fused
from flowgraph.plan.plan import Plan
from flowgraph.runtime.profiling import Measured, Measurement, measure

_SHOWN = 20
"""How many lines of each table are shown."""

_SOURCE = "source line"

_LONGEST = 44
"""How many characters of a source line are shown as text."""

_NONE = "unknown"


class Share(NamedTuple):
    """A part of a step's work that one operation of the user's graph asked for.

    A fused group's time and bytes are shared equally among its members: nobody measures them
    one by one.
    """

    operation: Operation
    type: str
    tier: str
    seconds: float
    flops: int | None
    moved: float | None


class Line(NamedTuple):
    """A line of a table.

    Attributes
    ----------
    name : str
    operations : int
        How many operations it sums up.
    seconds : float
    share : float
        Of the time of a run.
    gradient : float
        The seconds among them for gradients.
    flops : int or None
        Floating-point operations; ``None`` where a shape was not known.
    moved : float or None
        Bytes read and written.
    """

    name: str
    operations: int
    seconds: float
    share: float
    gradient: float
    flops: int | None
    moved: float | None


class Profile:
    """Where the time of a run goes.

    Times are medians over several runs of the plan that `Session.run` would run, so that they
    need not add up to the last digit.

    Attributes
    ----------
    runs : int
    wall : float
        The seconds of a run.
    overhead : float
        What of it no step took: checking and copying what is fed and fetched, calling.
    clock : float
        The seconds that measuring took in each run. They are subtracted from all others.
    steps : list of Measured
        See `flowgraph.runtime.profiling.Measured`.
    """

    def __init__(self, measurement: Measurement) -> None:
        self.runs = measurement.runs
        self.wall = measurement.wall
        self.overhead = measurement.overhead
        self.clock = measurement.clock
        self.steps = measurement.steps
        self._shares = [s for m in self.steps for s in _shares(measurement.plan, m)]

    def by_type(self) -> list[Line]:
        """Return a line for each type of op, the dearest first."""
        return _dearest(self._lines(lambda share: (share.type,)))

    def by_line(self) -> list[Line]:
        """Return a line for each line of the user's program, the dearest first.

        Gradients count where the operation was written that they are of.
        """
        return _dearest(self._lines(lambda share: (labels.site(_written(share.operation)),)))

    def by_scope(self, depth: int = 2) -> list[Line]:
        """Return a line for each name scope with all that is in it, in the order of execution.

        Parameters
        ----------
        depth : int
            How deep scopes in scopes are told apart.
        """
        return list(self._lines(lambda share: _scopes(_written(share.operation), depth)))

    def by_tier(self) -> list[Line]:
        """Return a line for each tier that steps run on, the dearest first."""
        return _dearest(self._lines(lambda share: (share.tier,)))

    def _lines(self, names: Callable[[Share], Iterable[str]]) -> Iterator[Line]:
        groups: dict[str, list[Share]] = {}
        for share in self._shares:
            for name in names(share):
                groups.setdefault(name, []).append(share)
        for name, members in groups.items():
            seconds = sum(member.seconds for member in members)
            gradient = sum(m.seconds for m in members if m.operation.forward is not None)
            yield Line(
                name,
                len(members),
                seconds,
                seconds / self.wall if self.wall else 0.0,
                gradient,
                cast("int | None", _sum(member.flops for member in members)),
                _sum(member.moved for member in members),
            )

    @property
    def flops(self) -> int | None:
        """The floating-point operations of a run; ``None`` if a shape was not known."""
        return cast("int | None", _sum(share.flops for share in self._shares))

    def _summary(self) -> str:
        runs = "1 run" if self.runs == 1 else f"{self.runs} runs"
        share = self.overhead / self.wall if self.wall else 0.0
        work = "" if self.flops is None else f", {tables.amount(self.flops, 'FLOP')}"
        return (
            f"{tables.seconds(self.wall)} a run (median of {runs}){work}\n"
            f"{tables.seconds(self.overhead)} ({share:.1%}) overhead outside of the steps; "
            f"{tables.seconds(self.clock)} for the clock are subtracted"
        )

    def _tables(self) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
        """Yield each table with the lines of it that are shown: the first ones."""
        for header, rows in self._whole_tables():
            more = [(f"{len(rows) - _SHOWN} more",)] if len(rows) > _SHOWN else []
            yield header, [*rows[:_SHOWN], *more]

    def _whole_tables(self) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
        work = ("ops", "time", "share", "gradient", "FLOP/s", "bytes/s")
        yield ("type", *work), _cells(self.by_type())
        yield (_SOURCE, *work), _cells(self.by_line())
        yield ("scope", *work), _cells(self.by_scope())
        yield ("tier", *work), _cells(self.by_tier())
        yield ("step", "tier", "time", "share"), self._step_cells()

    def _step_cells(self) -> list[tuple[str, ...]]:
        steps = sorted(self.steps, key=lambda measured: -measured.seconds)
        return [
            (
                f"{measured.step.operation.name} = {_title(measured)}",
                measured.tier,
                tables.seconds(measured.seconds),
                f"{measured.seconds / self.wall if self.wall else 0.0:.1%}",
            )
            for measured in steps
            if measured.seconds
        ]

    def __str__(self) -> str:
        parts = [self._summary()]
        for header, rows in self._tables():
            if header[0] == _SOURCE:
                rows = [(_cut(name), *others) for name, *others in rows]
            parts.append(tables.text(header, rows))
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        return f"<Profile of {self.runs} runs, {tables.seconds(self.wall)} each>"

    def _repr_html_(self) -> str:
        parts = [tables.markup(header, rows) for header, rows in self._tables()]
        return "\n".join([tables.paragraph(self._summary()), *parts])


def profile(session: object, fetches: object, feed_dict: object = None, runs: int = 10) -> Profile:
    """Run several times, and return where the time goes.

    Parameters
    ----------
    session : Session
    fetches : any nesting of fetches
    feed_dict : dict, optional
    runs : int
        How many runs are measured, after one that is not. Each is a run like any other: a
        training step that is profiled is done ``runs + 1`` times.

    Returns
    -------
    Profile

    Raises
    ------
    ValueError
        If `runs` is less than 1.
    tf.errors.OpError
        If an operation fails.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> y = tf.matmul(x, tf.zeros([3, 5]), name="y")
    >>> profile = tf.Session().profile(y, {x: [[1.0, 2.0, 3.0]]}, runs=3)
    >>> profile.flops, [line.name for line in profile.by_type()]
    (30, ['MatMul'])
    """
    if runs < 1:
        raise ValueError(f"runs must be at least 1, not {runs}")
    route = session._route(fetches, feed_dict, None)  # type: ignore[attr-defined]
    values = route.values(feed_dict) if feed_dict else ()
    return Profile(measure(route.executor, values, runs))


def _shares(plan: Plan, measured: Measured) -> Iterator[Share]:
    step, tier, seconds = measured.step, measured.tier, measured.seconds
    cost = step_cost(plan, step)
    moved = _sum((cost.read, cost.written))
    if not isinstance(step.op, Fused):
        kind = "read" if step.is_read else step.op.type
        yield Share(step.operation, kind, tier, seconds, cost.flops, moved)
        return
    members = step.op.members
    form = plan.slots[step.outputs[0]]
    part = 1 / len(members)
    values = [*plan.specs(step), *[form] * len(members)]
    for member in members:
        taken = [values[i] for i in member.inputs]
        work = flops(member.op, taken, [form])
        its = None if moved is None else moved * part
        yield Share(member.operation, member.op.type, tier, seconds * part, work, its)


def _title(measured: Measured) -> str:
    op = measured.step.op
    if isinstance(op, Fused):
        return f"fused {' '.join(member.op.type for member in op.members)}"
    return op.type


def _written(operation: Operation) -> Operation:
    """Return what the user wrote: for a gradient, the operation it is of."""
    while operation.forward is not None:
        operation = operation.forward
    return operation


def _cut(name: str) -> str:
    """Return a source line without its end, where it is long."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."


def _scopes(operation: Operation, depth: int) -> Iterator[str]:
    words = operation.name.split("/")[:-1][:depth]
    for end in range(1, len(words) + 1):
        yield f"{'/'.join(words[:end])}/"
    if not words:
        yield "no scope"


def _sum(values: Iterable[float | None]) -> float | None:
    total: float = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _dearest(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: -line.seconds)


def _cells(lines: Iterable[Line]) -> list[tuple[str, ...]]:
    """Return lines as cells, without those that took no time: views, what is known beforehand."""
    return [
        (
            line.name,
            str(line.operations),
            tables.seconds(line.seconds),
            f"{line.share:.1%}",
            tables.seconds(line.gradient) if line.gradient else "",
            _rate(line.flops, line.seconds),
            _rate(line.moved, line.seconds),
        )
        for line in lines
        if line.seconds
    ]


def _rate(amount: float | None, seconds: float) -> str:
    if amount is None:
        return _NONE
    return tables.amount(amount / seconds) if amount and seconds else ""
