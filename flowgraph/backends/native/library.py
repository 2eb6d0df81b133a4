"""The library of kernels: built once for a machine, in the background unless asked to wait."""

from __future__ import annotations

import ctypes
import enum
import logging
import os
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from flowgraph.backends.native.compiler import CompilerError, build, is_built
from flowgraph.parallel import processors

_LOG = logging.getLogger("flowgraph")
_SOURCES = Path(__file__).parent / "c"


class Tier(enum.Enum):
    """When plans use native kernels.

    ``AUTO``: as soon as the library is there; where it has to be compiled first, that is done in
    the background. ``WAIT``: always; the first plan waits for the compiler. ``OFF``: never.
    """

    AUTO = "auto"
    WAIT = "wait"
    OFF = "off"

    @classmethod
    def default(cls) -> Tier:
        """Return what ``FLOWGRAPH_NATIVE`` says, or ``AUTO``.

        Raises
        ------
        ValueError
            If it says something else.
        """
        return cls(os.environ.get("FLOWGRAPH_NATIVE", "auto").lower())


class Waiting(Protocol):
    """What wants to be bound again when the library is there."""

    stale: bool


def sources() -> list[Path]:
    """Return the files of the library."""
    return sorted(path for path in _SOURCES.iterdir() if path.suffix in (".c", ".h"))


class Library:
    """The compiled kernels, loaded when first asked for."""

    def __init__(self) -> None:
        self._loaded: ctypes.CDLL | None = None
        self._failed = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._waiting: weakref.WeakSet[Any] = weakref.WeakSet()
        self._threads = 0

    def get(self, tier: Tier, asks: Waiting) -> ctypes.CDLL | None:
        """Return the library, or ``None`` if it is not to be used, or not there yet.

        In the latter case `asks` is made stale when it is.
        """
        if tier is Tier.OFF or self._failed:
            return None
        if self._loaded is not None:
            return self._loaded
        with self._lock:
            if self._loaded is None and not self._failed:
                if tier is Tier.WAIT or (self._thread is None and is_built(sources())):
                    self._load()
                else:
                    self._waiting.add(asks)
                    self._start()
            return self._loaded

    def state(self, tier: Tier) -> str:
        """Return why there is no library for a tier."""
        if tier is Tier.OFF:
            return "native kernels are off"
        return "no C compiler that works" if self._failed else "native kernels are being compiled"

    def set_threads(self, count: int) -> None:
        """Use so many threads; 0 for as many as the process may use processors."""
        self._threads = count
        if self._loaded is not None:
            self._loaded.fg_set_threads(count or processors())

    def _start(self) -> None:
        # No daemon: a short program waits for it once, so that the next one finds the library.
        if self._thread is None:
            self._thread = threading.Thread(target=self._build_then_load, name="flowgraph cc")
            self._thread.start()

    def _build_then_load(self) -> None:
        try:
            build(sources())
        except CompilerError as error:
            self._fail(error)
            return
        with self._lock:
            self._load()
            for bound in list(self._waiting):
                bound.stale = True
            self._waiting.clear()

    def _load(self) -> None:
        try:
            library = ctypes.CDLL(str(build(sources())), mode=ctypes.RTLD_GLOBAL)
        except (CompilerError, OSError) as error:
            self._fail(error)
            return
        library.fg_set_threads(self._threads or processors())
        self._loaded = library

    def _fail(self, error: Exception) -> None:
        self._failed = True
        _LOG.info("No native kernels: %s", error)


LIBRARY = Library()


def size(library: ctypes.CDLL, function: str, *arguments: Any) -> int:
    """Return what a function of the library that counts says."""
    counts = library[function]  # a new object: its result type is not shared
    counts.restype = ctypes.c_long
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return int(counts(*given))


def longs(values: Sequence[int]) -> ctypes.Array[ctypes.c_long]:
    """Return integers as the library takes a list of them."""
    return (ctypes.c_long * len(values))(*values)
