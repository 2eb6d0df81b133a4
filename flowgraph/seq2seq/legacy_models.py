"""Whole models unrolled in the graph: an encoder and a decoder."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.array import reshape
from flowgraph.ops.conditional import cond
from flowgraph.ops.embedding import embedding_lookup
from flowgraph.ops.joining import concat
from flowgraph.rnn.projections import EmbeddingWrapper, OutputProjectionWrapper
from flowgraph.rnn.static import static_rnn
from flowgraph.seq2seq.legacy_attention import embedding_attention_decoder
from flowgraph.seq2seq.legacy_decoders import (
    LoopFunction,
    check_projection,
    embed_likeliest,
    embedding_rnn_decoder,
    rnn_decoder,
)
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope

Outputs = tuple[list[Tensor], Any]


def fed(feed_previous: Any, decode: Callable[[bool], Outputs], state: Any) -> Outputs:
    """Decode with feeding back or without, which a tensor may decide when the graph runs.

    Parameters
    ----------
    feed_previous : bool or Tensor
    decode : callable
        Takes whether to feed back; returns outputs and state.
    state : nested structure
        Like the state that `decode` returns.
    """
    if isinstance(feed_previous, bool):
        return decode(feed_previous)

    def branch(feeds: bool) -> list[Any]:
        with variable_scope(get_variable_scope(), reuse=None if feeds else True):
            outputs, last = decode(feeds)
        return [*outputs, *nest.flatten(last)]

    leaves = cond(feed_previous, lambda: branch(True), lambda: branch(False))
    count = len(leaves) - len(nest.flatten(state))
    return leaves[:count], nest.pack_as(state, leaves[count:])


def basic_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    dtype: Any = dtypes.float32,
    scope: Any = None,
) -> Outputs:
    """Run a cell over a list of inputs, and another one like it over a second list.

    Parameters
    ----------
    encoder_inputs, decoder_inputs : list of Tensor
        ``(batch, size)`` for each step.
    cell : RNNCell
        The decoder's; the encoder's is a copy. The decoder begins with the encoder's state.
    dtype : DType
    scope : str or VariableScope, optional
        ``"basic_rnn_seq2seq"`` by default.

    Returns
    -------
    outputs : list of Tensor
        The decoder's.
    state : Tensor or nested structure of Tensor
        The decoder's last one.

    Examples
    --------
    >>> outputs, _ = tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(
    ...     [tf.ones([2, 4])] * 3, [tf.ones([2, 5])] * 6, tf.nn.rnn_cell.GRUCell(3))
    >>> len(outputs), outputs[0].shape.as_list()
    (6, [2, 3])
    """
    with variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    loop_function: LoopFunction | None = None,
    dtype: Any = dtypes.float32,
    scope: Any = None,
) -> Outputs:
    """Run one cell over a list of inputs, and then over a second list.

    Parameters
    ----------
    encoder_inputs, decoder_inputs : list of Tensor
        ``(batch, size)`` for each step, of one size.
    cell : RNNCell
    loop_function : callable, optional
        As for `rnn_decoder`.
    dtype : DType
    scope : str, optional
        ``"tied_rnn_seq2seq"`` by default, within ``"combined_tied_rnn_seq2seq"``.

    Returns
    -------
    outputs : list of Tensor
        Those of the second list.
    state : Tensor or nested structure of Tensor
        The last one.

    Examples
    --------
    >>> outputs, _ = tf.contrib.legacy_seq2seq.tied_rnn_seq2seq(
    ...     [tf.ones([2, 4])] * 3, [tf.ones([2, 4])] * 6, tf.nn.rnn_cell.GRUCell(3))
    >>> len(outputs), len(tf.trainable_variables())
    (6, 4)
    """
    with variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function, scope)


def embedding_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Outputs:
    """Run a cell over the vectors of symbols, and another one like it over a second list.

    Parameters
    ----------
    encoder_inputs, decoder_inputs : list of Tensor
        int32, ``(batch,)`` for each step.
    cell : RNNCell
        The decoder's; the encoder's is a copy.
    num_encoder_symbols, num_decoder_symbols, embedding_size : int
        The sizes of the two tables of vectors.
    output_projection : tuple of two, optional
        Weights and biases with which an output gives logits where it is fed back. Without,
        a projection is trained and the outputs are logits.
    feed_previous : bool or Tensor
        Take the likeliest symbol of the last output in place of all decoder's inputs but the
        first.
    dtype : DType, optional
        The scope's by default.
    scope : str or VariableScope, optional
        ``"embedding_rnn_seq2seq"`` by default.

    Returns
    -------
    outputs : list of Tensor
        The decoder's.
    state : Tensor or nested structure of Tensor
        The decoder's last one.

    Raises
    ------
    ValueError
        If the projection does not fit.

    Examples
    --------
    >>> symbols = [tf.constant([1, 2])] * 3
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
    ...     symbols, symbols, tf.nn.rnn_cell.GRUCell(3), 5, 6, embedding_size=4)
    >>> len(outputs), outputs[0].shape.as_list()
    (3, [2, 6])
    """
    with variable_scope(scope or "embedding_rnn_seq2seq") as opened:
        if dtype is not None:
            opened.set_dtype(dtype)
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder, encoder_inputs, dtype=dtype or opened.dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decode(feeds: bool) -> Outputs:
            return embedding_rnn_decoder(
                decoder_inputs, state, cell, num_decoder_symbols, embedding_size,
                output_projection, feeds, isinstance(feed_previous, bool),
            )  # fmt: skip

        return fed(feed_previous, decode, state)


def embedding_tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Outputs:
    """Run one cell over the vectors of symbols, and then over a second list, with one table.

    Parameters
    ----------
    encoder_inputs, decoder_inputs : list of Tensor
        int32, ``(batch,)`` for each step.
    cell : RNNCell
    num_symbols, embedding_size : int
        The sizes of the table of vectors.
    num_decoder_symbols : int, optional
        How many symbols the decoder writes; `num_symbols` by default.
    output_projection, feed_previous, dtype
        As for `embedding_rnn_seq2seq`.
    scope : str or VariableScope, optional
        ``"embedding_tied_rnn_seq2seq"`` by default.

    Returns
    -------
    outputs : list of Tensor
        The decoder's.
    state : Tensor or nested structure of Tensor
        The decoder's last one.

    Raises
    ------
    ValueError
        If the projection does not fit.

    Examples
    --------
    >>> symbols = [tf.constant([1, 2])] * 3
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(
    ...     symbols, symbols, tf.nn.rnn_cell.GRUCell(3), 5, embedding_size=4)
    >>> len(outputs), outputs[0].shape.as_list()
    (3, [2, 5])
    """
    with variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as opened:
        dtype = opened.dtype
        check_projection(output_projection, num_symbols, dtype)
        table = get_variable("embedding", [num_symbols, embedding_size], dtype=dtype)
        given = [embedding_lookup(table, symbols) for symbols in encoder_inputs]
        following = [embedding_lookup(table, symbols) for symbols in decoder_inputs]
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols or num_symbols)

        def decode(feeds: bool) -> Outputs:
            loop_function = None
            if feeds:
                updates = isinstance(feed_previous, bool)
                loop_function = embed_likeliest(table, output_projection, updates)
            return tied_rnn_seq2seq(given, following, cell, loop_function, dtype)

        return fed(feed_previous, decode, cell.state_size)


def embedding_attention_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Outputs:
    """Do what `embedding_rnn_seq2seq` does, with attention to the encoder's outputs.

    Parameters
    ----------
    encoder_inputs, decoder_inputs, cell, num_encoder_symbols, num_decoder_symbols
        As for `embedding_rnn_seq2seq`.
    embedding_size, output_projection, feed_previous, dtype
        As for `embedding_rnn_seq2seq`.
    num_heads, initial_state_attention
        As for `attention_decoder`.
    scope : str or VariableScope, optional
        ``"embedding_attention_seq2seq"`` by default.

    Returns
    -------
    outputs : list of Tensor
        The decoder's.
    state : Tensor or nested structure of Tensor
        The decoder's last one.

    Raises
    ------
    ValueError
        If the projection does not fit.

    Examples
    --------
    >>> symbols = [tf.constant([1, 2])] * 3
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
    ...     symbols, symbols, tf.nn.rnn_cell.GRUCell(3), 5, 6, embedding_size=4)
    >>> len(outputs), outputs[0].shape.as_list()
    (3, [2, 6])
    """
    with variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        states, state = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        seen = concat([reshape(output, [-1, 1, cell.output_size]) for output in states], 1)
        output_size = None
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decode(feeds: bool) -> Outputs:
            return embedding_attention_decoder(
                decoder_inputs, state, seen, cell, num_decoder_symbols, embedding_size,
                num_heads, output_size, output_projection, feeds, isinstance(feed_previous, bool),
                initial_state_attention=initial_state_attention,
            )  # fmt: skip

        return fed(feed_previous, decode, state)
