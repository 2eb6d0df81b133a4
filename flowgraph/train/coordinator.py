"""Coordinators: many threads that end together, and the first error of any of them."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flowgraph.errors import OutOfRangeError

_POLL_SECS = 0.02
"""How long a join waits for a thread before it looks again whether a stop was asked for."""


class Coordinator:
    """Lets threads end together.

    Any thread may ask all of them to stop; each of them asks now and then whether it should.
    An exception that one gives as the reason is raised again in the thread that joins them.

    Parameters
    ----------
    clean_stop_exception_types : tuple of type, optional
        Exceptions that stop the threads and are no errors: `OutOfRangeError`, the end of the
        input.

    Examples
    --------
    >>> import threading
    >>> coord, seen = tf.train.Coordinator(), []
    >>> def work():
    ...     while not coord.should_stop():
    ...         seen.append(len(seen))
    ...         if len(seen) == 3:
    ...             coord.request_stop()
    >>> thread = threading.Thread(target=work)
    >>> thread.start()
    >>> coord.join([thread])
    >>> seen
    [0, 1, 2]
    """

    def __init__(self, clean_stop_exception_types: Any = None) -> None:
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (OutOfRangeError,)
        self._clean_stop_exception_types = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop_event = threading.Event()
        self._error: BaseException | None = None
        self._joined = False
        self._threads: set[threading.Thread] = set()

    def request_stop(self, ex: Any = None) -> None:
        """Ask the threads to stop. Only the first reason counts.

        Parameters
        ----------
        ex : exception or tuple, optional
            The reason; also as `sys.exc_info` gives it. `join` raises it.

        Raises
        ------
        Exception
            `ex` itself, if the threads have been joined already: nobody else would.
        """
        error = ex[1] if isinstance(ex, tuple) else ex
        if isinstance(error, self._clean_stop_exception_types):
            error = None
        with self._lock:
            if self._joined:
                if error is not None:
                    raise error
                return
            if self._stop_event.is_set():
                return
            if error is not None:
                logging.getLogger("tensorflow").info(
                    "Error reported to Coordinator: %s, %s", type(error), error
                )
                self._error = error
            self._stop_event.set()

    def clear_stop(self) -> None:
        """Forget that a stop was asked for, and why."""
        with self._lock:
            self._joined = False
            self._error = None
            self._stop_event.clear()

    def should_stop(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop_event.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Give an exception raised inside the block as the reason to stop, and swallow it.

        Examples
        --------
        >>> coord = tf.train.Coordinator()
        >>> with coord.stop_on_exception():
        ...     raise tf.errors.OutOfRangeError(None, None, "end of the input")
        >>> coord.should_stop()
        True
        """
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, another thread raises it
            self.request_stop(error)

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Wait until a stop is asked for; returns whether it was.

        Parameters
        ----------
        timeout : float, optional
            How many seconds to wait at most.
        """
        return self._stop_event.wait(timeout)

    def register_thread(self, thread: threading.Thread) -> None:
        """Let `join` wait for a thread.

        Parameters
        ----------
        thread : threading.Thread
        """
        with self._lock:
            self._threads.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Wait until all threads have ended, and raise the reason if it was an error.

        Parameters
        ----------
        threads : list of threading.Thread, optional
            Besides those registered.
        stop_grace_period_secs : float
            How long to wait for them after a stop was asked for.
        ignore_live_threads : bool
            Do not complain of threads that still run then.

        Raises
        ------
        RuntimeError
            If a thread still runs after the grace period.
        Exception
            The reason given to `request_stop`.
        """
        waited = self._threads | set(threads or ())
        for thread in waited:
            while thread.is_alive() and not self._stop_event.is_set():
                thread.join(_POLL_SECS)
        end = time.monotonic() + stop_grace_period_secs
        for thread in waited:
            thread.join(max(0.0, end - time.monotonic()))
        late = [thread.name for thread in waited if thread.is_alive()]
        with self._lock:
            self._joined = True
            self._threads = set()
            if self._error is not None:
                raise self._error
        if late:
            stragglers = f"Coordinator stopped with threads still running: {' '.join(late)}"
            if not ignore_live_threads:
                raise RuntimeError(stragglers)
            logging.getLogger("tensorflow").info(stragglers)

    @property
    def joined(self) -> bool:
        """Whether the threads have been joined."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raise the reason given to `request_stop`, if it was an error."""
        with self._lock:
            if self._error is not None:
                raise self._error


class LooperThread(threading.Thread):
    """A thread that calls a function again and again until a coordinator stops it.

    Parameters
    ----------
    coord : Coordinator
    timer_interval_secs : float or None
        Seconds from one call to the next; ``None`` calls at once again.
    target : callable, optional
        Otherwise a subclass says what to do, in `run_loop`.
    args, kwargs : optional
        What it is called with.

    Raises
    ------
    ValueError
        If `coord` is no coordinator.

    Examples
    --------
    >>> coord, seen = tf.train.Coordinator(), []
    >>> def work():
    ...     seen.append(1)
    ...     coord.request_stop()
    >>> looper = tf.train.LooperThread.loop(coord, None, work)
    >>> coord.join([looper])
    >>> seen
    [1]
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Any = None,
        kwargs: Any = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        if target is None and (args or kwargs):
            raise ValueError("'args' and 'kwargs' argument require that you also pass 'target'")
        super().__init__(daemon=True)
        self._coord = coord
        self._timer_interval_secs = timer_interval_secs
        self._function = target
        self._arguments = (args or (), kwargs or {})
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Any = None,
        kwargs: Any = None,
    ) -> LooperThread:
        """Start a thread that calls a function; parameters as of the class."""
        looper = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """Call the function until a stop is asked for."""
        with self._coord.stop_on_exception():
            self.start_loop()
            due = time.monotonic()
            while not self._coord.wait_for_stop(max(0.0, due - time.monotonic())):
                due += self._timer_interval_secs or 0.0
                self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called in the thread before the first turn; a subclass may override it."""

    def stop_loop(self) -> None:
        """Called in the thread after the last turn; a subclass may override it."""

    def run_loop(self) -> None:
        """Do one turn: call the function, unless a subclass overrides it."""
        if self._function is not None:
            args, kwargs = self._arguments
            self._function(*args, **kwargs)
