"""From a graph to the picture of it: what to draw, what to merge, and what to say in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.inspect import labels
from flowgraph.inspect.picture import Box, Flow, Group, Link, Picture
from flowgraph.inspect.roles import HIDDEN, Roles
from flowgraph.inspect.scopes import BUDGET, grouped, opened
from flowgraph.ops.body import Body
from flowgraph.ops.constant import Const


def condensed(
    graph: Graph,
    fetches: Iterable[Tensor | Operation] = (),
    feeds: Iterable[Tensor] = (),
    depth: int | None = None,
    expand: Collection[str] = (),
    hidden: Collection[str] = tuple(HIDDEN),
) -> Picture:
    """Return the picture of a graph, or of the part of it that some fetches need.

    Parameters
    ----------
    graph : Graph
    fetches : iterable of Tensor or Operation
        Nothing means the whole graph.
    feeds : iterable of Tensor
        What they stand for is not looked behind.
    depth, expand
        See `opened`.
    hidden : collection of str
        Which of `HIDDEN` are not drawn.
    """
    wanted = [fetch.op if isinstance(fetch, Tensor) else fetch for fetch in fetches]
    fed = dict.fromkeys(tensor.op for tensor in feeds)
    operations = _needed(wanted, fed) if wanted else graph.get_operations()
    kept = [*wanted, *fed]
    roles = Roles(operations, kept, hidden)
    if not any(kind not in ("variable", "constant") for kind in roles.drawn.values()):
        roles = Roles(operations, kept, ())
    contents = _Contents(roles, fed)
    root = opened(grouped(contents.boxes), depth, expand, BUDGET)
    caption = _caption(operations, roles, contents.written)
    return Picture(replace(root, title="", subtitle=""), tuple(contents.links), caption)


def _needed(wanted: Sequence[Operation], fed: Collection[Operation]) -> list[Operation]:
    """Return the operations that some need, in the order they were made."""
    found = dict.fromkeys(wanted)
    stack = list(found)
    while stack:
        operation = stack.pop()
        if operation in fed:
            continue
        before = [tensor.op for tensor in operation.inputs] + operation.control_inputs
        for other in before:
            if other not in found:
                found[other] = None
                stack.append(other)
    return sorted(found, key=lambda operation: operation._id)


def _caption(operations: Sequence[Operation], roles: Roles, references: int) -> str:
    counts = Counter(roles.hidden.values()) + Counter(references=references)
    nouns = [(counts[role], *names) for role, names in HIDDEN.items()]
    nouns.append((len(roles.merged), "node that hands on a value", "nodes that hand on a value"))
    parts = [f"{count} {one if count == 1 else more}" for count, one, more in nouns if count]
    count = len(operations)
    text = f"{count} operation{'s' if count > 1 else ''}, {len(roles.drawn)} drawn"
    return f"{text}. Not drawn: {', '.join(parts)}." if parts else f"{text}."


class _Contents:
    """The boxes and links of what is drawn."""

    def __init__(self, roles: Roles, fed: Collection[Operation]) -> None:
        self.boxes: list[Box] = []
        self.links: list[Link] = []
        self.written = 0
        """How many references are told in labels, not drawn."""
        self._roles = roles
        for operation in roles.drawn:
            self.boxes.append(self._box(operation, operation in fed))
            if operation not in fed:
                self._link(operation)

    def _box(self, operation: Operation, is_fed: bool) -> Box:
        kind = "input" if is_fed else self._roles.drawn[operation]
        title = labels.title(operation.name.rpartition("/")[2])
        subtitle = labels.subtitle(operation, self._told(operation), self._written(operation))
        if isinstance(operation.op, Const):
            subtitle = labels.value(operation.op.value) or "constant"
        box = Box(operation.name, title, subtitle, kind, labels.tooltip(operation))
        parts = operation.op.insides()
        return _with_bodies(operation, box, parts, self.links) if parts else box

    def _told(self, operation: Operation) -> dict[str, str]:
        """Return the constants among an operation's inputs that are not drawn, as text."""
        told: dict[str, str] = {}
        for name, tensor in zip(labels.arguments(operation), operation.inputs, strict=True):
            source = self._roles.source(tensor).op
            if self._roles.hidden.get(source) == "constants" and isinstance(source.op, Const):
                text = labels.value(source.op.value)
                if text is not None:
                    told[name] = text
        return told

    def _written(self, operation: Operation) -> list[str]:
        """Return the variables whose references are told, not drawn: if wires lead there anyway."""
        if not self._roles.hides_references:
            return []
        drawn = [self._roles.source(t).op in self._roles.drawn for t in operation.inputs]
        references = operation.op.references()
        waits = self._awaited(operation)
        if not waits and not any(shown and i not in references for i, shown in enumerate(drawn)):
            return []
        return [operation.inputs[i].op.name for i in sorted(references) if drawn[i]]

    def _link(self, operation: Operation) -> None:
        drawn = self._roles.drawn
        references = operation.op.references()
        written = self._written(operation)
        self.written += len(written)
        for position, tensor in enumerate(operation.inputs):
            shown = self._roles.source(tensor)
            if shown.op not in drawn or (position in references and shown.op.name in written):
                continue
            flow: Flow = "reference" if position in references else "data"
            if drawn[operation] == "gradient" and drawn[shown.op] != "gradient":
                flow = "saved"
            self.links.append(
                Link(shown.op.name, operation.name, shown.name, labels.form(shown), flow)
            )
        for other in self._awaited(operation):
            name = f"^{other.name}"
            self.links.append(Link(other.name, operation.name, name, "", "control"))

    def _awaited(self, operation: Operation) -> list[Operation]:
        """Return what an operation waits for, through constants and reads that are not drawn."""
        found: dict[Operation, None] = {}
        stack = [operation]
        for current in stack:  # grows on the way
            found.update(dict.fromkeys(o for o in current.control_inputs if o in self._roles.drawn))
            stack += [t.op for t in current.inputs if self._roles.is_folded(t.op)]
        return list(found)


def _with_bodies(
    operation: Operation,
    around: Box,
    parts: Iterable[tuple[str, Graph, Sequence[Tensor], Sequence[Tensor]]],
    links: list[Link],
) -> Group:
    """Return the box of an operation with the graphs inside it, and add the links of those."""
    members = []
    for word, body, inputs, results in parts:
        prefix = f"{operation.name}:{word}"
        known = dict.fromkeys([*inputs, *results])
        operations = _needed([tensor.op for tensor in known], ())
        roles = Roles(operations, [tensor.op for tensor in results], tuple(HIDDEN))
        contents = _Contents(roles, ())
        names = _parameters(body, inputs)
        used = {link.source for link in contents.links}
        used |= {roles.source(tensor).op.name for tensor in results}
        drawn = [box for box in contents.boxes if box.key in used or box.key not in names]
        boxes = []
        for box in drawn:
            title, subtitle = names.get(box.key, (box.title, box.subtitle))
            key = f"{prefix}/{box.key}"
            boxes.append(replace(box, key=key, title=title, subtitle=subtitle))
        inner = tuple(_prefixed(boxes, drawn, prefix))
        key = f"{prefix}/"
        members.append(
            Group(key, word, "", around.kind, f"{operation.name}: {word}", None, inner, True)
        )
        links += [
            replace(
                link,
                source=f"{prefix}/{link.source}",
                target=f"{prefix}/{link.target}",
                value=f"{prefix}/{link.value}",
            )
            for link in contents.links
        ]
        links += [
            Link(f"{prefix}/{shown.op.name}", key, f"{prefix}/{shown.name}", labels.form(shown))
            for shown in dict.fromkeys(roles.source(tensor) for tensor in results)
        ]
    return Group(
        around.key,
        around.title,
        around.subtitle,
        around.kind,
        around.tooltip,
        members=tuple(members),
    )


def _prefixed(boxes: list[Box], before: list[Box], prefix: str) -> list[Box]:
    """Return boxes whose keys have a prefix, those inside of them too."""
    found = []
    for box, old in zip(boxes, before, strict=True):
        if isinstance(box, Group) and isinstance(old, Group):
            inner = [replace(member, key=f"{prefix}/{member.key}") for member in box.members]
            box = replace(box, members=tuple(_prefixed(inner, list(old.members), prefix)))
        found.append(box)
    return found


def _parameters(body: Graph, inputs: Iterable[Tensor]) -> dict[str, tuple[str, str]]:
    """Return the words for a body's parameters, by their names: what they stand for."""
    words = {
        tensor.op.name: (labels.title(tensor.op.name.rpartition("/")[2]), "given")
        for tensor in inputs
    }
    if isinstance(body, Body):
        for outer, inner in body.captures.items():
            name = outer.op.name.removesuffix("/read").rpartition("/")[2]
            words[inner.op.name] = (labels.title(name), "from outside")
    return words
