"""Functions over the elements of a dataset: map, filter, take_while and scan."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from flowgraph.graph.signature import Signature
from flowgraph.ops.body import Body
from flowgraph.ops.dataset import (
    UNKNOWN,
    Context,
    DatasetValue,
    Element,
    Elements,
    Rows,
    SameElements,
    TypedDatasetOp,
    check_degree,
    degree,
    stacked,
)
from flowgraph.ops.dataset_batch import Batches, batches, check_batch_size

Function = Callable[..., Any]

_MOST_THREADS = 32
"""As many threads make the results of one op: ``map_and_batch`` asks for one for each element."""


class _Mapping(SameElements, abstract=True):
    """An op of a function that is called with each element."""

    f: Body
    preserve_cardinality: bool = False

    def calls(self, context: Context, dataset: DatasetValue) -> Calls:
        """Return the calls of the function."""
        captured = dataset.inputs[1 : 1 + len(self.f.captures)]
        return Calls(context.function(self.f, captured), context.function_of_many(self.f, captured))

    def rows(self, context: Context, dataset: DatasetValue) -> Rows | None:
        rows, many = dataset.inputs[0].rows(context), self.calls(context, dataset).many
        if rows is None or many is None:
            return None
        return Rows(rows.length, lambda positions: tuple(many(*rows.take(positions))))


class Calls(NamedTuple):
    """A function of elements.

    Attributes
    ----------
    one : callable
        Takes the components of an element.
    many : callable or None
        Takes stacked components and returns stacked results, where that gives the very same.
    """

    one: Function
    many: Function | None


class MapDataset(_Mapping):
    """What a function makes of each element."""

    signature = Signature(
        "input_dataset: variant, other_arguments: list(Targuments) -> handle: variant"
    )

    use_inter_op_parallelism: bool = True

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return Mapped(dataset.inputs[0].elements(context), self.calls(context, dataset))


class Mapped(Elements):
    """What a function makes of each element."""

    def __init__(self, source: Elements, calls: Calls) -> None:
        self._source = source
        self._calls = calls

    def __next__(self) -> Element:
        return tuple(self._calls.one(*next(self._source)))

    def block(self, count: int) -> Element:
        if self._calls.many is None:
            return super().block(count)
        return tuple(self._calls.many(*self._source.block(count)))


class ParallelMapDataset(_Mapping):
    """What a function makes of each element, several at a time."""

    signature = Signature(
        "input_dataset: variant, other_arguments: list(Targuments), num_parallel_calls: int32"
        " -> handle: variant"
    )

    use_inter_op_parallelism: bool = True
    sloppy: bool = False

    def check(self, *inputs: Any) -> None:
        check_degree(inputs[-1])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source = dataset.inputs[0].elements(context)
        return mapped_in_parallel(
            context, source, self.calls(context, dataset), degree(dataset.inputs[-1])
        )


def mapped_in_parallel(
    context: Context, source: Elements, calls: Calls, parallelism: int
) -> Elements:
    """Return what a function makes of each element, by threads where that can be faster."""
    if parallelism == 1 or calls.many is not None:
        return Mapped(source, calls)
    return _MappedInParallel(context, source, calls.one, parallelism)


class _MappedInParallel(Elements):
    """Calls that go on in threads, which end with this object; the order is the source's."""

    def __init__(
        self, context: Context, source: Elements, function: Function, parallelism: int
    ) -> None:
        self._source = source
        self._function = function
        self._parallelism = parallelism
        self._threads = ThreadPoolExecutor(min(parallelism, _MOST_THREADS), "map")
        context.runs(self)
        self._under_way: deque[Future[list[Element]]] = deque()
        self._done: deque[Element] = deque()
        self._is_over = False

    def end(self) -> None:
        """End the threads as soon as their calls have returned."""
        self._is_over = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    def __next__(self) -> Element:
        self._start(self._parallelism, 1)
        return self._next()

    def block(self, count: int) -> Element:
        found: list[Element] = []
        share = -(-count // self._parallelism)  # few large tasks: handing one over takes long
        while len(found) < count:
            self._start(self._parallelism, share)
            try:
                found.append(self._next())
            except StopIteration:
                break
        if not found:
            raise StopIteration
        return stacked(found)

    def _start(self, tasks: int, share: int) -> None:
        """Have as many tasks under way, each of a share of elements."""
        while not self._is_over and len(self._under_way) < tasks:
            elements: list[Any] = []
            try:
                while len(elements) < share:
                    elements.append(next(self._source))
            except StopIteration:
                self._is_over = True
            except Exception as error:  # noqa: BLE001 - it is raised in its turn
                elements.append(error)
            if elements:
                self._under_way.append(self._threads.submit(_called, self._function, elements))

    def _next(self) -> Element:
        if not self._done:
            if not self._under_way:
                raise StopIteration
            self._done.extend(self._under_way.popleft().result())
        result = self._done.popleft()
        if isinstance(result, Exception):
            raise result
        return result


def _called(function: Function, elements: Sequence[Any]) -> list[Any]:
    """Return results, or the errors in their places."""
    results: list[Any] = []
    with np.errstate(all="ignore"):
        for element in elements:
            try:
                if isinstance(element, Exception):
                    raise element
                results.append(tuple(function(*element)))
            except Exception as error:  # noqa: BLE001 - it is raised in its turn
                results.append(error)
    return results


class MapAndBatchDataset(_Mapping):
    """What a function makes of each element, stacked to batches."""

    signature = Signature(
        "input_dataset: variant, other_arguments: list(Targuments), batch_size: int64, "
        "num_parallel_calls: int64, drop_remainder: bool -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        check_batch_size(inputs[-3], "batch_size")
        check_degree(inputs[-2])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, *captured, size, parallelism, drop = dataset.inputs
        calls = self.calls(context, DatasetValue(self, (source, *captured)))
        elements = mapped_in_parallel(context, source.elements(context), calls, degree(parallelism))
        return Batches(elements, int(size), bool(drop))

    def rows(self, context: Context, dataset: DatasetValue) -> Rows | None:
        return None

    def count(self, dataset: DatasetValue) -> int:
        source, *_, size, _, drop = dataset.inputs
        return batches(source.count(), int(size), drop)


class _Predicate(TypedDatasetOp, abstract=True):
    """An op of a condition on elements."""

    signature = Signature(
        "input_dataset: variant, other_arguments: list(Targuments) -> handle: variant"
    )

    predicate: Body

    def condition(self, context: Context, dataset: DatasetValue) -> Function:
        """Return the condition as a function of an element's components."""
        return context.function(self.predicate, dataset.inputs[1:])


class FilterDataset(_Predicate):
    """The elements of which a condition holds."""

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source = dataset.inputs[0].elements(context)
        return _Filtered(source, self.condition(context, dataset))


class _Filtered(Elements):
    def __init__(self, source: Elements, condition: Function) -> None:
        self._source = source
        self._condition = condition

    def __next__(self) -> Element:
        while True:
            element = next(self._source)
            (holds,) = self._condition(*element)
            if holds:
                return element


class TakeWhileDataset(_Predicate):
    """The elements up to the first of which a condition does not hold."""

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source = dataset.inputs[0].elements(context)
        return _TakenWhile(source, self.condition(context, dataset))


class _TakenWhile(Elements):
    def __init__(self, source: Elements, condition: Function) -> None:
        self._source = source
        self._condition = condition
        self._is_over = False

    def __next__(self) -> Element:
        if self._is_over:
            raise StopIteration
        element = next(self._source)
        (holds,) = self._condition(*element)
        if not holds:
            self._is_over = True
            raise StopIteration
        return element


class ScanDataset(TypedDatasetOp):
    """What a function makes of a state and each element; it returns the next state, too."""

    signature = Signature(
        "input_dataset: variant, initial_state: list(Tstate), other_arguments: list(Targuments)"
        " -> handle: variant"
    )

    f: Body
    preserve_cardinality: bool = False

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, *values = dataset.inputs
        count = len(values) - len(self.f.captures)
        function = context.function(self.f, values[count:])
        return _Scanned(source.elements(context), function, tuple(values[:count]))

    def count(self, dataset: DatasetValue) -> int:
        return dataset.inputs[0].count() if self.preserve_cardinality else UNKNOWN


class _Scanned(Elements):
    def __init__(self, source: Elements, function: Function, state: Element) -> None:
        self._source = source
        self._function = function
        self._state = state

    def __next__(self) -> Element:
        results = tuple(self._function(*self._state, *next(self._source)))
        count = len(self._state)
        self._state = results[:count]
        return results[count:]
