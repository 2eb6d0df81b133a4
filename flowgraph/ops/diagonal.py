"""Diagonals of matrices: made, taken, replaced and summed."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank, with_rank_at_least
from flowgraph.ops.core import apply, convert_to_tensor, shape
from flowgraph.ops.filling import ones, zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import minimum
from flowgraph.ops.merging import matrices_sizes, merge_shapes, merge_sizes
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.slicing import slice
from flowgraph.shapes import TensorShape

_DIAGONAL = Types(
    (
        dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64,
        dtypes.int32, dtypes.int64, dtypes.complex64, dtypes.complex128,
    )
)  # fmt: skip


class Diag(Op):
    """A tensor of twice the rank, zero except where both halves of the index are the same."""

    signature = Signature("diagonal: T -> output: T", T=_DIAGONAL)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        part = with_rank_at_least(inputs[0].shape, 1)
        return (part.concatenate(part),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x = inputs[0]
        if x.ndim < 1:
            raise invalid(f"Input must be at least rank 1, got {x.ndim}")
        return xp.diag(x.ravel()).reshape(x.shape * 2)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (diag_part(dys[0]),)


class DiagPart(Op):
    """The elements for which both halves of the index are the same."""

    signature = Signature("input: T -> diagonal: T", T=_DIAGONAL)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = inputs[0].shape.sizes
        if sizes is None:
            return (TensorShape.of(None),)
        if len(sizes) % 2 or not sizes:
            raise ValueError(f"Input must have even and non-zero rank, input rank is {len(sizes)}")
        middle = len(sizes) // 2
        pairs = zip(sizes[:middle], sizes[middle:], strict=True)
        return (TensorShape.of(tuple(merge_sizes(a, b) for a, b in pairs)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x = inputs[0]
        middle, odd = divmod(x.ndim, 2)
        if odd or not middle:
            raise invalid(
                "The rank of the tensor should be even and positive, got shape "
                f"{bracketed(x.shape)}"
            )
        for axis, (a, b) in enumerate(zip(x.shape[:middle], x.shape[middle:], strict=True)):
            if a != b:
                raise invalid(
                    f"Invalid shape {bracketed(x.shape)}: dimensions {axis} and {axis + middle} "
                    "do not match."
                )
        part = x.shape[:middle]
        count = int(np.prod(part))
        return xp.diagonal(x.reshape(count, count)).reshape(part).copy()

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (diag(dys[0]),)


def _on_diagonal(xp: Any, x: Array) -> Array:
    """Return a view of the main diagonals of the matrices in the last two axes."""
    return xp.einsum("...ii->...i", x[..., : min(x.shape[-2:]), : min(x.shape[-2:])])


def check_matrix(x: Array, what: str = "input", least: int = 2) -> None:
    """Raise unless a value has the rank of a batch of matrices, or `least`."""
    if x.ndim < least:
        raise invalid(f"{what} must be at least {least}-dim, received shape: {bracketed(x.shape)}")


class MatrixDiag(Op):
    """Square matrices, zero except for the given diagonals."""

    signature = Signature("diagonal: T -> output: T")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        part = with_rank_at_least(inputs[0].shape, 1)
        return (part.concatenate(part[-1:]) if part.sizes is not None else part,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x = inputs[0]
        check_matrix(x, "diagonal", 1)
        out = xp.zeros((*x.shape, x.shape[-1]), dtype=x.dtype)
        _on_diagonal(xp, out)[...] = x
        return out

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(MatrixDiagPart(), dys[0]),)


def _part_shape(sizes: Any) -> tuple[int | None, ...]:
    """Return the shape of the main diagonals of matrices of `sizes`."""
    rows, columns = sizes[-2:]
    known = None if rows is None or columns is None else min(rows, columns)
    return (*sizes[:-2], known)


class MatrixDiagPart(Op):
    """The main diagonals of matrices."""

    signature = Signature("input: T -> diagonal: T")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = matrices_sizes(inputs[0])
        return (TensorShape.of(None if sizes is None else _part_shape(sizes)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        check_matrix(inputs[0])
        return _on_diagonal(xp, inputs[0]).copy()

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        source = operation.inputs[0]
        sizes = source.shape.sizes
        if sizes is not None and sizes[-1] is not None and sizes[-1] == sizes[-2]:
            return (apply(MatrixDiag(), dys[0]),)
        empty = zeros(shape(source), dtype=source.dtype)
        return (apply(MatrixSetDiag(), empty, dys[0]),)


class MatrixSetDiag(Op):
    """Matrices with their main diagonals replaced."""

    signature = Signature("input: T, diagonal: T -> output: T")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = matrices_sizes(inputs[0])
        diagonal = with_rank_at_least(inputs[1].shape, 1)
        if sizes is None:
            return (diagonal[:-1].concatenate((None, None)),)
        if diagonal.sizes is not None:
            with_rank(diagonal, len(sizes) - 1)
            length = _part_shape(sizes)[-1]
            if length is not None:
                merge_sizes(length, diagonal.sizes[-1])
            batch = merge_shapes(TensorShape.of(sizes[:-2]), diagonal[:-1])
            return (batch.concatenate(sizes[-2:]),)
        return (TensorShape.of(sizes),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, diagonal = inputs
        check_matrix(x)
        part = _part_shape(x.shape)
        if diagonal.shape != part:
            raise invalid(f"Expected diagonal shape: {bracketed(part)}")
        out = x.copy()
        _on_diagonal(xp, out)[...] = diagonal
        return out

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        source, diagonal = operation.inputs
        dy = dys[0]
        sizes = source.shape.sizes
        if diagonal.shape.is_fully_defined():
            empty = zeros(diagonal.shape, dtype=dy.dtype)
        elif sizes is not None and sizes[-1] is not None and sizes[-2] is not None:
            batch = slice(shape(dy), [0], [len(sizes) - 2])
            empty = zeros(concat([batch, [min(sizes[-2:])]], 0), dtype=dy.dtype)  # type: ignore[type-var]
        else:
            empty = zeros(shape(diagonal), dtype=dy.dtype)
        return apply(MatrixSetDiag(), dy, empty), apply(MatrixDiagPart(), dy)


def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Return a tensor of twice the rank with a given diagonal.

    Parameters
    ----------
    diagonal : Tensor
        Of rank 1 or more: a floating-point or complex dtype, int32 or int64.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.diag([1, 2]))
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return apply(Diag(), diagonal, name=name)


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """Return the diagonal of a tensor of even rank.

    Parameters
    ----------
    input : Tensor
        Of shape ``[a, ..., b, a, ..., b]``.
    name : str, optional

    Raises
    ------
    ValueError
        If the rank is odd or the halves of the shape differ.

    Examples
    --------
    >>> tf.Session().run(tf.diag_part([[1, 2], [3, 4]]))
    array([1, 4], dtype=int32)
    """
    return apply(DiagPart(), input, name=name)


def _main_only(what: str, **given: Any) -> None:
    for name, (value, default) in given.items():
        if value != default:
            raise NotImplementedError(f"{what} with {name}={value}: only the main diagonal is done")


def matrix_diag(
    diagonal: Any,
    name: str = "diag",
    k: Any = 0,
    num_rows: Any = -1,
    num_cols: Any = -1,
    padding_value: Any = 0,
) -> Tensor:
    """Return a batch of square matrices with given main diagonals.

    Parameters
    ----------
    diagonal : Tensor
        Of shape ``[..., n]``.
    name : str
    k, num_rows, num_cols, padding_value : int
        Only the defaults are implemented.

    Raises
    ------
    NotImplementedError
        For other diagonals than the main one.

    Examples
    --------
    >>> tf.Session().run(tf.matrix_diag([[1, 2]]))
    array([[[1, 0],
            [0, 2]]], dtype=int32)
    """
    _main_only(
        "matrix_diag",
        k=(k, 0),
        num_rows=(num_rows, -1),
        num_cols=(num_cols, -1),
        padding_value=(padding_value, 0),
    )
    return apply(MatrixDiag(), diagonal, name=name)


def matrix_diag_part(
    input: Any, name: str = "diag_part", k: Any = 0, padding_value: Any = 0
) -> Tensor:
    """Return the main diagonals of a batch of matrices.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., rows, columns]``.
    name : str
    k, padding_value : int
        Only the defaults are implemented.

    Raises
    ------
    NotImplementedError
        For other diagonals than the main one.

    Examples
    --------
    >>> tf.Session().run(tf.matrix_diag_part([[1, 2, 3], [4, 5, 6]]))
    array([1, 5], dtype=int32)
    """
    _main_only("matrix_diag_part", k=(k, 0), padding_value=(padding_value, 0))
    return apply(MatrixDiagPart(), input, name=name)


def matrix_set_diag(input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0) -> Tensor:
    """Return a batch of matrices with their main diagonals replaced.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., rows, columns]``.
    diagonal : Tensor
        Of shape ``[..., min(rows, columns)]`` and the same dtype.
    name : str
    k : int
        Only 0 is implemented.

    Raises
    ------
    NotImplementedError
        For other diagonals than the main one.

    Examples
    --------
    >>> tf.Session().run(tf.matrix_set_diag([[1, 2], [3, 4]], [0, 0]))
    array([[0, 2],
           [3, 0]], dtype=int32)
    """
    _main_only("matrix_set_diag", k=(k, 0))
    return apply(MatrixSetDiag(), input, diagonal, name=name)


def trace(x: Any, name: str | None = None) -> Tensor:
    """Return the sums of the main diagonals of a batch of matrices.

    Parameters
    ----------
    x : Tensor
        Of shape ``[..., rows, columns]``.
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.trace([[1, 2], [3, 4]])))
    5
    """
    with name_scope(name, "Trace", [x]) as scope:
        return reduce_sum(matrix_diag_part(convert_to_tensor(x, name="x")), [-1], name=scope)


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Return an identity matrix, or a batch of them.

    Parameters
    ----------
    num_rows, num_columns : int or Tensor
        By default the matrix is square.
    batch_shape : list of int or Tensor, optional
        The axes before the last two.
    dtype : DType
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.eye(2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    with name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        is_square = num_columns is None
        columns = num_rows if num_columns is None else num_columns
        if not all(isinstance(n, int | np.integer | Tensor) for n in (num_rows, columns)):
            raise TypeError("num_rows and num_columns must be positive integer values.")
        batch: Any = [] if batch_shape is None else batch_shape
        if isinstance(num_rows, Tensor) or isinstance(columns, Tensor):
            length: Any = minimum(num_rows, columns)
        else:
            is_square = num_rows == columns
            length = min(num_rows, columns)
        if isinstance(batch, Tensor) or isinstance(length, Tensor):
            batch = convert_to_tensor(batch, name="shape", dtype=dtypes.int32)
            part: Any = concat((batch, [length]), axis=0)
            whole: Any = None if is_square else concat((batch, [num_rows, columns]), axis=0)
        else:
            batch = list(batch)
            part, whole = [*batch, length], [*batch, num_rows, columns]
        if is_square:
            return matrix_diag(ones(part, dtype=dtype))
        diagonal = ones(part, dtype=dtype)
        return matrix_set_diag(zeros(whole, dtype=dtype), diagonal)
