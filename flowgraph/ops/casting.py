"""Casts named by their dtype, and the cast that saturates."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.magnitude import maximum, minimum


def to_float(x: Any, name: str = "ToFloat") -> Tensor:
    """Convert to float32. See `cast`.

    Examples
    --------
    >>> tf.Session().run(tf.to_float([1, 2]))
    array([1., 2.], dtype=float32)
    """
    return cast(x, dtypes.float32, name=name)


def to_double(x: Any, name: str = "ToDouble") -> Tensor:
    """Convert to float64. See `cast`.

    Examples
    --------
    >>> tf.Session().run(tf.to_double([1.7, -1.7]))
    array([ 1.70000005, -1.70000005])
    """
    return cast(x, dtypes.float64, name=name)


def to_int32(x: Any, name: str = "ToInt32") -> Tensor:
    """Convert to int32, floats by truncation. See `cast`.

    Examples
    --------
    >>> tf.Session().run(tf.to_int32([1.7, -1.7]))
    array([ 1, -1], dtype=int32)
    """
    return cast(x, dtypes.int32, name=name)


def to_int64(x: Any, name: str = "ToInt64") -> Tensor:
    """Convert to int64, floats by truncation. See `cast`.

    Examples
    --------
    >>> tf.Session().run(tf.to_int64([1.7, -1.7]))
    array([ 1, -1])
    """
    return cast(x, dtypes.int64, name=name)


def to_bfloat16(x: Any, name: str = "ToBFloat16") -> Tensor:
    """Convert to bfloat16. See `cast`.

    Examples
    --------
    >>> tf.Session().run(tf.to_bfloat16([1.7, -1.7]))
    array([1.70312, -1.70312], dtype=bfloat16)
    """
    return cast(x, dtypes.bfloat16, name=name)


def to_complex64(x: Any, name: str = "ToComplex64") -> Tensor:
    """Convert to complex64. See `cast`.

    Examples
    --------
    >>> tf.Session().run(tf.to_complex64([1.7, -1.7]))
    array([ 1.7+0.j, -1.7+0.j], dtype=complex64)
    """
    return cast(x, dtypes.complex64, name=name)


def to_complex128(x: Any, name: str = "ToComplex128") -> Tensor:
    """Convert to complex128. See `cast`.

    Examples
    --------
    >>> tf.Session().run(tf.to_complex128([1.7, -1.7]))
    array([ 1.70000005+0.j, -1.70000005+0.j])
    """
    return cast(x, dtypes.complex128, name=name)


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Convert to another dtype; what lies outside its range becomes its nearest bound.

    Parameters
    ----------
    value : Tensor
        Real numbers.
    dtype : DType
        Of real numbers.
    name : str, optional

    Raises
    ------
    TypeError
        If a dtype has no range.

    Notes
    -----
    Where the dtype of `value` cannot represent a bound, as float32 cannot represent the
    greatest int32, the nearest number within the range takes its place.

    Examples
    --------
    >>> tf.Session().run(tf.saturate_cast([-5.0, 300.0, 7.0], tf.uint8))
    array([  0, 255,   7], dtype=uint8)
    """
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        target, source = as_dtype(dtype).base_dtype, value.dtype.base_dtype
        if _exact(source.min) < _exact(target.min):
            value = maximum(value, convert_to_tensor(_within(target.min, source), source, "min"))
        if _exact(source.max) > _exact(target.max):
            value = minimum(value, convert_to_tensor(_within(target.max, source), source, "max"))
        return cast(value, target, name=scope)


def _within(bound: Any, source: DType) -> Any:
    """Return the number of dtype `source` that is nearest to `bound` and not beyond it."""
    nearest = np.asarray(bound).astype(source.numpy)
    if source.is_floating and abs(_exact(nearest)) > abs(_exact(bound)):
        return np.nextafter(nearest, nearest.dtype.type(0))
    return nearest


def _exact(number: Any) -> int:
    """Return a whole number as an int: dtypes compare and round in their own precision."""
    return number if isinstance(number, int) else int(float(number))
