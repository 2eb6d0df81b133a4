from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.block_diagonal import LinearOperatorBlockDiag
from flowgraph.linear_operators.composition import LinearOperatorComposition
from flowgraph.linear_operators.dense import LinearOperatorFullMatrix, LinearOperatorLowerTriangular
from flowgraph.linear_operators.derived import LinearOperatorAdjoint, LinearOperatorInversion
from flowgraph.linear_operators.diagonal import LinearOperatorDiag
from flowgraph.linear_operators.householder import LinearOperatorHouseholder
from flowgraph.linear_operators.identity import (
    LinearOperatorIdentity, LinearOperatorScaledIdentity, LinearOperatorZeros,
)
from flowgraph.linear_operators.kronecker import LinearOperatorKronecker
from flowgraph.linear_operators.low_rank import LinearOperatorLowRankUpdate
from flowgraph.ops.band import matrix_band_part as band_part
from flowgraph.ops.clip import global_norm
from flowgraph.ops.contraction import tensordot
from flowgraph.ops.decomposition import (
    lu, self_adjoint_eig as eigh, self_adjoint_eigvals as eigvalsh, svd,
)
from flowgraph.ops.diagonal import (
    diag as tensor_diag, diag_part as tensor_diag_part, eye, matrix_diag as diag,
    matrix_diag_part as diag_part, matrix_set_diag as set_diag, trace,
)
from flowgraph.ops.einsum import einsum
from flowgraph.ops.factorization import cholesky, cholesky_solve, logdet, qr
from flowgraph.ops.least_squares import lstsq, matrix_rank, pinv
from flowgraph.ops.linalg import cross, matmul, matrix_transpose, matrix_transpose as transpose
from flowgraph.ops.linear_equations import (
    matrix_determinant as det, matrix_inverse as inv, matrix_solve as solve,
    matrix_triangular_solve as triangular_solve, slogdet,
)
from flowgraph.ops.matrix_functions import adjoint, expm, logm, matvec, normalize, sqrtm
from flowgraph.ops.norm import norm
from flowgraph.ops.normalization import l2_normalize

__all__ = [
    "LinearOperator", "LinearOperatorAdjoint", "LinearOperatorBlockDiag",
    "LinearOperatorComposition", "LinearOperatorDiag", "LinearOperatorFullMatrix",
    "LinearOperatorHouseholder", "LinearOperatorIdentity", "LinearOperatorInversion",
    "LinearOperatorKronecker", "LinearOperatorLowRankUpdate", "LinearOperatorLowerTriangular",
    "LinearOperatorScaledIdentity", "LinearOperatorZeros", "adjoint", "band_part", "cholesky",
    "cholesky_solve", "cross", "det", "diag", "diag_part", "eigh", "eigvalsh", "einsum", "expm",
    "eye", "global_norm", "inv", "l2_normalize", "logdet", "logm", "lstsq", "lu", "matmul",
    "matrix_rank", "matrix_transpose", "matvec", "norm", "normalize", "pinv", "qr", "set_diag",
    "slogdet", "solve", "sqrtm", "svd", "tensor_diag", "tensor_diag_part", "tensordot", "trace",
    "transpose", "triangular_solve",
]
