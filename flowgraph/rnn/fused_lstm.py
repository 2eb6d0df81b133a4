"""An LSTM of which all steps are one op."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.layer import Layer
from flowgraph.ops.array import expand_dims, transpose
from flowgraph.ops.block_lstm import BlockLSTM
from flowgraph.ops.core import apply_all, cast, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.masking import sequence_mask
from flowgraph.ops.packing import stack, unstack
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_max
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.sequences import range as range_of
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.variables.initializers import Constant


class LSTMBlockWrapper(Layer):
    """A layer that takes all steps of an LSTM at once: the base, for classes of one's own.

    A subclass gives `num_units` and ``_call_cell(inputs, c, h, dtype, sequence_length)``,
    which returns what the cell holds and the outputs, both ``(time, batch, units)``.

    Parameters
    ----------
    trainable : bool
    name : str, optional
    dtype : DType, optional
    **kwargs
        As for `tf.layers.Layer`.

    Examples
    --------
    >>> issubclass(tf.contrib.rnn.LSTMBlockFusedCell, tf.contrib.rnn.LSTMBlockWrapper)
    True
    """

    @property
    @abstractmethod
    def num_units(self) -> int:
        """The size of the state and of the outputs."""

    @abstractmethod
    def _call_cell(
        self, inputs: Tensor, c: Tensor, h: Tensor, dtype: Any, sequence_length: Any
    ) -> tuple[Tensor, Tensor]:
        """Return what the cell holds and the outputs, both ``(time, batch, units)``."""

    def call(  # type: ignore[override]
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
    ) -> tuple[Any, LSTMStateTuple]:
        """Return the outputs and the last state.

        Parameters
        ----------
        inputs : Tensor
            ``(time, batch, size)``.
        initial_state : tuple of Tensor, optional
            ``c`` and ``h``; by default zeros of `dtype`.
        dtype : DType, optional
        sequence_length : list of int or Tensor, optional
            ``(batch,)``. After so many steps a row's output is zero.

        Raises
        ------
        ValueError
            If the size of the inputs is not known, there is neither an initial state nor a
            dtype, or the state is no pair.
        """
        is_list = isinstance(inputs, list)
        if is_list:
            inputs = stack(inputs)
        time, rows, depth = inputs.shape.with_rank(3).as_list()
        if not depth:
            raise ValueError(f"Expecting inputs_shape[2] to be set: {inputs.shape}")
        rows = shape_of(inputs)[1] if rows is None else rows
        time = shape_of(inputs)[0] if time is None else time
        if initial_state is None:
            if dtype is None:
                raise ValueError("Either initial_state or dtype needs to be specified")
            zero = zeros(stack([rows, self.num_units]), dtype=dtype)
            initial_state = zero, zero
        elif len(initial_state) != 2:
            raise ValueError("Expecting initial_state to be a tuple with length 2 or None")
        elif dtype is None:
            dtype = initial_state[0].dtype
        if sequence_length is not None:
            sequence_length = convert_to_tensor(sequence_length)
        c, h = initial_state
        held, outputs = self._call_cell(inputs, c, h, dtype, sequence_length)
        if sequence_length is None:
            state = LSTMStateTuple(held[-1], outputs[-1])
        else:
            mask = transpose(sequence_mask(sequence_length, time, dtype=dtype), [1, 0])
            outputs = outputs * tile(expand_dims(mask, [-1]), [1, 1, self.num_units])
            held = concat([expand_dims(c, [0]), held], 0)
            all_outputs = concat([expand_dims(h, [0]), outputs], 0)
            state = LSTMStateTuple(
                *(_at(steps, sequence_length, rows) for steps in (held, all_outputs))
            )
        return unstack(outputs) if is_list else outputs, state


def _at(steps: Tensor, lengths: Tensor, rows: Any) -> Tensor:
    """Return for each row the step after its last."""
    return gather_nd(steps, stack([lengths, range_of(rows)], axis=1))


class LSTMBlockFusedCell(LSTMBlockWrapper):
    """An LSTM of which all steps are one op [1]_, with the variables of `LSTMBlockCell`.

    Parameters
    ----------
    num_units : int
    forget_bias : float
    cell_clip : float, optional
        What the cell holds is kept between ``-cell_clip`` and ``cell_clip``.
    use_peephole : bool
    reuse : bool or AUTO_REUSE, optional
    dtype : DType, optional
    name : str

    Raises
    ------
    ValueError
        If the size of the inputs is not known, or there is neither a state nor a dtype.

    References
    ----------
    .. [1] W. Zaremba, I. Sutskever, O. Vinyals, Recurrent Neural Network Regularization, 2014

    Examples
    --------
    >>> network = tf.contrib.rnn.LSTMBlockFusedCell(3)
    >>> outputs, state = network(tf.ones([5, 2, 4]), dtype=tf.float32)
    >>> outputs.shape.as_list(), state.c.shape.as_list()
    ([5, 2, 3], [2, 3])
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        reuse: Any = None,
        dtype: Any = None,
        name: str | None = "lstm_fused_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=3)
        self._num_units = num_units
        self._use_peephole = use_peephole
        self._op = BlockLSTM(
            forget_bias=float(forget_bias),
            cell_clip=-1.0 if cell_clip is None else float(cell_clip),
            use_peephole=bool(use_peephole),
        )

    @property
    def num_units(self) -> int:
        return self._num_units

    def build(self, input_shape: Any) -> None:
        size, depth = self._num_units, input_shape[2].value
        self._kernel = self.add_weight("kernel", [depth + size, 4 * size])
        self._bias = self.add_weight("bias", [4 * size], initializer=Constant(0.0))
        if self._use_peephole:
            self._peepholes = [self.add_weight(f"w_{gate}_diag", [size]) for gate in "ifo"]
        self.built = True

    def _call_cell(
        self, inputs: Tensor, c: Tensor, h: Tensor, dtype: Any, sequence_length: Any
    ) -> tuple[Tensor, Tensor]:
        time = inputs.shape.with_rank(3)[0].value
        time = shape_of(inputs)[0] if time is None else time
        if self._use_peephole:
            peepholes = self._peepholes
        else:
            peepholes = [zeros([self._num_units], dtype=dtype)] * 3
        longest = time if sequence_length is None else reduce_max(sequence_length)
        count = cast(longest, dtypes.int64)
        _, held, *_, outputs = apply_all(
            self._op, count, inputs, c, h, self._kernel, *peepholes, self._bias
        )
        return held, outputs
