"""Factors of matrices: Cholesky's, and an orthogonal and a triangular one."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, subtract
from flowgraph.ops.band import matrix_band_part
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.core import apply, apply_all, cast, convert_to_tensor, shape
from flowgraph.ops.diagonal import eye, matrix_diag_part, matrix_set_diag
from flowgraph.ops.linalg import matmul, matrix_transpose
from flowgraph.ops.linear_equations import FACTORABLE, check_square, matrix_triangular_solve
from flowgraph.ops.merging import matrices_sizes, square_sizes
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.transcendental import log
from flowgraph.shapes import TensorShape


class Cholesky(Op):
    """The lower triangular L with L Lᴴ = A, of symmetric positive definite matrices.

    Only the lower triangle of A is read.
    """

    signature = Signature("input: T -> output: T", T=FACTORABLE)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(square_sizes(inputs[0])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        check_square(inputs[0])
        try:
            return xp.linalg.cholesky(inputs[0]).astype(inputs[0].dtype, copy=False)
        except np.linalg.LinAlgError:
            raise invalid(
                "Cholesky decomposition was not successful. The input might not be valid."
            ) from None

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        # I. Murray, Differentiation of the Cholesky decomposition, 2016, arXiv:1602.07527.
        factor = operation.outputs[0]
        sizes = shape(factor)
        identity = eye(sizes[-1], batch_shape=sizes[:-2], dtype=factor.dtype)
        inverse = matrix_triangular_solve(factor, identity)
        middle = matmul(factor, dys[0], adjoint_a=True)
        half = convert_to_tensor(0.5, dtype=factor.dtype)
        middle = matrix_set_diag(middle, multiply(half, matrix_diag_part(middle)))
        middle = matrix_band_part(middle, -1, 0)
        slope = matmul(matmul(inverse, middle, adjoint_a=True), inverse)
        return (multiply(add(slope, matrix_transpose(slope, conjugate=True)), half),)


class Qr(Op):
    """Q with orthonormal columns and R upper triangular, with Q R = A."""

    signature = Signature("input: T -> q: T, r: T", T=FACTORABLE)

    full_matrices: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = matrices_sizes(inputs[0])
        if sizes is None:
            return (TensorShape.of(None), TensorShape.of(None))
        *batch, rows, columns = sizes
        if self.full_matrices:
            return (TensorShape.of((*batch, rows, rows)), TensorShape.of((*batch, rows, columns)))
        least = None if rows is None or columns is None else min(rows, columns)
        return (TensorShape.of((*batch, rows, least)), TensorShape.of((*batch, least, columns)))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        if x.ndim < 2:
            raise invalid(f"Input must have rank >= 2, got shape {bracketed(x.shape)}")
        q, r = xp.linalg.qr(x, mode="complete" if self.full_matrices else "reduced")
        return q.astype(x.dtype, copy=False), r.astype(x.dtype, copy=False)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        # S. Walter and L. Lehmann, Algorithmic differentiation of linear algebra functions, 2010.
        q, r = operation.outputs
        sizes = q.shape.sizes, r.shape.sizes
        known = all(s is not None and None not in s[-2:] for s in sizes)
        if not known:
            raise NotImplementedError("QrGrad not implemented with dynamic shapes.")
        if sizes[0][-2] < sizes[1][-1] or (self.full_matrices and sizes[0][-2] > sizes[1][-1]):  # type: ignore[index,operator]
            raise NotImplementedError(
                "QrGrad not implemented when ncols > nrows or full_matrices is true and ncols != "
                "nrows."
            )
        d_q, d_r = dys
        q_part = matmul(q, d_q, adjoint_a=True)
        r_part = matmul(r, d_r, adjoint_b=True)
        skew = subtract(q_part, matrix_transpose(q_part, conjugate=True))
        bent = subtract(r_part, matrix_transpose(r_part, conjugate=True))
        inner = _below(add(skew, bent))
        first = matmul(q, add(d_r, _times_inverse(inner, r)))
        second = _times_inverse(subtract(d_q, matmul(q, q_part)), r)
        return (add(first, second),)


def _below(x: Tensor) -> Tensor:
    """Keep what stands below the main diagonal."""
    return subtract(matrix_band_part(x, -1, 0), matrix_band_part(x, 0, 0))


def _times_inverse(x: Tensor, r: Tensor) -> Tensor:
    """Return x R⁻ᴴ for upper triangular R."""
    flipped = matrix_transpose(x, conjugate=True)
    solved = matrix_triangular_solve(r, flipped, lower=False, adjoint=False)
    return matrix_transpose(solved, conjugate=True)


def cholesky(input: Any, name: str | None = None) -> Tensor:
    """Factor symmetric positive definite matrices: A = L Lᴴ, L lower triangular.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex. The lower triangle is read.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        If a matrix is not positive definite, when it runs.

    Examples
    --------
    >>> tf.Session().run(tf.cholesky([[4.0, 2.0], [2.0, 2.0]]))
    array([[2., 0.],
           [1., 1.]], dtype=float32)
    """
    return apply(Cholesky(), input, name=name)


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """Solve systems of linear equations ``A x = rhs``, given `cholesky` of A.

    Parameters
    ----------
    chol : Tensor
        Of shape ``[..., n, n]``.
    rhs : Tensor
        Of shape ``[..., n, k]``.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.cholesky_solve(tf.cholesky([[4.0]]), [[8.0]]))
    array([[2.]], dtype=float32)
    """
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        half_way = matrix_triangular_solve(chol, rhs, lower=True, adjoint=False)
        return matrix_triangular_solve(chol, half_way, lower=True, adjoint=True)


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """Return the logarithms of the determinants of positive definite matrices.

    Parameters
    ----------
    matrix : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex.
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.linalg.logdet([[1.0, 0.0], [0.0, 1.0]])))
    0.0
    """
    with name_scope(name, "logdet", [matrix]):
        factor = cholesky(matrix)
        diagonal = matrix_diag_part(factor)
        real = cast(diagonal, factor.dtype.real_dtype)
        result: Tensor = 2.0 * reduce_sum(log(real), axis=[-1])
        return result


class Factors(NamedTuple):
    """The result of `qr`."""

    q: Tensor
    r: Tensor


# Results print under the op's name, which the op's own class has here.
Factors.__name__ = "Qr"


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Factors:
    """Factor matrices into an orthogonal and an upper triangular one.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., m, n]``: float32, float64 or complex.
    full_matrices : bool
        Whether `q` is square.
    name : str, optional

    Returns
    -------
    q, r : Tensor
        Of shapes ``[..., m, k]`` and ``[..., k, n]``; k is m if `full_matrices`, else the
        smaller of m and n. The signs of R's diagonal are LAPACK's.

    Examples
    --------
    >>> q, r = tf.qr([[1.0, 2.0], [3.0, 4.0]])
    >>> error = tf.reduce_max(abs(tf.matmul(q, r) - [[1.0, 2.0], [3.0, 4.0]]))
    >>> print(tf.Session().run(error) < 1e-5)
    True
    """
    return Factors(*apply_all(Qr(full_matrices), input, name=name))
