"""Networks that take all steps at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from flowgraph.ops.packing import stack, unstack
from flowgraph.ops.rearranging import reverse, reverse_sequence
from flowgraph.rnn.dynamic import dynamic_rnn
from flowgraph.rnn.static import static_rnn


class FusedRNNCell(ABC):
    """What takes all steps of a batch of sequences at once: the base, for classes of one's own.

    Examples
    --------
    >>> issubclass(tf.contrib.rnn.FusedRNNCellAdaptor, tf.contrib.rnn.FusedRNNCell)
    True
    """

    @abstractmethod
    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        """Return the outputs and the last state.

        Parameters
        ----------
        inputs : Tensor or list of Tensor
            ``(time, batch, size)``, or ``(batch, size)`` for each step.
        initial_state : Tensor or nested structure of Tensor, optional
        dtype : DType, optional
            Needed without an initial state.
        sequence_length : list of int or Tensor, optional
        scope : str or VariableScope, optional
        """


class FusedRNNCellAdaptor(FusedRNNCell):
    """A cell in the form of a network that takes all steps at once.

    Parameters
    ----------
    cell : RNNCell
    use_dynamic_rnn : bool
        Run `tf.nn.dynamic_rnn`, else `tf.nn.static_rnn`.

    Examples
    --------
    >>> network = tf.contrib.rnn.FusedRNNCellAdaptor(tf.nn.rnn_cell.GRUCell(3))
    >>> outputs, state = network(tf.ones([5, 2, 4]), dtype=tf.float32)
    >>> outputs.shape.as_list()
    [5, 2, 3]
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell = cell
        self._use_dynamic_rnn = use_dynamic_rnn

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        is_list = isinstance(inputs, list)
        arguments = {"initial_state": initial_state, "dtype": dtype, "scope": scope}
        outputs: Any
        if self._use_dynamic_rnn:
            steps: Any = stack(inputs) if is_list else inputs
            outputs, state = dynamic_rnn(
                self._cell, steps, sequence_length, time_major=True, **arguments
            )
            return unstack(outputs) if is_list else outputs, state
        steps = inputs if is_list else unstack(inputs)
        outputs, state = static_rnn(self._cell, steps, sequence_length=sequence_length, **arguments)
        return outputs if is_list else stack(outputs), state


class TimeReversedFusedRNN(FusedRNNCell):
    """A network that takes the steps from the last to the first.

    Parameters
    ----------
    cell : FusedRNNCell

    Examples
    --------
    >>> network = tf.contrib.rnn.TimeReversedFusedRNN(
    ...     tf.contrib.rnn.FusedRNNCellAdaptor(tf.nn.rnn_cell.GRUCell(3)))
    >>> outputs, state = network(tf.ones([5, 2, 4]), dtype=tf.float32)
    >>> outputs.shape.as_list()
    [5, 2, 3]
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        outputs, state = self._cell(
            _reversed(inputs, sequence_length),
            initial_state=initial_state,
            dtype=dtype,
            sequence_length=sequence_length,
            scope=scope,
        )
        return _reversed(outputs, sequence_length), state


def _reversed(steps: Any, lengths: Any) -> Any:
    if isinstance(steps, list):
        return steps[::-1]
    return reverse(steps, [0]) if lengths is None else reverse_sequence(steps, lengths, 0, 1)
