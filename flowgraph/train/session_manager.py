"""``SessionManager``: makes a session whose variables have their values."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.errors import DeadlineExceededError, FailedPreconditionError
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph
from flowgraph.runtime.session import Session
from flowgraph.train.checkpoint_state import get_checkpoint_state

_log = logging.getLogger("tensorflow")


class SessionManager:
    """Makes sessions that are ready to train: from a checkpoint, or by initializing.

    Parameters
    ----------
    local_init_op : Operation, optional
        Run in each new session, after a checkpoint is restored too.
    ready_op : Tensor, optional
        Its value is empty when the model is ready, or names what is missing.
    ready_for_local_init_op : Tensor, optional
        The same for `local_init_op`.
    graph : Graph, optional
        The default graph if left out.
    recovery_wait_secs : float
        How many seconds to wait before looking again for a checkpoint, or for others to
        make the model ready.
    local_init_run_options : RunOptions, optional
        For the run of `local_init_op`.

    Raises
    ------
    ValueError
        If there is a `ready_for_local_init_op` without `local_init_op`.

    Examples
    --------
    >>> w = tf.Variable(3.0)
    >>> manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
    >>> sess = manager.prepare_session("", init_op=w.initializer)
    >>> print(sess.run(w))
    3.0
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
    ) -> None:
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , "
                f"ready_for_local_init_op [{ready_for_local_init_op}]"
            )
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._graph = get_default_graph() if graph is None else graph
        self._wait_secs = recovery_wait_secs
        self._options = local_init_run_options

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Any], Any] | None = None,
    ) -> Session:
        """Return a session with the model of a checkpoint, or a new one.

        Parameters
        ----------
        master : str
            The session's target.
        init_op : Operation, optional
            Initializes the model, if there is no checkpoint.
        saver : Saver, optional
            Restores a checkpoint.
        checkpoint_dir : str, optional
            Where to look for the latest checkpoint.
        checkpoint_filename_with_path : str, optional
            The checkpoint to restore, in place of `checkpoint_dir`.
        wait_for_checkpoint : bool
            Wait for one to appear, `max_wait_secs` seconds at most.
        max_wait_secs : float
        config : ConfigProto, optional
        init_feed_dict : dict, optional
            Fed to `init_op`.
        init_fn : callable, optional
            Called with the session after `init_op`.

        Raises
        ------
        RuntimeError
            If nothing initializes the model, or what does leaves variables without value.
        ValueError
            If both a directory and a checkpoint are given.
        """
        places = checkpoint_dir, checkpoint_filename_with_path
        sess, is_loaded = self._restored(
            master, saver, *places, wait_for_checkpoint, max_wait_secs, config
        )
        if not is_loaded:
            if init_op is None and init_fn is None and self._local_init_op is None:
                raise RuntimeError(
                    "Model is not initialized and no init_op or init_fn or local_init_op was given"
                )
            if init_op is not None:
                sess.run(init_op, feed_dict=init_feed_dict)
            if init_fn is not None:
                init_fn(sess)
        done = f"Init op: {_name(init_op)}, init fn: {init_fn}"
        missing = self._run_local_init_op(sess)
        if missing:
            raise RuntimeError(
                f"Init operations did not make model ready for local_init.  {done}, "
                f"error: {missing}"
            )
        missing = lacks(self._ready_op, sess, "Model not ready")
        if missing:
            raise RuntimeError(
                f"Init operations did not make model ready.  {done}, local_init_op: "
                f"{self._local_init_op}, error: {missing}"
            )
        return sess

    def recover_session(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """Return a session, and whether it has the model of a checkpoint and is ready.

        Parameters
        ----------
        master, saver, checkpoint_dir, checkpoint_filename_with_path
        wait_for_checkpoint, max_wait_secs, config
            As for `prepare_session`.

        Raises
        ------
        ValueError
            If both a directory and a checkpoint are given.
        """
        places = checkpoint_dir, checkpoint_filename_with_path
        sess, is_loaded = self._restored(
            master, saver, *places, wait_for_checkpoint, max_wait_secs, config
        )
        missing = self._run_local_init_op(sess)
        if not is_loaded:
            return sess, False
        source, ready = checkpoint_dir or checkpoint_filename_with_path, "ready for local init"
        if not missing:
            ready, missing = "ready", lacks(self._ready_op, sess, "Model not ready")
        if missing:
            _log.info("Restoring model from %s did not make model %s: %s", source, ready, missing)
            return sess, False
        _log.info("Restored model from %s", source)
        return sess, True

    def wait_for_session(
        self, master: str, config: Any = None, max_wait_secs: float = np.inf
    ) -> Session:
        """Return a session, once others have made the model ready.

        Parameters
        ----------
        master : str
            The session's target.
        config : ConfigProto, optional
        max_wait_secs : float

        Raises
        ------
        DeadlineExceededError
            If that takes longer than `max_wait_secs`.
        """
        deadline = time.monotonic() + max_wait_secs
        while True:
            sess = Session(master, graph=self._graph, config=config)
            missing = None
            missing_for_local = self._run_local_init_op(sess)
            if not missing_for_local:
                missing = lacks(self._ready_op, sess, "Model not ready")
                if not missing:
                    return sess
            sess.close()
            if time.monotonic() + self._wait_secs > deadline:
                raise DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {max_wait_secs:.0f} secs."
                )
            _log.info(
                "Waiting for model to be ready.  Ready_for_local_init_op:  %s, ready: %s",
                missing_for_local,
                missing,
            )
            time.sleep(self._wait_secs)

    def _restored(
        self,
        master: str,
        saver: Any,
        checkpoint_dir: str | None,
        checkpoint: str | None,
        wait: bool,
        max_wait_secs: float,
        config: Any,
    ) -> tuple[Session, bool]:
        """Return a session, and whether a checkpoint was restored in it."""
        sess = Session(master, graph=self._graph, config=config)
        if checkpoint_dir and checkpoint:
            raise ValueError(
                "Can not provide both checkpoint_dir and checkpoint_filename_with_path."
            )
        if not saver or not (checkpoint_dir or checkpoint):
            return sess, False
        if checkpoint:
            saver.restore(sess, checkpoint)
            return sess, True
        assert checkpoint_dir is not None
        waited = 0.0
        while not (state := get_checkpoint_state(checkpoint_dir)):
            if not wait or waited >= max_wait_secs:
                return sess, False
            _log.info("Waiting for checkpoint to be available.")
            time.sleep(self._wait_secs)
            waited += self._wait_secs
        saver.restore(sess, state.model_checkpoint_path)
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return sess, True

    def _run_local_init_op(self, sess: Session) -> str | None:
        """Run `local_init_op`, or return what it lacks."""
        if self._local_init_op is None:
            return None
        missing = lacks(self._ready_for_local_init_op, sess, "Model not ready for local init")
        if not missing:
            _log.info("Running local_init_op.")
            sess.run(self._local_init_op, options=self._options)
            _log.info("Done running local_init_op.")
        return missing


def lacks(ready_op: Any, sess: Session, failing: str) -> str | None:
    """Return what a ready op says is missing, or ``None``."""
    if ready_op is None:
        return None
    try:
        value = sess.run(ready_op)
    except FailedPreconditionError as error:
        if "uninitialized" not in str(error):
            _log.warning("%s : error [%s]", failing, error)
            raise
        return str(error)
    # Ready ops of old programs fail, and otherwise give nothing or a number of variables.
    if value is None or value.dtype == np.int32 or value.size == 0:
        return None
    return "Variables not initialized: " + ", ".join(name.decode() for name in value)


def _name(element: Any) -> str | None:
    return None if element is None else str(getattr(element, "name", element))
