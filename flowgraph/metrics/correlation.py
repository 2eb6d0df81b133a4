"""Covariance and correlation over all batches, of `tf.contrib.metrics`."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import aligned, metric_variable, publish
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.comparison import less_equal
from flowgraph.ops.core import cast, size
from flowgraph.ops.division import div_no_nan, truediv
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import sqrt
from flowgraph.ops.weights_broadcasting import broadcast_weights
from flowgraph.variables.assign import assign_add
from flowgraph.variables.variable_scope import variable_scope


def streaming_covariance(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the unbiased sample covariance of predictions and labels.

    Parameters
    ----------
    predictions, labels : Tensor
        float32, of one shape.
    weights : Tensor, optional
        How often each pair counts.
    metrics_collections, updates_collections, name
        As in `tf.metrics.mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `tf.metrics.mean`; NaN as long as no more than one pair has been seen.

    Raises
    ------
    ValueError, InvalidArgumentError
        If shapes do not fit.

    Notes
    -----
    Batches are combined by the formula of Chan, Golub and LeVeque (1983).

    Examples
    --------
    >>> value, update = tf.contrib.metrics.streaming_covariance([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    2.0
    """
    with variable_scope(name, "covariance", (predictions, labels, weights)):
        predictions, labels, weights = aligned(predictions, labels, weights)
        predictions.shape.assert_is_compatible_with(labels.shape)
        count, mean_prediction, mean_label, comoment = (
            metric_variable([], dtypes.float32, name=key)
            for key in ("count", "mean_prediction", "mean_label", "comoment")
        )
        if weights is None:
            present = cast(size(labels), dtypes.float32)
            weighted_predictions, weighted_labels = predictions, labels
        else:
            weights = broadcast_weights(weights, labels)
            present = reduce_sum(weights)
            weighted_predictions = multiply(predictions, weights)
            weighted_labels = multiply(labels, weights)
        new_count = assign_add(count, present)
        before = new_count - present

        def moved(mean: Any, weighted: Tensor) -> tuple[Tensor, Tensor]:
            """Return the mean of this batch, and that of the ones before; move that of all."""
            here = div_no_nan(reduce_sum(weighted), present)
            step = div_no_nan((here - mean) * present, new_count)
            return here, assign_add(mean, step) - step

        prediction_here, prediction_before = moved(mean_prediction, weighted_predictions)
        label_here, label_before = moved(mean_label, weighted_labels)
        products = (predictions - prediction_here) * (labels - label_here)
        within = reduce_sum(products if weights is None else products * weights)
        between = (prediction_before - prediction_here) * (label_before - label_here)
        step = within + between * (before * present / new_count)
        new_comoment = assign_add(comoment, step)
        value = _unbiased(comoment, count, "covariance")
        with control_dependencies([new_comoment]):
            update = _unbiased(comoment, count, "update_op")
    return publish(value, update, metrics_collections, updates_collections)


def _unbiased(comoment: Any, count: Any, name: str) -> Tensor:
    few = less_equal(count, 1.0)
    return where(few, float("nan"), truediv(comoment, count - 1), name=name)


def streaming_pearson_correlation(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return Pearson's correlation coefficient of predictions and labels.

    Parameters, results and errors are those of `streaming_covariance`.

    Examples
    --------
    >>> value, update = tf.contrib.metrics.streaming_pearson_correlation(
    ...     [1.0, 2.0, 3.0], [2.0, 4.0, 6.0]
    ... )
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(f"{session.run(update):.3f}")
    1.000
    """
    with variable_scope(name, "pearson_r", (predictions, labels, weights)):
        predictions, labels, weights = aligned(predictions, labels, weights)
        predictions.shape.assert_is_compatible_with(labels.shape)
        if weights is not None:
            weights = broadcast_weights(weights, labels)
        pairs = {
            "covariance": (predictions, labels),
            "variance_predictions": (predictions, predictions),
            "variance_labels": (labels, labels),
        }
        both, ours, theirs = (
            streaming_covariance(x, y, weights, name=key) for key, (x, y) in pairs.items()
        )
        value, update = (
            truediv(both[i], multiply(sqrt(ours[i]), sqrt(theirs[i])), name=key)
            for i, key in enumerate(("pearson_r", "update_op"))
        )
    return publish(value, update, metrics_collections, updates_collections)
