"""One step of a beam search."""

from __future__ import annotations

from typing import Any, NamedTuple

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.comparison import equal, logical_not, logical_or
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.division import div, floormod
from flowgraph.ops.filling import fill, ones_like
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import minimum
from flowgraph.ops.masking import one_hot
from flowgraph.ops.ranking import top_k
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_mean, reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range as range_of
from flowgraph.ops.softmax import log_softmax
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.ops.transcendental import log
from flowgraph.seq2seq.attention_state import AttentionWrapperState
from flowgraph.shapes import TensorShape


class BeamSearchDecoderState(NamedTuple):
    """The state of a beam search.

    Attributes
    ----------
    cell_state : Tensor or nested structure of Tensor
        ``(batch, beams, ...)``.
    log_probs : Tensor
        ``(batch, beams)``: the logarithm of each sequence's probability.
    finished : Tensor
        bool, ``(batch, beams)``.
    lengths : Tensor
        int64, ``(batch, beams)``.
    accumulated_attention_probs : Tensor
        The sum of the alignments so far; ``()`` without a penalty for coverage.

    Examples
    --------
    >>> tf.contrib.seq2seq.BeamSearchDecoderState(1, 2, 3, 4, ()).log_probs
    2
    """

    cell_state: Any
    log_probs: Any
    finished: Any
    lengths: Any
    accumulated_attention_probs: Any


class BeamSearchDecoderOutput(NamedTuple):
    """What a step of a beam search gives, each ``(batch, beams)``.

    Attributes
    ----------
    scores : Tensor
        The greatest first.
    predicted_ids : Tensor
        int32: the symbol added.
    parent_ids : Tensor
        int32: the beam it is added to.

    Examples
    --------
    >>> tf.contrib.seq2seq.BeamSearchDecoderOutput(1, 2, 3).parent_ids
    3
    """

    scores: Any
    predicted_ids: Any
    parent_ids: Any


class BeamStep(NamedTuple):
    """What does not change from step to step."""

    batch_size: Any
    beam_width: int
    end_token: Tensor
    length_penalty_weight: Any
    coverage_penalty_weight: Any

    def take(
        self, time: Any, logits: Tensor, cell_state: Any, before: BeamSearchDecoderState
    ) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState]:
        """Return the symbols that continue the likeliest sequences, and the next state.

        Parameters
        ----------
        time : Tensor
        logits : Tensor
            ``(batch, beams, symbols)``.
        cell_state : Tensor or nested structure of Tensor
            ``(batch, beams, ...)``, after the step.
        before : BeamSearchDecoderState
        """
        is_open = logical_not(before.finished)
        step_log_probs = self._finished_ends(log_softmax(logits), before.finished)
        log_probs = expand_dims(before.log_probs, 2) + step_log_probs
        symbols = logits.shape[-1].value or shape_of(logits)[-1]
        lengths = self._lengths_with_each(symbols, is_open, before.lengths)
        attention = attention_of(cell_state, self.coverage_penalty_weight)
        if attention is not None:
            attention = attention * expand_dims(cast(is_open, dtypes.float32), 2)
            attention = before.accumulated_attention_probs + attention
        scores = self._scores(log_probs, lengths, before.finished, attention)
        convert_to_tensor(time, name="time")
        flat = reshape(scores, [self.batch_size, -1])
        width = convert_to_tensor(self.beam_width, dtype=dtypes.int32, name="beam_width")
        best, places = top_k(flat, k=width)
        known = self.batch_size.static_value()
        for tensor in (best, places):
            tensor.set_shape([None if known is None else int(known), self.beam_width])
        next_log_probs = self._gathered(
            places, log_probs, self.beam_width * symbols, [-1], "next_beam_probs"
        )
        written = cast(floormod(places, symbols, name="next_beam_word_ids"), dtypes.int32)
        parents = cast(places / symbols, dtypes.int32, name="next_beam_parent_ids")
        was_finished = self._of_parents(parents, before.finished, [-1])
        finished = logical_or(
            was_finished, equal(written, self.end_token), name="next_beam_finished"
        )
        added = cast(logical_not(was_finished), dtypes.int64)
        next_lengths = self._of_parents(parents, before.lengths, [-1]) + added
        kept: Any = ()
        if attention is not None:
            name = "next_accumulated_attention_probs"
            kept = self._of_parents(parents, attention, self._rows(), name)
        following = BeamSearchDecoderState(
            cell_state=nest.map_structure(
                lambda part: self._state_of_parents(parents, part), cell_state
            ),
            log_probs=next_log_probs,
            finished=finished,
            lengths=next_lengths,
            accumulated_attention_probs=kept,
        )
        return BeamSearchDecoderOutput(best, written, parents), following

    def _finished_ends(self, log_probs: Tensor, finished: Tensor) -> Tensor:
        """Return log probabilities with which a finished sequence goes on with its end alone."""
        symbols = shape_of(log_probs)[2]
        dtype = log_probs.dtype
        row = one_hot(
            self.end_token,
            symbols,
            dtype=dtype,
            on_value=convert_to_tensor(0.0, dtype=dtype),
            off_value=dtype.min,
        )
        rows = tile(reshape(row, [1, 1, -1]), concat([shape_of(finished), [1]], 0))
        mask = tile(expand_dims(finished, 2), [1, 1, symbols])
        return where(mask, rows, log_probs)

    def _lengths_with_each(self, symbols: Any, is_open: Tensor, lengths: Tensor) -> Tensor:
        """Return the length of each sequence with each symbol, of which the end counts nothing."""
        added = one_hot(
            indices=fill([self.batch_size, self.beam_width], self.end_token),
            depth=symbols,
            on_value=cast(0, dtypes.int64, name="ToInt64"),
            off_value=cast(1, dtypes.int64, name="ToInt64"),
            dtype=dtypes.int64,
        )
        added = added * expand_dims(cast(is_open, dtypes.int64), 2)
        return added + expand_dims(lengths, 2)

    def _scores(
        self, log_probs: Tensor, lengths: Tensor, finished: Tensor, attention: Tensor | None
    ) -> Tensor:
        penalty = cast(_length_penalty(lengths, self.length_penalty_weight), log_probs.dtype)
        scores: Tensor = log_probs / penalty
        weight = convert_to_tensor(self.coverage_penalty_weight, name="coverage_penalty_weight")
        if weight.shape.rank != 0:
            raise ValueError(
                f"coverage_penalty_weight should be a scalar, but saw shape: {weight.shape}"
            )
        if attention is None:
            return scores
        # A step that was never looked at would weigh infinitely much.
        seen = where(equal(attention, 0.0), ones_like(attention), attention)
        coverage = reduce_sum(log(minimum(seen, 1.0)), 2)
        coverage = coverage * cast(finished, dtypes.float32) * weight
        return scores + expand_dims(coverage, 2)

    def _state_of_parents(self, parents: Tensor, part: Any) -> Any:
        rows = self._rows()
        if isinstance(part, TensorArray) or checked_rank(part) < 2:
            return part
        return self._of_parents(parents, part, rows)

    def _rows(self) -> list[Any]:
        """Return the shape in which each sequence of each beam is a row."""
        return [self.batch_size * self.beam_width, -1]

    def _of_parents(
        self, parents: Tensor, values: Tensor, shape: list[Any], name: str | None = None
    ) -> Tensor:
        return self._gathered(parents, values, self.beam_width, shape, name)

    def _gathered(
        self, indices: Tensor, values: Tensor, size: Any, shape: list[Any], name: str | None = None
    ) -> Tensor:
        """Return elements or rows of values, by indices within each row of the batch."""
        with name_scope(name, "tensor_gather_helper"):
            first = expand_dims(range_of(self.batch_size) * size, 1)
            flat = reshape(indices + first, [-1])
            found = gather(reshape(values, shape), flat)
            result = reshape(found, shape_of(values)[: 1 + len(shape)], name="output")
            known = self.batch_size.static_value()
            rest = values.shape[1 : 1 + len(shape)]
            rows = TensorShape.of((None if known is None else int(known),))
            result.set_shape(rows.concatenate(rest))
            return result


def checked_rank(t: Tensor) -> int:
    """Return the rank of a tensor; ValueError if it is not known."""
    known = t.shape.rank
    if known is None:
        raise ValueError(f"Expected tensor ({t}) to have known rank, but ndims == None.")
    return known


def attention_of(cell_state: Any, coverage_penalty_weight: Any) -> Tensor | None:
    """Return the alignments of a cell's state, the mean where there are several.

    ``None`` if there is no penalty for coverage.

    Raises
    ------
    ValueError
        If there is one and the cell has no attention.
    """
    if coverage_penalty_weight == 0.0:
        return None
    states = [cell_state]
    if isinstance(cell_state, tuple) and not isinstance(cell_state, AttentionWrapperState):
        states = list(cell_state)
    found = [
        _mean(state.alignments) if isinstance(state.alignments, tuple) else state.alignments
        for state in states
        if isinstance(state, AttentionWrapperState)
    ]
    if not found:
        raise ValueError("coverage_penalty_weight must be 0.0 if no cell is attentional.")
    return found[0] if len(found) == 1 else _mean(found)


def _mean(alignments: Any) -> Tensor:
    return reduce_mean(concat([expand_dims(each, -1) for each in alignments], -1), -1)


def _length_penalty(lengths: Tensor, weight: Any) -> Any:
    weight = convert_to_tensor(weight, name="penalty_factor")
    weight.set_shape(())
    known = weight.static_value()
    if known is not None and known == 0:
        return 1.0
    return div((5.0 + cast(lengths, dtypes.float32)) ** weight, (5.0 + 1.0) ** weight)
