"""Values made of several tensors: slices of a larger tensor, and sparse tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flowgraph.dtypes import Array, DType
from flowgraph.graph.tensor import Tensor
from flowgraph.shapes import TensorShape

if TYPE_CHECKING:
    from flowgraph.graph.graph import Graph
    from flowgraph.graph.operation import Operation


class IndexedSlicesValue(NamedTuple):
    """The fetched value of an `IndexedSlices`."""

    values: Array
    indices: Array
    dense_shape: Array | None


class SparseTensorValue(NamedTuple):
    """The fetched value of a `SparseTensor`, and what may be fed for one."""

    indices: Array
    values: Array
    dense_shape: Array


class PartialTensor:
    """A tensor given by some of its values and where they are."""

    __slots__ = ()

    @property
    def values(self) -> Tensor:
        """The values that are given."""
        raise NotImplementedError

    def with_values(self, values: Tensor) -> Any:
        """Return other values in the same places."""
        raise NotImplementedError


class IndexedSlices(PartialTensor):
    """Some rows of a larger tensor: the gradient of a gather.

    Parameters
    ----------
    values : Tensor
        The rows, of shape ``[n, ...]``. Rows of equal index add up.
    indices : Tensor
        The index of each row, of shape ``[n]``.
    dense_shape : Tensor, optional
        The shape of the larger tensor.
    """

    __slots__ = ("_dense_shape", "_indices", "_values")

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None) -> None:
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

    @property
    def values(self) -> Tensor:
        """The rows."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """The index of each row."""
        return self._indices

    def with_values(self, values: Tensor) -> IndexedSlices:
        """Return other rows of the same indices."""
        return IndexedSlices(values, self._indices, self._dense_shape)

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the larger tensor, if known."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The static shape of the larger tensor."""
        return (
            TensorShape.of(None) if self._dense_shape is None else self._dense_shape.static_shape()
        )

    @property
    def name(self) -> str:
        """The name of the rows."""
        return self._values.name

    @property
    def device(self) -> str:
        """The device of the rows."""
        return self._values.device

    @property
    def op(self) -> Operation:
        """The operation that makes the rows."""
        return self._values.op

    @property
    def dtype(self) -> DType:
        """The type of the rows' elements."""
        return self._values.dtype

    @property
    def graph(self) -> Graph:
        """The graph of the rows."""
        return self._values.graph

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"
