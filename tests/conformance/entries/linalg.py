"""Products, diagonals and bands of matrices."""

import ml_dtypes
import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.band import MatrixBandPart
from flowgraph.ops.diagonal import Diag, DiagPart, MatrixDiag, MatrixDiagPart, MatrixSetDiag
from flowgraph.ops.linalg import BatchMatMul, BatchMatMulV2, Cross, MatMul, SparseMatMul, matmul
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(5)


def real(*shape, dtype=np.float64):
    return RNG.uniform(-2, 2, shape).astype(dtype)


def ints(*shape, dtype=np.int32):
    return RNG.integers(-9, 9, shape).astype(dtype)


def compl(*shape):
    return real(*shape) + 1j * real(*shape)


def product(flip_a=False, flip_b=False, conjugate=False):
    """The product by its definition, one sum per element."""

    def reference(a, b):
        left = np.swapaxes(a, -1, -2) if flip_a else a
        right = np.swapaxes(b, -1, -2) if flip_b else b
        left = left.conj() if flip_a and conjugate else left
        right = right.conj() if flip_b and conjugate else right
        wide = np.float64 if a.dtype.itemsize == 2 else a.dtype
        terms = left.astype(wide)[..., :, :, None] * right.astype(wide)[..., None, :, :]
        return terms.sum(axis=-2).astype(a.dtype)

    return reference


HALF = (real(3, 4, dtype=np.float16), real(4, 2, dtype=np.float16))
BRAIN = tuple(x.astype(ml_dtypes.bfloat16) for x in HALF)


def diagonals(x):
    rows = min(x.shape[-2:])
    return np.stack([x[..., i, i] for i in range(rows)], axis=-1)


def with_diagonals(x, d):
    y = x.copy()
    for i in range(d.shape[-1]):
        y[..., i, i] = d[..., i]
    return y


def band(x, lower, upper):
    keep_lower = x if lower < 0 else np.triu(x, -int(lower))
    return keep_lower if upper < 0 else np.tril(keep_lower, int(upper))


def bounds(lower, upper, dtype=np.int64):
    return np.array(lower, dtype), np.array(upper, dtype)


ENTRIES = [
    Entry(
        MatMul,
        [
            Sample(MatMul(), (real(2, 3), real(3, 4)), product()),
            Sample(MatMul(True, False), (real(3, 2), real(3, 4)), product(True)),
            Sample(MatMul(False, True), (real(2, 3), real(4, 3)), product(False, True)),
            Sample(MatMul(True, True), (real(3, 2), real(4, 3)), product(True, True)),
            Sample(MatMul(), (compl(2, 3), compl(3, 2)), product(), differentiate=()),
            Sample(MatMul(), (ints(2, 3), ints(3, 4)), product()),
            Sample(MatMul(), (ints(2, 3, dtype=np.int64), ints(3, 1, dtype=np.int64)), product()),
            Sample(MatMul(), (real(2, 0), real(0, 3)), product()),
            Sample(MatMul(), (real(0, 2), real(2, 3)), product()),
            Sample(MatMul(), HALF, product(), differentiate=(), rtol=2e-3),
            Sample(MatMul(), BRAIN, product(), differentiate=(), rtol=2e-2),
        ],
        [
            Bad(
                MatMul(),
                (real(2, 3), real(2, 3)),
                ValueError,
                "Dimensions must be equal, but are 3 and 2",
            ),
            Bad(MatMul(), (real(2, 3, 1), real(2, 3)), ValueError, "must be rank 2 but is rank 3"),
            Bad(
                MatMul(),
                (real(2, 3), real(2, 3)),
                InvalidArgumentError,
                r"Matrix size-incompatible: In\[0\]: \[2,3\], In\[1\]: \[2,3\]",
                run=True,
            ),
            Bad(MatMul(), (real(2), real(2, 3)), InvalidArgumentError, "is not a matrix", run=True),
            Bad(MatMul(), (np.ones((1, 1), bool),) * 2, TypeError, "DataType bool not in list"),
            Bad(
                None,
                (real(2, 2), real(2, 2)),
                ValueError,
                "Only one of transpose_a and adjoint_a",
                build=lambda a, b: matmul(a, b, transpose_a=True, adjoint_a=True),
            ),
        ],
    ),
    Entry(
        SparseMatMul,
        [
            Sample(
                SparseMatMul(a_is_sparse=True),
                (real(2, 3, dtype=np.float32), real(3, 4, dtype=np.float32)),
                product(),
                differentiate=(),
            ),
            Sample(
                SparseMatMul(transpose_b=True, b_is_sparse=True),
                (real(2, 3, dtype=np.float32), real(4, 3, dtype=np.float32)),
                product(False, True),
                differentiate=(),
            ),
        ],
        [
            Bad(
                SparseMatMul(),
                (real(2, 3, dtype=np.float32), real(2, 3, dtype=np.float32)),
                ValueError,
                "Dimensions must be equal, but are 3 and 2",
            )
        ],
    ),
    Entry(
        BatchMatMulV2,
        [
            Sample(BatchMatMulV2(), (real(2, 2, 3), real(2, 3, 4)), product()),
            Sample(BatchMatMulV2(), (real(2, 1, 2, 3), real(4, 3, 2)), product()),
            Sample(BatchMatMulV2(True, False), (real(2, 3, 2), real(3, 2)), product(True)),
            Sample(BatchMatMulV2(False, True), (real(2, 3), real(2, 2, 3)), product(False, True)),
            Sample(BatchMatMulV2(True, True), (real(2, 3, 2), real(2, 4, 3)), product(True, True)),
            Sample(
                BatchMatMulV2(True, True),
                (compl(2, 3, 2), compl(2, 4, 3)),
                product(True, True, conjugate=True),
                differentiate=(),
            ),
            Sample(BatchMatMulV2(), (ints(2, 2, 3), ints(2, 3, 4)), product()),
            Sample(BatchMatMulV2(), (real(0, 2, 3), real(0, 3, 4)), product()),
            Sample(
                BatchMatMulV2(),
                (HALF[0][None], HALF[1][None]),
                product(),
                differentiate=(),
                rtol=2e-3,
            ),
        ],
        [
            Bad(
                BatchMatMulV2(),
                (real(2, 2, 3), real(2, 2, 3)),
                ValueError,
                "Dimensions must be equal, but are 3 and 2",
            ),
            Bad(BatchMatMulV2(), (real(2, 2, 3), real(3)), ValueError, "at least rank 2"),
            Bad(
                BatchMatMulV2(),
                (real(4, 2, 3), real(5, 3, 3)),
                ValueError,
                "Dimensions must be equal, but are 4 and 5",
            ),
            Bad(
                BatchMatMulV2(),
                (real(4, 2, 3), real(5, 3, 3)),
                InvalidArgumentError,
                "must have compatible batch dimensions",
                run=True,
            ),
            Bad(
                BatchMatMulV2(),
                (real(4, 2, 3), real(4, 2, 3)),
                InvalidArgumentError,
                r"In\[0\] mismatch In\[1\] shape: 3 vs. 2",
                run=True,
            ),
            Bad(
                BatchMatMulV2(),
                (real(4, 2, 3), real(3)),
                InvalidArgumentError,
                r"In\[1\] ndims must be >= 2: 1",
                run=True,
            ),
        ],
    ),
    Entry(
        BatchMatMul,
        [
            Sample(BatchMatMul(), (real(2, 2, 3), real(2, 3, 4)), product()),
            Sample(BatchMatMul(True, False), (real(2, 3, 2), real(2, 3, 2)), product(True)),
            Sample(BatchMatMul(False, True), (real(2, 2, 3), real(2, 1, 3)), product(False, True)),
        ],
        [
            Bad(
                BatchMatMul(),
                (real(2, 2, 3), real(1, 3, 3)),
                ValueError,
                "be equal, but are 2 and 1",
            ),
            Bad(
                BatchMatMul(),
                (real(2, 2, 3), real(1, 3, 3)),
                InvalidArgumentError,
                r"In\[0\].dim\(0\) and In\[1\].dim\(0\) must be the same",
                run=True,
            ),
        ],
    ),
    Entry(
        Cross,
        [
            Sample(Cross(), (real(3), real(3)), np.cross),
            Sample(Cross(), (real(2, 2, 3), real(2, 2, 3)), np.cross),
            Sample(Cross(), (ints(2, 3), ints(2, 3)), np.cross),
        ],
        [
            Bad(
                Cross(),
                (real(2, 3), real(2, 2)),
                ValueError,
                "Dimension 1 in both shapes must be equal, but are 3 and 2",
            ),
            Bad(Cross(), (real(2), real(2)), ValueError, "Dimensions must be equal"),
            Bad(
                Cross(),
                (real(3), real(1, 3)),
                InvalidArgumentError,
                r"Both inputs must be of same shape: \[3\] vs. \[1,3\]",
                run=True,
            ),
        ],
    ),
    Entry(
        Diag,
        [
            Sample(Diag(), (real(3),), np.diag),
            Sample(Diag(), (real(2, 2),), lambda x: np.diag(x.ravel()).reshape(2, 2, 2, 2)),
            Sample(Diag(), (ints(3),), np.diag),
            Sample(Diag(), (real(0),), np.zeros((0, 0))),
        ],
        [Bad(Diag(), (real(),), ValueError, "at least rank 1")],
    ),
    Entry(
        DiagPart,
        [
            Sample(DiagPart(), (real(3, 3),), np.diag),
            Sample(DiagPart(), (real(2, 3, 2, 3),), lambda x: np.einsum("abab->ab", x)),
            Sample(DiagPart(), (ints(2, 2),), np.diag),
        ],
        [
            Bad(DiagPart(), (real(2, 3, 2),), ValueError, "must have even and non-zero rank"),
            Bad(DiagPart(), (real(2, 3),), ValueError, "must be equal, but are 2 and 3"),
            Bad(
                DiagPart(),
                (real(2, 3),),
                InvalidArgumentError,
                "dimensions 0 and 1 do not match",
                run=True,
            ),
        ],
    ),
    Entry(
        MatrixDiag,
        [
            Sample(MatrixDiag(), (real(2),), np.diag),
            Sample(MatrixDiag(), (real(2, 3),), lambda x: np.stack([np.diag(r) for r in x])),
            Sample(MatrixDiag(), (np.array([True, False]),), np.diag),
            Sample(MatrixDiag(), (real(2, 0),), np.zeros((2, 0, 0))),
        ],
        [
            Bad(MatrixDiag(), (real(),), ValueError, "at least rank 1"),
            Bad(MatrixDiag(), (real(),), InvalidArgumentError, "at least 1-dim", run=True),
        ],
    ),
    Entry(
        MatrixDiagPart,
        [
            Sample(MatrixDiagPart(), (real(2, 2),), diagonals),
            Sample(MatrixDiagPart(), (real(2, 2, 3),), diagonals),
            Sample(MatrixDiagPart(), (ints(3, 2),), diagonals),
        ],
        [
            Bad(MatrixDiagPart(), (real(2),), ValueError, "at least rank 2"),
            Bad(MatrixDiagPart(), (real(2),), InvalidArgumentError, "at least 2-dim", run=True),
        ],
    ),
    Entry(
        MatrixSetDiag,
        [
            Sample(MatrixSetDiag(), (real(2, 2), real(2)), with_diagonals),
            Sample(MatrixSetDiag(), (real(2, 2, 3), real(2, 2)), with_diagonals),
            Sample(MatrixSetDiag(), (ints(3, 2), ints(2)), with_diagonals),
        ],
        [
            Bad(MatrixSetDiag(), (real(3, 2), real(3)), ValueError, "must be equal, but are 2 and"),
            Bad(
                MatrixSetDiag(),
                (real(2, 3, 2), real(2)),
                InvalidArgumentError,
                r"Expected diagonal shape: \[2,2\]",
                run=True,
            ),
        ],
    ),
    Entry(
        MatrixBandPart,
        [
            Sample(MatrixBandPart(), (real(3, 4), *bounds(1, 1)), band),
            Sample(MatrixBandPart(), (real(3, 4), *bounds(-1, 0)), band),
            Sample(MatrixBandPart(), (real(2, 4, 3), *bounds(0, -1, np.int32)), band),
            Sample(MatrixBandPart(), (ints(3, 3), *bounds(2, 0)), band),
            Sample(MatrixBandPart(), (real(2, 0, 3), *bounds(0, 0)), np.zeros((2, 0, 3))),
        ],
        [
            Bad(MatrixBandPart(), (real(3), *bounds(0, 0)), ValueError, "at least rank 2"),
            Bad(
                MatrixBandPart(),
                (real(2, 2), *bounds(3, 0)),
                InvalidArgumentError,
                r"num_lower must be negative or less or equal to number of rows \(2\) got: 3",
                run=True,
            ),
        ],
    ),
]
