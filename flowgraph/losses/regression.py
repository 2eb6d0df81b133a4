"""Losses of predicted numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import GraphKeys, control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.losses.collection import add_loss
from flowgraph.losses.reduction import Reduction
from flowgraph.losses.weighting import as_floats, compute_weighted_loss, count_present, required
from flowgraph.ops.arithmetic import add, multiply, negative, square, squared_difference, subtract
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.core import cast, constant, rank
from flowgraph.ops.division import div_no_nan
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.magnitude import maximum, minimum
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range
from flowgraph.ops.transcendental import log
from flowgraph.ops.weights_broadcasting import assert_broadcastable


def _weighted(
    elementwise: Callable[[Tensor, Tensor], Tensor],
    default_name: str,
    labels: Any,
    predictions: Any,
    weights: Any,
    scope: str | None,
    loss_collection: str | None,
    reduction: str,
) -> Tensor:
    """Weight and reduce a loss that is a function of predictions and labels."""
    required(labels=labels, predictions=predictions)
    with name_scope(scope, default_name, [predictions, labels, weights]) as opened:
        losses = elementwise(*as_floats(predictions, labels))
        return compute_weighted_loss(losses, weights, opened, loss_collection, reduction)


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the weighted mean of ``abs(predictions - labels)``.

    Parameters
    ----------
    labels, predictions : Tensor
        Of one shape; converted to float32.
    weights, scope, loss_collection, reduction
        As in `compute_weighted_loss`.

    Returns
    -------
    Tensor
        A scalar, unless `reduction` says otherwise; also added to the graph's losses.

    Raises
    ------
    ValueError
        If `labels` or `predictions` is missing, or the shapes do not fit.

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.absolute_difference([1.0, 2.0], [1.0, 4.0])))
    1.0
    """
    return _weighted(
        lambda predictions, labels: magnitude(subtract(predictions, labels)),
        "absolute_difference",
        labels,
        predictions,
        weights,
        scope,
        loss_collection,
        reduction,
    )


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the weighted mean of ``(predictions - labels) ** 2``.

    Parameters
    ----------
    labels, predictions, weights, scope, loss_collection, reduction
        As in `absolute_difference`.

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.mean_squared_error([1.0, 2.0], [1.0, 4.0])))
    2.0
    """
    return _weighted(
        squared_difference,
        "mean_squared_error",
        labels,
        predictions,
        weights,
        scope,
        loss_collection,
        reduction,
    )


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the weighted mean of a loss that is quadratic near 0 and linear beyond.

    Parameters
    ----------
    labels, predictions, weights, scope, loss_collection, reduction
        As in `absolute_difference`.
    delta : float
        Where it becomes linear.

    Notes
    -----
    ``e ** 2 / 2`` for errors of magnitude ``e`` up to `delta`, and
    ``delta * (e - delta / 2)`` above (Huber, 1964).

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.huber_loss([1.0, 2.0], [2.0, 5.0])))
    1.5
    """

    def losses(predictions: Tensor, labels: Tensor) -> Tensor:
        error = magnitude(subtract(predictions, labels))
        quadratic = minimum(error, delta)
        linear = subtract(error, quadratic)
        half = constant(0.5, dtype=quadratic.dtype)
        squares = multiply(half, multiply(quadratic, quadratic))
        return add(squares, multiply(delta, linear))

    return _weighted(
        losses, "huber_loss", labels, predictions, weights, scope, loss_collection, reduction
    )


def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the weighted mean of the cross entropy of probabilities.

    Parameters
    ----------
    labels, predictions : Tensor
        Probabilities of one shape; converted to float32.
    weights, scope, loss_collection, reduction
        As in `absolute_difference`.
    epsilon : float
        Added to each logarithm's argument, so that a probability of 0 has a finite loss.

    Notes
    -----
    ``-labels * log(predictions + epsilon) - (1 - labels) * log(1 - predictions + epsilon)``.
    For logits rather than probabilities, `sigmoid_cross_entropy` is more precise.

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.log_loss([1.0, 0.0], [0.5, 0.5])))
    0.69314694
    """

    def losses(predictions: Tensor, labels: Tensor) -> Tensor:
        hits = negative(multiply(labels, log(predictions + epsilon)))
        misses = multiply(1 - labels, log(1 - predictions + epsilon))
        return hits - misses

    return _weighted(
        losses, "log_loss", labels, predictions, weights, scope, loss_collection, reduction
    )


def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: int | None = None,
) -> Tensor:
    """Return the weighted mean of ``1 - sum(labels * predictions)`` along an axis.

    Parameters
    ----------
    labels, predictions : Tensor
        Vectors of norm 1 along `axis`; converted to float32.
    axis : int
    weights, scope, loss_collection, reduction
        As in `absolute_difference`; the losses keep `axis` with size 1.
    dim : int, optional
        The old name of `axis`.

    Raises
    ------
    ValueError
        As in `absolute_difference`, and without an axis, or with two.

    Examples
    --------
    >>> loss = tf.losses.cosine_distance([[1.0, 0.0]], [[0.6, 0.8]], axis=1)
    >>> print(tf.Session().run(loss))
    0.39999998
    """
    axis = renamed_argument("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")

    def losses(predictions: Tensor, labels: Tensor) -> Tensor:
        result: Tensor = 1 - reduce_sum(multiply(predictions, labels), (axis,), keepdims=True)
        return result

    return _weighted(
        losses,
        "cosine_distance_loss",
        labels,
        predictions,
        weights,
        scope,
        loss_collection,
        reduction,
    )


def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Tensor:
    """Return the sum over rows of the mean square of the differences between pairs of errors.

    It does not change if all predictions of a row are moved by the same amount.

    Parameters
    ----------
    labels, predictions : Tensor
        Of one shape; converted to float32. The first axis is the batch.
    weights : Tensor
        As in `compute_weighted_loss`: a scalar or one for each row.
    scope, loss_collection
        As in `compute_weighted_loss`.

    Returns
    -------
    Tensor
        A scalar.

    Raises
    ------
    ValueError
        If `labels` or `predictions` is missing, or the shapes do not fit.

    Examples
    --------
    >>> loss = tf.losses.mean_pairwise_squared_error([[0.0, 0.0]], [[1.0, 3.0]])
    >>> print(tf.Session().run(loss))
    4.0
    """
    required(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        weights = cast(weights, dtypes.float32)
        labels = cast(labels, dtypes.float32)
        with control_dependencies([assert_broadcastable(weights, labels)]):
            predictions, labels = as_floats(predictions, labels)
            errors = subtract(predictions, labels)
            axes = range(1, rank(errors))
            squares = reduce_sum(square(errors), axes, keepdims=True)
            count = count_present(errors, weights, per_batch=True)
            # Over the n (n - 1) pairs of errors a and b of a row, the mean of (a - b)^2 is
            # 2 sum a^2 / (n - 1) - 2 (sum a)^2 / (n (n - 1)).
            mean_square = 2.0 * div_no_nan(squares, maximum(count - 1, 0), name="value")
            total = reduce_sum(errors, axes, keepdims=True)
            square_mean = 2.0 * div_no_nan(
                square(total), maximum(multiply(count, count - 1), 0), name="value"
            )
            loss = reduce_sum(multiply(mean_square - square_mean, weights))
            loss = where(reduce_sum(count) > 0, loss, zeros_like(loss), name="value")
            add_loss(loss, loss_collection)
            return loss
