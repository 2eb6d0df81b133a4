"""Products and quotients that are 0 where their first factor is."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, multiply, square
from flowgraph.ops.comparison import not_equal
from flowgraph.ops.core import INEXACT, apply, cast, constant
from flowgraph.ops.elementwise import Binary

XY = Signature("x: T, y: T -> z: T", T=INEXACT)


def _const(value: float, like: Any) -> Tensor:
    return constant(value, like.dtype.base_dtype)


class Xlogy(Binary):
    """x log(y), and 0 where x is 0."""

    signature = XY

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y = inputs
        return xp.where(x == 0, x.dtype.type(0), x * xp.log(y))

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs
        there = cast(not_equal(x, _const(0, x)), x.dtype)
        return multiply(xlogy(there, y), dys[0]), multiply(xdivy(x, y), dys[0])


class Xdivy(Binary):
    """x / y, and 0 where x is 0."""

    signature = XY

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y = inputs
        return xp.where(x == 0, x.dtype.type(0), xp.divide(x, y))

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs
        there = cast(not_equal(x, _const(0, x)), x.dtype)
        dy = xdivy(multiply(_const(-1, x), x), square(y))
        return multiply(xdivy(there, y), dys[0]), multiply(dy, dys[0])


def xlogy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x log(y), and 0 where x is 0.

    Parameters
    ----------
    x, y : Tensor
        Inexact numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.math.xlogy([0.0, 1.0], [0.0, 1.0]))
    array([0., 0.], dtype=float32)
    """
    return apply(Xlogy(), x, y, name=name)


def xdivy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y, and 0 where x is 0. See `xlogy`."""
    return apply(Xdivy(), x, y, name=name)
