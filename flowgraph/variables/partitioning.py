"""Variables made in parts: what ``get_variable`` does with a partitioner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flowgraph.dtypes import DType
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.shapes import TensorShape
from flowgraph.variables.partitioned_variable import PartitionedVariable
from flowgraph.variables.slice_info import PartitionInfo, Slice
from flowgraph.variables.variable import Variable


def partitions_of(partitioner: Any, shape: TensorShape, dtype: DType) -> Sequence[int]:
    """Return into how many parts a partitioner divides each axis.

    Raises
    ------
    ValueError
        If the shape is not known or a scalar's, or the partitioner returns no partition of
        a single axis.
    """
    if not shape.is_fully_defined():
        raise ValueError(
            f"Shape of a new partitioned variable must be fully defined, but instead was {shape}."
        )
    if not shape.as_list():
        raise ValueError(f"A partitioned Variable must have rank at least 1, shape: {shape}")
    counts = partitioner(shape=shape, dtype=dtype)
    if not isinstance(counts, list | tuple):
        raise ValueError(f"Partitioner must return a sequence, but saw: {counts}")
    if len(counts) != len(shape.as_list()):
        raise ValueError(
            "Partitioner returned a partition list that does not match the Variable's rank: "
            f"{counts} vs. {shape}"
        )
    if any(count < 1 for count in counts):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {counts}")
    if sum(count > 1 for count in counts) > 1:
        raise ValueError(
            f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {counts}"
        )
    return counts


def checked_reuse(
    name: str,
    known: PartitionedVariable,
    shape: TensorShape,
    dtype: DType,
    partitions: Sequence[int] | None,
) -> PartitionedVariable:
    """Return a partitioned variable found by name; ValueError if it is another than asked for."""
    trying = f"Trying to reuse partitioned variable {name}, but specified"
    if not shape.is_compatible_with(known.shape):
        raise ValueError(f"{trying} shape {shape} and found shape {known.shape}.")
    if not dtype.is_compatible_with(known.dtype):
        raise ValueError(f"{trying} dtype {dtype.name} and found dtype {known.dtype.name}.")
    found = known._get_partitions()
    if partitions is not None and found != partitions:
        raise ValueError(f"{trying} partitions {partitions} and found partitions {found}.")
    return known


def make_parts(
    name: str,
    shape: TensorShape,
    dtype: DType,
    initializer: Any,
    partitions: Sequence[int],
    single: Callable[..., Variable],
) -> PartitionedVariable:
    """Return a new partitioned variable.

    Parameters
    ----------
    name : str
    shape : TensorShape
        The whole's.
    dtype : DType
    initializer : Initializer, callable, Tensor or array
        Called for each part; or a value for the whole.
    partitions : list of int
        How many parts each axis has.
    single : callable
        Makes a part: ``single(name, shape, dtype, initializer, partition_info)``.
    """
    whole = [int(size) for size in shape]
    axis = next((i for i, count in enumerate(partitions) if count > 1), 0)
    parts = []
    for number, (offset, size) in enumerate(_slices(whole, partitions[axis], axis)):
        info = PartitionInfo(whole, offset)
        part_name = f"{name}/part_{number}"
        init: Any = initializer
        init_shape: list[int] | None = size
        if not callable(initializer):
            with name_scope(f"{part_name}/PartitionedInitializer"):
                if not isinstance(initializer, Tensor):
                    init = convert_to_tensor(initializer, dtype)
                init, init_shape = slice_of(init, offset, size), None
                dtype = init.dtype.base_dtype
        with name_scope(None):
            variable = single(part_name, init_shape, dtype, init, info)
        variable._set_save_slice_info(Slice(name, whole, offset, size))
        parts.append(variable)
    return PartitionedVariable(name, shape, dtype, parts, partitions)


def _slices(sizes: list[int], count: int, axis: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield where each part begins, and its shape; the first ones are one longer if need be."""
    length, longer = divmod(sizes[axis], count)
    start = 0
    for number in range(count):
        offset, size = [0] * len(sizes), list(sizes)
        offset[axis], size[axis] = start, length + (number < longer)
        yield offset, size
        start += size[axis]
