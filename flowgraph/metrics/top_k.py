"""Precision and recall of the classes that are predicted first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.metrics.accumulation import metric_variable, publish
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.array import expand_dims
from flowgraph.ops.comparison import equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import cast, rank, shape, size
from flowgraph.ops.division import div
from flowgraph.ops.filling import fill
from flowgraph.ops.joining import concat
from flowgraph.ops.ranking import top_k
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.sets import set_difference, set_intersection, set_size
from flowgraph.ops.sparse import SparseTensor, convert_to_tensor_or_sparse_tensor
from flowgraph.ops.sparse_order import sparse_retain
from flowgraph.ops.sparse_shapes import sparse_reshape
from flowgraph.ops.weights_broadcasting import assert_broadcastable
from flowgraph.variables.assign import assign_add
from flowgraph.variables.variable import Variable

Classes = Tensor | SparseTensor


def at_k_name(name: str, k: int | None = None, class_id: int | None = None) -> str:
    """Return the default name of a metric of the first `k` classes."""
    name = f"{name}_at_k" if k is None else f"{name}_at_{k}"
    return name if class_id is None else f"{name}_class{class_id}"


def with_label_axis(labels: Any, predictions: Tensor) -> Classes:
    """Return the labels with an axis of 1 added if they have no axis of several labels.

    Raises
    ------
    ValueError
        If their rank is neither that of the predictions nor one less.
    """
    with name_scope(None, "expand_labels", [labels, predictions]) as scope:
        labels = convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, SparseTensor):
            fewer = equal(rank(predictions), size(labels.dense_shape) + 1)
            longer = concat((labels.dense_shape, (1,)), 0)
            return cond(  # type: ignore[no-any-return]
                fewer, lambda: sparse_reshape(labels, longer, name=scope), lambda: labels
            )
        given, wanted = labels.shape.ndims, predictions.shape.ndims
        if given is None or wanted is None:
            fewer = equal(rank(predictions), rank(labels) + 1)
            return cond(  # type: ignore[no-any-return]
                fewer, lambda: expand_dims(labels, -1, name=scope), lambda: labels
            )
        if wanted == given:
            return labels  # type: ignore[no-any-return]
        if wanted == given + 1:
            return expand_dims(labels, -1, name=scope)
        raise ValueError(
            f"Unexpected labels shape {labels.shape} for predictions shape {predictions.shape}."
        )


def _of_class(ids: Any, class_id: int) -> SparseTensor:
    """Return the class ids that are `class_id`."""
    ids = convert_to_tensor_or_sparse_tensor(ids)
    if isinstance(ids, SparseTensor):
        return sparse_retain(ids, equal(ids.values, class_id))
    sizes = shape(ids, out_type=dtypes.int64)
    wanted = fill(concat([sizes[:-1], [1]], 0), cast(class_id, dtypes.int64))
    found = set_intersection(wanted, ids)
    return SparseTensor(found.indices, found.values, sizes)


def counted(
    combine: Callable[[Any, Any], SparseTensor],
    scope: str,
    labels: Classes,
    predicted: Tensor,
    class_id: int | None = None,
    weights: Any = None,
    name: str | None = None,
) -> Tensor:
    """Count the classes that a combination of predictions and labels leaves in each row."""
    with name_scope(name, scope, [predicted, labels, weights]):
        ours, theirs = labels, predicted
        if class_id is not None:
            ours, theirs = _of_class(labels, class_id), _of_class(predicted, class_id)  # type: ignore[assignment]
        count = cast(set_size(combine(theirs, ours)), dtypes.float64)
        if weights is not None:
            with control_dependencies([assert_broadcastable(weights, count)]):
                count = multiply(count, cast(weights, dtypes.float64))
        return count


def _missed(predicted: Any, labels: Any) -> SparseTensor:
    return set_difference(predicted, labels, aminusb=False)


def _streaming(
    kind: str,
    combine: Callable[[Any, Any], SparseTensor],
    labels: Any,
    predicted: Any,
    k: Any,
    class_id: int | None,
    weights: Any,
) -> tuple[Variable, Tensor]:
    """Return the count of one kind of class so far, and its update."""
    values = [predicted, labels, weights]
    with name_scope(None, at_k_name(kind, k, class_id), values) as scope:
        count = counted(combine, f"{kind}s", labels, predicted, class_id, weights)
        total = cast(reduce_sum(count), dtypes.float64)
        variable = metric_variable([], dtypes.float64, name=scope)
        return variable, assign_add(variable, total, name="update")


def _share(
    metric: str,
    rest: tuple[str, Callable[[Any, Any], SparseTensor]],
    labels: Any,
    predictions_idx: Any,
    k: int | None,
    class_id: int | None,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Tensor, Tensor]:
    """Return which part the classes predicted rightly are of themselves and the rest."""
    values = [predictions_idx, labels, weights]
    with name_scope(name, at_k_name(metric, k, class_id), values) as scope:
        labels = with_label_axis(labels, predictions_idx)
        predicted = cast(predictions_idx, dtypes.int64)
        given = (labels, predicted, k, class_id, weights)
        right, new_right = _streaming("true_positive", set_intersection, *given)
        wrong, new_wrong = _streaming(*rest, *given)
        value = div(right, add(right, wrong), name=scope)
        update = div(new_right, add(new_right, new_wrong), name="update")
        return publish(value, update, metrics_collections, updates_collections)


def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the classes predicted first are among the labels.

    Parameters
    ----------
    labels : Tensor or SparseTensor of int64
        ``[..., n]``, of which `n` are the labels of one example, or without that axis.
    predictions_idx : Tensor of integers
        ``[..., k]``: the classes predicted.
    k : int, optional
        For the name only.
    class_id : int, optional
        Consider this class only.
    weights : Tensor, optional
        What each example counts: a scalar, or of the rank of ``predictions_idx[..., 0]``
        with dimensions that are 1 or its.
    metrics_collections, updates_collections, name
        As in `mean`; `name` is that of a name scope here.

    Returns
    -------
    value, update_op : Tensor
        As in `mean`, in float64; NaN if nothing was counted.

    Raises
    ------
    ValueError, InvalidArgumentError
        If shapes do not fit.

    Examples
    --------
    >>> labels = tf.constant([[1, 2], [0, 3]], tf.int64)
    >>> value, update = tf.metrics.precision_at_top_k(labels, tf.constant([[2, 0], [1, 2]]))
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.25
    """
    given = (labels, predictions_idx, k, class_id, weights)
    collections = (metrics_collections, updates_collections)
    return _share("precision", ("false_positive", set_difference), *given, *collections, name)


def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the labels are among the classes predicted first.

    Parameters, results and errors are those of `precision_at_top_k`.

    Examples
    --------
    >>> labels = tf.constant([[1], [0]], tf.int64)
    >>> value, update = tf.metrics.recall_at_top_k(labels, tf.constant([[2, 1], [1, 2]]))
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    given = (labels, predictions_idx, k, class_id, weights)
    collections = (metrics_collections, updates_collections)
    return _share("recall", ("false_negative", _missed), *given, *collections, name)


def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the `k` classes with the greatest scores are among the labels.

    Parameters
    ----------
    labels, class_id, weights, metrics_collections, updates_collections, name
        As in `precision_at_top_k`.
    predictions : Tensor
        ``[..., num_classes]``: the scores of the classes.
    k : int

    Returns
    -------
    value, update_op : Tensor
        As in `precision_at_top_k`.

    Raises
    ------
    ValueError, InvalidArgumentError
        If shapes do not fit.

    Examples
    --------
    >>> labels = tf.constant([1, 0], tf.int64)
    >>> value, update = tf.metrics.precision_at_k(labels, [[0.1, 0.7, 0.2], [0.3, 0.4, 0.3]], k=1)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    0.5
    """
    with name_scope(name, at_k_name("precision", k, class_id), [predictions, labels, weights]) as s:
        given = (labels, top_k(predictions, k).indices, k, class_id, weights)
        return precision_at_top_k(*given, metrics_collections, updates_collections, s)


def sparse_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return what `precision_at_k` does, which replaces this name.

    Examples
    --------
    >>> labels = tf.constant([1, 0], tf.int64)
    >>> tf.metrics.sparse_precision_at_k(labels, [[0.1, 0.9], [0.8, 0.2]], k=1)[0].name
    'precision_at_1:0'
    """
    given = (labels, predictions, k, class_id, weights)
    return precision_at_k(*given, metrics_collections, updates_collections, name)


def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which part of the labels are among the `k` classes with the greatest scores.

    Parameters, results and errors are those of `precision_at_k`.

    Examples
    --------
    >>> labels = tf.constant([1, 0], tf.int64)
    >>> value, update = tf.metrics.recall_at_k(labels, [[0.1, 0.7, 0.2], [0.3, 0.4, 0.3]], k=2)
    >>> with tf.Session() as session:
    ...     session.run(tf.local_variables_initializer())
    ...     print(session.run(update))
    1.0
    """
    with name_scope(name, at_k_name("recall", k, class_id), [predictions, labels, weights]) as s:
        given = (labels, top_k(predictions, k).indices, k, class_id, weights)
        return recall_at_top_k(*given, metrics_collections, updates_collections, s)
