"""Exponentials, logarithms, roots and powers, and the two sigmoid curves."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, add, multiply, multiply_no_nan, square, subtract
from flowgraph.ops.checks import invalid
from flowgraph.ops.comparison import greater, not_equal
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import INEXACT, apply, cast, constant
from flowgraph.ops.division import real_div
from flowgraph.ops.elementwise import SIGNED, Adjoint, Binary, Unary
from flowgraph.ops.of_values import takes_sparse
from flowgraph.ops.reciprocal import reciprocal

XY = Signature("x: T, y: T -> z: T", T=INEXACT)
X = Signature("x: T -> y: T", T=INEXACT)
ADJOINT = Signature("y: T, dy: T -> z: T", T=INEXACT)


def _const(value: float, like: Any) -> Tensor:
    return constant(value, like.dtype.base_dtype)


class Exp(Unary):
    """e to the power of x."""

    signature = X
    ufunc = "exp"
    c = "exp({0})"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], conj(operation.outputs[0])),)


class Expm1(Unary):
    """exp(x) - 1, exact near 0."""

    signature = X
    ufunc = "expm1"
    c = "expm1({0})"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], exp(conj(operation.inputs[0]))),)


class Log(Unary):
    """The natural logarithm."""

    signature = X
    ufunc = "log"
    c = "log({0})"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], reciprocal(conj(operation.inputs[0]))),)


class Log1p(Unary):
    """log(1 + x), exact near 0."""

    signature = X
    ufunc = "log1p"
    c = "log1p({0})"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x = conj(operation.inputs[0])
        return (multiply(dys[0], reciprocal(add(_const(1, x), x))),)


class Sqrt(Unary):
    """The square root."""

    signature = X
    ufunc = "sqrt"
    c = "sqrt({0})"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (apply(SqrtGrad(), operation.outputs[0], dys[0]),)


class SqrtGrad(Adjoint):
    """dy / 2 y, where y is a square root."""

    signature = ADJOINT
    c = "({1} * 0.5 / {0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        y, dy = inputs
        return dy * y.dtype.type(0.5) / xp.conjugate(y)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        y, z = operation.inputs[0], operation.outputs[0]
        slope = real_div(dys[0], conj(y))
        return multiply(multiply(_const(-1, y), conj(slope)), z), multiply(_const(0.5, y), slope)


class Rsqrt(Unary):
    """1 over the square root."""

    signature = X
    c = "(1 / sqrt({0}))"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return xp.reciprocal(xp.sqrt(x))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        (x,) = inputs
        xp.reciprocal(xp.sqrt(x, out=out), out=out)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (rsqrt_grad(operation.outputs[0], dys[0]),)


class RsqrtGrad(Adjoint):
    """-dy y³ / 2, where y is 1 over a square root."""

    signature = ADJOINT
    c = "({1} * -0.5 * {0} * {0} * {0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        y, dy = inputs[0].conj(), inputs[1]
        return y.dtype.type(-0.5) * dy * y * y * y

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        y, dy = (conj(value) for value in operation.inputs)
        slope = multiply(multiply(_const(-1.5, y), dys[0]), multiply(dy, square(y)))
        return slope, rsqrt_grad(y, dys[0])


class Pow(Binary):
    """x to the power of y."""

    signature = Signature("x: T, y: T -> z: T", T=SIGNED)
    ufunc = "power"

    def compute(self, xp: Any, *inputs: Array) -> Any:
        _check_exponent(xp, inputs[1])
        return super().compute(xp, *inputs)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        _check_exponent(xp, inputs[1])
        super().compute_into(xp, out, *inputs)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = (conj(value) for value in operation.inputs)
        z = conj(operation.outputs[0])
        dx = multiply(multiply(dys[0], y), pow(x, subtract(y, _const(1, y))))
        # The logarithm counts only where it exists: where x is positive, or any complex but 0.
        zero = _const(0, x)
        exists = not_equal(x, zero) if x.dtype.is_complex else greater(x, zero)
        there = cast(exists, x.dtype)
        safe = add(multiply_no_nan(x, there), subtract(_const(1, x), there))
        return dx, multiply(dys[0], multiply(z, multiply(log(safe), there)))


def _check_exponent(xp: Any, y: Array) -> None:
    """Raise for a negative integer. A GPU would have to wait for that: there it is not."""
    if xp is np and y.dtype.kind == "i" and (y < 0).any():
        raise invalid("Integers to negative integer powers are not allowed")


class Sigmoid(Unary):
    """1 / (1 + exp(-x))."""

    signature = X
    c = "(1 / (1 + exp(-{0})))"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return xp.reciprocal(xp.exp(xp.negative(x)) + x.dtype.type(1))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        one = out.dtype.type(1)
        xp.exp(xp.negative(inputs[0], out=out), out=out)
        # The same as the reciprocal, for which NumPy takes twice as long.
        xp.divide(one, xp.add(out, one, out=out), out=out)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (sigmoid_grad(conj(operation.outputs[0]), dys[0]),)


class SigmoidGrad(Adjoint):
    """dy y (1 - y), where y is a sigmoid."""

    signature = ADJOINT
    c = "({1} * {0} * (1 - {0}))"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        y, dy = inputs[0].conj(), inputs[1]
        return (y.dtype.type(1) - y) * (dy * y)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        y, dy = inputs[0].conj(), inputs[1]
        xp.multiply(y.dtype.type(1) - y, xp.multiply(dy, y, out=out), out=out)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        y, dy = (conj(value) for value in operation.inputs)
        slope = multiply(dys[0], dy)
        rise = subtract(slope, multiply(multiply(_const(2, y), slope), y))
        return rise, sigmoid_grad(y, dys[0])


class Tanh(Unary):
    """The hyperbolic tangent."""

    signature = X
    ufunc = "tanh"
    c = "tanh({0})"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (tanh_grad(conj(operation.outputs[0]), dys[0]),)


class TanhGrad(Adjoint):
    """dy (1 - y²), where y is a hyperbolic tangent."""

    signature = ADJOINT
    c = "({1} * (1 - {0} * {0}))"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        y, dy = inputs[0].conj(), inputs[1]
        return dy * (y.dtype.type(1) - y * y)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        y, dy = inputs[0].conj(), inputs[1]
        xp.multiply(dy, y.dtype.type(1) - y * y, out=out)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        y, dy = (conj(value) for value in operation.inputs)
        slope = multiply(multiply(_const(-2, y), dys[0]), multiply(dy, y))
        return slope, tanh_grad(y, dys[0])


def rsqrt_grad(y: Tensor, dy: Tensor) -> Tensor:
    """Return the gradient of `rsqrt` from its value."""
    return apply(RsqrtGrad(), y, dy)


def sigmoid_grad(y: Tensor, dy: Tensor) -> Tensor:
    """Return the gradient of `sigmoid` from its value."""
    return apply(SigmoidGrad(), y, dy)


def tanh_grad(y: Tensor, dy: Tensor) -> Tensor:
    """Return the gradient of `tanh` from its value."""
    return apply(TanhGrad(), y, dy)


def exp(x: Any, name: str | None = None) -> Tensor:
    """Return e to the power of x.

    Parameters
    ----------
    x : Tensor
        Inexact numbers.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.exp([0.0, float("-inf")]))
    array([1., 0.], dtype=float32)
    """
    return apply(Exp(), x, name=name)


def expm1(x: Any, name: str | None = None) -> Tensor:
    """Return exp(x) - 1, exact near 0. See `exp`.

    Examples
    --------
    >>> tf.Session().run(tf.expm1([0.0, 1.0]))
    array([0.       , 1.7182...], dtype=float32)
    """
    return apply(Expm1(), x, name=name)


def log(x: Any, name: str | None = None) -> Tensor:
    """Return the natural logarithm: NaN below 0, -inf at 0. See `exp`.

    Examples
    --------
    >>> tf.Session().run(tf.log([1.0, 10.0]))
    array([0.       , 2.3025...], dtype=float32)
    """
    return apply(Log(), x, name=name)


def log1p(x: Any, name: str | None = None) -> Tensor:
    """Return log(1 + x), exact near 0. See `exp`.

    Examples
    --------
    >>> tf.Session().run(tf.log1p([0.0, 9.0]))
    array([0.       , 2.3025...], dtype=float32)
    """
    return apply(Log1p(), x, name=name)


@takes_sparse
def sqrt(x: Any, name: str | None = None) -> Tensor:
    """Return the square root. See `exp`."""
    return apply(Sqrt(), x, name=name)


def rsqrt(x: Any, name: str | None = None) -> Tensor:
    """Return 1 over the square root. See `exp`."""
    return apply(Rsqrt(), x, name=name)


def pow(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x to the power of y.

    Parameters
    ----------
    x, y : Tensor
        Numbers of one dtype, broadcast against each other.
    name : str, optional

    Raises
    ------
    tf.errors.InvalidArgumentError
        If an exponent is a negative integer (not on a GPU).

    Examples
    --------
    >>> tf.Session().run(tf.pow([2, 3], 2))
    array([4, 9], dtype=int32)
    """
    with name_scope(name, "Pow", [x]) as scope:
        return apply(Pow(), x, y, name=scope)


def sigmoid(x: Any, name: str | None = None) -> Tensor:
    """Return the logistic function, 1 / (1 + exp(-x)).

    Parameters
    ----------
    x : Tensor
        Inexact numbers.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.sigmoid([0.0, 100.0]))
    array([0.5, 1. ], dtype=float32)
    """
    return apply(Sigmoid(), x, name=name)


@takes_sparse
def tanh(x: Any, name: str | None = None) -> Tensor:
    """Return the hyperbolic tangent. See `exp`."""
    return apply(Tanh(), x, name=name)
