"""`show`: a graph, or what some fetches need, as a drawing."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph
from flowgraph.inspect.condensed import condensed
from flowgraph.inspect.drawing import Drawing
from flowgraph.inspect.roles import HIDDEN
from flowgraph.runtime.fetches import Fetches


def show(
    graph_or_fetches: Any,
    feeds: Any = None,
    to: str | os.PathLike[str] | None = None,
    *,
    depth: int | None = None,
    expand: Iterable[str] = (),
    hidden: Collection[str] = tuple(HIDDEN),
    direction: str = "down",
    theme: str = "auto",
) -> Drawing:
    """Draw a graph, or the part of it that some fetches need.

    Scopes are closed boxes, opened where the drawing stays small; forward, gradient and update
    parts have colours of their own. A variable and its reads are one box. Tooltips tell
    attributes and the line of the program that made an operation. Nothing needs to be
    installed.

    Parameters
    ----------
    graph_or_fetches : Graph, or any nesting of fetches
        Fetches are drawn with all that they need.
    feeds : dict or iterable of tensors, optional
        Tensors, or a feed_dict: what they replace is not looked behind.
    to : str or path, optional
        A file to write as well: ``.svg``, ``.html``, ``.dot`` or ``.mmd``.
    depth : int, optional
        How many levels of scopes are open; chosen to give about 40 boxes if left out.
    expand : iterable of str
        Names of scopes to open in any case.
    hidden : collection of str
        What to leave out, of ``"initializers"``, ``"savers"``, ``"helpers"`` (arithmetic of
        shapes, assertions), ``"constants"`` (those that a label tells), ``"slots"``
        (optimizers' own variables), ``"references"`` (from a variable to what writes it).
    direction : {"down", "right"}
        Which way values flow.
    theme : {"auto", "light", "dark"}
        ``"auto"`` reads on light and on dark backgrounds.

    Returns
    -------
    Drawing
        The value of a notebook's cell shows it.

    Raises
    ------
    ValueError
        If `hidden`, `direction`, `theme` or the ending of `to` is none of the above.
    TypeError, ValueError
        If something cannot be fetched or fed.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> y = tf.nn.relu(x, name="y")
    >>> tf.show(y)
    <Drawing: 2 operations, 2 drawn.>
    >>> tf.show(tf.get_default_graph(), to="graph.svg")  # doctest: +SKIP
    """
    unknown = [name for name in hidden if name not in HIDDEN]
    if unknown or isinstance(hidden, str):
        raise ValueError(f"hidden must be some of {tuple(HIDDEN)}, not {hidden!r}")
    fetches: list[Any] = []
    if isinstance(graph_or_fetches, Graph):
        graph = graph_or_fetches
    else:
        graph = _graph_of(graph_or_fetches) or get_default_graph()
        parsed = Fetches(graph, graph_or_fetches)
        fetches = [*parsed.tensors, *parsed.targets]
    fed = [graph.as_graph_element(feed, allow_operation=False) for feed in feeds or ()]
    picture = condensed(graph, fetches, fed, depth, tuple(expand), hidden)
    drawing = Drawing(picture, direction, theme)
    if to is not None:
        drawing.save(to)
    return drawing


def _graph_of(fetches: Any) -> Graph | None:
    """Return the graph of the first fetch that knows its own."""
    if isinstance(fetches, Mapping):
        fetches = list(fetches.values())
    if isinstance(fetches, list | tuple):
        graphs = (_graph_of(fetch) for fetch in fetches)
        return next((graph for graph in graphs if graph is not None), None)
    graph = getattr(fetches, "graph", None)
    return graph if isinstance(graph, Graph) else None


def to_svg(graph: Graph, **options: Any) -> str:
    """Return a graph as an SVG element. The options are those of `show`."""
    return show(graph, **options).to_svg()


def to_html(graph: Graph, **options: Any) -> str:
    """Return a graph as a piece of HTML. The options are those of `show`."""
    return show(graph, **options).to_html()


def to_dot(graph: Graph, **options: Any) -> str:
    """Return a graph in the language of Graphviz. The options are those of `show`."""
    return show(graph, **options).to_dot()


def to_mermaid(graph: Graph, **options: Any) -> str:
    """Return a graph as a flowchart of Mermaid. The options are those of `show`."""
    return show(graph, **options).to_mermaid()


def save(graph: Graph, path: str | os.PathLike[str], **options: Any) -> None:
    """Write a graph's drawing to a file. See `Drawing.save`; the options are those of `show`."""
    show(graph, **options).save(path)
