"""Hooks that follow the global step: stop at one, wait for one, measure how fast it goes."""

from __future__ import annotations

import logging
import time
from typing import Any

from flowgraph import protos
from flowgraph.summary.writer import FileWriterCache
from flowgraph.train.global_steps import get_global_step, required_global_step_read
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from flowgraph.train.step_timer import SecondOrStepTimer

_log = logging.getLogger("tensorflow")
_STEPS_BEFORE_WARNING = 20
_POLL_SECONDS = 0.5
_STEPS_BETWEEN_LINES = 1000


class StopAtStepHook(SessionRunHook):
    """Stops at a value of the global step.

    Parameters
    ----------
    num_steps : int, optional
        How many steps to make from where the session starts.
    last_step : int, optional
        The value to stop at. One of the two.

    Raises
    ------
    ValueError
        If both are given, or neither.
    RuntimeError
        In a graph without global step.

    Examples
    --------
    >>> step = tf.train.get_or_create_global_step()
    >>> train = tf.assign_add(step, 1)
    >>> hooks = [tf.train.StopAtStepHook(last_step=3)]
    >>> with tf.train.MonitoredTrainingSession(hooks=hooks) as sess:
    ...     while not sess.should_stop():
    ...         print(sess.run(train))
    1
    2
    3
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps = num_steps
        self._last_step = last_step

    def begin(self) -> None:
        """Find the global step."""
        self._step = required_global_step_read("StopAtStepHook")

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Set the last step, if it is not given or known from a session before."""
        if self._last_step is None:
            self._last_step = session.run(self._step) + self._num_steps

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step."""
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Ask to stop when the last step is made."""
        # The value is of before the step; only near the end does it cost another run to know.
        may_be_last = run_values.results + 1 >= self._last_step
        if may_be_last and run_context.session.run(self._step) >= self._last_step:
            run_context.request_stop()


class GlobalStepWaiterHook(SessionRunHook):
    """Waits with the first step until others have brought the global step to a value.

    Parameters
    ----------
    wait_until_step : int

    Raises
    ------
    RuntimeError
        In a graph without global step.

    Examples
    --------
    >>> hook = tf.train.GlobalStepWaiterHook(wait_until_step=0)
    """

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step

    def begin(self) -> None:
        """Find the global step."""
        self._started = self._wait_until_step <= 0
        self._step = required_global_step_read("_GlobalStepWaiterHook")

    def before_run(self, run_context: SessionRunContext) -> None:
        """Wait."""
        if self._started:
            return
        waiting = f"Waiting for global step {self._wait_until_step:d} before starting training."
        _log.info(waiting)
        logged = 0
        while (step := run_context.session.run(self._step)) < self._wait_until_step:
            if step - logged > _STEPS_BETWEEN_LINES:
                _log.info("%s Current step is %d.", waiting, step)
                logged = step
            time.sleep(_POLL_SECONDS)
        self._started = True


class StepCounterHook(SessionRunHook):
    """Logs, and writes as a summary, how many steps are made per second.

    Parameters
    ----------
    every_n_steps : int, optional
    every_n_secs : float, optional
        How often; one of the two.
    output_dir : str, optional
        Where to write summaries, with the tag ``global_step/sec``.
    summary_writer : FileWriter, optional
        Writes the summaries instead.

    Raises
    ------
    ValueError
        If not exactly one of `every_n_steps` and `every_n_secs` is given.
    RuntimeError
        In a graph without global step.

    Examples
    --------
    >>> hook = tf.train.StepCounterHook(every_n_steps=1000)
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
    ) -> None:
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_n_secs, every_n_steps)
        self._writer = summary_writer
        self._output_dir = output_dir
        self._last_stale: Any = None
        self._unchanged = 0

    def begin(self) -> None:
        """Open the writer and find the global step."""
        if self._writer is None and self._output_dir:
            self._writer = FileWriterCache.get(self._output_dir)
        self._step = required_global_step_read("StepCounterHook")
        self._tag = f"{get_global_step().op.name}/sec"

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step."""
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Show the speed, where it is time."""
        stale = run_values.results
        if self._timer.should_trigger_for_step(stale + 1):
            step = run_context.session.run(self._step)
            if self._timer.should_trigger_for_step(step):
                seconds, steps = self._timer.update_last_triggered_step(step)
                if seconds is not None:
                    self._show(steps / seconds, step)
        self._warn_if_unchanged(stale)

    def _show(self, speed: float, step: Any) -> None:
        if self._writer is not None:
            value = protos.Summary.Value(tag=self._tag, simple_value=speed)
            self._writer.add_summary(protos.Summary(value=[value]), step)
        _log.info("%s: %g", self._tag, speed)

    def _warn_if_unchanged(self, stale: Any) -> None:
        self._unchanged = self._unchanged + 1 if stale == self._last_stale else 0
        if self._unchanged == _STEPS_BEFORE_WARNING:
            self._unchanged = 0
            _log.warning(
                "It seems that global step (tf.train.get_global_step) has not been increased: it "
                "is still %s. Pass it to Optimizer.minimize or Optimizer.apply_gradients",
                stale,
            )
        self._last_stale = stale
