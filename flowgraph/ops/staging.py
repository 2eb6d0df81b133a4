"""Staging areas: elements that wait between the steps of a pipeline, shared by name."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.errors import CancelledError, ResourceExhaustedError
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops import waiting
from flowgraph.ops.checks import with_rank
from flowgraph.ops.host_values import host_array
from flowgraph.shapes import TensorShape, unknown_shape

Element = list[Array]


class Area:
    """The elements of a staging area, the first in first.

    Parameters
    ----------
    capacity, memory_limit : int
        How many elements and how many bytes it holds; any number if 0.
    """

    def __init__(self, capacity: int, memory_limit: int) -> None:
        self._capacity = capacity
        self._memory_limit = memory_limit
        self._elements: deque[Element] = deque()
        self._is_cancelled = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._elements)

    def put(self, element: Element) -> None:
        """Add an element, waiting for room.

        Raises
        ------
        ResourceExhaustedError
            If it has more bytes than the area holds.
        """
        size, limit = _bytes(element), self._memory_limit
        if limit and size > limit:
            raise ResourceExhaustedError(
                None,
                None,
                f"Attempted to insert tensors with combined size of '{size}' bytes into Staging "
                f"Area with a memory limit of '{limit}'.",
            )

        def has_room() -> bool:
            held = sum(map(_bytes, self._elements)) if limit else 0
            is_full = bool(self._capacity) and len(self._elements) >= self._capacity
            return not is_full and (not limit or held + size <= limit)

        with self._changed:
            self._wait_until(has_room)
            self._elements.append(element)
            self._changed.notify_all()

    def get(self) -> Element:
        """Take the first element, waiting for one."""
        with self._changed:
            self._wait_until(lambda: len(self._elements) > 0)
            element = self._elements.popleft()
            self._changed.notify_all()
            return element

    def peek(self, index: int) -> Element:
        """Return the element of that number and leave it there, waiting for it."""
        with self._changed:
            self._wait_until(lambda: len(self._elements) > index)
            return self._elements[index]

    def clear(self) -> None:
        """Drop all elements."""
        with self._changed:
            self._elements.clear()
            self._changed.notify_all()

    def cancel(self) -> None:
        """End all waits, now and later, with an error."""
        with self._changed:
            self._is_cancelled = True
            self._changed.notify_all()

    def _wait_until(self, is_met: Callable[[], bool]) -> None:
        while not is_met():
            if self._is_cancelled:
                raise CancelledError(None, None, "The staging area was cancelled")
            waiting.wait(self._changed)


def _bytes(element: Element) -> int:
    return sum(array.nbytes for array in element)


class _Access(Op, abstract=True):
    """An op on the staging area of a shared name."""

    is_stateful = True
    gradient = Op.not_differentiable

    capacity: int = 0
    memory_limit: int = 0
    container: str = ""
    shared_name: str = ""

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def make() -> Area:
            area = Area(self.capacity, self.memory_limit)
            resources.at_close(area.cancel)
            return area

        def kernel(*inputs: Any) -> Any:
            area = resources.get(("Stage", self.container, self.shared_name), make)
            return self.access(area, *inputs)

        return kernel

    def access(self, area: Area, *inputs: Any) -> Any:
        """Return the outputs."""
        raise NotImplementedError(f"kernel of {self.type}")


class Stage(_Access):
    """Puts an element in."""

    signature = Signature("values: list(dtypes) ->")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return ()

    def access(self, area: Area, *inputs: Any) -> tuple[()]:
        # Copies: the memory they come in is used again.
        area.put([host_array(value).copy() for value in inputs])
        return ()


class _Taken(_Access, abstract=True):
    """An op whose outputs are an element's."""

    dtypes: tuple[DType, ...] = ()

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (unknown_shape(),) * len(self.dtypes)


class Unstage(_Taken):
    """Takes the first element out."""

    signature = Signature("-> values: list(dtypes)")

    def access(self, area: Area, *inputs: Any) -> Element:
        return area.get()


class StagePeek(_Taken):
    """Reads an element and leaves it there."""

    signature = Signature("index: int32 -> values: list(dtypes)")
    host_inputs = (0,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return super().infer(*inputs)

    def access(self, area: Area, *inputs: Any) -> Element:
        return [array.copy() for array in area.peek(int(inputs[0]))]


class StageSize(_Access):
    """How many elements there are."""

    signature = Signature("-> size: int32")

    dtypes: tuple[DType, ...] = ()

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def access(self, area: Area, *inputs: Any) -> Array:
        return dtypes.int32.numpy.type(len(area))


class StageClear(_Access):
    """Drops all elements."""

    signature = Signature("->")

    dtypes: tuple[DType, ...] = ()

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return ()

    def access(self, area: Area, *inputs: Any) -> tuple[()]:
        area.clear()
        return ()
