"""Functions of whole matrices: exponentials, logarithms and roots; products and norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.comparison import less
from flowgraph.ops.core import apply, cast, convert_to_tensor, shape
from flowgraph.ops.diagonal import eye
from flowgraph.ops.division import truediv
from flowgraph.ops.linalg import matmul, matrix_transpose
from flowgraph.ops.linear_equations import FACTORABLE, check_square, matrix_solve
from flowgraph.ops.looping import while_loop
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.magnitude import ceil, maximum
from flowgraph.ops.merging import square_sizes
from flowgraph.ops.norm import norm
from flowgraph.ops.reduction import reduce_max, reduce_sum
from flowgraph.ops.selection import where_v2
from flowgraph.ops.transcendental import log
from flowgraph.shapes import TensorShape


class _MatrixFunction(Op, abstract=True):
    """A function of square matrices that SciPy has."""

    host_only = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(square_sizes(inputs[0])),)

    def function(self, matrix: Array) -> Array:
        """Return the function of one matrix."""
        raise NotImplementedError(f"kernel of {self.type}")

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x = inputs[0]
        check_square(x)
        result = np.empty_like(x)
        for place in np.ndindex(x.shape[:-2]):
            result[place] = self.function(x[place])
        return result


class MatrixLogarithm(_MatrixFunction):
    """The principal logarithms of complex matrices."""

    signature = Signature("input: T -> output: T", T=Types((dtypes.complex64, dtypes.complex128)))

    def function(self, matrix: Array) -> Array:
        from scipy import linalg  # loaded on first use: few programs need it

        # SciPy takes single precision for inaccuracy, and warns of it.
        return np.asarray(linalg.logm(matrix.astype(np.complex128))) if matrix.size else matrix


class MatrixSquareRoot(_MatrixFunction):
    """The principal square roots of matrices; real ones must have one that is real."""

    signature = Signature("input: T -> output: T", T=FACTORABLE)

    def function(self, matrix: Array) -> Array:
        from scipy import linalg  # loaded on first use: few programs need it

        root = np.asarray(linalg.sqrtm(matrix)) if matrix.size else matrix
        return root.real if matrix.dtype.kind == "f" else root


def logm(input: Any, name: str | None = None) -> Tensor:
    """Return the principal logarithms of square matrices.

    Parameters
    ----------
    input : Tensor
        complex64 or complex128 of shape ``[..., n, n]``.
    name : str, optional

    Examples
    --------
    >>> one = tf.linalg.logm(tf.constant([[1.0, 0.0], [0.0, 1.0]], tf.complex64))
    >>> print(tf.Session().run(tf.reduce_max(abs(one))))
    0.0
    """
    return apply(MatrixLogarithm(), input, name=name)


def sqrtm(input: Any, name: str | None = None) -> Tensor:
    """Return the principal square roots of square matrices.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.linalg.sqrtm([[4.0, 0.0], [0.0, 9.0]]))
    array([[2., 0.],
           [0., 3.]], dtype=float32)
    """
    return apply(MatrixSquareRoot(), input, name=name)


_PADE = {
    # The degree, and the norm up to which it is exact: N. Higham, The scaling and squaring
    # method for the matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26 (2005).
    dtypes.float32: (7, 3.925724783138660),
    dtypes.complex64: (7, 3.925724783138660),
    dtypes.float64: (13, 5.371920351148152),
    dtypes.complex128: (13, 5.371920351148152),
}


def expm(input: Any, name: str | None = None) -> Tensor:
    """Return the exponentials of square matrices.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., n, n]``: float32, float64 or complex.
    name : str, optional

    Notes
    -----
    Padé approximants with scaling and squaring (Higham, 2005).

    Examples
    --------
    >>> tf.Session().run(tf.linalg.expm([[0.0, 1.0], [0.0, 0.0]]))
    array([[1., 1.],
           [0., 1.]], dtype=float32)
    """
    with name_scope(name, "matrix_exponential", [input]):
        x = convert_to_tensor(input, name="input")
        x.shape.with_rank_at_least(2)
        degree, limit = _PADE[x.dtype.base_dtype]
        size = reduce_max(reduce_sum(magnitude(x), -2), -1)
        halvings = maximum(ceil(log(size / limit) / math.log(2.0)), 0.0)
        scaled = x / cast(_over_matrices(2.0**halvings), x.dtype)
        even, odd = _pade_sums(scaled, degree)
        result: Tensor = matrix_solve(even - odd, even + odd)
        most = cast(reduce_max(halvings), dtypes.int32)

        def square(i: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            is_due = _over_matrices(less(cast(i, halvings.dtype), halvings))
            return i + 1, where_v2(is_due, matmul(y, y), y)

        first = convert_to_tensor(0, dtypes.int32)
        _, result = while_loop(lambda i, y: less(i, most), square, [first, result])
        result.set_shape(x.shape)
        return result


def _over_matrices(values: Any) -> Tensor:
    return expand_dims(expand_dims(values, -1), -1)


def _pade_sums(x: Tensor, degree: int) -> tuple[Tensor, Tensor]:
    """Return the even and the odd terms of the numerator; the denominator has them, too."""
    factors = [
        math.factorial(2 * degree - k)
        / (math.factorial(k) * math.factorial(degree - k))
        / (math.factorial(2 * degree) / math.factorial(degree))
        for k in range(degree + 1)
    ]
    second = matmul(x, x)
    one = eye(shape(x)[-1], batch_shape=shape(x)[:-2], dtype=x.dtype)
    power = one
    even, odd = factors[0] * one, factors[1] * one
    for k in range(2, degree + 1, 2):
        power = matmul(power, second)
        even = even + factors[k] * power
        if k + 1 <= degree:
            odd = odd + factors[k + 1] * power
    return even, matmul(x, odd)


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply matrices with vectors.

    Parameters
    ----------
    a : Tensor
        Of shape ``[..., m, n]``.
    b : Tensor
        Of shape ``[..., n]``.
    transpose_a, adjoint_a : bool
        Transpose the matrices first, or transpose and conjugate them.
    a_is_sparse, b_is_sparse : bool
        See `matmul`.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.linalg.matvec([[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0]))
    array([21., 43.], dtype=float32)
    """
    with name_scope(name, "MatVec", [a, b]):
        product = matmul(
            a, expand_dims(b, axis=-1), transpose_a=transpose_a, adjoint_a=adjoint_a,
            a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse,
        )  # fmt: skip
        return squeeze(product, axis=-1)


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """Transpose and conjugate matrices.

    Parameters
    ----------
    matrix : Tensor
        Of shape ``[..., m, n]``.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.linalg.adjoint([[1.0, 2.0]]))
    array([[1.],
           [2.]], dtype=float32)
    """
    with name_scope(name, "adjoint", [matrix]):
        return matrix_transpose(convert_to_tensor(matrix, name="matrix"), conjugate=True)


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Divide vectors or matrices by their norm.

    Parameters
    ----------
    tensor : Tensor
    ord, axis
        See `norm`.
    name : str, optional

    Returns
    -------
    normalized, norm : Tensor
        The norm keeps its axes, with size 1.

    Examples
    --------
    >>> tf.Session().run(tf.linalg.normalize([3.0, 4.0])[1])
    array([5.], dtype=float32)
    """
    with name_scope(name, "normalize", [tensor]):
        x = convert_to_tensor(tensor)
        length = norm(x, ord, axis, keepdims=True)
        return truediv(x, cast(length, x.dtype)), length
