"""1 / x."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, multiply
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import INEXACT, apply, constant, convert_to_tensor
from flowgraph.ops.division import DivNoNan, check_divisor
from flowgraph.ops.elementwise import SIGNED, Adjoint, Unary


class Reciprocal(Unary):
    """1 / x; of integers rounded towards zero."""

    signature = Signature("x: T -> y: T", T=SIGNED)
    c = "(1 / {0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        if x.dtype.kind not in "iu":
            return xp.reciprocal(x)
        check_divisor(xp, x, x)
        return xp.where(xp.absolute(x) == 1, x, x.dtype.type(0))

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (reciprocal_grad(operation.outputs[0], dys[0]),)


class Inv(Reciprocal):
    """The reciprocal under its old name."""


class ReciprocalGrad(Adjoint):
    """-dy * y * y, where y is a reciprocal."""

    signature = Signature("y: T, dy: T -> z: T", T=INEXACT)
    c = "(-{1} * {0} * {0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        y, dy = inputs
        y = xp.conjugate(y)
        return xp.negative(dy) * y * y

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        y, dy = (conj(value) for value in operation.inputs)
        slope = multiply(multiply(constant(-2, y.dtype), dys[0]), multiply(dy, y))
        return slope, reciprocal_grad(y, dys[0])


class InvGrad(ReciprocalGrad):
    """The gradient of `Inv`."""


def reciprocal_grad(y: Tensor, dy: Tensor) -> Tensor:
    """Return the gradient of a reciprocal `y`."""
    return apply(ReciprocalGrad(), y, dy)


def reciprocal(x: Any, name: str | None = None) -> Tensor:
    """Return 1 / x.

    Parameters
    ----------
    x : Tensor
        Numbers.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.reciprocal([2.0, 4.0]))
    array([0.5 , 0.25], dtype=float32)
    """
    return apply(Reciprocal(), x, name=name)


def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """Return 1 / x, and 0 where x is 0.

    Parameters
    ----------
    x : Tensor
        Inexact numbers.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.math.reciprocal_no_nan([2.0, 0.0]))
    array([0.5, 0. ], dtype=float32)
    """
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        one = constant(1, dtype=tensor.dtype.base_dtype, name="one")
        return apply(DivNoNan(), one, tensor, name=scope)
