"""Convolution and pooling with holes, as dense ones over interleaved batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.block_padding import required_space_to_batch_paddings
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.convolution import conv1d, conv2d, conv2d_backprop_input
from flowgraph.ops.convolution_3d import conv3d
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.joining import concat
from flowgraph.ops.packing import stack
from flowgraph.ops.spacing import batch_to_space_nd, space_to_batch_nd

Dense = Callable[[Tensor, int, str], Tensor]


def with_space_to_batch(
    input: Any,
    dilation_rate: Any,
    padding: str,
    op: Dense,
    filter_shape: Any = None,
    spatial_dims: Any = None,
    data_format: str | None = None,
) -> Tensor:
    """Apply a windowed function with holes between the elements of its windows.

    Every `rate`-th element goes into an image of its own, to which `op` is applied without
    holes; then the images are put together again.

    Parameters
    ----------
    input : Tensor
        Of rank ``2 + n``.
    dilation_rate : list of int
        Steps between the elements of a window along each of the `n` spatial axes.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    op : callable
        ``op(input, n, padding)``.
    filter_shape : Tensor or list of int, optional
        Begins with the window's size along each spatial axis. Needed for ``"SAME"``.
    spatial_dims : list of int, optional
        The spatial axes; all but the first and the last by default.
    data_format : str, optional
        ``"NC..."`` moves them behind the channels.

    Raises
    ------
    ValueError
        If a rate is not positive or `padding` not one of the two.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(5.0), [1, 5, 1])
    >>> def both(x, n, padding):
    ...     return tf.nn.conv1d(x, tf.ones([2, 1, 1]), 1, padding)
    >>> tf.Session().run(tf.nn.with_space_to_batch(x, [2], "VALID", both)).ravel()
    array([2., 4., 6.], dtype=float32)
    """
    given = convert_to_tensor(input, name="input")
    rate = convert_to_tensor(dilation_rate, dtypes.int32, name="dilation_rate")
    rates = rate.static_value()
    if rates is None or rates.ndim != 1:
        raise ValueError("dilation_rate must be a constant of rank 1")
    if (rates < 1).any():
        raise ValueError("dilation_rate must be positive")
    count = len(rates)
    if (rates == 1).all():
        return op(given, count, padding)
    if padding == "SAME":
        base = _same_border(filter_shape, rates)
    elif padding == "VALID":
        base = np.zeros((count, 2), np.int32)
    else:
        raise ValueError(f"Invalid padding method {padding!r}")
    first = 2 if data_format is not None and data_format.startswith("NC") else 1
    axes = list(range(first, first + count) if spatial_dims is None else spatial_dims)
    paddings, crops = required_space_to_batch_paddings(
        input_shape=_sizes(given, axes), base_paddings=base, block_shape=rate
    )
    lead = axes[0] - 1
    block = np.concatenate([np.ones(lead, np.int32), rates])
    paddings, crops = (_with_axes_before(pairs, lead) for pairs in (paddings, crops))
    dense = op(space_to_batch_nd(given, block, paddings), count, "VALID")
    return batch_to_space_nd(dense, block, crops)


def _same_border(filter_shape: Any, rates: Any) -> Any:
    """The border that makes the output as large as the input."""
    if filter_shape is None:
        raise ValueError("filter_shape must be specified for SAME padding")
    sizes = convert_to_tensor(filter_shape, name="filter_shape")
    known = sizes.static_value()
    if known is not None:
        needed = (known[: len(rates)].astype(np.int32) - 1) * rates
        pairs: Any = [[int(n) // 2, int(n) - int(n) // 2] for n in needed]
    else:
        pairs = []
        for axis, step in enumerate(rates):
            extra = (sizes[axis] - 1) * int(step)
            pairs.append([extra // 2, extra - extra // 2])
    return stack(pairs)


def _sizes(input: Tensor, axes: Sequence[int]) -> Any:
    """The sizes of some axes: numbers if all are known."""
    if input.shape.sizes is not None:
        sizes = [input.shape.sizes[axis] for axis in axes]
        if None not in sizes:
            return sizes
    dynamic = shape(input)
    return stack([dynamic[axis] for axis in axes])


def _with_axes_before(pairs: Tensor, count: int) -> Any:
    """`pairs` after rows of zeros: axes that are neither padded nor cropped."""
    known = pairs.static_value()
    zeros = np.zeros((count, 2), np.int32)
    if known is not None:
        return np.concatenate([zeros, known])
    return concat([zeros, pairs], 0) if count else pairs


# -- convolution --------------------------------------------------------------------------------


def convolution(
    input: Any,
    filter: Any,
    padding: str,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolve over one, two or three axes.

    Parameters
    ----------
    input : Tensor
        ``(batch, *sizes, in)``, floating point.
    filter, filters : Tensor
        ``(*kernel, in, out)``, same dtype. One of the two; `filter` is given as None
        beside `filters`.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    strides : list of int, optional
        Steps between windows, one for each spatial axis.
    dilation_rate, dilations : list of int, optional
        Steps between the elements of a window, one for each spatial axis. One of the two.
    name : str, optional
    data_format : str, optional
        ``"NWC"``, ``"NHWC"``, ``"NDHWC"``, or the same with the C behind the N.

    Returns
    -------
    Tensor
        ``(batch, *sizes', out)``, of the dtype of `input`.

    Raises
    ------
    ValueError
        If the shapes do not fit, or both strides and rates are greater than 1.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(5.0), [1, 5, 1])
    >>> y = tf.nn.convolution(x, tf.ones([2, 1, 1]), "VALID", dilation_rate=[2])
    >>> tf.Session().run(y).ravel()
    array([2., 4., 6.], dtype=float32)
    """
    filter = renamed_argument("filter", filter, "filters", filters)
    dilation_rate = renamed_argument("dilation_rate", dilation_rate, "dilations", dilations)
    with name_scope(name, "convolution", [input, filter]) as scope:
        x = convert_to_tensor(input, name="input")
        kernel = convert_to_tensor(filter, name="filter")
        rank = kernel.shape.ndims if kernel.shape.ndims is not None else x.shape.ndims
        if rank is None:
            raise ValueError("rank of input or filter must be known")
        spatial = rank - 2
        if not 1 <= spatial <= 3:
            raise ValueError("num_spatial_dims must be 1, 2 or 3.")
        steps, rates = steps_and_rates(spatial, strides, dilation_rate)
        if all(rate == 1 for rate in rates):
            return _convolve(x, kernel, steps, padding, data_format, scope)
        _check_channels(x, kernel, rank, data_format)

        def dense(part: Tensor, _: int, mode: str) -> Tensor:
            return _convolve(part, kernel, steps, mode, data_format, scope)

        return with_space_to_batch(
            x, rates, padding, dense, filter_shape=_shape_of(kernel), data_format=data_format
        )


def _shape_of(filter: Tensor) -> Any:
    """The filter's shape: numbers if all are known."""
    sizes = filter.shape
    return sizes.as_list() if sizes.is_fully_defined() else shape(filter)


def _check_channels(x: Tensor, filter: Tensor, rank: int, data_format: str | None) -> None:
    for label, given in (("input", x), ("filter", filter)):
        if given.shape.ndims not in (None, rank):
            raise ValueError(f"{label} tensor must have rank {rank}")
    if x.shape.sizes is None or filter.shape.sizes is None:
        return
    first = data_format is not None and data_format.startswith("NC")
    channels, expected = x.shape[1 if first else rank - 1], filter.shape[rank - 2]
    if not channels.is_compatible_with(expected):
        raise ValueError(
            "number of input channels does not match corresponding dimension of filter, "
            f"{channels} != {expected}"
        )


def steps_and_rates(count: int, strides: Any, dilation_rate: Any) -> tuple[list[int], list[int]]:
    """The strides and rates as lists, 1 where left out."""
    lists = []
    for label, given in (("dilation_rate", dilation_rate), ("strides", strides)):
        values = [1] * count if given is None else [int(n) for n in given]
        if len(values) != count:
            raise ValueError(f"len({label})={len(values)} but should be {count}")
        if any(n < 1 for n in values):
            raise ValueError(f"all values of {label} must be positive")
        lists.append(values)
    rates, steps = lists
    if any(n > 1 for n in steps) and any(n > 1 for n in rates):
        raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
    return steps, rates


def _convolve(
    x: Tensor, filter: Tensor, steps: list[int], padding: str, data_format: str | None, name: str
) -> Tensor:
    if len(steps) == 1:
        return conv1d(x, filter, steps[0], padding, data_format=data_format, name=name)
    if len(steps) == 2:
        layout = data_format or "NHWC"
        return conv2d(x, filter, steps, padding, data_format=layout, name=name)
    return conv3d(x, filter, steps, padding, data_format=data_format or "NDHWC", name=name)


def atrous_conv2d(
    value: Any, filters: Any, rate: Any, padding: str, name: str | None = None
) -> Tensor:
    """Convolve images with a filter with holes.

    Parameters
    ----------
    value : Tensor
        ``(batch, height, width, in)``, floating point.
    filters : Tensor
        ``(height, width, in, out)``, same dtype.
    rate : int
        Steps between the elements of a window.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> tf.Session().run(tf.nn.atrous_conv2d(x, tf.ones([2, 2, 1, 1]), 2, "VALID")).ravel()
    array([16.], dtype=float32)
    """
    rates = np.broadcast_to(rate, (2,)).tolist()
    return convolution(value, filters, padding, dilation_rate=rates, name=name)


def atrous_conv2d_transpose(
    value: Any,
    filters: Any,
    output_shape: Any,
    rate: int,
    padding: str,
    name: str | None = None,
) -> Tensor:
    """Apply the transpose of `atrous_conv2d`.

    Parameters
    ----------
    value : Tensor
        ``(batch, height, width, in)``, floating point.
    filters : Tensor
        ``(height, width, out, in)``, same dtype; height and width are known.
    output_shape : Tensor or list of int
        The shape of the output.
    rate : int
        Steps between the elements of a window.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes do not fit or `padding` is another.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x, w = tf.ones([1, 1, 1, 1]), tf.ones([2, 2, 1, 1])
    >>> y = tf.nn.atrous_conv2d_transpose(x, w, [1, 3, 3, 1], 2, "VALID")
    >>> tf.Session().run(y)[0, :, :, 0]
    array([[1., 0., 1.],
           [0., 0., 0.],
           [1., 0., 1.]], dtype=float32)
    """
    if rate < 1:
        raise ValueError(f"rate {rate} cannot be less than one")
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"padding must be either VALID or SAME: {padding}")
    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]) as scope:
        x = convert_to_tensor(value, name="value")
        kernel = convert_to_tensor(filters, name="filters")
        if not x.shape.with_rank(4)[3].is_compatible_with(kernel.shape.with_rank(4)[3]):
            raise ValueError(
                "value's input channels does not match filters' input channels, "
                f"{x.shape[3]} != {kernel.shape[3]}"
            )
        ones = (1, 1, 1, 1)
        if rate == 1:
            return conv2d_backprop_input(output_shape, kernel, x, ones, padding, name=scope)
        sizes = convert_to_tensor(output_shape, dtypes.int32, name="output_shape")
        known = sizes.static_value()
        batch, height, width, channels = (
            sizes[i] if known is None else int(known[i]) for i in range(4)
        )
        borders: list[Any] = []
        for axis, size in enumerate((height, width)):
            extent = (_known(kernel, axis) - 1) * rate
            before = extent // 2 if padding == "SAME" else 0
            after = extent - before if padding == "SAME" else 0
            rest = (rate - (size + before + after) % rate) % rate
            borders.append((before, after, after + rest, rest))
        tall, broad = (
            (size + before + behind) // rate
            for size, (before, _, behind, _) in zip((height, width), borders, strict=True)
        )
        gaps = [[0, rest] for *_, rest in borders]
        images = space_to_batch_nd(x, [rate, rate], gaps)
        inner = [batch * rate * rate, tall, broad, channels]
        dense = conv2d_backprop_input(
            inner if known is not None else stack(inner), kernel, images, ones, "VALID"
        )
        crops = [[before, behind] for before, _, behind, _ in borders]
        return batch_to_space_nd(dense, [rate, rate], crops)


def _known(filter: Tensor, axis: int) -> int:
    size = filter.shape[axis].value
    if size is None:
        raise NotImplementedError("atrous_conv2d_transpose with filters of unknown size")
    return int(size)
