"""Sparse tensors element by element: with each other, and with dense ones."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.composite import SparseTensorValue
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply, negative
from flowgraph.ops.checks import bracketed, invalid, renamed_argument, with_rank
from flowgraph.ops.core import NUMBERS, REALS, apply, apply_all, cast, convert_to_tensor, shape
from flowgraph.ops.division import real_div
from flowgraph.ops.merging import merge_sizes
from flowgraph.ops.scattering import gather_nd, scatter_nd
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import as_sparse, check_parts, grouped
from flowgraph.ops.sparse_dense import sparse_dense_add
from flowgraph.shapes import TensorShape


def _check_pair(parts_a: tuple[Array, ...], parts_b: tuple[Array, ...], named: bool) -> None:
    """Raise unless two sparse tensors have one shape."""
    (a, x, m), (b, y, n) = parts_a, parts_b
    if a.ndim != 2 or b.ndim != 2:
        found = bracketed(a.shape), bracketed(b.shape)
        raise invalid(
            f"Inputs a_indices and b_indices should be matrices but received shapes: "
            f"{found[0]}, {found[1]}"
            if named
            else f"Input indices should be matrices but received shapes: {found[0]} and {found[1]}"
        )
    if x.ndim != 1 or y.ndim != 1:
        what = "Inputs a_values and b_values" if named else "Input values"
        raise invalid(
            f"{what} should be vectors but received shapes: {bracketed(x.shape)} and "
            f"{bracketed(y.shape)}"
        )
    if len(a) != len(x) or len(b) != len(y):
        raise invalid(
            f"Expected {len(a)} and {len(b)} non-empty input values, got {len(x)} and {len(y)}"
        )
    if m.ndim != 1 or n.ndim != 1:
        raise invalid(
            f"Input shapes should be a vector but received shapes {bracketed(m.shape)} and "
            f"{bracketed(n.shape)}"
        )
    if m.size != n.size:
        raise invalid(
            "Operands do not have the same ranks; got shapes: "
            f"{' '.join(map(str, m.tolist()))} and {' '.join(map(str, n.tolist()))}"
        )
    if (m != n).any():
        axis = int((m != n).argmax())
        raise invalid(
            f"Operands' shapes do not match: got {m[axis]} and {n[axis]} for dimension {axis}"
        )


_REAL_OF = {dtypes.complex64: dtypes.float32, dtypes.complex128: dtypes.float64}


class SparseAdd(Op):
    """The sum of two sparse tensors, without elements smaller than a threshold."""

    signature = Signature(
        "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, "
        "b_shape: int64, thresh: Treal -> sum_indices: int64, sum_values: T, sum_shape: int64",
        T=NUMBERS,
        Treal=REALS,
    )
    host_only = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rank = (with_rank(inputs[2].shape, 1).sizes or (None,))[0]
        rank = merge_sizes(rank, (with_rank(inputs[5].shape, 1).sizes or (None,))[0])
        return TensorShape.of((None, rank)), TensorShape.of((None,)), TensorShape.of((rank,))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        _check_pair(inputs[:3], inputs[3:6], named=False)
        if inputs[6].ndim:
            raise invalid(
                f"The magnitude threshold must be a scalar: got shape {bracketed(inputs[6].shape)}"
            )
        indices, order, group = grouped(np.concatenate([inputs[0], inputs[3]]))
        values = xp.concatenate([inputs[1], inputs[4]])[order]
        total = xp.zeros(len(indices), dtype=values.dtype)
        np.add.at(total, group, values)
        kept = xp.abs(total) >= inputs[6]
        return indices[kept], total[kept], inputs[2].copy()

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        a, _, _, b, _, _, _ = operation.inputs
        to_a, to_b = apply_all(SparseAddGrad(), dys[1], a, b, operation.outputs[0])
        to_a.set_shape(operation.inputs[1].shape)
        to_b.set_shape(operation.inputs[4].shape)
        return None, to_a, None, None, to_b, None, None


class SparseAddGrad(Op):
    """The adjoint of `SparseAdd`: what came to each element of the two operands."""

    signature = Signature(
        "backprop_val_grad: T, a_indices: int64, b_indices: int64, sum_indices: int64 "
        "-> a_val_grad: T, b_val_grad: T",
        T=NUMBERS,
    )
    host_only = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = [with_rank(spec.shape, 2).sizes or (None,) for spec in inputs[1:3]]
        return TensorShape.of(sizes[0][:1]), TensorShape.of(sizes[1][:1])

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        dy, a, b, total = inputs
        if a.ndim != 2 or b.ndim != 2 or total.ndim != 2:
            shapes = [bracketed(x.shape) for x in inputs[1:]]
            raise invalid(
                f"Input indices should be matrices but received shapes: {' and '.join(shapes)}"
            )
        if dy.ndim != 1:
            raise invalid(
                "Input backprop_val_grad should be a vector but received shape: "
                f"{bracketed(dy.shape)}"
            )
        if len(dy) != len(total):
            raise invalid(
                "# elements of backprop_val_grad and # rows of sum_indices should match (#nnz of "
                f"sum): got {len(dy)} and {len(total)}"
            )
        if not a.shape[1] == b.shape[1] == total.shape[1]:
            raise invalid(
                "The densified operands should have the same ndims; for A, B, sum got: "
                f"{a.shape[1]}{b.shape[1]}{total.shape[1]}"
            )
        # The sum's rows come first in each group: every other row takes its group's first.
        rows = np.concatenate([total, a, b])
        distinct, order, group = grouped(rows)
        of_row = np.empty(len(rows), dtype=np.int64)
        of_row[order] = group
        arrived = xp.zeros(len(distinct), dtype=dy.dtype)
        arrived[of_row[: len(total)]] = dy
        split = len(total) + len(a)
        return arrived[of_row[len(total) : split]], arrived[of_row[split:]]


def sparse_add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """Add two tensors of which at least one is sparse.

    Parameters
    ----------
    a, b : SparseTensor or Tensor
        Of one shape; there is no broadcasting.
    threshold : scalar, optional
        Leave out elements of the sum of two sparse tensors whose magnitude is smaller; 0 keeps
        them all.
    thresh : scalar, optional
        The old name of `threshold`.

    Returns
    -------
    SparseTensor or Tensor
        Sparse if both are.

    Raises
    ------
    TypeError
        If both are dense.
    ValueError
        If a threshold is given under both names.

    Examples
    --------
    >>> a = tf.SparseTensor([[0, 1]], [5.0], [2, 2])
    >>> b = tf.SparseTensor([[1, 0]], [6.0], [2, 2])
    >>> tf.Session().run(tf.sparse_add(a, b)).values
    array([5., 6.], dtype=float32)
    """
    limit = renamed_argument("threshold", threshold, "thresh", thresh)
    kinds = SparseTensor | SparseTensorValue
    if not isinstance(a, kinds) and not isinstance(b, kinds):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if isinstance(a, kinds) and isinstance(b, kinds):
        x = as_sparse(a)
        real = _REAL_OF.get(x.dtype.base_dtype, x.dtype.base_dtype)
        bound = convert_to_tensor(0 if limit is None else limit, dtype=real, name="threshold")
        y = as_sparse(b)
        parts = x.indices, x.values, x.dense_shape, y.indices, y.values, y.dense_shape
        indices, values, sizes = apply_all(SparseAdd(), *parts, bound)
        known = x.shape.merge_with(y.shape) if x.shape.ndims == y.shape.ndims else x.shape
        return SparseTensor(indices, values, known.as_list() if known.is_fully_defined() else sizes)
    sparse, dense = (a, b) if isinstance(a, kinds) else (b, a)
    return sparse_dense_add(as_sparse(sparse), dense)


class _Extremum(Op, abstract=True):
    """The larger or smaller of two sparse tensors; what is not there counts as 0."""

    signature = Signature(
        "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, "
        "b_shape: int64 -> output_indices: int64, output_values: T",
        T=REALS,
    )
    host_only = True
    ufunc: ClassVar[str]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return TensorShape.of((None, None)), TensorShape.of((None,))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        _check_pair(inputs[:3], inputs[3:6], named=True)
        indices, order, group = grouped(np.concatenate([inputs[0], inputs[3]]))
        of_row = np.empty(len(order), dtype=np.int64)
        of_row[order] = group
        sides = [xp.zeros(len(indices), dtype=inputs[1].dtype) for _ in "ab"]
        sides[0][of_row[: len(inputs[0])]] = inputs[1]
        sides[1][of_row[len(inputs[0]) :]] = inputs[4]
        return indices, getattr(xp, self.ufunc)(*sides)

    gradient = Op.not_differentiable


class SparseSparseMaximum(_Extremum):
    """The larger of the elements of two sparse tensors."""

    ufunc = "maximum"


class SparseSparseMinimum(_Extremum):
    """The smaller of the elements of two sparse tensors."""

    ufunc = "minimum"


def _extremum(op: Op, sp_a: Any, sp_b: Any, name: str | None) -> SparseTensor:
    a, b = as_sparse(sp_a), as_sparse(sp_b)
    with name_scope(name, op.type, [a.indices, a.values, b.indices, b.values]) as scope:
        parts = a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape
        indices, values = apply_all(op, *parts, name=scope)
        return SparseTensor(indices, values, a.dense_shape)


def sparse_maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """Return the larger of each pair of elements of two sparse tensors.

    Parameters
    ----------
    sp_a, sp_b : SparseTensor
        Of one shape. Where only one has an element, the other's is 0.
    name : str, optional

    Examples
    --------
    >>> a = tf.SparseTensor([[0], [1]], [1.0, -5.0], [3])
    >>> b = tf.SparseTensor([[0]], [4.0], [3])
    >>> tf.Session().run(tf.sparse_maximum(a, b)).values
    array([4., 0.], dtype=float32)
    """
    return _extremum(SparseSparseMaximum(), sp_a, sp_b, name)


def sparse_minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """Return the smaller of each pair of elements of two sparse tensors.

    As `sparse_maximum`.

    Examples
    --------
    >>> a = tf.SparseTensor([[0], [1]], [1.0, -5.0], [3])
    >>> b = tf.SparseTensor([[0]], [4.0], [3])
    >>> tf.Session().run(tf.sparse_minimum(a, b)).values
    array([ 1., -5.], dtype=float32)
    """
    return _extremum(SparseSparseMinimum(), sp_a, sp_b, name)


# -- a sparse and a dense tensor ---------------------------------------------------------------


class _Beside(Op, abstract=True):
    """An operation on a sparse tensor's elements and those of a dense one at their places.

    The dense one is broadcast to the sparse one's shape, never the other way round.
    """

    signature = Signature(
        "sp_indices: int64, sp_values: T, sp_shape: int64, dense: T -> output: T", T=NUMBERS
    )
    host_only = True
    host_inputs = (2,)
    ufunc: ClassVar[str]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of((with_rank(inputs[0].shape, 2).sizes or (None,))[:1]),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        indices, values, sizes, dense = inputs
        check_parts(indices, values, sizes)
        target = tuple(sizes.tolist())
        fits = dense.ndim <= len(target) and all(
            n in (1, m) for n, m in zip(dense.shape[::-1], target[::-1], strict=False)
        )
        if not fits:
            raise invalid(
                "SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible "
                f"shapes: {bracketed(target)} vs. {bracketed(dense.shape)}"
            )
        if ((indices < 0) | (indices >= sizes)).any():
            raise invalid(
                "Provided indices are out-of-bounds w.r.t. dense side with broadcasted shape"
            )
        there = xp.broadcast_to(dense, target)[tuple(indices.T)]
        if self.ufunc == "true_divide" and values.dtype.kind in "iu":
            if not there.all():
                raise invalid("Integer division by zero")
            return (xp.sign(values) * xp.sign(there) * (abs(values) // abs(there))).astype(
                values.dtype
            )
        return getattr(xp, self.ufunc)(values, there)


class SparseDenseCwiseAdd(_Beside):
    """A sparse tensor's elements plus those of a dense one at their places."""

    ufunc = "add"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        raise NotImplementedError("Gradient for SparseDenseCwiseAdd is not implemented.")


class SparseDenseCwiseMul(_Beside):
    """A sparse tensor's elements times those of a dense one at their places."""

    ufunc = "multiply"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return _product_gradients(operation, dys[0], is_product=True)


class SparseDenseCwiseDiv(_Beside):
    """A sparse tensor's elements over those of a dense one at their places."""

    ufunc = "true_divide"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return _product_gradients(operation, dys[0], is_product=False)


def _product_gradients(
    operation: Operation, dy: Tensor, is_product: bool
) -> tuple[Tensor | None, ...]:
    indices, values, sizes, dense = operation.inputs
    # Along an axis that was broadcast, every element met the dense one's only row.
    dense_sizes = cast(shape(dense), dtypes.int64)
    scaling = sizes // dense_sizes
    places = indices // scaling
    there = gather_nd(dense, places)
    if is_product:
        return (
            None,
            multiply(dy, there),
            None,
            scatter_nd(places, multiply(dy, values), dense_sizes),
        )
    to_dense = multiply(dy, real_div(negative(values), multiply(there, there)))
    return None, real_div(dy, there), None, scatter_nd(places, to_dense, dense_sizes)


def scale_elements(op: Op, sparse: SparseTensor, other: Any, name: str) -> SparseTensor:
    """Multiply or divide a sparse tensor's elements by those of a dense one, as an operator does.

    Parameters
    ----------
    op : SparseDenseCwiseMul or SparseDenseCwiseDiv
    sparse : SparseTensor
    other : Tensor
        Of a shape that broadcasts to that of `sparse`.
    name : str
        Of the operation.
    """
    parts = [sparse.indices, sparse.values, sparse.dense_shape, other]
    with name_scope(None, name, parts) as scope:
        dense = convert_to_tensor(other, dtype=sparse.dtype.base_dtype, name="y")
        values = sparse.values
        if isinstance(op, SparseDenseCwiseDiv) and values.dtype.is_integer:
            wide = dtypes.float32 if values.dtype.size < 4 else dtypes.float64
            values, dense = cast(values, wide), cast(dense, wide)
        result = apply(op, sparse.indices, values, sparse.dense_shape, dense, name=scope)
        return SparseTensor(sparse.indices, result, sparse.dense_shape)
