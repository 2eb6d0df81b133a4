"""Waiting for the checkpoints that another process writes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from flowgraph.train.checkpoint_state import latest_checkpoint

_log = logging.getLogger("tensorflow")


def wait_for_new_checkpoint(
    checkpoint_dir: str,
    last_checkpoint: str | None = None,
    seconds_to_sleep: float = 1,
    timeout: float | None = None,
) -> str | None:
    """Wait until a directory has another latest checkpoint, and return its path.

    Parameters
    ----------
    checkpoint_dir : str
    last_checkpoint : str, optional
        The one that is known; any is new if left out.
    seconds_to_sleep : float
        How long to wait before looking again.
    timeout : float, optional
        How many seconds to wait at most; for ever if left out.

    Returns
    -------
    str or None
        ``None`` if the time is over.

    Examples
    --------
    >>> tf.contrib.training.wait_for_new_checkpoint("no-such-directory", timeout=0) is None
    True
    """
    _log.info("Waiting for new checkpoint at %s", checkpoint_dir)
    deadline = None if timeout is None else time.time() + timeout
    while (path := latest_checkpoint(checkpoint_dir)) in (None, last_checkpoint):
        if deadline is not None and time.time() + seconds_to_sleep > deadline:
            return None
        time.sleep(seconds_to_sleep)
    _log.info("Found new checkpoint at %s", path)
    return path


def checkpoints_iterator(
    checkpoint_dir: str,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """Yield the latest checkpoint of a directory, again and again as it changes.

    Parameters
    ----------
    checkpoint_dir : str
    min_interval_secs : float
        How many seconds lie between two of them at least.
    timeout : float, optional
        How many seconds to wait for a checkpoint; for ever if left out.
    timeout_fn : callable, optional
        Called when that time is over; a true value ends the iteration. It ends anyway if
        left out.

    Yields
    ------
    str

    Examples
    --------
    >>> list(tf.train.checkpoints_iterator("no-such-directory", timeout=0))
    []
    """
    path: str | None = None
    while True:
        found = wait_for_new_checkpoint(checkpoint_dir, path, timeout=timeout)
        if found is None:
            if timeout_fn is None:
                _log.info("Timed-out waiting for a checkpoint.")
                return
            if timeout_fn():
                return
            continue
        start, path = time.time(), found
        yield path
        time.sleep(max(start + min_interval_secs - time.time(), 0))
