"""LSTMs over images and the like: convolutions in place of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.convolution import conv1d, conv2d
from flowgraph.ops.convolution_3d import conv3d
from flowgraph.ops.joining import concat, split
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.coupled_lstm import warn_of_initializer
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.shapes import TensorShape
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant


class ConvLSTMCell(RNNCell):
    """An LSTM whose gates are convolutions of input and output [1]_.

    Parameters
    ----------
    conv_ndims : int
        Over how many dimensions to convolve: 1, 2 or 3.
    input_shape : list of int
        Of an input, without the batch, the channels last.
    output_channels : int
    kernel_shape : list of int
        For each dimension.
    use_bias : bool
    skip_connection : bool
        Put the input beside the output.
    forget_bias : float
    initializers : optional
        Not used, as in TensorFlow: give it to the variable scope around the cell.
    name : str

    Raises
    ------
    ValueError
        If `input_shape` has not `conv_ndims` dimensions and the channels.

    References
    ----------
    .. [1] X. Shi et al., Convolutional LSTM Network: A Machine Learning Approach for
       Precipitation Nowcasting, 2015

    Examples
    --------
    >>> cell = tf.contrib.rnn.ConvLSTMCell(2, [8, 8, 3], output_channels=4, kernel_shape=[3, 3])
    >>> output, _ = cell(tf.ones([1, 8, 8, 3]), cell.zero_state(1, tf.float32))
    >>> output.shape.as_list()
    [1, 8, 8, 4]
    """

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Sequence[int],
        output_channels: int,
        kernel_shape: Sequence[int],
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: str | None = "conv_lstm_cell",
    ) -> None:
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.")
        warn_of_initializer(self, initializers)
        self._conv_ndims = conv_ndims
        self._input_shape = list(input_shape)
        self._output_channels = output_channels
        self._kernel_shape = list(kernel_shape)
        self._use_bias = use_bias
        self._skip_connection = skip_connection
        self._forget_bias = forget_bias

    @property
    def state_size(self) -> LSTMStateTuple:
        shape = TensorShape([*self._input_shape[:-1], self._output_channels])
        return LSTMStateTuple(shape, shape)

    @property
    def output_size(self) -> TensorShape:
        beside = self._input_shape[-1] if self._skip_connection else 0
        return TensorShape([*self._input_shape[:-1], self._output_channels + beside])

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, LSTMStateTuple]:  # type: ignore[override]
        c, h = state
        gates = self._convolved([inputs, h], 4 * self._output_channels)
        i, j, f, o = split(gates, 4, axis=self._conv_ndims + 1)
        c = sigmoid(f + self._forget_bias) * c
        c = c + sigmoid(i) * tanh(j)
        output = tanh(c) * sigmoid(o)
        if self._skip_connection:
            output = concat([output, inputs], axis=-1)
        return output, LSTMStateTuple(c, output)

    def _convolved(self, inputs: list[Tensor], channels: int) -> Any:
        shapes: list[Any] = [x.shape.as_list() for x in inputs]
        for shape in shapes:
            if len(shape) not in (3, 4, 5):
                raise ValueError(f"Conv Linear expects 3D, 4D or 5D arguments: {shapes}")
            if len(shape) != len(shapes[0]):
                raise ValueError(f"Conv Linear expects all args to be of same Dimension: {shapes}")
        rank, dtype = len(shapes[0]), inputs[0].dtype
        depth = sum(shape[-1] for shape in shapes)
        kernel: Any = get_variable("kernel", [*self._kernel_shape, depth, channels], dtype=dtype)
        x = concat(inputs, axis=rank - 1)
        if rank == 3:
            result = conv1d(x, kernel, 1, padding="SAME")
        else:
            result = (conv2d if rank == 4 else conv3d)(x, kernel, [1] * rank, padding="SAME")
        if not self._use_bias:
            return result
        zero = Constant(0.0, dtype=dtype)
        bias: Any = get_variable("biases", [channels], dtype=dtype, initializer=zero)
        return result + bias


class Conv1DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over sequences. Parameters and errors as there.

    Examples
    --------
    >>> cell = tf.contrib.rnn.Conv1DLSTMCell(
    ...     input_shape=[8, 3], output_channels=4, kernel_shape=[3])
    >>> cell.output_size
    TensorShape([Dimension(8), Dimension(4)])
    """

    def __init__(self, name: str | None = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over images. Parameters and errors as there.

    Examples
    --------
    >>> cell = tf.contrib.rnn.Conv2DLSTMCell(
    ...     input_shape=[8, 8, 3], output_channels=4, kernel_shape=[3, 3])
    >>> cell.output_size.as_list()
    [8, 8, 4]
    """

    def __init__(self, name: str | None = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over volumes. Parameters and errors as there.

    Examples
    --------
    >>> cell = tf.contrib.rnn.Conv3DLSTMCell(
    ...     input_shape=[8, 8, 8, 3], output_channels=4, kernel_shape=[3, 3, 3])
    >>> cell.output_size.as_list()
    [8, 8, 8, 4]
    """

    def __init__(self, name: str | None = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=3, name=name, **kwargs)
