"""A picture as HTML: an SVG element, and the insides of closed groups folded away below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowgraph.inspect.picture import Group, Picture
from flowgraph.inspect.scopes import BUDGET, opened
from flowgraph.inspect.svg import plain, svg
from flowgraph.inspect.theme import THEMES

_SCROLLED = "overflow-x:auto"
_FOLD = "margin:4px 0 4px 12px;font-family:Helvetica,Arial,sans-serif;font-size:13px"


_MOST = 600
"""How many boxes the insides of closed groups have together: a page must stay light."""


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
    return "\n".join(_Writer(is_sideways, theme).written(picture)) + "\n"


class _Writer:
    """Writes a picture and the insides of its groups, outer ones first, until it is enough."""

    def __init__(self, is_sideways: bool, theme: str) -> None:
        self._is_sideways = is_sideways
        self._theme = theme
        self._left = _MOST

    def written(self, picture: Picture) -> list[str]:
        """Return the lines of a picture."""
        drawn = svg(picture, self._is_sideways, self._theme).rstrip("\n")
        lines = [f'<div style="{_SCROLLED}">', drawn, "</div>"]
        shown = picture.drawn()
        insides: list[tuple[Group, Picture | None]] = []
        for box in picture.root.walk():
            if isinstance(box, Group) and shown[box.key] == box.key and not box.is_open:
                inner = picture.inside(box.key)
                is_affordable = len(inner.root.members) <= self._left
                insides.append((box, inner if is_affordable else None))
                self._left -= len(inner.root.members) if is_affordable else 0
        for group, inside in insides:
            lines += self._folded(group, inside)
        return lines

    def _folded(self, group: Group, inside: Picture | None) -> Iterator[str]:
        name = group.key.rstrip("/")
        words = f"<b>{plain(name)}</b> {plain(group.subtitle)}"
        if inside is None:
            yield f'<div style="{_FOLD}">{words}, not drawn here: too many</div>'
            return
        yield f'<details style="{_FOLD}">'
        yield f"<summary>{words}</summary>"
        root = opened(inside.root, None, (), BUDGET)
        yield from self.written(replace(inside, root=root))
        yield "</details>"


def page(content: str, theme: str) -> str:
    """Return a whole HTML page around a piece of HTML."""
    look = THEMES[theme]
    style = f' style="background:{look.background};color:{look.text}"' if look.background else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>flowgraph</title>'
        f"</head>\n<body{style}>\n{content}</body>\n</html>\n"
    )
