"""An LSTM whose units are open only at times."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import cast, stop_gradient
from flowgraph.ops.division import floormod
from flowgraph.ops.joining import split
from flowgraph.ops.random import random_uniform
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import exp, log, sigmoid, tanh
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.linear import Linear
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant, RandomUniform
from flowgraph.variables.variable_scope import variable_scope


class PhasedLSTMCell(RNNCell):
    """An LSTM with a gate that opens and closes over time, for each unit in its own rhythm [1]_.

    Inputs are pairs: the time of each row, ``(batch, 1)`` and float32 or float64, and the
    features.

    Parameters
    ----------
    num_units : int
    use_peepholes : bool
    leak : float
        How far the gate opens while it is closed, so that there is a gradient.
    ratio_on : float
        Which part of its period a unit is open.
    trainable_ratio_on : bool
    period_init_min, period_init_max : float
        Between which the periods begin, with logarithms drawn evenly.
    reuse : bool or AUTO_REUSE, optional

    References
    ----------
    .. [1] D. Neil, M. Pfeiffer, S. Liu, Phased LSTM: Accelerating Recurrent Network Training
       for Long or Event-based Sequences, 2016

    Examples
    --------
    >>> cell = tf.contrib.rnn.PhasedLSTMCell(3)
    >>> output, (c, h) = cell((tf.ones([2, 1]), tf.ones([2, 4])), cell.zero_state(2, tf.float32))
    >>> output.shape.as_list()
    [2, 3]
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        leak: float = 0.001,
        ratio_on: float = 0.1,
        trainable_ratio_on: bool = True,
        period_init_min: float = 1.0,
        period_init_max: float = 1000.0,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._leak = leak
        self._ratio_on = ratio_on
        self._trainable_ratio_on = trainable_ratio_on
        self._period_bounds = period_init_min, period_init_max
        self._linear: dict[str, Linear] = {}

    @property
    def state_size(self) -> LSTMStateTuple:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        return self._num_units

    def _mapped(self, scope: str, inputs: list[Any], size: int, activation: Any) -> Any:
        with variable_scope(scope):
            if scope not in self._linear:
                self._linear[scope] = Linear(inputs, size)
            return activation(self._linear[scope](inputs))

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, LSTMStateTuple]:  # type: ignore[override]
        (c_before, h_before), (time, x), size = state, inputs, self._num_units
        seen = [x, h_before]
        peeps = [c_before] if self._use_peepholes else []
        gates = self._mapped("mask_gates", [*seen, *peeps], 2 * size, sigmoid)
        given, kept = split(gates, 2, axis=1)
        candidate = self._mapped("new_input", seen, size, tanh)
        c = c_before * kept + given * candidate
        peeps = [c] if self._use_peepholes else []
        gate = self._mapped("output_gate", [*seen, *peeps], size, sigmoid)
        h = tanh(c) * gate
        k = self._openness(time)
        c = k * c + (1 - k) * c_before
        h = k * h + (1 - k) * h_before
        return h, LSTMStateTuple(c, h)

    def _openness(self, time: Any) -> Any:
        """Return how far each unit is open."""
        size = [self._num_units]
        period: Any = get_variable("period", size, initializer=_log_uniform(*self._period_bounds))
        phase: Any = get_variable(
            "phase", size, initializer=RandomUniform(0.0, period.initial_value)
        )
        ratio_on: Any = get_variable(
            "ratio_on",
            size,
            initializer=Constant(self._ratio_on),
            trainable=self._trainable_ratio_on,
        )
        phase = cast(phase, time.dtype)
        period = cast(period, time.dtype)
        shifted = time - phase
        # The remainder has the gradient of what it is the remainder of.
        remainder = stop_gradient(floormod(shifted, period) - shifted) + shifted
        cycle: Any = cast(remainder / period, dtypes.float32)
        up = 2 * cycle / ratio_on
        down = 2 - up
        closed = self._leak * cycle
        k = where(cycle < ratio_on, down, closed)
        return where(cycle < 0.5 * ratio_on, up, k)


def _log_uniform(low: float, high: float) -> Any:
    """Return an initializer of numbers whose logarithms are drawn evenly."""

    def initializer(shape: Any, dtype: Any = dtypes.float32, partition_info: Any = None) -> Tensor:
        return exp(random_uniform(shape, log(low), log(high), dtype))

    return initializer
