"""Metrics that treat all classes alike, however rare: mean accuracy and mean overlap."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import metric_variable, publish, ratio
from flowgraph.ops.array import reshape
from flowgraph.ops.comparison import equal, greater, not_equal
from flowgraph.ops.confusion import confusion_matrix
from flowgraph.ops.core import cast, size
from flowgraph.ops.diagonal import diag_part
from flowgraph.ops.division import div
from flowgraph.ops.filling import ones, ones_like
from flowgraph.ops.reduction import reduce_mean, reduce_sum
from flowgraph.ops.selection import where
from flowgraph.variables.assign import assign_add, scatter_add
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import variable_scope


def _flat(tensor: Tensor) -> Tensor:
    return tensor if tensor.shape.ndims in (0, 1) else reshape(tensor, [-1])


def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean over the classes of how often each is recognised.

    Parameters
    ----------
    labels : Tensor
        Class numbers, from 0.
    predictions : Tensor
        As many of them.
    num_classes : int
    weights : Tensor, optional
        One for each label.
    metrics_collections, updates_collections, name
        As in `mean`.

    Returns
    -------
    value : Tensor
        The mean; a class not seen counts as 0.
    update_op : Tensor
        Updates, and is the accuracy of each class: ``[num_classes]``.

    Raises
    ------
    ValueError
        If the shapes differ.
    InvalidArgumentError
        If a label is out of range.

    Examples
    --------
    >>> value, update = tf.metrics.mean_per_class_accuracy(
    ...     labels=tf.constant([0, 0, 1]), predictions=tf.constant([0, 1, 1]), num_classes=2
    ... )
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update), session.run(value))
    [0.5 1. ] 0.75
    """
    with variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        labels = _flat(cast(labels, dtypes.int64))
        predictions = _flat(predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
        total = metric_variable([num_classes], dtypes.float32, name="total")
        count = metric_variable([num_classes], dtypes.float32, name="count")
        present = ones([size(labels)], dtypes.float32)
        if labels.dtype != predictions.dtype:
            predictions = cast(predictions, labels.dtype)
        correct = cast(equal(predictions, labels), dtypes.float32)
        if weights is not None:
            weights = cast(_flat(weights), dtypes.float32)
            correct *= weights
            present *= weights
        new_total = scatter_add(total, labels, present)
        new_count = scatter_add(count, labels, correct)
        value = reduce_mean(ratio(count, total), name="mean_accuracy")
        update = ratio(new_count, new_total, name="update_op")
        return publish(value, update, metrics_collections, updates_collections)


def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean over the classes of intersection over union.

    Parameters
    ----------
    labels : Tensor
        Class numbers, from 0.
    predictions : Tensor
        Of the shape of `labels`.
    num_classes : int
    weights : Tensor, optional
        One for each label.
    metrics_collections, updates_collections, name
        As in `mean`.

    Returns
    -------
    value : Tensor
        The mean over the classes that have been seen or predicted.
    update_op : Tensor
        Updates, and is the confusion matrix ``[num_classes, num_classes]`` in float64.

    Raises
    ------
    ValueError
        If the shapes differ.
    InvalidArgumentError
        If a class number is out of range.

    Notes
    -----
    For each class: examples that have it and are predicted to, over those that have it or
    are predicted to.

    Examples
    --------
    >>> value, update = tf.metrics.mean_iou(
    ...     labels=tf.constant([0, 0, 1]), predictions=tf.constant([0, 1, 1]), num_classes=2
    ... )
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    ...     print(session.run(value))
    [[1. 1.]
     [0. 1.]]
    0.5
    """
    with variable_scope(name, "mean_iou", (predictions, labels, weights)):
        predictions.shape.assert_is_compatible_with(labels.shape)
        matrix, update = _streaming_confusion_matrix(labels, predictions, num_classes, weights)
        value = _mean_overlap(matrix)
        return publish(value, update, metrics_collections, updates_collections)


def _streaming_confusion_matrix(
    labels: Any, predictions: Any, num_classes: Any, weights: Any
) -> tuple[Variable, Tensor]:
    total = metric_variable(
        [num_classes, num_classes], dtypes.float64, name="total_confusion_matrix"
    )
    predictions = cast(predictions, dtypes.int64)
    labels = cast(labels, dtypes.int64)
    classes = cast(num_classes, dtypes.int64)
    predictions, labels = _flat(predictions), _flat(labels)
    if weights is not None:
        weights = _flat(weights)
    present = confusion_matrix(labels, predictions, classes, weights=weights, dtype=dtypes.float64)
    return total, assign_add(total, present)


def _mean_overlap(matrix: Variable) -> Tensor:
    predicted = cast(reduce_sum(matrix, 0), dtypes.float32)
    actual = cast(reduce_sum(matrix, 1), dtypes.float32)
    both = cast(diag_part(matrix), dtypes.float32)
    either = predicted + actual - both
    seen = reduce_sum(cast(not_equal(either, 0), dtypes.float32))
    either = where(greater(either, 0), either, ones_like(either))
    overlap = div(both, either)
    return where(greater(seen, 0), reduce_sum(overlap, name="mean_iou") / seen, 0)
