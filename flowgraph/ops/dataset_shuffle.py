"""Shuffled datasets, in the order that TensorFlow's buffer and random words give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid
from flowgraph.ops.dataset import (
    INFINITE,
    UNKNOWN,
    Context,
    DatasetValue,
    Element,
    Elements,
    Rows,
    SameElements,
    TypedDatasetOp,
)
from flowgraph.random_streams.words import words_of


class ShuffleDataset(SameElements):
    """The elements in random order: each is drawn from a buffer of the next ones."""

    signature = Signature(
        "input_dataset: variant, buffer_size: int64, seed: int64, seed2: int64 -> handle: variant"
    )

    reshuffle_each_iteration: bool = True

    def check(self, *inputs: Any) -> None:
        _check_buffer(inputs[1])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, size, seed, seed2 = dataset.inputs
        seeds, generator = context.state(self, lambda: _Seeds.of(context, seed, seed2))
        if self.reshuffle_each_iteration:
            seeds = next(generator), next(generator)
        return _shuffled(source, context, int(size), words_of(*seeds), 1)


class _Seeds(NamedTuple):
    """The seeds of a dataset, and what the seeds of each pass are drawn from."""

    given: tuple[int, int]
    generator: Iterator[int]

    @classmethod
    def of(cls, context: Context, seed: Any, seed2: Any) -> _Seeds:
        """Return those of a dataset; both zero mean random ones."""
        given = context.seeds(seed, seed2)
        return cls(given, words_of(*given))


class ShuffleAndRepeatDataset(TypedDatasetOp):
    """The elements in random order, again and again: the buffer is never empty in between."""

    signature = Signature(
        "input_dataset: variant, buffer_size: int64, seed: int64, seed2: int64, count: int64"
        " -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        _check_buffer(inputs[1])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, size, seed, seed2, count = dataset.inputs
        words = words_of(*context.seeds(seed, seed2))
        return _shuffled(source, context, int(size), words, int(count))

    def count(self, dataset: DatasetValue) -> int:
        known, count = dataset.inputs[0].count(), int(dataset.inputs[4])
        if known == 0 or count == 0:
            return 0
        if known == INFINITE or count < 0:
            return INFINITE
        return UNKNOWN if known == UNKNOWN else known * count


def _check_buffer(size: Any) -> None:
    if size <= 0:
        raise invalid("buffer_size must be greater than zero.")


def _shuffled(
    source: DatasetValue, context: Context, size: int, words: Iterator[int], count: int
) -> Elements:
    rows = source.rows(context)
    if rows is None:
        return _Shuffled(_Buffer(lambda: source.elements(context), size, words, count))
    if not rows.length:
        count = 0
    numbers = range(rows.length)
    return _ShuffledRows(_Buffer(lambda: iter(numbers), size, words, count), rows)


class _Buffer:
    """A ring of items of which a random one of the oldest pass is drawn.

    Parameters
    ----------
    start : callable
        Returns an iterator over the items, for each pass.
    size : int
        How many items are held.
    words : iterator of int
    count : int
        The number of passes, -1 for no end.
    """

    def __init__(
        self, start: Callable[[], Iterator[Any]], size: int, words: Iterator[int], count: int
    ) -> None:
        self._start = start
        self._size = size
        self._words = words
        self._passes_left = count
        self._source: Iterator[Any] | None = None
        self._ring: list[Any] = []
        self._begin = self._end = 0
        self._ends: list[int] = []  # where each pass ends of which items are in the ring

    def draw(self, count: int) -> list[Any]:
        """Return so many random items, fewer only at the end."""
        ring, size, words, ends = self._ring, self._size, self._words, self._ends
        begin, end = self._begin, self._end
        source: Iterator[Any] = self._source or iter(())
        drawn: list[Any] = []
        try:
            while len(drawn) < count:
                while end - begin < size:
                    try:
                        item = next(source)
                    except StopIteration:
                        if not self._starts_again(end):
                            break
                        source = self._source  # type: ignore[assignment]  # it has just started
                        continue
                    if len(ring) < size:
                        ring.append(item)
                    else:
                        ring[end % size] = item
                    end += 1
                if begin == end:
                    break
                while ends and ends[0] == begin:
                    del ends[0]
                limit = ends[0] if ends else end
                at = (begin + next(words) % (limit - begin)) % size
                first = begin % size
                drawn.append(ring[at])
                ring[at] = ring[first]
                ring[first] = None
                begin += 1
        finally:
            self._begin, self._end = begin, end
        return drawn

    def _starts_again(self, end: int) -> bool:
        """Begin with another pass over the items; False if there is none."""
        if self._source is not None:
            if not end and self._passes_left < 0:
                self._passes_left = 0  # a dataset without elements is not repeated for ever
            if self._passes_left:
                self._ends.append(end)
        if not self._passes_left:
            return False
        self._passes_left -= self._passes_left > 0
        self._source = self._start()
        return True


class _Shuffled(Elements):
    def __init__(self, buffer: _Buffer) -> None:
        self._buffer = buffer

    def __next__(self) -> Element:
        for element in self._buffer.draw(1):
            return element  # type: ignore[no-any-return]
        raise StopIteration


class _ShuffledRows(Elements):
    """Shuffled positions: the elements are taken when they are drawn, many at once."""

    def __init__(self, buffer: _Buffer, rows: Rows) -> None:
        self._buffer = buffer
        self._rows = rows

    def __next__(self) -> Element:
        return tuple([array[0, ...] for array in self.block(1)])

    def block(self, count: int) -> Element:
        positions = self._buffer.draw(count)
        if not positions:
            raise StopIteration
        return self._rows.take(np.array(positions))
