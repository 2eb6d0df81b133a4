"""Variables in shards: several variables that together are one matrix."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import GraphKeys, add_to_collection, get_collection
from flowgraph.ops.joining import concat
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.variable_scope import get_variable_scope


def sharded_variable(name: str, shape: list[int], dtype: Any, num_shards: int) -> Any:
    """Return a matrix whose rows are in so many variables, as even as can be.

    Parameters
    ----------
    name : str
        The variables are ``name_0``, ``name_1`` ...
    shape : list of int
    dtype : DType
    num_shards : int

    Raises
    ------
    ValueError
        If there are more shards than rows.
    """
    rows, *rest = shape
    if num_shards > rows:
        raise ValueError(f"Too many shards: shape={shape}, num_shards={num_shards}")
    size, longer = divmod(rows, num_shards)
    shards = [
        get_variable(f"{name}_{i}", [size + (i < longer), *rest], dtype=dtype)
        for i in range(num_shards)
    ]
    if num_shards == 1:
        return shards[0]
    joined = f"{get_variable_scope().name}/{name}/concat:0"
    for tensor in get_collection(GraphKeys.CONCATENATED_VARIABLES):
        if tensor.name == joined:
            return tensor
    matrix = concat(shards, 0, name=f"{name}/concat")
    add_to_collection(GraphKeys.CONCATENATED_VARIABLES, matrix)
    return matrix
