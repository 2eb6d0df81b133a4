"""What the convolution layers share."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import activation_of, function_of, initializer_of
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.layer import Layer
from flowgraph.layers.windows import data_format_of, layout, padding_of, per_axis, windows_along
from flowgraph.ops.array import reshape
from flowgraph.ops.bias import bias_add
from flowgraph.ops.convolution import conv1d, conv2d
from flowgraph.ops.convolution_3d import conv3d
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.dilated import steps_and_rates, with_space_to_batch
from flowgraph.ops.slicing import pad
from flowgraph.shapes import TensorShape, as_shape

_CONVOLUTIONS = {1: conv1d, 2: conv2d, 3: conv3d}


class Conv(Layer):
    """A convolution over `rank` axes, then a bias and an activation.

    The other parameters are those of `flowgraph.layers.convolutional.conv2d`.

    Attributes
    ----------
    kernel : Variable
        ``(*kernel_size, in, filters)``.
    bias : Variable or None
        ``(filters,)``.
    """

    causal = False
    """Whether ``padding="causal"`` is allowed."""

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        bias_regularizer: Any,
        kernel_constraint: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rank = rank
        self.filters = filters
        self.kernel_size = per_axis(kernel_size, rank, "kernel_size")
        self.strides = per_axis(strides, rank, "strides")
        self.padding = padding_of(padding)
        if self.padding == "causal" and not self.causal:
            raise ValueError("Causal padding is only supported for `Conv1D`and ``SeparableConv1D`.")
        self.data_format = data_format_of(data_format)
        self.dilation_rate = per_axis(dilation_rate, rank, "dilation_rate")
        self.activation = activation_of(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializer_of(kernel_initializer)
        self.bias_initializer = initializer_of(bias_initializer)
        self.kernel_regularizer = function_of("regularizer", kernel_regularizer)
        self.bias_regularizer = function_of("regularizer", bias_regularizer)
        self.kernel_constraint = function_of("constraint", kernel_constraint)
        self.bias_constraint = function_of("constraint", bias_constraint)
        self.input_spec = InputSpec(ndim=rank + 2)
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        channels = self._build_channels(input_shape)
        self.kernel = self._kernel("kernel", (*self.kernel_size, channels, self.filters))
        self._build_bias()
        self._rates = convert_to_tensor(self.dilation_rate, dtypes.int32, name="dilation_rate")
        self.built = True

    def _channel_axis(self) -> int:
        return -1 if self.data_format == "channels_last" else 1

    def _build_channels(self, input_shape: Any) -> int:
        """Return how many channels the inputs have, which they must have from now on."""
        axis = self._channel_axis()
        channels = as_shape(input_shape)[axis].value
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        return int(channels)

    def _kernel(self, name: str, shape: tuple[int, ...]) -> Any:
        return self.add_weight(
            name,
            shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )

    def _build_bias(self) -> None:
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                (self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        steps, rates = steps_and_rates(self.rank, self.strides, self.dilation_rate)
        form = layout(self.data_format, self.rank)
        function: Any = _CONVOLUTIONS[self.rank]

        def dense(part: Tensor, _: int, padding: str) -> Tensor:
            strides = steps[0] if self.rank == 1 else steps
            result: Tensor = function(part, self.kernel, strides, padding, data_format=form)
            return result

        padded, padding = self._padded(inputs)
        if all(rate == 1 for rate in rates):
            outputs = dense(padded, self.rank, padding)
        else:
            sizes = self.kernel.shape.as_list()
            outputs = with_space_to_batch(
                padded, self._rates, padding, dense, filter_shape=sizes, data_format=form
            )
        return self._finished(self._with_bias(outputs))

    def _padded(self, inputs: Any) -> tuple[Any, str]:
        """Return the inputs, with zeros before them if padding is causal, and the padding left."""
        if self.padding != "causal":
            return inputs, self.padding.upper()
        zeros = [self.dilation_rate[0] * (self.kernel_size[0] - 1), 0]
        if self.data_format == "channels_last":
            return pad(inputs, [[0, 0], zeros, [0, 0]]), "VALID"
        return pad(inputs, [[0, 0], [0, 0], zeros]), "VALID"

    def _with_bias(self, outputs: Tensor) -> Tensor:
        if not self.use_bias:
            return outputs
        if self.data_format == "channels_last":
            return bias_add(outputs, self.bias)
        if self.rank == 1:
            result: Tensor = outputs + reshape(self.bias, (1, self.filters, 1))
            return result
        return bias_add(outputs, self.bias, data_format="NCHW")

    def _finished(self, outputs: Tensor) -> Tensor:
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        sizes = as_shape(input_shape).with_rank(self.rank + 2).as_list()
        first = 1 if self.data_format == "channels_last" else 2
        for axis in range(self.rank):
            sizes[first + axis] = self._output_size(sizes[first + axis], axis)
        sizes[self._channel_axis()] = self.filters
        return TensorShape.of(tuple(sizes))

    def _output_size(self, size: int | None, axis: int) -> int | None:
        window, rate = self.kernel_size[axis], self.dilation_rate[axis]
        return windows_along(size, window, self.padding, self.strides[axis], rate)
