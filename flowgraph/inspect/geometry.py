"""Sizes and places: what a layout says of a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from flowgraph.inspect.lettering import width
from flowgraph.inspect.picture import Box, Group, Wire

TITLE, SUBTITLE, LABEL = 13.0, 10.5, 10.0
"""Sizes of letters."""
HEADER = 20.0
"""The height of an open group's title."""
STACK = 4.0
"""A closed group looks like a pile of boxes: the shift of those behind."""


class Rect(NamedTuple):
    """A rectangle: its corner at the top left, and its size."""

    x: float
    y: float
    w: float
    h: float

    def moved(self, x: float, y: float) -> Rect:
        """Return it at another place."""
        return Rect(self.x + x, self.y + y, self.w, self.h)


Point = tuple[float, float]


class Stroke(NamedTuple):
    """A piece of a wire: straight from its start, then a curve, then straight to its end.

    Attributes
    ----------
    wire : Wire
    points : tuple of four points
        The start, the two ends of the curve, and the end.
    is_end : bool
        The wire reaches a target here.
    """

    wire: Wire
    points: tuple[Point, Point, Point, Point]
    is_end: bool = False

    def moved(self, x: float, y: float) -> Stroke:
        """Return it at another place."""
        (a, b), (c, d), (e, f), (g, h) = self.points
        return Stroke(
            self.wire, ((a + x, b + y), (c + x, d + y), (e + x, f + y), (g + x, h + y)), self.is_end
        )


@dataclass
class Layout:
    """Where everything stands.

    Attributes
    ----------
    width, height : float
    boxes : dict of str to Rect
        By the boxes' keys; an open group stands before its members.
    labels : list of (Wire, Rect)
    strokes : list of Stroke
    is_sideways : bool
        Layers stand from left to right.
    """

    width: float = 0.0
    height: float = 0.0
    boxes: dict[str, Rect] = field(default_factory=dict)
    labels: list[tuple[Wire, Rect]] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    is_sideways: bool = False

    def turned(self) -> Layout:
        """Return the layout with its axes exchanged."""

        def rect(r: Rect) -> Rect:
            return Rect(r.y, r.x, r.h, r.w)

        def stroke(s: Stroke) -> Stroke:
            (a, b), (c, d), (e, f), (g, h) = s.points
            return Stroke(s.wire, ((b, a), (d, c), (f, e), (h, g)), s.is_end)

        return Layout(
            self.height,
            self.width,
            {key: rect(r) for key, r in self.boxes.items()},
            [(wire, rect(r)) for wire, r in self.labels],
            [stroke(s) for s in self.strokes],
            not self.is_sideways,
        )


def size_of(box: Box) -> tuple[float, float]:
    """Return the width and height of a box whose inside is not drawn."""
    wide = max(width(box.title, TITLE), width(box.subtitle, SUBTITLE)) + 20.0
    high = 40.0 if box.subtitle else 28.0
    pile = STACK if isinstance(box, Group) else 0.0
    return max(wide, 56.0) + pile, high + pile


def size_of_label(label: str) -> tuple[float, float]:
    """Return the width and height of what is written on a wire."""
    return width(label, LABEL) + 8.0, LABEL + 5.0


def width_of_title(group: Group) -> float:
    """Return the width of an open group's title."""
    return width(f"{group.title}  {group.subtitle}", TITLE)
