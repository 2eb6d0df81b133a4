"""What the suite checks of sparse tensors beside dense ones."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.sparse_dense import SparseTensorDenseAdd, SparseToDense
from flowgraph.ops.sparse_matmul import SparseTensorDenseMatMul
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(5)
INDICES = np.array([[0, 1], [2, 0], [2, 1]], np.int64)
REPEATED = np.array([[2, 0], [0, 1], [2, 0]], np.int64)
NONE = np.zeros((0, 2), np.int64)
SIZES = np.array([3, 2], np.int64)
VALUES = np.array([1.5, -2.0, 0.5], np.float32)
DENSE = RNG.normal(size=(3, 2)).astype(np.float32)
SQUARE = RNG.normal(size=(2, 2)).astype(np.float32)


def filled(indices, sizes, values, default):
    result = np.full(tuple(sizes), default, dtype=np.asarray(values).dtype)
    places = np.asarray(indices)
    rows = places.reshape(-1, 1) if places.ndim < 2 else places
    for place, value in zip(rows, np.broadcast_to(values, len(rows)), strict=True):
        result[tuple(place)] = value
    return result


def added(indices, values, sizes, b):
    result = np.array(b)
    for place, value in zip(indices, values, strict=True):
        result[tuple(place)] += value
    return result


def adjoint(x, is_adjoint):
    return np.conj(x.T) if is_adjoint else x


def product(adjoint_a=False, adjoint_b=False):
    def of(indices, values, sizes, b):
        a = added(indices, values, sizes, np.zeros(tuple(sizes), np.asarray(values).dtype))
        return adjoint(a, adjoint_a) @ adjoint(b, adjoint_b)

    return of


def to_dense(*inputs, **attributes):
    return Sample(SparseToDense(**attributes), inputs, filled)


def matmul(*inputs, **attributes):
    return Sample(SparseTensorDenseMatMul(**attributes), inputs, product(**attributes), rtol=1e-3)


def refused(op, *inputs, match):
    return Bad(op, inputs, InvalidArgumentError, match, run=True)


ENTRIES = [
    Entry(
        SparseToDense,
        [
            to_dense(INDICES, SIZES, VALUES, np.float32(-1)),
            to_dense(INDICES, SIZES, np.float64(2), np.float64(0)),
            # The gradient is TensorFlow's, which takes indices to be distinct.
            Sample(
                SparseToDense(validate_indices=False),
                (REPEATED, SIZES, VALUES, np.float32(0)),
                filled,
                differentiate=(),
            ),
            to_dense(np.int32([1, 3]), np.int32([5]), np.int32([7, 8]), np.int32(0)),
            to_dense(np.int32(3), np.int32([5]), np.float16(1), np.float16(2)),
            to_dense(NONE, SIZES, np.zeros(0, np.float32), np.float32(1)),
            to_dense(np.int64([0]), np.int64([2]), np.array([True]), np.array(False)),
        ],
        [
            Bad(
                SparseToDense(),
                (INDICES, np.int64(3), VALUES, np.float32(0)),
                ValueError,
                "^Shape must be rank 1 but is rank 0",
            ),
            refused(
                SparseToDense(),
                *(np.int64([[0, 0], [5, 0]]), SIZES, VALUES[:2], np.float32(0)),
                match=r"^indices\[1\] = \[5,0\] is out of bounds: need 0 <= index < \[3,2\]",
            ),
            refused(
                SparseToDense(),
                *(REPEATED, SIZES, VALUES, np.float32(0)),
                match=r"^indices\[1\] = \[0,1\] is out of order",
            ),
            refused(
                SparseToDense(),
                *(np.int64([2, 2]), np.int64([5]), VALUES[:2], np.float32(0)),
                match=r"^indices\[1\] = \[2\] is repeated",
            ),
            refused(
                SparseToDense(validate_indices=False),
                *(np.int64([7]), np.int64([5]), VALUES[:1], np.float32(0)),
                match=r"^Indices are not valid \(out of bounds\).  Shape: \[5\]",
            ),
            refused(
                SparseToDense(),
                *(np.int64([[[0]]]), np.int64([3]), VALUES[:1], np.float32(0)),
                match=r"^sparse_indices should be a scalar, vector, or matrix, got shape \[1,1,1\]",
            ),
            refused(
                SparseToDense(),
                *(INDICES, np.int64([3]), VALUES, np.float32(0)),
                match="^output_shape has incorrect number of elements: 1 should be: 2",
            ),
            refused(
                SparseToDense(),
                *(INDICES, SIZES, VALUES[:2], np.float32(0)),
                match=r"^sparse_values has incorrect shape \[2\], should be \[\] or \[3\]",
            ),
            refused(
                SparseToDense(),
                *(INDICES, SIZES, VALUES, np.float32([0])),
                match="^default_value should be a scalar.",
            ),
            refused(
                SparseToDense(),
                *(INDICES, np.int64([-3, 2]), VALUES, np.float32(0)),
                match="^Dimension -3 must be >= 0",
            ),
        ],
    ),
    Entry(
        SparseTensorDenseAdd,
        [
            Sample(SparseTensorDenseAdd(), (INDICES, VALUES, SIZES, DENSE), added),
            Sample(SparseTensorDenseAdd(), (REPEATED, VALUES, SIZES, DENSE), added),
            Sample(SparseTensorDenseAdd(), (NONE, np.zeros(0, np.float32), SIZES, DENSE), added),
            Sample(
                SparseTensorDenseAdd(),
                (np.int32([[1]]), np.int32([4]), np.int32([2]), np.int32([1, 2])),
                added,
            ),
            Sample(
                SparseTensorDenseAdd(),
                (INDICES, VALUES.astype(np.float16), SIZES, DENSE.astype(np.float16)),
                added,
                rtol=1e-2,
            ),
        ],
        [
            refused(
                SparseTensorDenseAdd(),
                *(INDICES[0], VALUES, SIZES, DENSE),
                match=r"^Input a_indices should be a matrix but received shape: \[2\]",
            ),
            refused(
                SparseTensorDenseAdd(),
                *(INDICES, VALUES[0], SIZES, DENSE),
                match=r"^Inputs a_values and a_shape should be vectors but received shapes: \[\]",
            ),
            refused(
                SparseTensorDenseAdd(),
                *(INDICES, VALUES[:2], SIZES, DENSE),
                match=r"^The number of elements in a_values \(2\) should match",
            ),
            refused(
                SparseTensorDenseAdd(),
                *(INDICES, VALUES, SIZES, DENSE[0]),
                match="^Two operands have different ndims; received: 2 and 1",
            ),
            refused(
                SparseTensorDenseAdd(),
                *(INDICES, VALUES, SIZES, SQUARE),
                match="^Dimension 0 does not equal .*: sparse side 3 vs dense side 2",
            ),
            refused(
                SparseTensorDenseAdd(),
                *(np.int64([[0, 5]]), VALUES[:1], SIZES, DENSE),
                match=r"^Sparse tensor has an invalid index on dimension 1: a_indices\(0,1\) = 5, "
                "dense tensor shape: 3 2",
            ),
        ],
    ),
    Entry(
        SparseTensorDenseMatMul,
        [
            matmul(INDICES, VALUES, SIZES, SQUARE),
            matmul(REPEATED, VALUES, SIZES, SQUARE, adjoint_b=True),
            matmul(INDICES, VALUES, SIZES, DENSE, adjoint_a=True),
            matmul(INDICES, VALUES, SIZES, DENSE.T.copy(), adjoint_a=True, adjoint_b=True),
            matmul(INDICES.astype(np.int32), VALUES.astype(np.float64), SIZES, SQUARE.astype("f8")),
            matmul(NONE, np.zeros(0, np.float32), SIZES, SQUARE),
            matmul(INDICES, np.int32([1, 2, 3]), SIZES, np.int32([[1, 2], [3, 4]])),
            matmul(INDICES, VALUES.astype(np.float16), SIZES, SQUARE.astype(np.float16)),
            Sample(
                SparseTensorDenseMatMul(adjoint_a=True, adjoint_b=True),
                (INDICES, (1 + 2j) * VALUES.astype("c8"), SIZES, (2 - 1j) * DENSE.T.astype("c8")),
                product(adjoint_a=True, adjoint_b=True),
            ),
        ],
        [
            Bad(
                SparseTensorDenseMatMul(),
                (INDICES, VALUES, SIZES, DENSE),
                ValueError,
                "^Dimensions must be equal, but are 2 and 3",
            ),
            Bad(
                SparseTensorDenseMatMul(),
                (INDICES[0], VALUES, SIZES, SQUARE),
                ValueError,
                "^Shape must be rank 2 but is rank 1",
            ),
            Bad(
                SparseTensorDenseMatMul(),
                (INDICES, VALUES, np.int64([3, 2, 1]), SQUARE),
                ValueError,
                "^Shape must be rank 2 but is rank 3",
            ),
            refused(
                SparseTensorDenseMatMul(adjoint_a=True),
                *(INDICES, VALUES, SIZES, SQUARE),
                match="^Cannot multiply A and B because inner dimension does not match: 3 vs. 2.  "
                r"Did you forget a transpose\?  Dimensions of A: \[3, 2\).  Dimensions of B: ",
            ),
            refused(
                SparseTensorDenseMatMul(),
                *(np.int64([[0, 1], [2, 5]]), VALUES[:2], SIZES, SQUARE),
                match=r"^k \(5\) from index\[1,1\] out of bounds \(>=2\)",
            ),
            refused(
                SparseTensorDenseMatMul(),
                *(np.int64([[5, 1], [2, 0]]), VALUES[:2], SIZES, SQUARE),
                match=r"^m \(5\) from index\[0,0\] out of bounds \(>=3\)",
            ),
            refused(
                SparseTensorDenseMatMul(),
                *(INDICES, VALUES[:2], SIZES, SQUARE),
                match="^Number of rows of a_indices does not match number of entries in a_values",
            ),
            refused(
                SparseTensorDenseMatMul(),
                *(np.int64([[0, 1, 0]]), VALUES[:1], SIZES, SQUARE),
                match="^Number of columns of a_indices does not match number of entries in a_shape",
            ),
            refused(
                SparseTensorDenseMatMul(),
                *(INDICES, VALUES, SIZES, SQUARE[0]),
                match="^Tensor 'b' is not a matrix",
            ),
        ],
    ),
]
