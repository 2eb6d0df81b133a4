"""A picture as SVG: text, rectangles and paths with their colours, and nothing that runs."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from flowgraph.inspect import theme as themes
from flowgraph.inspect.geometry import (
    HEADER,
    LABEL,
    STACK,
    SUBTITLE,
    TITLE,
    Layout,
    Point,
    Rect,
    Stroke,
)
from flowgraph.inspect.layout import layout
from flowgraph.inspect.lettering import FONT, width, wrapped
from flowgraph.inspect.picture import Box, Group, Picture, Wire
from flowgraph.inspect.theme import Paint, Theme

_HEAD = 5.0
"""The length of an arrow's head."""
_MARGIN = 14.0
_NARROWEST = 420.0


def svg(picture: Picture, is_sideways: bool = False, theme: str = "auto") -> str:
    """Return a picture as an SVG element.

    Parameters
    ----------
    picture : Picture
    is_sideways : bool
        Let wires run from left to right, not downwards.
    theme : str
        A key of `THEMES`.
    """
    placed = layout(picture, is_sideways)
    look = themes.THEMES[theme]
    wide = max(placed.width, _NARROWEST)
    legend, high = _legend(picture, placed, wide, look)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}" font-family="{FONT}" text-anchor="middle">'
    ]
    if look.background is not None:
        lines.append(f'<rect width="{wide:.0f}" height="{high:.0f}" fill="{look.background}"/>')
    shift = (wide - placed.width) / 2
    lines.append(f'<g transform="translate({shift:g} 0)">' if shift else "<g>")
    boxes = {box.key: box for box in picture.root.walk()}
    frames = [key for key in placed.boxes if _is_frame(boxes[key])]
    for key in frames:
        lines += _frame(boxes[key], placed.boxes[key], look)
    lines += _wires(placed, look)
    for wire, rect in placed.labels:
        lines += _label(wire, rect, look)
    for key, rect in placed.boxes.items():
        if not _is_frame(boxes[key]):
            lines += _box(boxes[key], rect, look)
    return "\n".join([*lines, "</g>", *legend, "</svg>\n"])


def plain(text: str) -> str:
    """Return text that can stand in any markup: escaped, without control characters."""
    kept = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return escape(kept)


def _is_frame(box: Box) -> bool:
    return isinstance(box, Group) and box.is_open


def _paint(box: Box, look: Theme) -> Paint:
    return look.boxes[box.kind] if box.shade is None else themes.heat(box.shade)


def _rect(rect: Rect, radius: float, **attributes: str | float) -> str:
    drawn = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    place = f'x="{rect.x:.1f}" y="{rect.y:.1f}" width="{rect.w:.1f}" height="{rect.h:.1f}"'
    return f'<rect {place} rx="{radius:g}"{drawn}/>'


def _text(x: float, y: float, size: float, colour: str, text: str, more: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"'
    return f"<text {place}{more}>{plain(text)}</text>"


def _frame(box: Box, rect: Rect, look: Theme) -> Iterator[str]:
    """Draw an open group: its area, and its title at the top left."""
    paint = _paint(box, look)
    colour = paint.line
    yield f"<g><title>{plain(box.tooltip)}</title>"
    yield _rect(rect, 8, fill=paint.line, fill_opacity=0.07, stroke=paint.line, stroke_opacity=0.7)
    if box.shade is not None:
        colour = paint.text
        yield _rect(Rect(rect.x, rect.y, rect.w, HEADER), 8, fill=paint.fill, stroke=paint.line)
    title = f'<tspan font-weight="bold">{plain(box.title)}</tspan>'
    if box.subtitle:
        title += f'<tspan font-size="{SUBTITLE:g}" dx="6">{plain(box.subtitle)}</tspan>'
    place = f'x="{rect.x + 9:.1f}" y="{rect.y + HEADER - 6:.1f}" font-size="{SUBTITLE + 0.5:g}"'
    yield f'<text {place} text-anchor="start" fill="{colour}">{title}</text></g>'


def _box(box: Box, rect: Rect, look: Theme) -> Iterator[str]:
    paint = _paint(box, look)
    yield f"<g><title>{plain(box.tooltip)}</title>"
    front = rect
    radius = 14.0 if box.kind == "input" else 5.0
    if isinstance(box, Group):
        front = Rect(rect.x, rect.y, rect.w - STACK, rect.h - STACK)
        for shift in (STACK, STACK / 2):
            yield _rect(front.moved(shift, shift), radius, fill=paint.fill, stroke=paint.line)
    yield _rect(front, radius, fill=paint.fill, stroke=paint.line, **_border(box))
    x, middle = front.x + front.w / 2, front.y + front.h / 2
    if box.subtitle:
        yield _text(x, middle - 2.5, TITLE, paint.text, box.title)
        faint = ' opacity="0.8"'
        yield _text(x, middle + 12, SUBTITLE, paint.text, box.subtitle, faint) + "</g>"
    else:
        yield _text(x, middle + 4.5, TITLE, paint.text, box.title) + "</g>"


def _border(box: Box) -> dict[str, str | float]:
    if box.kind == "variable":
        return {"stroke_width": 2}
    return {"stroke_dasharray": "3 2"} if box.kind == "outside" else {}


def _label(wire: Wire, rect: Rect, look: Theme) -> Iterator[str]:
    paint = look.label
    yield f"<g><title>{plain(wire.tooltip)}</title>"
    yield _rect(rect, 4, fill=paint.fill)
    x, y = rect.x + rect.w / 2, rect.y + rect.h / 2 + 3.5
    yield _text(x, y, LABEL, paint.text, wire.label) + "</g>"


def _wires(placed: Layout, look: Theme) -> Iterator[str]:
    """Draw each wire as one path, with a head at every target."""
    strokes: dict[Wire, list[Stroke]] = {}
    for stroke in placed.strokes:
        strokes.setdefault(stroke.wire, []).append(stroke)
    for wire, parts in strokes.items():
        colour = look.wires[wire.flow]
        thick = themes.STROKES[wire.flow]
        dashes = themes.DASHES[wire.flow]
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        path = "".join(_curve(stroke, placed.is_sideways) for stroke in parts)
        yield f"<g><title>{plain(wire.tooltip)}</title>"
        yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick}"{dashed}/>'
        heads = "".join(_head(s, placed.is_sideways) for s in parts if s.is_end)
        yield f'<path d="{heads}" fill="{colour}"/></g>'


def _curve(stroke: Stroke, is_sideways: bool) -> str:
    start, a, b, end = stroke.points
    if is_sideways:
        middle = (a[0] + b[0]) / 2
        control = (middle, a[1]), (middle, b[1])
    else:
        middle = (a[1] + b[1]) / 2
        control = (a[0], middle), (b[0], middle)
    path = f"M{_at(start)}"
    if a != start:
        path += f"L{_at(a)}"
    straight = a[1] == b[1] if is_sideways else a[0] == b[0]
    if a != b:
        path += f"L{_at(b)}" if straight else f"C{_at(control[0])} {_at(control[1])} {_at(b)}"
    return path + (f"L{_at(end)}" if end != b else "")


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _head(stroke: Stroke, is_sideways: bool) -> str:
    """Draw an arrow's head: where they end, lines run along an axis."""
    (x0, y0), (x, y) = stroke.points[0], stroke.points[3]
    half = _HEAD * 0.65
    if is_sideways:
        back = x - _HEAD if x0 <= x else x + _HEAD
        corners = (back, y - half), (back, y + half)
    else:
        back = y - _HEAD if y0 <= y else y + _HEAD
        corners = (x - half, back), (x + half, back)
    return f"M{_at((x, y))}L{_at(corners[0])}L{_at(corners[1])}Z"


def _legend(picture: Picture, placed: Layout, wide: float, look: Theme) -> tuple[list[str], float]:
    """Return what explains the colours and lines that occur, and the height of all."""
    x, y = _MARGIN, placed.height + 8.0
    lines = [f'<g text-anchor="start" font-size="{SUBTITLE:g}">']
    entries: list[tuple[str, str]] = []
    drawn = [box for box in picture.root.walk() if box.key in placed.boxes]
    if picture.scale:
        for shade in (0.0, 0.25, 0.5, 0.75, 1.0):
            fill = themes.heat(shade).fill
            entries.append((f'<rect {{}} width="14" height="11" fill="{fill}"/>', ""))
        entries[-1] = (entries[-1][0], picture.scale)
    for kind, name in themes.NAMES.items():
        if any(box.kind == kind and box.shade is None for box in drawn):
            paint = look.boxes[kind]
            colours = f'fill="{paint.fill}" stroke="{paint.line}"'
            entries.append((f'<rect {{}} width="14" height="11" rx="3" {colours}/>', name))
    flows = dict.fromkeys(stroke.wire.flow for stroke in placed.strokes)
    for flow, name in themes.FLOWS.items():
        if flow in flows and len(flows) > 1:
            dashes = f'stroke="{look.wires[flow]}" stroke-dasharray="{themes.DASHES[flow]}"'
            entries.append((f'<path d="M{{}}h18" stroke-width="1.5" {dashes}/>', name))
    for shape, name in entries:
        taken = 22.0 + (width(name, SUBTITLE) + 14.0 if name else -8.0)
        if x + taken > wide and x > _MARGIN:
            x, y = _MARGIN, y + 17.0
        is_line = shape.startswith("<path")
        spot = f"{x:.1f} {y + 5.5:.1f}" if is_line else f'x="{x:.1f}" y="{y:.1f}"'
        lines.append(shape.format(spot))
        if name:
            lines.append(_text(x + 20 + 4 * is_line, y + 9.5, SUBTITLE, look.text, name))
        x += taken + 4 * is_line
    y += 26.0 if entries else 6.0
    for line in wrapped(picture.caption, SUBTITLE, wide - 2 * _MARGIN):
        lines.append(_text(_MARGIN, y, SUBTITLE, look.text, line))
        y += 14.0
    return [*lines, "</g>"], y
