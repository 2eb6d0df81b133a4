"""A picture in the language of Graphviz, for who has its programs."""

from __future__ import annotations

from collections.abc import Iterator

from flowgraph.inspect.picture import Box, Flow, Group, Picture
from flowgraph.inspect.theme import THEMES, heat

_STYLES: dict[Flow, str] = {
    "data": "solid",
    "saved": "solid",
    "reference": "dashed",
    "control": "dotted",
}
_LOOK = THEMES["light"]


def dot(picture: Picture, is_sideways: bool = False) -> str:
    """Return a picture as a ``digraph``.

    Parameters
    ----------
    picture : Picture
    is_sideways : bool
        Let edges run from left to right, not downwards.
    """
    lines = [
        "digraph flowgraph {",
        f"  rankdir={'LR' if is_sideways else 'TB'}; compound=true;",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11];',
        '  edge [fontname="Helvetica", fontsize=9, arrowsize=0.7];',
    ]
    lines += _members(picture.root, "  ")
    boxes = {box.key: box for box in picture.root.walk()}
    for wire in picture.wires():
        source = boxes[wire.source]
        for number, target in enumerate(wire.targets):
            attributes = {
                "label": wire.label if number == 0 else "",
                "style": _STYLES[wire.flow],
                "color": _LOOK.wires[wire.flow],
                # Graphviz draws edges between nodes: one to a cluster is cut at its border.
                "ltail": _cluster(source),
                "lhead": _cluster(boxes[target]),
                "tooltip": wire.tooltip,
            }
            ends = f"{_quoted(_leaf(source).key)} -> {_quoted(_leaf(boxes[target]).key)}"
            lines.append(f"  {ends} [{_listed(attributes)}];")
    return "\n".join([*lines, "}\n"])


def _members(group: Group, indent: str) -> Iterator[str]:
    for box in group.members:
        paint = _LOOK.boxes[box.kind] if box.shade is None else heat(box.shade)
        if isinstance(box, Group) and box.is_open:
            yield f"{indent}subgraph {_quoted(_cluster(box))} {{"
            look = {"label": _title(box), "color": paint.line, "style": "rounded"}
            yield f"{indent}  graph [{_listed(look | {'fontcolor': paint.line})}];"
            yield from _members(box, indent + "  ")
            yield f"{indent}}}"
            continue
        look = {"label": _title(box), "fillcolor": paint.fill, "color": paint.line}
        look |= {"fontcolor": paint.text, "tooltip": box.tooltip}
        if isinstance(box, Group):
            look["peripheries"] = "2"
        yield f"{indent}{_quoted(box.key)} [{_listed(look)}];"


def _title(box: Box) -> str:
    return f"{box.title}\n{box.subtitle}" if box.subtitle else box.title


def _cluster(box: Box) -> str:
    """Return the name of an open group's cluster; "" of what is none."""
    return f"cluster {box.key}" if isinstance(box, Group) and box.is_open else ""


def _leaf(box: Box) -> Box:
    """Return a node inside an open group, the box itself if it is a node."""
    while isinstance(box, Group) and box.is_open and box.members:
        box = box.members[0]
    return box


def _listed(attributes: dict[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(text)}" for name, text in attributes.items() if text)


def _quoted(text: str) -> str:
    kept = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    escaped = kept.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
