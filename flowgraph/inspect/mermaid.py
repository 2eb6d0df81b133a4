"""A picture as a flowchart of Mermaid, which code hosts draw inside of Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from flowgraph.inspect.picture import Flow, Group, Picture
from flowgraph.inspect.theme import THEMES

_ARROWS: dict[Flow, str] = {"data": "-->", "saved": "-->", "reference": "-.->", "control": "-.->"}
_SPECIAL = '"<>&#`\\'


def mermaid(picture: Picture, is_sideways: bool = False) -> str:
    """Return a picture as a ``flowchart``.

    Parameters
    ----------
    picture : Picture
    is_sideways : bool
        Let edges run from left to right, not downwards.
    """
    names = {box.key: f"n{i}" for i, box in enumerate(picture.root.walk())}
    lines = [f"flowchart {'LR' if is_sideways else 'TD'}"]
    lines += _members(picture.root, names, "  ")
    for wire in picture.wires():
        for number, target in enumerate(wire.targets):
            text = f'|"{_escaped(wire.label)}"|' if wire.label and number == 0 else ""
            arrow = _ARROWS[wire.flow]
            lines.append(f"  {names[wire.source]} {arrow}{text} {names[target]}")
    kinds = dict.fromkeys(box.kind for box in picture.root.walk())
    for kind in kinds:
        paint = THEMES["light"].boxes[kind]
        lines.append(f"  classDef {kind} fill:{paint.fill},stroke:{paint.line},color:{paint.text}")
    return "\n".join(lines) + "\n"


def _members(group: Group, names: dict[str, str], indent: str) -> Iterator[str]:
    for box in group.members:
        name = names[box.key]
        title = _escaped(box.title)
        if box.subtitle:
            title += f"<br/>{_escaped(box.subtitle)}"
        if isinstance(box, Group) and box.is_open:
            yield f'{indent}subgraph {name}["{_escaped(box.title)}"]'
            yield from _members(box, names, indent + "  ")
            yield f"{indent}end"
            continue
        shape = {"input": ('(["', '"])'), "variable": ('[("', '")]')}.get(box.kind, ('["', '"]'))
        if isinstance(box, Group):
            shape = '[["', '"]]'
        yield f"{indent}{name}{shape[0]}{title}{shape[1]}:::{box.kind}"


def _escaped(text: str) -> str:
    """Return text with what Mermaid or HTML would read as markup written as entities."""
    return "".join(f"#{ord(c)};" if c in _SPECIAL or not c.isprintable() else c for c in text)
