"""How wide text is, without a font at hand, and how text is made to fit."""

from __future__ import annotations

FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"

# Widths in em of DejaVu Sans, rounded up: the widest of the fonts above, so that text fits.
_WIDTHS = {
    char: width
    for width, chars in {
        0.3: "IJijl",
        0.35: " ,./:;\\|'·",
        0.4: "()-[]ft",
        0.45: "!r",
        0.5: '"*_`–',
        0.55: "?csz",
        0.6: "FLkvxy",
        0.65: "$0123456789EPSTYabdeghnopqu{}",
        0.7: "ABCKRVXZ",
        0.75: "NU",
        0.8: "&DGHOQ",
        0.85: "#+<=>^w~×→",
        0.9: "M",
    }.items()
    for char in chars
}
_OTHER = 1.05


def width(text: str, size: float) -> float:
    """Return how wide a text is at most, in the units of the font's size."""
    return size * sum(_WIDTHS.get(char, _OTHER) for char in text)


def shortened(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters: what is too long loses its middle."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return f"{text[:head]}…{text[head + 1 - limit :]}"


def wrapped(text: str, size: float, limit: float) -> list[str]:
    """Return the lines of a text broken at spaces, each at most `limit` wide if it can be."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
