"""Fourier transforms as functions: real ones pad their input, shifts move the zero frequency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import fft as ops
from flowgraph.ops.core import apply, constant, convert_to_tensor, rank, shape, size
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.packing import stack
from flowgraph.ops.rearranging import roll
from flowgraph.ops.sequences import range as range_of
from flowgraph.ops.slicing import pad


def fft(input: Any, name: str | None = None) -> Tensor:
    """Return the discrete Fourier transform over the last axis.

    Parameters
    ----------
    input : Tensor
        complex64 or complex128.
    name : str, optional

    Raises
    ------
    ValueError
        If the rank is too small.

    Examples
    --------
    >>> tf.Session().run(tf.signal.fft([1.0, 0.0, 0.0, 0.0]))
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    return apply(ops.FFT(), input, name=name)


def ifft(input: Any, name: str | None = None) -> Tensor:
    """Return the inverse discrete Fourier transform over the last axis. As `fft`.

    Examples
    --------
    >>> tf.Session().run(tf.signal.ifft([4.0, 0.0, 0.0, 0.0]))
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    return apply(ops.IFFT(), input, name=name)


def fft2d(input: Any, name: str | None = None) -> Tensor:
    """Return the discrete Fourier transform over the last two axes. As `fft`.

    Examples
    --------
    >>> tf.Session().run(tf.signal.fft2d([[1.0, 0.0]]))
    array([[1.+0.j, 1.+0.j]], dtype=complex64)
    """
    return apply(ops.FFT2D(), input, name=name)


def ifft2d(input: Any, name: str | None = None) -> Tensor:
    """Return the inverse discrete Fourier transform over the last two axes. As `fft`.

    Examples
    --------
    >>> tf.Session().run(tf.signal.ifft2d([[2.0, 0.0]]))
    array([[1.+0.j, 1.+0.j]], dtype=complex64)
    """
    return apply(ops.IFFT2D(), input, name=name)


def fft3d(input: Any, name: str | None = None) -> Tensor:
    """Return the discrete Fourier transform over the last three axes. As `fft`.

    Examples
    --------
    >>> tf.Session().run(tf.signal.fft3d([[[1.0, 0.0]]]))
    array([[[1.+0.j, 1.+0.j]]], dtype=complex64)
    """
    return apply(ops.FFT3D(), input, name=name)


def ifft3d(input: Any, name: str | None = None) -> Tensor:
    """Return the inverse discrete Fourier transform over the last three axes. As `fft`.

    Examples
    --------
    >>> tf.Session().run(tf.signal.ifft3d([[[2.0, 0.0]]]))
    array([[[1.+0.j, 1.+0.j]]], dtype=complex64)
    """
    return apply(ops.IFFT3D(), input, name=name)


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Return the discrete Fourier transform of real numbers over the last axis.

    Parameters
    ----------
    input_tensor : Tensor
        float32. Cut, or padded with zeros, to `fft_length`.
    fft_length : Tensor, optional
        int32 of shape ``[1]``: the length of the transform; that of the input by default.
    name : str, optional

    Returns
    -------
    Tensor
        complex64, its last size ``fft_length // 2 + 1``: the rest of the spectrum is conjugate.

    Raises
    ------
    ValueError
        If the rank is too small.

    Examples
    --------
    >>> tf.Session().run(tf.signal.rfft([1.0, 0.0, 0.0, 0.0]))
    array([1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _real_transform(ops.RFFT(), input_tensor, fft_length, name, "rfft")


def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Return the discrete Fourier transform of real numbers over the last two axes. As `rfft`.

    Examples
    --------
    >>> tf.Session().run(tf.signal.rfft2d([[1.0, 0.0]]))
    array([[1.+0.j, 1.+0.j]], dtype=complex64)
    """
    return _real_transform(ops.RFFT2D(), input_tensor, fft_length, name, "rfft2d")


def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Return the discrete Fourier transform of real numbers over the last three axes.

    As `rfft`, but for the gradient: there is none.

    Examples
    --------
    >>> tf.Session().run(tf.signal.rfft3d([[[1.0, 0.0]]]))
    array([[[1.+0.j, 1.+0.j]]], dtype=complex64)
    """
    return _real_transform(ops.RFFT3D(), input_tensor, fft_length, name, "rfft3d")


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Return the real numbers whose transform over the last axis is given.

    Parameters
    ----------
    input_tensor : Tensor
        complex64: the half of the spectrum that `rfft` returns.
    fft_length : Tensor, optional
        int32 of shape ``[1]``: the last size of the result; ``2 * (size - 1)`` by default.
    name : str, optional

    Raises
    ------
    ValueError
        If the rank is too small.

    Examples
    --------
    >>> tf.Session().run(tf.signal.irfft([1.0, 1.0, 1.0]))
    array([1., 0., 0., 0.], dtype=float32)
    """
    return _real_transform(ops.IRFFT(), input_tensor, fft_length, name, "irfft")


def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Return the real numbers whose transform over the last two axes is given. As `irfft`.

    Examples
    --------
    >>> tf.Session().run(tf.signal.irfft2d([[1.0, 1.0, 1.0]]))
    array([[1., 0., 0., 0.]], dtype=float32)
    """
    return _real_transform(ops.IRFFT2D(), input_tensor, fft_length, name, "irfft2d")


def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Return the real numbers whose transform over the last three axes is given.

    As `irfft`, but for the gradient: there is none.

    Examples
    --------
    >>> tf.Session().run(tf.signal.irfft3d([[[1.0, 1.0, 1.0]]]))
    array([[[1., 0., 0., 0.]]], dtype=float32)
    """
    return _real_transform(ops.IRFFT3D(), input_tensor, fft_length, name, "irfft3d")


def _real_transform(
    op: ops.RealFourier, input_tensor: Any, fft_length: Any, name: str | None, default_name: str
) -> Tensor:
    with name_scope(name, default_name, [input_tensor, fft_length]) as scope:
        kind = dtypes.complex64 if op.is_inverse else dtypes.float32
        x = convert_to_tensor(input_tensor, preferred_dtype=kind)
        x.shape.with_rank_at_least(op.axes)
        if fft_length is None:
            lengths = _own_lengths(x, op)
        else:
            lengths = convert_to_tensor(fft_length, dtypes.int32)
            lengths.shape.assert_has_rank(1)
        return apply(op, _long_enough(x, lengths, op), lengths, name=scope)


def _own_lengths(x: Tensor, op: ops.RealFourier) -> Tensor:
    """Return the lengths of the transform that fits the input."""
    sizes = x.shape.sizes
    if sizes is not None and None not in sizes[-op.axes :]:
        known = [int(n or 0) for n in sizes[-op.axes :]]
        if op.is_inverse:
            known[-1] = max(0, 2 * (known[-1] - 1))
        return constant(known, dtypes.int32)
    lengths = shape(x)[-op.axes :]
    if not op.is_inverse:
        return lengths
    return concat([lengths[:-1], maximum(0, 2 * (lengths[-1:] - 1))], 0)


def _long_enough(x: Tensor, lengths: Tensor, op: ops.RealFourier) -> Tensor:
    """Put zeros after the last axes where the input is shorter than the transform."""
    known, sizes = lengths.static_value(), x.shape.sizes
    if known is not None and sizes is not None and None not in sizes[-op.axes :]:
        wanted = known.tolist()
        if op.is_inverse and wanted:
            wanted[-1] = wanted[-1] // 2 + 1
        given = zip(wanted, sizes[-op.axes :], strict=False)
        after = [max(0, n - int(m or 0)) for n, m in given]
        if not any(after):
            return x
        return pad(x, [[0, 0]] * (len(sizes) - op.axes) + [[0, n] for n in after])
    wanted_sizes = lengths
    if op.is_inverse:
        wanted_sizes = concat([lengths[:-1], lengths[-1:] // 2 + 1], 0)
    outer = zeros([maximum(0, rank(x) - op.axes)], dtypes.int32)
    after_all = concat([outer, maximum(0, wanted_sizes - shape(x)[-op.axes :])], 0)
    return pad(x, stack([zeros([size(after_all)], dtypes.int32), after_all], axis=1))


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Move the zero frequency to the middle.

    Parameters
    ----------
    x : Tensor
    axes : int or list of int, optional
        All axes by default.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.signal.fftshift([0, 1, 2, -2, -1]))
    array([-2, -1,  0,  1,  2], dtype=int32)
    """
    with name_scope(name, "fftshift") as scope:
        return _shifted(convert_to_tensor(x), axes, scope, back=False)


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Undo `fftshift`.

    Examples
    --------
    >>> tf.Session().run(tf.signal.ifftshift([-2, -1, 0, 1, 2]))
    array([ 0,  1,  2, -2, -1], dtype=int32)
    """
    with name_scope(name, "ifftshift") as scope:
        return _shifted(convert_to_tensor(x), axes, scope, back=True)


def _shifted(x: Tensor, axes: Any, scope: str, back: bool) -> Tensor:
    sizes = x.shape.sizes
    shift: Any
    if sizes is None or None in sizes:
        axes = range_of(0, rank(x)) if axes is None else axes
        lengths = shape(x)
        if isinstance(axes, Sequence):
            lengths = stack([lengths[axis] for axis in axes])
        elif isinstance(axes, int):
            lengths = lengths[axes]
        shift = -(lengths // 2) if back else lengths // 2
    else:
        axes = tuple(range(len(sizes))) if axes is None else axes
        each = [axes] if isinstance(axes, int) else axes
        halves = [int(sizes[axis] or 0) // 2 for axis in each]
        halves = [-n for n in halves] if back else halves
        shift = halves[0] if isinstance(axes, int) else halves
    return roll(x, shift, axes, name=scope)
