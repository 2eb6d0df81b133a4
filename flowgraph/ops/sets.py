"""Sets along the last dimension of tensors, dense or sparse: their sizes and combinations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.building import apply, apply_all
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank, with_rank_at_least
from flowgraph.ops.sparse import SparseTensor, convert_to_tensor_or_sparse_tensor
from flowgraph.ops.sparse_dense import flat_positions, sorted_positions
from flowgraph.shapes import TensorShape

_MEMBERS = Types(
    (
        *(dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64),
        *(dtypes.uint8, dtypes.uint16, dtypes.string),
    )
)

_COMBINE: dict[str, Any] = {
    "intersection": np.intersect1d,
    "union": np.union1d,
    "a-b": np.setdiff1d,
    "b-a": lambda a, b: np.setdiff1d(b, a),
}


class _Sets(NamedTuple):
    """The sets of a tensor: members with the set that each is in, numbered row by row."""

    where: Array
    members: Array
    batch: tuple[int, ...]


def _dense_sets(x: Array) -> _Sets:
    if x.ndim < 2:
        raise invalid(f"Shape {bracketed(x.shape)} has rank {x.ndim} < 2")
    batch = x.shape[:-1]
    return _Sets(np.repeat(np.arange(np.prod(batch, dtype=int)), x.shape[-1]), x.ravel(), batch)


def _sparse_sets(indices: Array, values: Array, shape: Array) -> _Sets:
    if indices.ndim != 2 or indices.shape[1] != shape.size:
        raise invalid("Order length must be SparseTensor rank.")
    if shape.size < 2:
        raise invalid(f"Invalid rank {shape.size}.")
    sizes = tuple(shape.tolist())
    sorted_positions(indices, sizes)
    return _Sets(flat_positions(indices[:, :-1], sizes[:-1]), values, sizes[:-1])


class _SetOperation(Op, abstract=True):
    """A combination of the sets of two tensors, as a sparse tensor."""

    host_only = True

    set_operation: str
    validate_indices: bool = True

    def combine(self, a: _Sets, b: _Sets) -> tuple[Array, Array, Array]:
        """Return indices, members in order and shape of the combined sets."""
        if self.set_operation not in _COMBINE:
            raise invalid(f"Invalid set_operation {self.set_operation}.")
        if a.batch != b.batch:
            raise invalid(f"Mismatched shapes {bracketed(a.batch)} vs {bracketed(b.batch)}")
        # A pair of a set and a member as one number, so that all sets are combined at once.
        known, codes = np.unique(np.concatenate([a.members, b.members]), return_inverse=True)
        places = np.concatenate([a.where, b.where]) * max(len(known), 1) + codes
        kept = _COMBINE[self.set_operation](places[: len(a.where)], places[len(a.where) :])
        where, codes = np.divmod(kept.astype(np.int64), max(len(known), 1))
        sizes = np.bincount(where)
        starts = np.cumsum(sizes) - sizes
        rows: list[Any] = [*np.unravel_index(where, a.batch), np.arange(len(where)) - starts[where]]
        shape = np.array([*a.batch, sizes.max(initial=0)], np.int64)
        return np.stack(rows, axis=-1).astype(np.int64), known[codes], shape

    gradient = Op.not_differentiable


def _result_shapes(rank: int | None) -> tuple[TensorShape, ...]:
    return shapes.matrix(None, rank), shapes.vector(None), shapes.vector(rank)


def _check_sparse(indices: TensorShape, values: TensorShape, shape: TensorShape) -> int | None:
    """Return the rank of a sparse tensor as far as known; ValueError if its parts do not fit."""
    count, columns = with_rank(indices, 2).as_list()
    length = with_rank(values, 1).as_list()[0]
    rank = with_rank(shape, 1).as_list()[0]
    if None not in (count, length) and count != length:
        raise ValueError(
            f"Number of elements in index ({count}) and values ({length}) do not match."
        )
    if None not in (columns, rank) and columns != rank:
        raise ValueError(f"Index rank ({columns}) and shape rank ({rank}) do not match.")
    return rank


def _check_same_rank(rank: int | None, other: int | None) -> None:
    if None not in (rank, other) and rank != other:
        raise ValueError(f"Dimension must be {rank} but is {other}")


class DenseToDenseSetOperation(_SetOperation):
    """Combinations of the sets of two dense tensors."""

    signature = Signature(
        "set1: T, set2: T -> result_indices: int64, result_values: T, result_shape: int64",
        T=_MEMBERS,
    )
    host_inputs = (0, 1)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        a, b = with_rank_at_least(inputs[0].shape, 2), inputs[1].shape
        if a.ndims is None:
            return _result_shapes(with_rank_at_least(b, 2).ndims)
        if b.ndims is not None:
            merged(a[:-1], with_rank(b, a.ndims)[:-1])
        return _result_shapes(a.ndims)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        a, b = inputs
        return self.combine(_dense_sets(a), _dense_sets(b))


class DenseToSparseSetOperation(_SetOperation):
    """Combinations of the sets of a dense tensor and a sparse one."""

    signature = Signature(
        "set1: T, set2_indices: int64, set2_values: T, set2_shape: int64 "
        "-> result_indices: int64, result_values: T, result_shape: int64",
        T=_MEMBERS,
    )
    host_inputs = (0, 1, 2, 3)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rank = _check_sparse(*(x.shape for x in inputs[1:]))
        own = with_rank_at_least(inputs[0].shape, 2).ndims
        _check_same_rank(own, rank)
        return _result_shapes(own)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return self.combine(_dense_sets(inputs[0]), _sparse_sets(*inputs[1:]))


class SparseToSparseSetOperation(_SetOperation):
    """Combinations of the sets of two sparse tensors."""

    signature = Signature(
        "set1_indices: int64, set1_values: T, set1_shape: int64, "
        "set2_indices: int64, set2_values: T, set2_shape: int64 "
        "-> result_indices: int64, result_values: T, result_shape: int64",
        T=_MEMBERS,
    )
    host_inputs = (0, 1, 2, 3, 4, 5)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        a = _check_sparse(*(x.shape for x in inputs[:3]))
        b = _check_sparse(*(x.shape for x in inputs[3:]))
        for i, rank in enumerate((a, b)):
            if rank is not None and rank < 2:
                raise ValueError(f"Input {i}, expected rank >= 2, got {rank}.")
        _check_same_rank(a, b)
        return _result_shapes(b if a is None else a)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return self.combine(_sparse_sets(*inputs[:3]), _sparse_sets(*inputs[3:]))


class SetSize(Op):
    """How many different members the sets of a sparse tensor have."""

    signature = Signature(
        "set_indices: int64, set_values: T, set_shape: int64 -> size: int32", T=_MEMBERS
    )
    host_only = True
    host_inputs = (0, 1, 2)

    validate_indices: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (shapes.unknown_shape(),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        sets = _sparse_sets(*inputs)
        codes = np.unique(sets.members, return_inverse=True)[1]
        different = np.unique(np.stack([sets.where, codes], axis=-1), axis=0)[:, 0]
        sizes = np.bincount(different, minlength=int(np.prod(sets.batch)))
        return sizes.reshape(sets.batch).astype(np.int32)

    gradient = Op.not_differentiable


def set_size(a: Any, validate_indices: bool = True) -> Tensor:
    """Return the number of different members of each set.

    Parameters
    ----------
    a : SparseTensor
        The sets are its last dimension. Integers or strings.
    validate_indices : bool
        The order of the indices is checked either way, as in TensorFlow.

    Returns
    -------
    Tensor of int32
        Of the shape of `a` without its last dimension.

    Raises
    ------
    TypeError
        If `a` is not sparse, or of another dtype.
    InvalidArgumentError
        If the indices are out of bounds or not in order.

    Examples
    --------
    >>> sets = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [7, 7, 9], [2, 2])
    >>> tf.Session().run(tf.sets.set_size(sets))
    array([1, 1], dtype=int32)
    """
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    if a.values.dtype not in _MEMBERS:
        raise TypeError(f"Invalid dtype {a.values.dtype}.")
    return apply(SetSize(validate_indices=validate_indices), a.indices, a.values, a.dense_shape)


def _combined(a: Any, b: Any, operation: str, if_flipped: str, validate: bool) -> SparseTensor:
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if a.dtype not in _MEMBERS:
        raise TypeError(f"'a' invalid dtype {a.dtype}.")
    b = convert_to_tensor_or_sparse_tensor(b, name="b")
    if b.dtype.base_dtype != a.dtype.base_dtype:
        raise TypeError(f"Types don't match, {a.dtype} vs {b.dtype}.")
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        a, b, operation = b, a, if_flipped
    kind: type[_SetOperation] = DenseToDenseSetOperation
    if isinstance(a, SparseTensor):
        kind = SparseToSparseSetOperation
    elif isinstance(b, SparseTensor):
        kind = DenseToSparseSetOperation
    parts = [
        part
        for x in (a, b)
        for part in ((x.indices, x.values, x.dense_shape) if isinstance(x, SparseTensor) else (x,))
    ]
    op = kind(set_operation=operation, validate_indices=validate)
    return SparseTensor(*apply_all(op, *parts))


def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """Return the members that the sets of both tensors have.

    Parameters
    ----------
    a, b : Tensor or SparseTensor
        The sets are the last dimension; the others must agree. Integers or strings.
    validate_indices : bool
        The order of the indices of sparse tensors is checked either way, as in TensorFlow.

    Returns
    -------
    SparseTensor
        The members of each set in ascending order.

    Raises
    ------
    TypeError
        If the dtypes differ, or are no integers or strings.
    ValueError, InvalidArgumentError
        If the shapes do not fit, or indices are out of bounds or not in order.

    Examples
    --------
    >>> tf.Session().run(tf.sets.set_intersection([[1, 2], [3, 4]], [[2, 5], [4, 3]])).values
    array([2, 3, 4], dtype=int32)
    """
    return _combined(a, b, "intersection", "intersection", validate_indices)


def set_difference(
    a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True
) -> SparseTensor:
    """Return the members that the sets of one tensor have and those of the other have not.

    Parameters
    ----------
    a, b, validate_indices
        As in `set_intersection`.
    aminusb : bool
        Whether to return what `a` has; False for what `b` has.

    Returns
    -------
    SparseTensor
        The members of each set in ascending order.

    Raises
    ------
    TypeError, ValueError, InvalidArgumentError
        As for `set_intersection`.

    Examples
    --------
    >>> tf.Session().run(tf.sets.set_difference([[1, 2], [3, 4]], [[2, 5], [4, 3]])).values
    array([1], dtype=int32)
    """
    order = ("a-b", "b-a") if aminusb else ("b-a", "a-b")
    return _combined(a, b, *order, validate_indices)


def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """Return the members that the sets of either tensor have. See `set_intersection`.

    Examples
    --------
    >>> tf.Session().run(tf.sets.set_union([[1, 2], [3, 4]], [[2, 5], [4, 3]])).values
    array([1, 2, 5, 3, 4], dtype=int32)
    """
    return _combined(a, b, "union", "union", validate_indices)
