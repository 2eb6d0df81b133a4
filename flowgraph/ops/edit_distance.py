"""The distance between sequences: how many elements to insert, delete or replace."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.composite import SparseTensorValue
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.core import apply
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import infer_parts
from flowgraph.shapes import TensorShape, unknown_shape


class EditDistance(Op):
    """The Levenshtein distances between the sequences along the last axes of sparse tensors."""

    signature = Signature(
        "hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64, "
        "truth_indices: int64, truth_values: T, truth_shape: int64 -> output: float32"
    )
    host_only = True
    host_inputs = (2, 5)

    normalize: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for parts in (inputs[:3], inputs[3:]):
            infer_parts(*parts)
        mine, true = (inputs[i].static_value() for i in (2, 5))
        if mine is None or true is None:
            return (unknown_shape(),)
        if mine.size != true.size:
            raise ValueError(
                "Num elements of hypothesis_shape does not match truth_shape: "
                f"{mine.size} vs. {true.size}"
            )
        return (TensorShape.of(tuple(np.maximum(mine, true)[:-1].tolist())),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        for name, parts in (("hypothesis", inputs[:3]), ("truth", inputs[3:])):
            for part, kind, ndim, array in zip(
                ("indices", "values", "shape"), ("matrix", "vector", "vector"), (2, 1, 1), parts,
                strict=True,
            ):  # fmt: skip
                if array.ndim != ndim:
                    raise invalid(
                        f"{name}_{part} should be a {kind}, but got shape: {bracketed(array.shape)}"
                    )
        mine, true = inputs[2], inputs[5]
        if true.size < 2:
            raise invalid(
                "Input SparseTensors must have rank at least 2, but truth_shape rank is: "
                f"{true.size}"
            )
        if mine.size != true.size:
            raise invalid(
                f"Expected hypothesis_shape.NumElements() == truth_shape.NumElements(): "
                f"{mine.size} vs. {true.size}"
            )
        sizes = tuple(np.maximum(mine, true)[:-1].tolist())
        elements = np.unique(np.concatenate([inputs[1], inputs[4]]), return_inverse=True)[1]
        split = len(inputs[1])
        left = _sequences(inputs[0], elements.reshape(-1)[:split], sizes)
        right = _sequences(inputs[3], elements.reshape(-1)[split:], sizes)
        distance = _distances(*left, *right).astype(np.float32)
        if self.normalize:
            length = right[1].astype(np.float32)
            distance = np.where(distance > 0, distance / length, np.float32(0))
        return xp.asarray(distance.reshape(sizes))

    gradient = Op.not_differentiable


def _sequences(indices: Array, elements: Array, sizes: tuple[int, ...]) -> tuple[Array, Array]:
    """Return sequences as the rows of a matrix, and their lengths."""
    inside = ((indices[:, :-1] >= 0) & (indices[:, :-1] < np.array(sizes))).all(axis=1)
    row = np.ravel_multi_index(tuple(indices[inside, :-1].T), sizes)
    lengths = np.bincount(row, minlength=int(np.prod(sizes)))
    order = np.argsort(row, kind="stable")
    column = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    matrix = np.full((len(lengths), int(lengths.max(initial=0))), -1)
    matrix[row[order], column] = elements[inside][order]
    return matrix, lengths


def _distances(a: Array, a_lengths: Array, b: Array, b_lengths: Array) -> Array:
    """Return Levenshtein distances of pairs of rows, element by element of `a` for all at once."""
    places = np.arange(b.shape[1] + 1)
    rows = np.arange(len(a))
    cost = np.broadcast_to(places, (len(a), len(places))).copy()
    result = cost[rows, b_lengths]
    for i in np.arange(a.shape[1]):
        after = np.empty_like(cost)
        after[:, 0] = i + 1
        replaced = cost[:, :-1] + (a[:, i : i + 1] != b)
        after[:, 1:] = np.minimum(replaced, cost[:, 1:] + 1)
        # A run of insertions costs one each: a running minimum less the place.
        cost = np.minimum.accumulate(after - places, axis=1) + places
        result = np.where(a_lengths == i + 1, cost[rows, b_lengths], result)
    return result


def edit_distance(
    hypothesis: Any, truth: Any, normalize: bool = True, name: str | None = "edit_distance"
) -> Tensor:
    """Return the Levenshtein distances between sequences.

    Parameters
    ----------
    hypothesis, truth : SparseTensor
        Sequences along the last axis, of one dtype and rank; 0-based and without gaps.
    normalize : bool
        Divide by the length of the truth: infinity if that is 0 and the distance is not.
    name : str, optional

    Returns
    -------
    Tensor
        float32, of the larger of the two shapes without its last axis.

    Raises
    ------
    TypeError
        If an argument is no sparse tensor.
    ValueError
        If the ranks are known to differ.

    Examples
    --------
    >>> hypothesis = tf.SparseTensor([[0, 0], [0, 1]], ["a", "b"], [1, 2])
    >>> truth = tf.SparseTensor([[0, 0], [0, 1]], ["a", "c"], [1, 2])
    >>> tf.Session().run(tf.edit_distance(hypothesis, truth))
    array([0.5], dtype=float32)
    """
    kinds = SparseTensor | SparseTensorValue
    if not isinstance(hypothesis, kinds):
        raise TypeError("Hypothesis must be a SparseTensor.")
    if not isinstance(truth, kinds):
        raise TypeError("Truth must be a SparseTensor.")
    a, b = SparseTensor.from_value(hypothesis), SparseTensor.from_value(truth)
    parts = a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape
    return apply(EditDistance(normalize=normalize), *parts, name=name)
