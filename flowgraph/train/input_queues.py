"""Batches from queues: what `batch`, `shuffle_batch` and their variants share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.conditional import smart_cond, smart_constant_value
from flowgraph.ops.control import no_op
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import cast
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.partitioning import dynamic_partition
from flowgraph.ops.queue import FIFOQueue, PaddingFIFOQueue, RandomShuffleQueue
from flowgraph.ops.queue_base import QueueBase
from flowgraph.ops.queue_sparse import StoredSparse
from flowgraph.ops.sparse import convert_to_tensor_or_sparse_tensor
from flowgraph.shapes import TensorShape
from flowgraph.summary.recording import scalar
from flowgraph.train.queue_runners import QueueRunner, add_queue_runner

Shapes = Sequence[Any]


def batched(
    examples: Sequence[Any],
    batch_size: Any,
    *,
    default_name: str,
    name: str | None,
    keep_input: Any,
    make: Callable[[list[Any], Shapes], QueueBase],
    threads: int,
    enqueue_many: bool,
    shapes: Any,
    is_last_smaller: bool,
    watch: Callable[[QueueBase], None],
) -> Any:
    """Put examples into a queue, and return a batch taken from it.

    Parameters
    ----------
    examples : list of list or dict
        Tensors of an example each; one thread or more fills the queue with it.
    batch_size : int or Tensor
    default_name, name : str
        Of the scope.
    keep_input : bool or Tensor
        Whether the example counts; for rows, a vector may say it of each.
    make : callable
        From dtypes and shapes to the queue.
    threads : int
        How many there are for each example.
    enqueue_many : bool
        The tensors are the rows of several examples.
    shapes : list of TensorShape, optional
        Of an example's tensors, where they cannot be inferred.
    is_last_smaller : bool
        Once the queue is closed, what is left makes a smaller batch.
    watch : callable
        Adds a summary of how full the queue is.

    Returns
    -------
    Tensor, list or dict
        As the examples are.
    """
    lists = [in_order(example) for example in examples]
    if len({tuple(e) for e in examples if isinstance(e, dict)}) > 1:
        raise ValueError("All dictionaries in tensors_list must have the same keys")
    with name_scope(
        name, default_name, [x for each in lists for x in each] + [keep_input]
    ) as scope:
        tensors = [[convert_to_tensor_or_sparse_tensor(x) for x in each] for each in lists]
        if not tensors[0]:
            raise ValueError(f"Expected at least one tensor in {default_name}().")
        keep = keeping(keep_input, enqueue_many)
        stored = [StoredSparse(each, enqueue_many) for each in zip(*tensors, strict=False)]
        has_sparse = any(column.is_sparse for column in stored)
        if has_sparse and not smart_constant_value(keep):
            raise NotImplementedError("sparse tensors with a `keep_input` that may be False")
        dense = [[column.dense[i] for column in stored] for i in range(len(tensors))]
        kinds = kinds_of(dense)
        queue = make(kinds, shapes_of(dense, shapes, enqueue_many))
        _fill(queue, dense, threads, enqueue_many, keep)
        watch(queue)
        take = queue.dequeue_up_to if is_last_smaller else queue.dequeue_many
        taken: Any = take(batch_size, name=scope)
        columns = taken if isinstance(taken, list) else [taken]
        if has_sparse:
            columns = StoredSparse.restored(stored, columns)
    if isinstance(examples[0], dict):
        return dict(zip(sorted(examples[0]), columns, strict=True))
    return columns[0] if len(columns) == 1 else columns


def sources(tensors_list: Any) -> Sequence[Any]:
    """Return the examples of several sources; ValueError if there is none."""
    found = list(tensors_list)
    if not found:
        raise ValueError("Expected at least one set of tensors")
    return found


def in_order(example: Any) -> list[Any]:
    """Return the tensors of an example; those of a dictionary by its sorted keys."""
    if isinstance(example, dict):
        return [example[key] for key in sorted(example)]
    return list(example)


def keeping(keep_input: Any, enqueue_many: bool) -> Tensor:
    """Return whether examples count as a tensor; ValueError if its rank does not fit."""
    keep = convert_to_tensor(keep_input)
    if keep.shape.ndims is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if keep.shape.ndims == 1 and not enqueue_many:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if keep.shape.ndims > 1:
        raise ValueError("`keep_input` must be 0 or 1 dimensions.")
    return keep


def kinds_of(lists: list[list[Tensor]]) -> list[Any]:
    """Return the dtypes of an example's tensors; TypeError if examples differ."""
    kinds = [tensor.dtype.base_dtype for tensor in lists[0]]
    for others in lists[1:]:
        for kind, other in zip(kinds, others, strict=False):
            if other.dtype.base_dtype is not kind:
                raise TypeError(
                    f"Expected types to be consistent: {kind.name} vs. {other.dtype.name}."
                )
    return kinds


def shapes_of(lists: list[list[Tensor]], given: Any, enqueue_many: bool) -> Shapes:
    """Return the shapes of an example's tensors: what holds of all examples."""
    if given is not None:
        return list(given)
    for tensor in (tensor for each in lists for tensor in each):
        if tensor.shape.ndims is None:
            raise ValueError(f"Cannot infer Tensor's rank: {tensor}")
    shapes = []
    for column in zip(*lists, strict=False):
        found = TensorShape.of(None)
        for tensor in column:
            shape = tensor.shape
            found = found.merge_with(shape.with_rank_at_least(1)[1:] if enqueue_many else shape)
        shapes.append(found)
    return shapes


def _fill(
    queue: QueueBase, lists: list[list[Tensor]], threads: int, enqueue_many: bool, keep: Tensor
) -> None:
    """Add a queue runner that puts the examples in."""
    operations: list[Operation] = []
    for tensors in lists:
        operations += [_enqueue(queue, tensors, enqueue_many, keep)] * threads
    add_queue_runner(QueueRunner(queue, operations))


def _enqueue(
    queue: QueueBase, tensors: list[Tensor], enqueue_many: bool, keep: Tensor
) -> Operation:
    if keep.shape.ndims == 1:
        part = cast(keep, dtypes.int32)
        return queue.enqueue_many([dynamic_partition(x, part, 2)[1] for x in tensors])
    put = queue.enqueue_many if enqueue_many else queue.enqueue
    operation: Any = smart_cond(keep, lambda: put(tensors), no_op)
    return operation if isinstance(operation, Operation) else operation.op


def fifo(capacity: int, dynamic_pad: bool, shared_name: str | None) -> Any:
    """Return what makes a FIFO queue, one that pads if `dynamic_pad`."""
    kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    return lambda kinds, shapes: kind(
        capacity=capacity, dtypes=kinds, shapes=shapes, shared_name=shared_name
    )


def shuffling(
    capacity: int, min_after_dequeue: int, seed: int | None, shared_name: str | None
) -> Any:
    """Return what makes a queue that shuffles."""
    return lambda kinds, shapes: RandomShuffleQueue(
        capacity=capacity,
        min_after_dequeue=min_after_dequeue,
        seed=seed,
        dtypes=kinds,
        shapes=shapes,
        shared_name=shared_name,
    )


def watching(capacity: int) -> Callable[[QueueBase], None]:
    """Return what summarises how full a queue is."""

    def watch(queue: QueueBase) -> None:
        share = cast(queue.size(), dtypes.float32) * (1.0 / capacity)
        scalar(f"fraction_of_{capacity}_full", share)

    return watch


def watching_above(capacity: int, min_after_dequeue: int) -> Callable[[QueueBase], None]:
    """Return what summarises how full a queue is above what always stays inside."""
    room = capacity - min_after_dequeue
    if room <= 0:
        raise ValueError(
            f"capacity {capacity} must be bigger than min_after_dequeue {min_after_dequeue}."
        )

    def watch(queue: QueueBase) -> None:
        above = maximum(0, queue.size() - min_after_dequeue)
        share = cast(above, dtypes.float32) * (1.0 / room)
        scalar(f"fraction_over_{min_after_dequeue}_of_{room}_full", share)

    return watch
