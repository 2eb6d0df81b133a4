"""Several summaries as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.scope import GraphKeys, get_collection, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply
from flowgraph.ops.summary import MergeSummary
from flowgraph.summary.scope import collected


def merge(inputs: Sequence[Any], collections: Any = None, name: str | None = None) -> Tensor:
    """Return the values of several summaries as one.

    Parameters
    ----------
    inputs : list of Tensor
        Serialised `Summary` messages, of dtype string.
    collections : list of str, optional
        Graph collections to add the result to; none if left out.
    name : str, optional

    Returns
    -------
    Tensor
        A serialised `Summary` message, of dtype string and shape ``[]``.

    Raises
    ------
    ValueError
        If `inputs` is empty.
    TypeError
        If it is not of strings.
    InvalidArgumentError
        When run: if two values have one tag, or an input is not a summary.

    Examples
    --------
    >>> merged = tf.summary.merge([tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)])
    >>> [v.tag for v in tf.Summary.FromString(tf.Session().run(merged)).value]
    ['a', 'b']
    """
    with name_scope(name, "Merge", inputs):
        merged = apply(MergeSummary(), inputs, name=name)
    return collected(merged, collections, default=())


def merge_all(
    key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None
) -> Tensor | None:
    """Return all summaries of the default graph as one.

    Parameters
    ----------
    key : str
        The collection that holds them.
    scope : str, optional
        A regular expression that their names must match from the start.
    name : str, optional

    Returns
    -------
    Tensor or None
        A serialised `Summary` message, of dtype string and shape ``[]``; ``None`` if there
        are no summaries.

    Raises
    ------
    InvalidArgumentError
        When run: if two values have one tag.

    Examples
    --------
    >>> tf.summary.merge_all() is None
    True
    >>> _ = tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)
    >>> tf.summary.merge_all()
    <tf.Tensor 'Merge/MergeSummary:0' shape=() dtype=string>
    """
    found = get_collection(key, scope)
    return merge(found, name=name) if found else None
