"""Evaluating checkpoints: `tf.contrib.training.evaluate_once` and its relatives."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import GraphKeys, control_dependencies, get_collection
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import identity
from flowgraph.summary.merging import merge_all
from flowgraph.summary.writer import FileWriterCache
from flowgraph.train.checkpoint_waiting import checkpoints_iterator
from flowgraph.train.feed_and_final_hooks import FinalOpsHook
from flowgraph.train.global_steps import get_or_create_global_step
from flowgraph.train.monitored_session import MonitoredSession
from flowgraph.train.scaffold import Scaffold
from flowgraph.train.session_creators import ChiefSessionCreator
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from flowgraph.variables.assign import assign_add
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Zeros

_log = logging.getLogger("tensorflow")
_LINES = 10
_FEW = 20
"""Up to so many evaluations each is logged; of more, about `_LINES`."""


def get_or_create_eval_step() -> Any:
    """Return the count of evaluations of a graph, a local variable made where there is none.

    Raises
    ------
    ValueError
        If there are several.

    Examples
    --------
    >>> tf.contrib.training.get_or_create_eval_step()
    <tf.Variable 'eval_step:0' shape=() dtype=int64_ref>
    """
    found = get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple tensors added to tf.GraphKeys.EVAL_STEP")
    if found:
        return found[0]
    return get_variable(
        "eval_step",
        shape=[],
        dtype=dtypes.int64,
        initializer=Zeros(),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP],
    )


class StopAfterNEvalsHook(SessionRunHook):
    """Stops after a number of evaluations.

    Parameters
    ----------
    num_evals : int or None
        ``None`` to go on until the input ends.
    log_progress : bool

    Examples
    --------
    >>> hook = tf.contrib.training.StopAfterNEvalsHook(100)
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        self._last = num_evals
        self._logs = log_progress
        self._log_every = 1 if num_evals is None or num_evals < _FEW else num_evals // _LINES
        self._completed: Any = None

    def count_by(self, completed: Tensor) -> None:
        """Take the count of evaluations from a tensor."""
        self._completed = completed

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the count."""
        return SessionRunArgs({"evals_completed": self._completed})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Log the count, and ask to stop at the last."""
        done, last = run_values.results["evals_completed"], self._last
        if self._logs and last is None:
            _log.info("Evaluation [%d]", done)
        elif self._logs and (done % self._log_every == 0 or done == last):
            _log.info("Evaluation [%d/%d]", done, last)
        if last is not None and done >= last:
            run_context.request_stop()


class SummaryAtEndHook(SessionRunHook):
    """Writes summaries when the session ends.

    Parameters
    ----------
    log_dir : str, optional
        Where to write.
    summary_writer : FileWriter, optional
        Writes instead.
    summary_op : Tensor, optional
        What to write; all summaries of the graph if left out.
    feed_dict : dict, optional

    Raises
    ------
    ValueError
        If neither `log_dir` nor `summary_writer` is given.

    Examples
    --------
    >>> import tempfile
    >>> hook = tf.contrib.training.SummaryAtEndHook(tempfile.mkdtemp())
    """

    def __init__(
        self,
        log_dir: str | None = None,
        summary_writer: Any = None,
        summary_op: Any = None,
        feed_dict: Any = None,
    ) -> None:
        if log_dir is None and summary_writer is None:
            raise ValueError("exactly one of log_dir or summary_writer should be supplied")
        self._log_dir = log_dir
        self._writer = summary_writer
        self._given = summary_op
        self._feeds = feed_dict

    def begin(self) -> None:
        """Find the summaries and the global step."""
        self._summary_op = merge_all() if self._given is None else self._given
        self._step = get_or_create_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Open the writer."""
        if self._writer is None:
            self._writer = FileWriterCache.get(str(self._log_dir))

    def end(self, session: Any) -> None:
        """Write the summaries."""
        if self._summary_op is not None:
            step, summary = session.run([self._step, self._summary_op], self._feeds)
            self._writer.add_summary(summary, step)
        self._writer.flush()


def _counted(eval_ops: Any) -> tuple[Any, Tensor]:
    """Return what runs an evaluation and counts it, and the count after it."""
    count = assign_add(get_or_create_eval_step(), 1, use_locking=True)
    if isinstance(eval_ops, dict):
        eval_ops = {**eval_ops, "update_eval_step": count}
    else:
        given = eval_ops if isinstance(eval_ops, list | tuple) else [eval_ops]
        eval_ops = [*given, count]
    updates = list(eval_ops.values() if isinstance(eval_ops, dict) else eval_ops)
    with control_dependencies(updates):
        return eval_ops, identity(get_or_create_eval_step().read_value())


def _prepared(eval_ops: Any, hooks: Any) -> tuple[Any, list[SessionRunHook]]:
    hooks = list(hooks or ())
    get_or_create_eval_step()
    if eval_ops is not None:
        eval_ops, count = _counted(eval_ops)
        for hook in hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook.count_by(count)
    return eval_ops, hooks


def evaluate_once(
    checkpoint_path: str,
    master: str = "",
    scaffold: Scaffold | None = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    hooks: Sequence[SessionRunHook] | None = None,
    config: Any = None,
) -> Any:
    """Restore a checkpoint, evaluate until a hook or the end of the input stops, and return values.

    Parameters
    ----------
    checkpoint_path : str
    master : str
        The session's target.
    scaffold : Scaffold, optional
    eval_ops : Operation, Tensor, or a list or dict of them, optional
        Run again and again.
    feed_dict : dict, optional
        Fed to `eval_ops`.
    final_ops : any nesting of fetches, optional
        Run at the end.
    final_ops_feed_dict : dict, optional
    hooks : list of SessionRunHook, optional
    config : ConfigProto, optional

    Returns
    -------
    The values of `final_ops`.

    Examples
    --------
    >>> import os, tempfile
    >>> w, path = tf.Variable(3.0), os.path.join(tempfile.mkdtemp(), "model")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> print(tf.contrib.training.evaluate_once(path, final_ops=w))
    3.0
    """
    eval_ops, hooks = _prepared(eval_ops, hooks)
    _log.info("Starting evaluation at %s", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.localtime()))
    creator = ChiefSessionCreator(
        scaffold, master, config, checkpoint_filename_with_path=checkpoint_path
    )
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    with MonitoredSession(creator, [*hooks, final]) as session:
        if eval_ops is not None:
            while not session.should_stop():
                session.run(eval_ops, feed_dict)
    _log_end()
    return final.final_ops_values


def _log_end() -> None:
    _log.info("Finished evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime()))


def evaluate_repeatedly(
    checkpoint_dir: str,
    master: str = "",
    scaffold: Scaffold | None = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    eval_interval_secs: float = 60,
    hooks: Sequence[SessionRunHook] | None = None,
    config: Any = None,
    max_number_of_evaluations: int | None = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Any:
    """Do what `evaluate_once` does with each latest checkpoint of a directory as it appears.

    Parameters
    ----------
    checkpoint_dir : str
    master, scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks, config
        As for `evaluate_once`.
    eval_interval_secs : float
        How many seconds lie between two evaluations at least.
    max_number_of_evaluations : int, optional
        How many checkpoints to evaluate; for ever if left out.
    timeout, timeout_fn
        As for `tf.train.checkpoints_iterator`.

    Returns
    -------
    The values of `final_ops` with the last checkpoint.

    Examples
    --------
    >>> tf.contrib.training.evaluate_repeatedly("no-such-directory", timeout=0) is None
    True
    """
    eval_ops, hooks = _prepared(eval_ops, hooks)
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    scaffold = scaffold or Scaffold()
    paths = checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn)
    for number, path in enumerate(paths, 1):
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_filename_with_path=path)
        with MonitoredSession(creator, [*hooks, final]) as session:
            now = time.strftime("%Y-%m-%d-%H:%M:%S", time.gmtime())
            _log.info("Starting evaluation at %s", now)
            if eval_ops is not None:
                while not session.should_stop():
                    session.run(eval_ops, feed_dict)
        _log_end()
        if number == max_number_of_evaluations:
            break
    return final.final_ops_values
