"""The plain recurrent cell, and the gated recurrent unit."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import activation_of, initializer_of
from flowgraph.layers.input_spec import InputSpec
from flowgraph.ops.bias import bias_add
from flowgraph.ops.joining import concat, split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import LayerRNNCell, check_floating, check_operands
from flowgraph.variables.initializers import Constant, Zeros


class BasicRNNCell(LayerRNNCell):
    """``activation([inputs, state] @ kernel + bias)``, which is output and state alike.

    Parameters
    ----------
    num_units : int
    activation : callable or str, optional
        By default `tf.tanh`.
    reuse : bool or AUTO_REUSE, optional
        Whether the variables must exist already.
    name : str, optional
    dtype : DType, optional
    **kwargs
        As for `tf.layers.Layer`.

    Raises
    ------
    ValueError
        If the inputs are no floating-point numbers, or their size is not known.

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[0]
    <tf.Variable 'basic_rnn_cell/kernel:0' shape=(7, 3) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_floating(self.dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation_of(activation) or tanh

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        size = self._num_units
        self._kernel = self.add_weight("kernel", [self._depth(inputs_shape) + size, size])
        self._bias = self.add_weight("bias", [size], initializer=Zeros(dtype=self.dtype))
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        check_operands(inputs, state)
        combined = matmul(concat([inputs, state], 1), self._kernel)
        output: Tensor = self._activation(bias_add(combined, self._bias))
        return output, output


class GRUCell(LayerRNNCell):
    """The gated recurrent unit [1]_.

    With gates ``r, u = sigmoid([inputs, state] @ gates)`` and the candidate ``c =
    activation([inputs, r * state] @ candidate)``, output and state are
    ``u * state + (1 - u) * c``.

    Parameters
    ----------
    num_units : int
    activation : callable or str, optional
        By default `tf.tanh`.
    reuse : bool or AUTO_REUSE, optional
        Whether the variables must exist already.
    kernel_initializer : initializer, optional
    bias_initializer : initializer, optional
        By default ones for the gates and zeros for the candidate.
    name : str, optional
    dtype : DType, optional
    **kwargs
        As for `tf.layers.Layer`.

    Raises
    ------
    ValueError
        If the inputs are no floating-point numbers, or their size is not known.

    References
    ----------
    .. [1] K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for
       Statistical Machine Translation, 2014

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> [variable.name for variable in cell.weights][:2]
    ['gru_cell/gates/kernel:0', 'gru_cell/gates/bias:0']
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_floating(self.dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation_of(activation) or tanh
        self._kernel_initializer = initializer_of(kernel_initializer)
        self._bias_initializer = initializer_of(bias_initializer)

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        size = self._num_units
        rows = self._depth(inputs_shape) + size
        kernel, bias = self._kernel_initializer, self._bias_initializer
        self._gate_kernel = self.add_weight("gates/kernel", [rows, 2 * size], initializer=kernel)
        self._gate_bias = self.add_weight(
            "gates/bias", [2 * size], initializer=bias or Constant(1.0, dtype=self.dtype)
        )
        self._candidate_kernel = self.add_weight(
            "candidate/kernel", [rows, size], initializer=kernel
        )
        self._candidate_bias = self.add_weight(
            "candidate/bias", [size], initializer=bias or Zeros(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        check_operands(inputs, state)
        gates = bias_add(matmul(concat([inputs, state], 1), self._gate_kernel), self._gate_bias)
        reset, update = split(sigmoid(gates), 2, axis=1)
        combined = matmul(concat([inputs, reset * state], 1), self._candidate_kernel)
        candidate = self._activation(bias_add(combined, self._candidate_bias))
        output: Tensor = update * state + (1 - update) * candidate
        return output, output
