"""Convolution of volumes, and its adjoints: TensorFlow's backprop ops."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.broadcasting import shape_n
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.convolution_rules import Convolution, Forward, ToFilter, ToInput
from flowgraph.ops.core import INDEX, apply, shape
from flowgraph.ops.types import NN_FLOATS
from flowgraph.ops.windows import per_axis


class _Attributes(Convolution, abstract=True):
    data_format: str = "NDHWC"
    dilations: tuple[int, ...] = (1, 1, 1, 1, 1)


class Conv3D(_Attributes, Forward):
    """Cross-correlation of volumes with a filter."""

    signature = Signature("input: T, filter: T -> output: T", T=NN_FLOATS)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, filter = operation.inputs
        x_sizes, filter_sizes = shape_n([x, filter])
        return (
            apply(self.with_op(Conv3DBackpropInputV2), x_sizes, filter, dys[0]),
            apply(self.with_op(Conv3DBackpropFilterV2), x, filter_sizes, dys[0]),
        )


class Conv3DBackpropInputV2(_Attributes, ToInput):
    """The gradient of `Conv3D` with respect to its input; also the transposed convolution."""

    signature = Signature(
        "input_sizes: Tshape, filter: T, out_backprop: T -> output: T", T=NN_FLOATS, Tshape=INDEX
    )

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        _, filter, dy = operation.inputs
        return (
            None,
            apply(self.with_op(Conv3DBackpropFilterV2), dys[0], shape(filter), dy),
            apply(self.with_op(Conv3D), dys[0], filter),
        )


class Conv3DBackpropFilterV2(_Attributes, ToFilter):
    """The gradient of `Conv3D` with respect to its filter."""

    signature = Signature(
        "input: T, filter_sizes: int32, out_backprop: T -> output: T", T=NN_FLOATS
    )

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, _, dy = operation.inputs
        return (
            apply(self.with_op(Conv3DBackpropInputV2), shape(x), dys[0], dy),
            None,
            apply(self.with_op(Conv3D), x, dys[0]),
        )


# -- functions ----------------------------------------------------------------------------------


def conv3d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolve volumes with a filter.

    Parameters
    ----------
    input : Tensor
        ``(batch, depth, height, width, in)``, floating point.
    filter, filters : Tensor
        ``(depth, height, width, in, out)``, same dtype. One of the two.
    strides, dilations : list of int
        One for each axis of `input`; those of batch and channels are 1.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    data_format : str
        ``"NDHWC"`` or ``"NCDHW"``.
    name : str, optional

    Returns
    -------
    Tensor
        ``(batch, depth', height', width', out)``, of the dtype of `input`.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.ones([1, 2, 2, 2, 1])
    >>> y = tf.nn.conv3d(x, tf.ones([2, 2, 2, 1, 1]), [1, 1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y).ravel()
    array([8.], dtype=float32)
    """
    filter = renamed_argument("filter", filter, "filters", filters)
    attributes = _attributes(strides, padding, data_format, dilations)
    return apply(Conv3D(**attributes), input, filter, name=name)


def conv3d_backprop_filter_v2(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Compute the gradient of `conv3d` with respect to its filter.

    Parameters
    ----------
    input : Tensor
    filter_sizes : Tensor or list of int
        The shape of the filter, int32.
    out_backprop : Tensor
        The gradient of the output.
    strides, padding, data_format, dilations, name
        See `conv3d`.

    Examples
    --------
    >>> x = tf.fill([1, 2, 2, 2, 1], 3.0)
    >>> dw = tf.nn.conv3d_backprop_filter(
    ...     x, [1, 1, 1, 1, 1], tf.ones([1, 2, 2, 2, 1]), [1, 1, 1, 1, 1], "SAME"
    ... )
    >>> tf.Session().run(dw).ravel()
    array([24.], dtype=float32)
    """
    attributes = _attributes(strides, padding, data_format, dilations)
    return apply(Conv3DBackpropFilterV2(**attributes), input, filter_sizes, out_backprop, name=name)


def conv3d_transpose(
    value: Any,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str | None = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Apply the transpose of `conv3d`, sometimes called deconvolution.

    Parameters
    ----------
    value, input : Tensor
        ``(batch, depth, height, width, in)``, floating point. One of the two.
    filter, filters : Tensor
        ``(depth, height, width, out, in)``, same dtype. One of the two.
    output_shape : Tensor or list of int
        The shape of the output: an input of `conv3d` that gives one of the shape of `value`.
    strides, padding, data_format, dilations, name
        Those of that `conv3d`.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.ones([1, 1, 1, 1, 1])
    >>> y = tf.nn.conv3d_transpose(x, tf.ones([1, 1, 2, 1, 1]), [1, 1, 1, 2, 1], [1, 1, 1, 2, 1])
    >>> tf.Session().run(y).ravel()
    array([1., 1.], dtype=float32)
    """
    value = renamed_argument("value", value, "input", input)
    filter = renamed_argument("filter", filter, "filters", filters)
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        attributes = _attributes(strides, padding, data_format or "NDHWC", dilations)
        op = Conv3DBackpropInputV2(**attributes)
        return apply(op, output_shape, filter, value, name=scope)


def _attributes(strides: Any, padding: Any, data_format: str, dilations: Any) -> dict[str, Any]:
    channel_axis = 1 if data_format.startswith("NC") else 4
    return {
        "strides": per_axis(strides, 5, channel_axis, "strides"),
        "padding": padding,
        "data_format": data_format,
        "dilations": per_axis(dilations, 5, channel_axis, "dilations"),
    }
