"""Short-time Fourier transforms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import square
from flowgraph.ops.array import reshape
from flowgraph.ops.core import cast, constant, convert_to_tensor
from flowgraph.ops.magnitude import ceil
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.slicing import pad
from flowgraph.ops.transcendental import log
from flowgraph.signal.transforms import irfft, rfft
from flowgraph.signal.windows import as_lengths, frame, hann_window, overlap_and_add, with_length

Window = Callable[..., Any]


def _power_of_two(length: Tensor) -> Tensor:
    """Return the smallest power of two that is not less than a length."""
    known = length.static_value()
    if known is not None:
        return constant(int(2 ** math.ceil(math.log(int(known)) / math.log(2.0))), dtypes.int32)
    exponent = log(cast(length, dtypes.float32)) / math.log(2.0)
    return cast(2.0 ** ceil(exponent), dtypes.int32)


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Window | None = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return the short-time Fourier transform of real signals.

    Parameters
    ----------
    signals : Tensor
        float32 of shape ``[..., samples]``.
    frame_length, frame_step : int
        See `frame`.
    fft_length : int, optional
        The length of each transform; by default the smallest power of two that holds a frame.
    window_fn : callable, optional
        A window, given its length and ``dtype``; ``None`` for none.
    pad_end : bool
        Whether the last frames may reach over the end, with zeros there.
    name : str, optional

    Returns
    -------
    Tensor
        complex64 of shape ``[..., frames, fft_length // 2 + 1]``.

    Examples
    --------
    >>> tf.signal.stft(tf.zeros([2, 10]), frame_length=4, frame_step=2).shape.as_list()
    [2, 4, 3]
    """
    with name_scope(name, "stft", [signals, frame_length, frame_step]):
        x = convert_to_tensor(signals, name="signals")
        x.shape.with_rank_at_least(1)
        length = convert_to_tensor(frame_length, name="frame_length")
        length.shape.assert_has_rank(0)
        step = convert_to_tensor(frame_step, name="frame_step")
        step.shape.assert_has_rank(0)
        if fft_length is None:
            size = _power_of_two(length)
        else:
            size = convert_to_tensor(fft_length, name="fft_length")
        frames = frame(x, length, step, pad_end=pad_end)
        if window_fn is not None:
            frames = frames * window_fn(length, dtype=frames.dtype)
        return rfft(frames, as_lengths(size))


def inverse_stft_window_fn(
    frame_step: Any, forward_window_fn: Window = hann_window, name: str | None = None
) -> Window:
    """Return the window with which `inverse_stft` undoes `stft` exactly.

    Parameters
    ----------
    frame_step : int
    forward_window_fn : callable
        The window of `stft`.
    name : str, optional

    Returns
    -------
    callable
        A function of the length and the ``dtype`` of a window.

    Examples
    --------
    >>> window = tf.signal.inverse_stft_window_fn(2)
    >>> tf.Session().run(window(4, dtype=tf.float32))
    array([0., 1., 1., 1.], dtype=float32)
    """
    with name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
        step = convert_to_tensor(frame_step, name="frame_step")
        step.shape.assert_has_rank(0)

    def inverse_window(frame_length: Any, dtype: Any) -> Tensor:
        with name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
            length = convert_to_tensor(frame_length, name="frame_length")
            length.shape.assert_has_rank(0)
            forward = forward_window_fn(length, dtype=dtype)
            overlaps = -(-length // step)
            power = pad(square(forward), [[0, overlaps * step - length]])
            total = reduce_sum(reshape(power, [overlaps, step]), 0, keepdims=True)
            whole = reshape(tile(total, [overlaps, 1]), [overlaps * step])
            result: Tensor = forward / whole[:length]
            return result

    return inverse_window


def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Window | None = hann_window,
    name: str | None = None,
) -> Tensor:
    """Return the signals of short-time Fourier transforms.

    Parameters
    ----------
    stfts : Tensor
        complex64 of shape ``[..., frames, fft_length // 2 + 1]``.
    frame_length, frame_step : int
    fft_length : int, optional
        By default the smallest power of two that holds a frame.
    window_fn : callable, optional
        A window, given its length and ``dtype``. With `inverse_stft_window_fn`, the signal comes
        back exactly where frames overlap.
    name : str, optional

    Returns
    -------
    Tensor
        float32 of shape ``[..., samples]``.

    Examples
    --------
    >>> window = tf.signal.inverse_stft_window_fn(2)
    >>> spectra = tf.signal.stft([0.0, 0.0, 2.0, 3.0, 4.0, 0.0], 4, 2)
    >>> tf.Session().run(tf.round(tf.signal.inverse_stft(spectra, 4, 2, window_fn=window)))
    array([0., 0., 2., 3., 4., 0.], dtype=float32)
    """
    with name_scope(name, "inverse_stft", [stfts]):
        x = convert_to_tensor(stfts, name="stfts")
        x.shape.with_rank_at_least(2)
        length = convert_to_tensor(frame_length, name="frame_length")
        length.shape.assert_has_rank(0)
        step = convert_to_tensor(frame_step, name="frame_step")
        step.shape.assert_has_rank(0)
        if fft_length is None:
            size = _power_of_two(length)
        else:
            size = convert_to_tensor(fft_length, name="fft_length")
            size.shape.assert_has_rank(0)
        frames = with_length(irfft(x, as_lengths(size)), length)
        if window_fn is not None:
            frames = frames * window_fn(length, dtype=frames.dtype)
        return overlap_and_add(frames, step)
