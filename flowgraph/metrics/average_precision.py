"""The average precision of rankings, over all batches."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import metric_variable, publish
from flowgraph.metrics.top_k import Classes, at_k_name, counted, with_label_axis
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import cast, shape, size
from flowgraph.ops.division import div, div_no_nan
from flowgraph.ops.filling import ones_like, zeros_like
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import minimum
from flowgraph.ops.ranking import top_k
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_max, reduce_sum
from flowgraph.ops.scan import cumsum
from flowgraph.ops.selection import where_v2
from flowgraph.ops.sets import set_intersection, set_size
from flowgraph.ops.slicing import slice
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_joining import sparse_concat
from flowgraph.ops.sparse_shapes import sparse_reshape
from flowgraph.ops.weights_broadcasting import broadcast_weights
from flowgraph.variables.assign import assign_add


def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean over the examples of the average precision of the first `k` classes.

    Parameters
    ----------
    labels : Tensor or SparseTensor of int64
        ``[..., n]``, of which `n` are the labels of one example, or without that axis. A
        label that is negative or no class counts as none.
    predictions : Tensor
        ``[..., num_classes]``: the scores of the classes.
    k : int
        At least 1.
    weights : Tensor, optional
        What each example counts: a scalar, or of the rank of ``predictions[..., 0]`` with
        dimensions that are 1 or its.
    metrics_collections, updates_collections, name
        As in `mean`; `name` is that of a name scope here.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`, in float64.

    Raises
    ------
    ValueError
        If `k` is less than 1, or shapes do not fit.
    InvalidArgumentError
        If only a run can show it.

    Notes
    -----
    The average precision of an example is the sum, over the ranks at which a class is
    among the labels, of the precision up to there, divided by ``min(n, k)``.

    Examples
    --------
    >>> labels = tf.constant([[1, 2]], tf.int64)
    >>> value, update = tf.metrics.average_precision_at_k(labels, [[0.1, 0.5, 0.2, 0.4]], k=2)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    with name_scope(
        name, at_k_name("average_precision", k), [predictions, labels, weights]
    ) as scope:
        predicted = top_k(predictions, k).indices
        labels = _without_unknown(labels, cast(shape(predictions)[-1], dtypes.int64))
        return average_precision_at_top_k(
            labels, predicted, weights, metrics_collections, updates_collections, scope
        )


def sparse_average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return what `average_precision_at_k` does, which replaces this name.

    Examples
    --------
    >>> labels = tf.constant([1, 0], tf.int64)
    >>> tf.metrics.sparse_average_precision_at_k(labels, [[0.1, 0.9], [0.8, 0.2]], k=1)[1].name
    'average_precision_at_1:0'
    """
    collections = (metrics_collections, updates_collections)
    return average_precision_at_k(labels, predictions, k, weights, *collections, name)


def average_precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return what `average_precision_at_k` does, of classes in the order of their scores."""
    values = [predictions_idx, labels, weights]
    with name_scope(name, "average_precision_at_top_k", values) as scope:
        precision = _average_precision(labels, predictions_idx)
        if weights is not None:
            weights = broadcast_weights(cast(weights, dtypes.float64), precision)
            precision = multiply(precision, weights)
        with name_scope(None, "max", [precision]) as inner:
            count = metric_variable([], dtypes.float64, name=inner)
            if weights is None:
                present = cast(size(precision, name="batch_max"), dtypes.float64)
            else:
                present = reduce_sum(weights, name="batch_max")
            new_count = assign_add(count, present, name="update")
        with name_scope(None, "total", [precision]) as inner:
            total = metric_variable([], dtypes.float64, name=inner)
            new_total = assign_add(total, reduce_sum(precision, name="batch_total"), name="update")
        value = div_no_nan(total, count, name="mean")
        update = div_no_nan(new_total, new_count, name=scope)
        return publish(value, update, metrics_collections, updates_collections)


def _without_unknown(labels: Any, num_classes: Tensor) -> Classes:
    """Return the labels, with -1 for those that are no class."""
    values = labels.values if isinstance(labels, SparseTensor) else labels

    def cleaned() -> Classes:
        kept = where_v2(greater_equal(values, num_classes), -1 * ones_like(values), values)
        if not isinstance(labels, SparseTensor):
            return kept
        return SparseTensor(labels.indices, kept, labels.dense_shape)

    found: Classes = cond(greater_equal(reduce_max(values), num_classes), cleaned, lambda: labels)
    return found


def _average_precision(labels: Any, predictions_idx: Any) -> Tensor:
    """Return the average precision of each example."""
    with name_scope(None, "average_precision", [predictions_idx, labels]) as scope:
        predicted = cast(predictions_idx, dtypes.int64, name="predictions_idx")
        if predicted.shape.ndims == 0:
            raise ValueError("The rank of predictions_idx must be at least 1.")
        k = predicted.shape.as_list()[-1]
        if k is None:
            raise ValueError("The last dimension of predictions_idx must be set.")
        labels = with_label_axis(labels, predicted)
        each = expand_dims(predicted, -1, name="predictions_idx_per_k")
        labels_for_each = _repeated(labels, k, name="labels_per_k")
        relevant = counted(
            set_intersection, "true_positives", labels_for_each, each, name="relevant_per_k"
        )
        right = cumsum(relevant, axis=-1, name="tp_per_k")
        retrieved = cumsum(ones_like(relevant), axis=-1, name="retrieved_per_k")
        precision = div(
            cast(right, dtypes.float64), cast(retrieved, dtypes.float64), name="precision_per_k"
        )
        counting = multiply(
            precision, cast(relevant, dtypes.float64), name="relevant_precision_per_k"
        )
        total = reduce_sum(counting, axis=(-1,), name="precision_sum")
        return div(total, cast(_relevant_count(labels, k), dtypes.float64), name=scope)


def _repeated(labels: Classes, count: int, name: str) -> Classes:
    """Return the labels `count` times, along a new axis before the last."""
    with name_scope(name, "expand_and_tile", [labels, count, -1]) as scope:
        if isinstance(labels, SparseTensor):
            return _repeated_sparse(labels, count, scope)
        expanded = expand_dims(labels, -2, name="expand")
        if count == 1:
            return expanded
        ones = ones_like(shape(labels))
        multiples = concat((ones[:-1], (count,), ones[-1:]), 0, name="multiples")
        return tile(expanded, multiples, name=scope)


def _repeated_sparse(labels: SparseTensor, count: int, name: str) -> SparseTensor:
    sizes = labels.dense_shape
    last = reshape(size(sizes) - 1, [1])
    sizes = concat((slice(sizes, [0], last), [1], slice(sizes, last, [-1])), 0, "expanded_shape")
    expanded = sparse_reshape(labels, sizes, name="expand")
    return expanded if count == 1 else sparse_concat(-2, [expanded] * count, name=name)


def _relevant_count(labels: Classes, k: int) -> Tensor:
    """Return how many labels each example has, but at most `k`."""
    with name_scope(None, "num_relevant", [labels]) as scope:
        if isinstance(labels, SparseTensor):
            return minimum(set_size(labels), k, name=scope)
        given = where_v2(greater_equal(labels, 0), ones_like(labels), zeros_like(labels))
        return minimum(reduce_sum(given, axis=-1), k, name=scope)
