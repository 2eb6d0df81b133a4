"""Sums of many tensors of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.core import NUMBERS, apply, convert_to_tensor, identity
from flowgraph.ops.merging import merge_shapes
from flowgraph.shapes import TensorShape, as_shape, unknown_shape


class AddN(Op):
    """The sum of tensors of one shape."""

    signature = Signature("inputs: N*T -> sum: T", T=NUMBERS)
    inplace = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        merged = inputs[-1].shape
        for position in reversed(range(len(inputs) - 1)):
            merged = _merge(inputs[position].shape, merged, position)
        return (merged,)

    def scalar(self, *specs: Spec) -> str | None:
        if any(spec.dtype.kind not in "fi" for spec in specs):
            return None
        return f"({' + '.join(f'{{{i}}}' for i in range(len(specs) - 1))})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        _check_same_shape(inputs)
        total = inputs[0]
        for term in inputs[1:]:
            total = xp.add(total, term)
        return total if len(inputs) > 1 else total.copy()

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        _check_same_shape(inputs)
        if len(inputs) == 1:
            xp.copyto(out, inputs[0])
            return
        xp.add(inputs[0], inputs[1], out=out)
        for term in inputs[2:]:
            xp.add(out, term, out=out)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return tuple(dys) * len(operation.inputs)


class AccumulateNV2(AddN):
    """The sum of tensors of one shape, which is given."""

    shape: TensorShape

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (self.shape,)


def _merge(new: TensorShape, merged: TensorShape, position: int) -> TensorShape:
    try:
        return merge_shapes(new, merged)
    except ValueError as error:
        note = f"\n\tFrom merging shape {position} with other shapes."
        raise ValueError(f"{error}{note}") from None


def _check_same_shape(inputs: Sequence[Array]) -> None:
    for position, term in enumerate(inputs):
        if term.shape != inputs[0].shape:
            raise invalid(
                "Inputs to operation of type AddN must have the same size and shape.  Input 0: "
                f"{bracketed(inputs[0].shape)} != input {position}: {bracketed(term.shape)}"
            )


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """Return the sum of a list of tensors.

    Parameters
    ----------
    inputs : list of Tensor or IndexedSlices
        All of one dtype and shape. One alone is returned itself.
    name : str, optional

    Raises
    ------
    ValueError
        If the list is empty or the shapes differ.

    Examples
    --------
    >>> tf.Session().run(tf.add_n([tf.constant([1, 2]), tf.constant([3, 4])]))
    array([4, 6], dtype=int32)
    """
    tensors = _terms(inputs, "Tensor/IndexedSlices")
    if len(tensors) == 1:
        return identity(tensors[0], name=name) if name else tensors[0]
    return apply(AddN(), tensors, name=name)


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Tensor:
    """Return the sum of a list of tensors. See `add_n`.

    Parameters
    ----------
    inputs : list of Tensor
        All of one dtype and shape.
    shape : list of int or None, optional
        Their shape.
    tensor_dtype : DType, optional
        Their dtype.
    name : str, optional

    Raises
    ------
    TypeError
        If the dtype is another.
    ValueError
        If the list is empty or the shapes differ.

    Examples
    --------
    >>> tf.Session().run(tf.accumulate_n([[1, 2], [3, 4]]))
    array([4, 6], dtype=int32)
    """
    tensors = _terms(inputs, "Tensor")
    merged = unknown_shape() if shape is None else as_shape(shape)
    for tensor in tensors:
        merged = merged.merge_with(tensor.shape)
    if tensor_dtype is not None and tensor_dtype != tensors[0].dtype:
        raise TypeError(f"tensor_dtype is {tensor_dtype}, but input is of type {tensors[0].dtype}")
    if len(tensors) == 1:
        return identity(tensors[0], name=name) if name else tensors[0]
    return apply(AccumulateNV2(shape=merged), tensors, name=name)


def _terms(inputs: Any, kinds: str) -> list[Tensor]:
    if not isinstance(inputs, list | tuple) or not inputs:
        raise ValueError(
            f"inputs must be a list of at least one {kinds} with the same dtype and shape"
        )
    return [convert_to_tensor(value) for value in inputs]
