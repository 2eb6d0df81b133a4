"""Which checkpoints a `Saver` keeps, and which it deletes."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from flowgraph.errors import OpError
from flowgraph.train.checkpoint_state import remove_checkpoint

_log = logging.getLogger("tensorflow")


class KeptCheckpoints:
    """The latest few checkpoints, and one for every so many hours.

    Parameters
    ----------
    limit : int
        How many of the latest to keep; 0 for all, which are not listed then.
    hours : float
        Keep one for every so many hours besides.

    Attributes
    ----------
    items : list of (str, float)
        Paths, and when each was written in seconds since 1970, the latest last.
    """

    def __init__(self, limit: int, hours: float) -> None:
        self.items: list[tuple[str, float]] = []
        self._limit = limit
        self._interval = 3600 * hours
        self._next_kept = time.time() + self._interval
        self._old: list[tuple[str, float]] = []

    @property
    def paths(self) -> list[str]:
        """The paths of those that are kept, the latest last."""
        return [path for path, _ in self.items]

    def set(self, items: Iterable[tuple[str, float]]) -> None:
        """Say which there are."""
        self.items = list(items)

    def record(self, path: str) -> None:
        """Note a checkpoint as the latest, and the oldest as one too many."""
        if not self._limit:
            return
        self.items = [item for item in self.items if item[0] != path]
        self.items.append((path, time.time()))
        if len(self.items) > self._limit:
            self._old.append(self.items.pop(0))

    def delete_old(self, version: int, meta_graph_suffix: str) -> None:
        """Delete what is too many, unless it is the one to keep for its hours."""
        if not self._old:
            return
        path, written = self._old.pop(0)
        if written > self._next_kept:
            self._next_kept += self._interval
            return
        try:
            remove_checkpoint(path, version, meta_graph_suffix)
        except OpError as error:
            _log.warning("Ignoring: %s", error)
