"""Losses of embeddings: equal labels near each other, others far apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, square, squared_difference
from flowgraph.ops.array import expand_dims, reshape, transpose
from flowgraph.ops.comparison import equal, greater, less_equal, logical_and, logical_not
from flowgraph.ops.core import cast, convert_to_tensor, shape, size
from flowgraph.ops.cross_entropy import softmax_cross_entropy_with_logits
from flowgraph.ops.diagonal import diag
from flowgraph.ops.division import truediv
from flowgraph.ops.filling import ones, ones_like, zeros
from flowgraph.ops.linalg import matmul
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.printing import print_and_pass
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_max, reduce_mean, reduce_min, reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.slicing import pad
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_elementwise import sparse_minimum
from flowgraph.ops.sparse_reduction import sparse_reduce_sum
from flowgraph.ops.transcendental import exp, log, sqrt


def _distances(feature: Any, squared: bool = False) -> Tensor:
    """Return the distance of each row to each, 0 where rounding makes its square negative."""
    norms = add(
        reduce_sum(square(feature), [1], keepdims=True),
        reduce_sum(square(transpose(feature)), [0], keepdims=True),
    )
    squares = maximum(norms - 2.0 * matmul(feature, transpose(feature)), 0.0)
    is_zero = less_equal(squares, 0.0)
    # The square root's gradient at 0 is infinite, and 0 times that is no number.
    distances = squares if squared else sqrt(squares + cast(is_zero, dtypes.float32) * 1e-16)
    distances = multiply(distances, cast(logical_not(is_zero), dtypes.float32))
    count = shape(feature)[0]
    return multiply(distances, ones_like(distances) - diag(ones([count])))


def _as_column(labels: Any) -> Tensor:
    labels = convert_to_tensor(labels)
    length = shape(labels)
    if labels.shape.ndims not in (None, 1):
        raise AssertionError("labels must be of rank 1")
    return reshape(labels, [length[0], 1])


def _masked_maximum(data: Tensor, mask: Tensor) -> Tensor:
    least = reduce_min(data, 1, keepdims=True)
    return reduce_max(multiply(data - least, mask), 1, keepdims=True) + least


def _masked_minimum(data: Tensor, mask: Tensor) -> Tensor:
    largest = reduce_max(data, 1, keepdims=True)
    return reduce_min(multiply(data - largest, mask), 1, keepdims=True) + largest


def contrastive_loss(
    labels: Any, embeddings_anchor: Any, embeddings_positive: Any, margin: float = 1.0
) -> Tensor:
    """Return the contrastive loss of pairs (Hadsell, Chopra and LeCun, 2006).

    The mean of ``d ** 2`` over pairs that belong together and ``max(margin - d, 0) ** 2``
    over the others, with ``d`` the distance in a pair.

    Parameters
    ----------
    labels : Tensor
        1 for pairs that belong together, and 0; of shape ``[batch]``.
    embeddings_anchor, embeddings_positive : Tensor
        The first and second of each pair, ``[batch, size]``, floating point.
    margin : float

    Returns
    -------
    Tensor
        A scalar.

    Examples
    --------
    >>> loss = tf.contrib.losses.metric_learning.contrastive_loss
    >>> print(tf.Session().run(loss([1, 0], [[0.0], [0.0]], [[1.0], [0.5]])))
    0.625
    """
    distances = sqrt(reduce_sum(squared_difference(embeddings_anchor, embeddings_positive), 1))
    near = cast(labels, distances.dtype) * square(distances)
    apart = 1.0 - cast(labels, distances.dtype)
    return reduce_mean(
        near + apart * square(maximum(margin - distances, 0.0)), name="contrastive_loss"
    )


def triplet_semihard_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Tensor:
    """Return the triplet loss with semi-hard negatives (Schroff et al., 2015).

    For each pair of rows with one label, the negative is the nearest row of another label
    that is farther than the pair's distance, or the farthest row of another label if there
    is none. The loss is the mean of ``max(margin + d(pair)**2 - d(negative)**2, 0)``.

    Parameters
    ----------
    labels : Tensor
        Of shape ``[batch]``, integers.
    embeddings : Tensor
        ``[batch, size]``, float32, each of norm 1.
    margin : float

    Returns
    -------
    Tensor
        A scalar; no number if no two labels are equal.

    Examples
    --------
    >>> loss = tf.contrib.losses.metric_learning.triplet_semihard_loss
    >>> print(tf.Session().run(loss([0, 0, 1], tf.constant([[0.0], [1.0], [1.5]]))))
    0.875
    """
    labels = _as_column(labels)
    distances = _distances(embeddings, squared=True)
    alike = equal(labels, transpose(labels))
    unlike = logical_not(alike)
    batch = size(labels)
    # Row i * batch + j of the tiled matrix: distances from j, for the pair (j, i).
    tiled = tile(distances, [batch, 1])
    farther = logical_and(
        tile(unlike, [batch, 1]), greater(tiled, reshape(transpose(distances), [-1, 1]))
    )
    found = greater(reduce_sum(cast(farther, dtypes.float32), 1, keepdims=True), 0.0)
    any_farther = transpose(reshape(found, [batch, batch]))
    negatives = cast(unlike, dtypes.float32)
    nearest = _masked_minimum(tiled, cast(farther, dtypes.float32))
    outside = transpose(reshape(nearest, [batch, batch]))
    inside = tile(_masked_maximum(distances, negatives), [1, batch])
    losses = add(margin, distances - where(any_farther, outside, inside))
    pairs = cast(alike, dtypes.float32) - diag(ones([batch]))
    count = reduce_sum(pairs)
    total = reduce_sum(maximum(multiply(losses, pairs), 0.0))
    return truediv(total, count, name="triplet_semihard_loss")


def lifted_struct_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Tensor:
    """Return the lifted structured loss (Song et al., 2015).

    For each pair of rows with one label, the soft maximum of ``margin - d`` over the
    negatives of both, plus the pair's distance; then half the mean of the squares of what is
    positive.

    Parameters
    ----------
    labels, embeddings, margin
        As for `triplet_semihard_loss`; embeddings need not be of norm 1.

    Returns
    -------
    Tensor
        A scalar.

    Examples
    --------
    >>> loss = tf.contrib.losses.metric_learning.lifted_struct_loss
    >>> print(tf.Session().run(loss([0, 0, 1], tf.constant([[0.0], [3.0], [5.0]]))))
    2.098355
    """
    labels = _as_column(labels)
    distances = _distances(embeddings)
    alike = equal(labels, transpose(labels))
    unlike = logical_not(alike)
    batch = size(labels)
    nearness = margin - distances
    mask = cast(unlike, dtypes.float32)
    largest = _masked_maximum(nearness, mask)
    shift = maximum(largest, transpose(largest))
    tiled, mask = tile(nearness, [batch, 1]), tile(mask, [batch, 1])
    shifts = reshape(transpose(shift), [-1, 1])
    sums = reduce_sum(multiply(exp(tiled - shifts), mask), 1, keepdims=True)
    left = reshape(sums, [batch, batch])
    losses = shift + log(left + transpose(left))
    losses += distances
    pairs = cast(alike, dtypes.float32) - diag(ones([batch]))
    count = reduce_sum(pairs) / 2.0
    squares = square(maximum(multiply(losses, pairs), 0.0))
    return truediv(0.25 * reduce_sum(squares), count, name="liftedstruct_loss")


def _penalty(anchors: Any, positives: Any, reg_lambda: float) -> Tensor:
    """Return `reg_lambda` / 4 times the mean square lengths."""
    lengths = [reduce_mean(reduce_sum(square(each), 1)) for each in (anchors, positives)]
    return multiply(0.25 * reg_lambda, lengths[0] + lengths[1], name="l2loss")


def _similarity_loss(
    similarity: Tensor, targets: Tensor, penalty: Tensor, print_losses: bool
) -> Tensor:
    targets /= reduce_sum(targets, 1, keepdims=True)
    entropies = softmax_cross_entropy_with_logits(logits=similarity, labels=targets)
    entropy = reduce_mean(entropies, name="xentropy")
    if print_losses:
        entropy = print_and_pass(entropy, ["cross entropy:", entropy, "l2loss:", penalty])
    return penalty + entropy


def npairs_loss(
    labels: Any,
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Tensor:
    """Return the N-pairs loss (Sohn, 2016).

    The cross entropy of the similarities of each anchor with all positives, of which those
    with its label are right, plus a penalty on the embeddings' lengths.

    Parameters
    ----------
    labels : Tensor
        Of shape ``[pairs]``, integers.
    embeddings_anchor, embeddings_positive : Tensor
        ``[pairs, size]``, float32.
    reg_lambda : float
        How much the squares of the lengths count.
    print_losses : bool
        Print both parts in each run.

    Returns
    -------
    Tensor
        A scalar.

    Examples
    --------
    >>> loss = tf.contrib.losses.metric_learning.npairs_loss
    >>> print(tf.Session().run(loss([0, 1], [[0.0], [0.0]], [[1.0], [1.0]], reg_lambda=0)))
    0.6931472
    """
    penalty = _penalty(embeddings_anchor, embeddings_positive, reg_lambda)
    similarity = matmul(embeddings_anchor, embeddings_positive, transpose_b=True)
    labels = _as_column(labels)
    targets = cast(equal(labels, transpose(labels)), dtypes.float32)
    return _similarity_loss(similarity, targets, penalty, print_losses)


def npairs_loss_multilabel(
    sparse_labels: Sequence[Any],
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Tensor:
    """Return the N-pairs loss of rows with several labels each.

    Positives are right in proportion to the labels that they share with the anchor.

    Parameters
    ----------
    sparse_labels : list of SparseTensor
        For each pair its labels: of rank 1, 1 for those it has.
    embeddings_anchor, embeddings_positive, reg_lambda, print_losses
        As for `npairs_loss`.

    Raises
    ------
    TypeError
        If the labels are not `SparseTensor`.
    """
    if not all(isinstance(labels, SparseTensor) for labels in sparse_labels):
        raise TypeError(f"sparse_labels must be a list of SparseTensors, but got {sparse_labels}")
    with name_scope("NpairsLossMultiLabel"):
        penalty = _penalty(embeddings_anchor, embeddings_positive, reg_lambda)
        similarity = matmul(embeddings_anchor, embeddings_positive, transpose_b=True)
        shared = _shared_labels(sparse_labels)
        return _similarity_loss(similarity, shared, penalty, print_losses)


def _shared_labels(sparse_labels: Sequence[Any]) -> Tensor:
    """Return for each two rows how many labels they share."""
    count = len(sparse_labels)
    matrix = zeros([count, count])
    for i, first in enumerate(sparse_labels):
        for j, second in enumerate(sparse_labels):
            shared = cast(sparse_reduce_sum(sparse_minimum(first, second)), dtypes.float32)
            shared = expand_dims(expand_dims(shared, 0), 1)
            matrix += pad(shared, [[i, count - i - 1], [j, count - j - 1]], "CONSTANT")
    return matrix
