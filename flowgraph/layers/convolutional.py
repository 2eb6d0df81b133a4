"""Convolution layers over one, two and three axes."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.layers.convolution import Conv
from flowgraph.layers.identifiers import ZEROS


class Conv1D(Conv):
    """A convolution of sequences. Parameters as for `conv1d`; padding may be ``"causal"`` too."""

    causal = True

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
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
            1,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
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


class Conv2D(Conv):
    """A convolution of images. Parameters and errors as for `conv2d`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = (1, 1),
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
            dilation_rate,
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


class Conv3D(Conv):
    """A convolution of volumes. Parameters and errors as for `conv3d`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = (1, 1, 1),
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
            dilation_rate,
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


def conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
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
    """Convolve sequences ``(batch, width, in)``. Parameters and errors as for `conv2d`.

    Examples
    --------
    >>> tf.layers.conv1d(tf.ones([2, 7, 3]), 4, kernel_size=3)
    <tf.Tensor 'conv1d/BiasAdd:0' shape=(2, 5, 4) dtype=float32>
    """
    layer = Conv1D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
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


def conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
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
    """Convolve images with a filter that is a variable, add a bias, and activate.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, in)``, floating point.
    filters : int
        The number of output channels.
    kernel_size : int or pair of int
        The size of the filter: one number, or one for each of height and width.
    strides, dilation_rate : int or pair of int
        Steps between windows and between the elements of one.
    padding : {"valid", "same"}
        Only whole windows, or as many as it takes to cover the image.
    data_format : {"channels_last", "channels_first"}
        With the latter images are ``(batch, in, height, width)``.
    activation : callable or str, optional
    use_bias : bool
    kernel_initializer, bias_initializer : Initializer or str, optional
        The kernel's is by default that of the variable scope, else
        `tf.glorot_uniform_initializer`.
    kernel_regularizer, bias_regularizer : callable, optional
        Give losses, added to ``GraphKeys.REGULARIZATION_LOSSES``.
    activity_regularizer : callable, optional
        Gives a loss for the output. Its mean over the batch is added to the same.
    kernel_constraint, bias_constraint : callable, optional
        What optimizers apply to the values after each step.
    trainable : bool
        Whether optimizers change the variables by default.
    name : str, optional
        The variable scope. By default ``"conv2d"``, ``"conv2d_1"``, ...
    reuse : bool or AUTO_REUSE, optional
        Whether the variables of that name must exist already.

    Returns
    -------
    Tensor
        ``(batch, height', width', filters)``, of the dtype of `inputs`.

    Raises
    ------
    ValueError
        If the number of channels is not known, the rank is not 4, an argument is not as
        stated, or both strides and rates are greater than 1.

    Examples
    --------
    >>> images = tf.placeholder(tf.float32, [None, 28, 28, 1])
    >>> tf.layers.conv2d(images, 32, 5, padding="same", activation=tf.nn.relu)
    <tf.Tensor 'conv2d/Relu:0' shape=(?, 28, 28, 32) dtype=float32>
    >>> tf.trainable_variables()
    [<tf.Variable 'conv2d/kernel:0' shape=(5, 5, 1, 32) dtype=float32_ref>,
     <tf.Variable 'conv2d/bias:0' shape=(32,) dtype=float32_ref>]
    """
    layer = Conv2D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
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


def conv3d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1, 1),
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
    """Convolve volumes ``(batch, depth, height, width, in)``. Parameters as for `conv2d`.

    Examples
    --------
    >>> tf.layers.conv3d(tf.ones([1, 5, 5, 5, 2]), 4, kernel_size=3, strides=2)
    <tf.Tensor 'conv3d/BiasAdd:0' shape=(1, 2, 2, 2, 4) dtype=float32>
    """
    layer = Conv3D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
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
