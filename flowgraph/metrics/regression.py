"""Mean errors of predicted numbers over all batches."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import aligned, publish
from flowgraph.metrics.means import mean
from flowgraph.ops.arithmetic import multiply, squared_difference, subtract
from flowgraph.ops.comparison import equal
from flowgraph.ops.confusion import remove_squeezable_dimensions
from flowgraph.ops.division import div
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import sqrt


def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean of ``abs(predictions - labels)``.

    Parameters
    ----------
    labels, predictions : Tensor
        Of one shape and dtype.
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
    >>> value, update = tf.metrics.mean_absolute_error([1.0, 2.0], [1.0, 4.0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    1.0
    """
    predictions, labels, weights = aligned(predictions, labels, weights)
    errors = magnitude(predictions - labels)
    name = name or "mean_absolute_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean of ``(predictions - labels) ** 2``.

    Parameters
    ----------
    labels, predictions, weights, metrics_collections, updates_collections, name
        As in `mean_absolute_error`.

    Examples
    --------
    >>> value, update = tf.metrics.mean_squared_error([1.0, 2.0], [1.0, 4.0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    2.0
    """
    predictions, labels, weights = aligned(predictions, labels, weights)
    errors = squared_difference(labels, predictions)
    name = name or "mean_squared_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the square root of the mean of ``(predictions - labels) ** 2``.

    Parameters
    ----------
    labels, predictions, weights, metrics_collections, updates_collections, name
        As in `mean_absolute_error`.

    Examples
    --------
    >>> value, update = tf.metrics.root_mean_squared_error([2.0, 2.0], [0.0, 0.0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    2.0
    """
    predictions, labels, weights = aligned(predictions, labels, weights)
    name = name or "root_mean_squared_error"
    value, update = mean_squared_error(labels, predictions, weights, None, None, name)
    return publish(sqrt(value), sqrt(update), metrics_collections, updates_collections)


def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean of ``abs(labels - predictions) / normalizer``.

    Parameters
    ----------
    labels, predictions : Tensor
        Of one shape and dtype.
    normalizer : Tensor
        Of the same shape. Where it is 0, so is the error.
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
    >>> value, update = tf.metrics.mean_relative_error([1.0, 2.0], [1.0, 4.0], [1.0, 2.0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    predictions, labels, weights = aligned(predictions, labels, weights)
    predictions, normalizer = remove_squeezable_dimensions(predictions, normalizer)
    predictions.shape.assert_is_compatible_with(normalizer.shape)
    errors = where(
        equal(normalizer, 0.0),
        zeros_like(labels),
        div(magnitude(labels - predictions), normalizer),
    )
    name = name or "mean_relative_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return 1 less the mean of the scalar products of predictions and labels.

    Parameters
    ----------
    labels, predictions : Tensor
        Of one shape; of length 1 along `dim`, which is not checked.
    dim : int
        The axis of the vectors.
    weights : Tensor, optional
        As in `mean`, for values with 1 in place of the axis `dim`.
    metrics_collections, updates_collections, name
        As in `mean`.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`; `value` is 1 before the first update.

    Raises
    ------
    ValueError, InvalidArgumentError
        As for `mean`, and if the shapes differ.

    Examples
    --------
    >>> value, update = tf.metrics.mean_cosine_distance([[1.0, 0.0]], [[0.6, 0.8]], dim=1)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(f"{session.run(update):.2f}")
    0.40
    """
    predictions, labels, weights = aligned(predictions, labels, weights)
    products = multiply(predictions, labels)
    products = reduce_sum(products, axis=[dim], keepdims=True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    value, update = subtract(1.0, value), subtract(1.0, update)
    return publish(value, update, metrics_collections, updates_collections)
