"""Functions of whole matrices: exponentials, logarithms and roots, pseudo-inverses, ranks."""

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
from flowgraph.ops.comparison import greater, less
from flowgraph.ops.core import apply, cast, convert_to_tensor, shape
from flowgraph.ops.decomposition import svd
from flowgraph.ops.diagonal import eye
from flowgraph.ops.division import real_div
from flowgraph.ops.factorization import cholesky, cholesky_solve
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

    gradient = Op.gradient


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


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """Return the pseudo-inverses of matrices (Moore and Penrose).

    Parameters
    ----------
    a : Tensor
        Of shape ``[..., m, n]``: float32 or float64.
    rcond : Tensor, optional
        Singular values up to `rcond` times the largest count as 0;
        ``10 max(m, n) eps`` by default.
    validate_args : bool
        Not supported.
    name : str, optional

    Raises
    ------
    TypeError
        If `a` is no floating-point tensor.
    NotImplementedError
        If `validate_args` is set.

    Examples
    --------
    >>> tf.Session().run(tf.round(tf.linalg.pinv([[2.0], [0.0]]) * 10) / 10)
    array([[0.5, 0. ]], dtype=float32)
    """
    _refuse_validation(validate_args)
    with name_scope(name, "pinv"):
        x = convert_to_tensor(a, name="a")
        if not x.dtype.is_floating:
            raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {x.dtype.name}).")
        limit = 10.0 * _larger_size(x) * np.finfo(x.dtype.numpy).eps if rcond is None else rcond
        ratio = convert_to_tensor(limit, dtype=x.dtype, name="rcond")
        s, u, v = svd(x)
        least = expand_dims(ratio * reduce_max(s, -1), -1)
        infinite = convert_to_tensor(np.inf, dtype=s.dtype)
        kept = where_v2(greater(s, least), s, infinite)
        return matmul(real_div(v, expand_dims(kept, -2)), u, adjoint_b=True)


def _refuse_validation(validate_args: bool) -> None:
    if validate_args:
        raise NotImplementedError("validate_args")


def _larger_size(x: Tensor) -> Any:
    sizes = x.shape.sizes
    if sizes is not None and None not in sizes[-2:]:
        return float(max(n or 0 for n in sizes[-2:]))
    return cast(reduce_max(shape(x)[-2:]), x.dtype)


def matrix_rank(
    a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """Return the ranks of matrices: how many singular values are not nearly 0.

    Parameters
    ----------
    a : Tensor
        Of shape ``[..., m, n]``: float32 or float64.
    tol : Tensor, optional
        What counts as 0; ``max(m, n) eps`` times the largest by default.
    validate_args : bool
        Not supported.
    name : str, optional

    Raises
    ------
    NotImplementedError
        If `validate_args` is set.

    Examples
    --------
    >>> print(tf.Session().run(tf.linalg.matrix_rank([[1.0, 1.0], [1.0, 1.0]])))
    1
    """
    _refuse_validation(validate_args)
    with name_scope(name, "matrix_rank"):
        x = convert_to_tensor(a, name="a")
        s = svd(x, compute_uv=False)
        if tol is None:
            eps = float(np.finfo(x.dtype.numpy).eps)
            tol = eps * _larger_size(x) * reduce_max(s, -1, keepdims=True)
        return reduce_sum(cast(greater(s, tol), dtypes.int32), -1)


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
        return real_div(x, cast(length, x.dtype)), length


def lstsq(
    matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None
) -> Tensor:
    """Solve systems of linear equations in the sense of least squares.

    Parameters
    ----------
    matrix : Tensor
        Of shape ``[..., m, n]``.
    rhs : Tensor
        Of shape ``[..., m, k]``.
    l2_regularizer : float
        What the solution's squares weigh.
    fast : bool
        Solve the normal equations by Cholesky's method. Else by singular values, where
        `l2_regularizer` has no effect, as in TensorFlow.
    name : str, optional

    Returns
    -------
    Tensor
        Of shape ``[..., n, k]``; of many solutions the shortest.

    Examples
    --------
    >>> tf.Session().run(tf.round(tf.linalg.lstsq([[1.0], [1.0]], [[1.0], [3.0]])))
    array([[2.]], dtype=float32)
    """
    with name_scope(name, "matrix_solve_ls", [matrix, rhs, l2_regularizer]):
        a, b = convert_to_tensor(matrix, name="matrix"), convert_to_tensor(rhs, name="rhs")
        if not fast:
            return matmul(pinv(a), b)
        sizes = a.shape.sizes
        if sizes is None or sizes[-2] is None or sizes[-1] is None:
            raise NotImplementedError("fast=True for matrices whose sizes are not known")
        if sizes[-2] >= sizes[-1]:
            gram = matmul(a, a, adjoint_a=True)
            return cholesky_solve(_regularized(gram, l2_regularizer), matmul(a, b, adjoint_a=True))
        gram = matmul(a, a, adjoint_b=True)
        return matmul(a, cholesky_solve(_regularized(gram, l2_regularizer), b), adjoint_a=True)


def _regularized(gram: Tensor, weight: float) -> Tensor:
    """Return Cholesky's factor of a Gram matrix with a weight added to its diagonal."""
    if weight != 0:
        sizes = shape(gram)
        gram = gram + convert_to_tensor(weight, dtype=gram.dtype) * eye(
            sizes[-1], batch_shape=sizes[:-2], dtype=gram.dtype
        )
    return cholesky(gram)
