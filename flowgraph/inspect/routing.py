"""The routes of wires between layers, once everything else has its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flowgraph.inspect.geometry import Rect, Stroke
from flowgraph.inspect.layers import spread
from flowgraph.inspect.picture import Wire

_CORNER = 10.0
"""How far from a box's corners wires stay."""
_BESIDE = 12.0
"""Between wires that meet a box, if there is room."""

Port = tuple[Wire, str, str]
"""A wire, whether it comes ``in`` or goes ``out``, and the side: ``top`` or ``bottom``."""


@dataclass
class Vertex:
    """What takes a place on a layer: a box, a label, a port, a title or a bend of a wire."""

    layer: int
    w: float = 0.0
    h: float = 0.0
    box: int | None = None


class Piece(NamedTuple):
    """A part of a wire between two vertices on neighbouring layers.

    Attributes
    ----------
    wire : Wire
    upper, lower : int
        Vertices.
    is_up : bool
        The wire runs upwards here.
    is_end : bool
        It reaches a target.
    """

    wire: Wire
    upper: int
    lower: int
    is_up: bool
    is_end: bool


def routed(
    pieces: Sequence[Piece],
    vertices: Sequence[Vertex],
    rects: Sequence[Rect],
    band: Mapping[int, tuple[float, float]],
    ports: Sequence[tuple[float | None, float | None]],
) -> list[Stroke]:
    """Return the strokes of pieces: straight through a layer, curved between two.

    Parameters
    ----------
    pieces : sequence of Piece
    vertices : sequence of Vertex
    rects : sequence of Rect
        Where the vertices are.
    band : mapping of int to (float, float)
        The upper and lower edge of each vertex's layer.
    ports : sequence
        For each piece, where its ports are on its upper and lower vertex; None without one.
    """
    strokes = []
    ends = _attached(pieces, vertices, rects, ports)
    for piece, (above, below) in zip(pieces, ends, strict=True):
        upper, lower = rects[piece.upper], rects[piece.lower]
        points = (
            (above, upper.y + upper.h),
            (above, band[piece.upper][1]),
            (below, band[piece.lower][0]),
            (below, lower.y),
        )
        strokes.append(Stroke(piece.wire, points[::-1] if piece.is_up else points, piece.is_end))
    return strokes


def _attached(
    pieces: Sequence[Piece],
    vertices: Sequence[Vertex],
    rects: Sequence[Rect],
    ports: Sequence[tuple[float | None, float | None]],
) -> list[tuple[float, float]]:
    """Return where each piece meets its upper and its lower vertex.

    At a box that is as near to straight as the other pieces there allow.
    """
    found: list[list[float]] = []
    meeting: dict[tuple[int, int], list[int]] = {}
    for number, piece in enumerate(pieces):
        ends = []
        for end, vertex in enumerate((piece.upper, piece.lower)):
            rect, port = rects[vertex], ports[number][end]
            ends.append(rect.x + (rect.w / 2 if port is None else port))
            if port is None and vertices[vertex].box is not None:
                meeting.setdefault((vertex, end), []).append(number)
        found.append(ends)
    for (vertex, end), numbers in meeting.items():
        rect = rects[vertex]
        low, high = rect.x + _CORNER, rect.x + rect.w - _CORNER
        far = {n: found[n][1 - end] for n in numbers}
        numbers.sort(key=lambda n: far[n])
        apart = min(_BESIDE, (high - low) / max(len(numbers) - 1, 1))
        wanted = [min(max(far[n], low), high) for n in numbers]
        spots = spread(wanted, [apart] * (len(numbers) - 1))
        over = max(spots[-1] - high, 0.0) or min(spots[0] - low, 0.0)
        for n, spot in zip(numbers, spots, strict=True):
            found[n][end] = min(max(spot - over, low), high)
    return [(above, below) for above, below in found]
