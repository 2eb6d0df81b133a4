"""An LSTM that takes in as much as it forgets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import bias_add
from flowgraph.ops.joining import concat, split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.magnitude import clip_by_value
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.layer_normalization import layer_normalized
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.rnn.sharding import sharded_variable
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Zeros

_log = logging.getLogger("flowgraph")


class CoupledInputForgetGateLSTMCell(RNNCell):
    """An LSTM whose input gate is 1 minus its forget gate [1]_.

    Parameters
    ----------
    num_units : int
    use_peepholes : bool
    initializer : optional
        Not used, as in TensorFlow: give it to the variable scope around the cell.
    num_proj : int, optional
        The size of the output, a linear function of ``h``.
    proj_clip : float, optional
        The output is kept between ``-proj_clip`` and ``proj_clip``.
    num_unit_shards, num_proj_shards : int
        In how many variables the matrices are.
    forget_bias : float
    state_is_tuple : bool
        With False the state is one tensor, ``c`` beside ``h``.
    activation : callable
    reuse : bool or AUTO_REUSE, optional
    layer_norm : bool
        Normalize gates and state over the units.
    norm_gain, norm_shift : float
        What the gains and shifts begin with.

    Raises
    ------
    ValueError
        If the size of the inputs is not known, or there are too many shards.

    References
    ----------
    .. [1] K. Greff et al., LSTM: A Search Space Odyssey, 2015

    Examples
    --------
    >>> cell = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(3)
    >>> output, (c, h) = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[0]
    <tf.Variable 'coupled_input_forget_gate_lstm_cell/W_0:0' shape=(7, 9) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int = 1,
        num_proj_shards: int = 1,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Callable[[Any], Any] = tanh,
        reuse: Any = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
    ) -> None:
        super().__init__(_reuse=reuse)
        warn_of_initializer(self, initializer)
        if not state_is_tuple:
            _log.warning("%s: a state in one tensor is slower. Use state_is_tuple=True.", self)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation
        self._layer_norm = layer_norm
        self._norm = norm_gain, norm_shift

    @property
    def state_size(self) -> Any:
        size, output = self._num_units, self.output_size
        return LSTMStateTuple(size, output) if self._state_is_tuple else size + output

    @property
    def output_size(self) -> int:
        return self._num_proj or self._num_units

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Any]:  # type: ignore[override]
        size, dtype = self._num_units, inputs.dtype
        if self._state_is_tuple:
            c, h = state
        else:
            c = slice_of(state, [0, 0], [-1, size])
            h = slice_of(state, [0, size], [-1, self.output_size])
        depth = inputs.shape.with_rank(2)[1].value
        if depth is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        kernel = sharded_variable(
            "W", [depth + self.output_size, 3 * size], dtype, self._num_unit_shards
        )
        bias = get_variable("B", shape=[3 * size], initializer=Zeros(), dtype=dtype)
        gates = matmul(concat([inputs, h], 1), kernel)
        if not self._layer_norm:
            gates = bias_add(gates, bias)
        j, f, o = split(gates, 3, axis=1)
        j = self._normalized(j, "transform")
        f = self._normalized(f, "forget")
        o = self._normalized(o, "output")
        if self._use_peepholes:
            w_f: Any = get_variable("W_F_diag", shape=[size], dtype=dtype)
            w_o: Any = get_variable("W_O_diag", shape=[size], dtype=dtype)
            kept = sigmoid(f + self._forget_bias + w_f * c)
        else:
            kept = sigmoid(f + self._forget_bias)
        c = kept * c + (1 - kept) * self._activation(j)
        c = self._normalized(c, "state")
        gate = sigmoid(o + w_o * c) if self._use_peepholes else sigmoid(o)
        h = gate * self._activation(c)
        if self._num_proj is not None:
            projection = sharded_variable(
                "W_P", [size, self._num_proj], dtype, self._num_proj_shards
            )
            h = matmul(h, projection)
            if self._proj_clip is not None:
                h = clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else concat([c, h], 1)

    def _normalized(self, x: Tensor, scope: str) -> Tensor:
        return layer_normalized(x, scope, *self._norm) if self._layer_norm else x


def warn_of_initializer(cell: Any, initializer: Any) -> None:
    """Say so where TensorFlow takes an initializer and does not use it."""
    if initializer is not None:
        _log.warning(
            "%s: initializer is not used, as in TensorFlow. Give it to the variable scope around "
            "the cell.",
            cell,
        )
