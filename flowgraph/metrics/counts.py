"""Counts of right and wrong predictions of yes or no; precision and recall from them."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import aligned, metric_variable, publish
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.comparison import equal, greater, logical_and
from flowgraph.ops.core import cast, identity, rank
from flowgraph.ops.division import div
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.shape_assertions import assert_rank_in, assert_type
from flowgraph.variables.assign import assign_add
from flowgraph.variables.variable_scope import variable_scope


def _as_bools(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Tensor, Any]:
    return aligned(cast(predictions, dtypes.bool), cast(labels, dtypes.bool), weights)


def _count(
    label: bool,
    prediction: bool,
    default_name: str,
    labels: Any,
    predictions: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Tensor, Tensor]:
    """Count the examples of one kind of label and prediction."""
    with variable_scope(name, default_name, (predictions, labels, weights)):
        predictions, labels, weights = _as_bools(predictions, labels, weights)
        found = logical_and(equal(labels, label), equal(predictions, prediction))
        assert_type(found, dtypes.bool)
        count = metric_variable([], dtypes.float32, name="count")
        found = cast(found, dtypes.float32)
        if weights is not None:
            with control_dependencies([assert_rank_in(weights, (0, rank(found)))]):
                found = multiply(found, cast(weights, dtypes.float32))
        value = identity(count)
        update = assign_add(count, reduce_sum(found))
        return publish(value, update, metrics_collections, updates_collections)


def true_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many examples are predicted true and are.

    Parameters
    ----------
    labels, predictions : Tensor
        Of one shape; converted to bool.
    weights : Tensor, optional
        What each example counts, instead of 1: a scalar, or of the rank of `labels` with
        dimensions that are 1 or those of `labels`.
    metrics_collections : str or list of str, optional
        Collections that the value is added to.
    updates_collections : str or list of str, optional
        Collections that the update is added to.
    name : str, optional
        Of the variable scope.

    Returns
    -------
    value : Tensor
        The count so far, in float32.
    update_op : Tensor
        Adds the present examples, and is the count with them.

    Raises
    ------
    ValueError, InvalidArgumentError
        If shapes do not fit.

    Examples
    --------
    >>> value, update = tf.metrics.true_positives([1, 1, 0, 0], [1, 0, 1, 0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update), session.run(update))
    1.0 2.0
    """
    collections = (metrics_collections, updates_collections)
    return _count(True, True, "true_positives", labels, predictions, weights, *collections, name)


def true_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many examples are predicted false and are. See `true_positives`.

    Examples
    --------
    >>> value, update = tf.metrics.true_negatives([1, 1, 0, 0], [1, 0, 0, 0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    2.0
    """
    collections = (metrics_collections, updates_collections)
    return _count(False, False, "true_negatives", labels, predictions, weights, *collections, name)


def false_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many examples are predicted true and are false. See `true_positives`.

    Examples
    --------
    >>> value, update = tf.metrics.false_positives([1, 1, 0, 0], [1, 0, 1, 1])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    2.0
    """
    collections = (metrics_collections, updates_collections)
    return _count(False, True, "false_positives", labels, predictions, weights, *collections, name)


def false_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many examples are predicted false and are true. See `true_positives`.

    Examples
    --------
    >>> value, update = tf.metrics.false_negatives([1, 1, 0, 0], [1, 0, 1, 1])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    1.0
    """
    collections = (metrics_collections, updates_collections)
    return _count(True, False, "false_negatives", labels, predictions, weights, *collections, name)


def precision(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the examples that are predicted true are.

    Parameters
    ----------
    labels, predictions, weights, metrics_collections, updates_collections, name
        As in `true_positives`.

    Returns
    -------
    value, update_op : Tensor
        As in `true_positives`, from 0 to 1; 0 if none is predicted true.

    Raises
    ------
    ValueError, InvalidArgumentError
        If shapes do not fit.

    Examples
    --------
    >>> value, update = tf.metrics.precision([1, 1, 0, 0], [1, 1, 1, 1])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    with variable_scope(name, "precision", (predictions, labels, weights)):
        predictions, labels, weights = _as_bools(predictions, labels, weights)
        right, new_right = true_positives(labels, predictions, weights)
        wrong, new_wrong = false_positives(labels, predictions, weights)
        value = share(right, wrong, "value")
        update = share(new_right, new_wrong, "update_op")
        return publish(value, update, metrics_collections, updates_collections)


def recall(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the examples that are true are predicted to be.

    Parameters
    ----------
    labels, predictions, weights, metrics_collections, updates_collections, name
        As in `true_positives`.

    Returns
    -------
    value, update_op : Tensor
        As in `true_positives`, from 0 to 1; 0 if none is true.

    Raises
    ------
    ValueError, InvalidArgumentError
        If shapes do not fit.

    Examples
    --------
    >>> value, update = tf.metrics.recall([1, 1, 0, 0], [1, 0, 1, 1])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    with variable_scope(name, "recall", (predictions, labels, weights)):
        predictions, labels, weights = _as_bools(predictions, labels, weights)
        found, new_found = true_positives(labels, predictions, weights)
        missed, new_missed = false_negatives(labels, predictions, weights)
        value = share(found, missed, "value")
        update = share(new_found, new_missed, "update_op")
        return publish(value, update, metrics_collections, updates_collections)


def share(part: Tensor, rest: Tensor, name: str) -> Tensor:
    """Return the part's share of both, and 0 if both are 0."""
    return where(greater(part + rest, 0), div(part, part + rest), 0, name)
