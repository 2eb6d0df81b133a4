"""``MonitoredTrainingSession``: a monitored session with the hooks that a training needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.train.monitored_session import MonitoredSession
from flowgraph.train.saving_hooks import CheckpointSaverHook, SummarySaverHook
from flowgraph.train.scaffold import Scaffold
from flowgraph.train.session_creators import ChiefSessionCreator, WorkerSessionCreator
from flowgraph.train.session_run_hook import SessionRunHook
from flowgraph.train.step_hooks import StepCounterHook

_UNSET: Any = object()
_CHECKPOINT_SECS = 600
_SUMMARY_STEPS = 100


def _steps_and_seconds(steps: Any, secs: Any, defaults: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return how often to do something: the defaults where neither is given."""
    if steps is _UNSET and secs is _UNSET:
        return defaults
    return (None if steps is _UNSET else steps), (None if secs is _UNSET else secs)


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: str | None = None,
    scaffold: Scaffold | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
    chief_only_hooks: Sequence[SessionRunHook] | None = None,
    save_checkpoint_secs: float | None = _UNSET,
    save_summaries_steps: int | None = _UNSET,
    save_summaries_secs: float | None = _UNSET,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: int | None = _UNSET,
    summary_dir: str | None = None,
) -> MonitoredSession:
    """Return a session that restores or initializes the model, and saves it while it trains.

    Parameters
    ----------
    master : str
        The session's target.
    is_chief : bool
        Others than the chief wait for it to initialize the model, and save nothing.
    checkpoint_dir : str, optional
        Where the latest checkpoint is restored from, and checkpoints are saved to.
    scaffold : Scaffold, optional
    hooks : list of SessionRunHook, optional
    chief_only_hooks : list of SessionRunHook, optional
    save_checkpoint_secs : float, optional
    save_checkpoint_steps : int, optional
        How often to save a checkpoint: every 600 seconds unless one of them says otherwise;
        never if one is ``None`` or 0, and the other is not given.
    save_summaries_steps : int, optional
    save_summaries_secs : float, optional
        How often to write summaries; every 100 steps unless one of them says otherwise.
    config : ConfigProto, optional
    stop_grace_period_secs : float
        How long threads may take to end when the session is closed.
    log_step_count_steps : int, optional
        How often to write the number of steps per second; never if ``None``.
    max_wait_secs : float
        How long others than the chief wait for it.
    summary_dir : str, optional
        Where to write summaries, `checkpoint_dir` if left out.

    Raises
    ------
    ValueError
        If something is to be done both every so many steps and seconds.
    RuntimeError
        If something is to be saved in a graph without global step.

    Examples
    --------
    >>> import tempfile
    >>> w = tf.Variable(0.0)
    >>> step = tf.train.get_or_create_global_step()
    >>> train = tf.group(tf.assign_add(w, 0.5), tf.assign_add(step, 1))
    >>> logdir = tempfile.mkdtemp()
    >>> for last in 2, 4:
    ...     hooks = [tf.train.StopAtStepHook(last_step=last)]
    ...     with tf.train.MonitoredTrainingSession(checkpoint_dir=logdir, hooks=hooks) as sess:
    ...         while not sess.should_stop():
    ...             sess.run(train)
    ...         print(tf.train.latest_checkpoint(logdir).endswith("model.ckpt-0"))
    True
    False
    """
    scaffold = scaffold or Scaffold()
    if not is_chief:
        worker = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(worker, hooks, stop_grace_period_secs)
    steps, secs = _steps_and_seconds(
        save_summaries_steps, save_summaries_secs, (_SUMMARY_STEPS, None)
    )
    of_saving = _steps_and_seconds(
        save_checkpoint_steps, save_checkpoint_secs, (None, _CHECKPOINT_SECS)
    )
    all_hooks = list(chief_only_hooks or ())
    summary_dir = summary_dir or checkpoint_dir
    if summary_dir:
        if log_step_count_steps and log_step_count_steps > 0:
            all_hooks.append(StepCounterHook(log_step_count_steps, output_dir=summary_dir))
        if (steps and steps > 0) or (secs and secs > 0):
            all_hooks.append(
                SummarySaverHook(steps, secs, output_dir=summary_dir, scaffold=scaffold)
            )
    if checkpoint_dir:
        save_steps, save_secs = of_saving
        if (save_secs and save_secs > 0) or (save_steps and save_steps > 0):
            all_hooks.append(
                CheckpointSaverHook(checkpoint_dir, save_secs, save_steps, scaffold=scaffold)
            )
    all_hooks += hooks or ()
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(creator, all_hooks, stop_grace_period_secs)
