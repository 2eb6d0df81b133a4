"""Error rates, and the harmonic mean of precision and recall, of `tf.contrib.metrics`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import aligned, publish
from flowgraph.metrics.counts import (
    false_negatives,
    false_positives,
    share,
    true_negatives,
    true_positives,
)
from flowgraph.metrics.thresholds import (
    FN,
    FP,
    MARGIN,
    TN,
    TP,
    Counts,
    Outcome,
    aligned_counts,
    counts_at_thresholds,
    spaced_thresholds,
)
from flowgraph.ops.core import cast
from flowgraph.ops.division import div
from flowgraph.ops.reduction import reduce_max
from flowgraph.variables.variable_scope import variable_scope


def _rate(
    scope: str,
    part: Callable[..., tuple[Tensor, Tensor]],
    rest: Callable[..., tuple[Tensor, Tensor]],
    predictions: Any,
    labels: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Tensor, Tensor]:
    """Return which share one count has of itself and another."""
    with variable_scope(name, scope, (predictions, labels, weights)):
        given = aligned(cast(predictions, dtypes.bool), cast(labels, dtypes.bool), weights)
        predictions, labels, weights = given
        counted, new_counted = part(labels, predictions, weights)
        others, new_others = rest(labels, predictions, weights)
        value = share(counted, others, "value")
        update = share(new_counted, new_others, "update_op")
        return publish(value, update, metrics_collections, updates_collections)


def streaming_false_positive_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the false examples is predicted true. See `tf.metrics.recall`."""
    kinds = ("false_positive_rate", false_positives, true_negatives)
    given = (predictions, labels, weights, metrics_collections, updates_collections)
    return _rate(*kinds, *given, name)


def streaming_false_negative_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the true examples is predicted false. See `tf.metrics.recall`."""
    kinds = ("false_negative_rate", false_negatives, true_positives)
    given = (predictions, labels, weights, metrics_collections, updates_collections)
    return _rate(*kinds, *given, name)


def _count_at_thresholds(
    kind: Outcome, predictions: Any, labels: Any, thresholds: Sequence[float], weights: Any
) -> tuple[Tensor, Tensor]:
    predictions, labels, weights = aligned(predictions, labels, weights)
    values, updates = aligned_counts(labels, predictions, thresholds, weights, (kind,))
    return values[kind], updates[kind]


def streaming_true_positives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Sequence[float], weights: Any = None
) -> tuple[Tensor, Tensor]:
    """Return how many true examples are predicted above each threshold, of any range."""
    return _count_at_thresholds(TP, predictions, labels, thresholds, weights)


def streaming_true_negatives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Sequence[float], weights: Any = None
) -> tuple[Tensor, Tensor]:
    """Return how many false examples are not predicted above each threshold, of any range."""
    return _count_at_thresholds(TN, predictions, labels, thresholds, weights)


def streaming_false_positives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Sequence[float], weights: Any = None
) -> tuple[Tensor, Tensor]:
    """Return how many false examples are predicted above each threshold, of any range."""
    return _count_at_thresholds(FP, predictions, labels, thresholds, weights)


def streaming_false_negatives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Sequence[float], weights: Any = None
) -> tuple[Tensor, Tensor]:
    """Return how many true examples are not predicted above each threshold, of any range."""
    return _count_at_thresholds(FN, predictions, labels, thresholds, weights)


def _rate_at_thresholds(
    scope: str,
    word: str,
    kinds: tuple[Outcome, Outcome],
    predictions: Any,
    labels: Any,
    thresholds: Sequence[float],
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Tensor, Tensor]:
    with variable_scope(name, scope, (predictions, labels, weights)):
        predictions, labels, weights = aligned(predictions, labels, weights)
        in_order = tuple(kind for kind in (TP, FN, TN, FP) if kind in kinds)
        values, updates = aligned_counts(labels, predictions, thresholds, weights, in_order)
        part, rest = kinds
        value = div(values[part], MARGIN + values[part] + values[rest], name=f"{word}_value")
        update = div(
            updates[part], MARGIN + updates[part] + updates[rest], name=f"{word}_update_op"
        )
        return publish(value, update, metrics_collections, updates_collections)


def streaming_false_positive_rate_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the false examples is predicted above each threshold."""
    kinds = ("false_positive_rate_at_thresholds", "fpr", (FP, TN))
    given = (predictions, labels, thresholds, weights, metrics_collections, updates_collections)
    return _rate_at_thresholds(*kinds, *given, name)


def streaming_false_negative_rate_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the true examples is not predicted above each threshold."""
    kinds = ("false_negative_rate_at_thresholds", "fnr", (FN, TP))
    given = (predictions, labels, thresholds, weights, metrics_collections, updates_collections)
    return _rate_at_thresholds(*kinds, *given, name)


def f1_score(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the greatest harmonic mean of precision and recall over all thresholds.

    Parameters
    ----------
    labels : Tensor
        Converted to bool.
    predictions : Tensor
        Floats from 0 to 1, of the shape of `labels`.
    num_thresholds : int
        How many thresholds, evenly spaced.
    weights, metrics_collections, updates_collections, name
        As in `tf.metrics.mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `tf.metrics.mean`.

    Raises
    ------
    ValueError
        If shapes do not fit.
    InvalidArgumentError
        The same, and if a prediction is not from 0 to 1.

    Examples
    --------
    >>> scores = tf.constant([0.1, 0.4, 0.35, 0.8])
    >>> value, update = tf.contrib.metrics.f1_score([0, 0, 1, 1], scores)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(f"{session.run(update):.3f}")
    0.800
    """
    with variable_scope(name, "f1", (labels, predictions, weights)):
        predictions, labels, weights = aligned(predictions, labels, weights)
        levels = spaced_thresholds(num_thresholds)
        kinds = (TP, FN, FP)
        values, updates = counts_at_thresholds(labels, predictions, levels, weights, kinds)
        value, update = _best_f1(values, "value"), _best_f1(updates, "update")
        return publish(value, update, metrics_collections, updates_collections)


def _best_f1(counts: Counts, name: str) -> Tensor:
    tp = counts[TP]
    precision = div(tp, MARGIN + tp + counts[FP], name=f"precision_{name}")
    recall = div(tp, MARGIN + tp + counts[FN], name=f"recall_{name}")
    return reduce_max(2.0 * precision * recall / (precision + recall + MARGIN))
