"""The metrics of `tf.contrib.metrics`, whose names say that they go on over batches.

Most are those of `tf.metrics` with predictions first and labels second.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics import (
    average_precision,
    counts,
    curves,
    per_class,
    regression,
    thresholds,
    top_k,
)
from flowgraph.metrics.means import accuracy, mean, mean_tensor, percentage_below
from flowgraph.ops.core import cast
from flowgraph.ops.ranking import in_top_k

Metric = Callable[..., tuple[Tensor, Tensor]]


def _predictions_first(metric: Metric, count: int | None = None) -> Metric:
    """Return a metric that takes predictions before labels, and at most `count` arguments."""
    labels, predictions, *others = inspect.signature(metric).parameters.values()
    order = [predictions, labels, *others][:count]

    @functools.wraps(metric)
    def streaming(predictions: Any, labels: Any, *args: Any, **kwargs: Any) -> Any:
        return metric(labels, predictions, *args, **kwargs)

    streaming.__doc__ = f"Return what `tf.metrics.{metric.__name__}` does, predictions first."
    streaming.__signature__ = inspect.Signature(order)  # type: ignore[attr-defined]
    return streaming


streaming_accuracy = _predictions_first(accuracy)
streaming_precision = _predictions_first(counts.precision)
streaming_recall = _predictions_first(counts.recall)
streaming_true_positives = _predictions_first(counts.true_positives)
streaming_true_negatives = _predictions_first(counts.true_negatives)
streaming_false_positives = _predictions_first(counts.false_positives)
streaming_false_negatives = _predictions_first(counts.false_negatives)
streaming_mean_absolute_error = _predictions_first(regression.mean_absolute_error)
streaming_mean_squared_error = _predictions_first(regression.mean_squared_error)
streaming_root_mean_squared_error = _predictions_first(regression.root_mean_squared_error)
streaming_mean_relative_error = _predictions_first(regression.mean_relative_error)
streaming_mean_cosine_distance = _predictions_first(regression.mean_cosine_distance)
streaming_mean_iou = _predictions_first(per_class.mean_iou)
streaming_auc = _predictions_first(curves.auc, 8)
streaming_precision_at_thresholds = _predictions_first(thresholds.precision_at_thresholds)
streaming_recall_at_thresholds = _predictions_first(thresholds.recall_at_thresholds)
streaming_sensitivity_at_specificity = _predictions_first(curves.sensitivity_at_specificity)
streaming_specificity_at_sensitivity = _predictions_first(curves.specificity_at_sensitivity)
streaming_sparse_precision_at_k = _predictions_first(top_k.precision_at_k)
streaming_sparse_recall_at_k = _predictions_first(top_k.recall_at_k)
streaming_sparse_average_precision_at_k = _predictions_first(
    average_precision.average_precision_at_k
)
streaming_mean = mean
streaming_mean_tensor = mean_tensor
streaming_percentage_less = percentage_below


def streaming_recall_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how often the label is among the `k` classes with the greatest scores.

    Parameters
    ----------
    predictions : Tensor
        float32 of shape ``[n, num_classes]``: the scores of the classes.
    labels : Tensor
        ``[n]``: one class number for each row.
    k : int
    weights, metrics_collections, updates_collections, name
        As in `tf.metrics.mean`.

    Examples
    --------
    >>> scores = [[0.1, 0.9], [0.2, 0.8]]
    >>> value, update = tf.contrib.metrics.streaming_recall_at_k(scores, [1, 0], k=1)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    found = cast(in_top_k(predictions, labels, k), dtypes.float32)
    name = name or top_k.at_k_name("recall", k)
    return mean(found, weights, metrics_collections, updates_collections, name)


def streaming_sparse_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return what `tf.metrics.precision_at_top_k` does, predictions first."""
    values = [top_k_predictions, labels, weights]
    with name_scope(name, top_k.at_k_name("precision", None, class_id), values) as scope:
        given = (labels, top_k_predictions, None, class_id, weights)
        return top_k.precision_at_top_k(*given, metrics_collections, updates_collections, scope)


def sparse_recall_at_top_k(
    labels: Any,
    top_k_predictions: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return what `tf.metrics.recall_at_top_k` does."""
    values = [top_k_predictions, labels, weights]
    with name_scope(name, top_k.at_k_name("recall", None, class_id), values) as scope:
        given = (labels, top_k_predictions, None, class_id, weights)
        return top_k.recall_at_top_k(*given, metrics_collections, updates_collections, scope)


def streaming_sparse_average_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return what `tf.metrics.average_precision_at_k` does, of classes in order of scores."""
    collections = (metrics_collections, updates_collections)
    return average_precision.average_precision_at_top_k(
        labels, top_k_predictions, weights, *collections, name
    )
