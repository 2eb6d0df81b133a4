"""The ops of queues: one to make each kind, and those that put, take, close and count."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.host_values import host_array
from flowgraph.ops.queue_state import FIFO, PaddingFIFO, Priority, RandomShuffle
from flowgraph.ops.shared_resources import behind, handle_of, shared
from flowgraph.shapes import TensorShape

_SCALAR = TensorShape.of(())
_UNKNOWN = TensorShape.of(None)
_ENUM_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


class _Queue(Op, abstract=True):
    """A new queue, or the one of the same shared name."""

    signature = Signature("-> handle: resource")
    is_stateful = True

    component_types: tuple[DType, ...]
    shapes: tuple[TensorShape, ...] = ()
    capacity: int = -1
    container: str = ""
    shared_name: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_SCALAR,)

    def made(self, name: str) -> FIFO:
        """Return a queue of the op's kind."""
        raise NotImplementedError(f"the queue of {self.type}")

    def components(self) -> tuple[tuple[DType, ...], tuple[TensorShape, ...]]:
        """Return the dtypes and shapes of an element's components."""
        return self.component_types, self.shapes

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def make(name: str) -> FIFO:
            queue = self.made(name)
            resources.at_close(queue.cancel)
            return queue

        def kernel() -> Array:
            queue: FIFO = shared(resources, operation, self.container, self.shared_name, make)
            if self.shared_name:
                self.check(queue)
            return handle_of(queue)

        return kernel

    def check(self, queue: FIFO) -> None:
        """Refuse a queue of the same shared name that another op describes otherwise."""
        kinds, shapes = self.components()
        if f"{queue.kind}V2" != self.type:
            raise invalid(f"Expected {queue.kind}, found {self.type}")
        pairs = (
            ("capacity {}", queue.capacity, self.capacity),
            ("component types {}", _names(queue.dtypes), _names(kinds)),
            ("component shapes [{}]", _texts(queue.shapes), _texts(shapes)),
        )
        for what, held, wanted in pairs:
            if held != wanted:
                noun = what.partition(" {")[0].partition(" [")[0]
                be = "was" if noun == "capacity" else "were"
                raise invalid(
                    f"Shared queue '{queue.name}' has {what.format(held)} but requested {noun} "
                    f"{be} {what.removeprefix(noun + ' ').format(wanted)}"
                )


def _names(kinds: tuple[DType, ...]) -> str:
    return ", ".join(_ENUM_NAMES.get(kind.name, kind.name) for kind in kinds)


def _texts(shapes: tuple[TensorShape, ...]) -> str:
    return ", ".join(bracketed(shape.sizes or ()) for shape in shapes)


class FIFOQueueV2(_Queue):
    """A queue: the first element in is the first out."""

    def made(self, name: str) -> FIFO:
        return FIFO(name, self.component_types, self.shapes, self.capacity)

    gradient = Op.not_differentiable


class PaddingFIFOQueueV2(_Queue):
    """A queue whose elements vary in shape."""

    def made(self, name: str) -> FIFO:
        return PaddingFIFO(name, self.component_types, self.shapes, self.capacity)

    gradient = Op.not_differentiable


class RandomShuffleQueueV2(_Queue):
    """A queue that hands out an element drawn at random."""

    min_after_dequeue: int = 0
    seed: int = 0
    seed2: int = 0

    def made(self, name: str) -> FIFO:
        if self.min_after_dequeue < 0:
            raise invalid(f"min_after_dequeue {self.min_after_dequeue} must be >= 0")
        if 0 <= self.capacity <= self.min_after_dequeue:
            raise invalid(
                f"min_after_dequeue {self.min_after_dequeue} must be < capacity {self.capacity}"
            )
        return RandomShuffle(
            name,
            self.component_types,
            self.shapes,
            self.capacity,
            self.min_after_dequeue,
            self.seed,
            self.seed2,
        )

    def check(self, queue: FIFO) -> None:
        super().check(queue)
        assert isinstance(queue, RandomShuffle)
        if queue.reserve != self.min_after_dequeue:
            raise invalid(
                f"Shared queue '{queue.name}' has min_after_dequeue {queue.reserve} but requested "
                f"min_after_dequeue was {self.min_after_dequeue}."
            )
        if (self.seed or self.seed2) and queue.seeds != (self.seed, self.seed2):
            raise invalid(
                f"Shared queue '{queue.name}' has random seeds {queue.seeds} but requested seeds "
                f"are {(self.seed, self.seed2)}."
            )

    gradient = Op.not_differentiable


class PriorityQueueV2(_Queue):
    """A queue that hands out the element of the least priority, an int64 before the rest."""

    component_types: tuple[DType, ...] = ()

    def components(self) -> tuple[tuple[DType, ...], tuple[TensorShape, ...]]:
        return (dtypes.int64, *self.component_types), (_SCALAR, *self.shapes)

    def made(self, name: str) -> FIFO:
        return Priority(name, *self.components(), self.capacity)

    gradient = Op.not_differentiable


class _Access(Op, abstract=True):
    """An op on the queue behind a handle."""

    is_stateful = True
    gradient = Op.not_differentiable


class _Enqueue(_Access, abstract=True):
    signature = Signature("handle: resource, components: list(Tcomponents)")
    fills = 0

    timeout_ms: int = -1

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return ()

    def _arrays(self, queue: FIFO, components: tuple[Any, ...]) -> list[Array]:
        """Return copies of the components: the memory they come in is used again."""
        _refuse_timeout(self.timeout_ms)
        arrays = [host_array(component).copy() for component in components]
        kinds = tuple(dtypes.as_dtype(array.dtype) for array in arrays)
        if kinds != queue.dtypes:
            have, expected = (", ".join(["resource", _names(k)]) for k in (kinds, queue.dtypes))
            raise invalid(f"Signature mismatch, have: {have}-> expected: {expected}->")
        return arrays


class QueueEnqueueV2(_Enqueue):
    """Puts an element in."""

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        handle, *components = inputs
        queue = behind(handle)
        arrays = self._arrays(queue, tuple(components))
        for index, (array, shape) in enumerate(zip(arrays, queue.shapes, strict=False)):
            _check_shape(index, shape, array)
        queue.enqueue([tuple(arrays)])
        return ()


class QueueEnqueueManyV2(_Enqueue):
    """Puts the rows of the components in, each an element."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        super().infer(*inputs)
        for spec in inputs[1:]:
            if spec.shape.ndims == 0:
                raise ValueError("Shape must be at least rank 1 but is rank 0")
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        handle, *components = inputs
        queue = behind(handle)
        arrays = self._arrays(queue, tuple(components))
        if any(not array.ndim for array in arrays):
            raise invalid("Cannot enqueue the rows of a scalar")
        count = len(arrays[0])
        for index, array in enumerate(arrays):
            if queue.shapes:
                row = queue.shapes[index]
                _check_shape(index, TensorShape.of((count,)).concatenate(row), array)
            elif len(array) != count:
                raise invalid(
                    "All input tensors must have the same size in the 0th dimension. Component "
                    f"{index} has {len(array)}, and should have {count}"
                )
        # Rows on their own: one that stays long would keep the memory of them all.
        rows = [[host_array(row).copy() for row in array] for array in arrays]
        queue.enqueue(list(zip(*rows, strict=True)))
        return ()


def _check_shape(index: int, shape: TensorShape, array: Array) -> None:
    if not shape.is_compatible_with(array.shape):
        raise invalid(
            f"Shape mismatch in tuple component {index}. Expected {bracketed(shape.sizes or ())}, "
            f"got {bracketed(array.shape)}"
        )


def _refuse_timeout(timeout_ms: int) -> None:
    if timeout_ms != -1:
        raise InvalidArgumentError(None, None, "Timeout not supported yet.")


class QueueDequeueV2(_Access):
    """Takes an element out."""

    signature = Signature("handle: resource -> components: list(component_types)")
    drains = 0

    component_types: tuple[DType, ...]
    timeout_ms: int = -1

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (_UNKNOWN,) * len(self.component_types)

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        queue = behind(inputs[0])
        _refuse_timeout(self.timeout_ms)
        (element,) = queue.dequeue(1)
        return tuple(element)


class QueueDequeueManyV2(_Access):
    """Takes elements out, and stacks them."""

    signature = Signature("handle: resource, n: int32 -> components: list(component_types)")
    drains = 0

    component_types: tuple[DType, ...]
    timeout_ms: int = -1

    _is_partial = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        with_rank(inputs[1].shape, 0)
        count: Any = inputs[1].static_value()
        if count is not None and count < 0:
            raise ValueError(f"Input 'n' must be >= 0, but is {int(count)}")
        return (_UNKNOWN,) * len(self.component_types)

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        queue, n = behind(inputs[0]), inputs[1]
        _refuse_timeout(self.timeout_ms)
        if n < 0:
            raise invalid(
                f"{self.type.removeprefix('Queue')[:-2]}Op requested {int(n)} < 0 elements"
            )
        if not queue.shapes:
            raise invalid(
                f"{queue.kind}'s DequeueMany and DequeueUpTo require the components to have "
                "specified shapes."
            )
        elements = queue.dequeue(int(n), self._is_partial)
        return tuple(
            _stacked([element[i] for element in elements], kind, shape)
            for i, (kind, shape) in enumerate(zip(queue.dtypes, queue.shapes, strict=True))
        )


class QueueDequeueUpToV2(QueueDequeueManyV2):
    """Takes elements out, and stacks them; fewer of them when the queue is closed."""

    _is_partial = True


def _stacked(rows: list[Array], kind: DType, shape: TensorShape) -> Array:
    """Return the rows as one array; those smaller than the largest are padded."""
    sizes = shape.sizes or ()
    if None in sizes:
        largest = [max((row.shape[axis] for row in rows), default=0) for axis in range(len(sizes))]
        sizes = tuple(a if n is None else n for n, a in zip(sizes, largest, strict=True))
        filler = b"" if kind is dtypes.string else 0
        stacked: Array = np.full((len(rows), *sizes), filler, kind.numpy)
        for into, row in zip(stacked, rows, strict=True):
            into[(*map(slice, row.shape), ...)] = row
        return stacked
    stacked = np.empty((len(rows), *sizes), kind.numpy)
    for index, row in enumerate(rows):
        stacked[index, ...] = row
    return stacked


class QueueCloseV2(_Access):
    """Lets no further element in."""

    signature = Signature("handle: resource")

    cancel_pending_enqueues: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        behind(inputs[0]).close(self.cancel_pending_enqueues)
        return ()


class QueueIsClosedV2(_Access):
    """Whether a queue is closed."""

    signature = Signature("handle: resource -> is_closed: bool")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return np.array(behind(inputs[0]).closed)


class QueueSizeV2(_Access):
    """How many elements a queue holds."""

    signature = Signature("handle: resource -> size: int32")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return np.array(len(behind(inputs[0])), np.int32)
