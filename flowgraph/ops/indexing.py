"""Strided slices, their adjoint, and the meaning of ``tensor[key]``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid, merged, with_rank
from flowgraph.ops.core import INDEX, apply, cast, constant, convert_to_tensor, shape
from flowgraph.ops.filling import ones_like
from flowgraph.ops.packing import stack
from flowgraph.ops.types import INDICES
from flowgraph.shapes import Dimension, TensorShape

newaxis = None


class _Axis(NamedTuple):
    """One axis of the input or of the output, as a slice specification treats it."""

    entry: int | None  # which entry of begin, end and strides; None takes the axis whole
    axis: int | None  # the input's axis; None makes a new one
    shrinks: bool = False


class _Masked(Op, abstract=True):
    """What a strided slice and its adjoint share: bit ``i`` of a mask is about entry ``i``."""

    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0

    def axes(self, entries: int, rank: int, error: Callable[[str], Exception]) -> list[_Axis]:
        """Lay `entries` entries over an input of `rank` axes."""
        if self.ellipsis_mask & (self.ellipsis_mask - 1):
            raise error("Multiple ellipses in slice spec not allowed")
        ellipsis = self.ellipsis_mask.bit_length() - 1
        if not 0 <= ellipsis < entries:
            ellipsis = entries
        added = sum(self.new_axis_mask >> i & 1 for i in range(entries) if i != ellipsis)
        taken = entries - added - (ellipsis < entries)
        if taken > rank:
            raise error(f"Index out of range using input dim {rank}; input has only {rank} dims")
        result: list[_Axis] = []
        axis = 0
        for i in range(entries + (ellipsis == entries)):
            if i == ellipsis:
                result += [_Axis(None, a) for a in range(axis, axis + rank - taken)]
                axis += rank - taken
            elif self.new_axis_mask >> i & 1:
                result.append(_Axis(i, None))
            else:
                result.append(_Axis(i, axis, bool(self.shrink_axis_mask >> i & 1)))
                axis += 1
        return result

    def step(self, entry: _Axis, strides: Array, error: Callable[[str], Exception]) -> int:
        """Return the stride of an entry, checked."""
        stride = 1 if entry.entry is None or entry.axis is None else int(strides[entry.entry])
        if stride == 0:
            raise error(f"strides[{entry.entry}] must be non-zero")
        if entry.shrinks and stride < 0:
            raise error("only stride 1 allowed on non-range indexing.")
        return stride

    def position(
        self, entry: _Axis, begin: Array, size: int, error: Callable[[str], Exception]
    ) -> int:
        """Return the place in an axis of `size` of the one element that is taken."""
        place = int(begin[entry.entry])
        place += size if place < 0 else 0
        if not 0 <= place < size:
            raise error(f"slice index {place} of dimension {entry.axis} out of bounds.")
        return place

    def range_of(self, entry: _Axis, begin: Array, end: Array, stride: int) -> slice:
        """Return the range that an entry takes, with ``None`` where a mask leaves it open."""
        i = entry.entry
        if i is None:
            return slice(None)
        start = None if self.begin_mask >> i & 1 else int(begin[i])
        stop = None if self.end_mask >> i & 1 else int(end[i])
        return slice(start, stop, stride)

    def index(self, sizes: tuple[int, ...], begin: Array, end: Array, strides: Array) -> Any:
        """Return the specification as a NumPy index."""
        if not begin.shape == end.shape == strides.shape or begin.ndim != 1:
            raise invalid(
                "Expected begin, end, and strides to be 1D equal size tensors, but got shapes "
                f"{list(begin.shape)}, {list(end.shape)}, and {list(strides.shape)} instead."
            )
        result: list[Any] = []
        for entry in self.axes(begin.size, len(sizes), invalid):
            stride = self.step(entry, strides, invalid)
            if entry.axis is None:
                result.append(None)
            elif entry.shrinks:
                result.append(self.position(entry, begin, sizes[entry.axis], invalid))
            else:
                result.append(self.range_of(entry, begin, end, stride))
        # The ellipsis makes NumPy return an array, a view, even where every axis is taken away.
        return (*result, ...)

    def masks(self) -> dict[str, int]:
        """Return the masks by name."""
        return self.attributes()


class StridedSlice(_Masked):
    """Every ``strides``-th element from ``begin`` to ``end`` along each axis."""

    signature = Signature(
        "input: T, begin: Index, end: Index, strides: Index -> output: T", Index=INDICES
    )
    host_inputs = (1, 2, 3)
    may_alias = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        lengths = shapes.unknown_shape(1)
        for spec in inputs[1:]:
            lengths = merged(lengths, with_rank(spec.shape, 1))
        sizes, strides = inputs[0].shape.sizes, inputs[3].static_value()
        if sizes is None or strides is None:
            return (shapes.unknown_shape(),)
        entries = list(self.axes(strides.size, len(sizes), ValueError))
        steps = [self.step(entry, strides, ValueError) for entry in entries]
        begin, end = inputs[1].static_value(), inputs[2].static_value()
        result: list[int | None] = []
        for entry, stride in zip(entries, steps, strict=True):
            if entry.axis is None:
                result.append(1)
                continue
            size = sizes[entry.axis]
            if not entry.shrinks:
                result.append(self._length(entry, size, begin, end, stride))
            elif size is not None and begin is not None:
                self.position(entry, begin, size, ValueError)
        return (TensorShape.of(tuple(result)),)

    def _length(
        self, entry: _Axis, size: int | None, begin: Array | None, end: Array | None, stride: int
    ) -> int | None:
        i = entry.entry
        whole = i is None or (self.begin_mask >> i & self.end_mask >> i & 1)
        if size is None:
            return None
        if whole:
            return -(-size // abs(stride))
        if begin is None or end is None:
            return None
        return len(range(size)[self.range_of(entry, begin, end, stride)])

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        taken = self._taken(*inputs)
        if taken is None or (isinstance(taken, tuple) and None in taken):
            return None
        return (np.array(taken, dtype=inputs[0].dtype.numpy),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        taken = self._taken(*inputs)
        return TensorShape.of(taken) if isinstance(taken, tuple) else None

    def _taken(self, *inputs: Spec) -> Any:
        """Return the slice of a vector that is a shape, known in part."""
        vector = inputs[0]
        if not vector.dtype.is_integer or vector.shape.ndims != 1:
            return None
        bounds = [spec.static_value() for spec in inputs[1:]]
        if any(value is None or value.size != 1 for value in bounds) or self.new_axis_mask:
            return None
        sizes = vector.static_shape().sizes
        if sizes is None:
            return None
        (index, *_) = self.index((len(sizes),), *bounds)
        return sizes if index is ... else sizes[index]

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, begin, end, strides = inputs
        return x[self.index(x.shape, begin, end, strides)]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, *bounds = operation.inputs
        sizes = shape(x, out_type=bounds[0].dtype)
        return (apply(StridedSliceGrad(**self.masks()), sizes, *bounds, dys[0]), None, None, None)


class StridedSliceGrad(_Masked):
    """The adjoint of a strided slice: zeros of ``shape`` with ``dy`` where the slice was taken."""

    signature = Signature(
        "shape: Index, begin: Index, end: Index, strides: Index, dy: T -> output: T", Index=INDICES
    )
    host_inputs = (0, 1, 2, 3)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs[:4]:
            with_rank(spec.shape, 1)
        return (inputs[0].static_shape(),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        result = xp.empty(tuple(inputs[0].tolist()), dtype=inputs[4].dtype)
        self.compute_into(xp, result, *inputs)
        return result

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        sizes, begin, end, strides, dy = inputs
        out[...] = 0
        part = out[self.index(tuple(sizes.tolist()), begin, end, strides)]
        if part.shape != dy.shape:
            raise invalid(f"shape of dy was {list(dy.shape)} instead of {list(part.shape)}")
        part[...] = dy

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        bounds = operation.inputs[1:4]
        return (None, None, None, None, apply(StridedSlice(**self.masks()), dys[0], *bounds))


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """Take every ``strides``-th element from `begin` to before `end` along each axis.

    Bit ``i`` of each mask is about entry ``i`` of `begin`, `end` and `strides`.

    Parameters
    ----------
    input_ : Tensor
    begin, end, strides : Tensor or list of int
        One entry per axis; axes without one are taken whole. Strides are 1 if left out.
    begin_mask, end_mask : int
        The entry begins at the first element, or ends with the last.
    ellipsis_mask : int
        The entry stands for all axes that no other entry is about.
    new_axis_mask : int
        The entry makes a new axis of size 1.
    shrink_axis_mask : int
        The entry takes the one element at `begin`, and its axis is removed.
    var : None
        Assignment to slices is not supported.
    name : str, optional

    Raises
    ------
    ValueError
        If the slice is known not to fit the input.
    tf.errors.InvalidArgumentError
        If it is found not to when the graph runs.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.strided_slice([1, 2, 3, 4, 5], [0], [5], [2]))
    array([1, 3, 5], dtype=int32)
    """
    if var is not None:
        raise NotImplementedError("strided_slice(var=): assignment to a slice of a variable")
    op = StridedSlice(
        begin_mask=begin_mask,
        end_mask=end_mask,
        ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask,
        shrink_axis_mask=shrink_axis_mask,
    )
    return apply(
        op, input_, begin, end, ones_like(begin) if strides is None else strides, name=name
    )


# -- tensor[key] -------------------------------------------------------------------------------


def strided_slice_from_key(tensor: Any, key: Any, name: str | None = None) -> Tensor:
    """Return ``tensor[key]``.

    Parameters
    ----------
    tensor : Tensor
    key : int, slice, Ellipsis, None, scalar integer Tensor, or tuple of them
        ``None`` (`tf.newaxis`) makes a new axis.
    name : str, optional

    Raises
    ------
    TypeError
        If an index is none of these.
    ValueError
        If the key does not fit the shape.
    """
    entries = key if isinstance(key, list | tuple) else (key,)
    begin: list[Any] = []
    end: list[Any] = []
    strides: list[Any] = []
    masks = dict.fromkeys(
        ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0
    )
    for i, entry in enumerate(entries):
        start, stop, step = 0, 0, 1
        if isinstance(entry, slice):
            start = _bound(entry.start, masks, "begin_mask", i)
            stop = _bound(entry.stop, masks, "end_mask", i)
            step = 1 if entry.step is None else _checked(entry.step)
        elif entry is Ellipsis:
            masks["ellipsis_mask"] |= 1 << i
        elif entry is newaxis:
            masks["new_axis_mask"] |= 1 << i
        else:
            start, stop = _checked(entry), entry + 1
            masks["shrink_axis_mask"] |= 1 << i
        begin.append(start)
        end.append(stop)
        strides.append(step)
    with name_scope(name, "strided_slice", [tensor, *begin, *end, *strides]) as scope:
        if entries:
            bounds = [stack(part) for part in (begin, end, strides)]
        else:
            bounds = [constant([], dtypes.int32)] * 3
        if any(bound.dtype is dtypes.int64 for bound in bounds):
            bounds = [cast(bound, dtypes.int64) for bound in bounds]
        return apply(StridedSlice(**masks), convert_to_tensor(tensor), *bounds, name=scope)


def _bound(value: Any, masks: dict[str, int], mask: str, entry: int) -> Any:
    if value is None or (type(value) is int and value == sys.maxsize):
        masks[mask] |= 1 << entry
        return 0
    return _checked(value)


def _checked(index: Any) -> Any:
    """Return an index; TypeError if it is no integer or scalar integer tensor."""
    if isinstance(index, int | Dimension):
        return index
    dtype = getattr(index, "dtype", None)
    if dtype is None or as_dtype(dtype).base_dtype not in INDEX or _is_vector(index.shape):
        raise TypeError(
            "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
            f"tf.int32/tf.int64 tensors are valid indices, got {index!r}"
        )
    return index


def _is_vector(given: Any) -> bool:
    return TensorShape(given).ndims == 1
