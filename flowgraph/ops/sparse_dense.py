"""Sparse tensors made dense, and added to dense ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import subtract
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import NUMBERS, apply, shape
from flowgraph.ops.filling import zeros
from flowgraph.ops.reduction import reduce_sum, sum_to_shape
from flowgraph.ops.rounds import combine_at
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import as_sparse
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape


class SparseToDense(Op):
    """A dense tensor of a default value, but for some elements."""

    signature = Signature(
        "sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, default_value: T "
        "-> dense: T",
        Tindices=INDICES,
    )
    host_only = True
    host_inputs = (1,)

    validate_indices: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 1)
        return (inputs[1].static_shape(),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        indices, sizes, values, default = inputs
        if indices.ndim > 2:
            raise invalid(
                "sparse_indices should be a scalar, vector, or matrix, got shape "
                f"{bracketed(indices.shape)}"
            )
        if sizes.ndim != 1:
            raise invalid(f"output_shape must be rank 1, got shape {bracketed(sizes.shape)}")
        rows = indices.reshape(-1, 1) if indices.ndim < 2 else indices
        if rows.shape[1] != sizes.size:
            raise invalid(
                f"output_shape has incorrect number of elements: {sizes.size} should be: "
                f"{rows.shape[1]}"
            )
        if values.shape not in ((), (len(rows),)):
            raise invalid(
                f"sparse_values has incorrect shape {bracketed(values.shape)}, should be [] or "
                f"[{len(rows)}]"
            )
        if default.ndim:
            raise invalid("default_value should be a scalar.")
        if (sizes < 0).any():
            raise invalid(f"Dimension {sizes[sizes < 0][0]} must be >= 0")
        target = tuple(sizes.tolist())
        places = self._places(rows, target)
        result = xp.full(int(np.prod(target)), default, dtype=values.dtype)
        result[places] = values
        return result.reshape(target)

    def _places(self, rows: Array, sizes: tuple[int, ...]) -> Array:
        """Return where index rows lie in the tensor as laid out in memory."""
        if self.validate_indices:
            return sorted_positions(rows, sizes)
        if _outside(rows, sizes).any():
            raise invalid(f"Indices are not valid (out of bounds).  Shape: {bracketed(sizes)}")
        return flat_positions(rows, sizes)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        indices, _, values, _ = operation.inputs
        if indices.shape.ndims in (0, 1):
            indices = reshape(indices, [-1, 1])
        to_values = gather_nd(dys[0], indices)
        to_default = subtract(reduce_sum(dys[0]), reduce_sum(to_values))
        if values.shape.ndims != 1:  # one value may stand for all
            to_values = sum_to_shape(to_values, shape(values))
        return None, None, to_values, to_default


def flat_positions(rows: Array, sizes: tuple[int, ...]) -> Array:
    """Return the positions of index rows in the tensor as laid out in memory."""
    strides = np.cumprod((1, *sizes[:0:-1]), dtype=np.int64)[::-1]
    return (rows * strides.astype(rows.dtype)).sum(axis=1)


def sorted_positions(rows: Array, sizes: tuple[int, ...]) -> Array:
    """Return `flat_positions`, having checked them.

    InvalidArgumentError unless the rows are in bounds, in order and distinct.
    """
    bad = _outside(rows, sizes)
    if bad.any():
        row = int(bad.argmax())
        raise invalid(
            f"indices[{row}] = {bracketed(rows[row].tolist())} is out of bounds: "
            f"need 0 <= index < {bracketed(sizes)}"
        )
    places = flat_positions(rows, sizes)
    _check_sorted(rows, places)
    return places


def _outside(rows: Array, sizes: tuple[int, ...]) -> Array:
    return ((rows < 0) | (rows >= np.asarray(sizes, dtype=rows.dtype))).any(axis=1)


def _check_sorted(rows: Array, places: Array) -> None:
    bad = places[1:] <= places[:-1]
    if bad.any():
        row = int(bad.argmax()) + 1
        what = (
            "is repeated"
            if places[row] == places[row - 1]
            else "is out of order. Many sparse ops require sorted indices."
        )
        raise invalid(f"indices[{row}] = {bracketed(rows[row].tolist())} {what}")


def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """Return a tensor of a default value, but for some elements.

    Parameters
    ----------
    sparse_indices : Tensor
        Shape ``[n, rank]``; a vector or a scalar for a result of rank 1. int32 or int64.
    output_shape : Tensor
        Shape ``[rank]``, of the dtype of the indices.
    sparse_values : Tensor
        Shape ``[n]``, or a scalar for all of them.
    default_value : scalar
        The other elements.
    validate_indices : bool
        Refuse indices that repeat or are out of order. Without it, the last of equal
        indices wins.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        If an index is out of range or the shapes do not fit.

    Examples
    --------
    >>> tf.Session().run(tf.sparse_to_dense([[0, 1], [1, 0]], [2, 2], [5, 6]))
    array([[0, 5],
           [6, 0]], dtype=int32)
    """
    op = SparseToDense(validate_indices=validate_indices)
    return apply(op, sparse_indices, output_shape, sparse_values, default_value, name=name)


def sparse_tensor_to_dense(
    sp_input: SparseTensor,
    default_value: Any = None,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """Return a sparse tensor as a dense one.

    Parameters
    ----------
    sp_input : SparseTensor
    default_value : scalar, optional
        The other elements: 0, or the empty string, if left out.
    validate_indices : bool
        Refuse indices that repeat or are out of order.
    name : str, optional

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.
    InvalidArgumentError
        As for `sparse_to_dense`.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 2])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(sp, default_value=-1))
    array([[-1,  5],
           [ 6, -1]], dtype=int32)
    """
    sparse = as_sparse(sp_input)
    if default_value is None:
        default_value = zeros([], dtype=sparse.dtype)
    return sparse_to_dense(
        sparse.indices,
        sparse.dense_shape,
        sparse.values,
        default_value=default_value,
        validate_indices=validate_indices,
        name=name,
    )


class SparseTensorDenseAdd(Op):
    """A dense tensor with the elements of a sparse one added."""

    signature = Signature(
        "a_indices: Tindices, a_values: T, a_shape: Tindices, b: T -> output: T",
        T=NUMBERS,
        Tindices=INDICES,
    )
    host_only = True
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[3].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        indices, values, sizes, b = inputs
        if indices.ndim != 2:
            raise invalid(
                f"Input a_indices should be a matrix but received shape: {bracketed(indices.shape)}"
            )
        if values.ndim != 1 or sizes.ndim != 1:
            raise invalid(
                "Inputs a_values and a_shape should be vectors but received shapes: "
                f"{bracketed(values.shape)} and {bracketed(sizes.shape)}"
            )
        if len(indices) != len(values):
            raise invalid(
                f"The number of elements in a_values ({len(values)}) should match the first "
                f"dimension of a_indices ({len(indices)})"
            )
        if sizes.size != b.ndim or indices.shape[1] != b.ndim:
            raise invalid(f"Two operands have different ndims; received: {sizes.size} and {b.ndim}")
        if tuple(sizes.tolist()) != b.shape:
            axis = next(i for i, n in enumerate(sizes.tolist()) if n != b.shape[i])
            raise invalid(
                f"Dimension {axis} does not equal (no broadcasting is supported): sparse side "
                f"{sizes[axis]} vs dense side {b.shape[axis]}"
            )
        _check_positions(indices, b.shape)
        result = xp.array(b).reshape(-1)
        combine_at(xp, "add", result, flat_positions(indices, b.shape), values)
        return result.reshape(b.shape)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return None, gather_nd(dys[0], operation.inputs[0]), None, dys[0]


def _check_positions(indices: Array, sizes: tuple[int, ...]) -> None:
    bad = (indices < 0) | (indices >= np.asarray(sizes, dtype=indices.dtype))
    if bad.any():
        row, axis = np.argwhere(bad)[0].tolist()
        raise invalid(
            f"Sparse tensor has an invalid index on dimension {axis}: a_indices({row},{axis}) = "
            f"{indices[row, axis]}, dense tensor shape: {' '.join(map(str, sizes))}"
        )


def sparse_dense_add(sparse: SparseTensor, dense: Tensor) -> Tensor:
    """Add the elements of a sparse tensor to a dense one of its shape."""
    op = SparseTensorDenseAdd()
    return apply(op, sparse.indices, sparse.values, sparse.dense_shape, dense)
