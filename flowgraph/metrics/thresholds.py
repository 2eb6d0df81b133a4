"""Counts, precision and recall where a probability above a threshold counts as yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flowgraph import dtypes
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import aligned, metric_variable, publish
from flowgraph.ops.array import expand_dims, reshape, transpose
from flowgraph.ops.assertions import assert_greater_equal, assert_less_equal
from flowgraph.ops.comparison import greater, logical_and, logical_not
from flowgraph.ops.core import cast, constant, identity, shape
from flowgraph.ops.division import div
from flowgraph.ops.packing import stack
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.weights_broadcasting import broadcast_weights
from flowgraph.variables.assign import assign_add
from flowgraph.variables.variable_scope import variable_scope

MARGIN = 1e-7
"""By how much the outermost thresholds lie beyond 0 and 1, and what keeps a divisor from 0."""


class Outcome(NamedTuple):
    """A kind of example: how it is labelled, and how it is predicted."""

    name: str
    label: bool
    prediction: bool


TP = Outcome("true_positives", True, True)
FN = Outcome("false_negatives", True, False)
TN = Outcome("true_negatives", False, False)
FP = Outcome("false_positives", False, True)
ALL = (TP, FN, TN, FP)

Counts = dict[Outcome, Any]
"""The number of examples of each kind, at each threshold."""


def spaced_thresholds(count: int) -> list[float]:
    """Return evenly spaced thresholds, of which the first and the last lie beyond 0 and 1."""
    inner = [(i + 1) * 1.0 / (count - 1) for i in range(count - 2)]
    return [0.0 - MARGIN, *inner, 1.0 + MARGIN]


def counts_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    kinds: tuple[Outcome, ...] = ALL,
) -> tuple[Counts, Counts]:
    """Count the examples of each kind for each threshold.

    Parameters
    ----------
    labels : Tensor
        Converted to bool.
    predictions : Tensor
        From 0 to 1, of the shape of `labels`.
    thresholds : sequence of float
        A prediction above counts as true.
    weights : Tensor, optional
    kinds : tuple of Outcome
        Those to be counted, in the order of `ALL`.

    Returns
    -------
    values, updates : dict
        Tensors ``[len(thresholds)]``: the counts before and after.
    """
    message = "predictions must be in [0, 1]"
    checks = [
        check(predictions, cast(bound, predictions.dtype), message=message)
        for check, bound in ((assert_greater_equal, 0.0), (assert_less_equal, 1.0))
    ]
    with control_dependencies(checks):
        predictions, labels, weights = aligned(
            cast(predictions, dtypes.float32), cast(labels, dtypes.bool), weights
        )
    return aligned_counts(labels, predictions, thresholds, weights, kinds)


def aligned_counts(
    labels: Tensor,
    predictions: Tensor,
    thresholds: Sequence[float],
    weights: Any,
    kinds: tuple[Outcome, ...],
) -> tuple[Counts, Counts]:
    """Return `counts_at_thresholds` of what `aligned` gives, whatever the predictions are."""
    rows = len(thresholds)
    column = reshape(predictions, [-1, 1])
    labels = reshape(cast(labels, dtypes.bool), [1, -1])
    columns: Any = column.shape.as_list()[0]
    if columns is None:
        columns = shape(column)[0]
    limits = tile(expand_dims(constant(thresholds), [1]), stack([1, columns]))
    predicted = {True: greater(tile(transpose(column), [rows, 1]), limits)}
    if FN in kinds or TN in kinds:
        predicted[False] = logical_not(predicted[True])
    labelled = {True: tile(labels, [rows, 1])}
    if FP in kinds or TN in kinds:
        labelled[False] = logical_not(labelled[True])
    if weights is not None:
        weights = broadcast_weights(cast(weights, dtypes.float32), predictions)
        weights = tile(reshape(weights, [1, -1]), [rows, 1])
        limits.shape.assert_is_compatible_with(weights.shape)
    values: Counts = {}
    updates: Counts = {}
    for kind in kinds:
        values[kind] = metric_variable([rows], dtypes.float32, name=kind.name)
        found = logical_and(labelled[kind.label], predicted[kind.prediction])
        found = cast(found, dtypes.float32)
        if weights is not None:
            found *= weights
        updates[kind] = assign_add(values[kind], reduce_sum(found, 1))
    return values, updates


def _count_at_thresholds(
    kind: Outcome,
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Tensor, Tensor]:
    with variable_scope(name, kind.name, (predictions, labels, weights)):
        values, updates = counts_at_thresholds(labels, predictions, thresholds, weights, (kind,))
        value = identity(values[kind])
        return publish(value, updates[kind], metrics_collections, updates_collections)


def true_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many true examples are predicted above each threshold.

    Parameters
    ----------
    labels : Tensor
        Converted to bool.
    predictions : Tensor
        Floats from 0 to 1, of the shape of `labels`.
    thresholds : list of float
        A prediction above counts as true.
    weights, metrics_collections, updates_collections, name
        As in `mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`, of shape ``[len(thresholds)]``.

    Raises
    ------
    ValueError
        If shapes do not fit.
    InvalidArgumentError
        The same, and if a prediction is not from 0 to 1.

    Examples
    --------
    >>> scores = tf.constant([0.3, 0.7, 0.9, 0.2])
    >>> value, update = tf.metrics.true_positives_at_thresholds([1, 1, 0, 0], scores, [0.1, 0.5])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    [2. 1.]
    """
    given = (labels, predictions, thresholds, weights, metrics_collections, updates_collections)
    return _count_at_thresholds(TP, *given, name)


def true_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many false examples are not predicted above each threshold.

    See `true_positives_at_thresholds`.

    Examples
    --------
    >>> scores = tf.constant([0.3, 0.7, 0.9, 0.2])
    >>> value, update = tf.metrics.true_negatives_at_thresholds([1, 1, 0, 0], scores, [0.1, 0.5])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    [0. 1.]
    """
    given = (labels, predictions, thresholds, weights, metrics_collections, updates_collections)
    return _count_at_thresholds(TN, *given, name)


def false_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many false examples are predicted above each threshold.

    See `true_positives_at_thresholds`.

    Examples
    --------
    >>> scores = tf.constant([0.3, 0.7, 0.9, 0.2])
    >>> value, update = tf.metrics.false_positives_at_thresholds([1, 1, 0, 0], scores, [0.1, 0.5])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    [2. 1.]
    """
    given = (labels, predictions, thresholds, weights, metrics_collections, updates_collections)
    return _count_at_thresholds(FP, *given, name)


def false_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many true examples are not predicted above each threshold.

    See `true_positives_at_thresholds`.

    Examples
    --------
    >>> scores = tf.constant([0.3, 0.7, 0.9, 0.2])
    >>> value, update = tf.metrics.false_negatives_at_thresholds([1, 1, 0, 0], scores, [0.1, 0.5])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    [0. 1.]
    """
    given = (labels, predictions, thresholds, weights, metrics_collections, updates_collections)
    return _count_at_thresholds(FN, *given, name)


def _share_at_thresholds(
    of: Outcome,
    word: str,
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Tensor, Tensor]:
    """Return which part the true positives are of themselves and another kind."""
    with variable_scope(name, f"{word}_at_thresholds", (predictions, labels, weights)):
        kinds = (TP, of)
        values, updates = counts_at_thresholds(labels, predictions, thresholds, weights, kinds)
        value = div(values[TP], MARGIN + values[TP] + values[of], name=f"{word}_value")
        update = div(updates[TP], MARGIN + updates[TP] + updates[of], name=f"{word}_update_op")
        return publish(value, update, metrics_collections, updates_collections)


def precision_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the examples predicted above each threshold are true.

    See `true_positives_at_thresholds`.

    Examples
    --------
    >>> scores = tf.constant([0.3, 0.7, 0.9, 0.2])
    >>> value, update = tf.metrics.precision_at_thresholds([1, 1, 0, 0], scores, [0.1, 0.8])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    [0.5 0. ]
    """
    given = (labels, predictions, thresholds, weights, metrics_collections, updates_collections)
    return _share_at_thresholds(FP, "precision", *given, name)


def recall_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the true examples are predicted above each threshold.

    See `true_positives_at_thresholds`.

    Examples
    --------
    >>> scores = tf.constant([0.3, 0.7, 0.9, 0.2])
    >>> value, update = tf.metrics.recall_at_thresholds([1, 1, 0, 0], scores, [0.1, 0.5])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    [1.  0.5]
    """
    given = (labels, predictions, thresholds, weights, metrics_collections, updates_collections)
    return _share_at_thresholds(FN, "recall", *given, name)
