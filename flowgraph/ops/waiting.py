"""Waits of operations for other threads, and the deadline of the run that waits."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flowgraph.errors import DeadlineExceededError


class _Run(threading.local):
    """When the run of a thread has to be done, in seconds of the monotonic clock."""

    deadline = math.inf


_RUN = _Run()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Return a context in which this thread's waits end after so many seconds, with an error.

    A computation cannot be interrupted: one that takes longer raises when it is done.

    Raises
    ------
    DeadlineExceededError
        If the time was over when the block was done.
    """
    outer, deadline = _RUN.deadline, time.monotonic() + seconds
    _RUN.deadline = deadline
    try:
        yield
    finally:
        _RUN.deadline = outer
    if time.monotonic() > deadline:
        raise _exceeded()


def wait(condition: threading.Condition) -> None:
    """Wait until a condition is notified.

    Raises
    ------
    DeadlineExceededError
        If the time of the run is over.
    """
    left = _RUN.deadline - time.monotonic()
    if left <= 0:
        raise _exceeded()
    condition.wait(left if left < threading.TIMEOUT_MAX else None)


def _exceeded() -> DeadlineExceededError:
    return DeadlineExceededError(None, None, "Timed out waiting for notification")
