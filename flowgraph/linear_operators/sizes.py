"""Linear operators that are given by their sizes, and not by a tensor of elements."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.ops.assertions import assert_equal, assert_non_negative
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import constant, convert_to_tensor, rank, shape
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.shapes import TensorShape, unknown_shape


class Sized(LinearOperator):
    """An operator that keeps a number of rows, and may keep one of columns and a batch shape."""

    _num_rows: Tensor
    _num_columns: Tensor
    _batch_argument: Tensor | None = None
    _checks_sizes: bool

    def _set_sizes(
        self,
        checks_sizes: bool,
        num_rows: Any,
        num_columns: Any = None,
        batch_shape: Any = None,
    ) -> None:
        self._checks_sizes = checks_sizes
        self._num_rows = self._size_argument(num_rows, "num_rows", "num_rows", 0)
        self._num_columns = self._num_rows
        if num_columns is not None:
            self._num_columns = self._size_argument(num_columns, "num_columns", "num_columns", 0)
        if batch_shape is not None:
            name = "batch_shape_arg"
            self._batch_argument = self._size_argument(batch_shape, "batch_shape", name, 1)

    def _size_argument(self, value: Any, argument: str, name: str, ndims: int) -> Tensor:
        size = convert_to_tensor(value, name=name)
        if not size.dtype.is_integer:
            raise TypeError(f"Argument {argument} must be integer type.  Found: {size}")
        known = size.static_value()
        shown = size if known is None else known
        if size.shape.ndims not in (None, ndims):
            raise ValueError(f"Argument {argument} must be a {ndims}-D Tensor.  Found: {shown}")
        if known is not None and (known < 0).any():
            gap = "" if ndims else " "
            raise ValueError(f"Argument {argument} must be non-negative.  Found:{gap}{known}")
        if self._checks_sizes and known is None:
            text = f"Argument {argument} must be"
            checks = [
                assert_equal(rank(size), ndims, message=f"{text} a {ndims}-D Tensor."),
                assert_non_negative(size, message=f"{text} non-negative."),
            ]
            size = with_dependencies(checks, size)
        return size

    def _batch(self) -> TensorShape:
        """Return the static batch shape."""
        if self._batch_argument is None:
            return TensorShape([])
        known = self._batch_argument.static_value()
        if known is not None:
            return TensorShape(known.tolist())
        length = self._batch_argument.shape
        return unknown_shape(length.as_list()[0] if length.ndims is not None else None)

    def _batch_tensor(self) -> Tensor:
        """Return the batch shape, an integer vector."""
        empty: list[int] = []
        given = self._batch_argument
        return constant(empty, self._num_rows.dtype) if given is None else given

    def _rows(self) -> Any:
        """Return the number of rows, as it is known."""
        known = self._num_rows.static_value()
        return self._num_rows if known is None else int(known)

    def _columns(self) -> Any:
        """Return the number of columns, as it is known."""
        known = self._num_columns.static_value()
        return self._num_columns if known is None else int(known)

    def _shape(self) -> TensorShape:
        sizes = [part.static_value() for part in (self._num_rows, self._num_columns)]
        return self._batch().concatenate([None if size is None else int(size) for size in sizes])

    def _shape_tensor(self) -> Tensor:
        return concat([self._batch_tensor(), [self._num_rows, self._num_columns]], 0)

    def _row_shape(self) -> Tensor:
        return concat([self._batch_tensor(), [self._num_rows]], 0)

    def _with_shape(self, tensor: Tensor, known: TensorShape) -> Tensor:
        tensor.set_shape(known)
        return tensor

    def _checked(self, x: Tensor, adjoint: bool = False) -> Tensor:
        """Return an argument, checked when run to have the size of the vectors taken."""
        if not self._checks_sizes:
            return x
        size = self._num_rows if adjoint else self._num_columns
        text = (
            "Incompatible matrix dimensions.  shape[-2] of argument to be the same as this operator"
        )
        return with_dependencies([assert_equal(shape(x)[-2], size, message=text)], x)  # type: ignore[no-any-return]

    def _over_batch(self, x: Tensor) -> Tensor:
        """Return an argument repeated over the batch."""
        if self._batch_argument is None:
            return x
        return x + zeros(concat([self._batch_argument, [1, 1]], 0), self.dtype)

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """Add the matrices to a tensor of their shape."""
        return super().add_to_tensor(mat, name)
