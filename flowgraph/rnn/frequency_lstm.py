"""LSTMs that run over the frequencies of an input, besides time."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import bias_add
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat, split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.magnitude import clip_by_value
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.coupled_lstm import warn_of_initializer
from flowgraph.rnn.frequency_windows import known_depth
from flowgraph.rnn.sharding import sharded_variable
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Zeros


class TimeFreqLSTMCell(RNNCell):
    """An LSTM that at each time runs over windows of the input, low frequencies first [1]_.

    Each window sees the output of the one below, and has a state of its own over time. All
    have the same weights.

    Parameters
    ----------
    num_units : int
        For each window.
    use_peepholes : bool
    cell_clip : float, optional
        What the cell holds is kept between ``-cell_clip`` and ``cell_clip``.
    initializer : optional
        Not used, as in TensorFlow: give it to the variable scope around the cell.
    num_unit_shards : int
        In how many variables the matrix is.
    forget_bias : float
    feature_size : int
        The size of a window.
    frequency_skip : int
        How far a window is from the next.
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    ValueError
        If the size of the inputs is not known.

    Notes
    -----
    `state_size` is that of one window, as in TensorFlow: for more, give a state of
    ``2 * num_units`` for each.

    References
    ----------
    .. [1] T. Sainath, B. Li, Modeling Time-Frequency Patterns with LSTM vs. Convolutional
       Architectures for LVCSR Tasks, 2016

    Examples
    --------
    >>> cell = tf.contrib.rnn.TimeFreqLSTMCell(3, feature_size=2, frequency_skip=1)
    >>> output, state = cell(tf.ones([2, 4]), tf.zeros([2, 3 * 6]))
    >>> output.shape.as_list(), state.shape.as_list()
    ([2, 9], [2, 18])
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: int | None = None,
        frequency_skip: int = 1,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        warn_of_initializer(self, initializer)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._num_unit_shards = num_unit_shards
        self._forget_bias = forget_bias
        self._feature_size: Any = feature_size
        self._frequency_skip = frequency_skip

    @property
    def state_size(self) -> int:
        return 2 * self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        size, dtype = self._num_units, inputs.dtype
        count = int((known_depth(inputs) - self._feature_size) / self._frequency_skip) + 1
        windows = [
            slice_of(inputs, [0, i * self._frequency_skip], [-1, self._feature_size])
            for i in range(count)
        ]
        rows = self._feature_size + 2 * size
        kernel = sharded_variable("W", [rows, 4 * size], dtype, self._num_unit_shards)
        bias = get_variable("B", shape=[4 * size], initializer=Zeros(), dtype=dtype)
        if self._use_peepholes:
            w_f, w_i, w_o = (
                get_variable(f"W_{gate}_diag", shape=[size], dtype=dtype) for gate in "FIO"
            )
        below = zeros([inputs.shape[0].value or inputs.shape[0], size], dtype)
        outputs: Any = None
        for i, window in enumerate(windows):
            c = slice_of(state, [0, 2 * i * size], [-1, size])
            h = slice_of(state, [0, (2 * i + 1) * size], [-1, size])
            gates = bias_add(matmul(concat([window, h, below], 1), kernel), bias)
            i_gate, j, f, o = split(gates, 4, axis=1)
            if self._use_peepholes:
                kept = sigmoid(f + self._forget_bias + w_f * c) * c
                c = kept + sigmoid(i_gate + w_i * c) * tanh(j)
            else:
                c = sigmoid(f + self._forget_bias) * c + sigmoid(i_gate) * tanh(j)
            if self._cell_clip is not None:
                c = clip_by_value(c, -self._cell_clip, self._cell_clip)
            gate = sigmoid(o + w_o * c) if self._use_peepholes else sigmoid(o)
            below = gate * tanh(c)
            if outputs is None:
                following, outputs = concat([c, below], 1), below
            else:
                following = concat([following, c, below], 1)
                outputs = concat([outputs, below], 1)
        return outputs, following
