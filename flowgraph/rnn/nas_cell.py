"""The cell that a search for architectures found."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import bias_add
from flowgraph.ops.joining import split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.rectification import relu
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import LayerRNNCell
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.shapes import as_shape
from flowgraph.variables.initializers import Zeros


class NASCell(LayerRNNCell):
    """The cell found by neural architecture search [1]_.

    Parameters
    ----------
    num_units : int
    num_proj : int, optional
        The size of the output, a linear function of ``h``.
    use_bias : bool
    reuse : bool or AUTO_REUSE, optional
    **kwargs
        As for `tf.layers.Layer`.

    Raises
    ------
    ValueError
        If the size of the inputs is not known.

    References
    ----------
    .. [1] B. Zoph, Q. Le, Neural Architecture Search with Reinforcement Learning, 2016

    Examples
    --------
    >>> cell = tf.contrib.rnn.NASCell(3)
    >>> output, (c, h) = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[0]
    <tf.Variable 'nas_cell/recurrent_kernel:0' shape=(3, 24) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        num_proj: int | None = None,
        use_bias: bool = False,
        reuse: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, **kwargs)
        self._num_units = num_units
        self._num_proj = num_proj
        self._use_bias = use_bias

    @property
    def state_size(self) -> LSTMStateTuple:
        return LSTMStateTuple(self._num_units, self.output_size)

    @property
    def output_size(self) -> int:
        return self._num_units if self._num_proj is None else self._num_proj

    def build(self, inputs_shape: Any) -> None:
        size, depth = self._num_units, as_shape(inputs_shape).with_rank(2)[1].value
        if depth is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        self.recurrent_kernel = self.add_weight("recurrent_kernel", [self.output_size, 8 * size])
        self.kernel = self.add_weight("kernel", [depth, 8 * size])
        if self._use_bias:
            self.bias = self.add_weight("bias", [8 * size], initializer=Zeros())
        if self._num_proj is not None:
            self.projection_weights = self.add_weight("projection_weights", [size, self._num_proj])
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, LSTMStateTuple]:  # type: ignore[override]
        c, h = state
        recurrent = matmul(h, self.recurrent_kernel)
        given = matmul(inputs, self.kernel)
        if self._use_bias:
            recurrent = bias_add(recurrent, self.bias)
        h = split(recurrent, 8, axis=1)
        x = split(given, 8, axis=1)
        # The tree of the paper, from its leaves to its root.
        leaves = [
            sigmoid(x[0] + h[0]),
            relu(x[1] + h[1]),
            sigmoid(x[2] + h[2]),
            relu(x[3] * h[3]),
            tanh(x[4] + h[4]),
            sigmoid(x[5] + h[5]),
            tanh(x[6] + h[6]),
            sigmoid(x[7] + h[7]),
        ]
        first = tanh(leaves[0] * leaves[1])
        second = tanh(leaves[2] + leaves[3])
        third = tanh(leaves[4] * leaves[5])
        fourth = sigmoid(leaves[6] + leaves[7])
        c = tanh(first + c) * second
        h = tanh(c * tanh(third + fourth))
        if self._num_proj is not None:
            h = matmul(h, self.projection_weights)
        return h, LSTMStateTuple(c, h)
