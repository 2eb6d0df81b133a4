"""``slim.prefetch_queue``: threads of their own compute the next batches."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.queue import FIFOQueue, PaddingFIFOQueue
from flowgraph.train.input_queues import watching
from flowgraph.train.queue_runners import QueueRunner, add_queue_runner


def prefetch_queue(
    tensors: Any,
    capacity: int = 8,
    num_threads: int = 1,
    dynamic_pad: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> FIFOQueue | PaddingFIFOQueue:
    """Return a queue that threads fill with the values of tensors, ahead of their use.

    Parameters
    ----------
    tensors : list or dict of Tensor
        What an element consists of, a batch for instance.
    capacity : int
        How many elements the queue holds.
    num_threads : int
        How many threads fill it, once `tf.train.start_queue_runners` has been called.
    dynamic_pad : bool
        Allow dimensions that are not known. Elements that are taken together are then padded.
    shared_name : str, optional
        The name under which sessions of one server would share the queue.
    name : str, optional

    Returns
    -------
    FIFOQueue or PaddingFIFOQueue
        Its `dequeue` gives a list or a dict, as `tensors` is. A summary tells how full it is.

    Raises
    ------
    ValueError
        If a shape is not wholly known and `dynamic_pad` is False.

    Examples
    --------
    >>> step = tf.Variable(0)
    >>> queue = tf.contrib.slim.prefetch_queue.prefetch_queue({"n": tf.assign_add(step, 1)})
    >>> batch = queue.dequeue()
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     coordinator = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coordinator)
    ...     print(*[int(sess.run(batch)["n"]) for _ in range(2)])
    ...     coordinator.request_stop()
    1 2
    """
    names = sorted(tensors) if isinstance(tensors, dict) else None
    values = [tensors[key] for key in names] if names else tensors
    with name_scope(name, "prefetch_queue", values):
        columns = [convert_to_tensor(value) for value in values]
        queue = (PaddingFIFOQueue if dynamic_pad else FIFOQueue)(
            capacity,
            dtypes=[column.dtype for column in columns],
            shapes=[column.shape for column in columns],
            names=names,
            shared_name=shared_name,
        )
        element = dict(zip(names, columns, strict=True)) if names else columns
        add_queue_runner(QueueRunner(queue, [queue.enqueue(element)] * num_threads))
        watching(capacity)(queue)
        return queue
