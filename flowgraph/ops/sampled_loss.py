"""Losses over many classes, on the true ones and a sample of the others."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.candidate_sampling import compute_accidental_hits, log_uniform_candidate_sampler
from flowgraph.ops.core import cast, convert_to_tensor, shape, stop_gradient
from flowgraph.ops.cross_entropy import softmax_cross_entropy_with_logits_v2
from flowgraph.ops.embedding import embedding_lookup, tables_of
from flowgraph.ops.filling import ones, ones_like, zeros_like
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.loss import sigmoid_cross_entropy_with_logits
from flowgraph.ops.packing import stack
from flowgraph.ops.slicing import slice
from flowgraph.ops.sparse_dense import sparse_to_dense
from flowgraph.ops.transcendental import log


def _row_sums(x: Tensor) -> Tensor:
    """Add up each row, as a product with a column of ones."""
    column = ones(stack([shape(x)[1], 1]), x.dtype)
    return reshape(matmul(x, column), [-1])


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    name: str | None,
    default_name: str,
    seed: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Return logits of the true and the sampled classes less their expected counts' logarithms.

    The second tensor holds the targets: 1 / `num_true` for a true class, 0 for a sampled one.
    """
    tables = tables_of(weights)
    with name_scope(name, default_name, [*tables, biases, inputs, labels]):
        labels = convert_to_tensor(labels)
        if labels.dtype.base_dtype is not dtypes.int64:
            labels = cast(labels, dtypes.int64)
        true_ids = reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = log_uniform_candidate_sampler(
                labels, num_true, num_sampled, True, num_classes, seed=seed
            )
        sampled, true_counts, sampled_counts = (stop_gradient(value) for value in sampled_values)
        sampled = cast(sampled, dtypes.int64)
        ids = concat([true_ids, sampled], 0)
        rows = embedding_lookup(tables, ids, partition_strategy=partition_strategy)
        true_rows = slice(rows, [0, 0], stack([shape(true_ids)[0], -1]))
        sampled_rows = slice(rows, stack([shape(true_ids)[0], 0]), [-1, -1])
        sampled_logits = matmul(inputs, sampled_rows, transpose_b=True)
        bias = embedding_lookup(biases, ids, partition_strategy=partition_strategy)
        true_bias = slice(bias, [0], shape(true_ids))
        sampled_bias = slice(bias, shape(true_ids), [-1])
        size = shape(true_rows)[1:2]
        per_true = concat([[-1, num_true], size], 0)
        products = multiply(expand_dims(inputs, 1), reshape(true_rows, per_true))
        flat = reshape(products, concat([[-1], size], 0))
        true_logits = reshape(_row_sums(flat), [-1, num_true])
        true_logits = true_logits + reshape(true_bias, [-1, num_true])
        sampled_logits = sampled_logits + sampled_bias
        if remove_accidental_hits:
            sampled_logits = sampled_logits + _hits(labels, sampled, num_true, num_sampled)
        true_logits = true_logits - log(true_counts)
        sampled_logits = sampled_logits - log(sampled_counts)
        logits = concat([true_logits, sampled_logits], 1)
        targets = concat([ones_like(true_logits) / num_true, zeros_like(sampled_logits)], 1)
        return logits, targets


def _hits(labels: Tensor, sampled: Tensor, num_true: int, num_sampled: int) -> Tensor:
    """Return the lowest float where a sampled class is a true one of its row, 0 elsewhere."""
    rows, places, lowest = compute_accidental_hits(labels, sampled, num_true=num_true)
    columns = reshape(rows, [-1, 1]), reshape(cast(places, dtypes.int32), [-1, 1])
    indices = concat(list(columns), 1, name="sparse_indices")
    sizes = concat([shape(labels)[:1], expand_dims(num_sampled, 0)], 0)
    return sparse_to_dense(indices, sizes, lowest, default_value=0.0, validate_indices=False)


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str | None = "nce_loss",
) -> Tensor:
    """Return the noise-contrastive estimation loss: true classes against sampled ones.

    Parameters
    ----------
    weights : Tensor, or list of Tensor
        A row for each class, of shape ``[num_classes, dim]``; or the parts of that.
    biases : Tensor
        Shape ``[num_classes]``.
    labels : Tensor
        The true classes, of shape ``[batch, num_true]``.
    inputs : Tensor
        Shape ``[batch, dim]``.
    num_sampled : int
        How many classes are drawn for the batch.
    num_classes : int
    num_true : int
    sampled_values : tuple, optional
        What a candidate sampler returned; by default `log_uniform_candidate_sampler` draws.
    remove_accidental_hits : bool
        Leave out sampled classes that are true ones.
    partition_strategy : {"mod", "div"}
        How the parts of `weights` make one table. See `embedding_lookup`.
    name : str, optional

    Returns
    -------
    Tensor
        The loss of each example, of shape ``[batch]``.

    Notes
    -----
    M. Gutmann and A. Hyvärinen, Noise-contrastive estimation: a new estimation principle for
    unnormalized statistical models, AISTATS 2010. Only for training: evaluate with the full
    logits.

    Examples
    --------
    >>> tf.set_random_seed(1)
    >>> weights, biases = tf.ones([10, 2]), tf.zeros([10])
    >>> loss = tf.nn.nce_loss(weights, biases, [[1]], [[0.5, 0.5]], 3, 10)
    >>> loss.shape
    TensorShape([Dimension(1)])
    """
    logits, targets = _sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, name, "nce_loss",
    )  # fmt: skip
    losses = sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name="sampled_losses")
    return _row_sums(losses)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str | None = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """Return the softmax cross entropy over the true classes and sampled ones.

    Parameters
    ----------
    weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values
        As for `nce_loss`.
    remove_accidental_hits : bool
        Leave out sampled classes that are true ones.
    partition_strategy : {"mod", "div"}
    name : str, optional
    seed : int, optional
        Of the sampler.

    Returns
    -------
    Tensor
        The loss of each example, of shape ``[batch]``.

    Notes
    -----
    S. Jean, K. Cho, R. Memisevic and Y. Bengio, On using very large target vocabulary for neural
    machine translation, ACL 2015, arXiv:1412.2007. Only for training.

    Examples
    --------
    >>> weights, biases = tf.ones([10, 2]), tf.zeros([10])
    >>> loss = tf.nn.sampled_softmax_loss(weights, biases, [[1]], [[0.5, 0.5]], 3, 10)
    >>> loss.shape
    TensorShape([Dimension(1)])
    """
    logits, targets = _sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, name, "sampled_softmax_loss", seed,
    )  # fmt: skip
    targets = stop_gradient(targets, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)
