"""The names, tags and collections of summaries."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flowgraph.graph.scope import GraphKeys, get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor

_ILLEGAL = re.compile(r"[^-/\w.]")


@contextmanager
def summary_scope(
    name: str, family: str | None = None, default_name: str | None = None, values: Any = None
) -> Iterator[tuple[str, str]]:
    """Open the name scope of a summary.

    Parameters
    ----------
    name : str
    family : str, optional
        Stands in front of the name, and once more in front of the tag.
    default_name : str, optional
        In place of a `name` that is ``None``.
    values : list, optional
        The summary's inputs: their graph becomes the default.

    Yields
    ------
    tag : str
    scope : str
        The name for the operation, with a trailing ``/``.
    """
    name = _clean(name)
    base = name
    if family is not None:
        family = _clean(family)
        base = f"{family}/{name}"
    with name_scope(base, default_name, values) as scope:
        tag = scope.rstrip("/")
        yield (tag if family is None else f"{family}/{tag}"), scope


def _clean(name: str) -> str:
    """Return a name without what no name of an operation may hold."""
    if name is None:
        return name
    clean = _ILLEGAL.sub("_", name).lstrip("/")
    if clean != name:
        logging.getLogger("tensorflow").info(
            "Summary name %s is illegal; using %s instead.", name, clean
        )
    return clean


def collected(
    summary: Tensor, collections: Any, default: Sequence[str] = (GraphKeys.SUMMARIES,)
) -> Tensor:
    """Add a summary to graph collections, and return it."""
    graph = get_default_graph() if get_default_graph().accepts(summary.graph) else summary.graph
    for key in default if collections is None else collections:
        graph.add_to_collection(key, summary)
    return summary
