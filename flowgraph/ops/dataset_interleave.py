"""Datasets that a function makes of elements, or that are given, read by turns."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.signature import Signature
from flowgraph.ops.body import Body
from flowgraph.ops.checks import invalid
from flowgraph.ops.dataset import (
    Context,
    DatasetValue,
    Element,
    Elements,
    TypedDatasetOp,
    check_degree,
    degree,
)
from flowgraph.ops.dataset_order import side_by_side
from flowgraph.ops.dataset_threads import Background

Open = Callable[..., Elements]


class _Interleaving(TypedDatasetOp, abstract=True):
    """An op of a function that makes a dataset of each element."""

    f: Body

    def opener(self, context: Context, dataset: DatasetValue) -> Open:
        """Return a function from a place and an element to the elements that it stands for."""
        function = context.function(self.f, dataset.inputs[1 : 1 + len(self.f.captures)])
        return lambda place, *element: function(*element)[0].elements(context.child(place))


class FlatMapDataset(_Interleaving):
    """The elements of the datasets that a function makes of each element."""

    signature = Signature(
        "input_dataset: variant, other_arguments: list(Targuments) -> handle: variant"
    )

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source = dataset.inputs[0].elements(context)
        return _Interleaved(source, _numbering(self.opener(context, dataset)), 1, 1)


class InterleaveDataset(_Interleaving):
    """The elements of several such datasets at a time, some of each by turns."""

    signature = Signature(
        "input_dataset: variant, other_arguments: list(Targuments), cycle_length: int64, "
        "block_length: int64 -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        _check_lengths(*inputs[-2:])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, *_, cycle, block = dataset.inputs
        opener = self.opener(context, dataset)
        return _Interleaved(source.elements(context), opener, degree(cycle), int(block))


class ParallelInterleaveDatasetV2(_Interleaving):
    """The same, the datasets read by threads."""

    signature = Signature(
        "input_dataset: variant, other_arguments: list(Targuments), cycle_length: int64, "
        "block_length: int64, num_parallel_calls: int64 -> handle: variant"
    )

    sloppy: bool = False

    def check(self, *inputs: Any) -> None:
        _check_lengths(*inputs[-3:-1])
        check_degree(inputs[-1])
        if inputs[-1] > degree(inputs[-3]):
            raise invalid("num_parallel_calls must less than or equal to cycle_length.")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, *_, cycle, block, _ = dataset.inputs
        opener = _numbering(_reading_ahead(context, self.opener(context, dataset), int(block)))
        return _Interleaved(source.elements(context), opener, degree(cycle), int(block))


class ParallelInterleaveDataset(_Interleaving):
    """The same, where the next dataset takes the place of one that has ended at once."""

    signature = Signature(
        "input_dataset: variant, other_arguments: list(Targuments), cycle_length: int64, "
        "block_length: int64, sloppy: bool, buffer_output_elements: int64, "
        "prefetch_input_elements: int64 -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        cycle, block, _, ahead, prepared = inputs[-5:]
        _check_lengths(cycle, block)
        if ahead <= 0:
            raise invalid("`buffer_output_elements` must be > 0")
        if prepared < 0:
            raise invalid("`prefetch_input_elements` must be >= 0")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, *_, cycle, block, _, ahead, prepared = dataset.inputs
        opener = _reading_ahead(context, self.opener(context, dataset), int(ahead))
        return _Replacing(source.elements(context), opener, int(cycle), int(block), int(prepared))


def _check_lengths(cycle: Any, block: Any) -> None:
    if cycle < 1 and cycle != -1:
        raise invalid("cycle_length must be greater than zero.")
    if block < 1:
        raise invalid("block_length must be greater than zero.")


def _numbering(opener: Open) -> Open:
    """Return an opener that gives every element a place of its own."""
    numbers = itertools.count()
    return lambda place, *element: opener(next(numbers), *element)


def _reading_ahead(context: Context, opener: Open, ahead: int) -> Open:
    return lambda place, *element: Background(context, opener(place, *element), ahead)


class _Interleaved(Elements):
    """A cycle of places, each with a dataset that is replaced in the turn after its end."""

    def __init__(self, source: Elements, opener: Open, cycle: int, block: int) -> None:
        self._source = source
        self._open = opener
        self._places: list[Elements | None] = [None] * cycle
        self._block = block
        self._place = self._taken = self._filled = 0
        self._is_over = False

    def __next__(self) -> Element:
        while self._filled or not self._is_over:
            current = self._places[self._place]
            if current is None:
                if self._is_over:
                    self._advance()
                    continue
                try:
                    element = next(self._source)
                except StopIteration:
                    self._is_over = True
                    continue
                self._places[self._place] = self._open(self._place, *element)
                self._filled += 1
                continue
            try:
                element = next(current)
            except StopIteration:
                self._places[self._place] = None
                self._filled -= 1
                self._advance()
                continue
            self._taken += 1
            if self._taken == self._block:
                self._advance()
            return element
        raise StopIteration

    def _advance(self) -> None:
        self._taken = 0
        self._place = (self._place + 1) % len(self._places)


class _Reader(NamedTuple):
    """What reads one dataset after the other."""

    number: int
    elements: Elements


class _Replacing(Elements):
    """A cycle of places, with datasets in waiting for them."""

    def __init__(
        self, source: Elements, opener: Open, cycle: int, block: int, waiting: int
    ) -> None:
        self._source = source
        self._open = opener
        self._block = block
        self._place = self._taken = 0
        self._sizes = cycle, waiting
        self._places: list[_Reader | None] | None = None
        self._waiting: deque[_Reader] = deque()

    def _opened(self, number: int) -> _Reader | None:
        try:
            return _Reader(number, self._open(number, *next(self._source)))
        except StopIteration:
            return None

    def __next__(self) -> Element:
        if self._places is None:
            cycle, waiting = self._sizes
            self._places = [self._opened(i) for i in range(cycle)]
            opened = [self._opened(cycle + i) for i in range(waiting)]
            self._waiting.extend(reader for reader in opened if reader is not None)
        places, passed = self._places, 0
        while passed < len(places):
            at = (self._place + passed) % len(places)
            current = places[at]
            if current is None:
                passed += 1
                continue
            try:
                element = next(current.elements)
            except StopIteration:
                following = self._opened(current.number)
                if following is not None:
                    self._waiting.append(following)
                places[at] = self._waiting.popleft() if self._waiting else None
                if places[at] is not None:
                    self._place, self._taken, passed = (at + 1) % len(places), 0, 0
                continue
            self._place = at
            self._taken += 1
            if self._taken == self._block:
                self._place, self._taken = (at + 1) % len(places), 0
            return element
        raise StopIteration


class DirectedInterleaveDataset(TypedDatasetOp):
    """Elements of several datasets; another dataset says of which the next one is."""

    signature = Signature(
        "selector_input_dataset: variant, data_input_datasets: N*variant -> handle: variant"
    )

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        selector, *sources = dataset.inputs
        return _Directed(selector.elements(context), side_by_side(sources, context))


class _Directed(Elements):
    def __init__(self, selector: Elements, sources: list[Elements]) -> None:
        self._selector = selector
        self._sources: list[Elements | None] = list(sources)

    def __next__(self) -> Element:
        while any(source is not None for source in self._sources):
            index = int(next(self._selector)[0])
            if not 0 <= index < len(self._sources):
                raise InvalidArgumentError(
                    None, None, f"Selector index out of range: {index} >= {len(self._sources)}"
                )
            source = self._sources[index]
            if source is None:
                continue
            try:
                return next(source)
            except StopIteration:
                self._sources[index] = None
        raise StopIteration
