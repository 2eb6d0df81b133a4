"""Hooks that bring values into each step, and take values out at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flowgraph.errors import OutOfRangeError
from flowgraph.train.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook

_log = logging.getLogger("tensorflow")


class FeedFnHook(SessionRunHook):
    """Feeds what a function returns.

    Parameters
    ----------
    feed_fn : callable
        Returns a ``feed_dict``; called before each step.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32)
    >>> twice = 2 * x
    >>> hook = tf.train.FeedFnHook(lambda: {x: 3.0})
    >>> with tf.train.MonitoredSession(hooks=[hook]) as sess:
    ...     print(sess.run(twice))
    6.0
    """

    def __init__(self, feed_fn: Callable[[], dict[Any, Any]]) -> None:
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Add the feeds."""
        return SessionRunArgs(None, self.feed_fn())


class FinalOpsHook(SessionRunHook):
    """Evaluates tensors when the session ends.

    Parameters
    ----------
    final_ops : any nesting of fetches
    final_ops_feed_dict : dict, optional

    Examples
    --------
    >>> x = tf.constant(3.0)
    >>> hook = tf.train.FinalOpsHook({"x": x})
    >>> with tf.train.MonitoredSession(hooks=[hook]):
    ...     pass
    >>> print(hook.final_ops_values["x"])
    3.0
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: dict[Any, Any] | None = None) -> None:
        self._final_ops = final_ops
        self._feeds = final_ops_feed_dict
        self._values: Any = None

    @property
    def final_ops_values(self) -> Any:
        """The values, once the session has ended."""
        return self._values

    def end(self, session: Any) -> None:
        """Evaluate them."""
        if self._final_ops is None:
            return
        try:
            self._values = session.run(self._final_ops, feed_dict=self._feeds)
        except (OutOfRangeError, StopIteration):
            _log.warning(
                "What FinalOpsHook evaluates reads from an input that has ended. It should depend "
                "on variables only"
            )
            raise
