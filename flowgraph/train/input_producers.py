"""Input producers: queues that are filled with file names, numbers or rows, epoch after epoch."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import greater
from flowgraph.ops.constant import constant
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import cast, identity, size
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.file import matching_files
from flowgraph.ops.gathering import gather
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.queue import FIFOQueue
from flowgraph.ops.sampling import random_shuffle
from flowgraph.ops.sequences import range as range_
from flowgraph.shapes import as_shape
from flowgraph.summary.recording import scalar
from flowgraph.train.queue_runners import QueueRunner, add_queue_runner
from flowgraph.variables.variable import Variable


def match_filenames_once(pattern: Any, name: str | None = None) -> Variable:
    """Return a variable of the names of files, found when it is initialized.

    Parameters
    ----------
    pattern : str or list of str
        With ``*``, ``?`` and ``[...]`` in the last part of the path.
    name : str, optional

    Returns
    -------
    Variable
        A local one: `tf.local_variables_initializer` finds the files.

    Examples
    --------
    >>> names = tf.train.match_filenames_once("*.no_such_ending")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     sess.run(names)
    array([], dtype=object)
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return Variable(
            name=scope,
            initial_value=matching_files(pattern),
            trainable=False,
            validate_shape=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )


def limit_epochs(tensor: Any, num_epochs: int | None = None, name: str | None = None) -> Tensor:
    """Return a tensor that can be evaluated a number of times.

    Parameters
    ----------
    tensor : Tensor
    num_epochs : int, optional
        Without it there is no limit, and `tensor` itself is returned.
    name : str, optional

    Returns
    -------
    Tensor
        The count is a local variable: `tf.local_variables_initializer` makes it.

    Raises
    ------
    ValueError
        If `num_epochs` is not positive.
    OutOfRangeError
        When run once more.

    Examples
    --------
    >>> once = tf.train.limit_epochs(tf.constant("all"), num_epochs=1)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     print(sess.run(once))
    b'all'
    """
    if num_epochs is None:
        return tensor  # type: ignore[no-any-return]
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        epochs = Variable(
            constant(0, dtypes.int64),
            name="epochs",
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )
        with control_dependencies([epochs.count_up_to(int(num_epochs))]):
            return identity(tensor, name=scope)


def input_producer(
    input_tensor: Any,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> FIFOQueue:
    """Return a queue that a queue runner fills with the rows of a tensor, again and again.

    Parameters
    ----------
    input_tensor : Tensor
        Of rank 1 at least.
    element_shape : TensorShape, optional
        Of a row, where the tensor's shape is not known.
    num_epochs : int, optional
        How often; without it for ever. The count is a local variable.
    shuffle : bool
        Shuffle the rows of each epoch.
    seed : int, optional
        Of the shuffling.
    capacity : int
        Of the queue.
    shared_name : str, optional
        Queues of the same shared name are one in a session.
    summary_name : str, optional
        Of a scalar summary: how full the queue is.
    name : str, optional
    cancel_op : Operation, optional
        Run when a stop is asked for, instead of closing the queue.

    Raises
    ------
    ValueError
        If the shape of a row is not fully known.

    Examples
    --------
    >>> rows = tf.train.input_producer([[1, 2], [3, 4]], shuffle=False).dequeue()
    >>> with tf.Session() as sess:
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sess.run(rows), sess.run(rows), sess.run(rows))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [1 2] [3 4] [1 2]
    """
    with name_scope(name, "input_producer", [input_tensor]):
        rows = convert_to_tensor(input_tensor, name="input_tensor")
        shape = rows.shape.with_rank_at_least(1)[1:].merge_with(as_shape(element_shape))
        if not shape.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be "
                "specified"
            )
        if shuffle:
            rows = random_shuffle(rows, seed=seed)
        rows = limit_epochs(rows, num_epochs)
        queue = FIFOQueue(
            capacity=capacity,
            dtypes=[rows.dtype.base_dtype],
            shapes=[shape],
            shared_name=shared_name,
            name=name,
        )
        add_queue_runner(QueueRunner(queue, [queue.enqueue_many([rows])], cancel_op=cancel_op))
        if summary_name is not None:
            scalar(summary_name, cast(queue.size(), dtypes.float32) * (1.0 / capacity))
        return queue


_NOT_NULL = "string_input_producer requires a non-null input tensor"


def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> FIFOQueue:
    """Return a queue that is filled with strings, such as the names of files to read.

    Parameters
    ----------
    string_tensor : list of str or Tensor
        A vector of strings.
    num_epochs, shuffle, seed, capacity, shared_name, name, cancel_op
        As for `input_producer`.

    Raises
    ------
    ValueError
        If the list is empty.
    InvalidArgumentError
        When run: if the tensor is empty.

    Examples
    --------
    >>> name = tf.train.string_input_producer(["a", "b"], shuffle=False).dequeue()
    >>> with tf.Session() as sess:
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sess.run(name), sess.run(name), sess.run(name))
    ...     coord.request_stop()
    ...     coord.join(threads)
    b'a' b'b' b'a'
    """
    if not isinstance(string_tensor, Tensor | Variable) and not len(string_tensor):
        raise ValueError(_NOT_NULL)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        strings = convert_to_tensor(string_tensor, dtypes.string)
        with control_dependencies([assert_that(greater(size(strings), 0), [_NOT_NULL])]):
            strings = identity(strings)
        return input_producer(
            strings,
            element_shape=[],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
            summary_name=f"fraction_of_{capacity}_full",
            name=scope,
            cancel_op=cancel_op,
        )


def range_input_producer(
    limit: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> FIFOQueue:
    """Return a queue that is filled with the integers from 0 to `limit` - 1.

    Parameters
    ----------
    limit : int or Tensor
        An int32 scalar.
    num_epochs, shuffle, seed, capacity, shared_name, name
        As for `input_producer`.

    Examples
    --------
    >>> index = tf.train.range_input_producer(2, shuffle=False).dequeue()
    >>> with tf.Session() as sess:
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sess.run(index), sess.run(index), sess.run(index))
    ...     coord.request_stop()
    ...     coord.join(threads)
    0 1 0
    """
    with name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(
            range_(limit),
            [],
            num_epochs,
            shuffle,
            seed,
            capacity,
            shared_name,
            f"fraction_of_{capacity}_full",
            scope,
        )


def slice_input_producer(
    tensor_list: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """Return one row of each tensor, the same of all, a new one at each run.

    Parameters
    ----------
    tensor_list : list of Tensor
        Of the same first dimension, such as images and labels.
    num_epochs, shuffle, seed, capacity, shared_name, name
        As for `input_producer`.

    Returns
    -------
    list of Tensor

    Raises
    ------
    ValueError
        If the list is empty.

    Examples
    --------
    >>> image, label = tf.train.slice_input_producer([[[0.0], [0.5]], [7, 8]], shuffle=False)
    >>> with tf.Session() as sess:
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(*sess.run([image, label]), *sess.run([image, label]))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [0.] 7 [0.5] 8
    """
    if not tensor_list:
        raise ValueError("Expected at least one tensor in slice_input_producer().")
    with name_scope(name, "input_producer", tensor_list):
        tensors = [convert_to_tensor(tensor) for tensor in tensor_list]
        rows = strided_slice_from_key(shape_of(tensors[0]), 0)
        queue = range_input_producer(
            rows, num_epochs, shuffle, seed, capacity, shared_name=shared_name
        )
        index = queue.dequeue()
        return [gather(tensor, index) for tensor in tensors]
