"""Hooks that write files: checkpoints and summaries."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from flowgraph import protos
from flowgraph.graph.scope import GraphKeys, get_default_graph
from flowgraph.graphdef.export import picture, write_graph
from flowgraph.graphdef.meta import export_meta_graph
from flowgraph.summary.writer import FileWriterCache
from flowgraph.train.global_steps import required_global_step_read
from flowgraph.train.scaffold import collected_saver
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from flowgraph.train.step_timer import SecondOrStepTimer

_log = logging.getLogger("tensorflow")


class CheckpointSaverListener:
    """Is told when a `CheckpointSaverHook` saves. Subclasses say what to do then.

    Examples
    --------
    >>> class Telling(tf.train.CheckpointSaverListener):
    ...     def after_save(self, session, global_step_value):
    ...         print("saved", global_step_value)
    """

    def begin(self) -> None:
        """Run before the session is made: the last time that the graph can be changed."""

    def before_save(self, session: Any, global_step_value: Any) -> None:
        """Run before a checkpoint is written."""

    def after_save(self, session: Any, global_step_value: Any) -> bool | None:
        """Run after a checkpoint is written. A true value asks to stop the training."""
        return None

    def end(self, session: Any, global_step_value: Any) -> None:
        """Run when the session ends."""


class CheckpointSaverHook(SessionRunHook):
    """Saves checkpoints: at the start, every so many steps or seconds, and at the end.

    Parameters
    ----------
    checkpoint_dir : str
    save_secs : float, optional
    save_steps : int, optional
        How often; one of the two.
    saver : Saver, optional
        By default that of `scaffold`, or else the one that ``GraphKeys.SAVERS`` holds.
    checkpoint_basename : str
    scaffold : Scaffold, optional
    listeners : list of CheckpointSaverListener, optional

    Raises
    ------
    ValueError
        If not exactly one of `save_secs` and `save_steps` is given, or both `saver` and
        `scaffold` are.
    RuntimeError
        In a graph without global step, or without one saver.

    Examples
    --------
    >>> import tempfile
    >>> step = tf.train.get_or_create_global_step()
    >>> train, logdir = tf.assign_add(step, 1), tempfile.mkdtemp()
    >>> hook = tf.train.CheckpointSaverHook(logdir, save_steps=2, saver=tf.train.Saver())
    >>> with tf.train.MonitoredSession(hooks=[hook]) as sess:
    ...     for _ in range(3):
    ...         _ = sess.run(train)
    >>> tf.train.latest_checkpoint(logdir).endswith("/model.ckpt-3")
    True
    """

    def __init__(
        self,
        checkpoint_dir: str,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Sequence[CheckpointSaverListener] | None = None,
    ) -> None:
        _log.info("Create CheckpointSaverHook.")
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver = saver
        self._directory = checkpoint_dir
        self._path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(save_secs, save_steps)
        self._listeners = listeners or ()

    def begin(self) -> None:
        """Open the writer and find the global step."""
        self._writer = FileWriterCache.get(self._directory)
        self._step = required_global_step_read("CheckpointSaverHook")
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Write the graph and the first checkpoint."""
        step = session.run(self._step)
        graph = get_default_graph()
        shown = picture(graph)
        write_graph(shown, self._directory, "graph.pbtxt")
        saver_def = self._found_saver().saver_def
        self._writer.add_graph(graph)
        self._writer.add_meta_graph(export_meta_graph(graph, saver_def, graph_def=shown))
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step."""
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Save where it is time."""
        if not self._timer.should_trigger_for_step(run_values.results + 1):
            return
        step = run_context.session.run(self._step)
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session: Any) -> None:
        """Save the last step, unless it has been."""
        step = session.run(self._step)
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session: Any, step: Any) -> bool:
        """Save, and return whether a listener asks to stop."""
        _log.info("Saving checkpoints for %d into %s.", step, self._path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._found_saver().save(session, self._path, global_step=step)
        entry = protos.SessionLog(status=protos.SessionLog.CHECKPOINT, checkpoint_path=self._path)
        self._writer.add_session_log(entry, step)
        stops = False
        for listener in self._listeners:
            if listener.after_save(session, step):
                _log.info(
                    "A CheckpointSaverListener requested that training be stopped. listener: %s",
                    listener,
                )
                stops = True
        return stops

    def _found_saver(self) -> Any:
        if self._saver is None and self._scaffold is not None:
            return self._scaffold.saver
        if self._saver is None:
            self._saver = collected_saver()
            if self._saver is None:
                raise RuntimeError(
                    f"No items in collection {GraphKeys.SAVERS}. Please add a saver to the "
                    "collection or provide a saver or scaffold."
                )
        return self._saver


class SummarySaverHook(SessionRunHook):
    """Writes summaries: at the first step, and every so many steps or seconds after.

    Parameters
    ----------
    save_steps : int, optional
    save_secs : float, optional
        How often; one of the two.
    output_dir : str, optional
        Where to write.
    summary_writer : FileWriter, optional
        Writes instead.
    scaffold : Scaffold, optional
    summary_op : Tensor or list of Tensor, optional
        What to write: this, or the ``summary_op`` of `scaffold`.

    Raises
    ------
    ValueError
        If not exactly one of `save_steps` and `save_secs`, or of `scaffold` and
        `summary_op`, is given.
    RuntimeError
        In a graph without global step.

    Examples
    --------
    >>> import tempfile
    >>> merged = tf.summary.merge([tf.summary.scalar("loss", 0.5)])
    >>> hook = tf.train.SummarySaverHook(
    ...     save_steps=100, output_dir=tempfile.mkdtemp(), summary_op=merged
    ... )
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ) -> None:
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op = summary_op
        self._writer = summary_writer
        self._output_dir = output_dir
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(save_secs, save_steps)

    def begin(self) -> None:
        """Open the writer and find the global step."""
        if self._writer is None and self._output_dir:
            self._writer = FileWriterCache.get(self._output_dir)
        self._next_step: Any = None
        self._step = required_global_step_read("SummarySaverHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step, and where it is time for the summaries."""
        first = self._next_step is None
        self._due = first or self._timer.should_trigger_for_step(self._next_step)
        summaries = self._summaries() if self._due else None
        return SessionRunArgs(
            {"global_step": self._step} | ({} if summaries is None else {"summary": summaries})
        )

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Write the summaries."""
        if self._writer is None:
            return
        step = run_values.results["global_step"] + 1
        if self._due:
            step = run_context.session.run(self._step)
            if self._next_step is None:
                self._writer.add_session_log(
                    protos.SessionLog(status=protos.SessionLog.START), step
                )
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summary", ()):
                self._writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any = None) -> None:
        """Hand what was written to the operating system."""
        if self._writer is not None:
            self._writer.flush()

    def _summaries(self) -> list[Any] | None:
        found = self._scaffold.summary_op if self._summary_op is None else self._summary_op
        return [found] if found is not None and not isinstance(found, list) else found
