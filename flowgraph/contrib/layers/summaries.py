"""Summaries of tensors, activations and whole collections under names made from theirs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flowgraph.dtypes import float32
from flowgraph.graph.scope import GraphKeys, get_collection
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.comparison import greater, less
from flowgraph.ops.core import cast
from flowgraph.ops.reduction import reduce_mean
from flowgraph.summary.recording import histogram, scalar


def summarize_tensor(tensor: Any, tag: str | None = None) -> Tensor:
    """Make a summary of a tensor: of a number its value, of others a histogram.

    Parameters
    ----------
    tensor : Tensor
    tag : str, optional
        The summary's name; that of the tensor and ``_summary`` if left out.

    Examples
    --------
    >>> tf.contrib.layers.summarize_tensor(tf.constant([1.0, 2.0], name="x"))
    <tf.Tensor 'x_summary:0' shape=() dtype=string>
    """
    tag = tag or f"{tensor.op.name}_summary"
    return scalar(tag, tensor) if tensor.shape.ndims == 0 else histogram(tag, tensor)


def summarize_activation(op: Any) -> Tensor:
    """Make a histogram of an activation, and of some kinds the fraction that is at its limits.

    Parameters
    ----------
    op : Tensor

    Examples
    --------
    >>> tf.contrib.layers.summarize_activation(tf.nn.tanh([1.0, 2.0], name="y"))
    <tf.Tensor 'y/activation:0' shape=() dtype=string>
    """
    name, kind = op.op.name, op.op.type
    if kind in ("Relu", "Softplus", "Relu6"):
        _share(less(op, cast(0.0, op.dtype)), f"{name}/zeros")
    if kind == "Relu6":
        _share(greater(op, cast(6.0, op.dtype)), f"{name}/sixes")
    return histogram(f"{name}/activation", op)


def _share(condition: Tensor, tag: str) -> None:
    scalar(tag, reduce_mean(cast(condition, float32, name="ToFloat")))


def summarize_tensors(
    tensors: Iterable[Any], summarizer: Callable[[Any], Tensor] = summarize_tensor
) -> list[Tensor]:
    """Make summaries of several tensors.

    Parameters
    ----------
    tensors : list of Tensor
    summarizer : callable
        Makes the summary of one.

    Examples
    --------
    >>> tf.contrib.layers.summarize_tensors([tf.constant(1.0, name="x")])
    [<tf.Tensor 'x_summary:0' shape=() dtype=string>]
    """
    return [summarizer(tensor) for tensor in tensors]


def summarize_collection(
    collection: str,
    name_filter: str | None = None,
    summarizer: Callable[[Any], Tensor] = summarize_tensor,
) -> list[Tensor]:
    """Make summaries of what a collection of the graph holds.

    Parameters
    ----------
    collection : str
    name_filter : str, optional
        A regular expression that names must match from their beginning.
    summarizer : callable
        Makes the summary of one.

    Examples
    --------
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> tf.contrib.layers.summarize_collection(tf.GraphKeys.GLOBAL_VARIABLES)
    [<tf.Tensor 'w_summary:0' shape=() dtype=string>]
    """
    members = get_collection(collection)
    if name_filter is not None:
        members = [each for each in members if re.match(name_filter, each.op.name)]
    return summarize_tensors(members, summarizer)


def summarize_activations(
    name_filter: str | None = None, summarizer: Callable[[Any], Tensor] = summarize_activation
) -> list[Tensor]:
    """Make summaries of what ``GraphKeys.ACTIVATIONS`` holds. See `summarize_collection`.

    Examples
    --------
    >>> tf.contrib.layers.summarize_activations()
    []
    """
    return summarize_collection(GraphKeys.ACTIVATIONS, name_filter, summarizer)
