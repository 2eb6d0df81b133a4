"""Shuffled batches of examples, drawn from a queue that threads fill."""

from __future__ import annotations

from typing import Any

from flowgraph.train.input_queues import batched, shuffling, sources, watching_above


def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Return batches of examples in random order.

    Parameters
    ----------
    tensors : list or dict of Tensor
        An example, or several as rows if `enqueue_many`. Sparse tensors may be among them.
    batch_size : int or Tensor
    capacity : int
        How many examples the queue holds.
    min_after_dequeue : int
        How many examples stay in the queue to draw from.
    num_threads : int
        How many threads fill the queue; with more than one the order varies.
    seed : int, optional
        Of the shuffling.
    enqueue_many : bool
        The first dimension counts examples.
    shapes : list of TensorShape, optional
        Of an example, where they cannot be inferred.
    allow_smaller_final_batch : bool
        At the end of the input, return the examples that are left.
    shared_name : str, optional
        Queues of the same shared name are one in a session.
    name : str, optional

    Returns
    -------
    Tensor, list of Tensor, or dict
        As the example, each with a first dimension of `batch_size` more; of unknown size if
        `allow_smaller_final_batch`.

    Raises
    ------
    ValueError
        If the list is empty, a shape is not known, or `min_after_dequeue` exceeds `capacity`.
    OutOfRangeError
        When run: at the end of the input.

    Examples
    --------
    >>> x = tf.train.range_input_producer(4, num_epochs=1).dequeue()
    >>> batches = tf.train.shuffle_batch([x], 4, capacity=8, min_after_dequeue=2)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sorted(sess.run(batches).tolist()))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [0, 1, 2, 3]
    """
    return batched(
        [tensors],
        batch_size,
        default_name="shuffle_batch",
        name=name,
        keep_input=True,
        make=shuffling(capacity, min_after_dequeue, seed, shared_name),
        threads=num_threads,
        enqueue_many=enqueue_many,
        shapes=shapes,
        is_last_smaller=allow_smaller_final_batch,
        watch=watching_above(capacity, min_after_dequeue),
    )


def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Return batches in random order of those examples that are to be kept.

    Parameters
    ----------
    keep_input : bool or Tensor
        Whether the example counts. With `enqueue_many`, a vector may say it of each row.
    tensors, batch_size, capacity, min_after_dequeue, num_threads, seed, enqueue_many, shapes,
    allow_smaller_final_batch, shared_name, name
        As for `shuffle_batch`.

    Examples
    --------
    >>> x = tf.train.range_input_producer(4, num_epochs=1).dequeue()
    >>> batches = tf.train.maybe_shuffle_batch([x], 2, 8, 0, keep_input=x < 2)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sorted(sess.run(batches).tolist()))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [0, 1]
    """
    return batched(
        [tensors],
        batch_size,
        default_name="shuffle_batch",
        name=name,
        keep_input=keep_input,
        make=shuffling(capacity, min_after_dequeue, seed, shared_name),
        threads=num_threads,
        enqueue_many=enqueue_many,
        shapes=shapes,
        is_last_smaller=allow_smaller_final_batch,
        watch=watching_above(capacity, min_after_dequeue),
    )


def shuffle_batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Return batches in random order of examples from several sources at once.

    Parameters
    ----------
    tensors_list : list of list or dict of Tensor
        Examples, or several as rows if `enqueue_many`: each is read by a thread of its own.
        Sparse tensors may be among them.
    batch_size, capacity, min_after_dequeue, seed, enqueue_many, shapes,
    allow_smaller_final_batch, shared_name, name
        As for `shuffle_batch`.

    Examples
    --------
    >>> x = tf.train.range_input_producer(4, num_epochs=1).dequeue()
    >>> batches = tf.train.shuffle_batch_join([[x], [x]], 4, 8, 0)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sorted(sess.run(batches).tolist()))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [0, 1, 2, 3]
    """
    return batched(
        sources(tensors_list),
        batch_size,
        default_name="shuffle_batch_join",
        name=name,
        keep_input=True,
        make=shuffling(capacity, min_after_dequeue, seed, shared_name),
        threads=1,
        enqueue_many=enqueue_many,
        shapes=shapes,
        is_last_smaller=allow_smaller_final_batch,
        watch=watching_above(capacity, min_after_dequeue),
    )


def maybe_shuffle_batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Return shuffled batches of those examples from several sources that are to be kept.

    Parameters
    ----------
    tensors_list : list of list or dict of Tensor
        Examples, or several as rows if `enqueue_many`: each is read by a thread of its own.
        Sparse tensors may be among them.
    keep_input : bool or Tensor
        Whether the example counts. With `enqueue_many`, a vector may say it of each row.
    batch_size, capacity, min_after_dequeue, seed, enqueue_many, shapes,
    allow_smaller_final_batch, shared_name, name
        As for `shuffle_batch`.

    Examples
    --------
    >>> x = tf.train.range_input_producer(4, num_epochs=1).dequeue()
    >>> batches = tf.train.maybe_shuffle_batch_join([[x], [x]], 4, 8, 0, keep_input=True)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sorted(sess.run(batches).tolist()))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [0, 1, 2, 3]
    """
    return batched(
        sources(tensors_list),
        batch_size,
        default_name="shuffle_batch_join",
        name=name,
        keep_input=keep_input,
        make=shuffling(capacity, min_after_dequeue, seed, shared_name),
        threads=1,
        enqueue_many=enqueue_many,
        shapes=shapes,
        is_last_smaller=allow_smaller_final_batch,
        watch=watching_above(capacity, min_after_dequeue),
    )
