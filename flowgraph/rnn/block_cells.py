"""Cells of which a step is one op."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.layers.input_spec import InputSpec
from flowgraph.ops import recurrent
from flowgraph.ops.core import apply_all
from flowgraph.ops.filling import zeros
from flowgraph.rnn.cell import LayerRNNCell
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.shapes import as_shape
from flowgraph.variables.initializers import Constant


class LSTMBlockCell(LayerRNNCell):
    """A `tf.nn.rnn_cell.LSTMCell` of which a step is one op, with the same variables.

    Parameters
    ----------
    num_units : int
    forget_bias : float
    cell_clip : float, optional
        What the cell holds is kept between ``-cell_clip`` and ``cell_clip``.
    use_peephole : bool
    dtype : DType, optional
    reuse : bool or AUTO_REUSE, optional
    name : str

    Raises
    ------
    ValueError
        If the size of the inputs is not known, or the state is no pair.

    Examples
    --------
    >>> cell = tf.contrib.rnn.LSTMBlockCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> output
    <tf.Tensor 'lstm_cell/LSTMBlockCell:6' shape=(2, 3) dtype=float32>
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        dtype: Any = None,
        reuse: Any = None,
        name: str = "lstm_cell",
    ) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._use_peephole = use_peephole
        self._op = recurrent.LSTMBlockCell(
            forget_bias=float(forget_bias),
            cell_clip=-1.0 if cell_clip is None else float(cell_clip),
            use_peephole=bool(use_peephole),
        )

    @property
    def state_size(self) -> LSTMStateTuple:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        size, shape = self._num_units, as_shape(inputs_shape)
        if not shape[1].value:
            raise ValueError(f"Expecting inputs_shape[1] to be set: {shape}")
        self._kernel = self.add_weight("kernel", [shape[1].value + size, 4 * size])
        self._bias = self.add_weight("bias", [4 * size], initializer=Constant(0.0))
        if self._use_peephole:
            self._peepholes = [self.add_weight(f"w_{gate}_diag", [size]) for gate in "ifo"]
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Any]:  # type: ignore[override]
        if len(state) != 2:
            raise ValueError("Expecting state to be a tuple with length 2.")
        if self._use_peephole:
            peepholes = self._peepholes
        else:
            peepholes = [zeros([self._num_units], dtype=self.dtype)] * 3
        _, c, *_, h = apply_all(self._op, inputs, *state, self._kernel, *peepholes, self._bias)
        return h, LSTMStateTuple(c, h)


class GRUBlockCell(LayerRNNCell):
    """A gated recurrent unit of which a step is one op.

    Parameters
    ----------
    num_units : int
    cell_size : int
        Old name of `num_units`.
    reuse : bool or AUTO_REUSE, optional
    name : str

    Raises
    ------
    ValueError
        If the size is not given, or the size of the inputs not known.

    Examples
    --------
    >>> cell = tf.contrib.rnn.GRUBlockCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> [variable.name for variable in cell.weights][:2]
    ['gru_cell/w_ru:0', 'gru_cell/b_ru:0']
    """

    _names = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(
        self,
        num_units: int | None = None,
        cell_size: int | None = None,
        reuse: Any = None,
        name: str = "gru_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name)
        if (num_units is None) == (cell_size is None):
            raise ValueError("Exactly one of num_units or cell_size must be provided.")
        self.input_spec = InputSpec(ndim=2)
        self._num_units: Any = cell_size if num_units is None else num_units

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        size, depth = self._num_units, as_shape(inputs_shape)[1].value
        if depth is None:
            raise ValueError("Expecting input_size to be set.")
        w_ru, b_ru, w_c, b_c = self._names
        self._gate_kernel = self.add_weight(w_ru, [depth + size, 2 * size])
        self._gate_bias = self.add_weight(b_ru, [2 * size], initializer=Constant(1.0))
        self._candidate_kernel = self.add_weight(w_c, [depth + size, size])
        self._candidate_bias = self.add_weight(b_c, [size], initializer=Constant(0.0))
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        size = state.shape.with_rank(2)[1].value
        if size not in (self._num_units, None):
            raise ValueError(f"Shape of h_prev[1] incorrect: cell_size {self._num_units} vs {size}")
        *_, h = apply_all(
            recurrent.GRUBlockCell(),
            inputs,
            state,
            self._gate_kernel,
            self._candidate_kernel,
            self._gate_bias,
            self._candidate_bias,
        )
        return h, h


class GRUBlockCellV2(GRUBlockCell):
    """A `tf.nn.rnn_cell.GRUCell` of which a step is one op, with the same variables.

    Parameters and errors as for `GRUBlockCell`.

    Examples
    --------
    >>> cell = tf.contrib.rnn.GRUBlockCellV2(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> [variable.name for variable in cell.weights][:2]
    ['gru_cell/gates/kernel:0', 'gru_cell/gates/bias:0']
    """

    _names = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
