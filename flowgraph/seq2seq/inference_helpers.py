"""Helpers that feed a decoder with what it wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.comparison import equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import convert_to_tensor, size
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.ranking import argmax
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_all
from flowgraph.seq2seq.helper import Helper, SymbolHelper
from flowgraph.seq2seq.projection import lookup_in
from flowgraph.seq2seq.sampling import categorical_sample
from flowgraph.shapes import TensorShape


def token_tensors(start_tokens: Any, end_token: Any) -> tuple[Tensor, Tensor]:
    """Return the symbols to begin with and the one that ends, once they are checked."""
    start = convert_to_tensor(start_tokens, dtype=dtypes.int32, name="start_tokens")
    end = convert_to_tensor(end_token, dtype=dtypes.int32, name="end_token")
    if start.shape.rank != 1:
        raise ValueError("start_tokens must be a vector")
    if end.shape.rank != 0:
        raise ValueError("end_token must be a scalar")
    return start, end


class GreedyEmbeddingHelper(SymbolHelper):
    """Chooses the likeliest symbol, and gives its vector as the next input.

    Parameters
    ----------
    embedding : Tensor or callable
        A table of vectors, or a function from symbols to vectors.
    start_tokens : Tensor
        int32, ``(batch,)``: the symbols to begin with.
    end_token : Tensor
        int32, a scalar: the symbol that ends a sequence.

    Raises
    ------
    ValueError
        If `start_tokens` is no vector or `end_token` no scalar.

    Examples
    --------
    >>> table = tf.one_hot([1, 2, 0], 3)  # what follows 0, 1 and 2
    >>> class Echo(tf.nn.rnn_cell.RNNCell):
    ...     state_size = output_size = 3
    ...     def call(self, inputs, state):
    ...         return inputs, state
    >>> helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(table, [0], end_token=0)
    >>> decoder = tf.contrib.seq2seq.BasicDecoder(Echo(), helper, tf.zeros([1, 3]))
    >>> outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(decoder)
    >>> tf.Session().run(outputs.sample_id)
    array([[1, 2, 0]], dtype=int32)
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        self._embedding_fn = lookup_in(embedding)
        start, self._end_token = token_tensors(start_tokens, end_token)
        self._batch_size = size(start_tokens)
        self._start_inputs = self._embedding_fn(start)

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        return tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        return argmax(_logits(outputs), axis=-1, output_type=dtypes.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        finished = equal(sample_ids, self._end_token)
        inputs = cond(
            reduce_all(finished),
            lambda: self._start_inputs,
            lambda: self._embedding_fn(sample_ids),
        )
        return finished, inputs, state


def _logits(outputs: Any) -> Tensor:
    if not isinstance(outputs, Tensor):
        raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")
    return outputs


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Draws a symbol, and gives its vector as the next input.

    Parameters
    ----------
    embedding, start_tokens, end_token
        As for `GreedyEmbeddingHelper`.
    softmax_temperature : float or Tensor, optional
        Logits are divided by it: the greater, the more even the draws.
    seed : int, optional

    Raises
    ------
    ValueError
        If `start_tokens` is no vector or `end_token` no scalar.

    Examples
    --------
    >>> helper = tf.contrib.seq2seq.SampleEmbeddingHelper(tf.ones([6, 3]), [1, 1], end_token=0)
    >>> finished, inputs = helper.initialize()
    >>> inputs.shape.as_list()
    [2, 3]
    """

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature = softmax_temperature
        self._seed = seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        logits = _logits(outputs)
        if self._softmax_temperature is not None:
            logits = logits / self._softmax_temperature
        return categorical_sample(logits, seed=self._seed)


class InferenceHelper(Helper):
    """Chooses symbols with a function, and makes the next input of them with another.

    Parameters
    ----------
    sample_fn : callable
        Takes the outputs of a step and returns the symbols.
    sample_shape : list of int or TensorShape
        Of a symbol, without the batch.
    sample_dtype : DType
    start_inputs : Tensor
        The first inputs.
    end_fn : callable
        Takes the symbols and returns which sequences they end.
    next_inputs_fn : callable, optional
        Takes the symbols and returns the next inputs; by default the symbols themselves.

    Examples
    --------
    >>> helper = tf.contrib.seq2seq.InferenceHelper(
    ...     sample_fn=lambda outputs: outputs, sample_shape=[2], sample_dtype=tf.float32,
    ...     start_inputs=tf.zeros([1, 2]), end_fn=lambda ids: tf.tile([True], [1]))
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(2)
    >>> decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(1, tf.float32))
    >>> tf.contrib.seq2seq.dynamic_decode(decoder)[0].sample_id.shape.as_list()
    [1, None, 2]
    """

    def __init__(
        self,
        sample_fn: Callable[[Any], Any],
        sample_shape: Any,
        sample_dtype: Any,
        start_inputs: Any,
        end_fn: Callable[[Any], Any],
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        self._sample_fn = sample_fn
        self._end_fn = end_fn
        self._sample_shape = TensorShape(sample_shape)
        self._sample_dtype = sample_dtype
        self._next_inputs_fn = next_inputs_fn
        self._batch_size = shape_of(start_inputs)[0]
        self._start_inputs = convert_to_tensor(start_inputs, name="start_inputs")

    @property
    def batch_size(self) -> Any:
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        return self._sample_shape

    @property
    def sample_ids_dtype(self) -> Any:
        return self._sample_dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        return tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        return self._sample_fn(outputs)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        inputs = sample_ids if self._next_inputs_fn is None else self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), inputs, state
