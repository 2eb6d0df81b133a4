"""Elements made ahead of time by a thread of their own."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import Any

import numpy as np

from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid
from flowgraph.ops.dataset import (
    AUTOTUNE,
    Context,
    DatasetValue,
    Element,
    Elements,
    SameElements,
)

_CHOSEN = 2
"""How many elements are made ahead where the engine chooses: one is used, one is ready."""


class PrefetchDataset(SameElements):
    """The elements, made before they are asked for."""

    signature = Signature("input_dataset: variant, buffer_size: int64 -> handle: variant")

    slack_period: int = 0
    legacy_autotune: bool = True

    def check(self, *inputs: Any) -> None:
        if inputs[1] < AUTOTUNE:
            raise invalid("buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, size = dataset.inputs
        elements = source.elements(context)
        if not size:
            return elements  # type: ignore[no-any-return]
        return Background(context, elements, _CHOSEN if size == AUTOTUNE else int(size))


class Background(Elements):
    """Elements that a thread makes ahead of time.

    The thread starts with the first element, and ends when there are no more, when the context
    ends, or when this object is forgotten.

    Parameters
    ----------
    context : Context
    source : Elements
        Only the thread uses it from now on.
    ahead : int
        How many elements there may be that were not asked for yet.
    """

    def __init__(self, context: Context, source: Elements, ahead: int) -> None:
        self._buffer = _Buffer(ahead)
        self._thread: threading.Thread | None = threading.Thread(
            target=_fill, args=(self._buffer, source), name="prefetch", daemon=True
        )
        context.runs(self._buffer)
        weakref.finalize(self, self._buffer.end)

    def __next__(self) -> Element:
        if self._thread is not None:
            self._thread.start()
            self._thread = None
        return self._buffer.take()


class _Buffer:
    """Elements on their way from one thread to another."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: deque[Any] = deque()
        self._changed = threading.Condition()
        self._is_ended = False

    def put(self, item: Any) -> bool:
        """Add an element or an error, when there is place; False if no more are wanted."""
        with self._changed:
            while len(self._items) >= self._size and not self._is_ended:
                self._changed.wait()
            if not self._is_ended:
                self._items.append(item)
                self._changed.notify()
            return not self._is_ended

    def take(self) -> Element:
        """Return the next element when there is one, or raise the error in its place."""
        with self._changed:
            while not self._items and not self._is_ended:
                self._changed.wait()
            if not self._items:
                raise StopIteration
            item = self._items[0]
            if not isinstance(item, StopIteration):  # the end stays
                self._items.popleft()
                self._changed.notify()
        if isinstance(item, BaseException):
            raise item
        return item  # type: ignore[no-any-return]

    def end(self) -> None:
        """Have the thread end."""
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()


def _fill(buffer: _Buffer, source: Elements) -> None:
    item: Any = None
    with np.errstate(all="ignore"):
        while not isinstance(item, StopIteration):
            try:
                item = next(source)
            except Exception as error:  # noqa: BLE001 - it is raised in its turn
                item = error
            if not buffer.put(item):
                return
