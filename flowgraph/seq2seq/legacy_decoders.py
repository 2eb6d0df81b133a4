"""Decoders unrolled in the graph, without attention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import xw_plus_b
from flowgraph.ops.core import convert_to_tensor, stop_gradient
from flowgraph.ops.embedding import embedding_lookup
from flowgraph.ops.ranking import argmax
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope

LoopFunction = Callable[[Any, int], Any]


def embed_likeliest(
    embedding: Any, output_projection: Any = None, update_embedding: bool = True
) -> LoopFunction:
    """Return a loop function: the vector of the likeliest symbol of the last output.

    Parameters
    ----------
    embedding : Variable
        ``(symbols, size)``.
    output_projection : tuple of two, optional
        Weights and biases that give logits of an output.
    update_embedding : bool
        Whether gradients flow into the table through these vectors.
    """

    def loop_function(previous: Tensor, _: int) -> Tensor:
        if output_projection is not None:
            previous = xw_plus_b(previous, *output_projection)
        vectors = embedding_lookup(embedding, argmax(previous, 1))
        return vectors if update_embedding else stop_gradient(vectors)

    return loop_function


def check_projection(output_projection: Any, num_symbols: int, dtype: Any) -> None:
    """Raise ValueError unless weights and biases give logits of so many symbols."""
    if output_projection is not None:
        weights, biases = (convert_to_tensor(part, dtype=dtype) for part in output_projection)
        weights.shape.assert_is_compatible_with([None, num_symbols])
        biases.shape.assert_is_compatible_with([num_symbols])


def rnn_decoder(
    decoder_inputs: Iterable[Any],
    initial_state: Any,
    cell: Any,
    loop_function: LoopFunction | None = None,
    scope: Any = None,
) -> tuple[list[Tensor], Any]:
    """Apply a cell to a list of inputs, or to what it gave itself.

    Parameters
    ----------
    decoder_inputs : list of Tensor
        ``(batch, size)`` for each step.
    initial_state : Tensor or nested structure of Tensor
    cell : RNNCell
    loop_function : callable, optional
        Makes the input of each step but the first of the last output and the number of the
        step, in place of the given one.
    scope : str or VariableScope, optional
        ``"rnn_decoder"`` by default.

    Returns
    -------
    outputs : list of Tensor
    state : Tensor or nested structure of Tensor
        The last one.

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> outputs, state = tf.contrib.legacy_seq2seq.rnn_decoder(
    ...     [tf.ones([2, 3])] * 4, cell.zero_state(2, tf.float32), cell,
    ...     loop_function=lambda previous, i: previous)
    >>> len(outputs), state.shape.as_list()
    (4, [2, 3])
    """
    outputs: list[Tensor] = []
    state = initial_state
    with variable_scope(scope or "rnn_decoder"):
        for step, given in enumerate(decoder_inputs):
            if step > 0 and loop_function is not None:
                with variable_scope("loop_function", reuse=True):
                    given = loop_function(outputs[-1], step)
            if step > 0:
                get_variable_scope().reuse_variables()
            output, state = cell(given, state)
            outputs.append(output)
    return outputs, state


def embedding_rnn_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> tuple[list[Tensor], Any]:
    """Apply a cell to the vectors of symbols, given ones or its own.

    Parameters
    ----------
    decoder_inputs : list of Tensor
        int32, ``(batch,)`` for each step.
    initial_state : Tensor or nested structure of Tensor
    cell : RNNCell
        Gives logits of symbols, unless there is a projection.
    num_symbols, embedding_size : int
        The sizes of the table of vectors.
    output_projection : tuple of two, optional
        Weights ``(output size, num_symbols)`` and biases, with which an output gives logits
        where it is fed back.
    feed_previous : bool
        Take the likeliest symbol of the last output in place of all inputs but the first.
    update_embedding_for_previous : bool
        Whether gradients flow into the table through symbols fed back.
    scope : str or VariableScope, optional
        ``"embedding_rnn_decoder"`` by default.

    Returns
    -------
    outputs : list of Tensor
    state : Tensor or nested structure of Tensor

    Raises
    ------
    ValueError
        If the projection does not fit.

    Examples
    --------
    >>> cell = tf.contrib.rnn.OutputProjectionWrapper(tf.nn.rnn_cell.GRUCell(3), 5)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_rnn_decoder(
    ...     [tf.constant([1, 2])] * 4, cell.zero_state(2, tf.float32), cell, 5, 6,
    ...     feed_previous=True)
    >>> len(outputs), outputs[0].shape.as_list()
    (4, [2, 5])
    """
    with variable_scope(scope or "embedding_rnn_decoder") as opened:
        check_projection(output_projection, num_symbols, opened.dtype)
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = embed_likeliest(
                embedding, output_projection, update_embedding_for_previous
            )
        # One after the other: a step's lookup stands just before the step.
        vectors = (embedding_lookup(embedding, symbols) for symbols in decoder_inputs)
        return rnn_decoder(vectors, initial_state, cell, loop_function)
