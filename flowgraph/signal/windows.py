"""Windows, and signals cut into frames and put together again."""

from __future__ import annotations

import math
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape, transpose
from flowgraph.ops.core import cast, constant, convert_to_tensor, rank, shape
from flowgraph.ops.filling import zeros
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.packing import stack
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.sequences import range
from flowgraph.ops.slicing import pad
from flowgraph.ops.trigonometric import cos


def hann_window(
    window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """Return a Hann window: one period of ``0.5 - 0.5 cos``.

    Parameters
    ----------
    window_length : int
    periodic : bool
        For spectra: a window of even length is the first part of one that is one longer.
    dtype : DType
        Of a floating-point kind.
    name : str, optional

    Raises
    ------
    ValueError
        If `dtype` is no floating-point one.

    Examples
    --------
    >>> tf.Session().run(tf.signal.hann_window(4))
    array([0. , 0.5, 1. , 0.5], dtype=float32)
    """
    return _raised_cosine(name, "hann_window", window_length, periodic, dtype, 0.5, 0.5)


def hamming_window(
    window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """Return a Hamming window: one period of ``0.54 - 0.46 cos``. As `hann_window`.

    Examples
    --------
    >>> tf.Session().run(tf.round(100 * tf.signal.hamming_window(4)))
    array([  8.,  54., 100.,  54.], dtype=float32)
    """
    return _raised_cosine(name, "hamming_window", window_length, periodic, dtype, 0.54, 0.46)


def _raised_cosine(
    name: str | None,
    default_name: str,
    window_length: Any,
    periodic: Any,
    dtype: Any,
    mean: float,
    amplitude: float,
) -> Tensor:
    kind = as_dtype(dtype)
    if not kind.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found <dtype: '{kind.name}'>")
    with name_scope(name, default_name, [window_length, periodic]):
        length = convert_to_tensor(window_length, dtypes.int32, name="window_length")
        length.shape.assert_has_rank(0)
        known = length.static_value()
        if known is not None and known == 1:
            return constant([1.0], kind)
        is_periodic = cast(convert_to_tensor(periodic, dtypes.bool, name="periodic"), dtypes.int32)
        is_periodic.shape.assert_has_rank(0)
        period = cast(length + is_periodic * (1 - length % 2) - 1, kind)
        place = cast(range(length), kind)
        angle = constant(2 * math.pi, kind) * place / period
        result: Tensor = mean - amplitude * cos(angle)
        return result


def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: Any = -1,
    name: str | None = None,
) -> Tensor:
    """Cut a signal into frames that may overlap.

    Parameters
    ----------
    signal : Tensor
        Shape ``[..., samples, ...]``.
    frame_length, frame_step : int
        The samples of a frame, and from the start of one to that of the next.
    pad_end : bool
        Whether frames may reach over the end; else the last samples may be left out.
    pad_value : scalar
        What stands beyond the end.
    axis : int
        The axis of the samples.
    name : str, optional

    Returns
    -------
    Tensor
        Shape ``[..., frames, frame_length, ...]``.

    Examples
    --------
    >>> tf.Session().run(tf.signal.frame([0, 1, 2, 3, 4], 3, 2))
    array([[0, 1, 2],
           [2, 3, 4]], dtype=int32)
    """
    with name_scope(name, "frame", [signal, frame_length, frame_step, pad_value]):
        x = convert_to_tensor(signal, name="signal")
        length = convert_to_tensor(frame_length, dtypes.int32, name="frame_length")
        step = convert_to_tensor(frame_step, dtypes.int32, name="frame_step")
        place = convert_to_tensor(axis, dtypes.int32, name="axis")
        for scalar in (length, step, place):
            scalar.shape.assert_has_rank(0)
        known_axis = place.static_value()
        ndims = x.shape.ndims
        along: Any = place % rank(x)
        if known_axis is not None and ndims is not None:
            along = int(known_axis) % ndims
        samples = _known(x, along, shape(x)[along])
        known = [v if isinstance(v, int) else v.static_value() for v in (samples, length, step)]
        size: Any = length
        stride: Any = step
        if all(value is not None for value in known):
            samples, size, stride = (int(value or 0) for value in known)
        if pad_end:
            count = -(-samples // stride)
            count = max(0, count) if isinstance(count, int) else maximum(0, count)
            missing = size + stride * (count - 1) - samples
            missing = max(0, missing) if isinstance(missing, int) else maximum(0, missing)
            x = _extended(x, along, missing, pad_value)
        else:
            count = 1 + (samples - size) // stride
            count = max(0, count) if isinstance(count, int) else maximum(0, count)
        starts = range(count) * stride
        places = expand_dims(starts, 1) + expand_dims(range(size), 0)
        return gather(x, places, axis=along)


def _known(x: Tensor, axis: Any, otherwise: Tensor) -> Any:
    """Return a size as an integer where it is known."""
    sizes = x.shape.sizes
    if isinstance(axis, int) and sizes is not None and sizes[axis] is not None:
        return sizes[axis]
    return otherwise


def _extended(x: Tensor, axis: Any, count: Any, value: Any) -> Tensor:
    """Put a value after the end of an axis."""
    ndims = x.shape.ndims
    if isinstance(axis, int) and ndims is not None:
        before, after = axis, ndims - axis - 1
        paddings: Any = [[0, 0]] * before + [[0, count]] + [[0, 0]] * after
    else:
        none = zeros(stack([axis, 2]), dtypes.int32)
        rest = zeros(stack([rank(x) - axis - 1, 2]), dtypes.int32)
        paddings = concat([none, [[0, count]], rest], 0)
    return pad(x, paddings, constant_values=value)


def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Tensor:
    """Put frames together: each starts `frame_step` samples after the one before; they add up.

    Parameters
    ----------
    signal : Tensor
        Shape ``[..., frames, frame_length]``.
    frame_step : int
    name : str, optional

    Returns
    -------
    Tensor
        Shape ``[..., (frames - 1) * frame_step + frame_length]``.

    Raises
    ------
    ValueError
        If the rank of `signal` is less than 2, or `frame_step` is no integer scalar.

    Examples
    --------
    >>> tf.Session().run(tf.signal.overlap_and_add([[1, 2, 3], [4, 5, 6]], 2))
    array([1, 2, 7, 5, 6], dtype=int32)
    """
    with name_scope(name, "overlap_and_add", [signal, frame_step]):
        x = convert_to_tensor(signal, name="signal")
        x.shape.with_rank_at_least(2)
        step = convert_to_tensor(frame_step, name="frame_step")
        step.shape.assert_has_rank(0)
        if not step.dtype.is_integer:
            raise ValueError(f"frame_step must be an integer. Got {step.dtype}")
        sizes = shape(x)
        outer, frames, length = sizes[:-2], sizes[-2], sizes[-1]
        ndims = rank(x)
        # Frames cut into pieces of one step; piece i of frame j belongs to step i + j. With as
        # many empty frames at the end as there are pieces, the rows of pieces, read one after
        # the other, move each by one step against the one before.
        pieces = -(-length // step)
        paddings = [[0, pieces], [0, pieces * step - length]]
        padded = pad(x, concat([zeros(stack([ndims - 2, 2]), dtypes.int32), paddings], 0))
        rows = frames + pieces
        cut = reshape(padded, concat([outer, [rows, pieces, step]], 0))
        order = concat([range(ndims - 2), ndims - 2 + constant([1, 0, 2])], 0)
        flat = reshape(transpose(cut, order), concat([outer, [rows * pieces, step]], 0))
        moved = flat[..., : (rows - 1) * pieces, :]
        summed = reduce_sum(reshape(moved, concat([outer, [pieces, rows - 1, step]], 0)), -3)
        whole = reshape(summed, concat([outer, [(rows - 1) * step]], 0))
        result: Tensor = whole[..., : (frames - 1) * step + length]
        _set_length(result, x, step)
        return result


def _set_length(result: Tensor, x: Tensor, step: Tensor) -> None:
    sizes, known = x.shape.sizes, step.static_value()
    if sizes is None:
        return
    length = None
    if known is not None and None not in sizes[-2:]:
        length = (int(sizes[-2] or 0) - 1) * int(known) + int(sizes[-1] or 0)
    result.set_shape((*sizes[:-2], length))


def as_lengths(size: Tensor) -> Any:
    """Return a scalar as a vector, a constant one if it is known."""
    known = size.static_value()
    return reshape(size, [1]) if known is None else [int(known)]


def with_length(frames: Tensor, length: Tensor) -> Tensor:
    """Cut the last axis to a length, or put zeros after it."""
    known, last = length.static_value(), frames.shape[-1].value
    ndims = frames.shape.ndims
    if known is not None and last is not None and ndims is not None:
        if known > last:
            return pad(frames, [[0, 0]] * (ndims - 1) + [[0, int(known) - last]])
        result: Tensor = frames[..., : int(known)] if known < last else frames
        return result
    more = maximum(0, length - shape(frames)[-1])
    none = shape(frames)[:-1] * 0
    after = concat([none, reshape(more, [1])], 0)
    padded = pad(frames, concat([expand_dims(after * 0, 1), expand_dims(after, 1)], 1))
    cut: Tensor = padded[..., :length]
    return cut
