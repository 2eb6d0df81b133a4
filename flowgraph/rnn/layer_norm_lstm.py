"""An LSTM with layer normalization and recurrent dropout."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import bias_add
from flowgraph.ops.dropout import dropout
from flowgraph.ops.joining import concat, split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.layer_normalization import layer_normalized
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.variables.get_variable import get_variable

_log = logging.getLogger("flowgraph")


class LayerNormBasicLSTMCell(RNNCell):
    """An LSTM whose gates and state are normalized [1]_, with recurrent dropout [2]_.

    As `tf.nn.rnn_cell.BasicLSTMCell`, but each gate and the new ``c`` are shifted and scaled
    to mean `norm_shift` and deviation `norm_gain` over the units, both trained; and the
    candidate drops out.

    Parameters
    ----------
    num_units : int
    forget_bias : float
    input_size : optional
        Deprecated: the inputs tell it.
    activation : callable
    layer_norm : bool
        With False there is a bias instead.
    norm_gain, norm_shift : float
        What the gains and shifts begin with.
    dropout_keep_prob : float or Tensor
    dropout_prob_seed : int, optional
    reuse : bool or AUTO_REUSE, optional

    References
    ----------
    .. [1] J. Ba, J. Kiros, G. Hinton, Layer Normalization, 2016
    .. [2] S. Semeniuta, A. Severyn, E. Barth, Recurrent Dropout without Memory Loss, 2016

    Examples
    --------
    >>> cell = tf.contrib.rnn.LayerNormBasicLSTMCell(3)
    >>> output, (c, h) = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> [variable.name for variable in cell.weights][:2]
    ['layer_norm_basic_lstm_cell/kernel:0', 'layer_norm_basic_lstm_cell/input/gamma:0']
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        activation: Callable[[Any], Any] = tanh,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        if input_size is not None:
            _log.warning("%s: The input_size parameter is deprecated.", self)
        self._num_units = num_units
        self._activation = activation
        self._forget_bias = forget_bias
        self._keep_prob = dropout_keep_prob
        self._seed = dropout_prob_seed
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift

    @property
    def state_size(self) -> LSTMStateTuple:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Any]:  # type: ignore[override]
        def normalize(x: Tensor, scope: str) -> Tensor:
            return layer_normalized(x, scope, self._norm_gain, self._norm_shift)

        c, h = state
        i, j, f, o = split(self._gates(concat([inputs, h], 1)), 4, axis=1)
        if self._layer_norm:
            i = normalize(i, "input")
            j = normalize(j, "transform")
            f = normalize(f, "forget")
            o = normalize(o, "output")
        candidate = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            candidate = dropout(candidate, self._keep_prob, seed=self._seed)
        c = c * sigmoid(f + self._forget_bias) + sigmoid(i) * candidate
        if self._layer_norm:
            c = normalize(c, "state")
        h = self._activation(c) * sigmoid(o)
        return h, LSTMStateTuple(c, h)

    def _gates(self, x: Tensor) -> Tensor:
        size = 4 * self._num_units
        gates = matmul(x, get_variable("kernel", [x.shape[-1], size], dtype=x.dtype))
        if self._layer_norm:
            return gates
        return bias_add(gates, get_variable("bias", [size], dtype=x.dtype))
