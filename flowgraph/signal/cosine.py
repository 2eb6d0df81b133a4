"""Discrete cosine transforms."""

from __future__ import annotations

import math
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.complex_numbers import complex, real
from flowgraph.ops.core import cast, constant, convert_to_tensor, shape
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import minimum
from flowgraph.ops.sequences import range
from flowgraph.ops.transcendental import exp, rsqrt
from flowgraph.signal.transforms import irfft, rfft
from flowgraph.signal.windows import as_lengths, with_length


def _check_dct(input: Tensor, kind: int, n: int | None, axis: int, norm: str | None) -> None:
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if n is not None and (not isinstance(n, int) or n < 1):
        raise ValueError("n should be a positive integer or None")
    if kind not in (1, 2, 3):
        raise ValueError("Only Types I, II and III (I)DCT are supported.")
    if kind == 1:
        if norm == "ortho":
            raise ValueError("Normalization is not supported for the Type-I DCT.")
        last = input.shape[-1].value
        if last is not None and last < 2:
            raise ValueError("Type-I DCT requires the dimension to be greater than one.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")


def dct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Return a discrete cosine transform over the last axis, as `scipy.fftpack.dct`.

    Parameters
    ----------
    input : Tensor
        float32 of shape ``[..., samples]``.
    type : {1, 2, 3}
        The kind of the transform.
    n : int, optional
        Its length: the input is cut, or padded with zeros.
    axis : int
        -1: the last.
    norm : {None, "ortho"}
        Scale it to be orthonormal; not for type 1.
    name : str, optional

    Raises
    ------
    ValueError
        If there is no such type or norm, or `n` is not positive.
    NotImplementedError
        For another axis.

    Examples
    --------
    >>> tf.Session().run(tf.signal.dct([1.0, 1.0]))
    array([4., 0.], dtype=float32)
    """
    with name_scope(name, "dct", [input]):
        x = convert_to_tensor(input, dtypes.float32)
        _check_dct(x, type, n, axis, norm)
        if n is not None:
            x = with_length(x, constant(n))
        length = x.shape[-1].value
        last: Any = shape(x)[-1] if length is None else length
        count = cast(last, dtypes.float32)
        zero = constant(0.0)
        if type == 1:
            return real(rfft(concat([x, x[..., -2:0:-1]], -1)))
        if type == 2:
            turn = 2.0 * exp(complex(zero, -range(count) * math.pi * 0.5 / count))
            spectrum = rfft(x, as_lengths(convert_to_tensor(2 * last)))[..., :last]
            result = real(spectrum * turn)
            return result * _orthonormal(count, 0.5) if norm == "ortho" else result
        scaled = x * (1.0 / _orthonormal(count, 1.0) if norm == "ortho" else count)
        turn = 2.0 * exp(complex(zero, range(count) * math.pi * 0.5 / count))
        spectrum = complex(scaled, zero) * turn
        back: Tensor = irfft(spectrum, as_lengths(convert_to_tensor(2 * last)))[..., :last]
        return back


def _orthonormal(count: Tensor, factor: float) -> Tensor:
    """Return the lengths of the transform's rows: all but the first are longer by a root of 2."""
    is_later = minimum(range(count), 1.0)
    result: Tensor = factor * rsqrt(count) * (1.0 + (math.sqrt(2.0) - 1.0) * is_later)
    return result


def idct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Return an inverse discrete cosine transform: of type 2 by type 3, and the reverse.

    As `dct`. Without ``norm="ortho"`` the result is `2 n` times the original, or
    ``2 (n - 1)`` times for type 1.

    Examples
    --------
    >>> signal = tf.signal.idct(tf.signal.dct([1.0, 2.0], norm="ortho"), norm="ortho")
    >>> tf.Session().run(tf.round(signal))
    array([1., 2.], dtype=float32)
    """
    x = convert_to_tensor(input, dtypes.float32)
    _check_dct(x, type, n, axis, norm)
    return dct(x, type={1: 1, 2: 3, 3: 2}[type], n=n, axis=axis, norm=norm, name=name)
