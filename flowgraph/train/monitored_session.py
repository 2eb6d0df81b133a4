"""Monitored sessions: initialized or restored when made, run with hooks, recovered from errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from flowgraph.errors import OutOfRangeError
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import GraphKeys, get_collection, get_default_graph
from flowgraph.train.coordinated_session import (
    PREEMPTION_ERRORS,
    CoordinatedSession,
    StepContext,
    check_step_fn,
)
from flowgraph.train.coordinator import Coordinator
from flowgraph.train.queue_runners import start_queue_runners
from flowgraph.train.scaffold import Scaffold
from flowgraph.train.session_creators import ChiefSessionCreator, SessionCreator
from flowgraph.train.session_run_hook import SessionRunHook

_log = logging.getLogger("tensorflow")
_ADVICE = (
    "If this occurs repeatedly, the processes behind the session may lack memory or bandwidth."
)


class _Monitored:
    """What `MonitoredSession` and `SingularMonitoredSession` share."""

    StepContext = StepContext

    def __init__(
        self,
        session_creator: SessionCreator,
        hooks: Sequence[SessionRunHook] | None,
        stop_grace_period_secs: float,
    ) -> None:
        self._graph_was_finalized = get_default_graph().finalized
        self._hooks = hooks or ()
        self._creator = session_creator
        self._grace_seconds = stop_grace_period_secs
        for hook in self._hooks:
            hook.begin()
        self._sess: CoordinatedSession | None = self._created()

    def _created(self) -> CoordinatedSession:
        """Make a session, start its threads and tell the hooks."""
        session = self._creator.create_session()
        coordinator = Coordinator(clean_stop_exception_types=[])
        if get_collection(GraphKeys.QUEUE_RUNNERS):
            start_queue_runners(sess=session, coord=coordinator)
        for hook in self._hooks:
            hook.after_create_session(session, coordinator)
        return CoordinatedSession(session, self._hooks, coordinator, self._grace_seconds)

    def _attempt(self, step: Callable[[CoordinatedSession], Any]) -> Any:
        """Make a step with the session there is."""
        if self._sess is None:
            raise RuntimeError("Session is already closed.")
        return step(self._sess)

    @property
    def graph(self) -> Graph | None:
        """The graph; ``None`` once the session is closed."""
        return None if self._sess is None else self._sess.session.graph

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Run a step with the hooks. Arguments and result are those of ``Session.run``.

        Raises
        ------
        RuntimeError
            If the session is closed, a hook has asked to stop, or two feed the same tensor.
        tf.errors.OpError
            As by ``Session.run``, or as a hook or a thread raised it.
        """
        return self._attempt(lambda sess: sess.run(fetches, feed_dict, options, run_metadata))

    def run_step_fn(self, step_fn: Callable[[Any], Any]) -> Any:
        """Call a function that makes steps with hooks and without, and return its result.

        Parameters
        ----------
        step_fn : callable
            Takes a `StepContext` named ``step_context``.

        Raises
        ------
        ValueError
            If `step_fn` takes something else.
        """
        check_step_fn(step_fn)
        return self._attempt(lambda sess: sess.run_step_fn(step_fn))

    def should_stop(self) -> bool:
        """Return whether a hook or a thread asked to stop, or the session is closed.

        An error of a thread is raised here.
        """
        return self._sess is None or self._sess.should_stop()

    def close(self) -> None:
        """End the hooks and the threads, and close the session.

        Raises
        ------
        RuntimeError
            If it is closed already.
        """
        self._close(tells_hooks=True)

    def _close(self, tells_hooks: bool) -> None:
        sess, self._sess = self._sess, None
        try:
            if sess is None:
                raise RuntimeError("Session is already closed.")
            try:
                if tells_hooks:
                    for hook in self._hooks:
                        hook.end(sess.session)
            finally:
                sess.close()
        finally:
            if not self._graph_was_finalized:
                get_default_graph()._unsafe_unfinalize()

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        ended = kind in (None, OutOfRangeError, StopIteration)
        self._close(tells_hooks=ended)
        return ended


class MonitoredSession(_Monitored):
    """A session that initializes or restores the model, runs hooks with each step, and recovers.

    When the input ends (`OutOfRangeError`), or a hook or a `StopIteration` asks to stop, its
    ``with`` block ends without error. After an `AbortedError` or `UnavailableError` it makes
    a new session and repeats the step. The graph is finalized while it is open.

    Parameters
    ----------
    session_creator : SessionCreator, optional
        A `ChiefSessionCreator` if left out.
    hooks : list of SessionRunHook, optional
    stop_grace_period_secs : float
        How long threads may take to end when it is closed.

    Examples
    --------
    >>> step = tf.train.get_or_create_global_step()
    >>> train = tf.assign_add(step, 1)
    >>> with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(num_steps=2)]) as sess:
    ...     while not sess.should_stop():
    ...         print(sess.run(train))
    1
    2
    """

    def __init__(
        self,
        session_creator: SessionCreator | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        creator = session_creator or ChiefSessionCreator()
        super().__init__(creator, hooks, stop_grace_period_secs)

    def _created(self) -> CoordinatedSession:
        while True:
            try:
                return super()._created()
            except PREEMPTION_ERRORS as error:
                _log.info(
                    "An error was raised while a session was being created. A new session will be "
                    "created. %s Error: %s",
                    _ADVICE,
                    error,
                )

    def _attempt(self, step: Callable[[CoordinatedSession], Any]) -> Any:
        while True:
            try:
                return super()._attempt(step)
            except PREEMPTION_ERRORS as error:
                _log.info(
                    "An error was raised. The current session will be closed and a new session "
                    "will be created. %s Error: %s",
                    _ADVICE,
                    error,
                )
                self._replace()

    def should_stop(self) -> bool:
        """Return whether a hook or a thread asked to stop, or the session is closed.

        After an error of a thread it is true, and closing the session raises the error.
        """
        try:
            return super().should_stop()
        except PREEMPTION_ERRORS as error:
            _log.info(
                "An error was raised while considering whether the session is complete. The "
                "current session will be closed and a new session will be created. %s Error: %s",
                _ADVICE,
                error,
            )
            self._replace()
            return False
        except Exception:  # noqa: BLE001 - closing the session raises it
            return True

    def _replace(self) -> None:
        """Close the session, whatever its threads still raise of what it is closed for."""
        assert self._sess is not None
        try:
            self._sess.close()
        except PREEMPTION_ERRORS as error:
            _log.info("The error was raised again while the session was closed: %s", error)
        self._sess = self._created()


class SingularMonitoredSession(_Monitored):
    """A `MonitoredSession` that does not recover from errors, and gives its session away.

    Parameters
    ----------
    hooks : list of SessionRunHook, optional
    scaffold : Scaffold, optional
    master : str
        The session's target.
    config : ConfigProto, optional
    checkpoint_dir : str, optional
        Where to look for the latest checkpoint to restore.
    stop_grace_period_secs : float
        How long threads may take to end when it is closed.
    checkpoint_filename_with_path : str, optional
        The checkpoint to restore, in place of `checkpoint_dir`.

    Examples
    --------
    >>> w = tf.Variable(3.0)
    >>> with tf.train.SingularMonitoredSession() as sess:
    ...     print(sess.raw_session().run(w))
    3.0
    """

    def __init__(
        self,
        hooks: Sequence[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        creator = ChiefSessionCreator(
            scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path
        )
        super().__init__(creator, hooks, stop_grace_period_secs)

    def raw_session(self) -> Any:
        """Return the session, which runs without hooks; ``None`` once it is closed."""
        return None if self._sess is None else self._sess.session
