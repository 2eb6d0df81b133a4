"""Singular values, eigenvalues of self-adjoint matrices, and triangular factors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, subtract
from flowgraph.ops.array import expand_dims
from flowgraph.ops.band import matrix_band_part
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.complex_numbers import real
from flowgraph.ops.core import INDEX, apply_all, convert_to_tensor
from flowgraph.ops.diagonal import matrix_diag, matrix_diag_part, matrix_set_diag
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.linalg import matmul, matrix_transpose
from flowgraph.ops.linear_equations import FACTORABLE, check_square
from flowgraph.ops.merging import matrices_sizes, square_sizes
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.shapes import TensorShape


def _adjoint(x: Tensor) -> Tensor:
    return matrix_transpose(x, conjugate=True)


def _gaps(values: Tensor) -> Tensor:
    """Return ``1 / (values[j] - values[i])``, with zeros on the diagonal."""
    difference = subtract(expand_dims(values, -2), expand_dims(values, -1))
    return matrix_set_diag(reciprocal(difference), zeros_like(values))


class Svd(Op):
    """The singular values and vectors of matrices: A = U diag(S) Vᴴ."""

    signature = Signature("input: T -> s: T, u: T, v: T", T=FACTORABLE)

    compute_uv: bool = True
    full_matrices: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = matrices_sizes(inputs[0])
        none = TensorShape.of((0,))
        if sizes is None:
            unknown = TensorShape.of(None)
            return (unknown, *((unknown, unknown) if self.compute_uv else (none, none)))
        *batch, m, n = sizes
        least = None if m is None or n is None else min(m, n)
        values = TensorShape.of((*batch, least))
        if not self.compute_uv:
            return values, none, none
        inner = (m, n) if self.full_matrices else (least, least)
        return values, TensorShape.of((*batch, m, inner[0])), TensorShape.of((*batch, n, inner[1]))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        if x.ndim < 2:
            raise invalid(f"Input must have rank >= 2, got {x.ndim}")
        kind = x.dtype
        if not self.compute_uv:
            values = xp.linalg.svd(x, compute_uv=False).astype(kind)
            return values, xp.zeros(0, dtype=kind), xp.zeros(0, dtype=kind)
        u, s, vh = xp.linalg.svd(x, full_matrices=self.full_matrices)
        v = xp.conj(xp.swapaxes(vh, -1, -2))
        return s.astype(kind), u.astype(kind, copy=False), v.astype(kind)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        # J. Townsend, Differentiating the singular value decomposition, 2016.
        a = operation.inputs[0]
        if not self.compute_uv:
            s, u, v = apply_all(Svd(), a)
            return (_scaled(u, dys[0], v),)
        if a.dtype.is_complex:
            raise NotImplementedError(
                "SVD gradient is not implemented for complex types and compute_uv=True."
            )
        m, n = (None, None) if a.shape.sizes is None else a.shape.sizes[-2:]
        if m is None or n is None:
            raise NotImplementedError(
                "SVD gradient has not been implemented for input with unknown inner matrix shape."
            )
        s, u, v = operation.outputs
        ds, du, dv = dys
        if self.full_matrices:
            if abs(m - n) > 1:
                raise NotImplementedError(
                    "svd gradient is not implemented for abs(m - n) > 1 when full_matrices is True"
                )
            u, du = _thin(u, du, min(m, n))
            v, dv = _thin(v, dv, min(m, n))
        gaps = _gaps(multiply(s, s))
        turn_u, turn_v = matmul(u, du, transpose_a=True), matmul(v, dv, transpose_a=True)
        of_u, of_v = multiply(gaps, turn_u), multiply(gaps, turn_v)
        middle = add(
            multiply(add(of_u, matrix_transpose(of_u)), expand_dims(s, -2)),
            multiply(expand_dims(s, -1), add(of_v, matrix_transpose(of_v))),
        )
        result = matmul(matmul(u, add(middle, matrix_diag(ds))), v, transpose_b=True)
        # What lies outside the span of the vectors.
        inverse = expand_dims(reciprocal(s), -2)
        if m > n:
            outside = subtract(du, matmul(u, turn_u))
            result = add(result, matmul(multiply(outside, inverse), v, transpose_b=True))
        if n > m:
            outside = subtract(dv, matmul(v, turn_v))
            result = add(result, matmul(multiply(u, inverse), outside, transpose_b=True))
        return (result,)


def _scaled(u: Tensor, values: Tensor, v: Tensor) -> Tensor:
    """Return U diag(values) Vᴴ."""
    return matmul(multiply(u, expand_dims(values, -2)), v, adjoint_b=True)


def _thin(u: Tensor, du: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the first vectors and their gradient, that of the last vector passed on to them.

    The last vector is orthogonal to the others, so that it turns when they do.
    """
    first, last = u[..., :count], u[..., count:]
    passed = matmul(last, matmul(du[..., count:], first, transpose_a=True))
    return first, subtract(du[..., :count], passed)


def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Any:
    """Return the singular value decomposition of matrices: ``tensor = u diag(s) vᴴ``.

    Parameters
    ----------
    tensor : Tensor
        Of shape ``[..., m, n]``: float32, float64 or complex.
    full_matrices : bool
        Whether `u` and `v` are square.
    compute_uv : bool
        Whether to return the vectors, too.
    name : str, optional

    Returns
    -------
    s : Tensor
        The singular values in decreasing order, real, of shape ``[..., k]``; k is the smaller
        of m and n.
    u, v : Tensor
        The vectors as columns, of shapes ``[..., m, k]`` and ``[..., n, k]``. Only if
        `compute_uv`. Their signs are LAPACK's.

    Examples
    --------
    >>> s, u, v = tf.svd([[3.0, 0.0], [0.0, -4.0]])
    >>> tf.Session().run(s)
    array([4., 3.], dtype=float32)
    """
    op = Svd(compute_uv=compute_uv, full_matrices=full_matrices)
    s, u, v = apply_all(op, tensor, name=name)
    values = real(s) if s.dtype.is_complex else s
    return (values, u, v) if compute_uv else values


class SelfAdjointEigV2(Op):
    """The eigenvalues and eigenvectors of self-adjoint matrices; the lower triangle is read."""

    signature = Signature("input: T -> e: T, v: T", T=FACTORABLE)

    compute_v: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = square_sizes(inputs[0])
        values = TensorShape.of(None if sizes is None else sizes[:-1])
        return values, TensorShape.of(sizes) if self.compute_v else TensorShape.of((0,))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        check_square(x)
        if not self.compute_v:
            values = xp.linalg.eigvalsh(x, UPLO="L").astype(x.dtype)
            return values, xp.zeros(0, dtype=x.dtype)
        values, vectors = xp.linalg.eigh(x, UPLO="L")
        return values.astype(x.dtype), vectors.astype(x.dtype, copy=False)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        if self.compute_v:
            e, v = operation.outputs
            turn = multiply(_gaps(e), matmul(v, dys[1], adjoint_a=True))
            middle = add(matrix_diag(dys[0]), turn)
        else:
            e, v = apply_all(SelfAdjointEigV2(), operation.inputs[0])
            middle = matrix_diag(dys[0])
        slope = matmul(matmul(v, middle), v, adjoint_b=True)
        # The lower triangle stands for both.
        folded = matrix_band_part(add(slope, _adjoint(slope)), -1, 0)
        half = convert_to_tensor(0.5, dtype=folded.dtype)
        return (matrix_set_diag(folded, multiply(half, matrix_diag_part(folded))),)


def self_adjoint_eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Return the eigenvalues and eigenvectors of self-adjoint matrices.

    Parameters
    ----------
    tensor : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex. Only the lower triangle is read.
    name : str, optional

    Returns
    -------
    e : Tensor
        The eigenvalues in increasing order, of shape ``[..., n]``.
    v : Tensor
        The eigenvectors as columns. Their signs are LAPACK's.

    Examples
    --------
    >>> e, v = tf.self_adjoint_eig([[0.0, 1.0], [1.0, 0.0]])
    >>> tf.Session().run(tf.round(e))
    array([-1.,  1.], dtype=float32)
    """
    e, v = apply_all(SelfAdjointEigV2(compute_v=True), tensor, name=name)
    return e, v


def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """Return the eigenvalues of self-adjoint matrices. As `self_adjoint_eig`.

    Examples
    --------
    >>> tf.Session().run(tf.round(tf.self_adjoint_eigvals([[0.0, 1.0], [1.0, 0.0]])))
    array([-1.,  1.], dtype=float32)
    """
    return apply_all(SelfAdjointEigV2(compute_v=False), tensor, name=name)[0]


class LuFactors(NamedTuple):
    """Triangular factors in one matrix, and the order of the rows."""

    lu: Tensor
    p: Tensor


# Results print under the op's name, which the op's own class has here.
LuFactors.__name__ = "Lu"


class Lu(Op):
    """The triangular factors of matrices with their rows reordered: A[p] = L U."""

    signature = Signature(
        "input: T -> lu: T, p: output_idx_type", T=FACTORABLE, output_idx_type=INDEX
    )

    output_idx_type: DType = dtypes.int32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = square_sizes(inputs[0])
        return TensorShape.of(sizes), TensorShape.of(None if sizes is None else sizes[:-1])

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
            raise invalid(f"Input matrix must be square.: {bracketed(x.shape)}")
        n = x.shape[-1]
        lu = xp.array(x).reshape(-1, n, n)
        order = xp.tile(xp.arange(n), (len(lu), 1))
        batch = xp.arange(len(lu))
        for k in np.arange(n):
            pivot = k + xp.argmax(xp.abs(lu[:, k:, k]), axis=1)
            for rows in (lu, order):
                upper, lower = rows[batch, k].copy(), rows[batch, pivot].copy()
                rows[batch, k], rows[batch, pivot] = lower, upper
            if (lu[:, k, k] == 0).any():
                raise invalid("Input is not invertible.")
            lu[:, k + 1 :, k] /= lu[:, k, k][:, None]
            lu[:, k + 1 :, k + 1 :] -= lu[:, k + 1 :, k : k + 1] * lu[:, k : k + 1, k + 1 :]
        kind = self.output_idx_type.numpy
        return lu.reshape(x.shape), order.astype(kind).reshape(x.shape[:-1])


def lu(input: Any, output_idx_type: Any = dtypes.int32, name: str | None = None) -> LuFactors:
    """Factor square matrices with their rows reordered: ``input[p] = l u``.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex.
    output_idx_type : DType
        int32 or int64.
    name : str, optional

    Returns
    -------
    lu : Tensor
        `u` on and above the diagonal, `l` below it; l's own diagonal is ones.
    p : Tensor
        The order of the rows, of shape ``[..., n]``.

    Raises
    ------
    InvalidArgumentError
        If a matrix is singular, when it runs.

    Examples
    --------
    >>> tf.Session().run(tf.linalg.lu([[1.0, 2.0], [2.0, 2.0]])).lu
    array([[2. , 2. ],
           [0.5, 1. ]], dtype=float32)
    """
    return LuFactors(*apply_all(Lu(output_idx_type=as_dtype(output_idx_type)), input, name=name))
