"""Embeddings of sparse ids: the rows of a table combined for each row of ids."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.comparison import greater, greater_equal, logical_and
from flowgraph.ops.core import cast, convert_to_tensor, rank, shape
from flowgraph.ops.division import real_div
from flowgraph.ops.embedding import embedding_lookup, tables_of
from flowgraph.ops.filling import fill, ones_like, zeros_like
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.packing import stack
from flowgraph.ops.partitioning import unique
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_prod
from flowgraph.ops.segments import segment_sum
from flowgraph.ops.selection import where
from flowgraph.ops.slicing import slice
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_order import sparse_retain
from flowgraph.ops.sparse_rows import sparse_fill_empty_rows
from flowgraph.ops.sparse_segments import (
    sparse_segment_mean,
    sparse_segment_sqrt_n,
    sparse_segment_sum,
)
from flowgraph.ops.sparse_shapes import sparse_reshape
from flowgraph.ops.transcendental import pow, sqrt
from flowgraph.shapes import unknown_shape

_SEGMENTS = {
    "sum": sparse_segment_sum,
    "mean": sparse_segment_mean,
    "sqrtn": sparse_segment_sqrt_n,
}


def embedding_lookup_sparse(
    params: Any,
    sp_ids: SparseTensor,
    sp_weights: SparseTensor | None,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: Any = None,
) -> Tensor:
    """Look up rows of a table by number, and combine those of each row of numbers.

    Parameters
    ----------
    params : Tensor, or list of Tensor
        The table, or its parts. See `embedding_lookup`.
    sp_ids : SparseTensor
        int32 or int64 of shape ``[rows, n]``, its indices in order. Each row needs an id:
        `safe_embedding_lookup_sparse` does without.
    sp_weights : SparseTensor, optional
        A weight for each id; 1 if ``None``.
    partition_strategy : {"mod", "div"}
        See `embedding_lookup`.
    name : str, optional
    combiner : {"mean", "sqrtn", "sum"}, optional
        The weighted sum, over the sum of the weights, over the root of the sum of their
        squares, or as it is. ``"mean"`` by default.
    max_norm : float, optional
        Scale down rows of the table whose Euclidean norm is greater.

    Returns
    -------
    Tensor
        Shape ``[rows, ...]``.

    Raises
    ------
    TypeError
        If ids or weights are no sparse tensors.
    ValueError
        If there is no such combiner, or ids and weights differ in shape.

    Examples
    --------
    >>> table = tf.constant([[0.0, 0.0], [1.0, 10.0], [2.0, 20.0]])
    >>> ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 2, 2], tf.int64), [2, 2])
    >>> tf.Session().run(tf.nn.embedding_lookup_sparse(table, ids, None, combiner="sum"))
    array([[ 3., 30.],
           [ 2., 20.]], dtype=float32)
    """
    combiner = "mean" if combiner is None else combiner
    if combiner not in _SEGMENTS:
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    tables = tables_of(params)
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError("sp_ids must be SparseTensor")
    if sp_weights is not None:
        _check_weights(sp_ids, sp_weights)
    with name_scope(name, "embedding_lookup_sparse", [*tables, sp_ids]) as scope:
        segments = cast(sp_ids.indices[:, 0], dtypes.int32)
        ids, places = unique(sp_ids.values)
        rows = embedding_lookup(
            params, ids, partition_strategy=partition_strategy, max_norm=max_norm
        )
        if sp_weights is None:
            return _SEGMENTS[combiner](rows, places, segments, name=scope)
        weights = sp_weights.values
        if weights.dtype.base_dtype is not rows.dtype.base_dtype:
            weights = cast(weights, rows.dtype)
        each = gather(rows, places)
        flat = fill(expand_dims(rank(each) - 1, 0), 1)
        known = weights.shape
        weights = reshape(weights, concat([shape(weights), flat], 0))
        if each.shape.ndims is not None:
            weights.set_shape(known.concatenate([1] * (each.shape.ndims - 1)))
        each = each * weights
        if combiner == "sum":
            return segment_sum(each, segments, name=scope)
        total = segment_sum(each, segments)
        if combiner == "mean":
            return real_div(total, segment_sum(weights, segments), name=scope)
        return real_div(total, sqrt(segment_sum(pow(weights, 2), segments)), name=scope)


def _check_weights(sp_ids: SparseTensor, sp_weights: SparseTensor) -> None:
    if not isinstance(sp_weights, SparseTensor):
        raise TypeError("sp_weights must be either None or SparseTensor")
    pairs = zip(_parts(sp_ids), _parts(sp_weights), strict=True)
    for part, of_weights in pairs:
        part.shape.assert_is_compatible_with(of_weights.shape)


def _parts(sparse: SparseTensor) -> tuple[Tensor, Tensor, Tensor]:
    return sparse.values, sparse.indices, sparse.dense_shape


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: SparseTensor,
    sparse_weights: SparseTensor | None = None,
    combiner: str = "mean",
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: Any = None,
) -> Tensor:
    """Look up and combine rows of a table, also for rows without a valid id.

    Negative ids, and unless `combiner` is ``"sum"`` ids whose weight is not positive, are left
    out. A row of ids from which nothing remains gives zeros, or the row of `default_id`.

    Parameters
    ----------
    embedding_weights : Tensor, or list of Tensor
        The table, or its parts. See `embedding_lookup`.
    sparse_ids : SparseTensor
        int32 or int64 of shape ``[d_0, ..., n]``.
    sparse_weights : SparseTensor, optional
    combiner : {"mean", "sqrtn", "sum"}
        See `embedding_lookup_sparse`.
    default_id : int, optional
    name : str, optional
    partition_strategy : {"mod", "div"}
    max_norm : float, optional

    Returns
    -------
    Tensor
        Shape ``[d_0, ...] + embedding_weights.shape[1:]``.

    Raises
    ------
    ValueError
        If there is no table, or the weights' dtype is not the table's.

    Examples
    --------
    >>> table = tf.constant([[0.0, 0.0], [1.0, 10.0], [2.0, 20.0]])
    >>> ids = tf.SparseTensor([[1, 0]], tf.constant([2], tf.int64), [3, 1])
    >>> tf.Session().run(tf.nn.safe_embedding_lookup_sparse(table, ids))
    array([[ 0.,  0.],
           [ 2., 20.],
           [ 0.,  0.]], dtype=float32)
    """
    tables = _tables(embedding_weights, sparse_weights)
    with name_scope(name, "embedding_lookup", [*tables, sparse_ids, sparse_weights]) as scope:
        given_shape = sparse_ids.dense_shape
        ids, weights = _as_matrix(sparse_ids, sparse_weights)
        ids, weights = _without_invalid(ids, weights, combiner)
        filled, was_empty = sparse_fill_empty_rows(ids, default_id or 0)
        if weights is not None:
            weights, _ = sparse_fill_empty_rows(weights, 1.0)
        result = embedding_lookup_sparse(
            tables if len(tables) > 1 else tables[0], filled, weights,
            partition_strategy=partition_strategy, combiner=combiner, max_norm=max_norm,
            name=None if default_id is None else scope,
        )  # fmt: skip
        if default_id is None:
            mask = tile(reshape(was_empty, [-1, 1]), stack([1, shape(result)[1]]))
            result = where(mask, zeros_like(result), result, name=scope)
        ndims = given_shape.shape.ndims and given_shape.shape[0].value
        leading = slice(cast(given_shape, dtypes.int32), [0], [_ndims(given_shape) - 1])
        inner = slice(shape(result), [1], [-1])
        final = reshape(result, concat([leading, inner], 0))
        final.set_shape(
            unknown_shape(None if ndims is None else ndims - 1).concatenate(result.shape[1:])
        )
        return final


def _tables(embedding_weights: Any, sparse_weights: SparseTensor | None) -> list[Any]:
    if embedding_weights is None:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    several = isinstance(embedding_weights, tuple)
    tables = tables_of(list(embedding_weights) if several else embedding_weights)
    if not tables:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    dtype = None if sparse_weights is None else sparse_weights.dtype
    return [convert_to_tensor(table, dtype=dtype) for table in tables]


def _ndims(sizes: Tensor) -> Any:
    """Return the rank of a tensor of the given shape."""
    known = sizes.shape.ndims and sizes.shape[0].value
    return reduce_prod(shape(sizes)) if known is None else known


def _as_matrix(
    ids: SparseTensor, weights: SparseTensor | None
) -> tuple[SparseTensor, SparseTensor | None]:
    """Give ids and weights two axes, the last one kept."""
    count = _ndims(ids.dense_shape)
    rows = reduce_prod(slice(ids.dense_shape, [0], [count - 1]))
    matrix = sparse_reshape(ids, [rows, gather(ids.dense_shape, count - 1)])
    if weights is not None:
        weights = SparseTensor(matrix.indices, weights.values, matrix.dense_shape)
    return matrix, weights


def _without_invalid(
    ids: SparseTensor, weights: SparseTensor | None, combiner: str
) -> tuple[SparseTensor, SparseTensor | None]:
    """Leave out negative ids, and where a quotient is taken, weights that are not positive."""
    is_valid = greater_equal(ids.values, 0)
    if weights is None:
        return sparse_retain(ids, is_valid), None
    is_valid = logical_and(is_valid, ones_like(weights.values, dtype=dtypes.bool))
    ids, weights = sparse_retain(ids, is_valid), sparse_retain(weights, is_valid)
    if combiner != "sum":
        is_positive = greater(weights.values, 0)
        ids, weights = sparse_retain(ids, is_positive), sparse_retain(weights, is_positive)
    return ids, weights
