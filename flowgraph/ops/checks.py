"""Checks of ranks, axes and arguments, with TensorFlow's texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flowgraph import shapes
from flowgraph.dtypes import DType
from flowgraph.errors import InvalidArgumentError
from flowgraph.shapes import TensorShape


def invalid(message: str) -> InvalidArgumentError:
    """Return the error of a mistake that only a run can show; the executor adds the operation."""
    return InvalidArgumentError(None, None, message)


def with_rank(shape: TensorShape, rank: int) -> TensorShape:
    """Return what is known of a shape of rank `rank`; ValueError if its rank is another."""
    if shape.sizes is None:
        return shapes.unknown_shape(rank)
    if len(shape.sizes) != rank:
        raise ValueError(f"Shape must be rank {rank} but is rank {len(shape.sizes)}")
    return shape


def with_rank_at_least(shape: TensorShape, rank: int) -> TensorShape:
    """Return the shape; ValueError if its rank is known and smaller than `rank`."""
    if shape.sizes is not None and len(shape.sizes) < rank:
        raise ValueError(f"Shape must be at least rank {rank} but is rank {len(shape.sizes)}")
    return shape


def merged(first: TensorShape, second: TensorShape) -> TensorShape:
    """Return what is known of a shape that is both; ValueError if it cannot be."""
    a, b = first.sizes, second.sizes
    if a is not None and b is not None:
        if len(a) != len(b):
            raise ValueError(f"Shapes must be equal rank, but are {len(a)} and {len(b)}")
        for i, (m, n) in enumerate(zip(a, b, strict=True)):
            if m != n and None not in (m, n):
                raise ValueError(
                    f"Dimension {i} in both shapes must be equal, but are {m} and {n}. "
                    f"Shapes are {bracketed(a)} and {bracketed(b)}."
                )
    return first.merge_with(second)


def axis_within(
    axis: int, rank: int, message: str, error: Callable[[str], Exception] = ValueError
) -> int:
    """Return `axis` counted from the front; `error` of `message` if it is out of range."""
    if not -rank <= axis < rank:
        raise error(message)
    return axis + rank if axis < 0 else axis


def bracketed(sizes: Iterable[int | None]) -> str:
    """Write a shape as run-time messages do: ``[2,?]``."""
    return "[" + ",".join("?" if n is None else str(n) for n in sizes) + "]"


def renamed_argument(name: str, value: Any, old_name: str, old_value: Any) -> Any:
    """Return the argument given under its name or its old one; ValueError if under both."""
    if old_value is None:
        return value
    if value is not None:
        raise ValueError(f"Cannot specify both '{name}' and '{old_name}'")
    return old_value


def runtime_name(dtype: DType) -> str:
    """Return what run-time messages call a dtype: ``float`` for float32."""
    names = {"float16": "half", "float32": "float", "float64": "double"}
    return names.get(dtype.name, dtype.name)
