"""A hook that saves how far the input has come, apart from the model."""

from __future__ import annotations

from typing import Any

from flowgraph.data.iterator import GLOBAL_ITERATORS
from flowgraph.data.saving import SavedResource
from flowgraph.graph.scope import get_collection
from flowgraph.train.checkpoint_state import latest_checkpoint
from flowgraph.train.saver import Saver
from flowgraph.train.saving_hooks import CheckpointSaverHook
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)


class _InputSaver(Saver):
    """A saver whose latest checkpoint is named in a file of its own."""

    def __init__(self, saved: list[Any], latest_filename: str) -> None:
        super().__init__(saved)
        self._latest_filename = latest_filename

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Save, as `Saver.save` does, without a MetaGraphDef."""
        kwargs.update(latest_filename=self._latest_filename, write_meta_graph=False)
        return super().save(*args, **kwargs)


class CheckpointInputPipelineHook(SessionRunHook):
    """Saves how far all iterators of the graph have come, beside an estimator's checkpoints.

    The files are ``input.ckpt-N`` in the estimator's directory, and ``checkpoint_input`` names
    the latest, from which a new session goes on.

    Parameters
    ----------
    estimator : Estimator
        Its ``model_dir`` and ``config`` say where and how often.

    Raises
    ------
    ValueError
        When the session begins, if the graph has no iterators.

    Examples
    --------
    >>> import tempfile, types
    >>> config = types.SimpleNamespace(num_worker_replicas=1, save_checkpoints_secs=None,
    ...                                save_checkpoints_steps=1)
    >>> estimator = types.SimpleNamespace(model_dir=tempfile.mkdtemp(), config=config)
    >>> step = tf.train.get_or_create_global_step()
    >>> element = tf.data.Dataset.range(9).make_one_shot_iterator().get_next()
    >>> train = tf.group(tf.assign_add(step, 1), element)
    >>> def run():
    ...     hook = tf.data.experimental.CheckpointInputPipelineHook(estimator)
    ...     with tf.train.MonitoredSession(hooks=[hook]) as sess:
    ...         _ = sess.run(train)
    ...         return sess.run(element)
    >>> print(run(), run() > 1)
    1 True
    """

    def __init__(self, estimator: Any) -> None:
        config = estimator.config
        prefix = "input"
        if config.num_worker_replicas > 1:
            prefix = f"input_{config.task_type}_{config.task_id}"
        self._directory = estimator.model_dir
        self._latest_filename = f"checkpoint_{prefix}"
        self._how_often = config.save_checkpoints_secs, config.save_checkpoints_steps
        self._basename = f"{prefix}.ckpt"
        self._is_first_run = True

    def begin(self) -> None:
        """Make the saver."""
        handles = get_collection(GLOBAL_ITERATORS)
        if not handles:
            raise ValueError("CheckpointInputPipelineHook: the graph has no iterators.")
        self._saver = _InputSaver([SavedResource(h) for h in handles], self._latest_filename)
        self._hook = CheckpointSaverHook(
            self._directory, *self._how_often, saver=self._saver, checkpoint_basename=self._basename
        )
        self._hook.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Have the first run restore: iterators are initialized by then."""
        self._is_first_run = True

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Restore before the first run, or save where there is nothing to restore."""
        if self._is_first_run:
            self._is_first_run = False
            session = run_context.session
            latest = latest_checkpoint(self._directory, self._latest_filename)
            if latest is not None:
                self._saver.restore(session, latest)
            else:
                self._hook._save(session, session.run(self._hook._step))
                self._hook._timer.update_last_triggered_step(session.run(self._hook._step))
        return self._hook.before_run(run_context)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Save where it is time."""
        self._hook.after_run(run_context, run_values)

    def end(self, session: Any) -> None:
        """Save the last step."""
        self._hook.end(session)
