"""``Supervisor``: what trained models before monitored sessions did."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph import protos
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph
from flowgraph.graphdef.export import picture, write_graph
from flowgraph.graphdef.meta import export_meta_graph
from flowgraph.runtime.session import Session
from flowgraph.summary.writer import FileWriter
from flowgraph.train.coordinator import LooperThread
from flowgraph.train.global_steps import global_step as step_in
from flowgraph.train.session_manager import SessionManager
from flowgraph.train.supervised_model import DEFAULT, SupervisedModel, check_devices
from flowgraph.train.supervised_threads import SupervisedThreads
from flowgraph.train.supervisor_services import CheckpointThread, StepCounterThread, SummaryThread

_log = logging.getLogger("tensorflow")


class Supervisor(SupervisedModel, SupervisedThreads):
    """Restores or initializes a model, and saves it and its summaries from threads of its own.

    New programs use `MonitoredTrainingSession`. What an argument of 0 (``USE_DEFAULT``)
    stands for is taken from the graph's collections, or made; ``None`` goes without.

    Parameters
    ----------
    graph : Graph, optional
        The default graph if left out.
    ready_op : Tensor, optional
        Its value is empty when the model is ready, or names what is missing.
    ready_for_local_init_op : Tensor, optional
        The same for `local_init_op`.
    is_chief : bool
        Others than the chief wait for it to initialize the model, and save nothing.
    init_op : Operation, optional
        Initializes the model, where no checkpoint does.
    init_feed_dict : dict, optional
        Fed to `init_op`.
    local_init_op : Operation, optional
        Initializes what no checkpoint holds.
    logdir : str, optional
        Where checkpoints and summaries go; without it nothing is saved.
    summary_op : Tensor, optional
    saver : Saver, optional
    global_step : Variable or Tensor, optional
    save_summaries_secs, save_model_secs : float
        How often to save; never if 0.
    recovery_wait_secs : float
        How long others than the chief wait before they look again.
    stop_grace_secs : float
        How long threads may take to end.
    checkpoint_basename : str
    session_manager : SessionManager, optional
    summary_writer : FileWriter, optional
    init_fn : callable, optional
        Called with the session after `init_op`.
    local_init_run_options : RunOptions, optional

    Raises
    ------
    ValueError
        If this is not the chief and a variable has no device.

    Examples
    --------
    >>> import tempfile
    >>> w = tf.Variable(0.0)
    >>> train, logdir = tf.assign_add(w, 0.5), tempfile.mkdtemp()
    >>> supervisor = tf.train.Supervisor(logdir=logdir)
    >>> with supervisor.managed_session() as sess:
    ...     for _ in range(2):
    ...         print(sess.run(train))
    0.5
    1.0
    """

    USE_DEFAULT = DEFAULT

    def __init__(
        self,
        graph: Graph | None = None,
        ready_op: Any = DEFAULT,
        ready_for_local_init_op: Any = DEFAULT,
        is_chief: bool = True,
        init_op: Any = DEFAULT,
        init_feed_dict: Any = None,
        local_init_op: Any = DEFAULT,
        logdir: str | None = None,
        summary_op: Any = DEFAULT,
        saver: Any = DEFAULT,
        global_step: Any = DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: Any = None,
        summary_writer: Any = DEFAULT,
        init_fn: Callable[[Any], Any] | None = None,
        local_init_run_options: Any = None,
    ) -> None:
        SupervisedThreads.__init__(self)
        SupervisedModel.__init__(
            self,
            get_default_graph() if graph is None else graph,
            ready_op,
            ready_for_local_init_op,
            init_op,
            local_init_op,
            saver,
            summary_op,
            global_step,
        )
        self._init_feed_dict = init_feed_dict
        self._init_fn = init_fn
        self._is_chief = is_chief
        self._stop_grace_secs = stop_grace_secs
        self._logdir = logdir if is_chief else None
        self._save_model_secs = save_model_secs
        self._save_summaries_secs = save_summaries_secs
        self._save_path: str | None = None
        self._summary_writer: Any = None
        if self._logdir:
            self._save_path = os.path.join(self._logdir, checkpoint_basename)
            self._summary_writer = (
                FileWriter(self._logdir) if summary_writer is DEFAULT else summary_writer
            )
        self._graph_is_written = False
        self._writer_is_open = self._summary_writer is not None
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=self._graph,
            recovery_wait_secs=recovery_wait_secs,
            local_init_run_options=local_init_run_options,
        )
        if not is_chief:
            check_devices(self._graph)
        self._graph.finalize()

    # -- sessions -------------------------------------------------------------------------------

    @contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Session]:
        """Return a context with a session; at its end, all threads end.

        Parameters
        ----------
        master : str
            The session's target.
        config : ConfigProto, optional
        start_standard_services : bool
            Start the threads that save, and the queue runners.
        close_summary_writer : bool
            Close the writer at the end.

        Raises
        ------
        tf.errors.OpError
            What the block or a thread raised; an `OutOfRangeError` just ends the context.
        """
        sess = None
        try:
            sess = self.prepare_or_wait_for_session(
                master, config, start_standard_services=start_standard_services
            )
            yield sess
        except Exception as error:  # noqa: BLE001 - raised again by stop, with those of threads
            self.request_stop(error)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if sess is not None:
                    sess.close()

    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Session:
        """Return a session whose model is ready.

        Parameters
        ----------
        master : str
            The session's target.
        config : ConfigProto, optional
        wait_for_checkpoint : bool
            Wait for a checkpoint, `max_wait_secs` seconds at most.
        max_wait_secs : float
            How long others than the chief wait for it, too.
        start_standard_services : bool
            Start the threads that save, and the queue runners.

        Raises
        ------
        RuntimeError
            If nothing initializes the model.
        """
        self._coord.clear_stop()
        if self._summary_writer is not None:
            self._summary_writer.reopen()
            self._writer_is_open = True
        if self._is_chief:
            sess = self._session_manager.prepare_session(
                master,
                init_op=self._init_op,
                saver=self._saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                _log.info("Starting standard services.")
                self.start_standard_services(sess)
        else:
            sess = self._session_manager.wait_for_session(
                master, config=config, max_wait_secs=max_wait_secs
            )
        if start_standard_services:
            _log.info("Starting queue runners.")
            self.start_queue_runners(sess)
        return sess

    def _write_graph(self) -> None:
        if not self._logdir:
            return
        shown = picture(self._graph)
        write_graph(shown, self._logdir, "graph.pbtxt")
        if self._summary_writer is not None and not self._graph_is_written:
            saver_def = self._saver.saver_def if self._saver is not None else None
            self._summary_writer.add_graph(self._graph)
            self._summary_writer.add_meta_graph(
                export_meta_graph(self._graph, saver_def, graph_def=shown)
            )
            self._graph_is_written = True

    def start_standard_services(self, sess: Session) -> list[LooperThread] | None:
        """Start the threads that save the model and its summaries, and return them.

        Raises
        ------
        RuntimeError
            If this is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief "
                "supervisors can write events."
            )
        if not self._logdir:
            _log.warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        writer, step = self._summary_writer, self._global_step
        if step is not None and writer is not None:
            started = protos.SessionLog(status=protos.SessionLog.START)
            writer.add_session_log(started, step_in(sess, step))
        threads: list[LooperThread] = []
        if self._save_summaries_secs and writer is not None:
            if self._summary_op is not None:
                threads.append(SummaryThread(self, sess))
            if step is not None:
                threads.append(StepCounterThread(self, sess))
        if self._saver is not None and self._save_model_secs:
            threads.append(CheckpointThread(self, sess))
        for thread in threads:
            thread.start()
        return threads

    def stop(
        self,
        threads: Any = None,
        close_summary_writer: bool = True,
        ignore_live_threads: bool = False,
    ) -> None:
        """End all threads.

        Parameters
        ----------
        threads : list of Thread, optional
            To wait for, besides those of the supervisor.
        close_summary_writer : bool
        ignore_live_threads : bool
            Raise no error if a thread does not end.

        Raises
        ------
        RuntimeError
            If a thread does not end in time.
        tf.errors.OpError
            What a thread raised.
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                threads,
                stop_grace_period_secs=self._stop_grace_secs,
                ignore_live_threads=ignore_live_threads,
            )
        finally:
            if close_summary_writer and self._writer_is_open:
                self._writer_is_open = False
                stopped = protos.SessionLog(status=protos.SessionLog.STOP)
                self._summary_writer.add_session_log(stopped)
                self._summary_writer.close()
                self._graph_is_written = False

    def summary_computed(self, sess: Session, summary: Any, global_step: Any = None) -> None:
        """Write a summary.

        Parameters
        ----------
        sess : Session
            Says the global step, if it is not given.
        summary : bytes or Summary
        global_step : int, optional

        Raises
        ------
        RuntimeError
            If there is no writer.
        """
        if self._summary_writer is None:
            raise RuntimeError("Writing a summary requires a summary writer.")
        if global_step is None and self._global_step is not None:
            global_step = step_in(sess, self._global_step)
        self._summary_writer.add_summary(summary, global_step)

    # -- its parts -------------------------------------------------------------------------------

    @property
    def session_manager(self) -> Any:
        """Makes the sessions."""
        return self._session_manager

    @property
    def is_chief(self) -> Any:
        """Whether this is the chief."""
        return self._is_chief

    @property
    def init_feed_dict(self) -> Any:
        """Fed to `init_op`."""
        return self._init_feed_dict

    @property
    def summary_writer(self) -> Any:
        """Writes the summaries, or ``None``."""
        return self._summary_writer

    @property
    def save_summaries_secs(self) -> Any:
        """How many seconds lie between two writings of summaries."""
        return self._save_summaries_secs

    @property
    def save_model_secs(self) -> Any:
        """How many seconds lie between two checkpoints."""
        return self._save_model_secs

    @property
    def save_path(self) -> Any:
        """The path of checkpoints, or ``None``."""
        return self._save_path

    PrepareSession = prepare_or_wait_for_session
    StartQueueRunners = SupervisedThreads.start_queue_runners
    StartStandardServices = start_standard_services
    Stop = stop
    RequestStop = SupervisedThreads.request_stop
    Loop = SupervisedThreads.loop
    ShouldStop = SupervisedThreads.should_stop
    StopOnException = SupervisedThreads.stop_on_exception
    WaitForStop = SupervisedThreads.wait_for_stop
    SummaryComputed = summary_computed
