"""Stacking tensors along a new axis, unstacking, and Python lists of tensors as tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph import shapes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import axis_within, bracketed, invalid, merged
from flowgraph.ops.core import (
    apply,
    apply_all,
    cast,
    constant,
    convert_to_tensor,
    register_tensor_conversion_function,
)
from flowgraph.shapes import TensorShape


class Pack(Op):
    """Tensors of one shape, stacked along a new axis."""

    signature = Signature("values: N*T -> output: T")

    axis: int = 0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        common = inputs[-1].shape
        for i in reversed(range(len(inputs) - 1)):
            try:
                common = merged(inputs[i].shape, common)
            except ValueError as error:
                raise ValueError(f"{error}\n\tFrom merging shape {i} with other shapes.") from None
        if common.sizes is None:
            return (common,)
        rank = len(common.sizes) + 1
        axis = axis_within(self.axis, rank, f"axis = {self.axis} not in [{-rank}, {rank})")
        return (TensorShape.of((*common.sizes[:axis], len(inputs), *common.sizes[axis:])),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        if any(given.shape.ndims not in (0, None) for given in inputs):
            return None
        values = [given.static_value() for given in inputs]
        sizes = (-1 if value is None else int(value) for value in values)
        return TensorShape.of(tuple(None if n < 0 else n for n in sizes))

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.stack(inputs, axis=self._axis(*inputs))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.stack(inputs, axis=self._axis(*inputs), out=out)

    def _axis(self, *inputs: Array) -> int:
        for index, x in enumerate(inputs):
            if x.shape != inputs[0].shape:
                raise invalid(
                    f"Shapes of all inputs must match: values[0].shape = "
                    f"{bracketed(inputs[0].shape)} != values[{index}].shape = {bracketed(x.shape)}"
                )
        rank = inputs[0].ndim + 1
        return axis_within(self.axis, rank, f"axis = {self.axis} not in [{-rank}, {rank})", invalid)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return tuple(unstack(dys[0], len(operation.inputs), self.axis))


def stack(values: Any, axis: int = 0, name: str | None = "stack") -> Tensor:
    """Stack tensors of one shape along a new axis.

    Parameters
    ----------
    values : list of Tensor
        ``N`` tensors of one shape and dtype.
    axis : int
        Where the new axis, of size ``N``, stands in the result.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes are known to differ, or `axis` is out of range.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.stack([[1, 4], [2, 5], [3, 6]], axis=1))
    array([[1, 2, 3],
           [4, 5, 6]], dtype=int32)
    """
    if axis == 0:
        try:
            return convert_to_tensor(values, name=name)
        except (TypeError, ValueError):
            pass  # Not all of one shape and dtype: the op says what does not fit.
    first = convert_to_tensor(values[0], name=name)
    if first.shape.ndims is not None:
        rank = first.shape.ndims + 1
        axis_within(axis, rank, f"axis = {axis} not in [{-rank}, {rank})")
    return apply(Pack(axis=axis), values, name=name)


class Unpack(Op):
    """The slices of a tensor along one axis, without that axis."""

    signature = Signature("value: T -> output: num*T")
    may_alias = True

    num: int
    axis: int = 0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = inputs[0].shape.sizes
        if sizes is None:
            return (shapes.unknown_shape(),) * self.num
        rank = len(sizes)
        axis = axis_within(
            self.axis, rank, f"Invalid axis: {self.axis}; must be in [{-rank},{rank})"
        )
        if sizes[axis] not in (None, self.num):
            raise ValueError(f"Dimension must be {self.num} but is {sizes[axis]}")
        return (TensorShape.of((*sizes[:axis], *sizes[axis + 1 :])),) * self.num

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        (vector,) = inputs
        if not vector.dtype.is_integer or vector.shape.ndims != 1:
            return None
        sizes = vector.static_shape().sizes
        # An unknown size may be a constant -1: whether it is, the constant's value tells.
        if sizes is None or len(sizes) != self.num or vector.static_value() is not None:
            return None
        return tuple(None if n is None else np.array(n, vector.dtype.numpy) for n in sizes)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        (x,) = inputs
        axis = axis_within(
            self.axis, x.ndim, f"axis = {self.axis} not in [{-x.ndim}, {x.ndim})", invalid
        )
        if x.shape[axis] != self.num:
            raise invalid(
                f"Input shape axis {axis} must equal {self.num}, got shape {bracketed(x.shape)}"
            )
        before = (slice(None),) * axis
        return tuple(x[(*before, i, ...)] for i in range(self.num))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (stack(list(dys), self.axis),)


def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str | None = "unstack"
) -> list[Tensor]:
    """Take a tensor apart along one axis.

    Parameters
    ----------
    value : Tensor
    num : int, optional
        The size of the axis; needed where it is not known.
    axis : int
    name : str, optional

    Returns
    -------
    list of Tensor
        `num` tensors without that axis.

    Raises
    ------
    ValueError
        If the size of the axis is neither given nor known, or `axis` is out of range.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.unstack(tf.constant([[1, 2], [3, 4]]), axis=1))
    [array([1, 3], dtype=int32), array([2, 4], dtype=int32)]
    """
    if num is None:
        value = convert_to_tensor(value)
        rank = value.shape.ndims
        if rank is not None:
            axis_within(axis, rank, f"axis = {axis} not in [{-rank}, {rank})")
            num = value.shape.sizes[axis]
    if num is None:
        raise ValueError(f"Cannot infer num from shape {value.shape}")
    return apply_all(Unpack(num=int(num), axis=axis), value, name=name)


# -- lists of tensors as tensors ---------------------------------------------------------------


def _is_tensor_like(value: Any) -> bool:
    if isinstance(value, Tensor):
        return True
    like = hasattr(value, "dtype") and hasattr(value, "graph")
    return like and not isinstance(value, IndexedSlices)


def _tensors_in(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _tensors_in(item)
    elif _is_tensor_like(value):
        yield value


def _from_list(value: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Any:
    """Convert a nested list that holds tensors; other lists are left to `constant`."""
    first = next(_tensors_in(value), None)
    if as_ref or first is None:
        return NotImplemented
    kind = first.dtype.base_dtype
    if dtype is not None and dtype is not kind:
        kind, value = dtype, _cast_all(value, dtype)
    return _packed(value, kind, name or "packed")


def _cast_all(value: Any, dtype: DType) -> Any:
    if isinstance(value, list | tuple):
        return [_cast_all(item, dtype) for item in value]
    return cast(value, dtype) if _is_tensor_like(value) else value


def _packed(values: Any, dtype: DType, name: str) -> Any:
    """Pack a list whose entries include a tensor; return another list as it is."""
    with name_scope(name) as scope:
        entries = [
            _packed(item, dtype, str(i)) if isinstance(item, list | tuple) else item
            for i, item in enumerate(values)
        ]
        if not any(_is_tensor_like(entry) for entry in entries):
            return entries
        for entry in entries:
            if _is_tensor_like(entry) and entry.dtype.base_dtype is not dtype:
                raise TypeError(
                    f"Cannot convert a list containing a tensor of dtype {entry.dtype.name} to "
                    f"{dtype.name} (Tensor is: {entry!r})"
                )
        tensors = [
            convert_to_tensor(entry)
            if _is_tensor_like(entry)
            else constant(entry, dtype, name=str(i))
            for i, entry in enumerate(entries)
        ]
        return apply(Pack(), tensors, name=scope)


register_tensor_conversion_function((list, tuple), _from_list, priority=99)
