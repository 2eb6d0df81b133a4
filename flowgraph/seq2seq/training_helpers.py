"""Helpers that feed a decoder with given sequences, or now and then with what it wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.comparison import equal, logical_not, logical_or
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import cast, convert_to_tensor, size
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import fill, zeros_like
from flowgraph.ops.joining import concat
from flowgraph.ops.ranking import argmax
from flowgraph.ops.reduction import reduce_all, reduce_any
from flowgraph.ops.scattering import gather_nd, scatter_nd
from flowgraph.ops.selection import where
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.rnn.time_axis import transpose_batch_time
from flowgraph.seq2seq.helper import SymbolHelper
from flowgraph.seq2seq.projection import lookup_in
from flowgraph.seq2seq.sampling import bernoulli_sample, categorical_sample


def _steps(x: Tensor) -> TensorArray:
    """Return the steps of a tensor with the time in front."""
    array = TensorArray(x.dtype, size=shape_of(x)[0], element_shape=x.shape[1:])
    return array.unstack(x)


def _probability(sampling_probability: Any) -> Tensor:
    tensor = convert_to_tensor(sampling_probability, name="sampling_probability")
    if tensor.shape.rank not in (0, 1):
        raise ValueError(
            f"sampling_probability must be either a scalar or a vector. saw shape: {tensor.shape}"
        )
    return tensor


class TrainingHelper(SymbolHelper):
    """Gives the steps of given sequences, whatever the decoder writes.

    Its symbols are the likeliest ones.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, time, size)``.
    sequence_length : Tensor
        int32, ``(batch,)``: how many steps of each sequence to take.
    time_major : bool
        Inputs are ``(time, batch, size)``.
    name : str, optional

    Raises
    ------
    ValueError
        If `sequence_length` is no vector.

    Examples
    --------
    >>> helper = tf.contrib.seq2seq.TrainingHelper(tf.ones([2, 4, 3]), [4, 0])
    >>> finished, first = helper.initialize()
    >>> tf.Session().run(finished), first.shape.as_list()
    (array([False,  True]), [2, 3])
    """

    def __init__(
        self, inputs: Any, sequence_length: Any, time_major: bool = False, name: str | None = None
    ) -> None:
        with name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            self._inputs = convert_to_tensor(inputs, name="inputs")
            steps = self._inputs if time_major else transpose_batch_time(self._inputs)
            self._steps = _steps(steps)
            self._sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.shape.rank != 1:
                raise ValueError(
                    "Expected sequence_length to be a vector, but received shape: "
                    f"{self._sequence_length.shape}"
                )
            self._zero_inputs = zeros_like(steps[0, :])
            self._batch_size = size(sequence_length)

    @property
    def inputs(self) -> Tensor:
        """The sequences."""
        return self._inputs

    @property
    def sequence_length(self) -> Tensor:
        """How many steps of each sequence are taken."""
        return self._sequence_length

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        with name_scope(name, "TrainingHelperInitialize"):
            finished = equal(0, self._sequence_length)
            return finished, self._step_or_zeros(finished, 0)

    def _step_or_zeros(self, finished: Tensor, time: Any) -> Any:
        return cond(reduce_all(finished), lambda: self._zero_inputs, lambda: self._steps.read(time))

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        with name_scope(name, "TrainingHelperSample", nest.flatten([time, outputs])):
            return cast(argmax(outputs, axis=-1), dtypes.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        values = nest.flatten([time, outputs, state])
        with name_scope(name, "TrainingHelperNextInputs", values):
            following = time + 1
            finished = following >= self._sequence_length
            return finished, self._step_or_zeros(finished, following), state


def _where_rows(condition: Tensor) -> Tensor:
    return cast(where(condition), dtypes.int32)


def _replaced(rows: Tensor, others: Tensor, make_rows: Callable[[], Tensor], base: Tensor) -> Any:
    """Return `base` with what `make_rows` makes in the place of some rows."""
    kept = gather_nd(base, others)
    made = make_rows()
    shape = shape_of(base)
    return scatter_nd(rows, made, shape) + scatter_nd(others, kept, shape)


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """Gives a step of given sequences, or with some probability a symbol drawn instead [1]_.

    Its symbols are the draws, and -1 where there is none.

    Parameters
    ----------
    inputs, sequence_length, time_major, name
        As for `TrainingHelper`.
    embedding : Tensor or callable
        A table of vectors, or a function from symbols to vectors.
    sampling_probability : float or Tensor
        A scalar: how often to draw.
    seed : int, optional
        Of the symbols.
    scheduling_seed : int, optional
        Of the decisions.

    Raises
    ------
    ValueError
        If `sampling_probability` is neither a scalar nor a vector.

    References
    ----------
    .. [1] S. Bengio et al., Scheduled Sampling for Sequence Prediction with Recurrent Neural
       Networks, 2015

    Examples
    --------
    >>> helper = tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper(
    ...     tf.ones([2, 4, 3]), [4, 4], tf.ones([6, 3]), sampling_probability=0.0)
    >>> tf.Session().run(helper.sample(tf.constant(0), tf.ones([2, 6]), ()))
    array([-1, -1], dtype=int32)
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
        name: str | None = None,
    ) -> None:
        values = [embedding, sampling_probability]
        with name_scope(name, "ScheduledEmbeddingSamplingWrapper", values):
            self._embedding_fn = lookup_in(embedding)
            self._sampling_probability = _probability(sampling_probability)
            self._seed = seed
            self._scheduling_seed = scheduling_seed
            super().__init__(inputs, sequence_length, time_major, name)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        values = nest.flatten([time, outputs, state])
        with name_scope(name, "ScheduledEmbeddingTrainingHelperSample", values):
            is_drawn = bernoulli_sample(
                self._sampling_probability, self._batch_size, dtypes.bool, self._scheduling_seed
            )
            symbols = categorical_sample(outputs, seed=self._seed)
            return where(is_drawn, symbols, fill([self._batch_size], -1))

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        values = nest.flatten([time, outputs, state, sample_ids])
        with name_scope(name, "ScheduledEmbeddingTrainingHelperNextInputs", values):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids, name)

            def mixed() -> Any:
                drawn, others = _where_rows(sample_ids > -1), _where_rows(sample_ids <= -1)
                symbols = gather_nd(sample_ids, drawn)
                return _replaced(drawn, others, lambda: self._embedding_fn(symbols), given)

            return finished, cond(reduce_all(finished), lambda: given, mixed), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """Gives a step of given sequences, or with some probability the decoder's output instead.

    Its symbols are 1 where the output is taken, and 0 elsewhere.

    Parameters
    ----------
    inputs, sequence_length, time_major, name
        As for `TrainingHelper`.
    sampling_probability : float or Tensor
        A scalar: how often to take the output.
    seed : int, optional
    next_inputs_fn : callable, optional
        Makes an input of an output; by default it is one already.
    auxiliary_inputs : Tensor, optional
        ``(batch, time, size)``: put beside the inputs, and beside the outputs taken.

    Raises
    ------
    ValueError
        If `sampling_probability` is neither a scalar nor a vector.

    Examples
    --------
    >>> helper = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(
    ...     tf.ones([2, 4, 3]), [4, 4], sampling_probability=1.0)
    >>> tf.Session().run(helper.sample(tf.constant(0), tf.ones([2, 3]), ()))
    array([1, 1], dtype=int32)
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        next_inputs_fn: Callable[[Any], Any] | None = None,
        auxiliary_inputs: Any = None,
        name: str | None = None,
    ) -> None:
        values = [inputs, auxiliary_inputs, sampling_probability]
        with name_scope(name, "ScheduledOutputTrainingHelper", values):
            self._sampling_probability = _probability(sampling_probability)
            self._auxiliary: TensorArray | None = None
            if auxiliary_inputs is not None:
                inputs = convert_to_tensor(inputs, name="inputs")
                beside = convert_to_tensor(auxiliary_inputs, name="auxiliary_inputs")
                inputs = concat([inputs, beside], -1)
                self._auxiliary = _steps(beside if time_major else transpose_batch_time(beside))
            self._seed = seed
            self._next_inputs_fn = next_inputs_fn
            super().__init__(inputs, sequence_length, time_major, name)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        values = nest.flatten([time, outputs, state])
        with name_scope(name, "ScheduledOutputTrainingHelperSample", values):
            return bernoulli_sample(self._sampling_probability, self._batch_size, seed=self._seed)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        values = nest.flatten([time, outputs, state, sample_ids])
        with name_scope(name, "ScheduledOutputTrainingHelperNextInputs", values):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids, name)
            is_taken = cast(sample_ids, dtypes.bool)

            def mixed() -> Any:
                make = self._next_inputs_fn
                if make is None:
                    return where(is_taken, self._completed(outputs, time), given)
                taken, others = _where_rows(is_taken), _where_rows(logical_not(is_taken))
                rows = gather_nd(outputs, taken)
                return _replaced(
                    taken, others, lambda: self._completed(make(rows), time, taken), given
                )

            all_finished = reduce_all(finished)
            none_taken = logical_not(reduce_any(is_taken))
            inputs = cond(logical_or(all_finished, none_taken), lambda: given, mixed)
            return finished, inputs, state

    def _completed(self, outputs: Tensor, time: Any, rows: Tensor | None = None) -> Tensor:
        """Return outputs with the auxiliary inputs of the next step beside them."""
        if self._auxiliary is None:
            return outputs
        beside = self._auxiliary.read(time + 1)
        if rows is not None:
            beside = gather_nd(beside, rows)
        return concat([outputs, beside], -1)
