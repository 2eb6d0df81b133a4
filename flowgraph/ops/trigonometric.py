"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, add, multiply, negative, square, subtract
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import FLOATS, INEXACT, apply, constant
from flowgraph.ops.division import real_div
from flowgraph.ops.elementwise import Binary, Unary
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.ops.transcendental import sqrt

ANGLE = Signature("x: T -> y: T", T=INEXACT)


def _one(like: Tensor) -> Tensor:
    return constant(1, like.dtype.base_dtype)


class Sin(Unary):
    """The sine."""

    signature = ANGLE
    ufunc = "sin"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], cos(conj(operation.inputs[0]))),)


class Cos(Unary):
    """The cosine."""

    signature = ANGLE
    ufunc = "cos"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (negative(multiply(dys[0], sin(conj(operation.inputs[0])))),)


class Tan(Unary):
    """The tangent."""

    signature = ANGLE
    ufunc = "tan"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(square(reciprocal(cos(conj(operation.inputs[0])))), dys[0]),)


class Asin(Unary):
    """The angle of a sine."""

    signature = ANGLE
    ufunc = "arcsin"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x = conj(operation.inputs[0])
        return (multiply(dys[0], reciprocal(sqrt(subtract(_one(x), square(x))))),)


class Acos(Unary):
    """The angle of a cosine."""

    signature = ANGLE
    ufunc = "arccos"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x = conj(operation.inputs[0])
        return (negative(multiply(dys[0], reciprocal(sqrt(subtract(_one(x), square(x)))))),)


class Atan(Unary):
    """The angle of a tangent."""

    signature = ANGLE
    ufunc = "arctan"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x = conj(operation.inputs[0])
        return (multiply(dys[0], reciprocal(add(_one(x), square(x)))),)


class Atan2(Binary):
    """The angle of the point (x, y)."""

    signature = Signature("y: T, x: T -> z: T", T=FLOATS)
    ufunc = "arctan2"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        y, x = operation.inputs
        slope = real_div(dys[0], add(square(x), square(y)))
        return multiply(x, slope), multiply(negative(y), slope)


class Sinh(Unary):
    """The hyperbolic sine."""

    signature = ANGLE
    ufunc = "sinh"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], cosh(conj(operation.inputs[0]))),)


class Cosh(Unary):
    """The hyperbolic cosine."""

    signature = ANGLE
    ufunc = "cosh"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], sinh(conj(operation.inputs[0]))),)


class Asinh(Unary):
    """The inverse of the hyperbolic sine."""

    signature = ANGLE
    ufunc = "arcsinh"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (real_div(dys[0], cosh(conj(operation.outputs[0]))),)


class Acosh(Unary):
    """The inverse of the hyperbolic cosine."""

    signature = ANGLE
    ufunc = "arccosh"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (real_div(dys[0], sinh(conj(operation.outputs[0]))),)


class Atanh(Unary):
    """The inverse of the hyperbolic tangent."""

    signature = ANGLE
    ufunc = "arctanh"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x = conj(operation.inputs[0])
        return (multiply(dys[0], reciprocal(subtract(_one(x), square(x)))),)


def sin(x: Any, name: str | None = None) -> Tensor:
    """Return the sine of an angle in radians.

    Parameters
    ----------
    x : Tensor
        Inexact numbers.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.sin([0.0, 1.0]))
    array([0.       , 0.8414...], dtype=float32)
    """
    return apply(Sin(), x, name=name)


def cos(x: Any, name: str | None = None) -> Tensor:
    """Return the cosine of an angle in radians. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.cos([0.0, 1.0]))
    array([1.       , 0.5403...], dtype=float32)
    """
    return apply(Cos(), x, name=name)


def tan(x: Any, name: str | None = None) -> Tensor:
    """Return the tangent of an angle in radians. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.tan([0.0, 1.0]))
    array([0.       , 1.5574...], dtype=float32)
    """
    return apply(Tan(), x, name=name)


def asin(x: Any, name: str | None = None) -> Tensor:
    """Return the angle of a sine, NaN outside of -1 to 1. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.asin([0.0, 1.0]))
    array([0.       , 1.5707...], dtype=float32)
    """
    return apply(Asin(), x, name=name)


def acos(x: Any, name: str | None = None) -> Tensor:
    """Return the angle of a cosine, NaN outside of -1 to 1. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.acos([1.0, 2.0]))
    array([ 0., nan], dtype=float32)
    """
    return apply(Acos(), x, name=name)


def atan(x: Any, name: str | None = None) -> Tensor:
    """Return the angle of a tangent. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.atan([0.0, 1.0]))
    array([0.       , 0.7853...], dtype=float32)
    """
    return apply(Atan(), x, name=name)


def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """Return the angle of the point (x, y), from -pi to pi.

    Parameters
    ----------
    y, x : Tensor
        Floating-point numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.atan2([1.0, -1.0], 0.0))
    array([ 1.5707964, -1.5707964], dtype=float32)
    """
    return apply(Atan2(), y, x, name=name)


def sinh(x: Any, name: str | None = None) -> Tensor:
    """Return the hyperbolic sine. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.sinh([0.0, 1.0]))
    array([0.       , 1.1752...], dtype=float32)
    """
    return apply(Sinh(), x, name=name)


def cosh(x: Any, name: str | None = None) -> Tensor:
    """Return the hyperbolic cosine. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.cosh([0.0, 1.0]))
    array([1.       , 1.5430...], dtype=float32)
    """
    return apply(Cosh(), x, name=name)


def asinh(x: Any, name: str | None = None) -> Tensor:
    """Return the inverse of the hyperbolic sine. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.asinh([0.0, 1.0]))
    array([0.       , 0.8813...], dtype=float32)
    """
    return apply(Asinh(), x, name=name)


def acosh(x: Any, name: str | None = None) -> Tensor:
    """Return the inverse of the hyperbolic cosine, NaN below 1. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.acosh([1.0, 2.0]))
    array([0.      , 1.3169...], dtype=float32)
    """
    return apply(Acosh(), x, name=name)


def atanh(x: Any, name: str | None = None) -> Tensor:
    """Return the inverse of the hyperbolic tangent, NaN outside of -1 to 1. See `sin`.

    Examples
    --------
    >>> tf.Session().run(tf.atanh([0.0, 1.0]))
    array([ 0., inf], dtype=float32)
    """
    return apply(Atanh(), x, name=name)
