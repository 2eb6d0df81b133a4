"""Losses of predicted classes."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import GraphKeys, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.losses.reduction import Reduction
from flowgraph.losses.weighting import as_floats, compute_weighted_loss, required
from flowgraph.ops.arithmetic import multiply, subtract
from flowgraph.ops.array import squeeze
from flowgraph.ops.comparison import equal
from flowgraph.ops.confusion import may_squeeze, remove_squeezable_dimensions, squeeze_if
from flowgraph.ops.core import cast, convert_to_tensor, rank, shape, stop_gradient
from flowgraph.ops.cross_entropy import (
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from flowgraph.ops.filling import ones_like
from flowgraph.ops.loss import sigmoid_cross_entropy_with_logits
from flowgraph.ops.rectification import relu


def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the weighted mean of ``max(0, 1 - (2 * labels - 1) * logits)``.

    Parameters
    ----------
    labels : Tensor
        0 or 1, of the shape of `logits`.
    logits : Tensor
        Converted to float32.
    weights, scope, loss_collection, reduction
        As in `compute_weighted_loss`.

    Returns
    -------
    Tensor
        A scalar, unless `reduction` says otherwise; also added to the graph's losses.

    Raises
    ------
    ValueError
        If `labels` or `logits` is missing, or the shapes do not fit.

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.hinge_loss([1.0, 0.0], [0.5, 0.5])))
    1.0
    """
    required(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", [logits, labels, weights]) as opened:
        logits, labels = as_floats(logits, labels)
        ones = ones_like(labels)
        signs = subtract(2 * labels, ones)
        losses = relu(subtract(ones, multiply(signs, logits)))
        return compute_weighted_loss(losses, weights, opened, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the weighted mean of the cross entropy of ``sigmoid(logits)``.

    Parameters
    ----------
    multi_class_labels : Tensor
        Probabilities, of the shape of `logits`; converted to its dtype.
    logits : Tensor
        Of a floating-point dtype.
    weights, scope, loss_collection, reduction
        As in `compute_weighted_loss`.
    label_smoothing : float
        Move the labels so far, from 0 to 1, towards 1/2.

    Raises
    ------
    ValueError
        As in `hinge_loss`.

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.sigmoid_cross_entropy([1, 0], [0.0, 0.0])))
    0.6931472
    """
    required(multi_class_labels=multi_class_labels, logits=logits)
    given = [logits, multi_class_labels, weights]
    with name_scope(scope, "sigmoid_cross_entropy_loss", given) as opened:
        logits = convert_to_tensor(logits)
        labels = cast(multi_class_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, opened, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the weighted mean of the cross entropy of ``softmax(logits)``.

    No gradient flows into the labels.

    Parameters
    ----------
    onehot_labels : Tensor
        Probabilities of the classes, of the shape of `logits`; converted to its dtype.
    logits : Tensor
        Of shape ``[batch, classes]`` and a floating-point dtype.
    weights : Tensor
        As in `compute_weighted_loss`: a scalar or of shape ``[batch]``.
    label_smoothing : float
        Move the labels so far, from 0 to 1, towards equal probabilities.
    scope, loss_collection, reduction
        As in `compute_weighted_loss`.

    Raises
    ------
    ValueError
        As in `hinge_loss`.

    Notes
    -----
    Smoothing is that of Szegedy et al. (2015), arXiv:1512.00567, section 7.

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.softmax_cross_entropy([[1, 0]], [[0.0, 0.0]])))
    0.6931472
    """
    required(onehot_labels=onehot_labels, logits=logits)
    given = [logits, onehot_labels, weights]
    with name_scope(scope, "softmax_cross_entropy_loss", given) as opened:
        logits = convert_to_tensor(logits)
        labels = cast(onehot_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            classes = cast(shape(labels)[-1], logits.dtype)
            share = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + share
        labels = stop_gradient(labels, name="labels_stop_gradient")
        losses = softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, opened, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the weighted mean of ``-log(softmax(logits))`` of the class each label names.

    Parameters
    ----------
    labels : Tensor
        The classes, int32 or int64, of shape ``[batch]`` or ``[batch, 1]``.
    logits : Tensor
        Of shape ``[batch, classes]`` and a floating-point dtype.
    weights : Tensor
        A scalar, or of shape ``[batch]`` or ``[batch, 1]``.
    scope, loss_collection, reduction
        As in `compute_weighted_loss`.

    Raises
    ------
    ValueError
        As in `hinge_loss`.
    InvalidArgumentError
        If a label is no class, when it runs.

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.sparse_softmax_cross_entropy([1], [[0.0, 0.0]])))
    0.6931472
    """
    required(labels=labels, logits=logits)
    with name_scope(
        scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]
    ) as opened:
        labels, logits = remove_squeezable_dimensions(labels, logits, expected_rank_diff=1)
        if weights is not None:
            weights = _squeezed_weights(convert_to_tensor(weights), labels)
        losses = sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, opened, loss_collection, reduction)


def _squeezed_weights(weights: Tensor, labels: Tensor) -> Tensor:
    """Return the weights, without a last dimension of 1 that the labels have not."""
    ranks = weights.shape.ndims, labels.shape.ndims
    if ranks[0] is not None and ranks[1] is not None:
        return squeeze(weights, [-1]) if ranks[0] - ranks[1] == 1 else weights
    ahead = subtract(rank(weights), rank(labels), name="sub")
    return squeeze_if(equal(1, ahead), weights) if may_squeeze(weights) else weights
