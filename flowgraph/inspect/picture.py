"""What a picture shows: boxes inside boxes, and wires between them.

It knows neither graphs nor plans, which are turned into pictures elsewhere, nor places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "input", "variable", "constant", "forward", "gradient", "update", "outside"
]
"""What a box is for: its colour."""

Flow: TypeAlias = Literal["data", "saved", "reference", "control"]
"""What a wire carries: a value, one that a gradient needs again, a variable to write to, or
nothing but an order."""


@dataclass(frozen=True, slots=True)
class Box:
    """An operation, or a step of a plan.

    Attributes
    ----------
    key : str
        Unique in the picture.
    title, subtitle : str
        The text in the box.
    kind : str
    tooltip : str
        What a reader sees when pointing at it.
    shade : float or None
        From 0 to 1, where boxes are coloured by a quantity.
    """

    key: str
    title: str
    subtitle: str
    kind: Kind
    tooltip: str = ""
    shade: float | None = None


@dataclass(frozen=True, slots=True)
class Group(Box):
    """A box with boxes inside: a scope, a branch, a loop's body, a fused step.

    Attributes
    ----------
    members : tuple of Box
    is_open : bool
        Whether the members are drawn, or a single box stands for them.
    """

    members: tuple[Box, ...] = ()
    is_open: bool = False

    def walk(self) -> Iterator[Box]:
        """Every box inside, each group before its members."""
        for member in self.members:
            yield member
            if isinstance(member, Group):
                yield from member.walk()


@dataclass(frozen=True, slots=True)
class Link:
    """A value, or an order, from one box to another. Either may be a group.

    Attributes
    ----------
    source, target : str
        Keys.
    value : str
        The name of what flows, which tells two values of one source apart.
    label : str
        What is written on it.
    flow : str
    """

    source: str
    target: str
    value: str
    label: str
    flow: Flow = "data"


@dataclass(frozen=True, slots=True)
class Wire:
    """Links drawn as one line that branches: from one box to several.

    Attributes
    ----------
    source : str
        The key of a drawn box.
    targets : tuple of str
    label, flow
        As of a link.
    tooltip : str
    """

    source: str
    targets: tuple[str, ...]
    label: str
    flow: Flow
    tooltip: str


@dataclass(frozen=True)
class Picture:
    """Boxes and links, with words about the whole.

    Attributes
    ----------
    root : Group
        Its members are the outermost boxes.
    links : tuple of Link
    caption : str
    scale : str
        What the shades stand for, if boxes are shaded.
    """

    root: Group
    links: tuple[Link, ...]
    caption: str = ""
    scale: str = ""
    _boxes: dict[str, Box] = field(default_factory=dict, compare=False, repr=False)
    _parents: dict[str, Group] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        groups = [self.root, *(box for box in self.root.walk() if isinstance(box, Group))]
        self._parents.update((box.key, group) for group in groups for box in group.members)
        self._boxes.update((box.key, box) for group in groups for box in group.members)

    def path(self, key: str) -> list[Box]:
        """Return the boxes around a box from the outermost on, the root left out, and itself."""
        found, parent = [self._boxes[key]], self._parents[key]
        while parent.key != self.root.key:
            found.append(parent)
            parent = self._parents[parent.key]
        return found[::-1]

    def drawn(self) -> dict[str, str]:
        """Return for each box the one that stands for it: itself, or a closed group around."""
        found: dict[str, str] = {}

        def visit(group: Group, shown: str | None) -> None:
            for box in group.members:
                found[box.key] = shown or box.key
                if isinstance(box, Group):
                    visit(box, shown or (None if box.is_open else box.key))

        visit(self.root, None)
        return found

    def wires(self) -> list[Wire]:
        """Return the links between drawn boxes, joined.

        A value goes to all of its takers on one line. Between a closed group and another
        box there is one line for all values.
        """
        shown = self.drawn()
        closed = {box.key for box in self.root.walk() if isinstance(box, Group) and not box.is_open}
        bundles: dict[tuple[str, str, Flow], list[Link]] = {}
        for link in self.links:
            source, target = shown[link.source], shown[link.target]
            if source != target:
                bundle = target if source in closed else f"={link.value}"
                bundles.setdefault((source, bundle, link.flow), []).append(link)
        ordered = {
            (s, shown[link.target])
            for (s, _, flow), links in bundles.items()
            if flow != "control"
            for link in links
        }
        wires: list[Wire] = []
        said: dict[str, dict[str, None]] = {}
        for (source, _, flow), links in bundles.items():
            targets = list(dict.fromkeys(shown[link.target] for link in links))
            if flow == "control":  # an order that values already impose says nothing new
                targets = [target for target in targets if (source, target) not in ordered]
            label = _label(links)
            if flow == "saved" and label in said.get(source, ()):  # said on the line beside it
                label = ""
            if targets:
                said.setdefault(source, {})[label] = None
                wires.append(Wire(source, tuple(targets), label, flow, _tooltip(links)))
        return wires

    def inside(self, key: str) -> Picture:
        """Return the picture of what a group holds, with a box for each neighbour outside."""
        *around, group = self.path(key)
        assert isinstance(group, Group)
        inner = {box.key for box in group.walk()}
        known = {box.key for box in around}
        links: list[Link] = []
        outside: dict[str, Box] = {}

        def stand_in(other: str, side: str) -> str:
            if other in inner or other == group.key:
                return other
            beside = next((box for box in self.path(other) if box.key not in known), None)
            neighbour = self.path(other)[-1] if beside is None else beside
            name = f"{side} {neighbour.key}"
            outside[name] = Box(
                name, neighbour.title, side, "outside", tooltip=f"{side} {neighbour.key}"
            )
            return name

        for link in self.links:
            is_source, is_target = link.source in inner, link.target in inner
            if is_source or is_target:
                source = link.source if is_source else stand_in(link.source, "from")
                target = link.target if is_target else stand_in(link.target, "to")
                if group.key not in (source, target):
                    links.append(replace(link, source=source, target=target))
        members = (*group.members, *outside.values())
        root = replace(group, title="", subtitle="", members=members, is_open=True)
        return Picture(root, tuple(links), scale=self.scale)


def _label(links: list[Link]) -> str:
    labels = dict.fromkeys(link.label for link in links if link.label)
    values = dict.fromkeys(link.value for link in links)
    if len(values) == 1:
        return next(iter(labels), "")
    return f"{len(values)} {'waits' if links[0].flow == 'control' else 'tensors'}"


_LISTED = 12


def _tooltip(links: list[Link]) -> str:
    lines = [f"{link.value}  {link.label}".rstrip() + f"\n  → {link.target}" for link in links]
    rest = len(lines) - _LISTED
    return "\n".join(lines[:_LISTED] + ([f"and {rest} more"] if rest > 0 else []))
