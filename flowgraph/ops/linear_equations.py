"""Inverses, determinants and linear equations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply, negative
from flowgraph.ops.array import expand_dims
from flowgraph.ops.band import matrix_band_part
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.core import apply, apply_all
from flowgraph.ops.linalg import matmul
from flowgraph.ops.merging import (
    matrices_sizes,
    merge_shapes,
    merge_sizes,
    split_matrices,
    square_sizes,
)
from flowgraph.shapes import TensorShape

FACTORABLE = Types((dtypes.float64, dtypes.float32, dtypes.complex64, dtypes.complex128))
"""The dtypes that the linear algebra of NumPy and CuPy works in."""


def check_square(x: Array) -> None:
    """Raise unless a value is a batch of square matrices."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise invalid(f"Input matrix must be square.: {bracketed(x.shape)}")


def _adjoint(xp: Any, x: Array) -> Array:
    return xp.conj(xp.swapaxes(x, -1, -2))


def _solved(xp: Any, matrix: Array, rhs: Array, text: str) -> Array:
    try:
        return xp.linalg.solve(matrix, rhs).astype(matrix.dtype, copy=False)
    except np.linalg.LinAlgError:
        raise invalid(text) from None


class MatrixInverse(Op):
    """The inverses of square matrices, or of their adjoints."""

    signature = Signature("input: T -> output: T", T=FACTORABLE)

    adjoint: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(square_sizes(inputs[0])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        check_square(inputs[0])
        try:
            inverse = xp.linalg.inv(inputs[0]).astype(inputs[0].dtype, copy=False)
        except np.linalg.LinAlgError:
            raise invalid("Input is not invertible.") from None
        return _adjoint(xp, inverse).copy() if self.adjoint else inverse

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        y = operation.outputs[0]
        if self.adjoint:
            return (negative(matmul(y, matmul(dys[0], y, adjoint_a=True))),)
        return (negative(matmul(y, matmul(dys[0], y, adjoint_b=True), adjoint_a=True)),)


class MatrixDeterminant(Op):
    """The determinants of square matrices."""

    signature = Signature("input: T -> output: T", T=FACTORABLE)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = square_sizes(inputs[0])
        return (TensorShape.of(None if sizes is None else sizes[:-2]),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        check_square(inputs[0])
        return xp.asarray(xp.linalg.det(inputs[0])).astype(inputs[0].dtype, copy=False)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        factor = multiply(dys[0], operation.outputs[0])
        inverse = matrix_inverse(operation.inputs[0], adjoint=True)
        return (multiply(_over_matrices(factor), inverse),)


class LogMatrixDeterminant(Op):
    """The signs and the logarithms of the magnitudes of determinants."""

    signature = Signature("input: T -> sign: T, log_abs_determinant: T", T=FACTORABLE)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = square_sizes(inputs[0])
        shape_of_each = TensorShape.of(None if sizes is None else sizes[:-2])
        return (shape_of_each, shape_of_each)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        check_square(inputs[0])
        kind = inputs[0].dtype
        return tuple(xp.asarray(part).astype(kind) for part in xp.linalg.slogdet(inputs[0]))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        inverse = matrix_inverse(operation.inputs[0], adjoint=True)
        return (multiply(_over_matrices(dys[1]), inverse),)


def _over_matrices(factor: Tensor) -> Tensor:
    return expand_dims(expand_dims(factor, -1), -1)


class MatrixSolve(Op):
    """The solutions of systems of linear equations."""

    signature = Signature("matrix: T, rhs: T -> output: T", T=FACTORABLE)

    adjoint: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        batch, (rows, _) = split_matrices(square_sizes(inputs[0]))
        right_batch, (right_rows, columns) = split_matrices(matrices_sizes(inputs[1]))
        rows = merge_sizes(rows, right_rows)
        return (merge_shapes(batch, right_batch).concatenate((rows, columns)),)

    def _matrix(self, xp: Any, matrix: Array) -> Array:
        return _adjoint(xp, matrix) if self.adjoint else matrix

    def compute(self, xp: Any, *inputs: Array) -> Array:
        matrix, rhs = inputs
        check_square(matrix)
        if rhs.ndim != matrix.ndim or rhs.shape[:-1] != matrix.shape[:-1]:
            shown = f"{bracketed(matrix.shape)} {bracketed(rhs.shape)}"
            raise invalid(f"Input matrix and rhs are incompatible.: {shown}")
        return _solved(xp, self._matrix(xp, matrix), rhs, "Input matrix is not invertible.")

    def _again(self) -> MatrixSolve:
        return MatrixSolve(not self.adjoint)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        y = operation.outputs[0]
        to_rhs = apply(self._again(), operation.inputs[0], dys[0])
        left, right = (y, to_rhs) if self.adjoint else (to_rhs, y)
        return negative(matmul(left, right, adjoint_b=True)), to_rhs


class MatrixTriangularSolve(MatrixSolve):
    """The solutions of systems of linear equations of which one triangle is read."""

    lower: bool = True
    adjoint: bool = False

    def _matrix(self, xp: Any, matrix: Array) -> Array:
        triangle = xp.tril(matrix) if self.lower else xp.triu(matrix)
        return super()._matrix(xp, triangle)

    def _again(self) -> MatrixSolve:
        return MatrixTriangularSolve(lower=self.lower, adjoint=not self.adjoint)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        to_matrix, to_rhs = super().gradient(operation, *dys)
        bounds = (-1, 0) if self.lower else (0, -1)
        return matrix_band_part(to_matrix, *bounds), to_rhs


def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """Invert square matrices.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex.
    adjoint : bool
        Invert the transposed and conjugated matrices.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        If a matrix is singular, when it runs.

    Examples
    --------
    >>> tf.Session().run(tf.matrix_inverse([[2.0, 0.0], [0.0, 4.0]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    return apply(MatrixInverse(adjoint), input, name=name)


def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """Return the determinants of square matrices.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex.
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.matrix_determinant([[2.0, 0.0], [0.0, 4.0]])))
    8.0
    """
    return apply(MatrixDeterminant(), input, name=name)


class SignAndLogarithm(NamedTuple):
    """The result of `slogdet`."""

    sign: Tensor
    log_abs_determinant: Tensor


# Results print under the op's name, which the op's own class has here.
SignAndLogarithm.__name__ = "LogMatrixDeterminant"


def slogdet(input: Any, name: str | None = None) -> SignAndLogarithm:
    """Return the signs and the logarithms of the magnitudes of determinants.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex.
    name : str, optional

    Examples
    --------
    >>> print(*tf.Session().run(tf.linalg.slogdet([[-1.0, 0.0], [0.0, 1.0]])))
    -1.0 0.0
    """
    return SignAndLogarithm(*apply_all(LogMatrixDeterminant(), input, name=name))


def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """Solve systems of linear equations.

    Parameters
    ----------
    matrix : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex.
    rhs : Tensor
        The right-hand sides, of shape ``[..., n, k]``.
    adjoint : bool
        Take the transposed and conjugated matrices.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        If a matrix is singular, when it runs.

    Examples
    --------
    >>> tf.Session().run(tf.matrix_solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [2.0]]))
    array([[1. ],
           [0.5]], dtype=float32)
    """
    return apply(MatrixSolve(adjoint), matrix, rhs, name=name)


def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """Solve systems of linear equations with triangular matrices.

    Parameters
    ----------
    matrix : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex. One triangle is read.
    rhs : Tensor
        The right-hand sides, of shape ``[..., n, k]``.
    lower : bool
        Which triangle.
    adjoint : bool
        Take the transposed and conjugated matrices.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.matrix_triangular_solve([[2.0, 9.0], [2.0, 1.0]], [[2.0], [3.0]]))
    array([[1.],
           [1.]], dtype=float32)
    """
    return apply(MatrixTriangularSolve(lower=lower, adjoint=adjoint), matrix, rhs, name=name)
