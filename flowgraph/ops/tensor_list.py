"""Lists of tensors as values: what TensorFlow's functional loops keep from turn to turn.

A list is never changed: an op on one returns another one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.types import INDEX, INDICES
from flowgraph.shapes import TensorShape

_SCALAR = TensorShape.of(())
_UNKNOWN = TensorShape.of(None)


class TensorList:
    """A list of tensors.

    Parameters
    ----------
    items : list
        The elements and maybe more, which longer lists have; ``None`` where one is not set.
    length : int
        How many of `items` there are.
    """

    __slots__ = ("_items", "length")

    def __init__(self, items: list[Any], length: int) -> None:
        self._items = items
        self.length = length

    def appended(self, item: Any) -> TensorList:
        """Return the list with one more element, in constant time if this is the longest one."""
        items = self._items
        if len(items) > self.length:
            items = items[: self.length]
        items.append(item)
        return TensorList(items, self.length + 1)

    def shortened(self) -> TensorList:
        """Return the list without its last element."""
        return TensorList(self._items, self.length - 1)

    def resized(self, length: int) -> TensorList:
        """Return the list with so many elements."""
        items = self.items()[:length]
        return TensorList(items + [None] * (length - len(items)), length)

    def replaced(self, index: int, item: Any) -> TensorList:
        """Return the list with another element at a place."""
        items = self.items()
        items[index] = item
        return TensorList(items, self.length)

    def items(self) -> list[Any]:
        """Return the elements."""
        return self._items[: self.length]

    def __getitem__(self, index: int) -> Any:
        return self._items[index]


class _OnLists(Op, abstract=True):
    """An op on lists. They are no arrays: nothing is folded or merged."""

    is_stateful = True
    gradient = Op.not_differentiable


class _List(_OnLists, abstract=True):
    """An op that returns a list."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_SCALAR,)


class EmptyTensorList(_List):
    """A list of no elements."""

    signature = Signature(
        "element_shape: shape_type, max_num_elements: int32 -> handle: variant", shape_type=INDICES
    )
    host_inputs = (0, 1)

    element_dtype: DType

    def compute(self, xp: Any, *inputs: Any) -> TensorList:
        return TensorList([], 0)


class TensorListReserve(_List):
    """A list of elements that are not set yet."""

    signature = Signature(
        "element_shape: shape_type, num_elements: int32 -> handle: variant", shape_type=INDICES
    )
    host_inputs = (0, 1)

    element_dtype: DType

    def compute(self, xp: Any, *inputs: Any) -> TensorList:
        count = int(inputs[1])
        if count < 0:
            raise invalid(
                f"The num_elements to reserve must be a non negative number, but got {count}"
            )
        return TensorList([None] * count, count)


class TensorListFromTensor(_List):
    """The rows of a tensor as a list."""

    signature = Signature(
        "tensor: element_dtype, element_shape: shape_type -> output_handle: variant",
        shape_type=INDICES,
    )
    host_inputs = (1,)

    def compute(self, xp: Any, *inputs: Any) -> TensorList:
        rows = list(xp.array(inputs[0]))
        return TensorList([xp.asarray(row) for row in rows], len(rows))


class TensorListPushBack(_List):
    """A list with one more element."""

    signature = Signature("input_handle: variant, tensor: element_dtype -> output_handle: variant")

    def compute(self, xp: Any, *inputs: Any) -> TensorList:
        return inputs[0].appended(_own(xp, inputs[1]))  # type: ignore[no-any-return]


class TensorListSetItem(_List):
    """A list with another element at a place."""

    signature = Signature(
        "input_handle: variant, index: int32, item: element_dtype -> output_handle: variant"
    )
    host_inputs = (1,)

    def compute(self, xp: Any, *inputs: Any) -> TensorList:
        handle, index, item = inputs
        _check_index(handle, int(index))
        return handle.replaced(int(index), _own(xp, item))  # type: ignore[no-any-return]


class TensorListResize(_List):
    """A list with so many elements."""

    signature = Signature("input_handle: variant, size: int32 -> output_handle: variant")
    host_inputs = (1,)

    def compute(self, xp: Any, *inputs: Any) -> TensorList:
        if int(inputs[1]) < 0:
            raise invalid(f"TensorListSlice expects size to be non-negative. Got: {int(inputs[1])}")
        return inputs[0].resized(int(inputs[1]))  # type: ignore[no-any-return]


class TensorListLength(_OnLists):
    """The number of elements."""

    signature = Signature("input_handle: variant -> length: int32")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return xp.asarray(inputs[0].length, "int32")


class TensorListGetItem(_OnLists):
    """The element at a place."""

    signature = Signature(
        "input_handle: variant, index: int32, element_shape: int32 -> item: element_dtype"
    )
    host_inputs = (1, 2)

    element_dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return (_shape(inputs[2]),)

    def compute(self, xp: Any, *inputs: Any) -> Any:
        handle, index, shape = inputs
        _check_index(handle, int(index))
        return _element(xp, handle, int(index), self.element_dtype, shape)


class TensorListPopBack(_OnLists):
    """A list without its last element, and this element."""

    signature = Signature(
        "input_handle: variant, element_shape: int32"
        " -> output_handle: variant, tensor: element_dtype"
    )
    host_inputs = (1,)

    element_dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return _SCALAR, _shape(inputs[1])

    def compute(self, xp: Any, *inputs: Any) -> tuple[TensorList, Any]:
        handle, shape = inputs
        if not handle.length:
            raise invalid("Trying to pop from an empty list.")
        last = _element(xp, handle, handle.length - 1, self.element_dtype, shape)
        return handle.shortened(), last


class TensorListStack(_OnLists):
    """The elements as the rows of one tensor."""

    signature = Signature("input_handle: variant, element_shape: int32 -> tensor: element_dtype")
    host_inputs = (1,)

    element_dtype: DType
    num_elements: int = -1

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows = TensorShape.of((None if self.num_elements < 0 else self.num_elements,))
        return (rows.concatenate(_shape(inputs[1])),)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        handle, shape = inputs
        if self.num_elements not in (-1, handle.length):
            raise invalid(
                f"Operation expected a list with {self.num_elements} elements but got a list "
                f"with {handle.length} elements."
            )
        count = handle.length
        if not count:
            sizes = _sizes(shape)
            if sizes is None:
                raise invalid(
                    "Tried to stack elements of an empty list with non-fully-defined shape"
                )
            return xp.zeros((0, *sizes), self.element_dtype.numpy)
        given = [item for item in handle.items() if item is not None]
        like = given[0].shape if given else shape
        items = [_element(xp, handle, i, self.element_dtype, like) for i in range(count)]
        try:
            return xp.stack(items)
        except ValueError:
            raise invalid(
                "Tried to stack list which only contains elements of different shapes"
            ) from None


class TensorListElementShape(_OnLists):
    """The shape of the elements, -1 where it is not known."""

    signature = Signature("input_handle: variant -> element_shape: shape_type", shape_type=INDEX)

    shape_type: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_UNKNOWN,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        shapes = {item.shape for item in inputs[0].items() if item is not None}
        found: Any = shapes.pop() if len(shapes) == 1 else -1
        return np.asarray(found, self.shape_type.numpy)


def _own(xp: Any, item: Any) -> Any:
    """Return a value that nobody writes over: memory of a plan is used again."""
    return xp.array(item, copy=True) if hasattr(item, "shape") else item


def _check_index(handle: TensorList, index: int) -> None:
    if not 0 <= index < handle.length:
        raise invalid(f"Trying to access element {index} in a list with {handle.length} elements.")


def _element(xp: Any, handle: TensorList, index: int, dtype: DType, shape: Any) -> Any:
    """Return an element; zeros if it was never set."""
    item = handle[index]
    if item is not None:
        return item
    sizes = _sizes(shape)
    if sizes is None:
        raise invalid(
            "Trying to read an uninitialized tensor but element_shape is not fully defined: "
            f"{np.asarray(shape).tolist()}"
        )
    return xp.zeros(sizes, dtype.numpy)


def _sizes(shape: Any) -> tuple[int, ...] | None:
    values = np.asarray(shape, np.int64)
    if values.ndim != 1 or (values < 0).any():
        return None
    return tuple(values.tolist())


def _shape(spec: Spec) -> TensorShape:
    """Return the shape of elements that an input states."""
    if spec.shape.rank != 1:
        return _UNKNOWN
    return spec.static_shape()
