"""Losses weighted and reduced to one number."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import GraphKeys, control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.losses.collection import add_loss
from flowgraph.losses.reduction import Reduction
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.comparison import equal
from flowgraph.ops.core import cast, convert_to_tensor, rank, size
from flowgraph.ops.division import div_no_nan
from flowgraph.ops.filling import ones_like, zeros_like
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range
from flowgraph.ops.weights_broadcasting import assert_broadcastable, broadcast_weights


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Weight losses, reduce them, and add the result to the graph's losses.

    Parameters
    ----------
    losses : Tensor
    weights : Tensor
        A scalar, or of the rank of `losses`, with dimensions that are 1 or those of
        `losses`.
    scope : str, optional
        The name scope.
    loss_collection : str, optional
        Where the loss is added; ``None`` for nowhere.
    reduction : str
        One of `Reduction`.

    Returns
    -------
    Tensor
        Of the dtype of `losses`; computed in float32. A scalar, but of the shape of
        `losses` for ``Reduction.NONE``.

    Raises
    ------
    ValueError
        If there is no such reduction, or the static shapes do not fit.
    InvalidArgumentError
        If the shapes do not fit and that shows only when it runs.

    Examples
    --------
    >>> loss = tf.losses.compute_weighted_loss([1.0, 2.0, 6.0], weights=[1.0, 0.0, 1.0])
    >>> print(tf.Session().run(loss))
    3.5
    """
    Reduction.validate(reduction)
    with (
        name_scope(scope, "weighted_loss", [losses, weights]),
        control_dependencies([assert_broadcastable(weights, losses)]),
    ):
        losses = convert_to_tensor(losses)
        kind = losses.dtype.base_dtype
        losses = cast(losses, dtypes.float32)
        weights = cast(weights, dtypes.float32)
        weighted = multiply(losses, weights)
        loss = cast(_reduced(weighted, losses, weights, reduction), kind)
        add_loss(loss, loss_collection)
        return loss


def _reduced(weighted: Tensor, losses: Tensor, weights: Tensor, reduction: str) -> Tensor:
    if reduction == Reduction.NONE:
        return weighted
    total = reduce_sum(weighted)
    if reduction == Reduction.MEAN:
        return _mean(total, reduce_sum(multiply(ones_like(losses), weights, name="mul")))
    if reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
        return _mean(total, count_present(losses, weights))
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        with name_scope(None, "num_elements", [losses]) as scope:
            count = cast(size(losses, name=scope), losses.dtype)
        return _mean(total, count)
    return total


def _mean(losses: Tensor, count: Tensor) -> Tensor:
    """Return the sum of the losses divided by a count, 0 if that is 0."""
    return div_no_nan(reduce_sum(losses), count, name="value")


def count_present(losses: Tensor, weights: Tensor, per_batch: bool = False) -> Tensor:
    """Return how many losses have a weight that is not 0: in all, or for each row.

    Parameters
    ----------
    losses : Tensor
    weights : Tensor
        As for `compute_weighted_loss`.
    per_batch : bool
        Count over all axes but the first, which is kept with the others as 1.
    """
    with name_scope(None, "num_present", [losses, weights]) as scope:
        weights = cast(weights, dtypes.float32)
        is_absent = equal(weights, 0.0)
        present = where(is_absent, zeros_like(weights), ones_like(weights))
        present = broadcast_weights(present, losses)
        if per_batch:
            axes = range(1, rank(present))
            return reduce_sum(present, axes, keepdims=True, name=scope)
        return reduce_sum(present, name=scope)


def required(**arguments: Any) -> None:
    """Raise ValueError for the first argument that is ``None``."""
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"{name} must not be None.")


def as_floats(predictions: Any, labels: Any) -> tuple[Tensor, Tensor]:
    """Return both as float32; ValueError if their shapes differ."""
    predictions = cast(predictions, dtypes.float32)
    labels = cast(labels, dtypes.float32)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return predictions, labels
