"""What a session keeps of a reader: the file it is in, and how far it has come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from flowgraph import protos
from flowgraph.errors import OpError, UnimplementedError
from flowgraph.ops.checks import invalid
from flowgraph.ops.queue_state import FIFO

Record = tuple[bytes, bytes]


class ReaderState:
    """Reads records out of one piece of work after another.

    Parameters
    ----------
    kind, name : str
        For messages.
    records : callable
        Yields the keys and values in a piece of work, such as the lines in a file.
    is_whole : bool
        A piece of work is one record: it is done with as soon as it is read, and the state
        between two records can be kept.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        records: Callable[[bytes], Iterator[Record]],
        is_whole: bool = False,
    ) -> None:
        self._kind = kind
        self._name = name
        self._records = records
        self._is_whole = is_whole
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._current: Iterator[Record] | None = None
        self._work = b""
        self.started = self.finished = self.produced = 0

    def read(self, queue: FIFO) -> Record:
        """Return the next record, taking new work from the queue where the old has ended.

        Raises
        ------
        tf.errors.OpError
            Of the queue, or of a file that cannot be read.
        """
        with self._lock:
            while True:
                found = self._next(queue)
                if found is not None:
                    return found

    def read_up_to(self, queue: FIFO, count: int) -> list[Record]:
        """Return up to `count` records out of one piece of work, at least one."""
        found: list[Record] = []
        with self._lock:
            while len(found) < count:
                record = self._next(queue)
                if record is not None:
                    found.append(record)
                if found and self._current is None:
                    break
        return found

    def _next(self, queue: FIFO) -> Record | None:
        """Return the next record of the current work; ``None`` if it ends here."""
        if self._current is None:
            self._work = b""
            ((work,),) = queue.dequeue(1)
            self._work = work.item()
            self.started += 1
            self._current = self._records(self._work)
        try:
            record = next(self._current, None)
        except OpError:
            self._end()
            raise
        if record is None or self._is_whole:
            self._end()
        self.produced += record is not None
        return record

    def _end(self) -> None:
        self._current = None
        self.finished += 1

    def reset(self) -> None:
        """Start over."""
        with self._lock:
            self._clear()

    def serialize(self) -> bytes:
        """Return the state as a ReaderBaseState message.

        Raises
        ------
        UnimplementedError
            If it would have to keep a place in a file.
        """
        if not self._is_whole:
            raise UnimplementedError(None, None, "Reader SerializeState")
        with self._lock:
            state: Any = protos.ReaderBaseState(
                work_started=self.started,
                work_finished=self.finished,
                num_records_produced=self.produced,
                current_work=self._work,
            )
        return state.SerializeToString()  # type: ignore[no-any-return]

    def restore(self, state: bytes) -> None:
        """Go back to a state that was serialized.

        Raises
        ------
        InvalidArgumentError
            If it is no such message.
        """
        if not self._is_whole:
            raise UnimplementedError(None, None, "Reader RestoreState")
        from google.protobuf.message import DecodeError  # loaded when it is needed

        message = protos.ReaderBaseState()
        try:
            message.ParseFromString(state)
        except DecodeError:
            shown = "".join(chr(b) if 32 <= b < 127 else f"\\{b:03o}" for b in state)
            raise invalid(
                f"Could not parse state for {self._kind} '{self._name}': {shown}"
            ) from None
        with self._lock:
            self._clear()
            self.started = message.work_started
            self.finished = message.work_finished
            self.produced = message.num_records_produced
            self._work = message.current_work
