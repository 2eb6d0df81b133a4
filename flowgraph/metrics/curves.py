"""Metrics of the curve that a classifier's threshold runs along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import publish, ratio
from flowgraph.metrics.thresholds import (
    FN,
    FP,
    MARGIN,
    TN,
    TP,
    Counts,
    counts_at_thresholds,
    spaced_thresholds,
)
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.comparison import equal, logical_and
from flowgraph.ops.core import cast
from flowgraph.ops.division import div
from flowgraph.ops.filling import ones_like
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.magnitude import maximum, minimum
from flowgraph.ops.ranking import argmax, argmin
from flowgraph.ops.reduction import reduce_min, reduce_sum
from flowgraph.ops.scan import cumsum
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import log
from flowgraph.variables.variable_scope import variable_scope

_SMOOTHING = 1e-6
"""Keeps the rates of the curve from 0 over 0."""


def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Sequence[float] | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the area under the ROC or the precision-recall curve, from counts at thresholds.

    Parameters
    ----------
    labels : Tensor
        Converted to bool.
    predictions : Tensor
        Floats from 0 to 1, of the shape of `labels`.
    weights, metrics_collections, updates_collections, name
        As in `mean`.
    num_thresholds : int
        How many thresholds, evenly spaced.
    curve : str
        ``"ROC"``, or ``"PR"`` for precision against recall.
    summation_method : str
        ``"trapezoidal"``; ``"careful_interpolation"``, which is the same for ROC, and right
        for PR where the trapezoidal rule is not; ``"minoring"`` and ``"majoring"``, which
        bound the area.
    thresholds : list of float, optional
        The thresholds between 0 and 1, instead.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`, scalars.

    Raises
    ------
    ValueError
        If there is no such curve or method, or shapes do not fit.
    InvalidArgumentError
        If a prediction is not from 0 to 1, or a run shows that shapes do not fit.

    Notes
    -----
    The interpolation of the precision-recall curve is that of Davis and Goadrich (2006).

    Examples
    --------
    >>> value, update = tf.metrics.auc([0, 0, 1, 1], tf.constant([0.1, 0.4, 0.35, 0.8]))
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(f"{session.run(update):.4f}")
    0.7500
    """
    with variable_scope(name, "auc", (labels, predictions, weights)):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        if thresholds is None:
            levels = spaced_thresholds(num_thresholds)
        else:
            levels = [0.0 - MARGIN, *sorted(thresholds), 1.0 + MARGIN]
        values, updates = counts_at_thresholds(labels, predictions, levels, weights)

        def area(counts: Counts, name: str) -> Tensor:
            if curve == "PR" and summation_method == "careful_interpolation":
                return _interpolated(counts, len(levels))
            return _summed(counts, len(levels), curve, summation_method, name)

        value, update = area(values, "value"), area(updates, "update_op")
        return publish(value, update, metrics_collections, updates_collections)


_HEIGHTS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "trapezoidal": lambda before, after: (before + after) / 2.0,
    "careful_interpolation": lambda before, after: (before + after) / 2.0,
    "minoring": minimum,
    "majoring": maximum,
}
"""How high each strip under the curve is, between two thresholds."""


def _summed(counts: Counts, points: int, curve: str, method: str, name: str) -> Tensor:
    tp, fn, tn, fp = (counts[kind] for kind in (TP, FN, TN, FP))
    recall = div(tp + _SMOOTHING, tp + fn + _SMOOTHING)
    if curve == "ROC":
        x, y = div(fp, fp + tn + _SMOOTHING), recall
    else:
        x, y = recall, div(tp + _SMOOTHING, tp + fp + _SMOOTHING)
    if method not in _HEIGHTS:
        raise ValueError(f"Invalid summation_method: {method}")
    last = points - 1
    widths = x[:last] - x[1:]
    return reduce_sum(multiply(widths, _HEIGHTS[method](y[:last], y[1:])), name=name)


def _interpolated(counts: Counts, points: int) -> Tensor:
    tp, fp, fn = counts[TP], counts[FP], counts[FN]
    last = points - 1
    gained = tp[:last] - tp[1:]
    p = tp + fp
    slope = ratio(gained, p[:last] - p[1:], name="prec_slope")
    intercept = tp[1:] - multiply(slope, p[1:])
    relative = where(
        logical_and(p[:last] > 0, p[1:] > 0),
        ratio(p[:last], p[1:], name="recall_relative_ratio"),
        ones_like(p[1:]),
    )
    increments = ratio(
        slope * (gained + intercept * log(relative)), tp[1:] + fn[1:], name="pr_auc_increment"
    )
    return reduce_sum(increments, name="interpolate_pr_auc")


def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the true examples is found where most false ones are kept out.

    Parameters
    ----------
    labels : Tensor
        Converted to bool.
    predictions : Tensor
        Floats from 0 to 1, of the shape of `labels`.
    specificity : float
        From 0 to 1: the part of the false examples that is to be predicted false. Of the
        thresholds the one that comes nearest is taken.
    num_thresholds : int
        How many thresholds, evenly spaced.
    weights, metrics_collections, updates_collections, name
        As in `mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`, scalars.

    Raises
    ------
    ValueError
        If `specificity` is out of range, or shapes do not fit.
    InvalidArgumentError
        If a prediction is not from 0 to 1, or a run shows that shapes do not fit.

    Examples
    --------
    >>> predictions = tf.constant([0.1, 0.4, 0.35, 0.8])
    >>> value, update = tf.metrics.sensitivity_at_specificity([0, 0, 1, 1], predictions, 1.0)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(f"{session.run(update):.3f}")
    0.500
    """
    if specificity < 0 or specificity > 1:
        raise ValueError("`specificity` must be in the range [0, 1].")

    def sensitivity(counts: Counts, name: str) -> Tensor:
        tp, fn, tn, fp = (counts[kind] for kind in (TP, FN, TN, FP))
        specificities = div(tn, tn + fp + MARGIN)
        nearest = cast(argmin(magnitude(specificities - specificity), 0), dtypes.int32)
        return div(tp[nearest], tp[nearest] + fn[nearest] + MARGIN, name)

    with variable_scope(name, "sensitivity_at_specificity", (predictions, labels, weights)):
        levels = spaced_thresholds(num_thresholds)
        values, updates = counts_at_thresholds(labels, predictions, levels, weights)
        value, update = sensitivity(values, "value"), sensitivity(updates, "update_op")
        return publish(value, update, metrics_collections, updates_collections)


def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the false examples is kept out where most true ones are found.

    Parameters
    ----------
    labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, name
        As in `sensitivity_at_specificity`.
    sensitivity : float
        From 0 to 1: the part of the true examples that is to be predicted true. Of the
        thresholds the one that comes nearest is taken, and of several the highest.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`, scalars.

    Raises
    ------
    ValueError
        If `sensitivity` is out of range, or shapes do not fit.
    InvalidArgumentError
        If a prediction is not from 0 to 1, or a run shows that shapes do not fit.

    Examples
    --------
    >>> predictions = tf.constant([0.1, 0.4, 0.35, 0.8])
    >>> value, update = tf.metrics.specificity_at_sensitivity([0, 0, 1, 1], predictions, 1.0)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(f"{session.run(update):.3f}")
    0.500
    """
    if sensitivity < 0 or sensitivity > 1:
        raise ValueError("`sensitivity` must be in the range [0, 1].")

    def specificity(counts: Counts, name: str) -> Tensor:
        tp, fn, tn, fp = (counts[kind] for kind in (TP, FN, TN, FP))
        sensitivities = div(tp, tp + fn + MARGIN)
        least = reduce_min(magnitude(sensitivities - sensitivity))
        nearest = cast(equal(magnitude(sensitivities - sensitivity), least), dtypes.int64)
        last = cast(argmax(cumsum(nearest), 0), dtypes.int32)
        return div(tn[last], tn[last] + fp[last] + MARGIN, name)

    with variable_scope(name, "specificity_at_sensitivity", (predictions, labels, weights)):
        # The highest lies below 1, so that a prediction of 1 is above it.
        levels = [*spaced_thresholds(num_thresholds)[:-1], 1.0 - MARGIN]
        values, updates = counts_at_thresholds(labels, predictions, levels, weights)
        value, update = specificity(values, "value"), specificity(updates, "update_op")
        return publish(value, update, metrics_collections, updates_collections)
