"""A session whose steps run with hooks, and whose threads end with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.errors import AbortedError, UnavailableError
from flowgraph.protos import RunMetadata
from flowgraph.runtime.config import RunOptions
from flowgraph.train.coordinator import Coordinator
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)

PREEMPTION_ERRORS = AbortedError, UnavailableError
"""What is raised where another process has gone: a new session may do better."""


class StepContext:
    """What the function given to ``run_step_fn`` can do.

    Parameters
    ----------
    session : Session
    run_with_hooks_fn : callable
    """

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        self._session = session
        self._run_with_hooks = run_with_hooks_fn

    @property
    def session(self) -> Any:
        """The session, which runs without hooks."""
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """Run with hooks. Arguments: those of ``run`` of the monitored session."""
        return self._run_with_hooks(*args, **kwargs)

    def request_stop(self) -> None:
        """End the training.

        Raises
        ------
        StopIteration
            Always, which the monitored session's ``with`` block takes as its end.
        """
        raise StopIteration("step_fn has requested the iterations to stop.")


def check_step_fn(step_fn: Any) -> None:
    """Raise a ValueError unless a function takes a ``step_context``."""
    names = tuple(inspect.signature(step_fn).parameters)
    if inspect.ismethod(step_fn):
        names = ("self", *names)
    if names not in (("step_context",), ("self", "step_context")):
        raise ValueError(
            "`step_fn` may either have one `step_context` argument, or `self` and `step_context` "
            f"arguments if it's an instance method. Got {names} instead."
        )


class CoordinatedSession:
    """One session, with its hooks and the coordinator of its threads.

    Parameters
    ----------
    session : Session
    hooks : list of SessionRunHook
    coordinator : Coordinator
    grace_seconds : float
        How long threads may take to end.
    """

    def __init__(
        self,
        session: Any,
        hooks: Sequence[SessionRunHook],
        coordinator: Coordinator,
        grace_seconds: float,
    ) -> None:
        self.session = session
        self._hooks = hooks
        self._coordinator = coordinator
        self._grace_seconds = grace_seconds
        self._stop_requested = False

    def should_stop(self) -> bool:
        """Return whether a hook or a thread asked to stop; raise what a thread raised."""
        self._coordinator.raise_requested_exception()
        return self._coordinator.should_stop() or self._stop_requested

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Run a step with what the hooks add to it."""
        return self._telling_threads_errors(
            lambda: self._run_with_hooks(fetches, feed_dict, options, run_metadata)
        )

    def run_step_fn(self, step_fn: Callable[[StepContext], Any]) -> Any:
        """Call a function that makes steps with hooks and without."""
        context = StepContext(self.session, self._run_with_hooks)
        return self._telling_threads_errors(lambda: step_fn(context))

    def close(self) -> None:
        """End the threads and close the session."""
        self._coordinator.request_stop()
        try:
            self._coordinator.join(
                stop_grace_period_secs=self._grace_seconds, ignore_live_threads=True
            )
        finally:
            self.session.close()

    def _telling_threads_errors(self, step: Callable[[], Any]) -> Any:
        """Make a step. One that fails since a thread lost its process raises the thread's error."""
        try:
            return step()
        except PREEMPTION_ERRORS:
            raise
        except Exception:
            self._raise_if_preempted()
            raise

    def _raise_if_preempted(self) -> None:
        """Raise what a thread raised if another session may do better."""
        try:
            self._coordinator.raise_requested_exception()
        except PREEMPTION_ERRORS:
            raise
        except Exception:  # noqa: BLE001 - the step's own error, raised now, says more
            return

    def _run_with_hooks(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        if self._stop_requested:
            raise RuntimeError("Run called even after should_stop requested.")
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self.session)
        merged = RunOptions()
        if options is not None:
            merged.CopyFrom(options)
        metadata = RunMetadata() if run_metadata is None else run_metadata
        wanted: dict[Any, Any] = {"caller": fetches}
        feeds = self._asked(context, wanted, feed_dict, merged)
        values = self.session.run(wanted, feeds, merged, metadata)
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(values.get(hook), merged, metadata))
        self._stop_requested = self._stop_requested or context.stop_requested
        return values["caller"]

    def _asked(
        self, context: SessionRunContext, wanted: dict[Any, Any], feed_dict: Any, options: Any
    ) -> Any:
        """Ask the hooks; add their fetches to `wanted`, and return all feeds."""
        feeds: dict[Any, Any] = {}
        for hook in self._hooks:
            request = hook.before_run(context)
            if request is None:
                continue
            if request.fetches is not None:
                wanted[hook] = request.fetches
            if request.feed_dict:
                _check_apart(feeds, request.feed_dict, "Same tensor is fed by two hooks.")
                feeds |= request.feed_dict
            if request.options is not None:
                _merge(options, request.options)
        if feeds and feed_dict:
            _check_apart(feed_dict, feeds, "Same tensor is fed by a SessionRunHook and user.")
        return (feeds | feed_dict if feed_dict else feeds) if feeds else feed_dict


def _check_apart(feeds: dict[Any, Any], others: dict[Any, Any], message: str) -> None:
    both = [key for key in others if key in feeds]
    if both:
        raise RuntimeError(f"{message} Conflict(s): {both}")


def _merge(options: Any, others: Any) -> None:
    """Ask for what either of two `RunOptions` asks for."""
    for name in RunOptions.FIELDS:
        setattr(options, name, max(getattr(options, name), getattr(others, name)))
