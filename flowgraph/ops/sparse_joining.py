"""Sparse tensors joined along an axis, split along one, and cut out of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import bracketed, invalid, renamed_argument, with_rank
from flowgraph.ops.core import NUMBERS, apply, apply_all, constant, convert_to_tensor
from flowgraph.ops.joining import concat
from flowgraph.ops.merging import merge_shapes, merge_sizes
from flowgraph.ops.reduction import reduce_max
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import as_sparse, check_counts, order_of
from flowgraph.shapes import TensorShape


def _check_forms(indices: Array, values: Array, sizes: Array, where: str = "") -> None:
    """Raise unless three arrays have the ranks of a sparse tensor's parts."""
    for name, kind, given, ndim in (
        ("indices", "matrix", indices, 2),
        ("values", "vector", values, 1),
        ("shape", "vector", sizes, 1),
    ):
        if given.ndim != ndim:
            article = "shapes" if name == "shape" and where else name
            raise invalid(
                f"Input {article} should be a {kind} but received shape "
                f"{bracketed(given.shape)}{where}"
            )


class SparseConcat(Op):
    """Sparse tensors joined along an axis."""

    signature = Signature(
        "indices: N*int64, values: N*T, shapes: N*int64 "
        "-> output_indices: int64, output_values: T, output_shape: int64"
    )
    host_only = True

    concat_dim: int

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        n = len(inputs) // 3
        count: int | None = 0
        rank, sizes = None, TensorShape.of((None,))
        for indices, values, shape in zip(
            *(inputs[i * n : i * n + n] for i in (0, 1, 2)), strict=True
        ):
            rows, columns = with_rank(indices.shape, 2).sizes or (None, None)
            rows = merge_sizes(rows, (with_rank(values.shape, 1).sizes or (None,))[0])
            rank = merge_sizes(rank, columns)
            sizes = merge_shapes(sizes, with_rank(shape.shape, 1))
            count = None if count is None or rows is None else count + rows
        rank = merge_sizes(rank, (sizes.sizes or (None,))[0])
        return TensorShape.of((count, rank)), TensorShape.of((count,)), TensorShape.of((rank,))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        n = len(inputs) // 3
        indices, values, shapes = inputs[:n], inputs[n : 2 * n], inputs[2 * n :]
        for i, parts in enumerate(zip(indices, values, shapes, strict=True)):
            _check_forms(*parts, where=f" at position {i}")
        rank = shapes[0].size
        if not -rank <= self.concat_dim < rank:
            raise invalid(
                f"Concat dimension must be in range [{-rank}, {rank}), got {self.concat_dim}"
            )
        axis = self.concat_dim % rank
        for i, sizes in enumerate(shapes[1:], 1):
            if sizes.size != rank:
                raise invalid(
                    f"Ranks of all input tensors must match: expected {rank} but got "
                    f"{sizes.size} at position {i}"
                )
            bad = np.flatnonzero((sizes != shapes[0]) & (np.arange(rank) != axis))
            if bad.size:
                raise invalid(
                    f"Input shapes must match: expected {shapes[0][bad[0]]} for dimension "
                    f"{bad[0]} but got {sizes[bad[0]]} at position {i}"
                )
        starts = np.cumsum([0, *[int(sizes[axis]) for sizes in shapes]])
        moved = []
        for places, start in zip(indices, starts[:-1], strict=True):
            moved.append(places.copy())
            moved[-1][:, axis] += start
        joined, elements = xp.concatenate(moved), xp.concatenate(values)
        order = order_of(joined)
        total = shapes[0].copy()
        total[axis] = starts[-1]
        return joined[order], elements[order], total


def sparse_concat(
    axis: int,
    sp_inputs: Sequence[Any],
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: int | None = None,
    expand_nonconcat_dims: bool | None = None,
) -> SparseTensor:
    """Join sparse tensors along an axis.

    Parameters
    ----------
    axis : int
    sp_inputs : list of SparseTensor
        Of one rank; their elements must be in row-major order.
    name : str, optional
    expand_nonconcat_dim : bool
        Let the other axes differ: the largest size counts.
    concat_dim, expand_nonconcat_dims
        Old names of `axis` and `expand_nonconcat_dim`.

    Raises
    ------
    TypeError
        If `sp_inputs` is no list of sparse tensors.
    InvalidArgumentError
        If `axis` is out of range or the shapes do not fit.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1]], [5], [1, 2])
    >>> tf.Session().run(tf.sparse_concat(0, [sp, sp])).indices
    array([[0, 1],
           [1, 1]])
    """
    expand = renamed_argument(
        "expand_nonconcat_dim", expand_nonconcat_dim or None,
        "expand_nonconcat_dims", expand_nonconcat_dims,
    )  # fmt: skip
    axis = renamed_argument("axis", axis if concat_dim is None else None, "concat_dim", concat_dim)
    if not isinstance(sp_inputs, list | tuple):
        raise TypeError("Inputs must be a list or tuple.")
    inputs = [as_sparse(sparse) for sparse in sp_inputs]
    if len(inputs) == 1:
        return inputs[0]
    shapes: list[Any] = [sparse.dense_shape for sparse in inputs]
    if expand:
        rows = concat([reshape(sizes, [1, -1]) for sizes in shapes], 0)
        largest = reduce_max(rows, 0)
        after: Any = largest[axis + 1 :] if axis != -1 else constant([], dtypes.int64)
        end = None if axis == -1 else axis + 1
        shapes = [concat([largest[:axis], sizes[axis:end], after], 0) for sizes in shapes]
    indices, values, sizes = apply_all(
        SparseConcat(concat_dim=axis),
        [sparse.indices for sparse in inputs],
        [sparse.values for sparse in inputs],
        shapes,
        name=name,
    )
    known = [sparse.shape for sparse in inputs]
    if all(shape.is_fully_defined() for shape in known) and not expand:
        total = known[0].as_list()
        total[axis] = sum(shape.as_list()[axis] or 0 for shape in known)
        sizes = constant(total, dtypes.int64)
    return SparseTensor(indices, values, sizes)


class SparseSplit(Op):
    """A sparse tensor in pieces along an axis; the first are one longer if it does not divide."""

    signature = Signature(
        "split_dim: int64, indices: int64, values: T, shape: int64 -> output_indices: "
        "num_split*int64, output_values: num_split*T, output_shape: num_split*int64"
    )
    host_only = True
    host_inputs = (0, 3)

    num_split: int

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rank = (inputs[3].shape.sizes or (None,))[0]
        return (
            *[TensorShape.of((None, rank))] * self.num_split,
            *[TensorShape.of((None,))] * self.num_split,
            *[inputs[3].shape] * self.num_split,
        )

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        axis_value, indices, values, sizes = inputs
        _check_forms(indices, values, sizes)
        axis, rank = int(axis_value), sizes.size
        if not 0 <= axis < rank:
            raise invalid(f"Input split_dim should be between 0 and rank ({rank}), got {axis}")
        length = int(sizes[axis])
        if not 1 <= self.num_split <= length:
            raise invalid(
                "Input num_split should be between 1 and the splitting dimension size "
                f"({length}), got {self.num_split}"
            )
        short, extra = divmod(length, self.num_split)
        starts = np.cumsum([0] + [short + (i < extra) for i in range(self.num_split)])
        part = np.searchsorted(starts, indices[:, axis], side="right") - 1
        pieces = []
        for i in range(self.num_split):
            chosen = part == i
            places, piece_sizes = indices[chosen], sizes.copy()
            places[:, axis] -= starts[i]
            piece_sizes[axis] = starts[i + 1] - starts[i]
            pieces.append((places, values[chosen], piece_sizes))
        return tuple(part for column in zip(*pieces, strict=True) for part in column)


def sparse_split(
    keyword_required: Any = None,
    sp_input: Any = None,
    num_split: int | None = None,
    axis: Any = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """Split a sparse tensor along an axis.

    Parameters
    ----------
    keyword_required
        Stands in the way of arguments without a name.
    sp_input : SparseTensor
    num_split : int
        The number of pieces; the first are one longer where the axis does not divide evenly.
    axis : int
    name : str, optional
    split_dim : int, optional
        The old name of `axis`.

    Raises
    ------
    ValueError
        If an argument is given without its name, or missing.
    TypeError
        If `sp_input` is no sparse tensor.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [0, 2]], [5, 6], [1, 4])
    >>> first, second = tf.sparse_split(sp_input=sp, num_split=2, axis=1)
    >>> tf.Session().run(second).indices
    array([[0, 0]])
    """
    if keyword_required is not None:
        raise ValueError("Keyword arguments are required for this function.")
    if sp_input is None:
        raise ValueError("sp_input is required")
    if num_split is None:
        raise ValueError("num_split is required")
    axis = renamed_argument("axis", axis, "split_dim", split_dim)
    if axis is None:
        raise ValueError("axis is required")
    sparse = as_sparse(sp_input)
    parts = axis, sparse.indices, sparse.values, sparse.dense_shape
    outputs = apply_all(SparseSplit(num_split=num_split), *parts, name=name)
    n = num_split
    columns = outputs[:n], outputs[n : 2 * n], outputs[2 * n :]
    return [SparseTensor(*piece) for piece in zip(*columns, strict=True)]


class SparseSlice(Op):
    """The elements of a sparse tensor within a box."""

    signature = Signature(
        "indices: int64, values: T, shape: int64, start: int64, size: int64 "
        "-> output_indices: int64, output_values: T, output_shape: int64"
    )
    host_only = True
    host_inputs = (2, 3, 4)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rank = (with_rank(inputs[2].shape, 1).sizes or (None,))[0]
        return TensorShape.of((None, rank)), TensorShape.of((None,)), inputs[2].shape

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        indices, values, sizes, start, size = inputs
        _check_forms(indices, values, sizes)
        for name, given in (("start", start), ("size", size)):
            if given.ndim != 1:
                raise invalid(
                    f"Input {name} should be a vector but received shape {bracketed(given.shape)}"
                )
            if given.size != sizes.size:
                raise invalid(
                    f"Expected {name} to be a vector of length {sizes.size} but got length "
                    f"{given.size}"
                )
        check_counts(indices, values)
        end = start + size
        chosen = ((indices >= start) & (indices < end)).all(axis=1)
        fitted = np.maximum(np.minimum(sizes, end) - start, 0)
        return indices[chosen] - start, values[chosen], fitted

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        indices, _, _, start, _ = operation.inputs
        back = apply(SparseSliceGrad(), dys[1], indices, start, operation.outputs[0])
        return None, back, None, None, None


class SparseSliceGrad(Op):
    """The adjoint of `SparseSlice`: zeros for the elements that were left out."""

    signature = Signature(
        "backprop_val_grad: T, input_indices: int64, input_start: int64, output_indices: int64 "
        "-> val_grad: T",
        T=NUMBERS,
    )
    host_only = True
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        indices = with_rank(inputs[1].shape, 2).sizes or (None, None)
        return (TensorShape.of(indices[:1]),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, indices, start, kept = inputs
        if indices.ndim != 2 or kept.ndim != 2:
            raise invalid(
                "Input indices should be matrices but received shapes: "
                f"{bracketed(indices.shape)} and {bracketed(kept.shape)}"
            )
        if dy.ndim != 1:
            raise invalid(
                "Input backprop_val_grad should be a vector but received shape: "
                f"{bracketed(dy.shape)}"
            )
        if len(dy) != len(kept):
            raise invalid(
                "# elements of backprop_val_grad and # rows of output_indices should match: "
                f"got {len(dy)} and {len(kept)}"
            )
        # Elements keep their order, so that each kept one is found by walking along.
        both = np.concatenate([indices, kept + start])
        _, number = np.unique(both, axis=0, return_inverse=True)
        number = number.reshape(-1)
        place = np.zeros(int(number.max(initial=-1)) + 1, dtype=np.int64)
        place[number[: len(indices)]] = np.arange(len(indices))
        result = xp.zeros(len(indices), dtype=dy.dtype)
        result[place[number[len(indices) :]]] = dy
        return result


def sparse_slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """Cut a box out of a sparse tensor.

    Parameters
    ----------
    sp_input : SparseTensor
    start, size : Tensor
        The first index and the number of indices along each axis. The box may reach over
        the end: it is cut there.
    name : str, optional

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [2, 0]], [5, 6], [3, 2])
    >>> tf.Session().run(tf.sparse_slice(sp, [1, 0], [2, 2])).indices
    array([[1, 0]])
    """
    sparse = as_sparse(sp_input)
    first = convert_to_tensor(start, dtypes.int64)
    count = convert_to_tensor(size, dtypes.int64)
    with name_scope(name, "SparseSlice", [sparse]) as scope:
        parts = sparse.indices, sparse.values, sparse.dense_shape, first, count
        return SparseTensor(*apply_all(SparseSlice(), *parts, name=scope))
