"""A model unrolled in the graph with one encoder and several decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.projections import EmbeddingWrapper, OutputProjectionWrapper
from flowgraph.rnn.static import static_rnn
from flowgraph.seq2seq.legacy_decoders import embedding_rnn_decoder
from flowgraph.seq2seq.legacy_models import Outputs, fed
from flowgraph.variables.variable_scope import variable_scope


def one2many_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs_dict: dict[Any, Sequence[Any]],
    enc_cell: Any,
    dec_cells_dict: dict[Any, Any],
    num_encoder_symbols: int,
    num_decoder_symbols_dict: dict[Any, int],
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[dict[Any, list[Tensor]], dict[Any, Any]]:
    """Run several decoders from the last state of one encoder.

    Parameters
    ----------
    encoder_inputs : list of Tensor
        int32, ``(batch,)`` for each step.
    decoder_inputs_dict : dict of list of Tensor
        The same for each decoder, by its name.
    enc_cell : RNNCell
    dec_cells_dict : dict of RNNCell
    num_encoder_symbols : int
    num_decoder_symbols_dict : dict of int
    embedding_size : int
    feed_previous, dtype
        As for `embedding_rnn_seq2seq`.
    scope : str or VariableScope, optional
        ``"one2many_rnn_seq2seq"`` by default.

    Returns
    -------
    outputs : dict of list of Tensor
    states : dict
        The last state of each decoder.

    Raises
    ------
    TypeError
        If a cell is no `RNNCell`.
    ValueError
        If the dicts have different keys.

    Examples
    --------
    >>> symbols = [tf.constant([1, 2])] * 3
    >>> outputs, _ = tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq(
    ...     symbols, {"a": symbols}, tf.nn.rnn_cell.GRUCell(3),
    ...     {"a": tf.nn.rnn_cell.GRUCell(3)}, 5, {"a": 6}, embedding_size=4)
    >>> outputs["a"][0].shape.as_list()
    [2, 6]
    """
    if not isinstance(enc_cell, RNNCell):
        raise TypeError(f"enc_cell is not an RNNCell: {type(enc_cell)}")
    if set(dec_cells_dict) != set(decoder_inputs_dict):
        raise ValueError("keys of dec_cells_dict != keys of decodre_inputs_dict")
    for cell in dec_cells_dict.values():
        if not isinstance(cell, RNNCell):
            raise TypeError(f"dec_cell is not an RNNCell: {type(cell)}")
    outputs, states = {}, {}
    with variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(enc_cell, num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        for name, inputs in decoder_inputs_dict.items():
            count = num_decoder_symbols_dict[name]
            with variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], count)

                def decode(
                    feeds: bool, inputs: Any = inputs, cell: Any = cell, count: int = count
                ) -> Outputs:
                    return embedding_rnn_decoder(
                        inputs, state, cell, count, embedding_size, feed_previous=feeds
                    )

                outputs[name], states[name] = fed(feed_previous, decode, state)
    return outputs, states
