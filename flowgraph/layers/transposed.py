"""Layers that apply the transpose of a convolution."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.layers.convolution import Conv
from flowgraph.layers.identifiers import ZEROS
from flowgraph.layers.windows import covered_by, layout
from flowgraph.ops.convolution import conv2d_transpose as transpose_of_conv2d
from flowgraph.ops.convolution_3d import conv3d_transpose as transpose_of_conv3d
from flowgraph.ops.core import shape
from flowgraph.ops.packing import stack

_TRANSPOSES = {2: transpose_of_conv2d, 3: transpose_of_conv3d}


class ConvTranspose(Conv):
    """The transpose of a convolution over `rank` axes, then a bias and an activation.

    Attributes
    ----------
    kernel : Variable
        ``(*kernel_size, filters, in)``.
    """

    def build(self, input_shape: Any) -> None:
        channels = self._build_channels(input_shape)
        self.kernel = self._kernel("kernel", (*self.kernel_size, self.filters, channels))
        self._build_bias()
        self.built = True

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        dynamic = shape(inputs)
        batch = dynamic[0]
        first = 1 if self.data_format == "channels_last" else 2
        small = [dynamic[first + axis] for axis in range(self.rank)]
        sizes = [self._output_size(size, axis) for axis, size in enumerate(small)]
        sizes.insert(0 if first == 2 else self.rank, self.filters)
        strides = [1, *self.strides, 1] if first == 1 else [1, 1, *self.strides]
        function: Any = _TRANSPOSES[self.rank]
        form = layout(self.data_format, self.rank)
        output_shape = stack([batch, *sizes])
        if self.rank == 2:
            # TensorFlow makes this node. Operations without a seed draw by the count of nodes.
            _ = output_shape[0]
        outputs = function(inputs, self.kernel, output_shape, strides, self.padding.upper(), form)
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return self._finished(self._with_bias(outputs))

    def _output_size(self, size: Any, axis: int) -> Any:
        return covered_by(size, self.kernel_size[axis], self.padding, self.strides[axis])


class Conv2DTranspose(ConvTranspose):
    """Parameters and errors as for `conv2d_transpose`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
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
            1,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            kernel_constraint,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            trainable=trainable,
            name=name,
            **kwargs,
        )


class Conv3DTranspose(ConvTranspose):
    """Parameters and errors as for `conv3d_transpose`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            3,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            1,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            kernel_constraint,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            trainable=trainable,
            name=name,
            **kwargs,
        )


def conv2d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution of images, sometimes called deconvolution.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, in)``, floating point.
    filters : int
        The number of output channels.
    kernel_size, strides : int or pair of int
        Those of the convolution that leads from the output back to the inputs' shape.
    padding : {"valid", "same"}
        Likewise. The output is `strides` times as large as the inputs, and with
        ``"valid"`` by ``kernel_size - strides`` larger, where that is positive.
    data_format, activation, use_bias, trainable, name, reuse
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
    >>> x = tf.placeholder(tf.float32, [None, 7, 7, 3])
    >>> tf.layers.conv2d_transpose(x, 4, 3, strides=2, padding="same")
    <tf.Tensor 'conv2d_transpose/BiasAdd:0' shape=(?, 14, 14, 4) dtype=float32>
    """
    layer = Conv2DTranspose(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        activation,
        use_bias,
        kernel_initializer,
        bias_initializer,
        kernel_regularizer,
        bias_regularizer,
        activity_regularizer,
        kernel_constraint,
        bias_constraint,
        trainable,
        name,
        _reuse=reuse,
        _scope=name,
    )
    return layer(inputs)  # type: ignore[no-any-return]


def conv3d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution of volumes. Parameters as for `conv2d_transpose`.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 4, 4, 4, 3])
    >>> tf.layers.conv3d_transpose(x, 2, 3, strides=2, padding="same")
    <tf.Tensor 'conv3d_transpose/BiasAdd:0' shape=(?, 8, 8, 8, 2) dtype=float32>
    """
    layer = Conv3DTranspose(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        activation,
        use_bias,
        kernel_initializer,
        bias_initializer,
        kernel_regularizer,
        bias_regularizer,
        activity_regularizer,
        kernel_constraint,
        bias_constraint,
        trainable,
        name,
        _reuse=reuse,
        _scope=name,
    )
    return layer(inputs)  # type: ignore[no-any-return]
