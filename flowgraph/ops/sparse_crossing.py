"""Crosses of features: every combination of one feature of each input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.composite import SparseTensorValue
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply_all, cast
from flowgraph.ops.feature_cross import SparseCross
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import as_sparse

# What TensorFlow starts each hash from.
_HASH_KEY = 0xDECAFCAFFE


def cross(inputs: Sequence[Any], name: str | None = None) -> SparseTensor:
    """Join every combination of one feature of each input, row by row, with ``_X_`` between.

    Parameters
    ----------
    inputs : list of SparseTensor or Tensor
        Of rank 2, strings or integers, with as many rows.
    name : str, optional

    Returns
    -------
    SparseTensor
        Strings.

    Raises
    ------
    TypeError
        If `inputs` is no list of tensors.

    Examples
    --------
    >>> crossed = tf.sparse.cross([tf.constant([["a", "b"]]), tf.constant([["c"]])])
    >>> tf.Session().run(crossed).values
    array([b'a_X_c', b'b_X_c'], dtype=object)
    """
    return _crossed(inputs, False, 0, None, name)


def cross_hashed(
    inputs: Sequence[Any],
    num_buckets: int = 0,
    hash_key: int | None = None,
    name: str | None = None,
) -> SparseTensor:
    """Hash every combination of one feature of each input, row by row.

    Parameters
    ----------
    inputs : list of SparseTensor or Tensor
        As for `cross`.
    num_buckets : int
        The hashes are less than this; 0 for as large as they come.
    hash_key : int, optional
        What each hash starts from.
    name : str, optional

    Returns
    -------
    SparseTensor
        int64.

    Raises
    ------
    TypeError
        If `inputs` is no list of tensors.

    Examples
    --------
    >>> crossed = tf.sparse.cross_hashed([tf.constant([["a"]]), tf.constant([["b"]])], 100)
    >>> crossed.dtype
    tf.int64
    """
    return _crossed(inputs, True, num_buckets, hash_key, name)


def _crossed(
    inputs: Sequence[Any], hashed: bool, num_buckets: int, hash_key: int | None, name: str | None
) -> SparseTensor:
    if not isinstance(inputs, list):
        raise TypeError("Inputs must be a list")
    kinds = SparseTensor | SparseTensorValue
    if not all(isinstance(given, Tensor | kinds) for given in inputs):
        raise TypeError("All inputs must be SparseTensors")
    sparse = [as_sparse(given) for given in inputs if isinstance(given, kinds)]
    values = [_hashable(given.values) for given in sparse]
    dense = [_hashable(given) for given in inputs if isinstance(given, Tensor)]
    is_text = all(tensor.dtype is dtypes.string for tensor in [*values, *dense])
    op = SparseCross(
        hashed_output=hashed,
        num_buckets=num_buckets,
        hash_key=hash_key or _HASH_KEY,
        out_type=dtypes.int64 if hashed else dtypes.string,
        internal_type=dtypes.string if is_text else dtypes.int64,
        N=len(sparse),
        sparse_types=tuple(value.dtype for value in values),
        dense_types=tuple(tensor.dtype for tensor in dense),
    )
    indices, shapes = [s.indices for s in sparse], [s.dense_shape for s in sparse]
    return SparseTensor(*apply_all(op, indices, values, shapes, dense, name=name))


def _hashable(tensor: Tensor) -> Tensor:
    """Return strings as they are, and integers as int64."""
    return tensor if tensor.dtype.base_dtype is dtypes.string else cast(tensor, dtypes.int64)
