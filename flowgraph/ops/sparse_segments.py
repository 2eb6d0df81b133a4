"""Reductions over segments of rows that are picked from a table."""

from __future__ import annotations

from typing import Any, ClassVar

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank, with_rank_at_least
from flowgraph.ops.core import INDEX, REALS, apply, shape
from flowgraph.ops.gathering import gather, unsorted_segment_sum
from flowgraph.ops.rounds import combine_at
from flowgraph.shapes import TensorShape

_MEANS = Types((dtypes.float32, dtypes.float64))


def _scale(xp: Any, power: float, ids: Array, count: int, dtype: Any) -> Array:
    """Return what each segment's sum is divided by: a power of its number of rows."""
    counts = xp.maximum(xp.bincount(ids, minlength=count), 1)
    return xp.asarray(counts**power, dtype=dtype)


class SparseSegment(Op, abstract=True):
    """What the reductions share: `indices` picks the row, `segment_ids` says where it goes.

    The sum is divided by the number of rows to the power of `power`.
    """

    power: ClassVar[float] = 0.0

    def _count(self, *inputs: Spec) -> int | None:
        return None

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        data = with_rank_at_least(inputs[0].shape, 1)
        merged(with_rank(inputs[1].shape, 1), with_rank(inputs[2].shape, 1))
        count = self._count(*inputs)
        if data.sizes is None:
            return (data,)
        return (TensorShape.of((count, *data.sizes[1:])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        data, indices, ids = inputs[:3]
        _check_rows(indices, ids)
        count = int(ids[-1]) + 1 if ids.size else 0
        if len(inputs) > 3:
            count = self._given_count(inputs[3], count)
        if ids.size and ids[0] < 0:
            raise invalid("segment ids must be >= 0")
        if (ids[1:] < ids[:-1]).any():
            raise invalid("segment ids are not increasing")
        bad = (indices < 0) | (indices >= data.shape[0])
        if bad.any():
            place = int(bad.argmax())
            raise invalid(
                f"Bad: indices[{place}] == {indices[place]} out of range [0, {data.shape[0]})"
            )
        total = xp.zeros((count, *data.shape[1:]), dtype=data.dtype)
        combine_at(xp, "add", total, ids, data[indices])
        if self.power:
            scale = _scale(xp, self.power, ids, count, data.dtype)
            total /= scale.reshape((-1,) + (1,) * (data.ndim - 1))
        return total

    def _given_count(self, value: Array, least: int) -> int:
        if value.ndim:
            raise invalid(f"num_segments should be a scalar, not shape {bracketed(value.shape)}")
        count = int(value)
        if count < 0:
            raise invalid("segment ids must be >= 0")
        if least > count:
            raise invalid(f"segment ids must be < num_segments: {least - 1} >= {count}")
        return count

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        data, indices, ids = operation.inputs[:3]
        rows = shape(data)[0]
        if self.power:
            op = (SparseSegmentMeanGrad if self.power == 1 else SparseSegmentSqrtNGrad)()
            to_data = apply(op, dys[0], indices, ids, rows)
        else:
            to_data = unsorted_segment_sum(gather(dys[0], ids), indices, rows)
        return (to_data,) + (None,) * (len(operation.inputs) - 1)


def _check_rows(indices: Array, ids: Array) -> None:
    if indices.ndim != 1:
        raise invalid("indices should be a vector.")
    if ids.ndim != 1:
        raise invalid("segment_ids should be a vector.")
    if ids.size != indices.size:
        raise invalid("segment_ids and indices should have same size.")


_TEXT = "data: T, indices: Tidx, segment_ids: Tidx -> output: T"
_COUNTED = "data: T, indices: Tidx, segment_ids: Tidx, num_segments: Tnumsegments -> output: T"


class SparseSegmentSum(SparseSegment):
    """The sums of the rows picked for each segment."""

    signature = Signature(_TEXT, T=REALS, Tidx=INDEX)


class SparseSegmentMean(SparseSegment):
    """The means of the rows picked for each segment."""

    signature = Signature(_TEXT, T=_MEANS, Tidx=INDEX)
    power = 1.0


class SparseSegmentSqrtN(SparseSegment):
    """The sums of the rows picked for each segment, over the roots of their numbers."""

    signature = Signature(_TEXT, T=_MEANS, Tidx=INDEX)
    power = 0.5


class _Counted(SparseSegment, abstract=True):
    """The number of segments is given: there may be empty ones at the end."""

    host_inputs = (3,)

    def _count(self, *inputs: Spec) -> int | None:
        with_rank(inputs[3].shape, 0)
        count = inputs[3].static_value()
        if count is not None and count < 0:
            raise ValueError("Cannot specify a negative value for num_segments")
        return None if count is None else int(count)


class SparseSegmentSumWithNumSegments(_Counted):
    """The sums of the rows picked for each of a given number of segments."""

    signature = Signature(_COUNTED, T=REALS, Tidx=INDEX, Tnumsegments=INDEX)


class SparseSegmentMeanWithNumSegments(_Counted):
    """The means of the rows picked for each of a given number of segments."""

    signature = Signature(_COUNTED, T=_MEANS, Tidx=INDEX, Tnumsegments=INDEX)
    power = 1.0


class SparseSegmentSqrtNWithNumSegments(_Counted):
    """The sums over the roots of the numbers of rows, for a given number of segments."""

    signature = Signature(_COUNTED, T=_MEANS, Tidx=INDEX, Tnumsegments=INDEX)
    power = 0.5


class _SegmentGrad(Op, abstract=True):
    """The adjoint of a mean: what comes back to each row of the table."""

    signature = Signature(
        "grad: T, indices: Tidx, segment_ids: Tidx, output_dim0: int32 -> output: T",
        T=_MEANS,
        Tidx=INDEX,
    )
    host_inputs = (3,)
    power: ClassVar[float]
    forward: ClassVar[type[SparseSegment]]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        grad = with_rank_at_least(inputs[0].shape, 1)
        merged(with_rank(inputs[1].shape, 1), with_rank(inputs[2].shape, 1))
        with_rank(inputs[3].shape, 0)
        rows = inputs[3].static_value()
        if grad.sizes is None:
            return (grad,)
        return (TensorShape.of((None if rows is None else int(rows), *grad.sizes[1:])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        grad, indices, ids, rows = inputs
        _check_rows(indices, ids)
        if rows.ndim:
            raise invalid(f"output_dim0 should be a scalar, not shape {bracketed(rows.shape)}")
        segments, count = grad.shape[0], int(rows)
        bad = (ids < 0) | (ids >= segments)
        if bad.any():
            raise invalid(f"Segment id {ids[bad.argmax()]} out of range [0, {segments}).")
        bad = (indices < 0) | (indices >= count)
        if bad.any():
            raise invalid(f"Index {indices[bad.argmax()]} out of range [0, {count}).")
        scale = _scale(xp, self.power, ids, segments, grad.dtype)
        scaled = grad / scale.reshape((-1,) + (1,) * (grad.ndim - 1))
        result = xp.zeros((count, *grad.shape[1:]), dtype=grad.dtype)
        combine_at(xp, "add", result, indices, scaled[ids])
        return result

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        grad, indices, ids, _ = operation.inputs
        counted = apply(self.forward(), dys[0], indices, ids, shape(grad)[0])
        return (counted, None, None, None)


class SparseSegmentMeanGrad(_SegmentGrad):
    """What comes back from `SparseSegmentMean` to the rows of the table."""

    power = 1.0
    forward = SparseSegmentMeanWithNumSegments


class SparseSegmentSqrtNGrad(_SegmentGrad):
    """What comes back from `SparseSegmentSqrtN` to the rows of the table."""

    power = 0.5
    forward = SparseSegmentSqrtNWithNumSegments


def _reduce(
    plain: type[SparseSegment],
    counted: type[SparseSegment],
    data: Any,
    indices: Any,
    segment_ids: Any,
    name: str | None,
    num_segments: Any,
) -> Tensor:
    if num_segments is None:
        return apply(plain(), data, indices, segment_ids, name=name)
    return apply(counted(), data, indices, segment_ids, num_segments, name=name)


def sparse_segment_sum(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Add rows of a table by segment.

    Parameters
    ----------
    data : Tensor
        The table, of shape ``[n, ...]``.
    indices : Tensor
        int32 or int64 of shape ``[k]``: the rows to take.
    segment_ids : Tensor
        Of the shape and dtype of `indices`, in increasing order: where each row goes.
    name : str, optional
    num_segments : int, optional
        The first size of the result; ``segment_ids[-1] + 1`` if left out.

    Returns
    -------
    Tensor
        Shape ``[num_segments, ...]``; 0 for segments that have no row.

    Raises
    ------
    InvalidArgumentError
        If an index is out of range or the segments are not in increasing order.

    Examples
    --------
    >>> table = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    >>> tf.Session().run(tf.sparse_segment_sum(table, [0, 2], [0, 0]))
    array([[6., 8.]], dtype=float32)
    """
    kinds = SparseSegmentSum, SparseSegmentSumWithNumSegments
    return _reduce(*kinds, data, indices, segment_ids, name, num_segments)


def sparse_segment_mean(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Average rows of a table by segment. As `sparse_segment_sum`.

    Examples
    --------
    >>> table = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    >>> tf.Session().run(tf.sparse_segment_mean(table, [0, 2], [0, 0]))
    array([[3., 4.]], dtype=float32)
    """
    kinds = SparseSegmentMean, SparseSegmentMeanWithNumSegments
    return _reduce(*kinds, data, indices, segment_ids, name, num_segments)


def sparse_segment_sqrt_n(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Add rows of a table by segment, divided by the root of their number.

    As `sparse_segment_sum`.

    Examples
    --------
    >>> table = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    >>> tf.Session().run(tf.sparse_segment_sqrt_n(table, [0, 2, 1, 0], [0, 0, 0, 0]))
    array([[5., 7.]], dtype=float32)
    """
    kinds = SparseSegmentSqrtN, SparseSegmentSqrtNWithNumSegments
    return _reduce(*kinds, data, indices, segment_ids, name, num_segments)
