"""What a session keeps of a queue: its elements, and the calls that wait for it.

Calls are attempts, served in the order they came. An attempt takes or gives elements as they
become available, and the first in line holds up those behind it; so a call for many elements
is never starved by calls for few, and may ask for more than the queue can hold.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.dtypes import DType
from flowgraph.errors import CancelledError, OpError, OutOfRangeError
from flowgraph.ops import waiting
from flowgraph.random_streams.words import words_of
from flowgraph.shapes import TensorShape

Element = tuple[Any, ...]


class Attempt:
    """A call that may have to wait: the elements it brings or has got, and its end.

    Parameters
    ----------
    wanted : int
        How many elements are still to be taken.
    elements : iterable of tuple
        Those to be put, or those taken so far.
    is_partial : bool
        Fewer elements will do, once no more can come.
    """

    __slots__ = ("done", "elements", "error", "is_closing", "is_partial", "wanted")

    def __init__(
        self, wanted: int = 0, elements: Sequence[Element] = (), is_partial: bool = False
    ) -> None:
        self.wanted = wanted
        self.elements = deque(elements)
        self.is_partial = is_partial
        self.is_closing = False
        self.done = False
        self.error: OpError | None = None

    def end(self, error: OpError | None = None) -> None:
        """Let the call return, or raise."""
        self.done, self.error = True, error


class FIFO:
    """A queue: the first element in is the first out.

    Parameters
    ----------
    name : str
        For messages.
    dtypes : tuple of DType
        Of the components of an element.
    shapes : tuple of TensorShape
        Of the components; empty if any will do.
    capacity : int
        How many elements it holds; any number if negative.
    """

    kind = "FIFOQueue"
    reserve = 0
    """How many elements stay inside while it is open."""

    def __init__(
        self, name: str, dtypes: tuple[DType, ...], shapes: tuple[TensorShape, ...], capacity: int
    ) -> None:
        self.name = name
        self.dtypes = dtypes
        self.shapes = shapes
        self.capacity = capacity
        self.closed = False
        self._elements: Any = deque()
        self._cancelled = False
        self._enqueues: deque[Attempt] = deque()
        self._dequeues: deque[Attempt] = deque()
        self._condition = threading.Condition()

    def __len__(self) -> int:
        return len(self._elements)

    def _put(self, element: Element) -> None:
        self._elements.append(element)

    def _take(self) -> Element:
        element: Element = self._elements.popleft()
        return element

    def _put_back(self, elements: deque[Element]) -> None:
        self._elements.extendleft(reversed(elements))

    # -- what operations call ------------------------------------------------------------------

    def enqueue(self, elements: Sequence[Element]) -> None:
        """Put elements at the end, waiting for room.

        Raises
        ------
        CancelledError
            If the queue is closed, or is closed with what is pending meanwhile.
        """
        self._wait(self._enqueues, Attempt(elements=elements), "Enqueue")

    def dequeue(self, count: int, is_partial: bool = False) -> list[Element]:
        """Take elements, waiting until there are enough.

        Parameters
        ----------
        count : int
        is_partial : bool
            Take what is left, at least one, when the queue is closed.

        Raises
        ------
        OutOfRangeError
            If the queue is closed and holds too few.
        """
        attempt = Attempt(wanted=count, is_partial=is_partial)
        self._wait(self._dequeues, attempt, "Dequeue")
        return list(attempt.elements)

    def close(self, cancel_pending_enqueues: bool) -> None:
        """Refuse further elements. Unless they are cancelled, enqueues that wait come first.

        Raises
        ------
        CancelledError
            If it is closed already.
        """
        if cancel_pending_enqueues:
            with self._condition:
                self.closed = True
                self._cancel(self._enqueues, "Enqueue")
                self._advance()
            return
        attempt = Attempt()
        attempt.is_closing = True
        self._wait(self._enqueues, attempt, "Close")

    def cancel(self) -> None:
        """Let every call, waiting now or to come, raise: the session is gone."""
        with self._condition:
            self._cancelled = True
            self._cancel(self._enqueues, "Enqueue")
            self._cancel(self._dequeues, "Dequeue")

    # -- attempts ------------------------------------------------------------------------------

    def _wait(self, line: deque[Attempt], attempt: Attempt, what: str) -> None:
        with self._condition:
            if self._cancelled:
                raise _cancelled(what)
            line.append(attempt)
            self._advance()
            try:
                while not attempt.done:
                    waiting.wait(self._condition)
            finally:
                if not attempt.done:  # interrupted, as by Ctrl-C or at a deadline
                    self._withdraw(line, attempt)
            if attempt.error is not None:
                raise attempt.error

    def _withdraw(self, line: deque[Attempt], attempt: Attempt) -> None:
        line.remove(attempt)
        if line is self._dequeues:
            self._put_back(attempt.elements)
        self._advance()

    def _cancel(self, line: deque[Attempt], what: str) -> None:
        while line:
            line.popleft().end(_cancelled(what))
        self._condition.notify_all()

    def _advance(self) -> None:
        """Let attempts go on as far as they can."""
        ended = False
        moves: tuple[tuple[deque[Attempt], Callable[[Attempt], bool]], ...] = (
            (self._enqueues, self._give),
            (self._dequeues, self._serve),
        )
        moved = True
        while moved:
            moved = False
            for line, advance in moves:
                while line:
                    moved = advance(line[0]) or moved
                    if not line[0].done:
                        break
                    line.popleft()
                    ended = moved = True
        if ended:
            self._condition.notify_all()

    def _give(self, attempt: Attempt) -> bool:
        """Put what there is room for; whether there was any."""
        if attempt.is_closing:
            message = f"Queue '{self.name}' is already closed."
            attempt.end(CancelledError(None, None, message) if self.closed else None)
            self.closed = True
            return True
        if self.closed:
            message = f"{self.kind} '{self.name}' is closed."
            attempt.end(CancelledError(None, None, message))
            return False
        moved = False
        while attempt.elements and (self.capacity < 0 or len(self) < self.capacity):
            self._put(attempt.elements.popleft())
            moved = True
        if not attempt.elements:
            attempt.end()
        return moved

    def _serve(self, attempt: Attempt) -> bool:
        """Hand out what there is; whether there was any."""
        if self.closed and len(self) < attempt.wanted and not self._settle(attempt):
            return False
        available = len(self) if self.closed else len(self) - self.reserve
        count = min(available, attempt.wanted)
        for _ in range(count):
            attempt.elements.append(self._take())
        attempt.wanted -= max(count, 0)
        if not attempt.wanted:
            attempt.end()
        return count > 0

    def _settle(self, attempt: Attempt) -> bool:
        """Put back what an attempt has got that cannot be served in full.

        Returns whether it is content with what is left.
        """
        found = len(self)
        self._put_back(attempt.elements)
        attempt.elements.clear()
        if attempt.is_partial and len(self):
            attempt.wanted = len(self)
            return True
        attempt.end(
            OutOfRangeError(
                None,
                None,
                f"{self.kind} '{self.name}' is closed and has insufficient elements "
                f"(requested {attempt.wanted}, current size {found})",
            )
        )
        return False


def _cancelled(what: str) -> CancelledError:
    return CancelledError(None, None, f"{what} operation was cancelled")


class PaddingFIFO(FIFO):
    """A queue whose elements vary in shape; taken together they are padded to one."""

    kind = "PaddingFIFOQueue"


class RandomShuffle(FIFO):
    """A queue that hands out an element drawn at random.

    Parameters
    ----------
    min_after_dequeue : int
        How many elements stay inside to draw from while it is open.
    seed, seed2 : int
        Both 0 for numbers that differ each time.
    """

    kind = "RandomShuffleQueue"

    def __init__(
        self,
        name: str,
        dtypes: tuple[DType, ...],
        shapes: tuple[TensorShape, ...],
        capacity: int,
        min_after_dequeue: int,
        seed: int,
        seed2: int,
    ) -> None:
        super().__init__(name, dtypes, shapes, capacity)
        self._elements: list[Element] = []
        self.reserve = min_after_dequeue
        self.seeds = (seed, seed2)
        self._words = words_of(seed, seed2)

    def _take(self) -> Element:
        """Take a random element; the last one takes its place."""
        elements = self._elements
        index = next(self._words) % len(elements)
        element = elements[index]
        elements[index] = elements[-1]
        elements.pop()
        return element

    def _put_back(self, elements: deque[Element]) -> None:
        self._elements.extend(reversed(elements))


class Priority(FIFO):
    """A queue that hands out the element of the least first component."""

    kind = "PriorityQueue"

    def __init__(
        self, name: str, dtypes: tuple[DType, ...], shapes: tuple[TensorShape, ...], capacity: int
    ) -> None:
        super().__init__(name, dtypes, shapes, capacity)
        self._elements: list[tuple[int, int, Element]] = []
        self._numbers = itertools.count()

    def _put(self, element: Element) -> None:
        heapq.heappush(self._elements, (int(element[0]), next(self._numbers), element))

    def _take(self) -> Element:
        return heapq.heappop(self._elements)[2]

    def _put_back(self, elements: deque[Element]) -> None:
        for element in elements:
            self._put(element)
