"""Inverses, determinants, Cholesky factors and linear equations."""

import numpy as np
import scipy.linalg

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.factorization import Cholesky, Qr
from flowgraph.ops.linear_equations import (
    LogMatrixDeterminant,
    MatrixDeterminant,
    MatrixInverse,
    MatrixSolve,
    MatrixTriangularSolve,
)
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(9)


def square(*shape):
    """Matrices far from singular."""
    return RNG.uniform(-1, 1, shape) + 3 * np.eye(shape[-1])


def real(*shape):
    return RNG.uniform(-2, 2, shape)


def definite(*shape):
    root = square(*shape)
    return root @ np.swapaxes(root, -1, -2)


def each(function):
    """A function of matrices, one matrix at a time."""

    def reference(x, *more):
        flat = x.reshape(-1, *x.shape[-2:])
        others = [m.reshape(len(flat), *m.shape[-2:]) for m in more]
        results = np.array([function(*row) for row in zip(flat, *others, strict=True)])
        return results.reshape((*x.shape[:-2], *results.shape[1:])).astype(x.dtype)

    return reference


def cofactors(x):
    """The determinant, expanded along the first row."""
    if len(x) == 0:
        return 1.0
    minors = (np.delete(x[1:], i, axis=1) for i in range(len(x)))
    signed = ((-1) ** i * x[0, i] * cofactors(m) for i, m in enumerate(minors))
    return sum(signed)


def adjugate(x):
    """The inverse by Cramer's rule."""
    n = range(len(x))
    minors = [[np.delete(np.delete(x, j, 0), i, 1) for j in n] for i in n]
    signed = [[(-1) ** (i + j) * cofactors(minors[i][j]) for j in n] for i in n]
    return np.array(signed) / cofactors(x)


def triangular(lower=True, adjoint=False):
    trans = 2 if adjoint else 0
    return each(lambda a, b: scipy.linalg.solve_triangular(a, b, lower=lower, trans=trans))


def signs_and_logarithms(x):
    determinants = each(cofactors)(x)
    return np.sign(determinants), np.log(np.abs(determinants))


def householder(mode):
    return lambda x: scipy.linalg.qr(x, mode=mode)


COMPLEX = square(3, 3) + 1j * real(3, 3)
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])


def not_square(op, *more):
    return [
        Bad(op, (real(2, 3), *more), ValueError, "Dimensions must be equal, but are 2 and 3"),
        Bad(op, (real(3), *more), ValueError, "at least rank 2"),
        Bad(op, (real(2, 3), *more), InvalidArgumentError, "must be square", run=True),
    ]


ENTRIES = [
    Entry(
        MatrixInverse,
        [
            Sample(MatrixInverse(), (square(3, 3),), each(adjugate)),
            Sample(MatrixInverse(), (square(2, 2, 2),), each(adjugate)),
            Sample(MatrixInverse(True), (square(2, 2),), lambda x: each(adjugate)(x).T),
            Sample(
                MatrixInverse(True),
                (COMPLEX,),
                lambda x: each(adjugate)(x).conj().T,
                differentiate=(),
            ),
            Sample(MatrixInverse(), (np.zeros((0, 2, 2)),), np.zeros((0, 2, 2))),
        ],
        [
            *not_square(MatrixInverse()),
            Bad(MatrixInverse(), (SINGULAR,), InvalidArgumentError, "not invertible", run=True),
        ],
    ),
    Entry(
        MatrixDeterminant,
        [
            Sample(MatrixDeterminant(), (square(3, 3),), each(cofactors)),
            Sample(MatrixDeterminant(), (square(2, 2, 2),), each(cofactors)),
            Sample(MatrixDeterminant(), (COMPLEX,), each(cofactors), differentiate=()),
        ],
        not_square(MatrixDeterminant()),
    ),
    Entry(
        LogMatrixDeterminant,
        [
            Sample(LogMatrixDeterminant(), (square(3, 3),), signs_and_logarithms),
            Sample(LogMatrixDeterminant(), (-square(2, 3, 3),), signs_and_logarithms),
        ],
        not_square(LogMatrixDeterminant()),
    ),
    Entry(
        Cholesky,
        [
            # The gradient is one for symmetric matrices only: it is tested by itself.
            Sample(
                Cholesky(),
                (definite(3, 3),),
                lambda x: scipy.linalg.cholesky(x, lower=True),
                differentiate=(),
            ),
            Sample(
                Cholesky(),
                (definite(2, 2, 2),),
                each(lambda x: scipy.linalg.cholesky(x, lower=True)),
                differentiate=(),
            ),
        ],
        [
            *not_square(Cholesky()),
            Bad(
                Cholesky(),
                (np.array([[1.0, 2.0], [2.0, 1.0]]),),
                InvalidArgumentError,
                "Cholesky decomposition was not successful",
                run=True,
            ),
        ],
    ),
    Entry(
        MatrixSolve,
        [
            Sample(MatrixSolve(), (square(3, 3), real(3, 2)), each(lambda a, b: adjugate(a) @ b)),
            Sample(
                MatrixSolve(), (square(2, 2, 2), real(2, 2, 1)), each(lambda a, b: adjugate(a) @ b)
            ),
            Sample(MatrixSolve(True), (square(2, 2), real(2, 1)), lambda a, b: adjugate(a.T) @ b),
        ],
        [
            *not_square(MatrixSolve(), real(2, 1)),
            Bad(MatrixSolve(), (square(2, 2), real(3, 1)), ValueError, "be equal, but are 2 and 3"),
            Bad(
                MatrixSolve(),
                (square(2, 2), real(3, 1)),
                InvalidArgumentError,
                "Input matrix and rhs are incompatible",
                run=True,
            ),
            Bad(
                MatrixSolve(),
                (SINGULAR, real(2, 1)),
                InvalidArgumentError,
                "Input matrix is not invertible.",
                run=True,
            ),
        ],
    ),
    Entry(
        MatrixTriangularSolve,
        [
            Sample(
                MatrixTriangularSolve(lower=lower, adjoint=adjoint),
                (square(2, 3, 3), real(2, 3, 2)),
                triangular(lower, adjoint),
            )
            for lower in (True, False)
            for adjoint in (True, False)
        ],
        not_square(MatrixTriangularSolve(), real(2, 1)),
    ),
    Entry(
        Qr,
        [
            Sample(Qr(), (square(3, 3),), householder("economic")),
            Sample(Qr(), (real(4, 2),), householder("economic")),
            Sample(Qr(), (real(2, 4),), householder("economic"), differentiate=()),
            Sample(Qr(True), (real(4, 2),), householder("full"), differentiate=()),
        ],
        [
            Bad(Qr(), (real(3),), ValueError, "at least rank 2"),
            Bad(Qr(), (real(3),), InvalidArgumentError, "must have rank >= 2", run=True),
        ],
    ),
]
