"""Colours that tell what boxes and wires are for, on any background."""

from __future__ import annotations

from typing import NamedTuple

from flowgraph.inspect.picture import Flow, Kind


class Paint(NamedTuple):
    """The colours of a box: of its area, its border and its text."""

    fill: str
    line: str
    text: str


class Theme(NamedTuple):
    """The colours of a picture.

    Attributes
    ----------
    background : str or None
        None lets what is behind show through.
    boxes : dict of str to Paint
        By kind.
    wires : dict of str to str
        By flow.
    label : Paint
        What is written on wires.
    text : str
        The legend and the caption.
    """

    background: str | None
    boxes: dict[Kind, Paint]
    wires: dict[Flow, str]
    label: Paint
    text: str


NAMES: dict[Kind, str] = {
    "input": "fed",
    "variable": "variable",
    "constant": "constant",
    "forward": "forward",
    "gradient": "gradient",
    "update": "update",
    "outside": "elsewhere",
}
"""What the legend calls the kinds."""

FLOWS: dict[Flow, str] = {
    "data": "value",
    "saved": "value that a gradient needs",
    "reference": "variable to write",
    "control": "runs before",
}
"""What the legend calls the flows."""

DASHES: dict[Flow, str] = {"data": "", "saved": "", "reference": "6 3", "control": "2 3"}
STROKES: dict[Flow, float] = {"data": 1.3, "saved": 1.0, "reference": 1.3, "control": 1.1}

_PAPER: dict[Kind, Paint] = {
    "input": Paint("#ebe3f8", "#8257b8", "#3d2463"),
    "variable": Paint("#fff2c2", "#b58a1c", "#574104"),
    "constant": Paint("#eceff2", "#79838d", "#363d44"),
    "forward": Paint("#dceaf9", "#4079b8", "#173a62"),
    "gradient": Paint("#fde4d2", "#cf6f2c", "#66300b"),
    "update": Paint("#daf1de", "#3f9a56", "#154a24"),
    "outside": Paint("#f7f8f9", "#9aa3ad", "#5b6670"),
}

_NIGHT: dict[Kind, Paint] = {
    "input": Paint("#35274a", "#a987dc", "#eee6fa"),
    "variable": Paint("#433814", "#d0a93c", "#fdf3d0"),
    "constant": Paint("#30363c", "#8d98a3", "#e8ecf0"),
    "forward": Paint("#1d3552", "#5f9bdd", "#e0edfb"),
    "gradient": Paint("#4e2d17", "#e38a4a", "#fdebdd"),
    "update": Paint("#1c4027", "#58b571", "#dff5e4"),
    "outside": Paint("#24292e", "#7c8791", "#c3cbd3"),
}

THEMES = {
    "auto": Theme(
        None,
        _PAPER,
        {"data": "#7b8693", "saved": "#dfa57a", "reference": "#3f9a56", "control": "#8f8f8f"},
        Paint("#f4f6f8", "none", "#4b5662"),
        "#7a8088",
    ),
    "light": Theme(
        "#ffffff",
        _PAPER,
        {"data": "#7b8693", "saved": "#dfa57a", "reference": "#3f9a56", "control": "#8f8f8f"},
        Paint("#ffffff", "none", "#4b5662"),
        "#4b5662",
    ),
    "dark": Theme(
        "#16191d",
        _NIGHT,
        {"data": "#98a4b1", "saved": "#a0663a", "reference": "#58b571", "control": "#8a8a8a"},
        Paint("#16191d", "none", "#b4bec8"),
        "#b4bec8",
    ),
}
"""``auto`` reads on light and dark backgrounds alike; the others bring a background."""

_HEAT = ((255, 247, 224), (253, 190, 112), (222, 82, 42), (128, 14, 38))


def heat(shade: float) -> Paint:
    """Return the colours for a quantity from 0 to 1: from pale to dark."""
    at = min(max(shade, 0.0), 1.0) * (len(_HEAT) - 1)
    first = min(int(at), len(_HEAT) - 2)
    mix = at - first
    pairs = zip(_HEAT[first], _HEAT[first + 1], strict=True)
    fill = "".join(f"{round(a + (b - a) * mix):02x}" for a, b in pairs)
    return Paint(f"#{fill}", "#a04a22", "#fff6ec" if shade > 0.55 else "#4a230c")
