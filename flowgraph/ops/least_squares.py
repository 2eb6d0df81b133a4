"""Pseudo-inverses, ranks, and linear equations in the sense of least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims
from flowgraph.ops.comparison import greater, greater_equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import cast, convert_to_tensor, shape
from flowgraph.ops.decomposition import svd
from flowgraph.ops.diagonal import eye
from flowgraph.ops.division import real_div
from flowgraph.ops.factorization import cholesky, cholesky_solve
from flowgraph.ops.linalg import matmul
from flowgraph.ops.merging import matrices_sizes, merge_shapes, split_matrices
from flowgraph.ops.reduction import reduce_max, reduce_sum
from flowgraph.ops.selection import where_v2


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
        batch, (rows, columns) = split_matrices(matrices_sizes(a))
        right_batch, (_, width) = split_matrices(matrices_sizes(b))

        def overdetermined() -> Tensor:
            gram = matmul(a, a, adjoint_a=True)
            return cholesky_solve(_regularized(gram, l2_regularizer), matmul(a, b, adjoint_a=True))

        def underdetermined() -> Tensor:
            gram = matmul(a, a, adjoint_b=True)
            return matmul(a, cholesky_solve(_regularized(gram, l2_regularizer), b), adjoint_a=True)

        if not fast:
            result = matmul(pinv(a), b)
            result.set_shape(merge_shapes(batch, right_batch).concatenate((columns, width)))
            return result
        if rows is not None and columns is not None:
            return overdetermined() if rows >= columns else underdetermined()
        sizes = shape(a)[-2:]
        either: Tensor = cond(greater_equal(sizes[0], sizes[1]), overdetermined, underdetermined)
        return either


def _regularized(gram: Tensor, weight: float) -> Tensor:
    """Return Cholesky's factor of a Gram matrix with a weight added to its diagonal."""
    if weight != 0:
        sizes = shape(gram)
        gram = gram + convert_to_tensor(weight, dtype=gram.dtype) * eye(
            sizes[-1], batch_shape=sizes[:-2], dtype=gram.dtype
        )
    return cholesky(gram)
