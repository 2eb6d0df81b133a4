"""The first two axes of a batch of sequences: time and batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import transpose
from flowgraph.ops.core import rank
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.joining import concat
from flowgraph.ops.sequences import range as range_of


def transpose_batch_time(x: Tensor) -> Tensor:
    """Exchange the first two axes. Scalars and vectors stay as they are.

    Parameters
    ----------
    x : Tensor

    Returns
    -------
    Tensor

    Examples
    --------
    >>> tf.contrib.rnn.transpose_batch_time(tf.zeros([2, 3, 4])).shape.as_list()
    [3, 2, 4]
    """
    known = x.shape.rank
    if known is not None and known < 2:
        return x
    result = transpose(x, concat([[1, 0], range_of(2, rank(x))], axis=0))
    if known is not None:
        first, second, *rest = x.shape.as_list()
        result.set_shape([second, first, *rest])
    return result


def best_effort_input_batch_size(flat_input: Sequence[Tensor]) -> Any:
    """Return the size of the second axis as a number if one of the inputs tells it.

    Parameters
    ----------
    flat_input : list of Tensor
        ``(time, batch, ...)``.

    Returns
    -------
    int or Tensor

    Raises
    ------
    ValueError
        If an input has no second axis.

    Examples
    --------
    >>> tf.contrib.rnn.best_effort_input_batch_size([tf.zeros([7, 3, 2])])
    3
    """
    for leaf in flat_input:
        shape = leaf.shape
        if shape.rank is not None and shape.rank < 2:
            raise ValueError(f"Expected input tensor {leaf} to have rank at least 2")
        if shape.rank is not None and shape[1].value is not None:
            return shape[1].value
    return shape_of(flat_input[0])[1]
