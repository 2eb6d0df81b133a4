"""Transformations of datasets, for `Dataset.apply`: the names of ``tf.data.experimental``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetBase, int64
from flowgraph.data.batching import known_size
from flowgraph.data.function import of_elements, of_states
from flowgraph.data.mapping import boolean_function
from flowgraph.data.random_seed import get_seed
from flowgraph.graph.device import as_spec
from flowgraph.graph.scope import name_scope
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply, apply_all
from flowgraph.ops.dataset_batch import DenseToSparseBatchDataset
from flowgraph.ops.dataset_groups import (
    DatasetCardinality,
    DatasetToSingleElement,
    IgnoreErrorsDataset,
    UniqueDataset,
)
from flowgraph.ops.dataset_map import MapAndBatchDataset, ScanDataset, TakeWhileDataset
from flowgraph.ops.dataset_shuffle import ShuffleAndRepeatDataset
from flowgraph.shapes import TensorShape, as_shape

Transformation = Callable[[Any], Any]

AUTOTUNE = -1
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """Return the transformation that shuffles and repeats with one buffer.

    Parameters
    ----------
    buffer_size : int or Tensor
    count : int or Tensor, optional
        How many times; without end if left out.
    seed : int or Tensor, optional

    Examples
    --------
    >>> shuffled = tf.data.experimental.shuffle_and_repeat(10, count=2)
    >>> dataset = tf.data.Dataset.range(5).apply(shuffled)
    """

    def transformation(dataset: Any) -> Any:
        inputs = [
            int64(buffer_size, "buffer_size"),
            int64(-1 if count is None else count, "count"),
            *get_seed(seed),
        ]
        size, times, *seeds = inputs
        op = ShuffleAndRepeatDataset(**element.forms(dataset.element_spec))
        return dataset._derived(op, [size, *seeds, times])

    return transformation


def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: int | None = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """Return the transformation that calls a function with each element and stacks the results.

    Parameters
    ----------
    map_func : callable
        As for `Dataset.map`.
    batch_size : int or Tensor
    num_parallel_batches : int, optional
        How many batches are made by threads at the same time.
    drop_remainder : bool or Tensor
        Whether there is no smaller batch at the end.
    num_parallel_calls : int or Tensor, optional
        How many elements are worked on at the same time, instead.

    Raises
    ------
    ValueError
        If both numbers are given.

    Examples
    --------
    >>> both = tf.data.experimental.map_and_batch(lambda x: x * x, 3)
    >>> batch = tf.data.Dataset.range(5).apply(both).make_one_shot_iterator().get_next()
    >>> tf.Session().run(batch)
    array([0, 1, 4])
    """
    if num_parallel_batches is not None and num_parallel_calls is not None:
        raise ValueError(
            "The `num_parallel_batches` and `num_parallel_calls` arguments are mutually exclusive."
        )
    if num_parallel_batches is None and num_parallel_calls is None:
        calls: Any = batch_size
    else:
        calls = (
            batch_size * num_parallel_batches if num_parallel_calls is None else num_parallel_calls
        )

    def transformation(dataset: Any) -> Any:
        described = "tf.data.experimental.map_and_batch()"
        function = of_elements(map_func, described, dataset.element_spec)
        size = int64(batch_size, "batch_size")
        parallel = int64(calls, "num_parallel_calls")
        drop = convert_to_tensor(drop_remainder, dtypes.bool, name="drop_remainder")
        spec = element.batched(function.spec, known_size(size, drop))
        op = MapAndBatchDataset(f=function.body, **element.forms(spec))
        return dataset._derived(op, [function.captured, size, parallel, drop], spec)

    return transformation


def map_and_batch_with_legacy_function(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: int | None = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """Return the transformation that `map_and_batch` returns."""
    return map_and_batch(
        map_func, batch_size, num_parallel_batches, drop_remainder, num_parallel_calls
    )


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    """Return the transformation to batches of one size; see `Dataset.batch`."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(
    batch_size: Any, padded_shapes: Any, padding_values: Any = None
) -> Transformation:
    """Return the transformation to padded batches of one size; see `Dataset.padded_batch`."""
    return lambda dataset: dataset.padded_batch(
        batch_size, padded_shapes, padding_values, drop_remainder=True
    )


def unbatch() -> Transformation:
    """Return the transformation to the rows of each element; see `Dataset.unbatch`."""
    return lambda dataset: dataset.unbatch()


def enumerate_dataset(start: Any = 0) -> Transformation:
    """Return the transformation to pairs of a number and an element; see `Dataset.enumerate`."""
    return lambda dataset: dataset.enumerate(start)


def ignore_errors() -> Transformation:
    """Return the transformation that leaves out elements that cannot be made.

    Examples
    --------
    >>> dataset = tf.data.Dataset.from_tensor_slices([1.0, 0.0, 2.0])
    >>> dataset = dataset.map(lambda x: tf.check_numerics(1.0 / x, "not a number"))
    >>> dataset = dataset.apply(tf.data.experimental.ignore_errors()).batch(3)
    >>> tf.Session().run(dataset.make_one_shot_iterator().get_next())
    array([1. , 0.5], dtype=float32)
    """
    return lambda dataset: dataset._derived(
        IgnoreErrorsDataset(**element.forms(dataset.element_spec))
    )


def unique() -> Transformation:
    """Return the transformation that leaves out elements that came before.

    Raises
    ------
    TypeError
        If an element is not one tensor of int32, int64 or strings.

    Examples
    --------
    >>> dataset = tf.data.Dataset.from_tensor_slices([1, 37, 2, 37, 2, 1])
    >>> dataset = dataset.apply(tf.data.experimental.unique()).batch(6)
    >>> tf.Session().run(dataset.make_one_shot_iterator().get_next())
    array([ 1, 37,  2], dtype=int32)
    """

    def transformation(dataset: Any) -> Any:
        if dataset.output_types not in (dtypes.int32, dtypes.int64, dtypes.string):
            raise TypeError(
                "`tf.data.experimental.unique()` only supports inputs with a single `tf.int32`, "
                "`tf.int64`, or `tf.string` component."
            )
        return dataset._derived(UniqueDataset(**element.forms(dataset.element_spec)))

    return transformation


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """Return the transformation by a function that hands a state on.

    Parameters
    ----------
    initial_state : nested structure of Tensor
    scan_func : callable
        Takes a state and an element, and returns the next state and a result.

    Raises
    ------
    TypeError
        If it returns something else.

    Examples
    --------
    >>> running = tf.data.experimental.scan(tf.constant(0, tf.int64), lambda s, x: (s + x, s + x))
    >>> sums = tf.data.Dataset.range(5).apply(running).batch(5)
    >>> tf.Session().run(sums.make_one_shot_iterator().get_next())
    array([ 0,  1,  3,  6, 10])
    """

    def transformation(dataset: Any) -> Any:
        start = element.normalized(initial_state)
        first = element.specs_of(start)
        described = "tf.data.experimental.scan()"
        function, _ = of_states(scan_func, described, first, dataset.element_spec, True)
        spec = function.spec[1]
        op = ScanDataset(f=function.body, preserve_cardinality=True, **element.forms(spec))
        return dataset._derived(op, [element.encoded(first, start), function.captured], spec)

    return transformation


def take_while(predicate: Callable[..., Any]) -> Transformation:
    """Return the transformation that ends where a condition does not hold.

    Parameters
    ----------
    predicate : callable
        Takes an element and returns a bool scalar.

    Raises
    ------
    ValueError
        If it returns something else.

    Examples
    --------
    >>> small = tf.data.experimental.take_while(lambda x: x < 3)
    >>> dataset = tf.data.Dataset.range(10).apply(small).batch(10)
    >>> tf.Session().run(dataset.make_one_shot_iterator().get_next())
    array([0, 1, 2])
    """

    def transformation(dataset: Any) -> Any:
        described = "tf.data.experimental.take_while()"
        function = boolean_function(predicate, described, dataset.element_spec)
        op = TakeWhileDataset(predicate=function.body, **element.forms(dataset.element_spec))
        return dataset._derived(op, [function.captured])

    return transformation


def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """Return the transformation that makes elements the rows of sparse tensors.

    Parameters
    ----------
    batch_size : int or Tensor
    row_shape : TensorShape
        Of a row; unknown sizes become the batch's largest.

    Raises
    ------
    TypeError
        If elements are not single tensors.
    DataLossError
        When run: if an element is larger than `row_shape`.

    Examples
    --------
    >>> dataset = tf.data.Dataset.range(1, 3).map(lambda n: tf.fill([tf.to_int32(n)], n))
    >>> dataset = dataset.apply(tf.data.experimental.dense_to_sparse_batch(2, [4]))
    >>> tf.Session().run(dataset.make_one_shot_iterator().get_next()).values
    array([1, 2, 2])
    """

    def transformation(dataset: Any) -> Any:
        if not isinstance(dataset.element_spec, element.TensorSpec):
            raise TypeError(
                "DenseToSparseDataset requires an input whose elements have a single component, "
                f"whereas the input has {dataset.output_types}."
            )
        shape = as_shape(row_shape)
        sizes = [-1 if size is None else size for size in shape.as_list()]
        dense_shape = TensorShape.of((None,)).concatenate(shape)
        spec = element.SparseTensorSpec(dense_shape, dataset.output_types)
        row = convert_to_tensor(sizes, dtypes.int64)
        with name_scope(None, "DenseToSparseBatchDataset") as scope:
            size = int64(batch_size, "batch_size")
            op = DenseToSparseBatchDataset(**element.forms(spec))
            tensor = apply(op, dataset._variant_tensor, size, row, name=scope)
        return DatasetBase._plain(tensor, spec, [dataset])

    return transformation


def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> Transformation:
    """Return the transformation to elements on a device.

    Parameters
    ----------
    target_device, source_device : str
        Elements are made on the host, and operations move them where they are used: this names
        the place only.
    """
    _check_device(target_device)
    _check_device(source_device)
    return lambda dataset: dataset


def prefetch_to_device(device: str, buffer_size: Any = None) -> Transformation:
    """Return the transformation that makes elements ahead of time for a device.

    Parameters
    ----------
    device : str
        As for `copy_to_device`.
    buffer_size : int, optional
        How many; the engine chooses if left out.
    """
    _check_device(device)
    return lambda dataset: dataset.prefetch(buffer_size)


def _check_device(name: str) -> None:
    as_spec(name)


def counter(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64) -> Any:
    """Return the dataset of numbers without end.

    Parameters
    ----------
    start, step : int or Tensor
    dtype : DType

    Examples
    --------
    >>> dataset = tf.data.experimental.Counter(5, 2).take(3).batch(3)
    >>> tf.Session().run(dataset.make_one_shot_iterator().get_next())
    array([5, 7, 9])
    """
    with name_scope("counter"):
        first = convert_to_tensor(start, dtype, name="start")
        by = convert_to_tensor(step, dtype, name="step")
        endless = DatasetBase._plain.from_tensors(0).repeat(None)
        return endless.apply(scan(first, lambda number, _: (number + by, number)))


def cardinality(dataset: Any) -> Any:
    """Return the number of elements of a dataset as a tensor.

    It is `tf.data.experimental.INFINITE_CARDINALITY` if there is no end, and
    `tf.data.experimental.UNKNOWN_CARDINALITY` if only drawing them tells.

    Examples
    --------
    >>> print(tf.Session().run(tf.data.experimental.cardinality(tf.data.Dataset.range(42))))
    42
    """
    return apply(DatasetCardinality(), dataset._variant_tensor)


def get_single_element(dataset: Any) -> Any:
    """Return the only element of a dataset.

    Raises
    ------
    TypeError
        If it is no dataset.
    InvalidArgumentError
        When run: if it has none, or more than one.

    Examples
    --------
    >>> element = tf.data.experimental.get_single_element(tf.data.Dataset.range(3).batch(3))
    >>> tf.Session().run(element)
    array([0, 1, 2])
    """
    if not isinstance(dataset, DatasetBase):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    spec = dataset.element_spec
    op = DatasetToSingleElement(**element.forms(spec))
    return element.decoded(spec, apply_all(op, dataset._variant_tensor))
