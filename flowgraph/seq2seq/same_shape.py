"""Tensors that must have the shape of others: checked when built, or else when run."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import equal, logical_and, logical_or
from flowgraph.ops.core import convert_to_tensor, identity, rank, size
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.reduction import reduce_all


def with_same_shape(expected: Tensor, tensor: Tensor) -> Tensor:
    """Return `tensor`, once it is checked that it has the shape of `expected`.

    Raises
    ------
    ValueError
        If the shapes are known and differ.
    InvalidArgumentError
        When run: if they differ.
    """
    with name_scope(f"{tensor.op.name}/", values=[expected, tensor]):
        known = expected.shape.is_fully_defined()
        sizes: Any = expected.shape.as_list() if known else shape_of(expected, "expected_shape")
        if known and tensor.shape.is_fully_defined():
            return _fitting(sizes, tensor)
        if known and not sizes:
            return reshape(tensor, [])
        if known:
            sizes = np.asarray(sizes, np.int32)
        with control_dependencies([_shape_assertion(sizes, tensor)]):
            result = identity(tensor)
        if known:
            result.set_shape(sizes)
        return result


def _fitting(sizes: list[int], tensor: Tensor) -> Tensor:
    if tensor.shape.is_compatible_with(sizes):
        return tensor
    if not sizes and tensor.shape.is_compatible_with([1]):
        return reshape(tensor, [])
    raise ValueError(
        f"Invalid shape for tensor {tensor.name}, expected {np.asarray(sizes)}, got {tensor.shape}."
    )


def _shape_assertion(sizes: Any, tensor: Tensor) -> Operation:
    with name_scope("assert_shape", values=[tensor]) as scope:
        actual = shape_of(tensor, name="actual")
        with name_scope("is_shape", values=[tensor]) as inner:
            count = size(sizes)
            with name_scope("is_rank", values=[tensor]) as innermost:
                expected = convert_to_tensor(count, name="expected")
                has_rank = equal(expected, rank(tensor, name="actual"), name=innermost)
            with name_scope("shape_tensor_equal", values=[sizes, actual]) as innermost:
                fits = logical_or(
                    equal(sizes, -1), equal(sizes, actual, "equal"), name="exclude_partial_shape"
                )
                fits = reduce_all(fits, name=innermost)
            has_shape = logical_and(has_rank, fits, name=inner)
        message = f"Wrong shape for {tensor.name} [expected] [actual]."
        return assert_that(has_shape, [message, sizes, actual], name=scope)
