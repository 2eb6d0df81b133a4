"""An LSTM in groups of units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import bias_add
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.joining import concat, split
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.linear import Linear
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope


class GLSTMCell(RNNCell):
    """An LSTM whose units are in groups, each of which sees its part of inputs and outputs [1]_.

    Parameters
    ----------
    num_units : int
    initializer : initializer, optional
        Of all variables but the biases.
    num_proj : int, optional
        The size of the output, a linear function of ``h``.
    number_of_groups : int
    forget_bias : float
    activation : callable
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    ValueError
        If a size is not a multiple of the number of groups, or that of the inputs not known.

    References
    ----------
    .. [1] O. Kuchaiev, B. Ginsburg, Factorization Tricks for LSTM Networks, 2017

    Examples
    --------
    >>> cell = tf.contrib.rnn.GLSTMCell(4, number_of_groups=2)
    >>> output, (c, h) = cell(tf.ones([2, 6]), cell.zero_state(2, tf.float32))
    >>> cell.weights[0]
    <tf.Variable 'glstm_cell/group0/kernel:0' shape=(5, 8) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        num_proj: int | None = None,
        number_of_groups: int = 1,
        forget_bias: float = 1.0,
        activation: Callable[[Any], Any] = tanh,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        for name, size in (("num_units", num_units), ("num_proj", num_proj)):
            if size and size % number_of_groups != 0:
                raise ValueError(f"{name} must be divisible by number_of_groups")
        self._num_units = num_units
        self._initializer = initializer
        self._num_proj = num_proj
        self._groups = number_of_groups
        self._forget_bias = forget_bias
        self._activation = activation
        self._linear: dict[int, Linear] = {}
        self._projection: Linear | None = None

    @property
    def state_size(self) -> LSTMStateTuple:
        return LSTMStateTuple(self._num_units, self.output_size)

    @property
    def output_size(self) -> int:
        return self._num_proj or self._num_units

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, LSTMStateTuple]:  # type: ignore[override]
        (c, h), size, dtype = state, self._num_units, inputs.dtype
        rows = inputs.shape[0].value or shape_of(inputs)[0]
        depth = inputs.shape[1].value
        if depth is None:
            raise ValueError("input size must be statically known")
        if depth % self._groups != 0:
            raise ValueError(
                f"input size ({depth}) must be divisible by number_of_groups ({self._groups})"
            )
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            parts = []
            for group in range(self._groups):
                with variable_scope(f"group{group}"):
                    x = concat([self._part(whole, group, rows) for whole in (inputs, h)], axis=1)
                    if group not in self._linear:
                        gates = 4 * (size // self._groups)
                        self._linear[group] = Linear([x], gates, bias=False)
                    parts.append(split(self._linear[group]([x]), 4, 1))
            biases = [
                get_variable(
                    f"bias_{gate}",
                    shape=[size],
                    dtype=dtype,
                    initializer=Constant(0.0, dtype=dtype),
                )
                for gate in "ijfo"
            ]
            i, j, f, o = (
                bias_add(concat(list(gate), axis=1), bias)
                for gate, bias in zip(zip(*parts, strict=True), biases, strict=True)
            )
        c = sigmoid(f + self._forget_bias) * c + sigmoid(i) * tanh(j)
        h = sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            with variable_scope("projection"):
                if self._projection is None:
                    self._projection = Linear([h], self._num_proj, bias=False)
                h = self._projection([h])
        return h, LSTMStateTuple(c, h)

    def _part(self, whole: Tensor, group: int, rows: Any) -> Tensor:
        """Return what a group sees of inputs or outputs."""
        size = whole.shape[1].value // self._groups
        name = f"GLSTM_group{group}_input_generation"
        return slice_of(whole, [0, group * size], [rows, size], name=name)
