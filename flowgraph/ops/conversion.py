"""From what users pass to tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    """
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
                f"{value.dtype.name}: {str(value)!r}"
            )
        return value
    for _, base_type, function in _converters:
        if isinstance(value, base_type):
            result = function(value, dtype=wanted, name=name, as_ref=as_ref)
            if result is not NotImplemented:
                return result  # type: ignore[no-any-return]
    hint = preferred_dtype if dtype_hint is None else dtype_hint
    if wanted is None and hint is not None:
        try:
            return constant(value, as_dtype(hint).base_dtype, name=name or "Const")
        except (TypeError, ValueError):
            pass  # a hint only: the value's own dtype is used below
    return constant(value, wanted, name=name or "Const")


def _from_shape(value: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
    if not value.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}")
    return constant(value.as_list(), dtype or dtypes.int32, name=name or "shape_as_tensor")


def _from_dimension(value: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
    if value.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {value}")
    return constant(value.value, dtype or dtypes.int32, name=name or "shape_as_tensor")


register_tensor_conversion_function(TensorShape, _from_shape)
register_tensor_conversion_function(Dimension, _from_dimension)
