"""Datasets as values: an op of a dataset gives a `DatasetValue`, from which elements are drawn.

An element is a tuple of arrays, one for each component. Arrays that something keeps are
read-only, so that nobody changes them; all others belong to whoever was given them.
"""

from __future__ import annotations

import copy
import hashlib
import os
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol
from weakref import WeakSet

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.body import Body
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.dataset_vectorised import vectorised
from flowgraph.shapes import TensorShape

Element = tuple[Any, ...]

AUTOTUNE = -1
"""A degree of parallelism that the engine chooses."""


class Elements:
    """An iterator over elements. After an error it goes on behind what failed."""

    def __iter__(self) -> Elements:
        return self

    def __next__(self) -> Element:
        """Return the next element, or raise `StopIteration`, then and ever after."""
        raise NotImplementedError(f"elements of {type(self).__name__}")

    def block(self, count: int) -> Element:
        """Return the next `count` elements stacked; fewer only before the end.

        Raises
        ------
        StopIteration
            If there are none.
        InvalidArgumentError
            If their shapes differ.
        """
        found = []
        for _ in range(count):
            try:
                found.append(next(self))
            except StopIteration:
                break
        if not found:
            raise StopIteration
        return stacked(found)


def stacked(elements: Sequence[Element]) -> Element:
    """Return elements of equal shapes as one, with an axis more in front."""
    columns = []
    for index, column in enumerate(zip(*elements, strict=True)):
        try:
            columns.append(np.stack(column))
        except ValueError:
            first = column[0].shape
            position, other = next((i, x) for i, x in enumerate(column) if x.shape != first)
            raise invalid(
                f"Cannot batch tensors with different shapes in component {index}. First element "
                f"had shape {bracketed(first)} and element {position} had shape "
                f"{bracketed(other.shape)}."
            ) from None
    return tuple(columns)


class Rows(NamedTuple):
    """A dataset of which any elements can be had at once.

    Attributes
    ----------
    length : int
        How many elements there are.
    take : callable
        From a vector of positions to those elements, stacked. The arrays belong to the caller.
    """

    length: int
    take: Callable[[Array], Element]


class Running(Protocol):
    """What goes on in threads until it is told to end."""

    def end(self) -> None: ...


class Context:
    """What the elements drawn by one iterator share: functions and random streams.

    Parameters
    ----------
    resources : Resources
        The session's. The random streams of functions start anew for each iterator.
    seed : int, optional
        What the seeds of datasets without seeds of their own follow from; by default a random one.

    Attributes
    ----------
    seed : int
    """

    def __init__(self, resources: Resources, seed: int | None = None) -> None:
        self.seed = secrets.randbits(64) if seed is None else seed
        self._seeds_given: Counter[tuple[int, ...]] = Counter()
        self._resources = resources.fork()
        self._pools: dict[Body, list[Callable[..., Any]]] = {}
        self._vectorised: dict[Body, Body | None] = {}
        self._states: dict[tuple[Any, ...], Any] = {}
        self._path: tuple[int, ...] = ()
        self._running: WeakSet[Running] = WeakSet()
        self._lock = threading.RLock()

    def function(self, body: Body, captured: Sequence[Any]) -> Callable[..., Any]:
        """Return a body as a function from its parameters' values to its outputs' values.

        Any number of threads may call it at the same time.

        Parameters
        ----------
        body : Body
        captured : sequence
            The values of what the body captures.
        """
        with self._lock:
            pool = self._pools.setdefault(body, [])
        inputs = [*body.parameters, *body.captures.values()]
        outside = tuple(captured)

        def call(*arguments: Any) -> Any:
            try:
                run = pool.pop()
            except IndexError:
                run = self._resources.function(body, body.outputs, inputs)
            try:
                return run(arguments + outside)
            finally:
                pool.append(run)

        return call

    def function_of_many(self, body: Body, captured: Sequence[Any]) -> Callable[..., Any] | None:
        """Return a function that does to stacked elements what a body does to each.

        ``None`` if it might not be the very same.
        """
        with self._lock:
            if body not in self._vectorised:
                self._vectorised[body] = vectorised(body)
            many = self._vectorised[body]
        return None if many is None else self.function(many, captured)

    def child(self, index: int) -> Context:
        """Return the context of one of several iterators that another one draws from."""
        result = copy.copy(self)
        result._path = (*self._path, index)
        return result

    def state(self, op: Op, make: Callable[[], Any]) -> Any:
        """Return what one pass of an op leaves to the next in the same place, made on first use."""
        key = (*self._path, op)
        with self._lock:
            if key not in self._states:
                self._states[key] = make()
            return self._states[key]

    def seeds(self, seed: Any, seed2: Any) -> tuple[int, int]:
        """Return the seeds of a random stream; for two zeros some that follow from `seed`."""
        if int(seed) or int(seed2):
            return int(seed), int(seed2)
        with self._lock:
            self._seeds_given[self._path] += 1
            text = repr((self.seed, self._path, self._seeds_given[self._path]))
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")

    def runs(self, running: Running) -> None:
        """Have something ended once no more elements are wanted, if it is still there then."""
        with self._lock:
            self._running.add(running)

    def end(self) -> None:
        """Say that no more elements are wanted: threads end."""
        with self._lock:
            running = list(self._running)
        for each in running:
            each.end()


class DatasetValue:
    """A dataset op with values for its inputs.

    Attributes
    ----------
    op : DatasetOp
    inputs : tuple
        Other datasets, and read-only arrays.
    """

    __slots__ = ("_lock", "_state", "inputs", "op")

    def __init__(self, op: DatasetOp, inputs: tuple[Any, ...]) -> None:
        self.op = op
        self.inputs = inputs
        self._state: Any = None
        self._lock = threading.Lock()

    def elements(self, context: Context) -> Elements:
        """Return an iterator over the elements."""
        return self.op.elements(context, self)

    def rows(self, context: Context) -> Rows | None:
        """Return a way to any elements at once, or ``None`` if they come one after the other."""
        return self.op.rows(context, self)

    def count(self) -> int:
        """Return the number of elements, -1 for no end and -2 if it is not known."""
        return self.op.count(self)

    def state(self, make: Callable[[], Any]) -> Any:
        """Return what outlives one pass over the elements, made on first use."""
        with self._lock:
            if self._state is None:
                self._state = make()
            return self._state

    def rewritten(self, rule: Callable[[DatasetValue], DatasetValue]) -> DatasetValue:
        """Return the dataset with a rule applied to it and to those it is made of."""
        inputs = tuple([x.rewritten(rule) if is_dataset(x) else x for x in self.inputs])
        same = all(a is b for a, b in zip(inputs, self.inputs, strict=True))
        return rule(self if same else DatasetValue(self.op, inputs))


def is_dataset(value: Any) -> bool:
    """Whether a value is a dataset, not an array."""
    return isinstance(value, DatasetValue)


INFINITE = -1
UNKNOWN = -2


class DatasetOp(Op, abstract=True):
    """An op whose output is a dataset.

    The inputs that are datasets come first, captured values last.
    """

    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def check(self, *inputs: Any) -> None:
        """Raise InvalidArgumentError unless the inputs' values describe a dataset."""

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        return lambda *inputs: self.compute(xp, *inputs)

    def compute(self, xp: Any, *inputs: Any) -> DatasetValue:
        self.check(*inputs)
        return DatasetValue(self, tuple([kept(value) for value in inputs]))

    def insides(self) -> Sequence[tuple[str, Graph, Sequence[Tensor], Sequence[Tensor]]]:
        return functions_of(self)

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        """Return an iterator over the elements of a dataset of this op."""
        raise NotImplementedError(f"elements of {self.type}")

    def rows(self, context: Context, dataset: DatasetValue) -> Rows | None:
        """Return a way to any elements at once, where there is one."""
        return None

    def count(self, dataset: DatasetValue) -> int:
        """Return how many elements a dataset of this op has; see `DatasetValue.count`."""
        return UNKNOWN

    gradient = Op.not_differentiable


def functions_of(op: Op) -> list[tuple[str, Graph, Sequence[Tensor], Sequence[Tensor]]]:
    """Return the functions of an op as what `Op.insides` returns."""
    return [
        (name, body, [*body.parameters, *body.captures.values()], body.outputs)
        for name, body in op.attributes().items()
        if isinstance(body, Body)
    ]


class TypedDatasetOp(DatasetOp, abstract=True):
    """An op that says what its elements are; that of others follows from their inputs."""

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]


class SameElements(TypedDatasetOp, abstract=True):
    """An op that hands on the elements of its first input, or some of them."""

    def count(self, dataset: DatasetValue) -> int:
        return dataset.inputs[0].count()  # type: ignore[no-any-return]


class _Listed(DatasetOp, abstract=True):
    """Elements that are there already."""

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return Replayed(dataset.inputs)

    def count(self, dataset: DatasetValue) -> int:
        return len(dataset.inputs)


class Replayed(Elements):
    """Elements that are there already, one after the other."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._left = iter(elements)

    def __next__(self) -> Element:
        return next(self._left)


def listed(elements: Sequence[Element]) -> DatasetValue:
    """Return a dataset of elements that are there already."""
    return DatasetValue(_Listed(), tuple(elements))


def kept(value: Any) -> Any:
    """Return a value that stays what it is, however often it is handed out."""
    if not isinstance(value, np.ndarray | np.generic) or _is_frozen(value):
        return value
    copy = np.array(value)
    copy.flags.writeable = False
    return copy


def _is_frozen(array: Any) -> bool:
    """Whether nobody can change an array, nor what it is a view of."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None


def degree(parallelism: Any) -> int:
    """Return a number of parallel calls; the number of processors for `AUTOTUNE`."""
    return (os.cpu_count() or 1) if int(parallelism) == AUTOTUNE else int(parallelism)


def check_degree(parallelism: Any, name: str = "num_parallel_calls") -> None:
    """Raise InvalidArgumentError unless a number of parallel calls is usable."""
    if int(parallelism) < 1 and int(parallelism) != AUTOTUNE:
        raise invalid(f"{name} must be greater than zero.")
