"""Partitioners: into how many parts a variable of some shape is to be divided."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flowgraph.dtypes import DType
from flowgraph.shapes import TensorShape

Partitioner = Callable[..., list[int]]


def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """Return a partitioner that divides one axis into a number of parts.

    Parameters
    ----------
    num_shards : int
        The parts; fewer where the axis is shorter.
    axis : int

    Returns
    -------
    callable
        For the argument `partitioner` of `tf.get_variable` and `tf.variable_scope`.

    Examples
    --------
    >>> w = tf.get_variable("w", [5, 2], partitioner=tf.fixed_size_partitioner(2))
    >>> list(w)
    [<tf.Variable 'w/part_0:0' shape=(3, 2) dtype=float32_ref>, <tf.Variable 'w/part_1:0' shape=(2, 2) dtype=float32_ref>]
    """  # noqa: E501

    def partitioner(shape: TensorShape, **_: Any) -> list[int]:
        return _along(axis, min(num_shards, _sizes(shape)[axis]), shape)

    return partitioner


def variable_axis_size_partitioner(
    max_shard_bytes: int,
    axis: int = 0,
    bytes_per_string_element: int = 16,
    max_shards: int | None = None,
) -> Partitioner:
    """Return a partitioner that divides one axis so that parts are below a size.

    Parameters
    ----------
    max_shard_bytes : int
        Where one slice of the axis has more bytes, it is a part of its own.
    axis : int
    bytes_per_string_element : int
        How large a string is taken to be.
    max_shards : int, optional
        Make no more parts, though they be larger.

    Returns
    -------
    callable
        For the argument `partitioner` of `tf.get_variable` and `tf.variable_scope`.

    Raises
    ------
    ValueError
        If a size or `max_shards` is not positive.

    Examples
    --------
    >>> part = tf.variable_axis_size_partitioner(max_shard_bytes=100)
    >>> part(tf.TensorShape([30, 3]), tf.float32)
    [4, 1]
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("Both max_shard_bytes and bytes_per_string_element must be positive.")
    if max_shards is not None and max_shards < 0:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape: TensorShape, dtype: DType) -> list[int]:
        if not isinstance(shape, TensorShape):
            raise ValueError(f"shape is not a TensorShape: {shape}")
        if not shape.is_fully_defined():
            raise ValueError(f"shape is not fully defined: {shape}")
        if not isinstance(dtype, DType):
            raise ValueError(f"dtype is not a DType: {dtype}")
        sizes = _sizes(shape)
        slice_bytes = math.prod(sizes) / sizes[axis] * _bytes(dtype, bytes_per_string_element)
        parts = math.ceil(sizes[axis] / max(1, math.floor(max_shard_bytes / slice_bytes)))
        return _along(axis, min(max_shards or parts, parts), shape)

    return partitioner


def min_max_variable_partitioner(
    max_partitions: int = 1,
    axis: int = 0,
    min_slice_size: int = 256 << 10,
    bytes_per_string_element: int = 16,
) -> Partitioner:
    """Return a partitioner that divides one axis into parts above a size, up to a number.

    Parameters
    ----------
    max_partitions : int
    axis : int
    min_slice_size : int
        The bytes of a part.
    bytes_per_string_element : int
        How large a string is taken to be.

    Returns
    -------
    callable
        For the argument `partitioner` of `tf.get_variable` and `tf.variable_scope`.

    Examples
    --------
    >>> part = tf.min_max_variable_partitioner(max_partitions=8, min_slice_size=100)
    >>> part(tf.TensorShape([30, 3]), tf.float32)
    [4, 1]
    """

    def partitioner(shape: TensorShape, dtype: DType) -> list[int]:
        sizes = _sizes(shape)
        if axis >= len(sizes):
            raise ValueError(
                f"Can not partition variable along axis {axis} when shape is only {shape}"
            )
        total = math.prod(sizes) * _bytes(dtype, bytes_per_string_element)
        parts = math.ceil(total / min_slice_size)
        return _along(axis, max(1, min(sizes[axis], max_partitions, parts)), shape)

    return partitioner


def _bytes(dtype: DType, of_string: int) -> int:
    return of_string if dtype.base_dtype == "string" else dtype.size


def _sizes(shape: TensorShape) -> list[int]:
    return [int(size) for size in shape]


def _along(axis: int, parts: int, shape: TensorShape) -> list[int]:
    """Return the parts of each axis."""
    result = [1] * len(_sizes(shape))
    result[axis] = parts
    return result
