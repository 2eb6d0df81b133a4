"""``sequence_loss``: the cross-entropy of a batch of sequences of classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.core import cast
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.cross_entropy import sparse_softmax_cross_entropy_with_logits
from flowgraph.ops.division import div_no_nan
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.statistics import count_nonzero


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """Return the weighted cross-entropy of sequences of classes.

    Parameters
    ----------
    logits : Tensor
        ``(batch, time, classes)``.
    targets : Tensor
        Integers ``(batch, time)``.
    weights : Tensor
        ``(batch, time)``, such as ones where a sequence goes on and zeros after its end.
    average_across_timesteps, average_across_batch : bool
        Sum over the axis and divide by the sum of the weights.
    sum_over_timesteps, sum_over_batch : bool
        Sum over the axis and divide by the number of weights that are not zero.
    softmax_loss_function : callable, optional
        Takes ``labels=`` and ``logits=``; by default
        `tf.nn.sparse_softmax_cross_entropy_with_logits`.
    name : str, optional

    Returns
    -------
    Tensor
        Of rank 0, 1 or 2: without the axes that are summed.

    Raises
    ------
    ValueError
        If a rank is wrong, or an axis is to be averaged and summed.

    Examples
    --------
    >>> loss = tf.contrib.seq2seq.sequence_loss(
    ...     tf.zeros([2, 3, 4]), tf.zeros([2, 3], tf.int32), tf.ones([2, 3]))
    >>> print(f"{tf.Session().run(loss):.4f}")  # log 4
    1.3863
    """
    if len(logits.shape) != 3:
        raise ValueError("Logits must be a [batch_size x sequence_length x logits] tensor")
    if len(targets.shape) != 2:
        raise ValueError("Targets must be a [batch_size x sequence_length] tensor")
    if len(weights.shape) != 2:
        raise ValueError("Weights must be a [batch_size x sequence_length] tensor")
    if average_across_timesteps and sum_over_timesteps:
        raise ValueError(
            "average_across_timesteps and sum_over_timesteps cannot be set to True at same time."
        )
    if average_across_batch and sum_over_batch:
        raise ValueError(
            "average_across_batch and sum_over_batch cannot be set to True at same time."
        )
    with name_scope(name, "sequence_loss", [logits, targets, weights]):
        flat = reshape(logits, [-1, shape_of(logits)[2]])
        labels = reshape(targets, [-1])
        function = softmax_loss_function or sparse_softmax_cross_entropy_with_logits
        losses = function(labels=labels, logits=flat) * reshape(weights, [-1])
        averages, sums = (
            [axis for axis, is_chosen in enumerate(chosen) if is_chosen]
            for chosen in (
                (average_across_batch, average_across_timesteps),
                (sum_over_batch, sum_over_timesteps),
            )
        )
        if len(averages) == 2:
            return div_no_nan(reduce_sum(losses), reduce_sum(weights))
        if len(sums) == 2:
            total = reduce_sum(losses)
            return div_no_nan(total, cast(count_nonzero(weights), total.dtype))
        losses = reshape(losses, shape_of(logits)[0:2])
        if averages:
            return div_no_nan(reduce_sum(losses, axis=averages), reduce_sum(weights, axis=averages))
        if sums:
            total = reduce_sum(losses, axis=sums)
            return div_no_nan(total, cast(count_nonzero(weights, axis=sums), total.dtype))
        return losses
