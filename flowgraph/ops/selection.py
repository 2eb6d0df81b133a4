"""Choosing elements by a condition."""

from __future__ import annotations

from typing import Any

from flowgraph import shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, merged
from flowgraph.ops.core import apply, convert_to_tensor
from flowgraph.ops.filling import zeros_like
from flowgraph.shapes import TensorShape


class Where(Op):
    """The indices of the elements that are not zero, in row-major order."""

    signature = Signature("input: T -> index: int64")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of((None, inputs[0].shape.ndims)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.argwhere(inputs[0])

    gradient = Op.not_differentiable


class Select(Op):
    """The elements of one tensor where a condition holds, else those of another.

    The condition has the tensors' shape, or is a scalar, or a vector that chooses rows.
    """

    signature = Signature("condition: bool, t: T, e: T -> output: T")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        condition, data = inputs[0].shape, merged(inputs[1].shape, inputs[2].shape)
        if condition.sizes is None or data.sizes is None or not condition.sizes:
            return (data,)
        if len(condition.sizes) == 1 and data.sizes:
            rows = TensorShape.of(data.sizes[:1])
            return (merged(condition, rows).concatenate(TensorShape.of(data.sizes[1:])),)
        return (merged(data, condition),)

    def scalar(self, *specs: Spec) -> str | None:
        sizes = specs[0].shape.sizes
        is_aligned = self.broadcasts or not sizes or sizes == specs[1].shape.sizes
        return "({0} ? {1} : {2})" if is_aligned else None

    def compute(self, xp: Any, *inputs: Array) -> Array:
        condition, t, e = self._aligned(*inputs)
        return xp.where(condition, t, e)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        condition, t, e = self._aligned(*inputs)
        xp.copyto(out, e)
        xp.copyto(out, t, where=condition)

    def _aligned(self, condition: Array, t: Array, e: Array) -> tuple[Array, Array, Array]:
        if t.shape != e.shape:
            raise invalid(
                "'then' and 'else' must have the same size.  but received: "
                f"{bracketed(t.shape)} vs. {bracketed(e.shape)}"
            )
        if condition.ndim == 1 and t.ndim > 1:
            if condition.shape[0] != t.shape[0]:
                raise invalid(
                    "Number of batches of 'then' must match size of 'cond', but saw: "
                    f"{t.shape[0]} vs. {condition.shape[0]}"
                )
            condition = condition.reshape((-1,) + (1,) * (t.ndim - 1))
        elif condition.ndim and condition.shape != t.shape:
            raise invalid(
                f"Inputs to operation of type {self.type} must have the same size and shape.  "
                f"Input 0: {bracketed(condition.shape)} != input 1: {bracketed(t.shape)}"
            )
        return condition, t, e

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        condition, dy, zeros = operation.inputs[0], dys[0], zeros_like(dys[0])
        return (
            None,
            apply(type(self)(), condition, dy, zeros),
            apply(type(self)(), condition, zeros, dy),
        )


class SelectV2(Select):
    """Select, with its inputs broadcast against each other."""

    broadcasts = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        condition, t, e = (spec.shape for spec in inputs)
        return (shapes.broadcast(condition, shapes.broadcast(t, e)),)

    def _aligned(self, condition: Array, t: Array, e: Array) -> tuple[Array, Array, Array]:
        first = condition
        for x in (t, e):
            pairs = zip(reversed(first.shape), reversed(x.shape), strict=False)
            if any(m != n and 1 not in (m, n) for m, n in pairs):
                raise invalid(
                    f"condition {bracketed(condition.shape)}, then {bracketed(t.shape)}, and else "
                    f"{bracketed(e.shape)} must be broadcastable"
                )
            first = x
        return condition, t, e


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """Return elements of `x` or `y`, or without them the indices where `condition` holds.

    Parameters
    ----------
    condition : bool Tensor
        Of the shape of `x`; a scalar; or a vector that chooses whole rows.
    x, y : Tensor, optional
        Of one shape and dtype.
    name : str, optional

    Returns
    -------
    Tensor
        Of the shape of `x`; or int64 indices of shape ``[count, rank]``.

    Raises
    ------
    ValueError
        If only one of `x` and `y` is given, or the shapes are known not to fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.where([True, False], [1, 2], [3, 4]))
    array([1, 4], dtype=int32)
    >>> tf.Session().run(tf.where([[True, False], [False, True]]))
    array([[0, 0],
           [1, 1]])
    """
    if x is None and y is None:
        with name_scope(name, "Where", [condition]) as scope:
            tensor = convert_to_tensor(condition, name="condition")
            return apply(Where(), tensor, name=scope)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return apply(Select(), condition, x, y, name=name)


def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """Return elements of `x` or `y`, broadcast, or the indices where `condition` holds.

    As `where`, but the three are broadcast against each other.

    Parameters
    ----------
    condition : Tensor
        Of bool.
    x, y : Tensor, optional
        Of one dtype; both or neither.
    name : str, optional

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.where_v2([True, False], [[1], [2]], 0))
    array([[1, 0],
           [2, 0]], dtype=int32)
    """
    if x is None or y is None:
        return where(condition, x, y, name)
    return apply(SelectV2(), condition, x, y, name=name)
