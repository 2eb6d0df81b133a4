"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import squeeze
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.reduction import reduce_max, reduce_sum
from flowgraph.ops.transcendental import pow, sqrt

_MATRIX_NORMS = ["euclidean", "fro", 1, 2, np.inf]


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return the norm of vectors or matrices.

    Parameters
    ----------
    tensor : Tensor
        Of a floating-point or complex dtype.
    ord : {"euclidean", "fro", 1, 2, inf} or float
        ``"euclidean"`` is the root of the sum of squares, also of a matrix, where ``"fro"`` is
        another name for it. A positive number p is the p-norm of vectors.
    axis : int or pair of int, optional
        An integer for vectors, a pair for matrices. By default all elements are one vector.
    keepdims : bool
        Keep the axes, with size 1.
    name : str, optional
    keep_dims : bool, optional
        The old name of `keepdims`.

    Raises
    ------
    ValueError
        If there is no such norm, or `axis` is neither an integer nor a pair.
    NotImplementedError
        For the 2-norm of matrices, which takes singular values.

    Examples
    --------
    >>> print(tf.Session().run(tf.norm([3.0, 4.0])))
    5.0
    """
    keepdims = bool(renamed_argument("keepdims", keepdims, "keep_dims", keep_dims))
    of_matrices = isinstance(axis, list | tuple) and len(axis) == 2
    axes = _checked_axes(ord, axis, of_matrices)
    with name_scope(name, "norm", [tensor]):
        x = convert_to_tensor(tensor)
        if isinstance(ord, str) or ord == 2:
            result = sqrt(reduce_sum(x * conj(x), axes, keepdims=True))
        else:
            result = magnitude(x)
            first = None if axes is None else axes[0]
            if ord == 1:
                result = reduce_sum(result, first, keepdims=True)
                if of_matrices:
                    result = reduce_max(result, axis[-1], keepdims=True)
            elif ord == np.inf:
                if of_matrices:
                    result = reduce_sum(result, axis[1], keepdims=True)
                result = reduce_max(result, first, keepdims=True)
            else:
                total = reduce_sum(pow(result, ord), axes, keepdims=True)
                result = pow(total, 1.0 / ord)
        return result if keepdims else squeeze(result, axes)


def _checked_axes(ord: Any, axis: Any, of_matrices: bool) -> tuple[int, ...] | None:
    text = "'axis' must be None, an integer, or a tuple of 2 unique integers"
    if of_matrices:
        if not all(isinstance(a, int) for a in axis) or axis[0] == axis[1]:
            raise ValueError(text)
        if ord not in _MATRIX_NORMS:
            raise ValueError(f"'ord' must be a supported matrix norm in {_MATRIX_NORMS}, got {ord}")
        if ord == 2:
            raise NotImplementedError("norm with ord=2 of matrices: it takes singular values")
        return tuple(axis)
    if not (axis is None or isinstance(axis, int)):
        raise ValueError(text)
    if ord != "euclidean" and (isinstance(ord, str) or not np.isreal(ord) or ord <= 0):
        raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
    return None if axis is None else (axis,)
