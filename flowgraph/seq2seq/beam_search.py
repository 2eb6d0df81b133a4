"""``BeamSearchDecoder``: writes several sequences at once, the likeliest found so far."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.beam_search import gather_tree
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import cast, convert_to_tensor, size
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.masking import one_hot
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_all, reduce_max
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.rnn.cell import assert_like_rnncell
from flowgraph.seq2seq.beam_arrays import sorted_by_beam
from flowgraph.seq2seq.beam_step import (
    BeamSearchDecoderOutput,
    BeamSearchDecoderState,
    BeamStep,
    attention_of,
    checked_rank,
)
from flowgraph.seq2seq.decoder import Decoder
from flowgraph.seq2seq.inference_helpers import token_tensors
from flowgraph.seq2seq.projection import check_layer, lookup_in, projected_size
from flowgraph.shapes import TensorShape, as_shape


class FinalBeamSearchDecoderOutput(NamedTuple):
    """What a beam search found.

    Attributes
    ----------
    predicted_ids : Tensor
        int32, ``(batch, time, beams)``: the sequences, the likeliest first.
    beam_search_decoder_output : BeamSearchDecoderOutput
        What the steps gave.

    Examples
    --------
    >>> tf.contrib.seq2seq.FinalBeamSearchDecoderOutput(1, 2).predicted_ids
    1
    """

    predicted_ids: Any
    beam_search_decoder_output: Any


class BeamSearchDecoder(Decoder):
    """A decoder that follows, at each step, the likeliest sequences of all those that are open.

    The state of the cell, and the memory of attention mechanisms, must be tiled to the beams
    by `tf.contrib.seq2seq.tile_batch`.

    Parameters
    ----------
    cell : RNNCell
    embedding : Tensor or callable
        A table of vectors, or a function from symbols to vectors.
    start_tokens : Tensor
        int32, ``(batch,)``: the symbols to begin with.
    end_token : Tensor
        int32, a scalar: the symbol that ends a sequence.
    initial_state : Tensor or nested structure of Tensor
        The cell's, for ``batch * beam_width`` sequences.
    beam_width : int
        How many sequences to follow.
    output_layer : Layer, optional
        Applied to each output of the cell, to give the logits of the symbols.
    length_penalty_weight : float
        Scores are divided by ``((5 + length) / 6) ** weight`` [1]_.
    coverage_penalty_weight : float
        How much a score loses for what attention has not looked at, in finished sequences
        [1]_.
    reorder_tensor_arrays : bool
        The arrays in the final state, such as a history of alignments, are given as tensors
        in which each beam is the one of `predicted_ids`.

    Raises
    ------
    TypeError
        If `cell` is no cell or `output_layer` no layer.
    ValueError
        If `start_tokens` is no vector, `end_token` no scalar, or the state is not tiled.

    References
    ----------
    .. [1] Y. Wu et al., Google's Neural Machine Translation System, 2016

    Examples
    --------
    >>> table, cell = tf.ones([6, 3]), tf.nn.rnn_cell.GRUCell(4)
    >>> state = tf.contrib.seq2seq.tile_batch(cell.zero_state(2, tf.float32), 3)
    >>> decoder = tf.contrib.seq2seq.BeamSearchDecoder(
    ...     cell, table, [1, 1], 0, state, beam_width=3, output_layer=tf.layers.Dense(6))
    >>> outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=5)
    >>> outputs.predicted_ids.shape.as_list()
    [2, None, 3]
    """

    def __init__(
        self,
        cell: Any,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        initial_state: Any,
        beam_width: int,
        output_layer: Any = None,
        length_penalty_weight: Any = 0.0,
        coverage_penalty_weight: Any = 0.0,
        reorder_tensor_arrays: bool = True,
    ) -> None:
        assert_like_rnncell("cell", cell)
        check_layer(output_layer)
        self._cell = cell
        self._output_layer = output_layer
        self._beam_width = beam_width
        self._length_penalty_weight = length_penalty_weight
        self._coverage_penalty_weight = coverage_penalty_weight
        self._sorts_arrays = reorder_tensor_arrays
        self._embedding_fn = lookup_in(embedding)
        start, self._end_token = token_tensors(start_tokens, end_token)
        self._batch_size = size(start_tokens)
        self._initial_cell_state = self._split_state(initial_state)
        start = tile(expand_dims(start, 1), [1, beam_width])
        self._start_inputs = self._embedding_fn(start)
        # All beams begin alike. So only the first is open, and the others cannot repeat it.
        self._finished = self._first_of_beams(False, True, dtypes.bool)

    def _first_of_beams(self, first: Any, others: Any, dtype: Any) -> Tensor:
        return one_hot(
            zeros([self._batch_size], dtype=dtypes.int32),
            depth=self._beam_width,
            on_value=first,
            off_value=others,
            dtype=dtype,
        )

    @property
    def batch_size(self) -> Any:
        return self._batch_size

    @property
    def tracks_own_finished(self) -> bool:
        return True

    @property
    def output_size(self) -> BeamSearchDecoderOutput:
        beams = TensorShape.of((self._beam_width,))
        return BeamSearchDecoderOutput(scores=beams, predicted_ids=beams, parent_ids=beams)

    @property
    def output_dtype(self) -> BeamSearchDecoderOutput:
        structure = projected_size(self._cell, self._output_layer)
        return BeamSearchDecoderOutput(
            scores=nest.map_structure(lambda _: self._dtype, structure),
            predicted_ids=dtypes.int32,
            parent_ids=dtypes.int32,
        )

    @property
    def _dtype(self) -> Any:
        return nest.flatten(self._initial_cell_state)[0].dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        dtype = self._dtype
        log_probs = self._first_of_beams(
            convert_to_tensor(0.0, dtype=dtype), convert_to_tensor(-np.inf, dtype=dtype), dtype
        )
        attention = attention_of(self._initial_cell_state, self._coverage_penalty_weight)
        state = BeamSearchDecoderState(
            cell_state=self._initial_cell_state,
            log_probs=log_probs,
            finished=self._finished,
            lengths=zeros([self._batch_size, self._beam_width], dtype=dtypes.int64),
            accumulated_attention_probs=() if attention is None else attention,
        )
        return self._finished, self._start_inputs, state

    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState, Any, Any]:
        values = nest.flatten((time, inputs, state))
        with name_scope(name, "BeamSearchDecoderStep", values):
            inputs = nest.map_structure(lambda t: self._merged(t, t.shape[2:]), inputs)
            outputs, cell_state = self._cell(inputs, self._merge_state(state.cell_state))
            outputs = nest.map_structure(lambda t: self._split(t, t.shape[1:]), outputs)
            cell_state = self._split_state(cell_state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            step = BeamStep(
                self._batch_size,
                self._beam_width,
                self._end_token,
                self._length_penalty_weight,
                self._coverage_penalty_weight,
            )
            written, following = step.take(time, outputs, cell_state, state)
            next_inputs = cond(
                reduce_all(following.finished),
                lambda: self._start_inputs,
                lambda: self._embedding_fn(written.predicted_ids),
            )
        return written, following, next_inputs, following.finished

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> tuple[Any, Any]:
        longest = cast(reduce_max(final_state.lengths, axis=1), dtypes.int32)
        symbols = gather_tree(outputs.predicted_ids, outputs.parent_ids, longest, self._end_token)
        if self._sorts_arrays:
            cell_state = nest.map_structure(
                lambda part: sorted_by_beam(
                    part,
                    outputs.parent_ids,
                    final_state.lengths,
                    self._batch_size,
                    self._beam_width,
                ),
                final_state.cell_state,
            )
            final_state = final_state._replace(cell_state=cell_state)
        return FinalBeamSearchDecoderOutput(symbols, outputs), final_state

    # -- one batch of all beams, and beams within a batch ----------------------------------------

    def _merged(self, t: Tensor, rest: Any) -> Tensor:
        """Return ``(batch, beams, ...)`` as ``(batch * beams, ...)``."""
        sizes = shape_of(t)
        rows = self._batch_size * self._beam_width
        result = reshape(t, concat(([rows], sizes[2:]), 0))
        known = self._batch_size.static_value()
        result.set_shape(
            TensorShape.of((None if known is None else int(known) * self._beam_width,)).concatenate(
                _known_shape(rest)
            )
        )
        return result

    def _split(self, t: Tensor, rest: Any) -> Tensor:
        """Return ``(batch * beams, ...)`` as ``(batch, beams, ...)``."""
        sizes = shape_of(t)
        result = reshape(t, concat(([self._batch_size, self._beam_width], sizes[1:]), 0))
        known = self._batch_size.static_value()
        expected = TensorShape.of(
            (None if known is None else int(known), self._beam_width)
        ).concatenate(_known_shape(rest))
        if not result.shape.is_compatible_with(expected):
            raise ValueError(
                "Unexpected behavior when reshaping between beam width and batch size.  The "
                f"reshaped tensor has shape: {result.shape}.  We expected it to have shape "
                f"(batch_size, beam_width, depth) == {expected}.  Perhaps you forgot to create a "
                "zero_state with batch_size=encoder_batch_size * beam_width?"
            )
        result.set_shape(expected)
        return result

    def _split_state(self, state: Any) -> Any:
        def split(part: Any, rest: Any) -> Any:
            if isinstance(part, TensorArray) or checked_rank(part) < 1:
                return part
            return self._split(part, rest)

        return nest.map_structure(split, state, self._cell.state_size)

    def _merge_state(self, state: Any) -> Any:
        def merged(part: Any, rest: Any) -> Any:
            if isinstance(part, TensorArray) or checked_rank(part) < 2:
                return part
            return self._merged(part, rest)

        return nest.map_structure(merged, state, self._cell.state_size)


def _known_shape(size: Any) -> TensorShape:
    """Return what is known of a size: a number, a shape or a tensor."""
    return as_shape(size.static_value() if isinstance(size, Tensor) else size)
