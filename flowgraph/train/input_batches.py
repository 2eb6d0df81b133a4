"""Batches of examples, read ahead by threads that fill a queue."""

from __future__ import annotations

from typing import Any

from flowgraph.train.input_queues import batched, fifo, sources, watching


def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Return batches of examples, in the order they come.

    Parameters
    ----------
    tensors : list or dict of Tensor
        An example, or several as rows if `enqueue_many`. Sparse tensors may be among them.
    batch_size : int or Tensor
    num_threads : int
        How many threads fill the queue; with more than one the order varies.
    capacity : int
        How many examples the queue holds.
    enqueue_many : bool
        The first dimension counts examples.
    shapes : list of TensorShape, optional
        Of an example, where they cannot be inferred.
    dynamic_pad : bool
        Dimensions of an example may vary: a batch is padded with zeros to the largest.
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
        If the list is empty or a shape is not known.
    OutOfRangeError
        When run: at the end of the input.

    Examples
    --------
    >>> x = tf.train.range_input_producer(5, num_epochs=1, shuffle=False).dequeue()
    >>> batches = tf.train.batch([x], 3, allow_smaller_final_batch=True)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sess.run(batches), sess.run(batches))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [0 1 2] [3 4]
    """
    return batched(
        [tensors],
        batch_size,
        default_name="batch",
        name=name,
        keep_input=True,
        make=fifo(capacity, dynamic_pad, shared_name),
        threads=num_threads,
        enqueue_many=enqueue_many,
        shapes=shapes,
        is_last_smaller=allow_smaller_final_batch,
        watch=watching(capacity),
    )


def maybe_batch(
    tensors: Any,
    keep_input: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Return batches of those examples that are to be kept.

    Parameters
    ----------
    keep_input : bool or Tensor
        Whether the example counts. With `enqueue_many`, a vector may say it of each row.
    tensors, batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad,
    allow_smaller_final_batch, shared_name, name
        As for `batch`.

    Examples
    --------
    >>> x = tf.train.range_input_producer(8, num_epochs=1, shuffle=False).dequeue()
    >>> batches = tf.train.maybe_batch([x], tf.equal(x % 2, 1), 4)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sess.run(batches))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [1 3 5 7]
    """
    return batched(
        [tensors],
        batch_size,
        default_name="batch",
        name=name,
        keep_input=keep_input,
        make=fifo(capacity, dynamic_pad, shared_name),
        threads=num_threads,
        enqueue_many=enqueue_many,
        shapes=shapes,
        is_last_smaller=allow_smaller_final_batch,
        watch=watching(capacity),
    )


def batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Return batches of examples from several sources at once.

    Parameters
    ----------
    tensors_list : list of list or dict of Tensor
        Examples, or several as rows if `enqueue_many`: each is read by a thread of its own.
        Sparse tensors may be among them.
    batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch,
    shared_name, name
        As for `batch`.

    Examples
    --------
    >>> x = tf.train.range_input_producer(4, num_epochs=1).dequeue()
    >>> batches = tf.train.batch_join([[x], [x]], 4)
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
        default_name="batch_join",
        name=name,
        keep_input=True,
        make=fifo(capacity, dynamic_pad, shared_name),
        threads=1,
        enqueue_many=enqueue_many,
        shapes=shapes,
        is_last_smaller=allow_smaller_final_batch,
        watch=watching(capacity),
    )


def maybe_batch_join(
    tensors_list: Any,
    keep_input: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Return batches of those examples from several sources that are to be kept.

    Parameters
    ----------
    tensors_list : list of list or dict of Tensor
        Examples, or several as rows if `enqueue_many`: each is read by a thread of its own.
        Sparse tensors may be among them.
    keep_input : bool or Tensor
        Whether the example counts. With `enqueue_many`, a vector may say it of each row.
    batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch,
    shared_name, name
        As for `batch`.

    Examples
    --------
    >>> x = tf.train.range_input_producer(4, num_epochs=1).dequeue()
    >>> batches = tf.train.maybe_batch_join([[x], [x]], True, 4)
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
        default_name="batch_join",
        name=name,
        keep_input=keep_input,
        make=fifo(capacity, dynamic_pad, shared_name),
        threads=1,
        enqueue_many=enqueue_many,
        shapes=shapes,
        is_last_smaller=allow_smaller_final_batch,
        watch=watching(capacity),
    )
