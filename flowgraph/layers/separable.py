"""Layers that convolve each channel alone and then mix the channels."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.layers.convolution import Conv
from flowgraph.layers.identifiers import ZEROS, function_of, initializer_of
from flowgraph.layers.windows import layout
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.bias import bias_add
from flowgraph.ops.separable import separable_conv2d as convolve


class SeparableConv(Conv):
    """A convolution of each channel, then one over channels, a bias and an activation.

    The other parameters are those of `separable_conv2d`.

    Attributes
    ----------
    depthwise_kernel : Variable
        ``(*kernel_size, in, depth_multiplier)``.
    pointwise_kernel : Variable
        ``(1, ..., in * depth_multiplier, filters)``.
    bias : Variable or None
        ``(filters,)``.
    """

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str,
        dilation_rate: Any,
        depth_multiplier: int,
        activation: Any,
        use_bias: bool,
        depthwise_initializer: Any,
        pointwise_initializer: Any,
        bias_initializer: Any,
        depthwise_regularizer: Any,
        pointwise_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        depthwise_constraint: Any,
        pointwise_constraint: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            rank,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            None,
            bias_initializer,
            None,
            bias_regularizer,
            None,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = initializer_of(depthwise_initializer)
        self.pointwise_initializer = initializer_of(pointwise_initializer)
        self.depthwise_regularizer = function_of("regularizer", depthwise_regularizer)
        self.pointwise_regularizer = function_of("regularizer", pointwise_regularizer)
        self.depthwise_constraint = function_of("constraint", depthwise_constraint)
        self.pointwise_constraint = function_of("constraint", pointwise_constraint)

    def build(self, input_shape: Any) -> None:
        channels = self._build_channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            (*(1 for _ in self.kernel_size), channels * self.depth_multiplier, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self._build_bias()
        self.built = True


class SeparableConv1D(SeparableConv):
    """Parameters as for `separable_conv1d`; padding may be ``"causal"`` too."""

    causal = True

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            1,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            depth_multiplier,
            activation,
            use_bias,
            depthwise_initializer,
            pointwise_initializer,
            bias_initializer,
            depthwise_regularizer,
            pointwise_regularizer,
            bias_regularizer,
            activity_regularizer,
            depthwise_constraint,
            pointwise_constraint,
            bias_constraint,
            trainable=trainable,
            name=name,
            **kwargs,
        )

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        padded, padding = self._padded(inputs)
        axis = 1 if self.data_format == "channels_last" else 2
        stride = self.strides * 2
        image = convolve(
            expand_dims(padded, axis),
            expand_dims(self.depthwise_kernel, 0),
            expand_dims(self.pointwise_kernel, 0),
            (1, *stride, 1) if axis == 1 else (1, 1, *stride),
            padding,
            rate=(1, *self.dilation_rate),
            data_format=layout(self.data_format, 2),
        )
        if self.use_bias:
            image = bias_add(image, self.bias, layout(self.data_format, 2))
        return self._finished(squeeze(image, [axis]))


class SeparableConv2D(SeparableConv):
    """Parameters and errors as for `separable_conv2d`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            2,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            depth_multiplier,
            activation,
            use_bias,
            depthwise_initializer,
            pointwise_initializer,
            bias_initializer,
            depthwise_regularizer,
            pointwise_regularizer,
            bias_regularizer,
            activity_regularizer,
            depthwise_constraint,
            pointwise_constraint,
            bias_constraint,
            trainable=trainable,
            name=name,
            **kwargs,
        )

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        last = self.data_format == "channels_last"
        outputs = convolve(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            (1, *self.strides, 1) if last else (1, 1, *self.strides),
            self.padding.upper(),
            rate=self.dilation_rate,
            data_format=layout(self.data_format, 2),
        )
        return self._finished(self._with_bias(outputs))


def separable_conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """Do the same to sequences ``(batch, width, in)``. Parameters as for `separable_conv2d`.

    Examples
    --------
    >>> tf.layers.separable_conv1d(tf.ones([2, 8, 3]), 4, 3)
    <tf.Tensor 'separable_conv1d/Squeeze:0' shape=(2, 6, 4) dtype=float32>
    """
    layer = SeparableConv1D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        depth_multiplier,
        activation,
        use_bias,
        depthwise_initializer,
        pointwise_initializer,
        bias_initializer,
        depthwise_regularizer,
        pointwise_regularizer,
        bias_regularizer,
        activity_regularizer,
        depthwise_constraint,
        pointwise_constraint,
        bias_constraint,
        trainable,
        name,
        _reuse=reuse,
        _scope=name,
    )
    return layer(inputs)  # type: ignore[no-any-return]


def separable_conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """Convolve each channel of images alone, mix the channels, add a bias, and activate.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, in)``, floating point.
    filters : int
        The number of output channels.
    kernel_size, strides, padding, data_format, dilation_rate
        Those of the first convolution, as for `flowgraph.layers.convolutional.conv2d`.
    depth_multiplier : int
        How many channels the first convolution makes of each.
    depthwise_initializer, pointwise_initializer : Initializer or str, optional
        For the two kernels; so are the regularizers and constraints of these names.
    activation, use_bias, trainable, name, reuse
        As for `flowgraph.layers.convolutional.conv2d`; so are the others.

    Returns
    -------
    Tensor
        ``(batch, height', width', filters)``, of the dtype of `inputs`.

    Raises
    ------
    ValueError
        If the number of channels is not known, or an argument is not as stated.

    Examples
    --------
    >>> tf.layers.separable_conv2d(tf.ones([2, 8, 8, 3]), 4, 3)
    <tf.Tensor 'separable_conv2d/BiasAdd:0' shape=(2, 6, 6, 4) dtype=float32>
    >>> [v.name for v in tf.trainable_variables()]
    ['separable_conv2d/depthwise_kernel:0', 'separable_conv2d/pointwise_kernel:0',
     'separable_conv2d/bias:0']
    """
    layer = SeparableConv2D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        depth_multiplier,
        activation,
        use_bias,
        depthwise_initializer,
        pointwise_initializer,
        bias_initializer,
        depthwise_regularizer,
        pointwise_regularizer,
        bias_regularizer,
        activity_regularizer,
        depthwise_constraint,
        pointwise_constraint,
        bias_constraint,
        trainable,
        name,
        _reuse=reuse,
        _scope=name,
    )
    return layer(inputs)  # type: ignore[no-any-return]
