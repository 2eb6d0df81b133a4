"""Decoders unrolled in the graph that look at the outputs of an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.array import reshape
from flowgraph.ops.convolution import conv2d
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.embedding import embedding_lookup
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.packing import stack
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.softmax import softmax
from flowgraph.ops.transcendental import tanh
from flowgraph.rnn.linear import Linear
from flowgraph.seq2seq.legacy_decoders import LoopFunction, embed_likeliest
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope


def attention_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    attention_states: Tensor,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: LoopFunction | None = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Tensor], Any]:
    """Apply a cell to a list of inputs, with attention to given states [1]_.

    A step maps its input and what the last step saw to the cell's input; the state after it
    is the query, and the output a linear function of the cell's and what is seen now.

    Parameters
    ----------
    decoder_inputs : list of Tensor
        ``(batch, size)`` for each step.
    initial_state : Tensor or nested structure of Tensor
    attention_states : Tensor
        ``(batch, time, size)``.
    cell : RNNCell
    output_size : int, optional
        The cell's by default.
    num_heads : int
        How many times to look.
    loop_function : callable, optional
        As for `rnn_decoder`.
    dtype : DType, optional
        The scope's by default.
    scope : str or VariableScope, optional
        ``"attention_decoder"`` by default.
    initial_state_attention : bool
        Look with the initial state before the first step, which else sees zeros.

    Returns
    -------
    outputs : list of Tensor
        ``(batch, output_size)`` for each step.
    state : Tensor or nested structure of Tensor
        The last one.

    Raises
    ------
    ValueError
        If there are no inputs or heads, or a size is not known.

    References
    ----------
    .. [1] O. Vinyals et al., Grammar as a Foreign Language, 2015

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.attention_decoder(
    ...     [tf.ones([2, 4])] * 3, cell.zero_state(2, tf.float32), tf.ones([2, 5, 6]), cell)
    >>> len(outputs), outputs[0].shape.as_list()
    (3, [2, 3])
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.shape[2].value is None:
        raise ValueError(f"Shape[2] of attention_states must be known: {attention_states.shape}")
    if output_size is None:
        output_size = cell.output_size
    with variable_scope(scope or "attention_decoder", dtype=dtype) as opened:
        batch_size = shape_of(decoder_inputs[0])[0]
        heads = _Heads(attention_states, num_heads, opened.dtype)
        state = initial_state
        outputs: list[Tensor] = []
        seen = heads.nothing(batch_size)
        if initial_state_attention:
            seen = heads.look(initial_state)
        for step, given in enumerate(decoder_inputs):
            if step > 0:
                get_variable_scope().reuse_variables()
            if step > 0 and loop_function is not None:
                with variable_scope("loop_function", reuse=True):
                    given = loop_function(outputs[-1], step)
            size = given.shape.with_rank(2)[1].value
            if size is None:
                raise ValueError(f"Could not infer input size from input: {given.name}")
            inputs = [cast(part, opened.dtype) for part in (given, *seen)]
            output, state = cell(Linear(inputs, size)(inputs), state)
            if step == 0 and initial_state_attention:
                with variable_scope(get_variable_scope(), reuse=True):
                    seen = heads.look(state)
            else:
                seen = heads.look(state)
            with variable_scope("AttnOutputProjection"):
                inputs = [cast(output, opened.dtype), *seen]
                outputs.append(Linear(inputs, output_size)(inputs))
    return outputs, state


class _Heads:
    """What looks at the states, each with weights of its own."""

    def __init__(self, states: Tensor, count: int, dtype: Any) -> None:
        self._dtype = dtype
        self._length = states.shape[1].value
        if self._length is None:
            self._length = shape_of(states)[1]
        self._size = size = states.shape[2].value
        self._states = reshape(states, [-1, self._length, 1, size])
        self._keys, self._v = [], []
        for head in range(count):
            kernel: Any = get_variable(f"AttnW_{head}", [1, 1, size, size], dtype=dtype)
            self._keys.append(conv2d(self._states, kernel, [1, 1, 1, 1], "SAME"))
            self._v.append(get_variable(f"AttnV_{head}", [size], dtype=dtype))

    def nothing(self, batch_size: Tensor) -> list[Tensor]:
        """Return what is seen before the first step."""
        shape = stack([batch_size, self._size])
        seen = [zeros(shape, dtype=self._dtype) for _ in self._keys]
        for part in seen:
            part.set_shape([None, self._size])
        return seen

    def look(self, query: Any) -> list[Tensor]:
        """Return what each head sees with a query, which may be a structure."""
        if nest.is_sequence(query):
            query = concat(nest.flatten(query), 1)
        seen = []
        for head, (key, v) in enumerate(zip(self._keys, self._v, strict=True)):
            with variable_scope(f"Attention_{head}"):
                y = Linear([query], self._size)([query])
                y = cast(reshape(y, [-1, 1, 1, self._size]), self._dtype)
                score = reduce_sum(v * tanh(key + y), [2, 3])
                weights = cast(softmax(cast(score, dtypes.float32)), self._dtype)
                weights = reshape(weights, [-1, self._length, 1, 1])
                context = reduce_sum(weights * self._states, [1, 2])
                seen.append(reshape(context, [-1, self._size]))
        return seen


def embedding_attention_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    attention_states: Tensor,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Tensor], Any]:
    """Apply `attention_decoder` to the vectors of symbols, given ones or its own.

    Parameters
    ----------
    decoder_inputs : list of Tensor
        int32, ``(batch,)`` for each step.
    initial_state, attention_states, cell, num_heads, output_size, initial_state_attention
        As for `attention_decoder`.
    num_symbols, embedding_size : int
        The sizes of the table of vectors.
    output_projection, feed_previous, update_embedding_for_previous
        As for `embedding_rnn_decoder`.
    dtype : DType, optional
        The scope's by default.
    scope : str or VariableScope, optional
        ``"embedding_attention_decoder"`` by default.

    Returns
    -------
    outputs : list of Tensor
    state : Tensor or nested structure of Tensor

    Raises
    ------
    ValueError
        If the projection does not fit, or as for `attention_decoder`.

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_attention_decoder(
    ...     [tf.constant([1, 2])] * 4, cell.zero_state(2, tf.float32), tf.ones([2, 5, 6]),
    ...     cell, num_symbols=7, embedding_size=2, output_size=7, feed_previous=True)
    >>> len(outputs), outputs[0].shape.as_list()
    (4, [2, 7])
    """
    if output_size is None:
        output_size = cell.output_size
    if output_projection is not None:
        biases = convert_to_tensor(output_projection[1], dtype=dtype)
        biases.shape.assert_is_compatible_with([num_symbols])
    with variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = embed_likeliest(
                embedding, output_projection, update_embedding_for_previous
            )
        vectors = [embedding_lookup(embedding, symbols) for symbols in decoder_inputs]
        return attention_decoder(
            vectors,
            initial_state,
            attention_states,
            cell,
            output_size=output_size,
            num_heads=num_heads,
            loop_function=loop_function,
            initial_state_attention=initial_state_attention,
        )
