"""How an element came to be of another graph than the session's."""

from __future__ import annotations

import threading
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph


def explained(element: Any, graph: Graph) -> str:
    """Return lines on both graphs and what parted them; "" if the element is of `graph`."""
    other = getattr(element, "graph", None)
    operation = getattr(element, "op", element)
    if other is None or other is graph or not hasattr(operation, "site"):
        return ""
    lines = [
        f"  it was made at\n  {operation.site}",
        f"  in a graph of {_form(other)}",
        f"  the session's graph is one of {_form(graph)}",
    ]
    if other.reset_site is not None:
        lines.append(f"  tf.reset_default_graph() gave its graph up at\n  {other.reset_site}")
        hint = "build what is to run after tf.reset_default_graph(), and the session last"
    elif graph.reset_site is not None:
        lines.append(
            f"  tf.reset_default_graph() gave the session's graph up at\n  {graph.reset_site}"
        )
        hint = "make a session after tf.reset_default_graph(): an old one keeps its old graph"
    elif threading.current_thread() is not threading.main_thread():
        hint = (
            "each thread has a default graph of its own: enter `with graph.as_default()` in it, "
            "or give tf.Session(graph=graph)"
        )
    else:
        hint = "give the session its graph: tf.Session(graph=g)"
    return "\n".join(["", *lines, f"  hint: {hint}"])


def explained_empty(graph: Graph) -> str:
    """Return lines on where a session's empty graph comes from, if another one was filled."""
    lines = [f"\n  it was begun at\n  {graph.site}"]
    if graph.reset_site is not None:
        lines.append(f"  tf.reset_default_graph() gave it up at\n  {graph.reset_site}")
    count = len(get_default_graph().get_operations())
    if count:
        lines.append(
            f"  hint: the default graph is another, with {count} operations: "
            "make the session after them, or give it its graph: tf.Session(graph=g)"
        )
    return "\n".join(lines)


def _form(graph: Graph) -> str:
    count = len(graph.get_operations())
    return f"{count} operation{'' if count == 1 else 's'}, begun at\n  {graph.site}"
