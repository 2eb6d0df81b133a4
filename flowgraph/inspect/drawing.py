"""Drawings: pictures in every form that they can be written or shown in."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

from flowgraph.inspect.dot import dot
from flowgraph.inspect.html import html, page
from flowgraph.inspect.mermaid import mermaid
from flowgraph.inspect.picture import Picture
from flowgraph.inspect.svg import svg
from flowgraph.inspect.theme import THEMES

DIRECTIONS = ("down", "right")


class Drawing:
    """A picture of a graph or plan. As the value of a notebook's cell it shows itself.

    It is what `show`, `Graph.show` and `Session.show` return. The same graph gives the same
    text, byte for byte.

    Parameters
    ----------
    picture : Picture
        What to draw.
    direction : {"down", "right"}
        Which way values flow.
    theme : {"auto", "light", "dark"}
        ``"auto"`` has no background and reads on any; the others bring one.

    Raises
    ------
    ValueError
        If there is no such direction or theme.

    Examples
    --------
    >>> a = tf.placeholder(tf.float32, [None, 3], name="a")
    >>> drawing = tf.show(tf.reduce_sum(a, axis=1, name="total"))
    >>> print(drawing.to_mermaid())
    flowchart TD
      n0(["a<br/>fed"]):::input
      n1["total<br/>Sum · reduction_indices=1"]:::forward
      n0 -->|"float32[?,3]"| n1
    ...
    """

    def __init__(self, picture: Picture, direction: str = "down", theme: str = "auto") -> None:
        if direction not in DIRECTIONS:
            raise ValueError(f"direction must be one of {DIRECTIONS}, not {direction!r}")
        if theme not in THEMES:
            raise ValueError(f"theme must be one of {tuple(THEMES)}, not {theme!r}")
        self.picture = picture
        self._is_sideways = direction == "right"
        self._theme = theme

    def to_svg(self) -> str:
        """Return the drawing as an SVG element."""
        return svg(self.picture, self._is_sideways, self._theme)

    def to_html(self) -> str:
        """Return the drawing as HTML: the SVG, and below it the inside of each closed scope.

        The insides are folded away; there is no script.
        """
        return html(self.picture, self._is_sideways, self._theme)

    def to_dot(self) -> str:
        """Return the drawing in the language of Graphviz."""
        return dot(self.picture, self._is_sideways)

    def to_mermaid(self) -> str:
        """Return the drawing as a flowchart of Mermaid."""
        return mermaid(self.picture, self._is_sideways)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing to a file.

        Parameters
        ----------
        path : str or path
            Its ending tells the form: ``.svg``, ``.html``, ``.dot`` or ``.mmd``.

        Raises
        ------
        ValueError
            If it ends in something else.
        """
        ending = os.path.splitext(path)[1]
        forms = {
            ".svg": self.to_svg,
            ".html": lambda: page(self.to_html(), self._theme),
            ".dot": self.to_dot,
            ".mmd": self.to_mermaid,
        }
        if ending not in forms:
            raise ValueError(f"a drawing is saved as one of {', '.join(forms)}, not {ending!r}")
        text = forms[ending]()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """Return what a notebook shows: HTML, and SVG where that is asked for by name."""
        wanted = include or ("text/plain", "text/html")
        forms = {
            "text/plain": self.__repr__,
            "text/html": self.to_html,
            "image/svg+xml": self.to_svg,
        }
        return {
            kind: make()
            for kind, make in forms.items()
            if kind in wanted and kind not in (exclude or ())
        }

    def __repr__(self) -> str:
        return f"<Drawing: {self.picture.caption or 'of a plan'}>"
