"""A picture as HTML: an SVG element, and the insides of closed groups folded away below it."""

from __future__ import annotations

from dataclasses import replace

from flowgraph.inspect.picture import Group, Picture
from flowgraph.inspect.scopes import BUDGET, opened
from flowgraph.inspect.svg import plain, svg
from flowgraph.inspect.theme import THEMES

_SCROLLED = "overflow-x:auto"
_FOLD = "margin:4px 0 4px 12px;font-family:Helvetica,Arial,sans-serif;font-size:13px"


def html(picture: Picture, is_sideways: bool = False, theme: str = "auto") -> str:
    """Return a picture as a piece of HTML, without any script.

    Parameters
    ----------
    picture : Picture
    is_sideways : bool
        Let wires run from left to right, not downwards.
    theme : str
        A key of `THEMES`.
    """
    lines = [f'<div style="{_SCROLLED}">', svg(picture, is_sideways, theme).rstrip("\n"), "</div>"]
    for box in picture.root.walk():
        if isinstance(box, Group) and picture.drawn()[box.key] == box.key and not box.is_open:
            name = box.key.rstrip("/")
            lines.append(f'<details style="{_FOLD}">')
            lines.append(f"<summary><b>{plain(name)}</b> {plain(box.subtitle)}</summary>")
            inner = picture.inside(box.key)
            root = opened(inner.root, None, (), BUDGET)
            lines.append(html(replace(inner, root=root), is_sideways, theme).rstrip("\n"))
            lines.append("</details>")
    return "\n".join(lines) + "\n"


def page(content: str, theme: str) -> str:
    """Return a whole HTML page around a piece of HTML."""
    look = THEMES[theme]
    style = f' style="background:{look.background};color:{look.text}"' if look.background else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>flowgraph</title>'
        f"</head>\n<body{style}>\n{content}</body>\n</html>\n"
    )
