"""The `tf.linalg` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.ops.band import matrix_band_part as band_part
from flowgraph.ops.clip import global_norm
from flowgraph.ops.contraction import tensordot
from flowgraph.ops.diagonal import (
    diag as tensor_diag, diag_part as tensor_diag_part, eye, matrix_diag as diag,
    matrix_diag_part as diag_part, matrix_set_diag as set_diag, trace,
)
from flowgraph.ops.einsum import einsum
from flowgraph.ops.factorization import cholesky, cholesky_solve, logdet, qr
from flowgraph.ops.linalg import cross, matmul, matrix_transpose, matrix_transpose as transpose
from flowgraph.ops.linear_equations import (
    matrix_determinant as det, matrix_inverse as inv, matrix_solve as solve,
    matrix_triangular_solve as triangular_solve, slogdet,
)
from flowgraph.ops.norm import norm
from flowgraph.ops.normalization import l2_normalize

__all__ = [
    "band_part", "cholesky", "cholesky_solve", "cross", "det", "diag", "diag_part", "einsum",
    "eye", "global_norm", "inv", "l2_normalize", "logdet", "matmul", "matrix_transpose", "norm",
    "qr", "set_diag", "slogdet", "solve", "tensor_diag", "tensor_diag_part", "tensordot",
    "trace", "transpose", "triangular_solve",
]
