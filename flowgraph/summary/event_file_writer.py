"""Events written to a file by a thread of their own, so that training does not wait."""

from __future__ import annotations

import os
import queue
import threading
import time
import weakref
from typing import Any

from flowgraph.errors import OpError
from flowgraph.formats.events import EventFile
from flowgraph.formats.system_errors import translated


class EventFileWriter:
    """Writes Event messages to an event file in a directory.

    A thread writes them. It ends when the writer is closed or given up, or when the
    interpreter exits; what was added until then is written first.

    Parameters
    ----------
    logdir : str
        Made if it does not exist. The file in it is made with the first event.
    max_queue : int
        How many events may wait to be written before adding another one waits.
    flush_secs : float
        How many seconds an event may wait to be handed to the operating system.
    filename_suffix : str, optional

    Raises
    ------
    tf.errors.OpError
        Of the class that fits, if the directory cannot be made.
    """

    def __init__(
        self,
        logdir: Any,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str | None = None,
    ) -> None:
        self._logdir: str = os.fspath(logdir)
        with translated():
            os.makedirs(self._logdir, exist_ok=True)
        self._max_queue = max_queue
        self._flush_secs = flush_secs
        self._file = EventFile(self._logdir, filename_suffix or "")
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self.reopen()

    def get_logdir(self) -> str:
        """Return the directory."""
        return self._logdir

    def reopen(self) -> None:
        """Go on after `close`, with a new file. Does nothing on an open writer."""
        with self._lock:
            if self._worker is None:
                self._worker = _Worker(self._file, self._max_queue, self._flush_secs)
                self._worker.start()
                self._ending = weakref.finalize(self, _Worker.end, self._worker)

    def add_event(self, event: Any) -> None:
        """Add an Event message; nothing happens on a closed writer.

        Raises
        ------
        tf.errors.OpError
            Of the class that fits, if an earlier event could not be written; so do `flush`
            and `close`.
        """
        worker = self._worker
        if worker is not None:
            worker.check()
            worker.queue.put(event)

    def flush(self) -> None:
        """Hand all events added so far to the operating system."""
        worker = self._worker
        if worker is not None:
            done = threading.Event()
            worker.queue.put(done)
            done.wait()
            worker.check()

    def close(self) -> None:
        """Write what was added, close the file and end the thread."""
        with self._lock:
            worker, self._worker = self._worker, None
            if worker is not None:
                self._ending.detach()
                worker.end()
                worker.check()


class _Worker(threading.Thread):
    """Writes what is put in its queue: an event, or what to set once all before is flushed."""

    def __init__(self, file: EventFile, max_queue: int, flush_secs: float) -> None:
        super().__init__(name="flowgraph-events", daemon=True)
        self.queue: queue.Queue[Any] = queue.Queue(max_queue)
        self._file = file
        self._flush_secs = flush_secs
        self._error: OpError | None = None

    def check(self) -> None:
        """Raise what went wrong while writing, once."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def end(self) -> None:
        """Write all there is, close the file and wait for it."""
        if threading.current_thread() is self:
            # The garbage collector ran here: waiting for room in the queue would be for ever.
            threading.Thread(target=self.end).start()
        elif self.is_alive():
            self.queue.put(None)
            self.join()

    def run(self) -> None:
        due: float | None = None  # when what was written has to be flushed
        while True:
            try:
                wait = None if due is None else max(due - time.monotonic(), 0)
                item = self.queue.get(timeout=wait)
            except queue.Empty:
                item, due = threading.Event(), None
            if item is None:
                self._try(self._file.close)
                return
            if isinstance(item, threading.Event):
                self._try(self._file.flush)
                item.set()
                due = None
            else:
                self._try(self._file.write, item)
                due = due or time.monotonic() + self._flush_secs

    def _try(self, action: Any, *arguments: Any) -> None:
        try:
            action(*arguments)
        except OpError as error:  # told to whoever adds the next event
            self._error = error
