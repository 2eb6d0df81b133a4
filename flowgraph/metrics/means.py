"""Means over all batches: of values, elementwise, and of what is a mean in disguise."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import aligned, metric_variable, publish, ratio
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.comparison import equal, less
from flowgraph.ops.core import cast, size
from flowgraph.ops.filling import ones_like
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.weights_broadcasting import broadcast_weights
from flowgraph.variables.assign import assign_add
from flowgraph.variables.variable_scope import variable_scope


def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the weighted mean of all values seen.

    Parameters
    ----------
    values : Tensor
        Of any shape; converted to float32.
    weights : Tensor, optional
        A scalar, or of the rank of `values` (or one more or less by a last dimension of 1)
        with dimensions that are 1 or those of `values`.
    metrics_collections : str or list of str, optional
        Collections that the value is added to.
    updates_collections : str or list of str, optional
        Collections that the update is added to.
    name : str, optional
        Of the variable scope.

    Returns
    -------
    value : Tensor
        The mean so far; 0 before the first update.
    update_op : Tensor
        Adds the present values, and is the mean with them.

    Raises
    ------
    ValueError
        If the weights do not fit the values.
    InvalidArgumentError
        The same, if only a run can show it.

    Notes
    -----
    The variables are local ones: initialize them by `tf.local_variables_initializer`.

    Examples
    --------
    >>> batch = tf.placeholder(tf.float32)
    >>> value, update = tf.metrics.mean(batch)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     for numbers in ([1.0, 2.0], [6.0]):
    ...         print(session.run(update, {batch: numbers}))
    ...     print(session.run(value))
    1.5
    3.0
    3.0
    """
    with variable_scope(name, "mean", (values, weights)):
        values = cast(values, dtypes.float32)
        total = metric_variable([], dtypes.float32, name="total")
        count = metric_variable([], dtypes.float32, name="count")
        if weights is None:
            present = cast(size(values), dtypes.float32)
        else:
            values, weights = _weighted(values, weights)
            present = reduce_sum(weights)
        new_total = assign_add(total, reduce_sum(values))
        with control_dependencies([values]):
            new_count = assign_add(count, present)
        value = ratio(total, count, name="value")
        update = ratio(new_total, new_count, name="update_op")
        return publish(value, update, metrics_collections, updates_collections)


def _weighted(values: Tensor, weights: Any) -> tuple[Tensor, Tensor]:
    """Return the values times their weights, and the weights in the shape of the values."""
    values, _, weights = aligned(values, None, weights)
    weights = broadcast_weights(cast(weights, dtypes.float32), values)
    return multiply(values, weights), weights


def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the weighted mean of each element over the tensors seen.

    Parameters
    ----------
    values : Tensor
        Of a static shape; converted to float32.
    weights, metrics_collections, updates_collections, name
        As in `mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`, of the shape of `values`.

    Raises
    ------
    ValueError, InvalidArgumentError
        As for `mean`.

    Examples
    --------
    >>> value, update = tf.metrics.mean_tensor([1.0, 2.0], weights=[1.0, 0.0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     session.run(update)
    array([1., 0.], dtype=float32)
    """
    with variable_scope(name, "mean", (values, weights)):
        values = cast(values, dtypes.float32)
        total = metric_variable(values.shape, dtypes.float32, name="total_tensor")
        count = metric_variable(values.shape, dtypes.float32, name="count_tensor")
        present = ones_like(values)
        if weights is not None:
            values, weights = _weighted(values, weights)
            present = multiply(present, weights)
        new_total = assign_add(total, values)
        with control_dependencies([values]):
            new_count = assign_add(count, present)
        value = ratio(total, count, name="value")
        update = ratio(new_total, new_count, name="update_op")
        return publish(value, update, metrics_collections, updates_collections)


def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how often predictions equal labels.

    Parameters
    ----------
    labels, predictions : Tensor
        Of one shape; the predictions are converted to the dtype of the labels.
    weights, metrics_collections, updates_collections, name
        As in `mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`.

    Raises
    ------
    ValueError, InvalidArgumentError
        As for `mean`, and if the shapes differ.

    Examples
    --------
    >>> value, update = tf.metrics.accuracy(labels=[1, 2, 3, 4], predictions=[1, 2, 3, 0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.75
    """
    predictions, labels, weights = aligned(predictions, labels, weights)
    predictions.shape.assert_is_compatible_with(labels.shape)
    if labels.dtype != predictions.dtype:
        predictions = cast(predictions, labels.dtype)
    correct = cast(equal(predictions, labels), dtypes.float32)
    return mean(correct, weights, metrics_collections, updates_collections, name or "accuracy")


def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the fraction of the values that are less than a threshold.

    Parameters
    ----------
    values : Tensor
    threshold : float
    weights, metrics_collections, updates_collections, name
        As in `mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`, from 0 to 1.

    Raises
    ------
    ValueError, InvalidArgumentError
        As for `mean`.

    Examples
    --------
    >>> value, update = tf.metrics.percentage_below([1.0, 2.0, 3.0, 4.0], threshold=2.5)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    below = cast(less(values, threshold), dtypes.float32)
    name = name or "percentage_below_threshold"
    return mean(below, weights, metrics_collections, updates_collections, name)
