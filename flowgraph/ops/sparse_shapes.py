"""Sparse tensors in another shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Add
from flowgraph.ops.assertions import assert_equal, assert_less_equal
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import (
    apply,
    apply_all,
    cast,
    constant,
    convert_to_tensor,
    identity,
    shape,
)
from flowgraph.ops.filling import ones_like
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.reduction import reduce_max
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import (
    as_sparse,
)
from flowgraph.shapes import TensorShape


class SparseReshape(Op):
    """The places of a sparse tensor's elements when its shape is read as another."""

    signature = Signature(
        "input_indices: int64, input_shape: int64, new_shape: int64 "
        "-> output_indices: int64, output_shape: int64"
    )
    host_only = True
    host_inputs = (1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        indices = with_rank(inputs[0].shape, 2).sizes or (None, None)
        with_rank(inputs[1].shape, 1)
        new = with_rank(inputs[2].shape, 1).sizes or (None,)
        return TensorShape.of((indices[0], new[0])), TensorShape.of(new)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        """What is known of the second output."""
        old, new = inputs[1].static_shape(), inputs[2].static_shape()
        total, sizes = old.num_elements(), new.sizes
        if total is None or sizes is None or sizes.count(None) != 1:
            return new
        rest = math.prod([n for n in sizes if n is not None])
        if not rest:
            return new
        return TensorShape.of(tuple([total // rest if n is None else n for n in sizes]))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        indices, old, new = inputs
        for what, kind, given, ndim in (
            ("Input indices", "matrix", indices, 2),
            ("Input shape", "vector", old, 1),
            ("Target shape", "vector", new, 1),
        ):
            if given.ndim != ndim:
                raise invalid(
                    f"{what} should be a {kind} but received shape {bracketed(given.shape)}"
                )
        if indices.shape[1] != old.size:
            raise invalid(
                f"Input tensor rank must match input shape length: {indices.shape[1]} vs. "
                f"{old.size}"
            )
        target = _resolved(old, new)
        before = _strides(old)
        after = _strides(target)
        places = (indices * before).sum(axis=1)
        moved = places[:, None] // after % np.maximum(target, 1)
        return xp.asarray(moved, dtype=np.int64), target

    gradient = Op.not_differentiable


def _strides(sizes: Array) -> Array:
    """Return how far apart neighbours along each axis lie, in elements."""
    return np.append(np.cumprod(sizes[:0:-1])[::-1], 1)[: sizes.size].astype(np.int64)


def _resolved(old: Array, new: Array) -> Array:
    """Return the new shape with its -1 replaced by the size that is left."""
    total = int(np.prod(old))
    target = new.astype(np.int64)
    free = np.flatnonzero(new == -1).tolist()
    if len(free) > 1:
        raise invalid(f"only one output dimension may be -1, not both {free[0]} and {free[1]}")
    for axis, n in enumerate(new.tolist()):
        if n < -1:
            raise invalid(f"size {axis} must be non-negative, not {n}")
    shapes_text = f"input_shape={bracketed(old.tolist())}"
    if free:
        rest = int(np.prod(np.delete(target, free[0])))
        if rest == 0:
            raise invalid(
                "reshape cannot infer the missing input size for an empty tensor unless all "
                "specified input sizes are non-zero"
            )
        target[free[0]] = total // rest
        if total % rest:
            raise invalid(
                f"Input to reshape is a SparseTensor with {total} dense values, but the requested "
                f"shape requires a multiple of {rest}. {shapes_text} "
                f"output_shape={bracketed(target.tolist())}"
            )
    asked = int(np.prod(target))
    if asked != total:
        raise invalid(
            f"Input to reshape is a tensor with {total} dense values, but the requested shape has "
            f"{asked}. {shapes_text} output_shape={bracketed(target.tolist())}"
        )
    return target


def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """Give a sparse tensor another shape of as many elements, in row-major order.

    Parameters
    ----------
    sp_input : SparseTensor
    shape : Tensor
        One size may be -1: it is what is left.
    name : str, optional

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.
    ValueError
        If the number of elements is known to differ.
    InvalidArgumentError
        If that shows only when it runs.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [2, 0]], [5, 6], [3, 2])
    >>> tf.Session().run(tf.sparse_reshape(sp, [2, -1])).indices
    array([[0, 1],
           [1, 1]])
    """
    sparse = as_sparse(sp_input)
    sizes = cast(shape, dtypes.int64)
    with name_scope(name, "SparseReshape", [sparse]) as scope:
        parts = sparse.indices, sparse.dense_shape, sizes
        indices, moved = apply_all(SparseReshape(), *parts, name=scope)
        known = _known_reshape(sparse.shape, sizes)
        dense_shape = moved if known is None else constant(known, dtypes.int64)
        return SparseTensor(indices, identity(sparse.values), dense_shape)


def _known_reshape(old: TensorShape, new: Tensor) -> list[int] | None:
    """Return the new shape if TensorFlow makes it a constant; ValueError if it does not fit."""
    sizes = _sizes_given(new)
    if sizes is None or not old.is_fully_defined():
        return None
    if sizes.count(None) > 1:
        if _is_given(new):
            raise ValueError(
                f"At most one dimension can be inferred (-1). Found: {new.static_value()}"
            )
        return None
    total, rest = old.num_elements() or 0, int(np.prod([n for n in sizes if n is not None]))
    whole = [total // rest if n is None and rest else n or 0 for n in sizes]
    if int(np.prod(whole)) != total:
        raise ValueError(
            f"Cannot reshape a tensor with {total} elements to shape {sizes} "
            f"({int(np.prod(whole))} elements)."
        )
    return whole


_BY_INPUTS = ("Cast", "ConcatV2", "Fill", "Pack", "Range")


def _is_given(tensor: Tensor) -> bool:
    """Whether TensorFlow's Python code knows a value: not what takes more to compute."""
    operation = tensor.op
    if operation.type in _BY_INPUTS:
        return all(map(_is_given, operation.inputs))
    return operation.type in ("Const", "Shape", "Size", "Rank") and (
        tensor.static_value() is not None
    )


def _sizes_given(sizes: Tensor) -> list[int | None] | None:
    """Return a shape as far as it is given, ``None`` for sizes of -1 and for others."""
    parts = sizes.op.inputs if sizes.op.type == "Pack" else [sizes]
    found: list[int | None] = []
    for part in parts:
        if _is_given(part):
            value: Any = part.static_value()
            found += [None if n < 0 else int(n) for n in np.atleast_1d(value)]
        elif sizes.op.type == "Pack":
            found.append(None)
        else:
            return None
    return found


def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """Give a sparse tensor a larger shape, or the smallest that holds its elements.

    Parameters
    ----------
    sp_input : SparseTensor
    new_shape : Tensor, optional
        Of the same rank and in no axis smaller. The bounding box if left out.

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.
    ValueError
        If `new_shape` is known to be smaller or of another rank.
    InvalidArgumentError
        If that shows only when it runs.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [9, 9])
    >>> tf.Session().run(tf.sparse_reset_shape(sp)).dense_shape
    array([2, 2])
    """
    sparse = as_sparse(sp_input)
    indices, values, old = (
        identity(part) for part in (sparse.indices, sparse.values, sparse.dense_shape)
    )
    if new_shape is None:
        largest = reduce_max(indices, axis=0)
        zero = constant(0, dtypes.int64)
        return SparseTensor(indices, values, maximum(zero, apply(Add(), largest, ones_like(old))))
    new = cast(convert_to_tensor(new_shape), dtypes.int64)
    new.shape.assert_has_rank(1)
    known, before = new.static_shape(), sparse.shape
    if new.static_value() is not None and before.is_fully_defined():
        sizes, held = _listed(known), _listed(before)
        new.shape[0].merge_with(old.shape[0])
        if any(a > b for a, b in zip(held, sizes, strict=True)):
            raise ValueError(
                "Requested new_shape should have dimension sizes >= sp_input.shape.  Found "
                f"new_shape ({_spaced(held)}), sp_input.shape ({_spaced(sizes)})."
            )
        return SparseTensor(indices, values, sizes)
    old.shape[0].merge_with(new.shape[0])
    new = with_dependencies([assert_equal(shape(old), shape(new))], new)
    new = with_dependencies([assert_less_equal(old, new)], new)
    return SparseTensor(indices, values, new)


def _spaced(sizes: list[int]) -> str:
    return f"[{' '.join(map(str, sizes))}]"


def _listed(shape: TensorShape) -> list[int]:
    """Return a shape that is fully known as a list."""
    return [int(n or 0) for n in shape.as_list()]
