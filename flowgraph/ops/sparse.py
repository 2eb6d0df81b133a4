"""Sparse tensors: three dense ones that travel together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.composite import IndexedSlices, PartialTensor, SparseTensorValue
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope, session_for
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import placeholder
from flowgraph.shapes import TensorShape


class SparseTensor(PartialTensor):
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
        If a part has the wrong rank, or the parts do not fit together.

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
        positions[0].merge_with(count[0])
        positions[1].merge_with(rank[0])

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """Return a `SparseTensorValue`, or a sparse tensor itself, as a sparse tensor."""
        if isinstance(sparse_tensor_value, SparseTensor):
            return sparse_tensor_value
        if not isinstance(sparse_tensor_value, SparseTensorValue):
            raise TypeError(f"Neither a SparseTensor nor SparseTensorValue: {sparse_tensor_value}.")
        return cls(*sparse_tensor_value)

    @property
    def indices(self) -> Tensor:
        """The positions of the elements."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The elements."""
        return self._values

    def with_values(self, values: Tensor) -> SparseTensor:
        """Return other elements at the same positions."""
        return SparseTensor(self._indices, values, self._dense_shape)

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

    def consumers(self) -> list[Operation]:
        """Return the operations that take the elements as an input."""
        return self._values.consumers()

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Evaluate in `session` or the default session; a `SparseTensorValue`."""
        return session_for(self._values, session, "tensor").run(self, feed_dict)

    if TYPE_CHECKING:  # installed by `operators`
        __mul__: Callable[[Any], SparseTensor]
        __truediv__: Callable[[Any], SparseTensor]

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

    def part(suffix: str) -> str | None:
        return None if name is None else f"{name}/{suffix}"

    rank: Any = None
    if shape is not None and not isinstance(shape, Tensor):
        shape = shape.as_list() if isinstance(shape, TensorShape) else list(shape)
        rank = len(shape)
    if shape is None or (rank is not None and None in shape):
        dense = placeholder(dtypes.int64, [rank], name=part("shape"))
    else:
        dense = convert_to_tensor(shape, dtypes.int64, part("shape"))
        rank = dense.shape[0]
    values = placeholder(dtype, [None], name=part("values"))
    indices = placeholder(dtypes.int64, [None, rank], name=part("indices"))
    return SparseTensor(indices, values, dense)


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor, a sparse tensor, slices of a tensor, or a variable.

    Examples
    --------
    >>> tf.is_tensor(tf.constant(1)), tf.is_tensor(1)
    (True, False)
    """
    return isinstance(x, Tensor | SparseTensor | IndexedSlices) or hasattr(x, "_as_graph_element")


def convert_to_tensor_or_sparse_tensor(
    value: Any, dtype: Any = None, name: str | None = None
) -> Tensor | SparseTensor:
    """Return sparse values as a `SparseTensor`, and all else as a tensor.

    Parameters
    ----------
    value : SparseTensor, SparseTensorValue, or what `convert_to_tensor` takes
    dtype : DType, optional
        The dtype that the elements must have.
    name : str, optional
        Name of a constant made for it.

    Raises
    ------
    RuntimeError
        If the elements of sparse values have another dtype.

    Examples
    --------
    >>> value = tf.SparseTensorValue([[0, 0]], [1.0], [2, 2])
    >>> tf.convert_to_tensor_or_sparse_tensor(value).dtype
    tf.float32
    """
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        return convert_to_tensor(value, dtype, name)
    if dtype is not None and value.dtype.base_dtype is not as_dtype(dtype).base_dtype:
        raise RuntimeError(
            f"Sparse dtype: requested = {as_dtype(dtype).name}, actual = {value.dtype.name}"
        )
    return value


def convert_to_tensor_or_indexed_slices(
    value: Any, dtype: Any = None, name: str | None = None
) -> Tensor | IndexedSlices:
    """Return `IndexedSlices` as they are, and all else as a tensor.

    Parameters
    ----------
    value : IndexedSlices, or what `convert_to_tensor` takes
    dtype : DType, optional
        The dtype that the elements must have.
    name : str, optional
        Name of a constant made for it.

    Raises
    ------
    ValueError
        If the slices have another dtype.

    Examples
    --------
    >>> tf.convert_to_tensor_or_indexed_slices(1.0)
    <tf.Tensor 'Const:0' shape=() dtype=float32>
    """
    if not isinstance(value, IndexedSlices):
        return convert_to_tensor(value, dtype, name)
    if dtype is not None and value.dtype.base_dtype is not as_dtype(dtype).base_dtype:
        raise ValueError(
            f"Tensor conversion requested dtype {as_dtype(dtype).name} for Tensor with dtype "
            f"{value.dtype.name}: {str(value)!r}"
        )
    return value
