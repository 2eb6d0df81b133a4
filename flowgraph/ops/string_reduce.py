"""Many strings joined into one: along axes, and by segments."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import subtract
from flowgraph.ops.checks import axis_within, invalid, renamed_argument, with_rank
from flowgraph.ops.core import INDEX, apply, constant, convert_to_tensor, rank
from flowgraph.ops.merging import merge_sizes
from flowgraph.ops.sequences import range as range_of
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape, unknown_shape


class ReduceJoin(Op):
    """Strings joined along axes, first along the one named first."""

    signature = Signature("inputs: string, reduction_indices: int32 -> output: string")
    host_inputs = (1,)

    keep_dims: bool = False
    separator: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes, indices = inputs[0].shape.sizes, inputs[1].static_value()
        if sizes is None or indices is None:
            return (unknown_shape(len(sizes) if self.keep_dims and sizes is not None else None),)
        axes = self._axes(indices, len(sizes), ValueError)
        if self.keep_dims:
            return (TensorShape.of(tuple(1 if i in axes else n for i, n in enumerate(sizes))),)
        return (TensorShape.of(tuple(n for i, n in enumerate(sizes) if i not in axes)),)

    def _axes(self, indices: Array, ndims: int, error: Any) -> list[int]:
        message = "Invalid reduction dimension {} for input with {} dimensions."
        if error is not ValueError:
            message = "Invalid reduction dimension {} for input with {} dimension(s)"
        return [
            axis_within(int(i), ndims, message.format(i, ndims), error)
            for i in np.asarray(indices).reshape(-1)
        ]

    def compute(self, xp: Any, *inputs: Array) -> Array:
        strings, indices = np.asarray(inputs[0], dtype=object), inputs[1]
        axes = self._axes(indices, strings.ndim, invalid)
        for place, axis in enumerate(axes):
            if axis in axes[:place]:
                given = np.asarray(indices).reshape(-1)[place]
                raise invalid(f"Duplicate reduction dimension {given}")
        kept = [axis for axis in range(strings.ndim) if axis not in axes]
        sizes = [strings.shape[axis] for axis in kept]
        count = int(np.prod([strings.shape[axis] for axis in axes], dtype=np.int64))
        rows = strings.transpose(*kept, *reversed(axes)).reshape(
            int(np.prod(sizes, dtype=np.int64)), count
        )
        joined = np.empty(len(rows), dtype=object)
        joined[:] = [self.separator.encode().join(row) for row in rows]
        if self.keep_dims:
            sizes = [1 if axis in axes else n for axis, n in enumerate(strings.shape)]
        return joined.reshape(sizes)

    gradient = Op.not_differentiable


class UnsortedSegmentJoin(Op):
    """The strings of each segment joined."""

    signature = Signature(
        "inputs: string, segment_ids: Tindices, num_segments: Tnumsegments -> output: string",
        Tindices=INDICES,
        Tnumsegments=INDEX,
    )
    host_inputs = (2,)

    separator: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        strings, ids, count = inputs
        with_rank(count.shape, 0)
        if strings.shape.sizes is None or ids.shape.sizes is None:
            return (unknown_shape(),)
        if len(ids.shape.sizes) > len(strings.shape.sizes):
            raise ValueError(
                f"Shape must be at least rank {len(ids.shape.sizes)} but is rank "
                f"{len(strings.shape.sizes)}"
            )
        for pair in zip(strings.shape.sizes, ids.shape.sizes, strict=False):
            merge_sizes(*pair)
        known = count.static_value()
        rest = strings.shape.sizes[len(ids.shape.sizes) :]
        return (TensorShape.of((None if known is None else int(known), *rest)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        strings, ids = np.asarray(inputs[0], dtype=object), np.asarray(inputs[1])
        count = int(inputs[2])
        for axis, (segments, size) in enumerate(zip(ids.shape, strings.shape, strict=False)):
            if segments != size:
                raise invalid(
                    f"Segment dimension is {segments} while input dimension is {size} in rank "
                    f"{axis}"
                )
        if ids.size and not (ids.min() >= 0 and ids.max() < count):
            raise invalid(
                "segment_ids are not allowed to exceed num_segments or to have negative values."
            )
        rest = strings.shape[ids.ndim :]
        width = int(np.prod(rest, dtype=np.int64))
        rows: list[list[Array]] = [[] for _ in range(count)]
        for row, segment in zip(strings.reshape(ids.size, width), ids.reshape(-1), strict=True):
            rows[segment].append(row)
        joined = np.full((count, width), b"", dtype=object)
        for segment, members in enumerate(rows):
            if members:
                columns = zip(*members, strict=True)
                joined[segment] = [self.separator.encode().join(column) for column in columns]
        return joined.reshape(count, *rest)

    gradient = Op.not_differentiable


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: bool | None = None,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: bool | None = None,
) -> Tensor:
    """Join strings along axes.

    Parameters
    ----------
    inputs : Tensor
        Strings.
    axis : int or list of int, optional
        The axes, in the order in which to join; all, the last first, if left out.
        Negative ones count from the end.
    keep_dims : bool
        Keep the axes, with size 1.
    separator : str
        What stands between strings.
    name : str, optional
    reduction_indices, keepdims
        Other names of `axis` and `keep_dims`.

    Raises
    ------
    ValueError
        If there is no such axis, or an argument is given under both names.

    Examples
    --------
    >>> print(tf.Session().run(tf.reduce_join([["a", "b"], ["c", "d"]])))
    b'abcd'
    >>> tf.Session().run(tf.reduce_join([["a", "b"], ["c", "d"]], 0, separator="-"))
    array([b'a-c', b'b-d'], dtype=object)
    """
    keep = bool(renamed_argument("keep_dims", keep_dims, "keepdims", keepdims))
    axes = renamed_argument("reduction_indices", reduction_indices, "axis", axis)
    op = ReduceJoin(keep_dims=keep, separator=separator)
    with name_scope(None, "ReduceJoin", [inputs]):
        strings = convert_to_tensor(inputs)
        if axes is None and strings.shape.ndims is not None:
            axes = constant(np.arange(strings.shape.ndims, dtype=np.int32)[::-1])
        elif axes is None:
            axes = range_of(subtract(rank(strings), 1, name="sub"), -1, -1)
        return apply(op, strings, axes, name=name)


def unsorted_segment_join(
    inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None
) -> Tensor:
    """Join the strings of each segment.

    Parameters
    ----------
    inputs : Tensor
        Strings.
    segment_ids : Tensor
        int32 or int64: the segment of each string, or of each row of them.
    num_segments : int
    separator : str
        What stands between strings.
    name : str, optional

    Returns
    -------
    Tensor
        Of shape ``[num_segments, ...]``. A segment without strings is the empty one.

    Raises
    ------
    InvalidArgumentError
        When run: if there is no such segment.

    Examples
    --------
    >>> tf.Session().run(tf.strings.unsorted_segment_join(["a", "b", "c"], [1, 0, 1], 2, "-"))
    array([b'b', b'a-c'], dtype=object)
    """
    return apply(
        UnsortedSegmentJoin(separator=separator), inputs, segment_ids, num_segments, name=name
    )
