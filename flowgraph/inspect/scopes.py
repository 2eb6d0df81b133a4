"""Boxes put into the boxes of their name scopes, and which of those are opened."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from flowgraph.inspect.labels import title
from flowgraph.inspect.picture import Box, Group, Kind

_CROWD = 60
"""More boxes than these in one scope are put into piles of those made one after another."""
_GRADIENT_OF = re.compile(r"_grad$")

BUDGET = 40
"""How many boxes a picture has at most, as far as that is a matter of opening scopes."""

ROOT = ""
"""The key of the group around all."""


@dataclass
class _Scope:
    """A scope while it is filled: what is in it, by name."""

    boxes: dict[str, Box] = field(default_factory=dict)
    inner: dict[str, _Scope] = field(default_factory=dict)
    order: dict[str, None] = field(default_factory=dict)


def grouped(boxes: Sequence[Box]) -> Group:
    """Return boxes, named by their keys, in the groups of their scopes, all closed.

    A scope that would hold a single box is left out, and said in that box's title.
    """
    root = _Scope()
    scopes = {key.rpartition("/")[0] for key in (box.key for box in boxes)}
    for box in boxes:
        # ``gradients/add`` and ``gradients/add/x`` share the box of the latter's scope.
        *path, name = box.key.split("/")
        if box.key in scopes:
            path = [*path, name]
        at = root
        for part in path:
            at.order.setdefault(part + "/")
            at = at.inner.setdefault(part, _Scope())
        at.boxes[name] = box
        at.order[name] = None
    return _group(ROOT, "", root)


def _group(key: str, name: str, scope: _Scope) -> Group:
    members: list[Box] = []
    for part in scope.order:
        if not part.endswith("/"):
            members.append(scope.boxes[part])
            continue
        inner = _group(
            f"{key}/{part[:-1]}" if key else part[:-1], part[:-1], scope.inner[part[:-1]]
        )
        if len(inner.members) > 1:
            members.append(inner)
            continue
        members += [replace(only, title=_joined(part[:-1], only)) for only in inner.members]
    if len(members) > _CROWD:
        members = _piles(key, members)
    return _described(Group(f"{key}/", title(name), "", "forward", members=tuple(members)))


def _joined(scope: str, box: Box) -> str:
    """Return the title of the one box in a scope: both names, unless one says it all."""
    if _GRADIENT_OF.search(scope) or box.title.endswith(scope):
        return box.title
    return title(f"{scope}/{box.title}")


def _piles(key: str, members: list[Box]) -> list[Box]:
    """Put members made one after another into groups of about the same size."""
    size = max(math.isqrt(len(members)), -(-len(members) // _CROWD))
    piles: list[Box] = []
    for start in range(0, len(members), size):
        part = members[start : start + size]
        name = f"{part[0].title} … {part[-1].title}"
        inner = _piles(f"{key}/{start}", part) if len(part) > _CROWD else part
        pile = Group(f"{key}/{start}…", name, "", "forward", members=tuple(inner))
        piles.append(_described(pile))
    return piles


def _described(group: Group) -> Group:
    """Return a group with the words and the colour that its members give it."""
    inside = [box for box in group.walk() if not isinstance(box, Group)]
    noun = "operation" if len(inside) == 1 else "operations"
    text = f"{len(inside)} {noun}"
    name = group.key.rstrip("/") or "all"
    return replace(group, subtitle=text, kind=_kind(inside), tooltip=f"{name}\n{text} drawn")


def _kind(inside: Iterable[Box]) -> Kind:
    kinds = dict.fromkeys(box.kind for box in inside)
    for kind in ("input", "constant", "variable"):
        if len(kinds) > 1:
            kinds.pop(kind, None)
    if len(kinds) == 1:
        return next(iter(kinds))
    return "forward" if "forward" in kinds else "update"


def opened(root: Group, depth: int | None, expand: Collection[str], budget: int) -> Group:
    """Return the groups with some of them open.

    Parameters
    ----------
    root : Group
    depth : int or None
        How many scopes deep to look. None: as many as `budget` allows: the outer before the
        inner, what is not of gradients and updates before what is, the small before the large.
    expand : collection of str
        Names of scopes to open in any case, with those around.
    budget : int
        How many boxes may be drawn.
    """
    chosen = _affordable(root, budget) if depth is None else _within(root, depth)
    for name in expand:
        parts = name.strip("/").split("/")
        around = ("/".join(parts[:n]) for n in range(1, len(parts) + 1))
        chosen |= {key: None for name in around for key in (name, name + "/")}
    return _opened(root, chosen)


def _within(root: Group, depth: int) -> dict[str, None]:
    if depth <= 0:
        return {}
    found: dict[str, None] = {}
    for box in root.members:
        if isinstance(box, Group):
            found |= {box.key: None, **_within(box, depth - 1)}
    return found


def _affordable(root: Group, budget: int) -> dict[str, None]:
    found: dict[str, None] = {}
    count = len(root.members)
    level = [box for box in root.members if isinstance(box, Group)]
    while level:
        following: list[Group] = []
        alike: dict[tuple[bool, int], list[Group]] = {}
        for group in level:
            alike.setdefault((group.kind != "forward", len(group.members)), []).append(group)
        for (_, size), groups in sorted(alike.items(), key=lambda item: item[0]):
            if count + size * len(groups) <= budget:  # of scopes alike all are open or none
                count += size * len(groups)
                found |= dict.fromkeys(group.key for group in groups)
                following += [
                    box for group in groups for box in group.members if isinstance(box, Group)
                ]
        level = following
    return found


def _opened(group: Group, keys: Collection[str]) -> Group:
    members = tuple(_opened(box, keys) if isinstance(box, Group) else box for box in group.members)
    if group.key in keys and not group.is_open:  # what is inside can be seen, not told
        return replace(group, members=members, subtitle="", is_open=True)
    return replace(group, members=members)
