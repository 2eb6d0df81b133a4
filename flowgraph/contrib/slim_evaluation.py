"""`tf.contrib.slim.evaluation`: evaluating checkpoints with metrics and summaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.contrib import evaluation
from flowgraph.contrib.evaluation import StopAfterNEvalsHook, SummaryAtEndHook
from flowgraph.summary.merging import merge_all
from flowgraph.train.saver import Saver
from flowgraph.train.scaffold import Scaffold
from flowgraph.train.session_run_hook import SessionRunHook

_DEFAULT = 0


def _hooks(
    num_evals: int, logdir: str, summary_op: Any, feeds: Any, hooks: Any
) -> list[SessionRunHook]:
    """Return the hooks that count evaluations and write summaries, and those given."""
    found: list[SessionRunHook] = [StopAfterNEvalsHook(num_evals)]
    if summary_op is _DEFAULT:
        summary_op = merge_all()
    if summary_op is not None:
        found.append(SummaryAtEndHook(logdir, summary_op=summary_op, feed_dict=feeds))
    return [*found, *(hooks or ())]


def _saver(variables: Sequence[Any] | None) -> Saver | None:
    return None if variables is None else Saver(variables)


def evaluate_once(
    master: str,
    checkpoint_path: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Sequence[Any] | None = None,
    session_config: Any = None,
    hooks: Sequence[SessionRunHook] | None = None,
) -> Any:
    """Restore a checkpoint, evaluate a number of times, write summaries and return values.

    Parameters
    ----------
    master : str
        The session's target.
    checkpoint_path : str
    logdir : str
        Where summaries go.
    num_evals : int
        How often `eval_op` runs.
    initial_op : Operation, optional
        Initializes what the checkpoint does not.
    initial_op_feed_dict : dict, optional
    eval_op : Operation, optional
    eval_op_feed_dict : dict, optional
    final_op : any nesting of fetches, optional
    final_op_feed_dict : dict, optional
    summary_op : Tensor, optional
        All summaries of the graph if left out; ``None`` for none.
    summary_op_feed_dict : dict, optional
    variables_to_restore : list or dict of Variable, optional
        All if left out.
    session_config : ConfigProto, optional
    hooks : list of SessionRunHook, optional

    Returns
    -------
    The values of `final_op`.

    Examples
    --------
    >>> import os, tempfile
    >>> logdir = tempfile.mkdtemp()
    >>> w, path = tf.Variable(3.0), os.path.join(logdir, "model")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> print(tf.contrib.slim.evaluation.evaluate_once("", path, logdir, eval_op=w, final_op=w))
    3.0
    """
    all_hooks = _hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks)
    scaffold = Scaffold(
        init_op=initial_op,
        init_feed_dict=initial_op_feed_dict,
        saver=_saver(variables_to_restore),
    )
    return evaluation.evaluate_once(
        checkpoint_path,
        master=master,
        scaffold=scaffold,
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        hooks=all_hooks,
        config=session_config,
    )


def evaluation_loop(
    master: str,
    checkpoint_dir: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    init_fn: Callable[..., Any] | None = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Sequence[Any] | None = None,
    eval_interval_secs: float = 60,
    max_number_of_evaluations: int | None = None,
    session_config: Any = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
) -> Any:
    """Do what `evaluate_once` does with each latest checkpoint of a directory as it appears.

    Parameters
    ----------
    master : str
        The session's target.
    checkpoint_dir : str
    logdir, num_evals, initial_op, initial_op_feed_dict
        As for `evaluate_once`.
    init_fn : callable, optional
        Called with the scaffold and the session after `initial_op`.
    eval_op, eval_op_feed_dict, final_op, final_op_feed_dict, summary_op
    summary_op_feed_dict, variables_to_restore
        As for `evaluate_once`.
    eval_interval_secs : float
        How many seconds lie between two evaluations at least.
    max_number_of_evaluations : int, optional
        How many checkpoints to evaluate; for ever if left out.
    session_config : ConfigProto, optional
    timeout, timeout_fn
        As for `tf.train.checkpoints_iterator`.
    hooks : list of SessionRunHook, optional

    Returns
    -------
    The values of `final_op` with the last checkpoint.

    Examples
    --------
    >>> loop = tf.contrib.slim.evaluation.evaluation_loop
    >>> loop("", "no-such-directory", "logs", timeout=0) is None
    True
    """
    all_hooks = _hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks)
    scaffold = Scaffold(
        init_op=initial_op,
        init_feed_dict=initial_op_feed_dict,
        init_fn=init_fn,
        saver=_saver(variables_to_restore),
    )
    return evaluation.evaluate_repeatedly(
        checkpoint_dir,
        master=master,
        scaffold=scaffold,
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        eval_interval_secs=eval_interval_secs,
        hooks=all_hooks,
        config=session_config,
        max_number_of_evaluations=max_number_of_evaluations,
        timeout=timeout,
        timeout_fn=timeout_fn,
    )
