"""Metrics of `tf.contrib.metrics`: several gathered, of one batch alone, and plain counts."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import aligned, metric_variable, publish
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.comparison import equal
from flowgraph.ops.core import cast, identity, size
from flowgraph.ops.division import div
from flowgraph.ops.filling import ones_like
from flowgraph.ops.reduction import reduce_mean, reduce_sum
from flowgraph.ops.weights_broadcasting import broadcast_weights
from flowgraph.variables.assign import assign_add
from flowgraph.variables.variable_scope import variable_scope


def aggregate_metrics(*value_update_tuples: tuple[Any, Any]) -> tuple[list[Any], list[Any]]:
    """Return the values of several metrics, and their updates.

    Parameters
    ----------
    *value_update_tuples : tuple of value and update
        What each metric returned.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> values, updates = tf.contrib.metrics.aggregate_metrics(
    ...     tf.metrics.mean([1.0, 2.0]), tf.metrics.mean([3.0])
    ... )
    >>> len(values), len(updates)
    (2, 2)
    """
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(
    names_to_tuples: dict[Any, tuple[Any, Any]],
) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return the values of named metrics, and their updates, by name.

    Parameters
    ----------
    names_to_tuples : dict
        What each metric returned, by name.

    Examples
    --------
    >>> values, updates = tf.contrib.metrics.aggregate_metric_map(
    ...     {"loss": tf.metrics.mean([1.0, 2.0])}
    ... )
    >>> list(values)
    ['loss']
    """
    values, updates = aggregate_metrics(*names_to_tuples.values())
    names = list(names_to_tuples)
    return dict(zip(names, values, strict=True)), dict(zip(names, updates, strict=True))


def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Tensor:
    """Return how often predictions equal labels, in this batch alone.

    Parameters
    ----------
    predictions, labels : Tensor
        Of one shape and dtype: integers, strings or bools.
    weights : Tensor, optional
        What each example counts, of float32 and broadcast.
    name : str, optional

    Returns
    -------
    Tensor of float32
        A scalar.

    Raises
    ------
    ValueError
        If the dtypes differ or are others.

    Examples
    --------
    >>> predictions, labels = tf.constant([1, 2]), tf.constant([1, 3])
    >>> print(tf.Session().run(tf.contrib.metrics.accuracy(predictions, labels)))
    0.5
    """
    kind = labels.dtype
    if not (kind.is_integer or kind in (dtypes.bool, dtypes.string)):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {kind!r}")
    if not kind.is_compatible_with(predictions.dtype):
        raise ValueError(
            "Dtypes of predictions and labels should match. Given: predictions "
            f"({predictions.dtype!r}) and labels ({kind!r})"
        )
    with name_scope(name, "accuracy", [predictions, labels]):
        correct = cast(equal(predictions, labels), dtypes.float32)
        if weights is None:
            return reduce_mean(correct)
        correct = multiply(correct, weights)
        present = multiply(weights, ones_like(correct))
        return div(reduce_sum(correct), reduce_sum(present))


def count(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many values have been seen, or the sum of their weights.

    Parameters
    ----------
    values, weights, metrics_collections, updates_collections, name
        As in `tf.metrics.mean`.

    Examples
    --------
    >>> value, update = tf.contrib.metrics.count([7.0, 8.0, 9.0])
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update), session.run(update))
    3.0 6.0
    """
    with variable_scope(name, "count", (values, weights)):
        total = metric_variable([], dtypes.float32, name="count")
        if weights is None:
            present = cast(size(values), dtypes.float32)
        else:
            values = cast(values, dtypes.float32)
            values, _, weights = aligned(values, None, weights)
            present = reduce_sum(broadcast_weights(cast(weights, dtypes.float32), values))
        with control_dependencies([values] if isinstance(values, Tensor) else []):
            update = assign_add(total, present)
        return publish(identity(total), update, metrics_collections, updates_collections)
