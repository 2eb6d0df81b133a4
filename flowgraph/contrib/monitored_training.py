"""`tf.contrib.training.train`: training with a monitored session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.train.monitored_training_session import MonitoredTrainingSession
from flowgraph.train.scaffold import Scaffold
from flowgraph.train.session_run_hook import SessionRunHook


def train(
    train_op: Any,
    logdir: str | None,
    master: str = "",
    is_chief: bool = True,
    scaffold: Scaffold | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
    chief_only_hooks: Sequence[SessionRunHook] | None = None,
    save_checkpoint_secs: float | None = 600,
    save_summaries_steps: int | None = 100,
    config: Any = None,
    max_wait_secs: float = 7200,
    run_metadata: Any = None,
) -> Any:
    """Run a training op until a hook or the end of the input stops, and return its last value.

    Parameters
    ----------
    train_op : Tensor
        See `tf.contrib.training.create_train_op`.
    logdir : str or None
        Where checkpoints and summaries go.
    master, is_chief, scaffold, hooks, chief_only_hooks, save_checkpoint_secs
    save_summaries_steps, config, max_wait_secs
        Those of `tf.train.MonitoredTrainingSession`.
    run_metadata : RunMetadata, optional
        Filled by each step that hooks let report of itself.

    Raises
    ------
    ValueError
        If something is to be saved without `logdir`.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> sgd = tf.train.GradientDescentOptimizer(0.25)
    >>> train_op = tf.contrib.training.create_train_op(tf.square(w), sgd)
    >>> never = {"save_checkpoint_secs": None, "save_summaries_steps": None}
    >>> hooks = [tf.train.StopAtStepHook(last_step=2)]
    >>> print(tf.contrib.training.train(train_op, None, hooks=hooks, **never))
    0.25
    """
    if logdir is None and is_chief:
        if save_summaries_steps:
            raise ValueError("logdir cannot be None when save_summaries_steps is not None")
        if save_checkpoint_secs:
            raise ValueError("logdir cannot be None when save_checkpoint_secs is not None")
    with MonitoredTrainingSession(
        master=master,
        is_chief=is_chief,
        checkpoint_dir=logdir,
        scaffold=scaffold,
        hooks=hooks,
        chief_only_hooks=chief_only_hooks,
        save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps,
        config=config,
        max_wait_secs=max_wait_secs,
    ) as session:
        loss = None
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss
