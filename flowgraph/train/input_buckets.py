"""Batches of examples that are alike, such as sequences of about the same length."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.errors import CancelledError, OutOfRangeError
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.comparison import equal, less, less_equal, logical_and
from flowgraph.ops.conditional import cond, smart_cond
from flowgraph.ops.constant import constant
from flowgraph.ops.control import group, no_op
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import cast
from flowgraph.ops.queue import FIFOQueue, PaddingFIFOQueue
from flowgraph.ops.queue_sparse import StoredSparse
from flowgraph.ops.reduction import reduce_min
from flowgraph.ops.selection import where_v2
from flowgraph.ops.sparse import convert_to_tensor_or_sparse_tensor
from flowgraph.shapes import TensorShape
from flowgraph.summary.recording import scalar
from flowgraph.train.input_queues import in_order, keeping, kinds_of, shapes_of
from flowgraph.train.queue_runners import QueueRunner, add_queue_runner

_ENDS = (OutOfRangeError, CancelledError)


def bucket(
    tensors: Any,
    which_bucket: Any,
    batch_size: Any,
    num_buckets: int,
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Any = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Tensor, Any]:
    """Return batches of examples of one bucket each.

    Parameters
    ----------
    tensors : list or dict of Tensor
        An example. Sparse tensors may be among them.
    which_bucket : Tensor
        Its bucket, an int32 scalar in ``[0, num_buckets)``.
    batch_size : int, Tensor, or list of them
        Of all buckets, or of each.
    num_buckets : int
    num_threads : int
        How many threads read examples.
    capacity : int
        How many batches are kept, and how many examples a bucket holds.
    bucket_capacities : list of int, optional
        How many examples each bucket holds.
    shapes : list of TensorShape, optional
        Of an example, where they cannot be inferred.
    dynamic_pad : bool
        Dimensions of an example may vary: a batch is padded with zeros to the largest.
    allow_smaller_final_batch : bool
        At the end of the input, return the examples that are left.
    keep_input : bool or Tensor
        Whether the example counts.
    shared_name : str, optional
        Queues of the same shared name are one in a session.
    name : str, optional

    Returns
    -------
    tuple
        The bucket, an int32 scalar, and the batch as in `tf.train.batch`.

    Raises
    ------
    ValueError
        If there is not one batch size or capacity for each bucket, or a shape is not known.

    Examples
    --------
    >>> x = tf.train.range_input_producer(6, num_epochs=1, shuffle=False).dequeue()
    >>> odd, batch = tf.contrib.training.bucket([x], x % 2, batch_size=3, num_buckets=2)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     found = dict(sess.run([odd, tf.as_string(batch)]) for _ in range(2))
    ...     coord.request_stop()
    ...     coord.join(threads)
    >>> print(found[0], found[1])
    [b'0' b'2' b'4'] [b'1' b'3' b'5']
    """
    is_each = isinstance(batch_size, list | tuple)
    if is_each and len(batch_size) != num_buckets:
        raise ValueError("If batch_size is a list it must have num_buckets elements")
    given = batch_size if is_each else [batch_size] * num_buckets
    capacities = [capacity] * num_buckets if bucket_capacities is None else bucket_capacities
    if len(capacities) != num_buckets:
        raise ValueError(
            f"The list bucket_capacities ({capacities}) must have exactly num_buckets "
            f"({num_buckets}) elements."
        )
    parts = in_order(tensors)
    with name_scope(name, "bucket", parts):
        parts = [convert_to_tensor_or_sparse_tensor(part) for part in parts]
        if not parts:
            raise ValueError("Expected at least one tensor in bucket().")
        keep = keeping(keep_input, False)
        stored = [StoredSparse([part], False) for part in parts]
        example = [column.dense[0] for column in stored]
        sizes = [_static(convert_to_tensor(n, dtypes.int32, "batch_size")) for n in given]
        kinds, known = kinds_of([example]), shapes_of([example], shapes, False)
        chosen = convert_to_tensor(which_bucket, dtypes.int32, "which_bucket")
        kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        queues = [
            kind(
                room,
                kinds,
                known,
                shared_name=None if shared_name is None else f"{shared_name}_{i}",
                name=f"bucket_queue_{i}",
            )
            for i, room in enumerate(capacities)
        ]
        varies = allow_smaller_final_batch or is_each or isinstance(sizes[-1], Tensor)
        rows = TensorShape.of((None if varies else sizes[-1],))
        top = PaddingFIFOQueue(
            capacity,
            [dtypes.int32, *kinds],
            [TensorShape.of(()), *(rows.concatenate(shape) for shape in queues[0].shapes)],
            shared_name=shared_name,
            name="top_queue",
        )

        def sort_in() -> Operation:
            puts = [
                cond(equal(chosen, i), partial(queue.enqueue, example), no_op)
                for i, queue in enumerate(queues)
            ]
            return group(*puts, name="group_enqueues")

        sorting: Any = smart_cond(keep, sort_in, no_op)
        sorting = sorting if isinstance(sorting, Operation) else sorting.op
        moves = []
        for i, (queue, size) in enumerate(zip(queues, sizes, strict=True)):
            take = queue.dequeue_up_to if allow_smaller_final_batch else queue.dequeue_many
            number = constant(i)
            taken = take(size, name=f"read_bucket_{i}")
            columns = taken if isinstance(taken, list) else [taken]
            moves.append(top.enqueue([number, *columns], name=f"enqueue_from_bucket_{i}"))
        add_queue_runner(
            QueueRunner(queues[0], moves, top.close(), top.close(True), _ENDS),
        )
        closes = group(*[queue.close() for queue in queues])
        cancels = group(*[queue.close(True) for queue in queues])
        add_queue_runner(QueueRunner(top, [sorting] * num_threads, closes, cancels, _ENDS))
        for queue in queues:
            scalar(f"bucket/{queue.name}/size", cast(top.size(), dtypes.float32))
        share = cast(top.size(), dtypes.float32) * (1.0 / capacity)
        scalar(f"bucket/{top.name}/fraction_of_{capacity}_full", share)
        number, *batch = top.dequeue(name="dequeue_top")
        if any(column.is_sparse for column in stored):
            batch = StoredSparse.restored(stored, batch)
    if isinstance(tensors, dict):
        return number, dict(zip(sorted(tensors), batch, strict=True))
    return number, batch[0] if len(batch) == 1 else batch


def _static(size: Tensor) -> Any:
    value: Any = size.static_value()
    return size if value is None else int(value)


def bucket_by_sequence_length(
    input_length: Any,
    tensors: Any,
    batch_size: Any,
    bucket_boundaries: Any,
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Any = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Tensor, Any]:
    """Return batches of examples of about the same length.

    Parameters
    ----------
    input_length : Tensor
        The length of the example, an int32 scalar.
    bucket_boundaries : list of int
        Ascending lengths, each the least of a bucket; one more bucket has the shorter ones.
    tensors, batch_size, num_threads, capacity, bucket_capacities, shapes, dynamic_pad,
    allow_smaller_final_batch, keep_input, shared_name, name
        As for `bucket`.

    Returns
    -------
    tuple
        The lengths, an int32 vector, and a list or dictionary of the tensors.

    Raises
    ------
    TypeError
        If `bucket_boundaries` is no list, or not of integers.
    ValueError
        If it is empty or does not ascend.

    Examples
    --------
    >>> n = tf.train.range_input_producer(4, num_epochs=1, shuffle=False).dequeue()
    >>> lengths, (batch,) = tf.contrib.training.bucket_by_sequence_length(
    ...     n, [tf.fill([n], n)], 2, [2], shapes=[[None]], dynamic_pad=True
    ... )
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     found = sorted(sess.run(batch).tolist() for _ in range(2))
    ...     coord.request_stop()
    ...     coord.join(threads)
    >>> print(found)
    [[[0], [1]], [[2, 2, 0], [3, 3, 3]]]
    """
    if not isinstance(bucket_boundaries, list | tuple):
        raise TypeError(
            f"bucket_boundaries must be a list or tuple, but received: {bucket_boundaries}"
        )
    if not bucket_boundaries:
        raise ValueError("bucket_boundaries must not be empty")
    for low, high in pairwise(bucket_boundaries):
        if not isinstance(low, int) or not isinstance(high, int):
            raise TypeError(f"bucket boundaries must be integers, but saw: {low} and {high}")
        if low >= high:
            raise ValueError(
                f"Buckets must contain sequential increasing lengths, but saw: {low} before {high}"
            )
    parts = in_order(tensors)
    with name_scope(name, "bucket_by_sequence_length", [input_length, *parts]):
        length = convert_to_tensor(input_length, dtypes.int32, "input_length")
        limits = np.iinfo(np.int32)
        is_inside = logical_and(
            less_equal([int(limits.min), *bucket_boundaries], length),
            less(length, [*bucket_boundaries, int(limits.max)]),
        )
        _, (lengths, *batch) = bucket(
            [length, *parts],
            cast(reduce_min(where_v2(is_inside)), dtypes.int32),
            batch_size,
            len(bucket_boundaries) + 1,
            num_threads=num_threads,
            capacity=capacity,
            bucket_capacities=bucket_capacities,
            shapes=None if shapes is None else [TensorShape.of(()), *shapes],
            dynamic_pad=dynamic_pad,
            allow_smaller_final_batch=allow_smaller_final_batch,
            keep_input=keep_input,
            shared_name=shared_name,
        )
    if isinstance(tensors, dict):
        if len(tensors) == 1:  # as in TensorFlow: a single tensor stays in its list
            batch = [batch]
        return lengths, dict(zip(sorted(tensors), batch, strict=True))
    return lengths, batch
