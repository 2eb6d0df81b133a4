"""One model for several pairs of lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.rnn.stepwise_loss import sequence_loss, sequence_loss_by_example
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope


def model_with_buckets(
    encoder_inputs: list[Any],
    decoder_inputs: list[Any],
    targets: list[Any],
    weights: list[Any],
    buckets: Sequence[tuple[int, int]],
    seq2seq: Callable[[list[Any], list[Any]], tuple[Any, Any]],
    softmax_loss_function: Callable[..., Any] | None = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> tuple[list[Any], list[Tensor]]:
    """Build a model for each of several pairs of lengths, with the same variables.

    Parameters
    ----------
    encoder_inputs, decoder_inputs, targets, weights : list of Tensor
        For each step.
    buckets : list of tuple of int
        The lengths of encoder and decoder; the greatest last.
    seq2seq : callable
        Takes encoder's and decoder's inputs; returns outputs and state.
    softmax_loss_function : callable, optional
        As for `sequence_loss`.
    per_example_loss : bool
        Give the loss of each sequence, not the mean.
    name : str, optional

    Returns
    -------
    outputs : list of list of Tensor
        For each pair of lengths.
    losses : list of Tensor

    Raises
    ------
    ValueError
        If there are fewer steps than in the last pair.

    Examples
    --------
    >>> def model(given, following):
    ...     return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
    ...         given, following, tf.nn.rnn_cell.GRUCell(3), 5, 5, embedding_size=4)
    >>> symbols, weights = [tf.constant([1, 2])] * 4, [tf.ones([2])] * 4
    >>> outputs, losses = tf.contrib.legacy_seq2seq.model_with_buckets(
    ...     symbols, symbols, symbols, weights, [(2, 3), (4, 4)], model)
    >>> [len(each) for each in outputs]
    [3, 4]
    """
    lists = {"encoder_inputs": encoder_inputs, "targets": targets, "weights": weights}
    for (what, given), place in zip(lists.items(), (0, 1, 1), strict=True):
        if len(given) < buckets[-1][place]:
            raise ValueError(
                f"Length of {what} ({len(given)}) must be at least that of last bucket "
                f"({buckets[-1][place]})."
            )
    loss = sequence_loss_by_example if per_example_loss else sequence_loss
    outputs, losses = [], []
    values = [*encoder_inputs, *decoder_inputs, *targets, *weights]
    with name_scope(name, "model_with_buckets", values):
        for number, (read, written) in enumerate(buckets):
            with variable_scope(get_variable_scope(), reuse=True if number > 0 else None):
                logits, _ = seq2seq(encoder_inputs[:read], decoder_inputs[:written])
                outputs.append(logits)
                losses.append(
                    loss(
                        logits,
                        targets[:written],
                        weights[:written],
                        softmax_loss_function=softmax_loss_function,
                    )
                )
    return outputs, losses
