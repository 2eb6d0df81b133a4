"""Hooks: code that runs with each step of a monitored session."""

from __future__ import annotations

from typing import Any, NamedTuple


class SessionRunArgs(NamedTuple):
    """What a call of ``run`` takes; from a hook, what to add to the call.

    Parameters
    ----------
    fetches : any nesting of fetches
    feed_dict : dict, optional
    options : RunOptions, optional

    Examples
    --------
    >>> tf.train.SessionRunArgs("loss:0")
    SessionRunArgs(fetches='loss:0', feed_dict=None, options=None)
    """

    fetches: Any
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What a call of ``run`` gave.

    Parameters
    ----------
    results : the structure of the hook's fetches
        ``None`` if it asked for none.
    options : RunOptions
    run_metadata : RunMetadata

    Examples
    --------
    >>> tf.train.SessionRunValues(0.5, tf.RunOptions(), tf.RunMetadata()).results
    0.5
    """

    results: Any
    options: Any
    run_metadata: Any


class SessionRunContext:
    """The call of ``run`` that a hook is part of.

    Parameters
    ----------
    original_args : SessionRunArgs
        What the caller asked for.
    session : Session
        Runs without hooks.

    Examples
    --------
    >>> context = tf.train.SessionRunContext(tf.train.SessionRunArgs("loss:0"), tf.Session())
    >>> context.request_stop()
    >>> context.stop_requested
    True
    """

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs:
        """What the caller asked for."""
        return self._original_args

    @property
    def session(self) -> Any:
        """The session that runs this step; it runs without hooks."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether a hook asked for this step to be the last."""
        return self._stop_requested

    def request_stop(self) -> None:
        """Ask for this step to be the last: ``should_stop`` of the session becomes true."""
        self._stop_requested = True


class SessionRunHook:
    """Does something with each step of a monitored session. Subclasses say what.

    Examples
    --------
    >>> class Counting(tf.train.SessionRunHook):
    ...     count = 0
    ...
    ...     def after_run(self, run_context, run_values):
    ...         self.count += 1
    >>> hook, x = Counting(), tf.constant(1)
    >>> with tf.train.MonitoredSession(hooks=[hook]) as sess:
    ...     _ = sess.run(x), sess.run(x)
    >>> hook.count
    2
    """

    def begin(self) -> None:
        """Run before the session is made: the last time that the graph can be changed."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Run when a session is there, and again when another one had to be made.

        Parameters
        ----------
        session : Session
            Its variables have their values.
        coord : Coordinator
            Of the threads that belong to the session.
        """

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Run before each step, and return what to add to it.

        Parameters
        ----------
        run_context : SessionRunContext

        Returns
        -------
        SessionRunArgs or None
        """
        return None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Run after each step that raised no error.

        Parameters
        ----------
        run_context : SessionRunContext
        run_values : SessionRunValues
            The values of what `before_run` asked for.
        """

    def end(self, session: Any) -> None:
        """Run before the session is closed, unless an error ended it.

        Parameters
        ----------
        session : Session
        """
