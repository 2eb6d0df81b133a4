"""Iterators: ops that draw a dataset's elements, one at each run.

What has been drawn so far is a session's own. The threads that make elements for an iterator
end when it is given another dataset, and when its session is closed or forgotten.
"""

from __future__ import annotations

import itertools
import json
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from flowgraph.dtypes import Array, DType
from flowgraph.errors import FailedPreconditionError, OpError, OutOfRangeError
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.body import Body
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.dataset import Context, DatasetOp, DatasetValue, Element, Elements
from flowgraph.ops.shared_resources import shared
from flowgraph.shapes import TensorShape

_numbers = itertools.count()
_by_handle: weakref.WeakValueDictionary[bytes, Iterator] = weakref.WeakValueDictionary()


class Iterator:
    """What a session keeps for an iterator: how far it has come.

    Parameters
    ----------
    resources : Resources
        The session's.
    op : IteratorOp
        Says what the elements are.
    """

    def __init__(self, resources: Resources, op: IteratorOp) -> None:
        self.types = op.output_types
        self.shapes = op.output_shapes
        self.handle = b"iterator_%d" % next(_numbers)
        self._resources = resources
        self._elements: Elements | None = None
        self._context: Context | None = None
        self._dataset: DatasetValue | None = None
        self._count = 0
        self._lock = threading.Lock()
        _by_handle[self.handle] = self
        resources.at_close(self.end)

    def start(self, dataset: DatasetValue) -> None:
        """Begin with the first element of a dataset."""
        with self._lock:
            self._start(dataset)

    def _start(self, dataset: DatasetValue, seed: int | None = None) -> Elements:
        self.end()
        self._count = 0
        self._dataset = dataset
        self._context = Context(self._resources, seed)
        self._elements = dataset.elements(self._context)
        return self._elements

    def next(self) -> Element:
        """Return the next element.

        Raises
        ------
        FailedPreconditionError
            If no dataset was given yet.
        OutOfRangeError
            If there are no more.
        """
        with self._lock:
            if self._elements is None:
                raise FailedPreconditionError(
                    None,
                    None,
                    "GetNext() failed because the iterator has not been initialized. Ensure that "
                    "you have run the initializer operation for this iterator before getting the "
                    "next element.",
                )
            self._count += 1
            try:
                return next(self._elements)
            except StopIteration:
                raise OutOfRangeError(None, None, "End of sequence") from None

    def position(self) -> bytes:
        """Return how far it has come: what `resume` takes.

        Raises
        ------
        FailedPreconditionError
            If no dataset was given yet, or a function of it does not always do the same.
        """
        with self._lock:
            if self._dataset is None or self._context is None:
                raise _not_initialized("Save")
            check_repeatable(self._dataset)
            return json.dumps({"count": self._count, "seed": self._context.seed}).encode()

    def resume(self, position: bytes) -> None:
        """Go on from a position in the same dataset: the elements before it are drawn again.

        Raises
        ------
        FailedPreconditionError
            If no dataset was given yet.
        InvalidArgumentError
            If it is no position.
        """
        try:
            message = json.loads(position)
            count, seed = int(message["count"]), int(message["seed"])
        except (ValueError, KeyError, TypeError):
            raise invalid("the position of an iterator is damaged") from None
        with self._lock:
            if self._dataset is None:
                raise _not_initialized("Restore")
            elements = self._start(self._dataset, seed)
            for _ in range(count):
                try:
                    next(elements)
                except StopIteration:
                    break
                except OpError:  # the program has seen it when it came here first
                    pass
            self._count = count

    def end(self) -> None:
        """End the threads that make elements."""
        if self._context is not None:
            self._context.end()


def _not_initialized(what: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        None,
        None,
        f"{what}() failed because the iterator has not been initialized. Ensure that you have run "
        f"the initializer operation for this iterator before {what.lower()[:-1]}ing it.",
    )


def check_repeatable(dataset: DatasetValue) -> None:
    """Raise FailedPreconditionError unless a dataset gives the same elements again."""
    for name, body, inputs, _ in dataset.op.insides():
        _check_body(f"{dataset.op.type}'s function {name}", body, inputs)
    if "generator" in dataset.op.attributes():
        raise FailedPreconditionError(None, None, f"{dataset.op.type} is stateful.")
    for value in dataset.inputs:
        if isinstance(value, DatasetValue):
            check_repeatable(value)


def _check_body(where: str, body: Graph, inputs: Sequence[Tensor]) -> None:
    given = {tensor.op for tensor in inputs}
    for operation in body.get_operations():
        if operation in given:
            continue
        op = operation.op
        within = op.insides()
        for _, inner, parameters, _ in within:
            _check_body(where, inner, parameters)
        is_plain = isinstance(op, DatasetOp) and "generator" not in op.attributes()
        if op.is_random or (op.is_stateful and not within and not is_plain and op.type != "Assert"):
            raise FailedPreconditionError(
                None, None, f"{where} is stateful: it has {op.type} '{operation.name}'."
            )


class IteratorOp(Op, abstract=True):
    """An op whose output is an iterator."""

    is_stateful = True

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    gradient = Op.not_differentiable


class IteratorV2(IteratorOp):
    """An iterator that is given a dataset when the program runs."""

    signature = Signature("-> handle: resource")

    shared_name: str = ""
    container: str = ""

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def make(name: str) -> Iterator:
            return Iterator(resources, self)

        return lambda: shared(resources, operation, self.container, self.shared_name, make)


class OneShotIterator(IteratorOp):
    """An iterator over a dataset that is all constant."""

    signature = Signature("-> handle: resource")

    dataset_factory: Body
    shared_name: str = ""
    container: str = ""

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def make() -> Iterator:
            iterator = Iterator(resources, self)
            factory = self.dataset_factory
            (dataset,) = resources.function(factory, factory.outputs, [])(())
            iterator.start(dataset)
            return iterator

        held: list[Iterator] = []

        def kernel() -> Iterator:
            if not held:
                held.append(resources.get(operation, make))
            return held[0]

        return kernel


class MakeIterator(Op):
    """Gives a dataset to an iterator, which begins with its first element."""

    signature = Signature("dataset: variant, iterator: resource ->")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        dataset, iterator = inputs
        iterator.start(dataset)
        return ()


class IteratorGetNext(Op):
    """The components of the next element."""

    signature = Signature("iterator: resource -> components: list(output_types)")
    is_stateful = True

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return self.output_shapes

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        return tuple([_own(value) for value in inputs[0].next()])

    gradient = Op.not_differentiable


def _own(value: Any) -> Any:
    """Return a value that may be changed: what is kept elsewhere is read-only."""
    if isinstance(value, DatasetValue) or value.flags.writeable:
        return value
    return value.copy()


class IteratorPosition(Op):
    """How far an iterator has come."""

    signature = Signature("iterator: resource -> position: string")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return xp.array(inputs[0].position(), object)

    gradient = Op.not_differentiable


class ResumeIterator(Op):
    """Lets an iterator go on from a position in the same dataset."""

    signature = Signature("iterator: resource, position: string ->")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        iterator, position = inputs
        iterator.resume(position.item())
        return ()


class IteratorToStringHandle(Op):
    """A string by which an iterator can be fed."""

    signature = Signature("resource_handle: resource -> string_handle: string")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return xp.array(inputs[0].handle, object)

    gradient = Op.not_differentiable


class IteratorFromStringHandleV2(IteratorOp):
    """The iterator that a string stands for."""

    signature = Signature("string_handle: string -> resource_handle: resource")

    def compute(self, xp: Any, *inputs: Any) -> Iterator:
        iterator = _by_handle.get(inputs[0].item())
        if iterator is None:
            raise invalid("Could not parse string_handle as a valid ResourceHandle")
        if len(iterator.types) != len(self.output_types):
            raise invalid(
                f"Number of components does not match: expected {len(self.output_types)} types "
                f"but got {len(iterator.types)}."
            )
        pairs = zip(self.output_types, iterator.types, strict=True)
        for index, (wanted, found) in enumerate(pairs):
            if wanted is not found:
                raise invalid(
                    f"Data type mismatch at component {index}: expected {_enum_name(wanted)} but "
                    f"got {_enum_name(found)}."
                )
        shapes = zip(self.output_shapes, iterator.shapes, strict=True)
        for index, (shape, known) in enumerate(shapes):
            if not shape.is_compatible_with(known):
                raise invalid(
                    f"Incompatible shapes at component {index}: expected {_sizes(shape)} but "
                    f"got {_sizes(known)}."
                )
        return iterator


def _enum_name(dtype: DType) -> str:
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


def _sizes(shape: TensorShape) -> str:
    return "<unknown>" if shape.sizes is None else bracketed(shape.sizes)
