"""Weights of the elements of a tensor: which shapes fit, and stretching them.

A weight tensor fits if it is a scalar, or has the rank of the values with each
dimension 1 or the values'. That is stricter than broadcasting, where ``[3]``
would silently weight the columns of ``[2, 3]``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import equal, logical_and, logical_or
from flowgraph.ops.control import no_op
from flowgraph.ops.core import convert_to_tensor, rank, shape
from flowgraph.ops.filling import ones_like
from flowgraph.ops.magnitude import minimum
from flowgraph.ops.reduction import reduce_all
from flowgraph.ops.slicing import slice

_PREFIX = "weights can not be broadcast to values."


class _Measured(NamedTuple):
    """A tensor with its shape and rank as tensors."""

    tensor: Tensor
    shape: Tensor
    rank: Tensor


def _measured(value: Any, role: str) -> _Measured:
    with name_scope(None, role, [value]) as scope:
        tensor = convert_to_tensor(value, name=scope)
        return _Measured(tensor, shape(tensor, name="shape"), rank(tensor, name="rank"))


def assert_broadcastable(weights: Any, values: Any) -> Operation:
    """Return an operation that stops the run unless the weights fit the values.

    Parameters
    ----------
    weights : Tensor
        A scalar, or of the rank of `values`, with dimensions that are 1 or the values'.
    values : Tensor

    Raises
    ------
    ValueError
        If the static shapes show that they do not fit.
    InvalidArgumentError
        When run, if only then it shows.

    Examples
    --------
    >>> from flowgraph.ops.weights_broadcasting import assert_broadcastable
    >>> assert_broadcastable([[1.0], [2.0]], [[3.0, 4.0], [5.0, 6.0]]).type
    'NoOp'
    """
    with name_scope(None, "assert_broadcastable", [weights, values]) as scope:
        weight = _measured(weights, "weights")
        value = _measured(values, "values")
        success = _static_success(weight.tensor, value.tensor)
        if success is not None:
            return no_op(name=success)
        is_scalar = equal(0, weight.rank, name="is_scalar")
        data = [
            _PREFIX,
            *("weights.shape=", weight.tensor.name, weight.shape),
            *("values.shape=", value.tensor.name, value.shape),
            *("is_scalar=", is_scalar),
        ]
        return assert_that(_is_valid(weight, value, is_scalar), data, name=scope)


def _static_success(weights: Tensor, values: Tensor) -> str | None:
    """Return the name of the check that the static shapes pass, or ``None`` if they leave it open.

    ValueError if they fail it.
    """
    weight, value = weights.shape, values.shape
    if weight.sizes is None or value.sizes is None:
        return None
    if not weight.sizes:
        return "static_scalar_check_success"
    if len(weight.sizes) != len(value.sizes):
        raise ValueError(
            f"{_PREFIX} values.rank={len(value.sizes)}. weights.rank={len(weight.sizes)}. "
            f"values.shape={value}. weights.shape={weight}."
        )
    if None in weight.sizes or None in value.sizes:
        return None
    for axis, (m, n) in enumerate(zip(weight.sizes, value.sizes, strict=True)):
        if m not in (1, n):
            raise ValueError(
                f"{_PREFIX} Mismatch at dim {axis}. values.shape={_spaced(value.sizes)} "
                f"weights.shape={_spaced(weight.sizes)}."
            )
    return "static_dims_check_success"


def _spaced(sizes: Any) -> str:
    """Write a shape as a NumPy vector prints."""
    return f"[{' '.join(map(str, sizes))}]"


def _is_valid(weight: _Measured, value: _Measured, is_scalar: Tensor) -> Tensor:
    with name_scope("is_valid_shape") as scope:
        is_same_rank = equal(value.rank, weight.rank, name="is_same_rank")
        # Cut to one length, so that shapes of different ranks can be compared at all.
        common = [minimum(weight.rank, value.rank)]
        sizes, limits = slice(weight.shape, [0], common), slice(value.shape, [0], common)
        has_valid_dims = reduce_all(logical_or(equal(sizes, limits), equal(sizes, 1)))
        return logical_or(is_scalar, logical_and(is_same_rank, has_valid_dims), name=scope)


def broadcast_weights(weights: Any, values: Any) -> Tensor:
    """Return the weights stretched to the shape of the values.

    Parameters
    ----------
    weights : Tensor
        As for `assert_broadcastable`, of the dtype of `values`.
    values : Tensor

    Raises
    ------
    ValueError, InvalidArgumentError
        As for `assert_broadcastable`.

    Examples
    --------
    >>> from flowgraph.ops.weights_broadcasting import broadcast_weights
    >>> tf.Session().run(broadcast_weights([[1.0], [2.0]], [[3.0, 4.0], [5.0, 6.0]]))
    array([[1., 1.],
           [2., 2.]], dtype=float32)
    """
    with name_scope(None, "broadcast_weights", [weights, values]) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        both = (weights.shape, values.shape)
        if all(given.is_fully_defined() for given in both) and both[0] == both[1]:
            return weights  # type: ignore[no-any-return]
        with control_dependencies([assert_broadcastable(weights, values)]):
            return multiply(weights, ones_like(values), name=scope)
