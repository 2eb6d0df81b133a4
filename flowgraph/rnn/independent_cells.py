"""Cells whose units do not see each other's state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.input_spec import InputSpec
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.bias import bias_add
from flowgraph.ops.constant import constant
from flowgraph.ops.joining import split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.rearranging import tile
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import LayerRNNCell
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.shapes import as_shape
from flowgraph.variables.initializers import Constant, RandomUniform, Zeros


def known_depth(inputs_shape: Any) -> int:
    """Return the size of the inputs; ValueError if it is not known."""
    shape = as_shape(inputs_shape)
    depth: int | None = shape[1].value
    if depth is None:
        raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {shape}")
    return depth


class _Independent(LayerRNNCell):
    """What the cells share: each unit's state enters its gates with a weight of its own."""

    def __init__(
        self,
        num_units: int,
        activation: Callable[[Any], Any] | None,
        reuse: Any,
        kernel_initializer: Any,
        bias_initializer: Any,
        name: str | None,
        dtype: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation or tanh
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def _add_weights(
        self, inputs_shape: Any, gates: int, prefix: str, kernel: str = "kernel_w", bias: float = 0
    ) -> tuple[Any, Any, Any]:
        """Return the weights of inputs and states, and the biases, of so many gates."""
        depth, size = known_depth(inputs_shape), gates * self._num_units
        start = Constant(bias, dtype=self.dtype) if bias else Zeros(dtype=self.dtype)
        return (
            self.add_weight(
                f"{prefix}{kernel}",
                [depth, size],
                initializer=self._kernel_initializer,
            ),
            self.add_weight(
                f"{prefix}kernel_u", [1, size], initializer=RandomUniform(-1, 1, dtype=self.dtype)
            ),
            self.add_weight(f"{prefix}bias", [size], initializer=self._bias_initializer or start),
        )


class IndRNNCell(_Independent):
    """The plain recurrent cell with a diagonal matrix for the state [1]_.

    Parameters
    ----------
    num_units : int
    activation : callable, optional
        By default `tf.tanh`.
    reuse : bool or AUTO_REUSE, optional
    name : str, optional
    dtype : DType, optional

    Raises
    ------
    ValueError
        If the size of the inputs is not known.

    References
    ----------
    .. [1] S. Li et al., Independently Recurrent Neural Network (IndRNN), 2018

    Examples
    --------
    >>> cell = tf.contrib.rnn.IndRNNCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[1]
    <tf.Variable 'ind_rnn_cell/kernel_u:0' shape=(1, 3) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        activation: Callable[[Any], Any] | None = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, None, None, name, dtype)

    def build(self, inputs_shape: Any) -> None:
        self._w, self._u, self._b = self._add_weights(inputs_shape, 1, "")
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        gates = matmul(inputs, self._w) + state * self._u
        output: Tensor = self._activation(bias_add(gates, self._b))
        return output, output


class IndyGRUCell(_Independent):
    """The gated recurrent unit with diagonal matrices for the state [1]_.

    Parameters
    ----------
    num_units : int
    activation : callable, optional
        By default `tf.tanh`.
    reuse : bool or AUTO_REUSE, optional
    kernel_initializer : initializer, optional
        Of the inputs' weights.
    bias_initializer : initializer, optional
        By default ones for the gates and zeros for the candidate.
    name : str, optional
    dtype : DType, optional

    Raises
    ------
    ValueError
        If the size of the inputs is not known.

    References
    ----------
    .. [1] P. Gonnet, T. Deselaers, IndyLSTMs: Independently Recurrent LSTMs, 2019

    Examples
    --------
    >>> cell = tf.contrib.rnn.IndyGRUCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[1]
    <tf.Variable 'indy_gru_cell/gates/kernel_u:0' shape=(1, 6) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        activation: Callable[[Any], Any] | None = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            num_units, activation, reuse, kernel_initializer, bias_initializer, name, dtype
        )

    def build(self, inputs_shape: Any) -> None:
        self._gates = self._add_weights(inputs_shape, 2, "gates/", bias=1.0)
        self._candidate = self._add_weights(inputs_shape, 1, "candidate/", kernel="kernel")
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        w, u, b = self._gates
        gates = sigmoid(bias_add(matmul(inputs, w) + tile(state, [1, 2]) * u, b))
        reset, update = split(gates, 2, axis=1)
        kept = reset * state
        w, u, b = self._candidate
        candidate = self._activation(bias_add(matmul(inputs, w) + kept * u, b))
        output: Tensor = update * state + (1 - update) * candidate
        return output, output


class IndyLSTMCell(_Independent):
    """The LSTM with diagonal matrices for the output [1]_.

    Parameters
    ----------
    num_units : int
    forget_bias : float
    activation : callable, optional
        By default `tf.tanh`.
    reuse : bool or AUTO_REUSE, optional
    kernel_initializer : initializer, optional
        Of the inputs' weights.
    bias_initializer : initializer, optional
        By default zeros.
    name : str, optional
    dtype : DType, optional

    Raises
    ------
    ValueError
        If the size of the inputs is not known.

    References
    ----------
    .. [1] P. Gonnet, T. Deselaers, IndyLSTMs: Independently Recurrent LSTMs, 2019

    Examples
    --------
    >>> cell = tf.contrib.rnn.IndyLSTMCell(3)
    >>> output, (c, h) = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[1]
    <tf.Variable 'indy_lstm_cell/kernel_u:0' shape=(1, 12) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        activation: Callable[[Any], Any] | None = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            num_units, activation, reuse, kernel_initializer, bias_initializer, name, dtype
        )
        self._forget_bias = forget_bias

    @property
    def state_size(self) -> LSTMStateTuple:
        return LSTMStateTuple(self._num_units, self._num_units)

    def build(self, inputs_shape: Any) -> None:
        self._w, self._u, self._b = self._add_weights(inputs_shape, 4, "")
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, LSTMStateTuple]:  # type: ignore[override]
        one = constant(1, dtype=dtypes.int32)
        c, h = state
        gates = bias_add(matmul(inputs, self._w) + tile(h, [1, 4]) * self._u, self._b)
        i, j, f, o = split(gates, 4, axis=one)
        kept = multiply(c, sigmoid(add(f, constant(self._forget_bias, dtype=f.dtype))))
        c = add(kept, multiply(sigmoid(i), self._activation(j)))
        h = multiply(self._activation(c), sigmoid(o))
        return h, LSTMStateTuple(c, h)
