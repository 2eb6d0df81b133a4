"""``Helper``: what a decoder asks for symbols and for the next inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.ops import nest
from flowgraph.ops.core import size
from flowgraph.shapes import TensorShape


class Helper(ABC):
    """Chooses symbols from the outputs of a step, and the next inputs: the base of helpers.

    Examples
    --------
    >>> issubclass(tf.contrib.seq2seq.TrainingHelper, tf.contrib.seq2seq.Helper)
    True
    """

    @property
    @abstractmethod
    def batch_size(self) -> Any:
        """How many sequences there are: an int or a tensor."""
        raise NotImplementedError("batch_size has not been implemented")

    @property
    @abstractmethod
    def sample_ids_shape(self) -> TensorShape:
        """The shape of a symbol, without the batch."""
        raise NotImplementedError("sample_ids_shape has not been implemented")

    @property
    @abstractmethod
    def sample_ids_dtype(self) -> Any:
        """The dtype of the symbols."""
        raise NotImplementedError("sample_ids_dtype has not been implemented")

    @abstractmethod
    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """Return which sequences are finished, and the first inputs."""

    @abstractmethod
    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Return the symbols that a step chooses."""

    @abstractmethod
    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        """Return which sequences are finished, the next inputs and the next state."""


class SymbolHelper(Helper):
    """A helper whose symbols are int32 scalars, for a batch of `_batch_size`."""

    _batch_size: Any

    @property
    def batch_size(self) -> Any:
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        return TensorShape([])

    @property
    def sample_ids_dtype(self) -> Any:
        return dtypes.int32


class CustomHelper(Helper):
    """A helper made of three functions.

    Parameters
    ----------
    initialize_fn : callable
        Takes nothing; returns which sequences are finished, and the first inputs.
    sample_fn : callable
        Takes ``time=``, ``outputs=`` and ``state=``; returns the symbols.
    next_inputs_fn : callable
        Takes ``time=``, ``outputs=``, ``state=`` and ``sample_ids=``; returns which sequences
        are finished, the next inputs and the next state.
    sample_ids_shape : list of int or TensorShape, optional
        Of one symbol; a scalar by default.
    sample_ids_dtype : DType, optional
        int32 by default.

    Examples
    --------
    >>> helper = tf.contrib.seq2seq.CustomHelper(
    ...     initialize_fn=lambda: (tf.constant([False]), tf.zeros([1, 2])),
    ...     sample_fn=lambda time, outputs, state: tf.argmax(outputs, -1, output_type=tf.int32),
    ...     next_inputs_fn=lambda time, outputs, state, sample_ids: (
    ...         time >= [2], outputs, state))
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(2)
    >>> decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(1, tf.float32))
    >>> _, _, lengths = tf.contrib.seq2seq.dynamic_decode(decoder)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(lengths))
    [3]
    """

    def __init__(
        self,
        initialize_fn: Callable[[], Any],
        sample_fn: Callable[..., Any],
        next_inputs_fn: Callable[..., Any],
        sample_ids_shape: Any = None,
        sample_ids_dtype: Any = None,
    ) -> None:
        self._initialize_fn = initialize_fn
        self._sample_fn = sample_fn
        self._next_inputs_fn = next_inputs_fn
        self._batch_size: Any = None
        self._sample_ids_shape = TensorShape(sample_ids_shape or [])
        self._sample_ids_dtype = sample_ids_dtype or dtypes.int32

    @property
    def batch_size(self) -> Any:
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self) -> Any:
        return self._sample_ids_dtype

    def _scope(self, name: str | None, what: str, *values: Any) -> name_scope:
        return name_scope(name, f"{type(self).__name__}{what}", nest.flatten(values))

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        with self._scope(name, "Initialize"):
            finished, inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = size(finished)
        return finished, inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        with self._scope(name, "Sample", time, outputs, state):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        with self._scope(name, "NextInputs", time, outputs, state):
            finished, inputs, state = self._next_inputs_fn(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids
            )
        return finished, inputs, state
