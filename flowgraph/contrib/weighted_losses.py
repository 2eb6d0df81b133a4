"""Losses in the order of before `tf.losses`: predictions first, and weights for rows.

Weights have the shape of the losses' first axes, where those of `tf.losses` broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.losses import collection
from flowgraph.losses.weighting import as_floats
from flowgraph.ops.arithmetic import multiply, negative, square, squared_difference, subtract
from flowgraph.ops.array import reshape, squeeze
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.comparison import equal, not_equal
from flowgraph.ops.core import cast, convert_to_tensor, shape, size
from flowgraph.ops.cross_entropy import (
    softmax_cross_entropy_with_logits,
    sparse_softmax_cross_entropy_with_logits,
)
from flowgraph.ops.division import div, div_no_nan
from flowgraph.ops.filling import ones, ones_like, zeros_like
from flowgraph.ops.loss import sigmoid_cross_entropy_with_logits
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.rectification import relu
from flowgraph.ops.reduction import reduce_prod, reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.slicing import slice
from flowgraph.ops.transcendental import log

add_loss = add_arg_scope(collection.add_loss)


def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss") -> Tensor:
    """Return the sum of all losses. See `tf.losses.get_total_loss`."""
    return collection.get_total_loss(add_regularization_losses, name)


def _scaled(losses: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted sum; a weight is for all losses below its place."""
    axes = list(range(len(weights.shape), len(losses.shape)))
    return reduce_sum(multiply(reduce_sum(losses, axes), weights))


def _count_by_row(losses: Tensor, weights: Tensor) -> Tensor:
    """Return for each row how many losses have a weight that is not 0."""
    if weights.shape.ndims == 0:
        rows = reshape(slice(shape(losses), [0], [1]), [])
        by_row = div(cast(size(losses), dtypes.float32), cast(rows, dtypes.float32))
        by_row = where(equal(weights, 0), 0.0, by_row)
        return multiply(ones(reshape(rows, [1])), by_row)
    axes = list(range(1, len(weights.shape)))
    present = reduce_sum(cast(not_equal(weights, 0), dtypes.float32), axes)
    below = slice(shape(losses), [weights.shape.ndims], [-1])
    return multiply(present, cast(reduce_prod(below), dtypes.float32))


def compute_weighted_loss(losses: Any, weights: Any = 1.0, scope: str | None = None) -> Tensor:
    """Return the weighted mean of losses, and add it to the graph's losses.

    Parameters
    ----------
    losses : Tensor
        Of known rank.
    weights : Tensor
        A scalar, or of the shape of the first axes of `losses`; a last axis of size 1 is
        dropped. Losses of weight 0 do not count.
    scope : str, optional
        The name scope.

    Returns
    -------
    Tensor
        A scalar of the dtype of `losses`.

    Raises
    ------
    ValueError
        If a rank is not known, or the shapes do not fit.

    Examples
    --------
    >>> loss = tf.contrib.losses.compute_weighted_loss([[1.0, 3.0], [5.0, 5.0]], [1.0, 0.0])
    >>> print(tf.Session().run(loss))
    2.0
    """
    with name_scope(scope, "weighted_loss", [losses, weights]):
        losses = convert_to_tensor(losses)
        kind = losses.dtype
        losses = cast(losses, dtypes.float32)
        weights = cast(convert_to_tensor(weights), dtypes.float32)
        if losses.shape.ndims is None:
            raise ValueError("losses.get_shape().ndims cannot be None")
        if weights.shape.ndims is None:
            raise ValueError("weights.get_shape().ndims cannot be None")
        if weights.shape.ndims > 1 and weights.shape[-1].is_compatible_with(1):
            weights = squeeze(weights, [-1])
        total = _scaled(losses, weights)
        count = reduce_sum(_count_by_row(losses, weights))
        mean = cast(div_no_nan(reduce_sum(total), count, name="value"), kind)
        add_loss(mean)
        return mean


def _of_numbers(
    elementwise: Callable[[Tensor, Tensor], Tensor],
    name: str,
    predictions: Any,
    labels: Any,
    weights: Any,
    scope: str | None,
) -> Tensor:
    with name_scope(scope, name, [predictions, labels, weights]) as opened:
        losses = elementwise(*as_floats(predictions, labels))
        return compute_weighted_loss(losses, weights, opened)


def absolute_difference(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """Return the weighted mean of ``abs(predictions - labels)``.

    Parameters
    ----------
    predictions, labels : Tensor
        Of one shape; converted to float32.
    weights, scope
        As in `compute_weighted_loss`.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> print(tf.Session().run(tf.contrib.losses.absolute_difference([1.0, 2.0], [1.0, 4.0])))
    1.0
    """
    return _of_numbers(
        lambda x, y: magnitude(subtract(x, y)),
        "absolute_difference",
        predictions,
        labels,
        weights,
        scope,
    )


def mean_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """Return the weighted mean of ``(predictions - labels) ** 2``. See `absolute_difference`."""
    return _of_numbers(
        squared_difference, "mean_squared_error", predictions, labels, weights, scope
    )


def log_loss(
    predictions: Any,
    labels: Any = None,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
) -> Tensor:
    """Return the weighted mean of the cross entropy of probabilities.

    Parameters
    ----------
    predictions, labels, weights, scope
        As in `absolute_difference`.
    epsilon : float
        Added to each logarithm's argument.
    """

    def losses(predictions: Tensor, labels: Tensor) -> Tensor:
        hits = negative(multiply(labels, log(predictions + epsilon)))
        return hits - multiply(1 - labels, log(1 - predictions + epsilon))

    return _of_numbers(losses, "log_loss", predictions, labels, weights, scope)


def cosine_distance(
    predictions: Any,
    labels: Any = None,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """Return the weighted mean of ``1 - sum(labels * predictions)`` along an axis.

    Parameters
    ----------
    predictions, labels : Tensor
        Vectors of norm 1 along `axis`; converted to float32.
    axis : int
    weights, scope
        As in `compute_weighted_loss`; the losses are without `axis`.
    dim : int, optional
        The old name of `axis`.

    Raises
    ------
    ValueError
        As in `absolute_difference`, and without an axis, or with two.
    """
    axis = renamed_argument("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")

    def losses(predictions: Tensor, labels: Tensor) -> Tensor:
        result: Tensor = 1 - reduce_sum(multiply(predictions, labels), [axis])
        return result

    return _of_numbers(losses, "cosine_distance_loss", predictions, labels, weights, scope)


def mean_pairwise_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """Return the sum over rows of how much the differences of pairs of elements are wrong.

    With ``e`` the errors of a row, and ``n`` of them, this is
    ``2 * (sum(e**2) / n - (sum(e) / n) ** 2)``; `tf.losses` divides by the number of pairs.

    Parameters
    ----------
    predictions, labels, weights, scope
        As in `absolute_difference`, of known rank.
    """
    with name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        predictions, labels = as_floats(predictions, labels)
        weights = cast(convert_to_tensor(weights), dtypes.float32)
        errors = subtract(predictions, labels)
        if errors.shape.ndims is None:
            raise ValueError("diffs.get_shape().ndims cannot be None")
        if weights.shape.ndims is None:
            raise ValueError("weights.get_shape().ndims cannot be None")
        axes = list(range(1, errors.shape.ndims))
        squares = reduce_sum(square(errors), axes)
        count = _count_by_row(errors, weights)
        mean_square = 2.0 * div_no_nan(squares, count, name="value")
        total = reduce_sum(errors, axes)
        square_mean = 2.0 * div_no_nan(square(total), square(count), name="value")
        loss = _scaled(mean_square - square_mean, weights)
        loss = where(reduce_sum(count) > 0, loss, zeros_like(loss), name="value")
        add_loss(loss)
        return loss


def hinge_loss(logits: Any, labels: Any = None, scope: str | None = None) -> Tensor:
    """Return ``max(0, 1 - (2 * labels - 1) * logits)``, neither weighted nor reduced.

    Parameters
    ----------
    logits : Tensor
        Of dtype float32.
    labels : Tensor
        0 or 1, of the shape of `logits`.
    scope : str, optional

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> print(tf.Session().run(tf.contrib.losses.hinge_loss([0.5, 0.5], [1.0, 0.0])))
    [0.5 1.5]
    """
    with name_scope(scope, "hinge_loss", [logits, labels]):
        logits = convert_to_tensor(logits)
        labels = cast(labels, dtypes.float32)
        logits.shape.assert_is_compatible_with(labels.shape)
        every_one = ones_like(labels)
        signs = subtract(2 * labels, every_one)
        return relu(subtract(every_one, multiply(signs, logits)))


def sigmoid_cross_entropy(
    logits: Any,
    multi_class_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """Return the weighted mean of the cross entropy of ``sigmoid(logits)``.

    Parameters
    ----------
    logits : Tensor
        Floating point.
    multi_class_labels : Tensor
        Probabilities, of the shape of `logits`.
    weights, scope
        As in `compute_weighted_loss`.
    label_smoothing : float
        Move the labels so far, from 0 to 1, towards 1/2.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> print(tf.Session().run(tf.contrib.losses.sigmoid_cross_entropy([[0.0]], [[1]])))
    0.6931472
    """
    given = [logits, multi_class_labels, weights]
    with name_scope(scope, "sigmoid_cross_entropy_loss", given) as opened:
        logits = convert_to_tensor(logits)
        labels = cast(multi_class_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, opened)


def softmax_cross_entropy(
    logits: Any,
    onehot_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """Return the weighted mean of the cross entropy of ``softmax(logits)``.

    Parameters
    ----------
    logits, onehot_labels, weights, scope
        As in `sigmoid_cross_entropy`, of shape ``[batch, classes]``.
    label_smoothing : float
        Move the labels so far, from 0 to 1, towards equal probabilities.
    """
    given = [logits, onehot_labels, weights]
    with name_scope(scope, "softmax_cross_entropy_loss", given) as opened:
        logits = convert_to_tensor(logits)
        labels = cast(onehot_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            classes = cast(shape(labels)[1], logits.dtype)
            negatives = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + negatives
        losses = softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, opened)


def sparse_softmax_cross_entropy(
    logits: Any, labels: Any, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """Return the weighted mean of the cross entropy of ``softmax(logits)`` with the classes.

    Parameters
    ----------
    logits, weights, scope
        As in `softmax_cross_entropy`.
    labels : Tensor
        The classes, int32 or int64, of shape ``[batch]`` or ``[batch, 1]``.
    """
    with name_scope(
        scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]
    ) as opened:
        labels = reshape(labels, [shape(labels)[0]])
        losses = sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, opened)
