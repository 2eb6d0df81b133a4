"""What the suite checks of singular values, eigenvalues, triangular factors and matrix functions.

Vectors are unique but for their signs, which are LAPACK's here and there.
"""

import numpy as np
import scipy.linalg

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.decomposition import Lu, SelfAdjointEigV2, Svd
from flowgraph.ops.matrix_functions import MatrixLogarithm, MatrixSquareRoot
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(17)
NONE = np.zeros(0)


def real(*shape):
    return RNG.uniform(-2, 2, shape)


def symmetric(*shape):
    x = real(*shape)
    return x + np.swapaxes(x, -1, -2)


def definite(*shape):
    x = real(*shape)
    return x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1])


def each(function):
    def of(x):
        return np.array([function(m) for m in x.reshape(-1, *x.shape[-2:])]).reshape(x.shape)

    return of


def roots_of_gram(x):
    """Singular values as the roots of the eigenvalues of the smaller Gram matrix."""
    rows = x if x.shape[-2] <= x.shape[-1] else np.swapaxes(x, -1, -2)
    gram = rows @ np.swapaxes(rows, -1, -2).conj()
    values = np.sqrt(np.sort(np.linalg.eigvals(gram).real, -1)[..., ::-1])
    return values, NONE, NONE


def vectors(full):
    def of(x):
        u, s, vh = scipy.linalg.svd(x, full_matrices=full)
        return s, u, vh.T.conj()

    return of


def eigenvalues(x):
    return np.sort(np.linalg.eigvals(x).real, -1), NONE


def factors(dtype):
    def of(x):
        lu, swaps = scipy.linalg.lu_factor(x)
        order = np.arange(len(x))
        for i, j in enumerate(swaps):
            order[[i, j]] = order[[j, i]]
        return lu, order.astype(dtype)

    return of


def not_square(op):
    return [
        Bad(op, (real(2, 3),), ValueError, "Dimensions must be equal, but are 2 and 3"),
        Bad(op, (real(2, 3),), InvalidArgumentError, "must be square", run=True),
    ]


COMPLEX = definite(3, 3) + 1j * (real(3, 3) / 5)
SELF_ADJOINT = symmetric(3, 3)

ENTRIES = [
    Entry(
        Svd,
        [
            Sample(Svd(compute_uv=False), (real(4, 3),), roots_of_gram),
            Sample(Svd(compute_uv=False), (real(2, 2, 3),), roots_of_gram),
            Sample(Svd(), (real(4, 3),), vectors(False), differentiate=()),
            Sample(Svd(full_matrices=True), (real(3, 4),), vectors(True), differentiate=()),
            Sample(
                Svd(compute_uv=False),
                (real(3, 3) + 1j * real(3, 3),),
                roots_of_gram,
                differentiate=(),
            ),
            Sample(
                Svd(compute_uv=False), (real(3, 2).astype(np.float32),), roots_of_gram, rtol=1e-4
            ),
        ],
        [
            Bad(Svd(), (real(3),), ValueError, "^Shape must be at least rank 2 but is rank 1"),
            Bad(Svd(), (real(3),), InvalidArgumentError, "^Input must have rank >= 2", run=True),
        ],
    ),
    Entry(
        SelfAdjointEigV2,
        [
            Sample(
                SelfAdjointEigV2(compute_v=False), (SELF_ADJOINT,), eigenvalues, differentiate=()
            ),
            Sample(
                SelfAdjointEigV2(compute_v=False),
                (symmetric(2, 3, 3),),
                eigenvalues,
                differentiate=(),
            ),
            Sample(
                SelfAdjointEigV2(),
                (SELF_ADJOINT,),
                lambda x: scipy.linalg.eigh(x, driver="evd"),
                differentiate=(),
            ),
        ],
        not_square(SelfAdjointEigV2()),
    ),
    Entry(
        Lu,
        [
            Sample(Lu(), (real(4, 4),), factors(np.int32)),
            Sample(Lu(output_idx_type=dtypes.int64), (real(3, 3),), factors(np.int64)),
            Sample(Lu(), (COMPLEX,), factors(np.int32), differentiate=()),
        ],
        [
            *not_square(Lu()),
            Bad(
                Lu(),
                (np.zeros((2, 2)),),
                InvalidArgumentError,
                "^Input is not invertible",
                run=True,
            ),
        ],
    ),
    Entry(
        MatrixLogarithm,
        [
            Sample(MatrixLogarithm(), (COMPLEX,), scipy.linalg.logm, differentiate=()),
            Sample(
                MatrixLogarithm(),
                (definite(2, 2, 2).astype(np.complex64),),
                each(lambda x: scipy.linalg.logm(x.astype(complex))),
                differentiate=(),
                rtol=1e-4,
                atol=1e-5,
            ),
        ],
        [
            Bad(
                MatrixLogarithm(),
                (real(2, 3).astype(complex),),
                ValueError,
                "Dimensions must be equal, but are 2 and 3",
            ),
            Bad(MatrixLogarithm(), (real(2, 2),), TypeError, "has DataType float64 not in list"),
        ],
    ),
    Entry(
        MatrixSquareRoot,
        [
            Sample(
                MatrixSquareRoot(),
                (definite(3, 3),),
                each(scipy.linalg.sqrtm),
                differentiate=(),
            ),
            Sample(
                MatrixSquareRoot(), (definite(2, 2, 2),), each(scipy.linalg.sqrtm), differentiate=()
            ),
            Sample(MatrixSquareRoot(), (COMPLEX,), each(scipy.linalg.sqrtm), differentiate=()),
        ],
        not_square(MatrixSquareRoot()),
    ),
]
