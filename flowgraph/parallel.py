"""Parts of one operation on several threads, and the memory that each of them works in.

NumPy and BLAS let other threads run while they work. An operation is cut into parts by its shapes
alone, so that results are the same whatever the number of threads.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from flowgraph.dtypes import Array

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")


def processors() -> int:
    """Return how many processors the process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Threads:
    """The threads that help the one that asks; they are started when first needed."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._users = 0
        self._before: list[int] = []

    def submit(self, work: Callable[[], None]) -> Future[None]:
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(processors(), "flowgraph", _ignore_errors)
            return self._pool.submit(work)

    @contextlib.contextmanager
    def calling_blas(self) -> Iterator[None]:
        """Keep BLAS from starting threads of its own for each of ours."""
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._before = [library.num_threads for library in _blas()]
                for library in _blas():
                    library.set_num_threads(1)
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    for library, before in zip(_blas(), self._before, strict=True):
                        library.set_num_threads(self.count or before)


_THREADS = _Threads()
_MEMORY = threading.local()


def _forget_threads() -> None:
    """A forked process has none of its parent's threads."""
    global _THREADS
    count, _THREADS = _THREADS.count, _Threads()
    _THREADS.count = count


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)


@functools.cache
def _blas() -> list[Any]:
    """Return NumPy's BLAS, as far as its threads can be controlled."""
    import threadpoolctl

    return list(threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers)


def _ignore_errors() -> None:
    np.seterr(all="ignore")


def set_threads(count: int) -> None:
    """Work on at most so many threads; 0 for as many as there are processors."""
    _THREADS.count = count


def each(xp: Any, work: Callable[[T], None], parts: Iterable[T]) -> None:
    """Call `work` for every part, on several threads if `xp` is NumPy.

    A part should keep NumPy or BLAS busy for 100 microseconds or more, and in few calls: between
    them a thread needs the interpreter's lock. The parts may be done in any order, so none may
    write what another one reads or writes.

    Examples
    --------
    >>> import numpy as np
    >>> from flowgraph import parallel
    >>> squares = [0] * 4
    >>> parallel.each(np, lambda i: squares.__setitem__(i, i * i), range(4))
    >>> squares
    [0, 1, 4, 9]
    """
    parts = list(parts)
    helpers = min(_THREADS.count or processors(), len(parts)) - 1
    if helpers < 1 or xp is not np:
        for part in parts:
            work(part)
        return
    remaining = iter(parts)

    def share() -> None:
        for part in remaining:
            work(part)

    with _THREADS.calling_blas():
        futures = [_THREADS.submit(share) for _ in range(helpers)]
        try:
            share()
        finally:
            for future in futures:
                if not future.cancel():
                    future.result()


_FEWEST_SHARED = 4
_SHARES = 2
"""Shares for each thread: if one is held up, another takes what is left."""


def shares(count: int) -> list[slice]:
    """Divide so many small parts among threads: those of one share use memory one after another."""
    threads = _THREADS.count or processors()
    number = min(count, _SHARES * threads) if threads > 1 and count >= _FEWEST_SHARED else 1
    ends = [count * i // number for i in range(number + 1)]
    return [slice(*pair) for pair in itertools.pairwise(ends)]


def scratch(xp: Any, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
    """Return memory of the calling thread, which is its until it asks for that name again.

    On the host, new memory costs more than most of the work that is done in it.
    """
    if xp is not np:
        return xp.empty(shape, dtype=dtype)
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = getattr(_MEMORY, name, None)
    if memory is None or memory.size < size:
        memory = np.empty(size, np.uint8)
        setattr(_MEMORY, name, memory)
    result: Array = memory[:size].view(dtype).reshape(shape)
    return result
