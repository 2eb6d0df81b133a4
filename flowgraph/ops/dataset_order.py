"""Datasets of the same elements: some of them, again, after each other, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
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
    stacked,
)


class TakeDataset(SameElements):
    """The first elements, all if the count is -1."""

    signature = Signature("input_dataset: variant, count: int64 -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, count = dataset.inputs
        elements = source.elements(context)
        return elements if count < 0 else _Taken(elements, int(count))

    def rows(self, context: Context, dataset: DatasetValue) -> Rows | None:
        source, count = dataset.inputs
        rows = source.rows(context)
        if rows is None or count < 0:
            return rows  # type: ignore[no-any-return]
        return Rows(dataset.count(), rows.take)

    def count(self, dataset: DatasetValue) -> int:
        source, count = dataset.inputs
        known = source.count()
        if count < 0 or known == UNKNOWN:
            return known  # type: ignore[no-any-return]
        return int(count) if known == INFINITE else min(known, int(count))


class _Taken(Elements):
    def __init__(self, source: Elements, count: int) -> None:
        self._source = source
        self._left = count

    def __next__(self) -> Element:
        if self._left <= 0:
            raise StopIteration
        self._left -= 1
        return next(self._source)

    def block(self, count: int) -> Element:
        count = min(count, self._left)
        if count <= 0:
            raise StopIteration
        self._left -= count
        return self._source.block(count)


class SkipDataset(SameElements):
    """All but the first elements, none if the count is -1."""

    signature = Signature("input_dataset: variant, count: int64 -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, count = dataset.inputs
        elements = source.elements(context)
        return _Taken(elements, 0) if count < 0 else _Skipped(elements, int(count))

    def rows(self, context: Context, dataset: DatasetValue) -> Rows | None:
        source, count = dataset.inputs
        rows = source.rows(context)
        if rows is None:
            return None
        return Rows(dataset.count(), lambda positions: rows.take(positions + count))

    def count(self, dataset: DatasetValue) -> int:
        source, count = dataset.inputs
        known = source.count()
        return 0 if count < 0 else known if known < 0 else max(known - int(count), 0)


class _Skipped(Elements):
    def __init__(self, source: Elements, count: int) -> None:
        self._source = source
        self._before = count

    def _skip(self) -> None:
        while self._before:
            self._before -= 1
            next(self._source)

    def __next__(self) -> Element:
        self._skip()
        return next(self._source)

    def block(self, count: int) -> Element:
        self._skip()
        return self._source.block(count)


class ShardDataset(SameElements):
    """Every n-th element."""

    signature = Signature(
        "input_dataset: variant, num_shards: int64, index: int64 -> handle: variant"
    )

    require_non_empty: bool = False

    def check(self, *inputs: Any) -> None:
        _, shards, index = inputs
        if shards < 1:
            raise invalid(
                f"Number of shards must be greater than zero (currently num_shards = {shards})."
            )
        if not 0 <= index < shards:
            raise invalid(f"Index must be between 0 and {shards - 1} (currently index = {index}).")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, shards, index = dataset.inputs
        return _Shard(source.elements(context), int(shards), int(index))

    def count(self, dataset: DatasetValue) -> int:
        source, shards, index = dataset.inputs
        known = source.count()
        return known if known < 0 else len(range(int(index), known, int(shards)))


class _Shard(Elements):
    def __init__(self, source: Elements, shards: int, index: int) -> None:
        self._source = source
        self._shards = shards
        self._before = index

    def __next__(self) -> Element:
        while self._before:
            self._before -= 1
            next(self._source)
        element = next(self._source)
        self._before = self._shards - 1
        return element


def side_by_side(sources: Sequence[DatasetValue], context: Context) -> list[Elements]:
    """Return iterators over several datasets, each in a place of its own."""
    return [source.elements(context.child(i)) for i, source in enumerate(sources)]


class ConcatenateDataset(TypedDatasetOp):
    """The elements of one dataset, then those of another."""

    signature = Signature("input_dataset: variant, another_dataset: variant -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _Chained(iter(side_by_side(dataset.inputs, context)))

    def count(self, dataset: DatasetValue) -> int:
        first, second = [source.count() for source in dataset.inputs]
        if INFINITE in (first, second):
            return INFINITE
        return UNKNOWN if UNKNOWN in (first, second) else first + second


class _Chained(Elements):
    """Iterators after each other."""

    def __init__(self, sources: Any) -> None:
        self._sources = sources
        self._current: Elements | None = None

    def _advance(self) -> Elements:
        self._current = next(self._sources)
        return self._current

    def __next__(self) -> Element:
        source = self._current or self._advance()
        while True:
            try:
                return next(source)
            except StopIteration:
                source = self._advance()

    def block(self, count: int) -> Element:
        source = self._current or self._advance()
        parts: list[Element] = []
        while count:
            try:
                part = source.block(count)
            except StopIteration:
                try:
                    source = self._advance()
                except StopIteration:
                    break
                continue
            parts.append(part)
            count -= len(part[0])
        return joined(parts)


def joined(parts: Sequence[Element]) -> Element:
    """Return blocks as one; `StopIteration` if there are none."""
    if not parts:
        raise StopIteration
    if len(parts) == 1:
        return parts[0]
    try:
        return tuple([np.concatenate(column) for column in zip(*parts, strict=True)])
    except ValueError:
        rows = [[array[i, ...] for array in part] for part in parts for i in range(len(part[0]))]
        return stacked([tuple(row) for row in rows])


class RepeatDataset(TypedDatasetOp):
    """The elements again and again, without end if the count is -1."""

    signature = Signature("input_dataset: variant, count: int64 -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, count = dataset.inputs
        return _Chained(_Passes(source, context, int(count)))

    def count(self, dataset: DatasetValue) -> int:
        source, count = dataset.inputs
        known = source.count()
        if count == 0 or known == 0:
            return 0
        if count < 0 or known == INFINITE:
            return INFINITE
        return UNKNOWN if known == UNKNOWN else known * int(count)


class _Passes:
    """Iterators over one dataset; without end they stop when one gives nothing."""

    def __init__(self, source: DatasetValue, context: Context, count: int) -> None:
        self._source = source
        self._context = context
        self._left = count
        self._last: _Watched | None = None

    def __next__(self) -> Elements:
        is_empty = self._last is not None and not self._last.has_begun
        if self._left == 0 or (self._left < 0 and is_empty):
            raise StopIteration
        self._left -= 1
        self._last = _Watched(self._source.elements(self._context))
        return self._last


class _Watched(Elements):
    """Elements, and whether there was one."""

    def __init__(self, source: Elements) -> None:
        self._source = source
        self.has_begun = False

    def __next__(self) -> Element:
        element = next(self._source)
        self.has_begun = True
        return element

    def block(self, count: int) -> Element:
        block = self._source.block(count)
        self.has_begun = True
        return block


class ZipDataset(TypedDatasetOp):
    """Elements of several datasets side by side, as long as all have some."""

    signature = Signature("input_datasets: N*variant -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _Zipped(side_by_side(dataset.inputs, context))

    def rows(self, context: Context, dataset: DatasetValue) -> Rows | None:
        found = [source.rows(context) for source in dataset.inputs]
        parts = [rows for rows in found if rows is not None]
        if len(parts) < len(found):
            return None

        def take(positions: Array) -> Element:
            return tuple([array for rows in parts for array in rows.take(positions)])

        return Rows(min(rows.length for rows in parts), take)

    def count(self, dataset: DatasetValue) -> int:
        counts = [source.count() for source in dataset.inputs]
        if UNKNOWN in counts:
            return UNKNOWN
        return min([count for count in counts if count != INFINITE], default=INFINITE)


class _Zipped(Elements):
    def __init__(self, sources: list[Elements]) -> None:
        self._sources = sources

    def __next__(self) -> Element:
        return tuple([value for source in self._sources for value in next(source)])
