"""How a monitored session gets its session: ``SessionCreator`` and the two kinds of it."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import get_default_graph
from flowgraph.runtime.session import Session
from flowgraph.train.scaffold import Scaffold
from flowgraph.train.session_manager import SessionManager


class SessionCreator:
    """Makes the session of a `MonitoredSession`. Subclasses say how."""

    def create_session(self) -> Any:
        """Return a session.

        Raises
        ------
        NotImplementedError
            Here.
        """
        raise NotImplementedError(f"create_session is not implemented for {self}.")


class _FromScaffold(SessionCreator):
    """Makes sessions of a scaffold, by a session manager made with the first."""

    def __init__(self, scaffold: Scaffold | None, master: str, config: Any) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._manager: SessionManager | None = None

    def _finalized(self) -> SessionManager:
        scaffold = self._scaffold.finalize()
        if self._manager is None:
            self._manager = SessionManager(
                local_init_op=scaffold.local_init_op,
                ready_op=scaffold.ready_op,
                ready_for_local_init_op=scaffold.ready_for_local_init_op,
                graph=get_default_graph(),
            )
        return self._manager


class ChiefSessionCreator(_FromScaffold):
    """Makes sessions that restore the model from a checkpoint, or initialize it.

    Parameters
    ----------
    scaffold : Scaffold, optional
    master : str
        The session's target.
    config : ConfigProto, optional
    checkpoint_dir : str, optional
        Where to look for the latest checkpoint.
    checkpoint_filename_with_path : str, optional
        The checkpoint to restore, in place of `checkpoint_dir`.

    Examples
    --------
    >>> w = tf.Variable(3.0)
    >>> print(tf.train.ChiefSessionCreator().create_session().run(w))
    3.0
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint = checkpoint_filename_with_path

    def create_session(self) -> Session:
        """Return a session. See `SessionManager.prepare_session`."""
        manager, scaffold = self._finalized(), self._scaffold
        return manager.prepare_session(
            self._master,
            saver=scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint,
            config=self._config,
            init_op=scaffold.init_op,
            init_feed_dict=scaffold.init_feed_dict,
            init_fn=scaffold.init_fn,
        )


class WorkerSessionCreator(_FromScaffold):
    """Makes sessions that wait until a chief has made the model ready.

    Parameters
    ----------
    scaffold : Scaffold, optional
    master : str
        The session's target.
    config : ConfigProto, optional
    max_wait_secs : float
        How long to wait.

    Examples
    --------
    >>> creator = tf.train.WorkerSessionCreator(max_wait_secs=5)
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._max_wait_secs = max_wait_secs

    def create_session(self) -> Session:
        """Return a session. See `SessionManager.wait_for_session`."""
        manager = self._finalized()
        return manager.wait_for_session(
            self._master, config=self._config, max_wait_secs=self._max_wait_secs
        )
