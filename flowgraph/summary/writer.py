"""Writers of what TensorBoard shows."""

from __future__ import annotations

import threading
import time
import warnings
from typing import Any, ClassVar

from flowgraph import protos
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph
from flowgraph.graphdef.export import picture
from flowgraph.graphdef.meta import export_meta_graph
from flowgraph.summary.event_file_writer import EventFileWriter


class FileWriter:
    """Writes summaries, graphs and other events to a directory, for TensorBoard.

    A thread writes them, so that training does not wait. It ends when the writer is closed
    or given up, or when the interpreter exits; what was added until then is written first.

    Parameters
    ----------
    logdir : str
        Made if it does not exist. Each writer has a file of its own in it, made with the
        first event.
    graph : Graph, optional
        Written at once.
    max_queue : int
        How many events may wait to be written before adding another one waits.
    flush_secs : float
        How many seconds an event may wait to be handed to the operating system.
    graph_def : GraphDef, optional
        In place of `graph`; deprecated.
    filename_suffix : str, optional
        What the file's name ends with.
    session : Session, optional
        Not implemented: writing through operations in a session.

    Raises
    ------
    ValueError
        If both `graph` and `graph_def` are given.
    NotImplementedError
        If `session` is given.
    tf.errors.OpError
        Of the class that fits, if the directory cannot be made.

    Examples
    --------
    >>> import os, tempfile
    >>> logdir = tempfile.mkdtemp()
    >>> loss = tf.placeholder(tf.float32, [], name="loss")
    >>> summary = tf.summary.scalar("training_loss", loss)
    >>> with tf.summary.FileWriter(logdir, tf.get_default_graph()) as writer:
    ...     for step in range(3):
    ...         writer.add_summary(tf.Session().run(summary, {loss: 1 / (step + 1)}), step)
    >>> os.listdir(logdir)
    ['events.out.tfevents...']
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        if session is not None:
            raise NotImplementedError("FileWriter with a session")
        self.event_writer = EventFileWriter(logdir, max_queue, flush_secs, filename_suffix)
        self._closed = False
        self._described: set[str] = set()
        self._run_tags: set[str] = set()
        if graph is not None or graph_def is not None:
            self.add_graph(graph=graph, graph_def=graph_def)
            shown = picture(graph) if graph is not None else graph_def
            described = export_meta_graph(graph if graph is not None else Graph(), graph_def=shown)
            self.add_meta_graph(described)

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def get_logdir(self) -> str:
        """Return the directory."""
        return self.event_writer.get_logdir()

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Add a summary.

        Parameters
        ----------
        summary : bytes or Summary
            What a run of a summary returned. The metadata of a tag is written once.
        global_step : int, optional
        """
        own = protos.Summary()
        own.ParseFromString(summary if isinstance(summary, bytes) else summary.SerializeToString())
        for value in own.value:
            if value.HasField("metadata"):
                if value.tag in self._described:
                    value.ClearField("metadata")
                self._described.add(value.tag)
        self._add(protos.Event(summary=own), global_step)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Add a graph.

        Parameters
        ----------
        graph : Graph
        global_step : int, optional
        graph_def : GraphDef, optional
            In place of `graph`; deprecated.

        Raises
        ------
        ValueError
            If both are given.
        TypeError
            If neither is, or one is something else.
        """
        if graph is not None and graph_def is not None:
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        given = graph if graph is not None else graph_def
        if isinstance(given, Graph):
            given = picture(given)
        elif not _is_message(given, "GraphDef"):
            raise TypeError(
                "The passed graph must be an instance of `Graph` or the deprecated `GraphDef`"
            )
        self._add(protos.Event(graph_def=given.SerializeToString()), global_step)

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Add a MetaGraphDef.

        Parameters
        ----------
        meta_graph_def : MetaGraphDef
        global_step : int, optional

        Raises
        ------
        TypeError
            If it is something else.
        """
        if not _is_message(meta_graph_def, "MetaGraphDef"):
            raise TypeError(
                f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}"
            )
        event = protos.Event(meta_graph_def=meta_graph_def.SerializeToString())
        self._add(event, global_step)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Add what a run with tracing said of itself.

        Parameters
        ----------
        run_metadata : RunMetadata
        tag : str
            The name of this run.
        global_step : int, optional

        Raises
        ------
        ValueError
            If the tag was used before.
        """
        if tag in self._run_tags:
            raise ValueError("The provided tag was already used for this event type")
        self._run_tags.add(tag)
        tagged = protos.TaggedRunMetadata(tag=tag, run_metadata=run_metadata.SerializeToString())
        self._add(protos.Event(tagged_run_metadata=tagged), global_step)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Add a SessionLog: that a session started, stopped or wrote a checkpoint.

        Parameters
        ----------
        session_log : SessionLog
        global_step : int, optional

        Raises
        ------
        TypeError
            If it is something else.
        """
        self._add(protos.Event(session_log=session_log), global_step)

    def add_event(self, event: Any) -> None:
        """Add an Event message as it is."""
        if not _is_message(event, "Event"):
            raise TypeError(f"event must be type Event, saw type: {type(event)}")
        self._warn_if_closed()
        self.event_writer.add_event(event)

    def flush(self) -> None:
        """Hand all events added so far to the operating system."""
        self._warn_if_closed()
        self.event_writer.flush()

    def close(self) -> None:
        """Write what was added, close the file and end the thread."""
        self._closed = True
        self.event_writer.close()

    def reopen(self) -> None:
        """Go on after `close`, with a new file. Does nothing on an open writer."""
        self._closed = False
        self.event_writer.reopen()

    def _add(self, event: Any, step: Any) -> None:
        event.wall_time = time.time()
        if step is not None:
            event.step = int(step)
        self.add_event(event)

    def _warn_if_closed(self) -> None:
        if self._closed:
            warnings.warn(
                "Attempting to use a closed FileWriter. The operation will be a noop unless the "
                "FileWriter is explicitly reopened.",
                stacklevel=3,
            )


def _is_message(value: Any, name: str) -> bool:
    """Whether a value is a message of that type, ours or another library's."""
    return getattr(getattr(value, "DESCRIPTOR", None), "full_name", "") == f"tensorflow.{name}"


class FileWriterCache:
    """One `FileWriter` for each directory.

    Examples
    --------
    >>> import tempfile
    >>> logdir = tempfile.mkdtemp()
    >>> writer = tf.summary.FileWriterCache.get(logdir)
    >>> tf.summary.FileWriterCache.get(logdir) is writer
    True
    >>> tf.summary.FileWriterCache.clear()
    """

    _writers: ClassVar[dict[str, FileWriter]] = {}
    _lock = threading.RLock()

    @staticmethod
    def clear() -> None:
        """Close all writers and forget them."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._writers.values():
                writer.close()
            FileWriterCache._writers.clear()

    @staticmethod
    def get(logdir: str) -> FileWriter:
        """Return the writer of a directory, made with the default graph if there is none."""
        with FileWriterCache._lock:
            if logdir not in FileWriterCache._writers:
                FileWriterCache._writers[logdir] = FileWriter(logdir, graph=get_default_graph())
            return FileWriterCache._writers[logdir]
