"""Transformations that gather elements by a key, or by their length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetSpec
from flowgraph.data.function import Function, of_elements
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.ops import nest
from flowgraph.ops.assertions import assert_less
from flowgraph.ops.comparison import less, less_equal, logical_and
from flowgraph.ops.constant import constant
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import cast
from flowgraph.ops.dataset_groups import GroupByWindowDataset
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.reduction import reduce_min
from flowgraph.ops.selection import where
from flowgraph.shapes import TensorShape

Transformation = Callable[[Any], Any]

_KEY = element.TensorSpec([], dtypes.int64)


def group_by_window(
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size: Any = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Transformation:
    """Return the transformation that groups elements by a key, and makes each group a dataset.

    Parameters
    ----------
    key_func : callable
        Takes an element and returns an int64 scalar.
    reduce_func : callable
        Takes a key and a dataset of elements of that key, and returns a dataset.
    window_size : int, optional
        After how many elements a group is full.
    window_size_func : callable, optional
        Takes a key and returns its group's size, instead.

    Raises
    ------
    ValueError
        If both or none of the sizes are given, or a function returns no scalar.
    TypeError
        If `reduce_func` returns no dataset.

    Examples
    --------
    >>> parity = tf.data.experimental.group_by_window(
    ...     lambda x: x % 2, lambda key, group: group.batch(5), window_size=5)
    >>> groups = tf.data.Dataset.range(10).apply(parity).make_one_shot_iterator().get_next()
    >>> tf.Session().run(groups)
    array([0, 2, 4, 6, 8])
    """
    if (window_size is not None and window_size_func is not None) or not (
        window_size is not None or window_size_func is not None
    ):
        raise ValueError("Must pass either window_size or window_size_func.")
    size_of = window_size_func or (lambda key: window_size)
    described = "tf.data.experimental.group_by_window()"

    def number(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: convert_to_tensor(function(*args), dtypes.int64)

    def transformation(dataset: Any) -> Any:
        spec = dataset.element_spec
        key = of_elements(number(key_func), described, spec)
        reduce = Function(reduce_func, described, _KEY, DatasetSpec(spec))
        size = Function(number(size_of), described, _KEY)
        for function, name in ((key, "key_func"), (size, "window_size_func")):
            if not function.spec.is_compatible_with(_KEY):
                raise ValueError(f"`{name}` must return a single tf.int64 scalar tensor.")
        if not isinstance(reduce.spec, DatasetSpec):
            raise TypeError("`reduce_func` must return a `Dataset` object.")
        result = reduce.spec._element_spec
        op = GroupByWindowDataset(
            key_func=key.body,
            reduce_func=reduce.body,
            window_size_func=size.body,
            **element.forms(result),
        )
        return dataset._derived(op, [key.captured, reduce.captured, size.captured], result)

    return transformation


def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Sequence[int],
    bucket_batch_sizes: Sequence[int],
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
    no_padding: bool = False,
    drop_remainder: bool = False,
) -> Transformation:
    """Return the transformation that makes batches of elements of similar lengths.

    Parameters
    ----------
    element_length_func : callable
        Takes an element and returns its length, an int32 scalar.
    bucket_boundaries : list of int
        The upper limits of the buckets' lengths, but for the last.
    bucket_batch_sizes : list of int
        The batch size of each bucket: one more than there are boundaries.
    padded_shapes, padding_values : nested structures, optional
        As for `Dataset.padded_batch`; the static shapes, if left out.
    pad_to_bucket_boundary : bool
        Pad unknown sizes to the bucket's limit, less one, instead of the batch's largest.
        Elements longer than all limits are an error then.
    no_padding : bool
        Batch without padding, as sparse elements need.
    drop_remainder : bool
        Whether there are no smaller batches at the end.

    Raises
    ------
    ValueError
        If there is not one batch size more than there are boundaries.

    Examples
    --------
    >>> rows = tf.data.Dataset.range(1, 6).map(lambda n: tf.fill([tf.to_int32(n)], n))
    >>> buckets = tf.data.experimental.bucket_by_sequence_length(
    ...     lambda row: tf.size(row), [3], [2, 2])
    >>> batch = rows.apply(buckets).make_one_shot_iterator().get_next()
    >>> tf.Session().run(batch)
    array([[1, 0],
           [2, 2]])
    """
    if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
        raise ValueError("len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1")
    limits = list(bucket_boundaries)
    bounds = np.iinfo(np.int32)
    with name_scope("bucket_by_seq_length"):
        sizes = constant(bucket_batch_sizes, dtypes.int64)

    def bucket_of(*args: Any) -> Any:
        length = element_length_func(*args)
        is_inside = logical_and(
            less_equal([bounds.min, *limits], length), less(length, [*limits, bounds.max])
        )
        return reduce_min(where(is_inside))

    def size_of(bucket: Any) -> Any:
        return strided_slice_from_key(sizes, bucket)

    def batched(bucket: Any, group: Any) -> Any:
        size = size_of(bucket)
        if no_padding:
            return group.batch(size, drop_remainder=drop_remainder)
        longest = None
        if pad_to_bucket_boundary:
            check = assert_less(
                bucket,
                constant(len(bucket_batch_sizes) - 1, dtypes.int64),
                message="When pad_to_bucket_boundary=True, elements must have length < "
                "max(bucket_boundaries).",
            )
            with control_dependencies([check]):
                limit = strided_slice_from_key(constant(limits, dtypes.int64), bucket)
                longest = limit - 1
        shapes = group.output_shapes if padded_shapes is None else padded_shapes
        filled = [
            _filled(shape, longest) for shape in element.leaves_like(group.element_spec, shapes)
        ]
        shapes = nest.pack_as(group.element_spec, filled)
        return group.padded_batch(size, shapes, padding_values, drop_remainder=drop_remainder)

    return group_by_window(bucket_of, batched, window_size_func=size_of)


def _filled(shape: Any, longest: Any) -> Any:
    """Return a padded shape with a tensor for its unknown sizes, if there is one."""
    sizes = TensorShape(shape).as_list()
    if longest is None or None not in sizes:
        return TensorShape(shape)
    return convert_to_tensor(
        [longest if size is None else cast(size, dtypes.int64) for size in sizes]
    )
