"""From what users pass to tensors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.constant import constant
from flowgraph.shapes import Dimension, TensorShape

Converter = Callable[..., Any]
_converters: list[tuple[int, Any, Converter]] = []


def register_tensor_conversion_function(
    base_type: Any, conversion_func: Converter, priority: int = 100
) -> None:
    """Teach `convert_to_tensor` a type.

    Parameters
    ----------
    base_type : type or tuple of types
        What the function takes.
    conversion_func : callable
        ``f(value, dtype, name, as_ref)`` gives a tensor, or ``NotImplemented``.
    priority : int
        Smaller goes first.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    """
    kinds = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(kind, type) for kind in kinds):
        raise TypeError("base_type must be a type or a tuple of types.")
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable.")
    _converters.append((priority, base_type, conversion_func))
    _converters.sort(key=lambda entry: entry[0])


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
    as_ref: bool = False,
) -> Tensor:
    """Return `value` as a tensor: itself, or a constant.

    Parameters
    ----------
    value : Tensor, array, scalar or nested list
    dtype : DType, optional
        The dtype that the tensor must have.
    name : str, optional
        Name of a constant made for it.
    preferred_dtype, dtype_hint : DType, optional
        The dtype to use if `value` can have it.
    as_ref : bool
        Keep the reference to a variable instead of its value.

    Raises
    ------
    TypeError, ValueError
        If `value` has another dtype or is no value.
    RuntimeError
        If a registered function returns something else than a tensor of the dtype.

    Examples
    --------
    >>> tf.convert_to_tensor([1, 2])
    <tf.Tensor 'Const:0' shape=(2,) dtype=int32>
    """
    wanted = None if dtype is None else as_dtype(dtype).base_dtype
    if isinstance(value, Tensor):
        if wanted is not None and value.dtype.base_dtype is not wanted:
            raise ValueError(
                f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype "
                f"{value.dtype.name}: {value!r}"
            )
        return value
    hint = preferred_dtype if dtype_hint is None else dtype_hint
    preferred = None if hint is None or wanted is not None else as_dtype(hint).base_dtype
    for _, base_type, function in _converters:
        if isinstance(value, base_type):
            result = NotImplemented
            if preferred is not None:
                with suppress(TypeError, ValueError):  # a hint only: else its own dtype
                    result = function(value, dtype=preferred, name=name, as_ref=as_ref)
            if result is NotImplemented:
                result = function(value, dtype=wanted, name=name, as_ref=as_ref)
            if result is not NotImplemented:
                return _checked(result, wanted, name, function, base_type)
    if preferred is not None:
        with suppress(TypeError, ValueError):
            return constant(value, preferred, name=name)
    return constant(value, wanted, name=name)


def _checked(
    result: Any, wanted: DType | None, name: str | None, function: Converter, base_type: Any
) -> Tensor:
    prefix = f"{name}: " if name else ""
    prefix += f"Conversion function {function!r} for type {base_type} returned "
    if not isinstance(result, Tensor):
        raise RuntimeError(f"{prefix}non-Tensor: {result!r}")
    if wanted is not None and result.dtype.base_dtype is not wanted:
        raise RuntimeError(
            f"{prefix}incompatible dtype: requested = {wanted.name}, actual = {result.dtype.name}"
        )
    return result


def _from_shape(value: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
    if not value.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}")
    return _sizes(value.as_list(), dtype, name)


def _from_dimension(value: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
    if value.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {value}")
    return _sizes(value.value, dtype, name)


def _sizes(sizes: Any, dtype: DType | None, name: str | None) -> Tensor:
    """Return dimensions as a constant: int32, or int64 where they need it."""
    if dtype not in (None, dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype: {dtype}")
    is_large = np.max(sizes, initial=0) >= 1 << 31
    if is_large and dtype is dtypes.int32:
        raise ValueError(
            f"Cannot convert a TensorShape to dtype int32; a dimension is too large ({sizes})"
        )
    kind = dtype or (dtypes.int64 if is_large else dtypes.int32)
    return constant(sizes, kind, name=name or "shape_as_tensor")


register_tensor_conversion_function(TensorShape, _from_shape)
register_tensor_conversion_function(Dimension, _from_dimension)
