"""Sparse tensors without empty rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply_all, convert_to_tensor
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import as_sparse, infer_parts
from flowgraph.shapes import TensorShape


class SparseFillEmptyRows(Op):
    """A sparse tensor with an element of a default value in each row that had none."""

    signature = Signature(
        "indices: int64, values: T, dense_shape: int64, default_value: T -> output_indices: int64, "
        "output_values: T, empty_row_indicator: bool, reverse_index_map: int64"
    )
    host_only = True
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        count, rank = infer_parts(*inputs[:3])
        with_rank(inputs[3].shape, 0)
        rows = (inputs[2].static_shape().sizes or (None,))[0]
        return (
            TensorShape.of((None, rank)),
            TensorShape.of((None,)),
            TensorShape.of((rows,)),
            TensorShape.of((count,)),
        )

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        indices, values, sizes, default = inputs
        for name, kind, given, ndim in (
            ("dense_shape", "vector", sizes, 1),
            ("indices", "matrix", indices, 2),
            ("values", "vector", values, 1),
            ("default_value", "scalar", default, 0),
        ):
            if given.ndim != ndim:
                raise invalid(f"{name} must be a {kind}, saw: {bracketed(given.shape)}")
        count, height = len(indices), int(sizes[0])
        if height == 0:
            if count:
                raise invalid(
                    f"Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = {count}"
                )
            no_row = xp.zeros(0, dtype=bool)
            return indices.copy(), values.copy(), no_row, np.zeros(0, dtype=np.int64)
        row = indices[:, 0]
        bad = (row < 0) | (row >= height)
        if bad.any():
            place = int(bad.argmax())
            raise invalid(f"indices({place}, 0) is invalid: {row[place]} >= {height}")
        is_empty = xp.bincount(row, minlength=height) == 0
        missing = np.flatnonzero(is_empty)
        filler = np.zeros((len(missing), indices.shape[1]), dtype=np.int64)
        filler[:, 0] = missing
        every = xp.concatenate([indices, filler])
        order = np.argsort(every[:, 0], kind="stable")
        elements = xp.concatenate([values, np.full(len(missing), default, dtype=values.dtype)])
        came_to = np.empty(len(every), dtype=np.int64)
        came_to[order] = np.arange(len(every))
        return every[order], elements[order], is_empty, came_to[:count]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        places = operation.outputs[3]
        to_values, to_default = apply_all(SparseFillEmptyRowsGrad(), places, dys[1])
        return None, to_values, None, to_default


class SparseFillEmptyRowsGrad(Op):
    """The adjoint of `SparseFillEmptyRows`: to the elements, and summed to the default value."""

    signature = Signature(
        "reverse_index_map: int64, grad_values: T -> d_values: T, d_default_value: T"
    )
    host_only = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 1)
        return with_rank(inputs[0].shape, 1), TensorShape.of(())

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        places, dy = inputs
        for name, given in (("reverse_index_map", places), ("grad_values", dy)):
            if given.ndim != 1:
                raise invalid(f"{name} must be a vector, saw: {bracketed(given.shape)}")
        bad = (places < 0) | (places >= len(dy))
        if bad.any():
            raise invalid(
                f"Elements in reverse index must be in [0, {len(dy)}) but got "
                f"{places[bad.argmax()]}"
            )
        is_filler = np.ones(len(dy), dtype=bool)
        is_filler[places] = False
        return dy[places], xp.sum(dy[is_filler], dtype=dy.dtype)


def sparse_fill_empty_rows(
    sp_input: Any, default_value: Any, name: str | None = None
) -> tuple[SparseTensor, Tensor]:
    """Put an element of a default value, at column 0, in each row that has no element.

    Parameters
    ----------
    sp_input : SparseTensor
    default_value : scalar
    name : str, optional

    Returns
    -------
    SparseTensor
        In order of the rows.
    Tensor
        bool of shape ``[rows]``: which rows were empty.

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.
    InvalidArgumentError
        If a row number is out of range.

    Examples
    --------
    >>> sp = tf.SparseTensor([[1, 1]], [5], [3, 2])
    >>> filled, was_empty = tf.sparse_fill_empty_rows(sp, 0)
    >>> tf.Session().run(filled).values
    array([0, 5, 0], dtype=int32)
    >>> tf.Session().run(was_empty)
    array([ True, False,  True])
    """
    sparse = as_sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [sparse]):
        default = convert_to_tensor(default_value, dtype=sparse.dtype)
        parts = sparse.indices, sparse.values, sparse.dense_shape, default
        indices, values, was_empty, _ = apply_all(SparseFillEmptyRows(), *parts)
        return SparseTensor(indices, values, sparse.dense_shape), was_empty
