"""Sums of products over chosen axes, as transpositions, reshapes and matrix products."""

from __future__ import annotations

import math
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape, transpose
from flowgraph.ops.comparison import equal, greater_equal, logical_not
from flowgraph.ops.core import convert_to_tensor, rank, shape
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.masking import boolean_mask
from flowgraph.ops.packing import stack
from flowgraph.ops.reduction import reduce_any, reduce_prod
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range as sequence


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Multiply two tensors and sum over some axes of each.

    Parameters
    ----------
    a, b : Tensor
        Of one dtype that `matmul` takes.
    axes : int, pair of int, pair of lists of int, or Tensor
        The axes of `a` and those of `b` to sum over, in pairs. An integer n stands for the last
        n axes of `a` and the first n of `b`; 0 gives the outer product.
    name : str, optional

    Returns
    -------
    Tensor
        The other axes of `a`, then those of `b`.

    Raises
    ------
    ValueError
        If `axes` is none of these, or names other numbers of axes.

    Examples
    --------
    >>> a = tf.constant([[1, 2], [3, 4]])
    >>> print(tf.Session().run(tf.tensordot(a, a, axes=[[0, 1], [0, 1]])))
    30
    """
    with name_scope(name, "Tensordot", [a, b, axes]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        a_axes, b_axes = _pairs(a, axes)
        rows, a_free, a_known = _matrix(a, a_axes, summed_first=False)
        columns, b_free, b_known = _matrix(b, b_axes, summed_first=True)
        product = matmul(rows, columns)
        if isinstance(a_free, list) and isinstance(b_free, list):
            return reshape(product, a_free + b_free, name=scope)
        parts = [convert_to_tensor(free, dtype=dtypes.int32) for free in (a_free, b_free)]
        result = reshape(product, concat(parts, 0), name=scope)
        if a_known is not None and b_known is not None:
            result.set_shape(a_known + b_known)
        return result


def _pairs(a: Tensor, axes: Any) -> tuple[Any, Any]:
    """Return the axes of each factor to sum over: lists, or tensors where they are not known."""
    if isinstance(axes, int):
        if axes < 0:
            raise ValueError("'axes' must be at least 0.")
        ndims = a.shape.ndims
        if ndims is None:
            count = rank(a)
            return sequence(count - axes, count, dtype=dtypes.int32), sequence(
                axes, dtype=dtypes.int32
            )
        if axes > ndims:
            raise ValueError(
                f"'axes' must not be larger than the number of dimensions of tensor {a}."
            )
        return list(range(ndims - axes, ndims)), list(range(axes))
    if isinstance(axes, list | tuple):
        if len(axes) != 2:
            raise ValueError("'axes' must be an integer or have length 2.")
        first, second = ([each] if isinstance(each, int) else each for each in axes)
        if len(first) != len(second):
            raise ValueError(
                f"Different number of contraction axes 'a' and 'b', {len(first)} != {len(second)}."
            )
        return first, second
    pair = convert_to_tensor(axes, name="axes", dtype=dtypes.int32)
    return pair[0], pair[1]


def _matrix(a: Tensor, axes: Any, summed_first: bool) -> tuple[Tensor, Any, list[Any] | None]:
    """Make a matrix of the free axes and the summed ones; return it with the free sizes.

    The sizes come twice: as they are used, and as far as they are known.
    """
    sizes = a.shape.sizes
    if sizes is not None and isinstance(axes, list | tuple):
        axes = [axis + len(sizes) if axis < 0 else axis for axis in axes]
        free: Any = [axis for axis in range(len(sizes)) if axis not in axes]
        known: list[Any] | None = [sizes[axis] for axis in free]
        if None not in sizes:
            permutation = [*axes, *free] if summed_first else [*free, *axes]
            shapes = [math.prod(sizes[i] for i in axes), math.prod(sizes[i] for i in free)]
            flat = shapes if summed_first else shapes[::-1]
            return reshape(transpose(a, permutation), flat), known, known
        axes = convert_to_tensor(axes, dtype=dtypes.int32, name="axes")
        free = convert_to_tensor(free, dtype=dtypes.int32, name="free")
        all_sizes = shape(a)
    else:
        known = None
        all_sizes = shape(a)
        count = rank(a)
        axes = convert_to_tensor(axes, dtype=dtypes.int32, name="axes")
        axes = where(greater_equal(axes, 0), axes, axes + count)
        free = _others(sequence(count), axes)
    free_sizes, summed_sizes = gather(all_sizes, free), gather(all_sizes, axes)
    rows, columns = reduce_prod(free_sizes), reduce_prod(summed_sizes)
    if summed_first:
        order, target = concat([axes, free], 0), stack([columns, rows])
    else:
        order, target = concat([free, axes], 0), stack([rows, columns])
    return reshape(transpose(a, order), target), free_sizes, known


def _others(all_axes: Tensor, axes: Tensor) -> Tensor:
    """Return the axes that are not among `axes`, in order."""
    is_summed = reduce_any(equal(expand_dims(all_axes, 1), expand_dims(axes, 0)), 1)
    return boolean_mask(all_axes, logical_not(is_summed))
