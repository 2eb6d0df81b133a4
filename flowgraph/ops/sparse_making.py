"""Sparse tensors made of dense ones, of ids and values, and the other way round."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.composite import IndexedSlices, SparseTensorValue
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims
from flowgraph.ops.comparison import not_equal
from flowgraph.ops.core import cast, constant, convert_to_tensor, shape
from flowgraph.ops.filling import ones, ones_like
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import minimum
from flowgraph.ops.packing import stack
from flowgraph.ops.partitioning import setdiff1d
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import as_sparse
from flowgraph.ops.sparse_dense import sparse_tensor_to_dense
from flowgraph.ops.sparse_order import sparse_reorder


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """Return the elements of a dense tensor that are not 0 as a sparse tensor.

    Parameters
    ----------
    tensor : Tensor
        Of a numeric dtype.
    name : str, optional

    Raises
    ------
    TypeError
        If the elements cannot be compared with 0.

    Examples
    --------
    >>> tf.Session().run(tf.sparse.from_dense([[0, 5], [6, 0]])).indices
    array([[0, 1],
           [1, 0]])
    """
    with name_scope(name, "dense_to_sparse"):
        dense = convert_to_tensor(tensor)
        places = where(not_equal(dense, constant(0, dense.dtype)))
        sizes = shape(dense, out_type=dtypes.int64)
        return SparseTensor(places, gather_nd(dense, places), sizes)


def sparse_eye(
    num_rows: Any, num_columns: Any = None, dtype: Any = dtypes.float32, name: str | None = None
) -> SparseTensor:
    """Return a sparse matrix with ones on its main diagonal.

    Parameters
    ----------
    num_rows : int
    num_columns : int, optional
        The number of rows if left out.
    dtype : DType
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.sparse.eye(2, 3)).indices
    array([[0, 0],
           [1, 1]])
    """
    with name_scope(name, "eye", [num_rows, num_columns]):
        rows = convert_to_tensor(num_rows, dtypes.int64, name="num_rows")
        columns = rows
        if num_columns is not None:
            columns = convert_to_tensor(num_columns, dtypes.int64, name="num_columns")
        length = minimum(rows, columns)
        places = stack([range(length), range(length)], axis=1)
        return SparseTensor(places, ones([length], dtype), [rows, columns])


def sparse_merge(
    sp_ids: Any,
    sp_values: Any,
    vocab_size: Any,
    name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:
    """Make one sparse tensor of ids and values: the ids become the last index.

    Parameters
    ----------
    sp_ids : SparseTensor, or list of SparseTensor
        Integer ids; a list gives several last indices.
    sp_values : SparseTensor
        A value for each id.
    vocab_size : int, or list of int
        One more than the largest id may be.
    name : str, optional
    already_sorted : bool
        The ids are in increasing order in each row.

    Raises
    ------
    TypeError
        If an argument is no sparse tensor, or only one of `sp_ids` and `vocab_size` is a list.
    ValueError
        If the two lists differ in length.

    Examples
    --------
    >>> ids = tf.SparseTensor([[0, 0], [1, 0]], [2, 1], [2, 1])
    >>> values = tf.SparseTensor([[0, 0], [1, 0]], [0.5, 0.25], [2, 1])
    >>> tf.Session().run(tf.sparse_merge(ids, values, 3)).indices
    array([[0, 2],
           [1, 1]])
    """
    if isinstance(sp_ids, SparseTensor | SparseTensorValue):
        sp_ids = [sp_ids]
        if not isinstance(vocab_size, Tensor | int):
            raise TypeError(
                f"vocab_size has to be a Tensor or Python int. Found {type(vocab_size)}"
            )
        vocab_size = [vocab_size]
    else:
        if not isinstance(sp_ids, list | tuple):
            raise TypeError(
                f"sp_ids has to be a SparseTensor or list thereof. Found {type(sp_ids)}"
            )
        if not isinstance(vocab_size, list | tuple):
            raise TypeError(
                f"vocab_size has to be a list of Tensors or Python ints. Found {type(vocab_size)}"
            )
        for limit in vocab_size:
            if not isinstance(limit, Tensor | int):
                raise TypeError(
                    f"vocab_size has to be a list of Tensors or Python ints. Found {type(limit)}"
                )
    if len(sp_ids) != len(vocab_size):
        raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    with name_scope(name, "SparseMerge", [sp_ids, sp_values]):
        ids = [as_sparse(sparse) for sparse in sp_ids]
        values = as_sparse(sp_values)
        columns = [expand_dims(cast(sparse.values, dtypes.int64), axis=1) for sparse in ids]
        limits = [cast(limit, dtypes.int64) for limit in vocab_size]
        indices = concat([ids[0].indices[:, :-1], *columns], axis=1)
        sizes = concat([ids[0].dense_shape[:-1], limits], axis=0)
        result = SparseTensor(indices, values.values, sizes)
        if already_sorted:
            return result
        ordered = sparse_reorder(result)
        return SparseTensor(ordered.indices, ordered.values, sizes)


def sparse_to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Tensor:
    """Return which ids occur in each row of a sparse tensor, as a dense bool tensor.

    Parameters
    ----------
    sp_input : SparseTensor
        Integer ids.
    vocab_size : int
        The last size of the result.
    name : str, optional

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.

    Examples
    --------
    >>> ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [2, 0, 1], [2, 2])
    >>> tf.Session().run(tf.sparse_to_indicator(ids, 3))
    array([[ True, False,  True],
           [False,  True, False]])
    """
    ids = as_sparse(sp_input)
    with name_scope(name, "SparseToIndicator", [ids]) as scope:
        present = SparseTensor(
            ids.indices, ones_like(ids.values, dtype=dtypes.bool), ids.dense_shape
        )
        merged = sparse_merge(ids, present, vocab_size)
        # An id may occur twice in a row, which is no mistake here.
        return sparse_tensor_to_dense(
            merged, default_value=False, validate_indices=False, name=scope
        )


def sparse_mask(a: IndexedSlices, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """Leave out slices by index.

    Parameters
    ----------
    a : IndexedSlices
    mask_indices : Tensor
        The indices to leave out.
    name : str, optional

    Examples
    --------
    >>> a = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([3, 5]))
    >>> tf.Session().run(tf.sparse_mask(a, [3])).indices
    array([5], dtype=int32)
    """
    with name_scope(name, "sparse_mask", [a, mask_indices]) as scope:
        kept, places = setdiff1d(a.indices, mask_indices)
        return IndexedSlices(gather(a.values, places, name=scope), kept, a.dense_shape)
