"""Sparse tensors: three dense ones that travel together."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope, session_for
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import placeholder
from flowgraph.shapes import TensorShape, as_shape


class SparseTensor:
    """A tensor given by its non-zero elements.

    Parameters
    ----------
    indices : Tensor
        int64 of shape ``[n, rank]``: the position of each element.
    values : Tensor
        Of shape ``[n]``.
    dense_shape : Tensor
        int64 of shape ``[rank]``.

    Raises
    ------
    ValueError
        If a part has the wrong rank.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [2, 0]], [5.0, 6.0], [3, 2])
    >>> tf.Session().run(sp).dense_shape
    array([3, 2])
    """

    __slots__ = ("_dense_shape", "_indices", "_values")

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        with name_scope(None, "SparseTensor", [indices, values, dense_shape]):
            self._indices = convert_to_tensor(indices, dtypes.int64, "indices")
            self._values = convert_to_tensor(values, name="values")
            self._dense_shape = convert_to_tensor(dense_shape, dtypes.int64, "dense_shape")
        positions = self._indices.shape.with_rank(2)
        count = self._values.shape.with_rank(1)
        rank = self._dense_shape.shape.with_rank(1)
        positions.merge_with(count.concatenate(rank))

    @property
    def indices(self) -> Tensor:
        """The positions of the elements."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The elements."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """The shape of the tensor."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return self._dense_shape.static_shape()

    def get_shape(self) -> TensorShape:
        """Return the static shape."""
        return self.shape

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self._values.dtype

    @property
    def op(self) -> Operation:
        """The operation that makes the elements."""
        return self._values.op

    @property
    def graph(self) -> Graph:
        """The graph of its tensors."""
        return self._values.graph

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Evaluate in `session` or the default session; a `SparseTensorValue`."""
        return session_for(self._values, session, "tensor").run(self, feed_dict)

    def __str__(self) -> str:
        return (
            f"SparseTensor(indices={self._indices}, values={self._values}, "
            f"dense_shape={self._dense_shape})"
        )


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """Return a sparse tensor whose value is fed at each run.

    Parameters
    ----------
    dtype : DType
    shape : list of int, optional
        The dense shape; left out, any shape may be fed.
    name : str, optional

    Examples
    --------
    >>> sp = tf.sparse_placeholder(tf.float32)
    >>> value = tf.SparseTensorValue([[0, 0]], [1.0], [2, 2])
    >>> tf.Session().run(sp, {sp: value}).values
    array([1.], dtype=float32)
    """
    prefix = "" if name is None else f"{name}/"
    rank = None
    if shape is None:
        dense: Any = placeholder(dtypes.int64, [None], name=f"{prefix}shape")
    else:
        known = as_shape(shape)
        rank = known.ndims
        dense = convert_to_tensor(known.as_list(), dtypes.int64, f"{prefix}shape")
    return SparseTensor(
        placeholder(dtypes.int64, [None, rank], name=f"{prefix}indices"),
        placeholder(dtype, [None], name=f"{prefix}values"),
        dense,
    )
