"""Reductions over segments of rows."""

from __future__ import annotations

from typing import Any, ClassVar

from flowgraph.dtypes import Array, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import invalid, with_rank, with_rank_at_least
from flowgraph.ops.comparison import equal
from flowgraph.ops.core import NUMBERS, REALS, apply, cast, convert_to_tensor, rank, shape
from flowgraph.ops.division import real_div
from flowgraph.ops.filling import fill, ones, ones_like, zeros_like
from flowgraph.ops.gathering import (
    UnsortedSegment,
    UnsortedSegmentSum,
    gather,
    gather_kept,
    unsorted_segment_sum,
)
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.rounds import combine_at
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import sqrt
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape


class UnsortedSegmentProd(UnsortedSegment):
    """The product of the rows of each segment."""

    signature = UnsortedSegmentSum.signature
    ufunc = "multiply"

    def initial(self, dtype: Any) -> Any:
        return 1

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        data, ids, count = operation.inputs
        # Where a segment holds one zero, that row alone has a gradient: the product of the rest.
        is_zero = equal(data, zeros_like(data))
        zeros = unsorted_segment_sum(cast(is_zero, ids.dtype), ids, count)
        dy = where(zeros > 1, zeros_like(dys[0]), dys[0])
        without = apply(UnsortedSegmentProd(), where(is_zero, ones_like(data), data), ids, count)
        rest = where(
            is_zero,
            gather_kept(without, ids),
            real_div(gather_kept(operation.outputs[0], ids), where(is_zero, ones_like(data), data)),
        )
        return (multiply(gather_kept(dy, ids), rest), None, None)


class _UnsortedExtremum(UnsortedSegment, abstract=True):
    """The largest or smallest of the rows of each segment."""

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        data, ids, count = operation.inputs
        chosen = equal(data, gather_kept(operation.outputs[0], ids))
        ties = unsorted_segment_sum(cast(chosen, dys[0].dtype), ids, count)
        share = gather_kept(real_div(dys[0], maximum(ties, ones_like(ties))), ids)
        return (where(chosen, share, zeros_like(share)), None, None)


class UnsortedSegmentMax(_UnsortedExtremum):
    """The largest of the rows of each segment; the lowest number if there are none."""

    signature = Signature(UnsortedSegmentSum.signature.text, T=REALS, Tindices=INDICES)
    ufunc = "maximum"

    def initial(self, dtype: Any) -> Any:
        return as_dtype(dtype).min


class UnsortedSegmentMin(_UnsortedExtremum):
    """The smallest of the rows of each segment; the highest number if there are none."""

    signature = UnsortedSegmentMax.signature
    ufunc = "minimum"

    def initial(self, dtype: Any) -> Any:
        return as_dtype(dtype).max


def unsorted_segment_prod(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Multiply the rows of each segment; 1 for an empty one. As `unsorted_segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.math.unsorted_segment_prod([1.0, 3.0, 5.0], [1, 0, 1], 2))
    array([3., 5.], dtype=float32)
    """
    return apply(UnsortedSegmentProd(), data, segment_ids, num_segments, name=name)


def unsorted_segment_max(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Take the largest of each segment; the dtype's lowest for an empty one.

    As `unsorted_segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.math.unsorted_segment_max([1.0, 3.0, 5.0], [1, 0, 1], 2))
    array([3., 5.], dtype=float32)
    """
    return apply(UnsortedSegmentMax(), data, segment_ids, num_segments, name=name)


def unsorted_segment_min(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Take the smallest of each segment; the dtype's highest for an empty one.

    As `unsorted_segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.math.unsorted_segment_min([1.0, 3.0, 5.0], [1, 0, 1], 2))
    array([3., 1.], dtype=float32)
    """
    return apply(UnsortedSegmentMin(), data, segment_ids, num_segments, name=name)


def _counts(data: Tensor, ids: Tensor, count: Any) -> Tensor:
    """Return how many rows each segment has, at least 1, of a shape that divides the sums."""
    totals = unsorted_segment_sum(ones(shape(ids), data.dtype), ids, count)
    extra = fill(reshape(rank(data) - rank(ids), [1]), 1)
    return maximum(reshape(totals, concat([shape(totals), extra], 0)), ones([], data.dtype))


def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Average the rows of each segment; 0 for an empty one. As `unsorted_segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.math.unsorted_segment_mean([1.0, 3.0, 5.0], [1, 0, 1], 2))
    array([3., 3.], dtype=float32)
    """
    with name_scope(name, "UnsortedSegmentMean"):
        values, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        counts = _counts(values, ids, num_segments)
        return real_div(unsorted_segment_sum(values, ids, num_segments), counts)


def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Add the rows of each segment, divided by the root of their number.

    As `unsorted_segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.math.unsorted_segment_sqrt_n([1.0, 3.0, 5.0], [1, 0, 1], 2))
    array([3.      , 4.2426...], dtype=float32)
    """
    with name_scope(name, "UnsortedSegmentSqrtN"):
        values, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        roots = sqrt(_counts(values, ids, num_segments))
        return real_div(unsorted_segment_sum(values, ids, num_segments), roots)


# -- sorted segments ---------------------------------------------------------------------------


class Segment(Op, abstract=True):
    """What the reductions over sorted segments share: rows of one segment lie together."""

    ufunc: ClassVar[str]
    empty: ClassVar[int] = 0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        data = with_rank_at_least(inputs[0].shape, 1)
        with_rank(inputs[1].shape, 1)
        if data.sizes is None:
            return (data,)
        return (TensorShape.of((None, *data.sizes[1:])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        data, ids = inputs
        if ids.ndim != 1 or ids.size != data.shape[0]:
            raise invalid("segment_ids should be the same size as dimension 0 of input.")
        if ids.size and ids[0] < 0:
            count = max(int(ids[-1]) + 1, 1)
            raise invalid(
                f"Segment id {ids[0]} out of range [0, {count}), possibly because 'segment_ids' "
                "input is not sorted."
            )
        if (ids[1:] < ids[:-1]).any():
            raise invalid("segment ids are not increasing")
        count = int(ids[-1]) + 1 if ids.size else 0
        result = xp.full((count, *data.shape[1:]), self.empty, dtype=data.dtype)
        if count:
            # Each segment starts as its first row; only empty ones keep their initial value.
            is_first = xp.ones(ids.size, dtype=bool)
            is_first[1:] = ids[1:] != ids[:-1]
            result[ids[is_first]] = data[is_first]
            combine_at(xp, self.ufunc, result, ids[~is_first], data[~is_first])
        return result


class SegmentSum(Segment):
    """The sum of the rows of each segment."""

    signature = Signature(
        "data: T, segment_ids: Tindices -> output: T", T=NUMBERS, Tindices=INDICES
    )
    ufunc = "add"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (gather(dys[0], operation.inputs[1]), None)


class SegmentMean(Segment):
    """The mean of the rows of each segment."""

    signature = Signature(
        "data: T, segment_ids: Tindices -> output: T", T=NUMBERS, Tindices=INDICES
    )
    ufunc = "add"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        data, ids = inputs
        total = super().compute(xp, data, ids)
        counts = xp.maximum(xp.bincount(ids, minlength=len(total)), 1).astype(data.dtype)
        divide = xp.floor_divide if data.dtype.kind in "iu" else xp.true_divide
        return divide(total, counts.reshape((-1,) + (1,) * (data.ndim - 1))).astype(data.dtype)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        data, ids = operation.inputs
        column = concat([shape(ids), fill(reshape(rank(data) - 1, [1]), 1)], 0)
        counts = segment_sum(fill(column, ones([], data.dtype)), ids)
        return (gather(real_div(dys[0], maximum(counts, ones_like(counts))), ids), None)


class SegmentProd(Segment):
    """The product of the rows of each segment."""

    signature = SegmentSum.signature
    ufunc = "multiply"
    empty = 1


class _Extremum(Segment, abstract=True):
    """The largest or smallest of the rows of each segment."""

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        data, ids = operation.inputs
        chosen = equal(data, gather(operation.outputs[0], ids))
        ties = segment_sum(cast(chosen, data.dtype), ids)
        share = gather(real_div(dys[0], maximum(ties, ones_like(ties))), ids)
        return (where(chosen, share, zeros_like(share)), None)


class SegmentMax(_Extremum):
    """The largest of the rows of each segment."""

    signature = Signature("data: T, segment_ids: Tindices -> output: T", T=REALS, Tindices=INDICES)
    ufunc = "maximum"


class SegmentMin(_Extremum):
    """The smallest of the rows of each segment."""

    signature = SegmentMax.signature
    ufunc = "minimum"


def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Add the rows of each segment.

    Parameters
    ----------
    data : Tensor
        Shape ``[n, ...]``.
    segment_ids : Tensor
        int32 or int64 of shape ``[n]``, in increasing order.
    name : str, optional

    Returns
    -------
    Tensor
        Shape ``[segment_ids[-1] + 1, ...]``; 0 for segments that have no row.

    Raises
    ------
    tf.errors.InvalidArgumentError
        If the segments are not in increasing order.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.segment_sum([1, 2, 3], [0, 0, 1]))
    array([3, 3], dtype=int32)
    """
    return apply(SegmentSum(), data, segment_ids, name=name)


def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Average the rows of each segment. As `segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.segment_mean([1.0, 3.0, 5.0], [0, 0, 2]))
    array([2., 0., 5.], dtype=float32)
    """
    return apply(SegmentMean(), data, segment_ids, name=name)


def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Multiply the rows of each segment. As `segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.segment_prod([1.0, 3.0, 5.0], [0, 0, 2]))
    array([3., 1., 5.], dtype=float32)
    """
    return apply(SegmentProd(), data, segment_ids, name=name)


def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Take the largest of the rows of each segment. As `segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.segment_max([1.0, 3.0, 5.0], [0, 0, 2]))
    array([3., 0., 5.], dtype=float32)
    """
    return apply(SegmentMax(), data, segment_ids, name=name)


def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Take the smallest of the rows of each segment. As `segment_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.segment_min([1.0, 3.0, 5.0], [0, 0, 2]))
    array([1., 0., 5.], dtype=float32)
    """
    return apply(SegmentMin(), data, segment_ids, name=name)
