"""Hooks that show values of a training: as log lines, and whether the loss is still a number."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.graph.scope import get_default_graph
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from flowgraph.train.step_timer import NeverTriggerTimer, SecondOrStepTimer

_log = logging.getLogger("tensorflow")


def graph_element(given: Any) -> Any:
    """Return a tensor or operation of the default graph; of a name, the one output it has.

    Raises
    ------
    ValueError
        If it is of another graph, or a name without ``:`` has several outputs.
    KeyError
        If there is none of that name.
    """
    graph = get_default_graph()
    if not isinstance(given, str):
        if getattr(given, "graph", None) is not graph:
            raise ValueError(
                f"Passed {given} should have graph attribute that is equal to current graph "
                f"{graph}."
            )
        return given
    if ":" in given:
        return graph.as_graph_element(given)
    tensor = graph.as_graph_element(f"{given}:0")
    if len(tensor.op.outputs) > 1:
        raise ValueError(
            f"Name {given} is ambiguous, as this `Operation` has multiple outputs (at least 2)."
        )
    return tensor


class LoggingTensorHook(SessionRunHook):
    """Logs the values of tensors, at level INFO.

    Parameters
    ----------
    tensors : dict of str to Tensor, or list of Tensor
        Tensors or their names; a dict says what to call them.
    every_n_iter : int, optional
        Log at the first step and every so many steps after.
    every_n_secs : float, optional
        Log at the first step and every so many seconds after.
    at_end : bool
        Log when the session ends too; then neither of the former need be given.
    formatter : callable, optional
        Makes the line from a dict of the values.

    Raises
    ------
    ValueError
        If not exactly one of `every_n_iter` and `every_n_secs` is given, or `every_n_iter`
        is not positive.

    Examples
    --------
    >>> hook = tf.train.LoggingTensorHook({"loss": tf.constant(0.5)}, every_n_iter=100)
    """

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[dict[Any, Any]], str] | None = None,
    ) -> None:
        only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError(
                "either at_end and/or exactly one of every_n_iter and every_n_secs must be "
                "provided."
            )
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        self._named = tensors if isinstance(tensors, dict) else {each: each for each in tensors}
        self._order = sorted(tensors) if isinstance(tensors, dict) else list(tensors)
        self._timer = (
            NeverTriggerTimer() if only_at_end else SecondOrStepTimer(every_n_secs, every_n_iter)
        )
        self._at_end = at_end
        self._formatter = formatter
        self._count = 0
        self._due = False

    def begin(self) -> None:
        """Find the tensors in the default graph."""
        self._timer.reset()
        self._count = 0
        self._fetched = {tag: graph_element(given) for tag, given in self._named.items()}

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask for the tensors where it is time to log them."""
        self._due = self._timer.should_trigger_for_step(self._count)
        return SessionRunArgs(self._fetched) if self._due else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Log the values."""
        if self._due:
            self._show(run_values.results)
        self._count += 1

    def end(self, session: Any) -> None:
        """Log the values, if they are to be logged at the end."""
        if self._at_end:
            self._show(session.run(self._fetched))

    def _show(self, values: dict[Any, Any]) -> None:
        seconds, _ = self._timer.update_last_triggered_step(self._count)
        with np.printoptions(suppress=True):
            if self._formatter is not None:
                _log.info(self._formatter(values))
                return
            line = ", ".join(f"{tag} = {values[tag]!s}" for tag in self._order)
        if seconds is None:
            _log.info("%s", line)
        else:
            _log.info("%s (%.3f sec)", line, seconds)


class NanLossDuringTrainingError(RuntimeError):
    """The loss is not a number any more."""

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Ends the training when the loss is not a number.

    Parameters
    ----------
    loss_tensor : Tensor
    fail_on_nan_loss : bool
        Raise an error rather than just stop.

    Raises
    ------
    NanLossDuringTrainingError
        When run.

    Examples
    --------
    >>> loss = tf.log(-1.0)
    >>> with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(loss)]) as sess:
    ...     sess.run(loss)
    Traceback (most recent call last):
    flowgraph.train.logging_hooks.NanLossDuringTrainingError: NaN loss during training.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss = loss_tensor
        self._fails = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the loss."""
        return SessionRunArgs(self._loss)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Look at the loss."""
        if not np.isnan(run_values.results):
            return
        level = logging.ERROR if self._fails else logging.WARNING
        _log.log(level, "Model diverged with loss = NaN.")
        if self._fails:
            raise NanLossDuringTrainingError
        run_context.request_stop()
