"""Summing the gradients that meet at a tensor, dense or sparse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.add_n import add_n
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.history import add_cotangents
from flowgraph.ops.joining import concat

Gradient = Tensor | IndexedSlices


class AggregationMethod:
    """How gradients that meet at a tensor are summed.

    Attributes
    ----------
    ADD_N, DEFAULT
        By one `add_n`.
    EXPERIMENTAL_TREE, EXPERIMENTAL_ACCUMULATE_N
        Two at a time, so that each may be freed as soon as it is added.

    Examples
    --------
    >>> x = tf.constant(3.0)
    >>> way = tf.AggregationMethod.EXPERIMENTAL_TREE
    >>> tf.Session().run(tf.gradients(x * x + x, x, aggregation_method=way))
    [np.float32(7.0)]
    """

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


def check_method(method: Any) -> int:
    """Return `method` as one of `AggregationMethod`'s constants.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if method is None:
        return AggregationMethod.DEFAULT
    if method not in (0, 1, 2):
        raise ValueError(f"Invalid aggregation_method specified {method}.")
    return int(method)


def accumulate(terms: Sequence[Gradient], method: int, name: str) -> Gradient | None:
    """Return the sum of `terms`; ``None`` if there are none.

    Parameters
    ----------
    terms : sequence of Tensor or IndexedSlices
        If all are slices, so is the sum: their rows one after another.
    method : int
        One of `AggregationMethod`'s constants.
    name : str
        The operation whose output the gradients are of.
    """
    if len(terms) < 2:
        return terms[0] if terms else None
    if terms[0].dtype.base_dtype is dtypes.variant:
        return add_cotangents([convert_to_tensor(term) for term in terms])
    slices = [term for term in terms if isinstance(term, IndexedSlices)]
    if len(slices) == len(terms):
        return _concatenate(slices)
    if slices or method == AggregationMethod.ADD_N:
        return add_n(list(terms))
    with name_scope(f"{name}_gradient_sum"):
        total = terms[0]
        for term in terms[1:]:
            total = add_n([total, term])
    return total


def _concatenate(slices: list[IndexedSlices]) -> IndexedSlices:
    indices = [each.indices for each in slices]
    if len({each.dtype for each in indices}) > 1:
        indices = [cast(each, dtypes.int64) for each in indices]
    values = concat([each.values for each in slices], axis=0)
    shape = next((s.dense_shape for s in slices if s.dense_shape is not None), None)
    return IndexedSlices(values, concat(indices, axis=0), shape)
