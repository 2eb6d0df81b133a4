"""Products of matrices and of vectors, and the transpose of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import subtract
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.broadcasting import broadcast_gradient_args
from flowgraph.ops.checks import bracketed, invalid, with_rank_at_least
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import REALS, apply, cast, convert_to_tensor, rank, shape
from flowgraph.ops.hints import product_hint
from flowgraph.ops.joining import concat
from flowgraph.ops.merging import matrices_sizes, matrix_sizes, merge_shapes, merge_sizes
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.sequences import range
from flowgraph.ops.slicing import slice
from flowgraph.shapes import TensorShape

_FACTORS = Types(
    (
        dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64,
        dtypes.int32, dtypes.int64, dtypes.complex64, dtypes.complex128,
    )
)  # fmt: skip


def _is_narrow(array: Array) -> bool:
    """Whether the dtype has too few bits to add up products in."""
    return bool(array.dtype.itemsize == 2)


def _product(xp: Any, a: Array, b: Array) -> Array:
    if _is_narrow(a):
        return xp.matmul(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)
    return xp.matmul(a, b)


def _product_into(xp: Any, out: Array, a: Array, b: Array) -> None:
    if _is_narrow(a):
        xp.copyto(out, _product(xp, a, b))
    else:
        xp.matmul(a, b, out=out)


class MatMul(Op):
    """The product of two matrices."""

    signature = Signature("a: T, b: T -> product: T", T=_FACTORS)

    transpose_a: bool = False
    transpose_b: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        a, b = matrix_sizes(inputs[0]), matrix_sizes(inputs[1])
        rows, inner_a = reversed(a) if self.transpose_a else a
        inner_b, columns = reversed(b) if self.transpose_b else b
        merge_sizes(inner_a, inner_b)
        return (TensorShape.of((rows, columns)),)

    def _factors(self, a: Array, b: Array) -> tuple[Array, Array]:
        for position, matrix in enumerate((a, b)):
            if matrix.ndim != 2:
                raise invalid(f"In[{position}] is not a matrix")
        left = a.T if self.transpose_a else a
        right = b.T if self.transpose_b else b
        if left.shape[1] != right.shape[0]:
            sizes = f"In[0]: {bracketed(a.shape)}, In[1]: {bracketed(b.shape)}"
            raise invalid(f"Matrix size-incompatible: {sizes}")
        return left, right

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return _product(xp, *self._factors(*inputs))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        _product_into(xp, out, *self._factors(*inputs))

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        return product_hint(inputs, self.transpose_a, self.transpose_b)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        a, b = (conj(t) for t in operation.inputs)
        return _product_gradients(MatMul, a, b, self.transpose_a, self.transpose_b, dys[0])


def _product_gradients(
    op: Any, a: Tensor, b: Tensor, flip_a: bool, flip_b: bool, dy: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the gradients of ``op(flip_a, flip_b)`` as products made by the same class."""
    if not flip_a:
        da = apply(op(False, not flip_b), dy, b)
    else:
        da = apply(op(flip_b, True), b, dy)
    if not flip_b:
        db = apply(op(not flip_a, False), a, dy)
    else:
        db = apply(op(True, flip_a), dy, a)
    return da, db


class SparseMatMul(Op):
    """The product of two matrices of which one is said to be mostly zeros."""

    signature = Signature(
        "a: Ta, b: Tb -> product: float32",
        Ta=Types((dtypes.float32, dtypes.bfloat16)),
        Tb=Types((dtypes.float32, dtypes.bfloat16)),
    )

    transpose_a: bool = False
    transpose_b: bool = False
    a_is_sparse: bool = False
    b_is_sparse: bool = False

    def _dense(self) -> MatMul:
        return MatMul(self.transpose_a, self.transpose_b)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return self._dense().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return self._dense().compute(xp, *[x.astype(np.float32) for x in inputs])

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        a, b = (cast(t, dtypes.float32) for t in operation.inputs)
        found = _product_gradients(MatMul, a, b, self.transpose_a, self.transpose_b, dys[0])
        return tuple(cast(d, t.dtype) for d, t in zip(found, operation.inputs, strict=True))


class BatchMatMulV2(Op):
    """The products of the matrices in the last two axes; the axes before them are broadcast."""

    signature = Signature("x: T, y: T -> output: T", T=_FACTORS)

    adj_x: bool = False
    adj_y: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        x, y = (matrices_sizes(spec) for spec in inputs)
        if x is None or y is None:
            return (TensorShape.of(None),)
        rows, inner_x = reversed(x[-2:]) if self.adj_x else x[-2:]
        inner_y, columns = reversed(y[-2:]) if self.adj_y else y[-2:]
        batch = self._batch(TensorShape.of(x[:-2]), TensorShape.of(y[:-2]))
        merge_sizes(inner_x, inner_y)
        return (batch.concatenate((rows, columns)),)

    def _batch(self, x: TensorShape, y: TensorShape) -> TensorShape:
        return shapes.broadcast(x, y)

    def _batches_differ(self, x: tuple[int, ...], y: tuple[int, ...]) -> str:
        shown = f"{bracketed(x)} vs. {bracketed(y)}"
        return f"In[0] and In[1] must have compatible batch dimensions: {shown}"

    def _factors(self, xp: Any, x: Array, y: Array) -> tuple[Array, Array]:
        for position, batch in enumerate((x, y)):
            if batch.ndim < 2:
                raise invalid(f"In[{position}] ndims must be >= 2: {batch.ndim}")
        left = _adjoint(xp, x) if self.adj_x else x
        right = _adjoint(xp, y) if self.adj_y else y
        if left.shape[-1] != right.shape[-2]:
            raise invalid(
                f"In[0] mismatch In[1] shape: {left.shape[-1]} vs. {right.shape[-2]}: "
                f"{bracketed(x.shape)} {bracketed(y.shape)} {int(self.adj_x)} {int(self.adj_y)}",
            )
        try:
            self._batch(TensorShape.of(x.shape[:-2]), TensorShape.of(y.shape[:-2]))
        except ValueError:
            raise invalid(self._batches_differ(x.shape, y.shape)) from None
        return left, right

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        return product_hint(inputs, self.adj_x, self.adj_y)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return _product(xp, *self._factors(xp, *inputs))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        _product_into(xp, out, *self._factors(xp, *inputs))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, y = operation.inputs
        found = _product_gradients(type(self), x, y, self.adj_x, self.adj_y, dys[0])
        known = [None if t.shape.sizes is None else t.shape.sizes[:-2] for t in (x, y)]
        if known[0] == known[1] and known[0] is not None and None not in known[0]:
            return found
        batches = [slice(shape(t), [0], [subtract(rank(t), 2)]) for t in (x, y)]
        axes = broadcast_gradient_args(batches[0], batches[1])
        return tuple(
            reshape(reduce_sum(d, axis), shape(t))
            for d, axis, t in zip(found, axes, (x, y), strict=True)
        )


class BatchMatMul(BatchMatMulV2):
    """The products of the matrices in the last two axes, the axes before them being equal."""

    def _batch(self, x: TensorShape, y: TensorShape) -> TensorShape:
        return merge_shapes(x, y)

    def _batches_differ(self, x: tuple[int, ...], y: tuple[int, ...]) -> str:
        if len(x) != len(y):
            return f"In[0] and In[1] has different ndims: {bracketed(x)} vs. {bracketed(y)}"
        axis = next(i for i, (a, b) in enumerate(zip(x, y, strict=True)) if a != b)
        shown = f"{bracketed(x)} vs {bracketed(y)}"
        return f"In[0].dim({axis}) and In[1].dim({axis}) must be the same: {shown}"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, y = operation.inputs
        return _product_gradients(BatchMatMul, x, y, self.adj_x, self.adj_y, dys[0])


def _adjoint(xp: Any, x: Array) -> Array:
    flipped = xp.swapaxes(x, -1, -2)
    return xp.conj(flipped) if x.dtype.kind == "c" else flipped


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply two matrices, or two batches of matrices.

    Parameters
    ----------
    a, b : Tensor
        Of shape ``[..., rows, inner]`` and ``[..., inner, columns]``, of one dtype: a
        floating-point or complex one, int32 or int64. The axes before the last two are
        broadcast.
    transpose_a, transpose_b : bool
        Transpose the last two axes first.
    adjoint_a, adjoint_b : bool
        Transpose and conjugate them first.
    a_is_sparse, b_is_sparse : bool
        A hint that most elements are zero. Taken for two float32 or bfloat16 matrices; the
        result is float32.
    name : str, optional

    Returns
    -------
    Tensor
        Of shape ``[..., rows, columns]``.

    Raises
    ------
    ValueError
        If a matrix is both to be transposed and to be conjugated, or the shapes do not fit.

    Examples
    --------
    >>> tf.Session().run(tf.matmul([[1, 2], [3, 4]], [[1], [10]]))
    array([[21],
           [43]], dtype=int32)
    """
    with name_scope(name, "MatMul", [a, b]) as scope:
        if transpose_a and adjoint_a:
            raise ValueError("Only one of transpose_a and adjoint_a can be True.")
        if transpose_b and adjoint_b:
            raise ValueError("Only one of transpose_b and adjoint_b can be True.")
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        sparse = a_is_sparse or b_is_sparse
        if not sparse and any(t.shape.ndims is None or t.shape.ndims > 2 for t in (a, b)):
            a = conj(a) if transpose_a else a
            b = conj(b) if transpose_b else b
            op: Op = BatchMatMulV2(transpose_a or adjoint_a, transpose_b or adjoint_b)
            return apply(op, a, b, name=scope)
        a = conj(a) if adjoint_a else a
        b = conj(b) if adjoint_b else b
        flips = (transpose_a or adjoint_a, transpose_b or adjoint_b)
        kinds = {a.dtype.base_dtype, b.dtype.base_dtype}
        small = {dtypes.bfloat16, dtypes.float32}
        if (sparse and kinds <= small) or kinds == small:
            return apply(SparseMatMul(*flips, a_is_sparse, b_is_sparse), a, b, name=scope)
        return apply(MatMul(*flips), a, b, name=scope)


class Cross(Op):
    """The cross product of the vectors in the last axis."""

    signature = Signature("a: T, b: T -> product: T", T=REALS)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        a, b = (with_rank_at_least(spec.shape, 1) for spec in inputs)
        merged = merge_shapes(a, b)
        if merged.sizes is not None:
            merge_sizes(merged.sizes[-1], 3)
        return (merged,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        a, b = inputs
        if a.shape != b.shape or a.shape[-1:] != (3,):
            raise invalid(
                f"Both inputs must be of same shape: {bracketed(a.shape)} vs. {bracketed(b.shape)}"
            )
        a0, a1, a2 = (a[..., i] for i in (0, 1, 2))
        b0, b1, b2 = (b[..., i] for i in (0, 1, 2))
        parts = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0]
        return xp.stack(parts, axis=-1)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        a, b = operation.inputs
        return cross(b, dys[0]), cross(dys[0], a)


def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """Return the cross product of vectors of three elements.

    Parameters
    ----------
    a, b : Tensor
        Of one shape ``[..., 3]`` and one real dtype.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes differ or the last axis has another size.

    Examples
    --------
    >>> tf.Session().run(tf.cross([1, 0, 0], [0, 1, 0]))
    array([0, 0, 1], dtype=int32)
    """
    return apply(Cross(), a, b, name=name)


def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """Transpose the last two axes.

    Parameters
    ----------
    a : Tensor
        Of rank 2 or more.
    name : str
    conjugate : bool
        Conjugate the elements too.

    Raises
    ------
    ValueError
        If the rank is less than 2.

    Examples
    --------
    >>> tf.Session().run(tf.matrix_transpose([[[1, 2, 3], [4, 5, 6]]]))
    array([[[1, 4],
            [2, 5],
            [3, 6]]], dtype=int32)
    """
    with name_scope(name, values=[a]):
        tensor = convert_to_tensor(a, name="a")
        ndims = tensor.shape.ndims
        if ndims is not None:
            if ndims < 2:
                raise ValueError(
                    "Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: "
                    f"{tensor.shape}"
                )
            order: Any = list(np.arange(ndims))
            order[-2:] = [ndims - 1, ndims - 2]
        else:
            axes = rank(tensor)
            last = [subtract(axes, 1, name="sub"), subtract(axes, 2, name="sub")]
            order = concat([range(last[1], name="Range"), last], 0)
        return transpose(tensor, order, conjugate=conjugate)
