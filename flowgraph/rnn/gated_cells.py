"""Cells with few gates: update gate, intersection, simple recurrent unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.layers.input_spec import InputSpec
from flowgraph.ops.bias import bias_add
from flowgraph.ops.joining import concat, split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.rectification import relu
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import LayerRNNCell, RNNCell
from flowgraph.rnn.independent_cells import known_depth
from flowgraph.rnn.linear import Linear
from flowgraph.variables.initializers import Zeros
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope


def _known_size(inputs: Tensor) -> int:
    size: int | None = inputs.shape.with_rank(2)[1].value
    if size is None:
        raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
    return size


class UGRNNCell(RNNCell):
    """The update gate network [1]_: one gate between the state and a new one.

    With ``g, c = [inputs, state] @ kernel + bias``, output and state are
    ``s * state + (1 - s) * activation(c)`` where ``s = sigmoid(g + forget_bias)``.

    Parameters
    ----------
    num_units : int
    initializer : initializer, optional
        Of all variables.
    forget_bias : float
    activation : callable
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    ValueError
        If the size of the inputs is not known.

    References
    ----------
    .. [1] J. Collins, J. Sohl-Dickstein, D. Sussillo, Capacity and Trainability in Recurrent
       Neural Networks, 2017

    Examples
    --------
    >>> cell = tf.contrib.rnn.UGRNNCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[0]
    <tf.Variable 'ugrnn_cell/kernel:0' shape=(7, 6) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: float = 1.0,
        activation: Callable[[Any], Any] = tanh,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._activation = activation
        self._linear: Linear | None = None

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        _known_size(inputs)
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            combined = [concat([inputs, state], 1)]
            if self._linear is None:
                self._linear = Linear(combined, 2 * self._num_units)
            g, c = split(self._linear(combined), 2, axis=1)
            candidate = self._activation(c)
            gate = sigmoid(g + self._forget_bias)
            following = gate * state + (1.0 - gate) * candidate
        return following, following


class IntersectionRNNCell(RNNCell):
    """The intersection network [1]_: one gate through time and one through depth.

    Parameters
    ----------
    num_units : int
        The size of inputs, state and outputs.
    num_in_proj : int, optional
        If given, inputs of another size are mapped to `num_units`.
    initializer : initializer, optional
        Of all variables.
    forget_bias : float
    y_activation : callable
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    ValueError
        If the size of the inputs is not known, or not `num_units` without a projection.

    References
    ----------
    .. [1] J. Collins, J. Sohl-Dickstein, D. Sussillo, Capacity and Trainability in Recurrent
       Neural Networks, 2017

    Examples
    --------
    >>> cell = tf.contrib.rnn.IntersectionRNNCell(3)
    >>> output, state = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> cell.weights[0]
    <tf.Variable 'intersection_rnn_cell/kernel:0' shape=(6, 12) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        num_in_proj: int | None = None,
        initializer: Any = None,
        forget_bias: float = 1.0,
        y_activation: Callable[[Any], Any] = relu,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._num_in_proj = num_in_proj
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._y_activation = y_activation
        self._projection: Linear | None = None
        self._linear: Linear | None = None

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        depth, size = _known_size(inputs), self._num_units
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            if depth != size:
                inputs = self._projected(inputs)
            combined = [concat([inputs, state], 1)]
            if self._linear is None:
                self._linear = Linear(combined, 4 * size)
            sums = self._linear(combined)
            gh, h, gy, y = (sums[:, i * size : (i + 1) * size] for i in range(4))
            h, y = tanh(h), self._y_activation(y)
            gate_h, gate_y = sigmoid(gh + self._forget_bias), sigmoid(gy + self._forget_bias)
            following = gate_h * state + (1.0 - gate_h) * h
            output: Tensor = gate_y * inputs + (1.0 - gate_y) * y
        return output, following

    def _projected(self, inputs: Any) -> Tensor:
        if not self._num_in_proj:
            raise ValueError(
                "Must have input size == output size for Intersection RNN. To fix, num_in_proj "
                "should be set to num_units at cell init."
            )
        with variable_scope("in_projection"):
            if self._projection is None:
                self._projection = Linear([inputs], self._num_units)
            return self._projection([inputs])


class SRUCell(LayerRNNCell):
    """The simple recurrent unit [1]_: gates that do not see the state.

    With ``x, f, r, t = inputs @ kernel`` and the gates' sigmoids, the state is
    ``c' = f * c + (1 - f) * x`` and the output ``r * activation(c') + (1 - r) * t``.

    Parameters
    ----------
    num_units : int
    activation : callable, optional
        By default `tf.tanh`.
    reuse : bool or AUTO_REUSE, optional
    name : str, optional
    **kwargs
        As for `tf.layers.Layer`.

    Raises
    ------
    ValueError
        If the size of the inputs is not known.

    References
    ----------
    .. [1] T. Lei, Y. Zhang, Y. Artzi, Training RNNs as Fast as CNNs, 2017

    Examples
    --------
    >>> cell = tf.contrib.rnn.SRUCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[0]
    <tf.Variable 'sru_cell/kernel:0' shape=(4, 12) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        activation: Callable[[Any], Any] | None = None,
        reuse: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, **kwargs)
        self._num_units = num_units
        self._activation = activation or tanh
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        size = self._num_units
        self._kernel = self.add_weight("kernel", [known_depth(inputs_shape), 4 * size])
        self._bias = self.add_weight("bias", [2 * size], initializer=Zeros())
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        x, f, r, transformed = split(matmul(inputs, self._kernel), 4, axis=1)
        gates = sigmoid(bias_add(concat([f, r], 1), self._bias))
        forget, highway = split(gates, 2, axis=1)
        c = forget * state + (1.0 - forget) * x
        output: Tensor = highway * self._activation(c) + (1.0 - highway) * transformed
        return output, c
