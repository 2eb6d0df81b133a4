"""The cross-entropy of sequences that are given as a list of steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.add_n import add_n
from flowgraph.ops.array import reshape
from flowgraph.ops.core import cast
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.cross_entropy import sparse_softmax_cross_entropy_with_logits
from flowgraph.ops.reduction import reduce_sum


def sequence_loss_by_example(
    logits: list[Any],
    targets: list[Any],
    weights: list[Any],
    average_across_timesteps: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """Return the weighted cross-entropy of each sequence of a batch.

    Parameters
    ----------
    logits : list of Tensor
        ``(batch, classes)`` for each step.
    targets : list of Tensor
        Integers ``(batch,)`` for each step.
    weights : list of Tensor
        ``(batch,)`` for each step.
    average_across_timesteps : bool
        Divide by the sum of a sequence's weights.
    softmax_loss_function : callable, optional
        Takes ``labels=`` and ``logits=``; by default
        `tf.nn.sparse_softmax_cross_entropy_with_logits`.
    name : str, optional

    Returns
    -------
    Tensor
        ``(batch,)``.

    Raises
    ------
    ValueError
        If the lists are of different lengths.

    Examples
    --------
    >>> losses = tf.contrib.legacy_seq2seq.sequence_loss_by_example(
    ...     [tf.zeros([2, 4])] * 3, [tf.zeros([2], tf.int32)] * 3, [tf.ones([2])] * 3)
    >>> losses.shape.as_list()
    [2]
    """
    if not len(logits) == len(targets) == len(weights):
        raise ValueError(
            "Lengths of logits, weights, and targets must be the same "
            f"{len(logits)}, {len(weights)}, {len(targets)}."
        )
    with name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        losses = []
        for given, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                loss = sparse_softmax_cross_entropy_with_logits(
                    labels=reshape(target, [-1]), logits=given
                )
            else:
                loss = softmax_loss_function(labels=target, logits=given)
            losses.append(loss * weight)
        total = add_n(losses)
        if average_across_timesteps:
            total = total / (add_n(weights) + 1e-12)  # weights may all be zero
    return total


def sequence_loss(
    logits: list[Any],
    targets: list[Any],
    weights: list[Any],
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """Return the weighted cross-entropy of a batch of sequences.

    Parameters
    ----------
    logits, targets, weights, average_across_timesteps, softmax_loss_function, name
        As for `sequence_loss_by_example`.
    average_across_batch : bool
        Divide by the size of the batch.

    Returns
    -------
    Tensor
        A scalar.

    Raises
    ------
    ValueError
        If the lists are of different lengths.

    Examples
    --------
    >>> loss = tf.contrib.legacy_seq2seq.sequence_loss(
    ...     [tf.zeros([2, 4])] * 3, [tf.zeros([2], tf.int32)] * 3, [tf.ones([2])] * 3)
    >>> print(f"{tf.Session().run(loss):.4f}")  # log 4
    1.3863
    """
    with name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        losses = sequence_loss_by_example(
            logits, targets, weights, average_across_timesteps, softmax_loss_function
        )
        total = reduce_sum(losses)
        if average_across_batch:
            return total / cast(shape_of(targets[0])[0], total.dtype)
        return total
