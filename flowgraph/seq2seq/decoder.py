"""``dynamic_decode``: a decoder makes sequences step by step, as many as it needs when it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.comparison import logical_not, logical_or
from flowgraph.ops.constant import constant
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import fill, zeros_like
from flowgraph.ops.looping import while_loop
from flowgraph.ops.reduction import reduce_all
from flowgraph.ops.selection import where
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.rnn.sizes import zero_states
from flowgraph.rnn.step import place_reads
from flowgraph.rnn.time_axis import transpose_batch_time
from flowgraph.shapes import TensorShape
from flowgraph.variables.variable_scope import variable_scope


class Decoder(ABC):
    """What `dynamic_decode` runs: the base of decoders, for classes of one's own.

    Examples
    --------
    >>> class Countdown(tf.contrib.seq2seq.Decoder):
    ...     batch_size, output_size, output_dtype = 1, tf.TensorShape([]), tf.int32
    ...     def initialize(self, name=None):
    ...         return tf.constant([False]), tf.constant([3]), ()
    ...     def step(self, time, inputs, state, name=None):
    ...         return inputs, state, inputs - 1, inputs <= 0
    >>> outputs, _, lengths = tf.contrib.seq2seq.dynamic_decode(Countdown())
    >>> tf.Session().run([outputs, lengths])
    [array([[3, 2, 1, 0]], dtype=int32), array([4], dtype=int32)]
    """

    @property
    def batch_size(self) -> Any:
        """How many sequences there are: an int or a tensor."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """The shapes of what a step gives, without the batch, in its structure."""
        raise NotImplementedError

    @property
    def output_dtype(self) -> Any:
        """The dtypes of what a step gives, in its structure."""
        raise NotImplementedError

    @abstractmethod
    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """Return which sequences are finished, the first inputs and the first state."""
        raise NotImplementedError

    @abstractmethod
    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[Any, Any, Any, Any]:
        """Return the outputs, the next state, the next inputs and which sequences are finished."""
        raise NotImplementedError

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> tuple[Any, Any]:
        """Return what to make of the outputs, time in front, and the final state.

        A decoder without a method of its own leaves both as they are.
        """
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """Whether a sequence that a step finds unfinished goes on, though it was finished before.

        So it is where sequences change places, as in a beam search.
        """
        return False


def dynamic_decode(
    decoder: Any,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
    **kwargs: Any,
) -> tuple[Any, Any, Tensor]:
    """Run a decoder until all sequences are finished.

    Parameters
    ----------
    decoder : Decoder
    output_time_major : bool
        Outputs are ``(time, batch, ...)``, which spares transpositions.
    impute_finished : bool
        After its end a sequence's outputs are zero and its state stays. It makes sure that
        the end does not enter gradients.
    maximum_iterations : int or Tensor, optional
        Stop after so many steps.
    parallel_iterations : int
        A hint: steps run one after the other here.
    swap_memory : bool
        A hint, for memory of devices.
    scope : str or VariableScope, optional
        ``"decoder"`` by default.
    **kwargs
        For decoders that are Keras layers, which are not here.

    Returns
    -------
    final_outputs : Tensor or nested structure of Tensor
        ``(batch, time, ...)``.
    final_state : Tensor or nested structure of Tensor
    final_sequence_lengths : Tensor
        int32, ``(batch,)``.

    Raises
    ------
    TypeError
        If `decoder` is no decoder.
    ValueError
        If `maximum_iterations` is no scalar, or a structure changes from step to step.
    NotImplementedError
        If there are further arguments.

    Notes
    -----
    Draws of symbols are made in the order of the steps. TensorFlow draws them in this order
    only with ``parallel_iterations=1``.

    Examples
    --------
    >>> helper = tf.contrib.seq2seq.TrainingHelper(tf.ones([2, 4, 3]), [4, 2])
    >>> cell = tf.nn.rnn_cell.GRUCell(5)
    >>> decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32))
    >>> outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder)
    >>> outputs.rnn_output.shape.as_list()
    [2, None, 5]
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    if kwargs:
        raise NotImplementedError(f"dynamic_decode with {', '.join(sorted(kwargs))}")
    with variable_scope(scope, "decoder") as opened:
        place_reads(opened)
        limit = maximum_iterations
        if limit is not None:
            limit = convert_to_tensor(limit, dtype=dtypes.int32, name="maximum_iterations")
            if limit.shape.rank != 0:
                raise ValueError("maximum_iterations must be a scalar")
        finished, inputs, state = decoder.initialize()
        zero = nest.map_structure(
            lambda size, dtype: zero_states(size, decoder.batch_size, dtype),
            decoder.output_size,
            decoder.output_dtype,
        )
        if limit is not None:
            finished = logical_or(finished, limit <= 0)
        lengths = zeros_like(finished, dtype=dtypes.int32)
        time = constant(0, dtype=dtypes.int32)
        arrays = nest.map_structure(
            lambda size, dtype: TensorArray(
                dtype, size=0, dynamic_size=True, element_shape=_row_shape(decoder, size)
            ),
            decoder.output_size,
            decoder.output_dtype,
        )
        _, arrays, state, _, _, lengths = while_loop(
            lambda time, arrays, state, inputs, finished, lengths: logical_not(
                reduce_all(finished)
            ),
            _turn(decoder, zero, impute_finished),
            (time, arrays, state, inputs, finished, lengths),
            parallel_iterations=parallel_iterations,
            maximum_iterations=limit,
            swap_memory=swap_memory,
        )
        outputs = nest.map_structure(lambda array: array.stack(), arrays)
        if type(decoder).finalize is not Decoder.finalize:
            outputs, state = decoder.finalize(outputs, state, lengths)
        if not output_time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
    return outputs, state, lengths


def _row_shape(decoder: Decoder, size: Any) -> TensorShape | None:
    """Return what is known of one step's output of a size, if that is a shape."""
    if not isinstance(size, TensorShape) or size.rank == 0:
        return None
    rows = convert_to_tensor(decoder.batch_size, name="batch_size").static_value()
    return TensorShape.of((None if rows is None else int(rows),)).concatenate(size)


def _turn(decoder: Decoder, zero: Any, imputes: bool) -> Any:
    """Return the body of the loop."""

    def turn(
        time: Tensor, arrays: Any, state: Any, inputs: Any, finished: Tensor, lengths: Tensor
    ) -> tuple[Any, ...]:
        outputs, following, next_inputs, now_finished = decoder.step(time, inputs, state)
        if not decoder.tracks_own_finished:
            now_finished = logical_or(now_finished, finished)
        lengths = where(logical_not(finished), fill(shape_of(lengths), time + 1), lengths)
        nest.assert_same_structure(state, following)
        nest.assert_same_structure(arrays, outputs)
        nest.assert_same_structure(inputs, next_inputs)
        if imputes:
            outputs = nest.map_structure(
                lambda output, nothing: where(finished, nothing, output), outputs, zero
            )
            following = nest.map_structure(
                lambda before, after: _kept(finished, before, after), state, following
            )
        arrays = nest.map_structure(lambda array, out: array.write(time, out), arrays, outputs)
        return time + 1, arrays, following, next_inputs, now_finished, lengths

    return turn


def _kept(finished: Tensor, before: Any, after: Any) -> Any:
    """Return the state of before in finished sequences. Arrays and scalars are always new."""
    if isinstance(before, TensorArray):
        return after
    after.set_shape(before.shape)
    return after if after.shape.rank == 0 else where(finished, before, after)
