"""Precision where recall is given and the reverse, and agreement beyond chance.

They are metrics of `tf.contrib.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import aligned, metric_variable, publish
from flowgraph.metrics.thresholds import (
    ALL,
    FN,
    FP,
    MARGIN,
    TP,
    Counts,
    aligned_counts,
    spaced_thresholds,
)
from flowgraph.ops.array import squeeze
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.confusion import confusion_matrix
from flowgraph.ops.core import cast, constant
from flowgraph.ops.diagonal import diag_part
from flowgraph.ops.division import div, div_no_nan
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.ranking import argmax, argmin
from flowgraph.ops.reduction import reduce_sum
from flowgraph.variables.assign import assign_add
from flowgraph.variables.variable_scope import variable_scope


def _of_counts(
    scope: str,
    compute: Callable[[Counts, str], Tensor],
    labels: Any,
    predictions: Any,
    weights: Any,
    num_thresholds: int,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Tensor, Tensor]:
    """Return a function of the counts at evenly spaced thresholds, before and after."""
    with variable_scope(name, scope, (predictions, labels, weights)):
        levels = spaced_thresholds(num_thresholds)
        predictions, labels, weights = aligned(predictions, labels, weights)
        values, updates = aligned_counts(labels, predictions, levels, weights, ALL)
        value, update = compute(values, "value"), compute(updates, "update_op")
        return publish(value, update, metrics_collections, updates_collections)


def recall_at_precision(
    labels: Any,
    predictions: Any,
    precision: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
    strict_mode: bool = False,
) -> tuple[Tensor, Tensor]:
    """Return the recall at the threshold where the precision is what is wanted.

    Parameters
    ----------
    labels : Tensor
        Converted to bool.
    predictions : Tensor
        Floats from 0 to 1, of the shape of `labels`.
    precision : float
        From 0 to 1. The threshold that comes nearest is taken.
    num_thresholds : int
        How many thresholds, evenly spaced.
    weights, metrics_collections, updates_collections, name
        As in `tf.metrics.mean`.
    strict_mode : bool
        Take the threshold that comes nearest from above, and if there is none return 0.

    Returns
    -------
    value, update_op : Tensor
        As in `tf.metrics.mean`, scalars.

    Raises
    ------
    ValueError
        If `precision` is out of range, or shapes do not fit.

    Examples
    --------
    >>> scores = tf.constant([0.1, 0.4, 0.35, 0.8])
    >>> value, update = tf.contrib.metrics.recall_at_precision([0, 0, 1, 1], scores, 1.0)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(f"{session.run(update):.3f}")
    0.500
    """
    if not 0 <= precision <= 1:
        raise ValueError("`precision` must be in the range [0, 1].")

    def recall(counts: Counts, name: str) -> Tensor:
        tp, fn = counts[TP], counts[FN]
        precisions = div(tp, tp + counts[FP] + MARGIN)

        def at(index: Tensor) -> Tensor:
            return div(tp[index], tp[index] + fn[index] + MARGIN, name)

        if not strict_mode:
            return at(argmin(magnitude(precisions - precision), 0, output_type=dtypes.int32))
        # The reciprocal is greatest for the smallest difference that is not negative.
        nearness = div(1.0, precisions - precision + MARGIN)
        index = argmax(nearness, 0, output_type=dtypes.int32)
        is_reached = precisions[index] >= precision
        found: Tensor = cond(is_reached, lambda: at(index), lambda: constant(0.0))
        return found

    given = (labels, predictions, weights, num_thresholds)
    collections = (metrics_collections, updates_collections)
    return _of_counts("recall_at_precision", recall, *given, *collections, name)


def precision_at_recall(
    labels: Any,
    predictions: Any,
    target_recall: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the precision at the highest threshold where the recall is what is wanted, or more.

    Parameters
    ----------
    labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, name
        As in `recall_at_precision`.
    target_recall : float
        From 0 to 1.

    Returns
    -------
    value, update_op : Tensor
        As in `tf.metrics.mean`, scalars.

    Raises
    ------
    ValueError
        If `target_recall` is out of range, or shapes do not fit.

    Examples
    --------
    >>> scores = tf.constant([0.1, 0.4, 0.35, 0.8])
    >>> value, update = tf.contrib.metrics.precision_at_recall([0, 0, 1, 1], scores, 0.9)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(f"{session.run(update):.3f}")
    0.667
    """
    if not 0 <= target_recall <= 1:
        raise ValueError("`target_recall` must be in the range [0, 1].")

    def precision(counts: Counts, name: str) -> Tensor:
        tp, fp = counts[TP], counts[FP]
        recalls = div(tp, tp + counts[FN] + MARGIN)
        # Recall falls from threshold to threshold.
        reached = cast(greater_equal(recalls, target_recall), dtypes.int64)
        last = reduce_sum(reached) - 1
        return div(tp[last] + MARGIN, tp[last] + fp[last] + MARGIN, name)

    given = (labels, predictions, weights, num_thresholds)
    collections = (metrics_collections, updates_collections)
    return _of_counts("precision_at_recall", precision, *given, *collections, name)


def cohen_kappa(
    labels: Any,
    predictions_idx: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return Cohen's kappa: how far classes are recognised more often than by chance.

    Parameters
    ----------
    labels : Tensor
        ``[n]`` or ``[n, 1]``: class numbers, from 0.
    predictions_idx : Tensor
        As many of them.
    num_classes : int
        At least 2.
    weights : Tensor, optional
        One for each label.
    metrics_collections, updates_collections, name
        As in `tf.metrics.mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `tf.metrics.mean`, in float64: 1 if all are right, 0 for chance.

    Raises
    ------
    ValueError
        If there are fewer than two classes, or shapes do not fit.
    InvalidArgumentError
        If a class number is out of range.

    Examples
    --------
    >>> labels, predictions = tf.constant([0, 0, 1, 1]), tf.constant([0, 1, 1, 1])
    >>> value, update = tf.contrib.metrics.cohen_kappa(labels, predictions, num_classes=2)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    if num_classes < 2:
        raise ValueError(f"`num_classes` must be >= 2.Found: {num_classes}")
    with variable_scope(name, "cohen_kappa", (labels, predictions_idx, weights)):
        labels.shape.with_rank_at_most(2)
        if labels.shape.ndims == 2:
            labels = squeeze(labels, axis=[-1])
        predictions, labels, weights = aligned(predictions_idx, labels, weights)
        is_whole = weights is None or weights.dtype.is_integer
        kind = dtypes.int64 if is_whole else dtypes.float32
        both, predicted, actual = (
            metric_variable([num_classes], kind, name=key) for key in ("po", "pe_row", "pe_col")
        )
        table = confusion_matrix(
            labels, predictions, num_classes, kind, name="counts_in_table", weights=weights
        )
        present = [diag_part(table), reduce_sum(table, axis=0), reduce_sum(table, axis=1)]
        totals = [both, predicted, actual]
        new = [assign_add(total, part) for total, part in zip(totals, present, strict=True)]
        value, update = _kappa(totals, "value"), _kappa(new, "update_op")
        return publish(value, update, metrics_collections, updates_collections)


def _kappa(totals: list[Any], name: str) -> Tensor:
    both, predicted, actual = totals
    agreed = reduce_sum(both)
    total = reduce_sum(predicted)
    chances = cast(predicted * actual, dtypes.float64)
    by_chance = reduce_sum(div_no_nan(chances, cast(total, dtypes.float64)))
    agreed, total = cast(agreed, dtypes.float64), cast(total, dtypes.float64)
    return div_no_nan(agreed - by_chance, total - by_chance, name=name)
