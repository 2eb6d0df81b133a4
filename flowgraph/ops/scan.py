"""Running sums and products along an axis."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, multiply
from flowgraph.ops.checks import axis_within, bracketed, invalid
from flowgraph.ops.core import INDEX, NUMBERS, apply, convert_to_tensor
from flowgraph.ops.division import real_div
from flowgraph.shapes import TensorShape


class Scan(Op, abstract=True):
    """A running total; ``exclusive`` leaves out the element itself."""

    signature = Signature("x: T, axis: Tidx -> out: T", T=NUMBERS, Tidx=INDEX)
    host_inputs = (1,)

    exclusive: bool = False
    reverse: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def totals(self, xp: Any, x: Array, axis: int) -> Array:
        """Return the inclusive running total of `x`."""
        raise NotImplementedError(f"running total of {self.type}")

    neutral = 0

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, where = inputs
        if where.ndim:
            raise invalid(f"ScanOp: axis must be a scalar, not {bracketed(where.shape)}")
        message = f"ScanOp: Expected scan axis in the range [{-x.ndim}, {x.ndim}), but got {where}"
        axis = axis_within(int(where), x.ndim, message, invalid)
        if self.reverse:
            x = xp.flip(x, axis)
        if self.exclusive:
            x = _shifted(xp, x, axis, self.neutral)
        total = self.totals(xp, x, axis)
        return xp.flip(total, axis) if self.reverse else total


def _shifted(xp: Any, x: Array, axis: int, first: int) -> Array:
    """Return `x` moved on by one place, with `first` in front."""
    moved = xp.full_like(x, first)
    before = (slice(None),) * axis
    moved[(*before, slice(1, None))] = x[(*before, slice(None, -1))]
    return moved


class Cumsum(Scan):
    """The running sum."""

    def totals(self, xp: Any, x: Array, axis: int) -> Array:
        return xp.cumsum(x, axis=axis, dtype=x.dtype)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        axis = operation.inputs[1]
        return cumsum(dys[0], axis, self.exclusive, not self.reverse), None


class Cumprod(Scan):
    """The running product."""

    neutral = 1

    def totals(self, xp: Any, x: Array, axis: int) -> Array:
        return xp.cumprod(x, axis=axis, dtype=x.dtype)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, axis = operation.inputs
        product = apply(Cumprod(exclusive=self.exclusive, reverse=self.reverse), x, axis)
        total = cumsum(multiply(product, dys[0]), axis, self.exclusive, not self.reverse)
        return real_div(total, x), None


def cumsum(
    x: Any,
    axis: Any = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return the running sum along an axis.

    Parameters
    ----------
    x : Tensor
        Numbers.
    axis : scalar Tensor of integer
    exclusive : bool
        Leave out the element itself, so that the first sum is 0.
    reverse : bool
        Start at the end.
    name : str, optional

    Raises
    ------
    tf.errors.InvalidArgumentError
        If there is no such axis.

    Examples
    --------
    >>> tf.Session().run(tf.cumsum([1, 2, 3]))
    array([1, 3, 6], dtype=int32)
    >>> tf.Session().run(tf.cumsum([1, 2, 3], exclusive=True, reverse=True))
    array([5, 3, 0], dtype=int32)
    """
    with name_scope(name, "Cumsum", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        return apply(Cumsum(exclusive=exclusive, reverse=reverse), tensor, axis, name=scope)


def cumprod(
    x: Any,
    axis: Any = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return the running product along an axis. See `cumsum`.

    Notes
    -----
    The gradient divides by `x`: it is NaN where an element is 0.

    Examples
    --------
    >>> tf.Session().run(tf.cumprod([1, 2, 3, 4]))
    array([ 1,  2,  6, 24], dtype=int32)
    """
    with name_scope(name, "Cumprod", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        return apply(Cumprod(exclusive=exclusive, reverse=reverse), tensor, axis, name=scope)
