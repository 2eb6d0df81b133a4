"""A sparse matrix times a dense one."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import apply, convert_to_tensor
from flowgraph.ops.gathering import gather
from flowgraph.ops.linalg import matrix_transpose
from flowgraph.ops.merging import merge_sizes
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.rounds import combine_at
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import as_sparse
from flowgraph.ops.types import INDEX64
from flowgraph.shapes import TensorShape


class SparseTensorDenseMatMul(Op):
    """The product of a sparse and a dense matrix."""

    signature = Signature(
        "a_indices: Tindices, a_values: T, a_shape: int64, b: T -> product: T", Tindices=INDEX64
    )
    host_inputs = (2,)

    adjoint_a: bool = False
    adjoint_b: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 2)
        with_rank(inputs[1].shape, 1)
        with_rank(inputs[2].shape, 1)
        a = with_rank(inputs[2].static_shape(), 2).sizes or (None, None)
        b = with_rank(inputs[3].shape, 2).sizes or (None, None)
        rows, inner = a[::-1] if self.adjoint_a else a
        outer, columns = b[::-1] if self.adjoint_b else b
        merge_sizes(inner, outer)
        return (TensorShape.of((rows, columns)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        indices, values, sizes, b = inputs
        self._check(*inputs)
        b = xp.conj(b.T) if self.adjoint_b else b
        limits = sizes[::-1] if self.adjoint_a else sizes
        rows, columns = (indices[:, i] for i in ((1, 0) if self.adjoint_a else (0, 1)))
        _check_within(columns, b.shape[0], "k", 0 if self.adjoint_a else 1)
        _check_within(rows, limits[0], "m", 1 if self.adjoint_a else 0)
        values = xp.conj(values) if self.adjoint_a else values
        is_narrow = b.dtype.itemsize == 2 and b.dtype.kind in "fV"
        kind = np.dtype(np.float32) if is_narrow else b.dtype
        product = xp.zeros((int(limits[0]), b.shape[1]), dtype=kind)
        scaled = values.astype(kind)[:, None] * b.astype(kind)[columns]
        combine_at(xp, "add", product, rows, scaled)
        return product.astype(b.dtype)

    def _check(self, indices: Array, values: Array, sizes: Array, b: Array) -> None:
        if b.ndim != 2:
            raise invalid("Tensor 'b' is not a matrix")
        if sizes.ndim != 1:
            raise invalid("Tensor 'a_shape' is not a vector")
        if sizes.size != 2:
            raise invalid("Tensor 'a_shape' must have 2 elements")
        if values.ndim != 1:
            raise invalid("Tensor 'a_values' is not a vector")
        if indices.ndim != 2:
            raise invalid("Tensor 'a_indices' is not a matrix")
        if len(indices) != len(values):
            raise invalid(
                "Number of rows of a_indices does not match number of entries in a_values"
            )
        if indices.shape[1] != sizes.size:
            raise invalid(
                "Number of columns of a_indices does not match number of entries in a_shape"
            )
        inner = int(sizes[0 if self.adjoint_a else 1])
        outer = b.shape[1 if self.adjoint_b else 0]
        if inner != outer:
            raise invalid(
                f"Cannot multiply A and B because inner dimension does not match: {inner} vs. "
                f"{outer}.  Did you forget a transpose?  Dimensions of A: [{sizes[0]}, "
                f"{sizes[1]}).  Dimensions of B: [{b.shape[0]},{b.shape[1]}]"
            )

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        indices, values, sizes, b = operation.inputs
        (dy,) = dys
        transposed = SparseTensorDenseMatMul(adjoint_a=not self.adjoint_a)
        to_b = apply(transposed, indices, values, sizes, dy)
        if self.adjoint_b:
            to_b = matrix_transpose(to_b, conjugate=True)
        left, right = (indices[:, i] for i in ((1, 0) if self.adjoint_a else (0, 1)))
        # One element of dy @ b^H for each element of the sparse matrix, and no other.
        inner = matrix_transpose(b) if self.adjoint_b else conj(b)
        to_values = reduce_sum(multiply(gather(dy, left), gather(inner, right)), 1)
        if self.adjoint_a:
            to_values = conj(to_values)
        return None, to_values, None, to_b


def _check_within(indices: Array, limit: Any, letter: str, column: int) -> None:
    bad = (indices < 0) | (indices >= limit)
    if bad.any():
        row = int(bad.argmax())
        raise invalid(
            f"{letter} ({indices[row]}) from index[{row},{column}] out of bounds (>={limit})"
        )


def sparse_tensor_dense_matmul(
    sp_a: SparseTensor,
    b: Any,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply a sparse matrix with a dense one.

    Parameters
    ----------
    sp_a : SparseTensor
        Of rank 2. Elements of equal index add up.
    b : Tensor
        A matrix of the dtype of `sp_a`.
    adjoint_a, adjoint_b : bool
        Transpose and conjugate the factor first.
    name : str, optional

    Raises
    ------
    TypeError
        If `sp_a` is no sparse tensor.
    ValueError
        If the shapes do not fit.
    InvalidArgumentError
        If that shows only when it runs, or an index is out of range.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [1, 0]], [2.0, 3.0], [2, 2])
    >>> tf.Session().run(tf.sparse_tensor_dense_matmul(sp, [[1.0], [10.0]]))
    array([[20.],
           [ 3.]], dtype=float32)
    """
    sparse = as_sparse(sp_a)
    parts = [sparse.indices, sparse.values, b]
    with name_scope(name, "SparseTensorDenseMatMul", parts):
        op = SparseTensorDenseMatMul(adjoint_a=adjoint_a, adjoint_b=adjoint_b)
        dense = convert_to_tensor(b, name="b")
        return apply(op, sparse.indices, sparse.values, sparse.dense_shape, dense)
