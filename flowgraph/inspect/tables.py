"""Tables as text and as HTML, and how numbers stand in them."""

from __future__ import annotations

import html
from collections.abc import Sequence

WIDTH = 100
"""How many columns a table as text has at most."""

_GAP = "  "
_STYLE = "border-collapse:collapse;font-family:monospace;font-size:12px;margin:0 0 1em"
_CELL = "padding:1px 8px;white-space:pre;text-align:"

Rows = Sequence[Sequence[str]]


def text(header: Sequence[str], rows: Rows, left: int = 1) -> str:
    """Return a table as text of at most `WIDTH` columns.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
        A row of one cell is a heading for those below.
    left : int
        So many columns stand to the left, the others to the right. Where the first has no room,
        its texts lose their beginning.

    Examples
    --------
    >>> from flowgraph.inspect.tables import text
    >>> print(text(["name", "time"], [["a/b", "12 us"], ["c", "3 us"]]))
    name   time
    a/b   12 us
    c      3 us
    """
    table = [list(header), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*filter(_is_whole, table), strict=True)]
    room = WIDTH - sum(widths[1:]) - len(_GAP) * (len(widths) - 1)
    widths[0] = min(widths[0], room)
    lines = []
    for cells in table:
        if not _is_whole(cells):
            lines.append(shortened(cells[0], WIDTH))
            continue
        cells[0] = shortened(cells[0], widths[0])
        parts = [
            f"{cell:<{width}}" if number < left else f"{cell:>{width}}"
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        lines.append(_GAP.join(parts).rstrip())
    return "\n".join(lines)


def _is_whole(cells: Sequence[str]) -> bool:
    return len(cells) > 1


def shortened(name: str, width: int) -> str:
    """Return a name without its beginning, but with its indentation, where it is too long."""
    if len(name) <= width:
        return name
    rest = name.lstrip(" ")
    indent = name[: len(name) - len(rest)]
    return f"{indent}...{rest[len(rest) - max(width - len(indent) - 3, 1) :]}"


def markup(header: Sequence[str], rows: Rows, left: int = 1) -> str:
    """Return a table as HTML. All text is escaped; there is no script."""
    lines = [f'<table style="{_STYLE}">']
    lines.append(_row("th", header, left))
    lines += [_row("td", row, left) if _is_whole(row) else _heading(row, header) for row in rows]
    return "\n".join([*lines, "</table>"])


def paragraph(text: str) -> str:
    """Return lines of text as HTML."""
    return f'<pre style="font-size:12px">{html.escape(text)}</pre>'


def _row(tag: str, cells: Sequence[str], left: int) -> str:
    parts = []
    for number, cell in enumerate(cells):
        side = "left" if number < left else "right"
        parts.append(f'<{tag} style="{_CELL}{side}">{html.escape(cell)}</{tag}>')
    return f"<tr>{''.join(parts)}</tr>"


def _heading(cells: Sequence[str], header: Sequence[str]) -> str:
    text = html.escape(cells[0])
    return f'<tr><th colspan="{len(header)}" style="{_CELL}left">{text}</th></tr>'


def seconds(value: float) -> str:
    """Return a time.

    Examples
    --------
    >>> from flowgraph.inspect.tables import seconds
    >>> seconds(0.0123), seconds(1.5e-6), seconds(0.0)
    ('12.3 ms', '1.5 us', '0')
    """
    for unit, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if value >= unit:
            return f"{value / unit:.{_places(value / unit)}f} {name}"
    return f"{value * 1e9:.0f} ns" if value >= 1e-9 else "0"


def amount(value: float, unit: str = "") -> str:
    """Return a count with the letter for its thousands.

    Examples
    --------
    >>> from flowgraph.inspect.tables import amount
    >>> amount(7850), amount(2.5e9, "B"), amount(12)
    ('7.85 k', '2.50 GB', '12')
    """
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.{_places(value / size) + 1}f} {letter}{unit}"
    return f"{value:.0f} {unit}".rstrip()


def _places(value: float) -> int:
    return 1 if value < 100 else 0


def number(value: float | None) -> str:
    """Return a value in at most nine characters, or nothing for none."""
    return "" if value is None else f"{value + 0.0:.3g}"  # -0.0 + 0.0 is 0.0


def plain(name: str) -> str:
    r"""Return a name of a file with what is no printable character escaped.

    Examples
    --------
    >>> from flowgraph.inspect.tables import plain
    >>> print(plain("a\x1b[2J\n"))
    a\x1b[2J\n
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
