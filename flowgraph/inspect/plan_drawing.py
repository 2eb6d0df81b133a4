"""A session's plan as a picture: its steps, fused groups as boxes, time or bytes as shade."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flowgraph.inspect import labels
from flowgraph.inspect.drawing import Drawing
from flowgraph.inspect.picture import Box, Flow, Group, Kind, Link, Picture
from flowgraph.inspect.scopes import BUDGET, grouped, opened
from flowgraph.inspect.theme import NAMES
from flowgraph.ops.core import Identity
from flowgraph.ops.state import VariableV2
from flowgraph.plan.fused import Fused
from flowgraph.plan.plan import Plan, Step
from flowgraph.runtime import feeds as feeding
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.fetches import Fetches
from flowgraph.runtime.parts import UPDATE, parts
from flowgraph.runtime.profiling import measure

SHADES = ("bytes", "time")
_RUNS = 5


def show(
    session: Any,
    fetches: Any,
    feed_dict: dict[Any, Any] | None = None,
    shade: str | None = "bytes",
    *,
    to: str | os.PathLike[str] | None = None,
    depth: int | None = None,
    expand: Iterable[str] = (),
    direction: str = "down",
    theme: str = "auto",
) -> Drawing:
    """Draw the plan of a run: what a session makes of a graph for given fetches and feeds.

    Steps that became one are in a box together. What was folded or simplified away is not
    there any more. The darker a box, the more it takes.

    Parameters
    ----------
    fetches : any nesting of fetches
    feed_dict : dict, optional
        Values, whose shapes specialise the plan.
    shade : {"bytes", "time"} or None
        ``"bytes"``: the memory that a step writes. ``"time"``: the seconds it takes in the
        middle of five runs. Those are runs like any other: they draw random numbers and change
        variables. None colours the boxes by what they are for.
    to, depth, expand, direction, theme
        See `flowgraph.show`.

    Returns
    -------
    Drawing

    Raises
    ------
    ValueError
        If `shade` is something else.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> y = tf.reduce_sum(tf.nn.relu(x * 2.0 + 1.0), name="y")
    >>> tf.Session().show(y, {x: [[1.0, 2.0]]})
    <Drawing: the plan of a run: 2 steps, 3 operations in 1 fused step, ...>
    """
    if shade is not None and shade not in SHADES:
        raise ValueError(f"shade must be one of {SHADES} or None, not {shade!r}")
    graph = session.graph
    parsed = Fetches(graph, fetches)
    fed = list(feeding.flatten(graph, feed_dict or {}))
    request = parsed.request(tensor for tensor, _ in fed)
    executor = Executor(request, session._store, session._optimised)
    shapes = [feeding.to_feed(tensor, value).shape for tensor, value in fed]
    amounts: list[float] | None = None
    if shade == "time":
        measured = measure(executor, [value for _, value in fed], _RUNS)
        plan, amounts = measured.plan, [step.seconds for step in measured.steps]
    else:
        plan = executor.plan(shapes)
        if shade == "bytes":
            amounts = [float(_written_bytes(step, plan)) for step in plan.steps]
    picture = planned(plan, shade, amounts, depth, tuple(expand))
    drawing = Drawing(picture, direction, theme)
    if to is not None:
        drawing.save(to)
    return drawing


def _written_bytes(step: Step, plan: Plan) -> int:
    """Return how much memory a step writes: views and variables themselves write none."""
    if step.op.may_alias or isinstance(step.op, VariableV2):
        return 0
    return sum(plan.slots[i].nbytes or 0 for i in step.outputs)


def planned(
    plan: Plan,
    shade: str | None,
    amounts: list[float] | None,
    depth: int | None,
    expand: tuple[str, ...],
) -> Picture:
    """Return the picture of a plan.

    Parameters
    ----------
    plan : Plan
    shade : str or None
        What `amounts` are, of `SHADES`.
    amounts : list of float or None
        One for each step.
    depth, expand
        See `opened`.
    """
    contents = _Contents(plan)
    root = replace(opened(grouped(contents.boxes), depth, expand, BUDGET), title="", subtitle="")
    fused = [step.op for step in plan.steps if isinstance(step.op, Fused)]
    caption = f"the plan of a run: {len(plan.steps)} steps"
    if fused:
        count, steps = sum(len(op.members) for op in fused), len(fused)
        caption += f", {count} operations in {steps} fused step{'s' if steps > 1 else ''}"
    if plan.buffers:
        caption += f", {_amount(sum(plan.buffers), 'bytes')} of planned buffers"
    if shade is None or amounts is None:
        return Picture(root, tuple(contents.links), caption)
    spent: dict[str, float] = {}
    for key, amount in zip(contents.keys, amounts, strict=True):
        spent[key] = spent.get(key, 0.0) + amount
    total = sum(spent.values())
    top = max(_drawn_amounts(root, spent), default=0.0)
    words = f"darker: more {shade}, up to {_amount(top, shade)} of {_amount(total, shade)}"
    shaded = _shaded(root, spent, top, total, shade)
    return Picture(replace(root, members=shaded.members), tuple(contents.links), caption, words)


class _Contents:
    """The boxes and links of a plan.

    Attributes
    ----------
    boxes : list of Box
    links : list of Link
    keys : list of str
        For each step of the plan, the box that stands for it.
    """

    def __init__(self, plan: Plan) -> None:
        self.boxes: list[Box] = []
        self.links: list[Link] = []
        self.keys: list[str] = []
        self._plan = plan
        self._parts = parts(plan)
        self._shown: dict[int, tuple[str, int]] = {}
        """For each slot the box that it comes from, and the slot that tells its form."""
        self._variables: dict[int, str] = {}
        self._kinds: dict[str, Kind] = {}
        for slot in plan.feeds:
            tensor = plan.slots[slot].tensor
            words = f"{tensor.op.name}\nfed\n{labels.site(tensor.op)}"
            self._add(Box(tensor.op.name, labels.title(tensor.op.name), "fed", "input", words))
            self._shown[slot] = tensor.op.name, slot
        wanted = self._wanted_variables()
        keys = {step.operation: step.operation.name for step in plan.steps}
        for step in plan.steps:
            self.keys.append(self._step(step, wanted, keys))

    def _add(self, box: Box) -> None:
        self.boxes.append(box)
        self._kinds[box.key] = box.kind

    def _wanted_variables(self) -> set[int]:
        """Return the slots of variables that something other than an update reads."""
        plan = self._plan
        reads = {step.outputs[0]: step.inputs[0] for step in plan.steps if self._is_read(step)}
        users = [s for s in plan.steps if not self._is_read(s) and self._part(s) != UPDATE]
        taken = [slot for step in users for slot in step.inputs] + list(plan.fetches)
        return {reads.get(slot, slot) for slot in taken}

    def _is_read(self, step: Step) -> bool:
        return isinstance(step.op, Identity) and (
            self._plan.slots[step.inputs[0]].dtype.is_ref_dtype
        )

    def _part(self, step: Step) -> str:
        return self._parts.get(step.operation, "forward")

    def _step(self, step: Step, wanted: set[int], keys: dict[Any, str]) -> str:
        """Add what a step is drawn as, and return the key of that."""
        plan, name = self._plan, step.operation.name
        if self._is_read(step):
            source = step.inputs[0]
            self._variables[step.outputs[0]] = self._variables.get(source, name)
            if source in self._shown:
                self._shown[step.outputs[0]] = self._shown[source]
            return self._shown.get(source, (name, source))[0]
        if isinstance(step.op, VariableV2):
            slot = step.outputs[0]
            self._variables[slot] = name
            if slot in wanted:
                text = labels.tooltip(step.operation)
                self._add(Box(name, labels.title(_base(name)), "variable", "variable", text))
                self._shown[slot] = name, slot
            return name
        kind: Kind = "forward"
        if self._part(step) in NAMES:
            kind = self._part(step)  # type: ignore[assignment]  # it is one of the names
        told = self._told(step)
        subtitle = labels.subtitle(step.operation, told, self._written(step))
        if isinstance(step.op, Fused):
            self._fused(step, step.op, kind)
        else:
            self._add(Box(name, labels.title(_base(name)), subtitle, kind, self._tooltip(step)))
            self._shown.update((slot, (name, slot)) for slot in step.outputs)
            for slot in step.inputs:
                self._link(slot, name, kind)
        for other in step.after:
            if keys.get(other) in self._kinds:
                self.links.append(Link(keys[other], name, f"^{other.name}", "", "control"))
        for slot in step.outputs:
            if plan.slots[slot].dtype.is_ref_dtype and step.inputs:
                self._variables[slot] = self._variables.get(step.inputs[0], name)
        return name

    def _fused(self, step: Step, op: Fused, kind: Kind) -> None:
        """Add a fused step: a box with one for each operation inside."""
        name = step.operation.name
        keys = [f"{name}:{i}" for i in range(len(op.members))]
        members = []
        for key, member in zip(keys, op.members, strict=True):
            title = labels.title(_base(member.operation.name))
            told = {
                word: text
                for word, i in zip(labels.arguments(member.operation), member.inputs, strict=False)
                if i < op.count and (text := self._constant(step.inputs[i]))
            }
            subtitle = labels.subtitle(member.operation, told)
            text = labels.tooltip(member.operation)
            members.append(Box(key, title, subtitle, kind, text))
            for i in member.inputs:
                if i < op.count:
                    self._link(step.inputs[i], key, kind)
                else:
                    source = op.members[i - op.count]
                    form = f"{source.dtype.name}[{','.join(map(str, op.sizes))}]"
                    value = source.operation.name
                    self.links.append(Link(keys[i - op.count], key, value, form))
        for slot, result in zip(step.outputs, op.results, strict=True):
            self._shown[slot] = keys[result - op.count], slot
        group = Group(
            name,
            labels.title(_base(name)),
            "fused",
            kind,
            self._tooltip(step),
            members=tuple(members),
            is_open=True,
        )
        self._add(group)
        self._kinds.update(dict.fromkeys(keys, kind))

    def _link(self, slot: int, target: str, kind: Kind) -> None:
        if slot not in self._shown:
            return
        key, shown = self._shown[slot]
        spec = self._plan.slots[slot]
        if spec.dtype.is_ref_dtype:  # told in words
            return
        flow: Flow = "data"
        if kind == "gradient" and self._kinds.get(key) != "gradient":
            flow = "saved"
        self.links.append(Link(key, target, f"%{shown}", labels.form(spec), flow))

    def _constant(self, slot: int) -> str | None:
        """Return in words an input that has no box: a short constant, or a variable."""
        if slot in self._shown or self._plan.slots[slot].dtype.is_ref_dtype:
            return None
        if slot in self._variables:
            return labels.title(self._variables[slot])
        return labels.value(self._plan.slots[slot].value)

    def _told(self, step: Step) -> dict[str, str]:
        if isinstance(step.op, Fused):
            return {}
        words = zip(labels.arguments(step.operation), step.inputs, strict=False)
        return {word: text for word, slot in words if (text := self._constant(slot))}

    def _written(self, step: Step) -> list[str]:
        """Return the variables that a step writes; an optimizer's own go without saying."""
        written = [step.inputs[i] for i in step.op.writes()[:1]]
        return [self._variables[slot] for slot in written if slot in self._variables]

    def _tooltip(self, step: Step) -> str:
        forms = [labels.form(self._plan.slots[slot]) for slot in step.outputs]
        lines = [step.operation.name, f"{step.op.type} → {', '.join(forms)}" if forms else ""]
        if isinstance(step.op, Fused):
            lines += [f"  {m.op.type}  {m.operation.name}" for m in step.op.members]
        for slot in step.outputs:
            if self._plan.slots[slot].buffer is not None:
                lines.append(f"buffer {self._plan.slots[slot].buffer}")
        return "\n".join([*filter(None, lines), labels.site(step.operation)])


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _spent(box: Box, spent: dict[str, float]) -> float:
    """Return what a box takes, with all that is inside."""
    inside = box.members if isinstance(box, Group) else ()
    return spent.get(box.key, 0.0) + sum(_spent(member, spent) for member in inside)


def _is_scope(box: Box, spent: dict[str, float]) -> bool:
    """Whether a box is an open scope, and no fused step: what it takes shows in its members."""
    return isinstance(box, Group) and box.is_open and box.key not in spent


def _drawn_amounts(group: Group, spent: dict[str, float]) -> list[float]:
    found: list[float] = []
    for box in group.members:
        if isinstance(box, Group) and _is_scope(box, spent):
            found += _drawn_amounts(box, spent)
        else:
            found.append(_spent(box, spent))
    return found


def _shaded(group: Group, spent: dict[str, float], top: float, total: float, shade: str) -> Group:
    """Return a group whose members are coloured by what they take, and say it."""
    members: list[Box] = []
    for box in group.members:
        amount = _spent(box, spent)
        if isinstance(box, Group) and box.key not in spent:
            box = _shaded(box, spent, top, total, shade)
        is_step = box.key in spent or isinstance(box, Group)
        if is_step and not _is_scope(box, spent) and box.kind != "variable":
            words = _amount(amount, shade)
            share = f"{words}, {amount / total:.1%} of the run" if total else words
            box = replace(
                box,
                subtitle=f"{box.subtitle} · {words}" if box.subtitle else words,
                tooltip=f"{box.tooltip}\n{share}",
                shade=amount / top if top else 0.0,
            )
        members.append(box)
    return replace(group, members=tuple(members))


def _amount(amount: float, shade: str) -> str:
    if shade == "time":
        for unit, size in (("s", 1.0), ("ms", 1e-3)):
            if amount >= size:
                return f"{amount / size:.3g} {unit}"
        return f"{amount * 1e6:.3g} µs"
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if amount >= size:
            return f"{amount / size:.3g} {unit}"
    return f"{amount:.0f} B"
