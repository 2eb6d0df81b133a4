"""Sorting along an axis, written in ``TopKV2``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import negative
from flowgraph.ops.array import transpose
from flowgraph.ops.core import constant, convert_to_tensor, rank, shape
from flowgraph.ops.joining import concat
from flowgraph.ops.ranking import TopK, top_k
from flowgraph.ops.sequences import range as range_of

_NOT_NEGATED = (dtypes.int8, dtypes.int16)
"""The least number of these has no negative; 1.15 has no Neg of them."""

_DIRECTIONS = ("ASCENDING", "DESCENDING")


def sort(
    values: Any, axis: Any = -1, direction: str = "ASCENDING", name: str | None = None
) -> Tensor:
    """Return values sorted along an axis.

    Parameters
    ----------
    values : Tensor
        float or int; int8, int16 and unsigned ones can only be sorted downwards.
    axis : int
    direction : {"ASCENDING", "DESCENDING"}
    name : str, optional

    Raises
    ------
    ValueError
        If `axis` is not known or out of range, or `direction` is another.

    Examples
    --------
    >>> tf.Session().run(tf.sort([3.0, 1.0, 2.0]))
    array([1., 2., 3.], dtype=float32)
    """
    with name_scope(name, "sort"):
        is_ascending = _is_ascending(direction)
        found, back = _sorted(values, axis, is_ascending)
        result = back(found.values)
        return negative(result) if is_ascending else result


def argsort(
    values: Any,
    axis: Any = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return where along an axis the sorted values are: int32.

    Parameters
    ----------
    values : Tensor
    axis : int
    direction : {"ASCENDING", "DESCENDING"}
    stable : bool
        Keep equal values in their order. They always are.
    name : str, optional

    Raises
    ------
    ValueError
        As for `sort`.

    Examples
    --------
    >>> tf.Session().run(tf.argsort([3.0, 1.0, 2.0]))
    array([1, 2, 0], dtype=int32)
    """
    with name_scope(name, "argsort"):
        found, back = _sorted(values, axis, _is_ascending(direction))
        return back(found.indices)


def _is_ascending(direction: str) -> bool:
    if direction not in _DIRECTIONS:
        raise ValueError(f"{direction} should be one of {', '.join(_DIRECTIONS)}")
    return direction == _DIRECTIONS[0]


def _sorted(values: Any, axis: Any, is_ascending: bool) -> tuple[TopK, Callable[[Tensor], Tensor]]:
    """Return values (negated if ascending) sorted downwards, and what moves the axis back."""
    known = convert_to_tensor(axis, name="axis").op.op
    where = getattr(known, "value", None)
    if where is None or where.ndim:
        raise ValueError("axis must be a constant scalar")
    axis = int(where)
    values = convert_to_tensor(values, name="values")
    if is_ascending:
        if values.dtype.base_dtype in _NOT_NEGATED:
            raise TypeError(
                f"Value passed to parameter 'x' has DataType {values.dtype.name} not in list of "
                "allowed values: bfloat16, float16, float32, float64, int32, int64, complex64, "
                "complex128"
            )
        values = negative(values)
    count = shape(values)[axis]
    ndims, known_rank = values.shape.ndims, rank(values)
    if axis in (-1, (ndims or 0) - 1):
        return top_k(values, count), lambda result: result
    swap: Any
    if ndims is not None:
        axis %= ndims
        order = list(range(ndims))
        order[axis], order[-1] = order[-1], order[axis]
        swap = constant(order, name="transposition")
    else:
        place = axis if axis >= 0 else known_rank + axis
        before, last = range_of(place), known_rank - 1
        between = range_of(place + 1, known_rank - 1)
        swap = concat([before, [last], between, [place]], 0)
    return top_k(transpose(values, swap), count), lambda result: transpose(result, swap)
