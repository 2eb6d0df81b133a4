"""``ProfilerHook``: traces a step now and then."""

from __future__ import annotations

import logging
import os
from typing import Any

from flowgraph.runtime.config import RunOptions
from flowgraph.runtime.timeline import Timeline
from flowgraph.summary.writer import FileWriterCache
from flowgraph.train.global_steps import required_global_step_read
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from flowgraph.train.step_timer import SecondOrStepTimer

_log = logging.getLogger("tensorflow")


class ProfilerHook(SessionRunHook):
    """Traces a step every so many steps or seconds: what ran when, and for how long.

    Each trace becomes a file ``timeline-STEP.json``, which Chrome's ``about://tracing`` and
    Perfetto show, and an event for TensorBoard.

    Parameters
    ----------
    save_steps : int, optional
    save_secs : float, optional
        How often; one of the two.
    output_dir : str
    show_dataflow : bool
        Draw arrows from where a tensor is made to where it is used.
    show_memory : bool
        Show each tensor, and how much memory they take together.

    Raises
    ------
    ValueError
        If not exactly one of `save_steps` and `save_secs` is given.
    RuntimeError
        In a graph without global step.

    Examples
    --------
    >>> import os, tempfile
    >>> logdir = tempfile.mkdtemp()
    >>> train = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> hook = tf.train.ProfilerHook(save_steps=2, output_dir=logdir)
    >>> with tf.train.MonitoredSession(hooks=[hook]) as sess:
    ...     for _ in range(3):
    ...         _ = sess.run(train)
    >>> sorted(name for name in os.listdir(logdir) if name.endswith("json"))
    ['timeline-2.json']
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        self._output_dir = output_dir
        self._show_dataflow = show_dataflow
        self._show_memory = show_memory
        self._timer = SecondOrStepTimer(save_secs, save_steps)
        self._writer = FileWriterCache.get(output_dir or os.curdir)

    def begin(self) -> None:
        """Find the global step."""
        self._next_step: Any = None
        self._step = required_global_step_read("ProfilerHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step, and where it is time for a trace."""
        started = self._next_step is not None
        self._due = started and self._timer.should_trigger_for_step(self._next_step)
        options = RunOptions(trace_level=RunOptions.FULL_TRACE) if self._due else None
        return SessionRunArgs(self._step, options=options)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Write the trace."""
        step = run_values.results + 1
        if self._next_step is None:  # the time runs from the first step on
            self._timer.update_last_triggered_step(run_values.results)
        if self._due:
            step = run_context.session.run(self._step)
            self._timer.update_last_triggered_step(step)
            self._save(step, run_values.run_metadata)
        self._next_step = step + 1

    def _save(self, step: Any, metadata: Any) -> None:
        path = os.path.join(self._output_dir, f"timeline-{step}.json")
        _log.info("Saving timeline for %d into '%s'.", step, path)
        timeline = Timeline(metadata.step_stats)
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                timeline.generate_chrome_trace_format(self._show_dataflow, self._show_memory)
            )
        self._writer.add_run_metadata(metadata, f"step_{step:d}")
