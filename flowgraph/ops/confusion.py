"""Labels against predictions: shapes that differ by a last dimension of 1, and their table."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import subtract
from flowgraph.ops.array import reshape, squeeze
from flowgraph.ops.assertions import assert_less, assert_non_negative
from flowgraph.ops.comparison import equal
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor, rank, shape
from flowgraph.ops.filling import ones_like, zeros
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.packing import stack
from flowgraph.ops.reduction import reduce_max
from flowgraph.ops.slicing import slice
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_dense import sparse_dense_add


def remove_squeezable_dimensions(
    labels: Any, predictions: Any, expected_rank_diff: int = 0, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Drop a last dimension of 1 that one of two tensors has and the other has not.

    Parameters
    ----------
    labels, predictions : Tensor
    expected_rank_diff : int
        The rank of `predictions` minus that of `labels`, as it should be.
    name : str, optional

    Returns
    -------
    labels, predictions : Tensor
        One of them without its last dimension if it is 1 and the ranks differ by one
        from what is expected.

    Examples
    --------
    >>> from flowgraph.ops.confusion import remove_squeezable_dimensions
    >>> remove_squeezable_dimensions([[1], [2]], [1, 2])[0].shape
    TensorShape([Dimension(2)])
    """
    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        predictions = convert_to_tensor(predictions)
        labels = convert_to_tensor(labels)
        ranks = (predictions.shape.ndims, labels.shape.ndims)
        if ranks[0] is not None and ranks[1] is not None:
            difference = ranks[0] - ranks[1] - expected_rank_diff
            if difference == 1:
                predictions = squeeze(predictions, [-1])
            elif difference == -1:
                labels = squeeze(labels, [-1])
            return labels, predictions
        ahead = subtract(rank(predictions), rank(labels), name="sub")
        if may_squeeze(predictions):
            predictions = squeeze_if(equal(expected_rank_diff + 1, ahead), predictions)
        if may_squeeze(labels):
            labels = squeeze_if(equal(expected_rank_diff - 1, ahead), labels)
        return labels, predictions


def may_squeeze(tensor: Tensor) -> bool:
    """Whether the last dimension is 1, or not known."""
    sizes = tensor.shape.sizes
    return sizes is None or (len(sizes) > 0 and sizes[-1] in (1, None))


def squeeze_if(condition: Tensor, tensor: Tensor) -> Tensor:
    """Return the tensor, without its last dimension (which must be 1) if `condition` holds."""
    kept = subtract(rank(tensor), cast(condition, dtypes.int32))
    return reshape(tensor, slice(shape(tensor), [0], [kept]))


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """Count how often each class is predicted where each class is right.

    Parameters
    ----------
    labels, predictions : Tensor
        Vectors of class numbers, from 0.
    num_classes : int, optional
        One more than the greatest of them if left out.
    dtype : DType
        Of the counts.
    name : str, optional
    weights : Tensor, optional
        What each example counts, instead of 1; of the shape of `predictions`.

    Returns
    -------
    Tensor
        Shape ``[num_classes, num_classes]``: a row for each label, a column for each
        prediction.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    InvalidArgumentError
        If a class number is out of range.

    Examples
    --------
    >>> tf.Session().run(tf.confusion_matrix([0, 1, 1], [0, 1, 0]))
    array([[1, 0],
           [1, 1]], dtype=int32)
    """
    dtype = as_dtype(dtype)
    given = [predictions, labels, num_classes, weights]
    with name_scope(name, "confusion_matrix", given):
        labels, predictions = remove_squeezable_dimensions(
            convert_to_tensor(labels, name="labels"),
            convert_to_tensor(predictions, name="predictions"),
        )
        predictions = cast(predictions, dtypes.int64)
        labels = cast(labels, dtypes.int64)
        labels = _checked(assert_non_negative, labels, "`labels` contains negative values")
        predictions = _checked(
            assert_non_negative, predictions, "`predictions` contains negative values"
        )
        if num_classes is None:
            num_classes = maximum(reduce_max(predictions), reduce_max(labels)) + 1
        else:
            limit = cast(num_classes, dtypes.int64)
            labels = _checked(assert_less, labels, "`labels` out of bound", limit)
            predictions = _checked(assert_less, predictions, "`predictions` out of bound", limit)
        if weights is not None:
            weights = convert_to_tensor(weights, name="weights")
            predictions.shape.assert_is_compatible_with(weights.shape)
            weights = cast(weights, dtype)
        sizes = stack([num_classes, num_classes])
        indices = stack([labels, predictions], axis=1)
        values = ones_like(predictions, dtype) if weights is None else weights
        counts = SparseTensor(indices, values, cast(sizes, dtypes.int64))
        return sparse_dense_add(counts, zeros(cast(sizes, dtypes.int32), dtype))


def _checked(check: Any, tensor: Tensor, message: str, *limits: Tensor) -> Tensor:
    """Return the tensor, available once `check` has passed it."""
    passed: Tensor = with_dependencies([check(tensor, *limits, message=message)], tensor)
    return passed
