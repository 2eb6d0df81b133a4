"""Queue runners: threads that keep a queue filled while a session runs."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from flowgraph import errors, protos
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    GraphKeys,
    add_to_collection,
    get_default_graph,
    get_default_session,
)
from flowgraph.graphdef.collection_def import register_proto_function
from flowgraph.ops.queue_base import QueueBase
from flowgraph.train.coordinator import Coordinator


class QueueRunner:
    """Runs operations that fill a queue, each in a thread of its own.

    Parameters
    ----------
    queue : QueueBase
    enqueue_ops : list of Operation
        What is run again and again; an operation listed twice gets two threads.
    close_op : Operation, optional
        Run when the last thread has come to the end of its input; ``queue.close()`` if left
        out.
    cancel_op : Operation, optional
        Run when the coordinator asks for a stop; left out, it closes the queue and cancels
        what waits to be put in.
    queue_closed_exception_types : tuple of type, optional
        Errors that mean the end of the input: `OutOfRangeError`.
    queue_runner_def : QueueRunnerDef, optional
        Describes all of these in a graph that was read from a file.
    import_scope : str, optional
        The name scope that graph was put under.

    Raises
    ------
    ValueError
        If `queue` or `enqueue_ops` are missing, or given beside `queue_runner_def`.
    TypeError
        If `queue_closed_exception_types` is no tuple of `tf.errors`.

    Examples
    --------
    >>> queue = tf.FIFOQueue(8, tf.float32, shapes=[[]])
    >>> runner = tf.train.QueueRunner(queue, [queue.enqueue(1.5)] * 2)
    >>> values = queue.dequeue_many(3)
    >>> with tf.Session() as sess:
    ...     coord = tf.train.Coordinator()
    ...     threads = runner.create_threads(sess, coord=coord, start=True)
    ...     print(sess.run(values))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [1.5 1.5 1.5]
    """

    def __init__(
        self,
        queue: QueueBase | None = None,
        enqueue_ops: Any = None,
        close_op: Operation | None = None,
        cancel_op: Operation | None = None,
        queue_closed_exception_types: Any = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._exceptions_raised: list[BaseException] = []
        # How many threads run for a session.
        self._running: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._queue: Any
        if queue_runner_def is not None:
            if queue is not None or enqueue_ops is not None:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            self._take_over(queue_runner_def, import_scope)
            return
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        self._queue = queue
        self._enqueue_ops = list(enqueue_ops)
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = (
            queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        )
        self._queue_closed_exception_types = _checked(queue_closed_exception_types)

    def _take_over(self, definition: Any, import_scope: str | None) -> None:
        """Find in the default graph what a message describes."""
        prefix = f"{import_scope.rstrip('/')}/" if import_scope else ""

        def found(name: str) -> Any:
            return get_default_graph().as_graph_element(prefix + name)

        self._queue = found(definition.queue_name)
        self._enqueue_ops = [found(name) for name in definition.enqueue_op_name]
        self._close_op = found(definition.close_op_name)
        self._cancel_op = found(definition.cancel_op_name)
        kinds = tuple(
            errors.exception_type_from_error_code(code)
            for code in definition.queue_closed_exception_types
        )
        self._queue_closed_exception_types = _checked(kinds or None)

    @property
    def queue(self) -> Any:
        """The queue; its operation if it was read from a file."""
        return self._queue

    @property
    def enqueue_ops(self) -> list[Operation]:
        """What is run, a thread each."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Operation:
        """What is run at the end of the input."""
        return self._close_op

    @property
    def cancel_op(self) -> Operation:
        """What is run when a stop is asked for."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> tuple[type[errors.OpError], ...]:
        """Errors that mean the end of the input."""
        return self._queue_closed_exception_types

    @property
    def exceptions_raised(self) -> list[BaseException]:
        """Errors that ended threads which have no coordinator to tell."""
        return self._exceptions_raised

    @property
    def name(self) -> str:
        """The queue's name."""
        name: str = self._queue.name
        return name

    def create_threads(
        self,
        sess: Any,
        coord: Coordinator | None = None,
        daemon: bool = False,
        start: bool = False,
    ) -> list[threading.Thread]:
        """Make the threads that run the operations in a session.

        Parameters
        ----------
        sess : Session
        coord : Coordinator, optional
            Is told of errors, and stops the threads.
        daemon : bool
            The interpreter does not wait for the threads when it exits.
        start : bool
            Start them too.

        Returns
        -------
        list of threading.Thread
            None if threads of an earlier call still run for the session.
        """
        with self._lock:
            if self._running.get(sess, 0):
                return []
            self._running[sess] = len(self._enqueue_ops)
        works: list[tuple[str, Callable[..., None], tuple[Any, ...]]] = [
            (op.name, self._run, (sess, op, coord)) for op in self._enqueue_ops
        ]
        if coord is not None:
            works.append(("close_on_stop", self._close_on_stop, (sess, coord)))
        threads = []
        for what, work, arguments in works:
            name = f"QueueRunnerThread-{self.name}-{what}"
            thread = threading.Thread(target=work, args=arguments, name=name, daemon=daemon)
            threads.append(thread)
            if coord is not None:
                coord.register_thread(thread)
            if start:
                thread.start()
        return threads

    def _run(self, sess: Any, enqueue_op: Operation, coord: Coordinator | None) -> None:
        """Run one operation until its input ends or a stop is asked for."""
        is_counted = True
        try:
            enqueue = sess.make_callable(enqueue_op)
            while coord is None or not coord.should_stop():
                try:
                    enqueue()
                except self._queue_closed_exception_types:
                    is_counted = False
                    if not self._leave(sess):
                        self._close(sess)
                    return
        except Exception as error:  # whatever it is, another thread is to raise it
            if coord is not None:
                coord.request_stop(error)
                return
            logging.getLogger("tensorflow").error("Exception in QueueRunner: %s", error)
            with self._lock:
                self._exceptions_raised.append(error)
            raise
        finally:
            if is_counted:
                self._leave(sess)

    def _leave(self, sess: Any) -> int:
        """Count a thread as ended; returns how many still run for the session."""
        with self._lock:
            self._running[sess] -= 1
            return self._running[sess]

    def _close(self, sess: Any) -> None:
        """Close the queue, which another runner may have done."""
        try:
            sess.run(self._close_op)
        except (errors.OpError, RuntimeError) as error:  # the session may be closed by now
            logging.getLogger("tensorflow").debug("Ignored exception: %s", error)

    def _close_on_stop(self, sess: Any, coord: Coordinator) -> None:
        """Wake the threads that wait for room in the queue once a stop is asked for."""
        coord.wait_for_stop()
        try:
            sess.run(self._cancel_op)
        except (errors.OpError, RuntimeError) as error:  # the session may be closed by now
            logging.getLogger("tensorflow").debug("Ignored exception: %s", error)

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return a QueueRunnerDef message, or ``None`` if the queue is not under `export_scope`."""
        scope = f"{export_scope.rstrip('/')}/" if export_scope else ""
        if not self.name.startswith(scope):
            return None
        return protos.QueueRunnerDef(
            queue_name=self.name.removeprefix(scope),
            enqueue_op_name=[op.name.removeprefix(scope) for op in self._enqueue_ops],
            close_op_name=self._close_op.name.removeprefix(scope),
            cancel_op_name=self._cancel_op.name.removeprefix(scope),
            queue_closed_exception_types=[
                errors.error_code_from_exception_type(kind)
                for kind in self._queue_closed_exception_types
            ],
        )

    @staticmethod
    def from_proto(queue_runner_def: Any, import_scope: str | None = None) -> QueueRunner:
        """Return the runner that a QueueRunnerDef message describes."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


def _checked(kinds: Any) -> tuple[type[errors.OpError], ...]:
    if kinds is None:
        return (errors.OutOfRangeError,)
    if (
        not isinstance(kinds, tuple)
        or not kinds
        or not all(isinstance(kind, type) and issubclass(kind, errors.OpError) for kind in kinds)
    ):
        raise TypeError(
            "queue_closed_exception_types, when provided, must be a tuple of tf.error types, but "
            f"saw: {kinds}"
        )
    return kinds


register_proto_function(
    GraphKeys.QUEUE_RUNNERS, "QueueRunnerDef", QueueRunner.to_proto, QueueRunner.from_proto
)


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Add a queue runner to a collection, for `start_queue_runners` to find.

    Parameters
    ----------
    qr : QueueRunner
    collection : str

    Examples
    --------
    >>> queue = tf.FIFOQueue(8, tf.float32, shapes=[[]])
    >>> tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(1.5)]))
    >>> len(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS))
    1
    """
    add_to_collection(collection, qr)


def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Start the threads of all queue runners of a collection.

    Parameters
    ----------
    sess : Session, optional
        The default session if left out.
    coord : Coordinator, optional
        Stops the threads.
    daemon : bool
        The interpreter does not wait for the threads when it exits.
    start : bool
        False makes them only.
    collection : str

    Returns
    -------
    list of threading.Thread

    Raises
    ------
    ValueError
        If no session is given and there is no default.
    TypeError
        If `sess` is no session.

    Examples
    --------
    >>> number = tf.train.range_input_producer(3, num_epochs=1, shuffle=False).dequeue()
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(coord=coord)
    ...     print(sess.run(number), sess.run(number), sess.run(number))
    ...     coord.request_stop()
    ...     coord.join(threads)
    0 1 2
    """
    if sess is None:
        sess = get_default_session()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with "
                "sess.as_default()` or pass an explicit session to "
                "tf.start_queue_runners(sess=sess)"
            )
    if not hasattr(sess, "run") or not hasattr(sess, "graph"):
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {type(sess)}")
    runners: Iterable[QueueRunner] = sess.graph.get_collection(collection)
    return [
        thread
        for runner in runners
        for thread in runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
    ]
