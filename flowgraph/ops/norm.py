"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, squeeze, transpose
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import constant, convert_to_tensor, rank
from flowgraph.ops.decomposition import svd
from flowgraph.ops.division import floormod
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.partitioning import setdiff1d
from flowgraph.ops.reduction import reduce_max, reduce_sum
from flowgraph.ops.sequences import invert_permutation
from flowgraph.ops.sequences import range as range_of
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
        if of_matrices and ord == 2:
            result = _largest_singular_values(x, axis)
        elif isinstance(ord, str) or ord == 2:
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
        return tuple(axis)
    if not (axis is None or isinstance(axis, int)):
        raise ValueError(text)
    if ord != "euclidean" and (isinstance(ord, str) or not np.isreal(ord) or ord <= 0):
        raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
    return None if axis is None else (axis,)


def _largest_singular_values(x: Tensor, axes: Any) -> Tensor:
    """Return the 2-norms of matrices, the axes kept."""
    ndims = x.shape.ndims
    count: Any = rank(x) if ndims is None else ndims
    if ndims is None:
        places = floormod(constant(list(axes)), count)
        rest, _ = setdiff1d(range_of(0, count), places)
        order: Any = concat([rest, places], 0)
        back: Any = invert_permutation(order)
    else:
        last = [axis % ndims for axis in axes]
        order = [i for i in range(ndims) if i not in last] + last
        back = np.argsort(order).tolist()
    values = svd(transpose(x, order), compute_uv=False)
    largest = reduce_max(magnitude(values), -1, keepdims=True)
    return transpose(expand_dims(largest, -1), back)
