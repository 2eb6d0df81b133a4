"""Quotients and remainders: true, rounded down, rounded towards zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, multiply, negative
from flowgraph.ops.checks import invalid
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import (
    FLOATS,
    INEXACT,
    REALS,
    apply,
    cast,
    convert_to_tensor,
)
from flowgraph.ops.elementwise import Binary
from flowgraph.ops.types import FACTORS


def check_divisor(xp: Any, x: Array, y: Array) -> None:
    """Raise if something is divided by the integer 0.

    A GPU would have to be waited for: there it is not checked.
    """
    if xp is np and y.dtype.kind in "iu" and x.size and not y.all():
        raise invalid("Integer division by zero")


class RealDiv(Binary):
    """x / y."""

    signature = Signature("x: T, y: T -> z: T", T=INEXACT)
    ufunc = "divide"
    c = "({0} / {1})"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = (conj(value) for value in operation.inputs)
        dy = multiply(dys[0], real_div(real_div(negative(x), y), y))
        return real_div(dys[0], y), dy


class TruncateDiv(Binary):
    """x / y of integers, rounded towards zero."""

    signature = Signature("x: T, y: T -> z: T", T=FACTORS)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y = inputs
        if x.dtype.kind not in "iu":
            return xp.divide(x, y)
        check_divisor(xp, x, y)
        quotient = xp.floor_divide(x, y)
        below = xp.logical_and((x < 0) != (y < 0), quotient * y != x)
        return quotient + below.astype(x.dtype)

    gradient = Op.not_differentiable


class Div(TruncateDiv):
    """x / y as in C: of integers, rounded towards zero."""

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = (conj(value) for value in operation.inputs)
        return div_exact(dys[0], y), multiply(dys[0], div_exact(div_exact(negative(x), y), y))


class FloorDiv(Binary):
    """x / y rounded down."""

    signature = Signature("x: T, y: T -> z: T", T=REALS)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y = inputs
        if x.dtype.kind in "iu":
            check_divisor(xp, x, y)
            return xp.floor_divide(x, y)
        return xp.floor(xp.divide(x, y))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        x, y = inputs
        if x.dtype.kind in "iu":
            check_divisor(xp, x, y)
            xp.floor_divide(x, y, out=out)
        else:
            xp.floor(xp.divide(x, y, out=out), out=out)

    gradient = Op.not_differentiable


class TruncateMod(Binary):
    """The remainder of the quotient rounded towards zero: of the sign of x."""

    signature = Signature(
        "x: T, y: T -> z: T", T=Types((*FLOATS.allowed, dtypes.int32, dtypes.int64))
    )
    ufunc = "fmod"

    def compute(self, xp: Any, *inputs: Array) -> Any:
        check_divisor(xp, *inputs)
        return super().compute(xp, *inputs)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        check_divisor(xp, *inputs)
        super().compute_into(xp, out, *inputs)


class Mod(TruncateMod):
    """The remainder as in C. See `TruncateMod`."""


class FloorMod(TruncateMod):
    """The remainder of the quotient rounded down: of the sign of y."""

    signature = Signature("x: T, y: T -> z: T", T=REALS)
    ufunc = "remainder"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs
        return dys[0], multiply(dys[0], negative(floor_div(x, y)))


class DivNoNan(Binary):
    """x / y, and 0 where y is 0."""

    signature = Signature("x: T, y: T -> z: T", T=INEXACT)
    c = "({1} == 0 ? 0 : {0} / {1})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y = inputs
        return xp.where(y == 0, x.dtype.type(0), xp.divide(x, y))

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = (conj(value) for value in operation.inputs)
        dy = multiply(dys[0], div_no_nan(div_no_nan(negative(x), y), y))
        return div_no_nan(dys[0], y), dy


def div_exact(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y by the op ``Div``."""
    return apply(Div(), x, y, name=name)


def real_div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y.

    Parameters
    ----------
    x, y : Tensor
        Inexact numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.realdiv([1.0, 2.0], 4.0))
    array([0.25, 0.5 ], dtype=float32)
    """
    return apply(RealDiv(), x, y, name=name)


_QUOTIENTS: dict[DType, DType] = {
    dtypes.uint8: dtypes.float32,
    dtypes.int8: dtypes.float32,
    dtypes.uint16: dtypes.float32,
    dtypes.int16: dtypes.float32,
    dtypes.int32: dtypes.float64,
    dtypes.int64: dtypes.float64,
}


def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y, of integers as well: what the operator ``/`` makes.

    Parameters
    ----------
    x, y : Tensor
        Numbers of one dtype, broadcast against each other.
    name : str, optional

    Returns
    -------
    Tensor
        Of float32 for integers of up to 16 bits, float64 for wider ones.

    Raises
    ------
    TypeError
        If the dtypes differ or have no quotient.

    Examples
    --------
    >>> tf.Session().run(tf.truediv([1, 2], 4))
    array([0.25, 0.5 ])
    """
    with name_scope(name, "truediv", [x, y]) as scope:
        a, b = _operands(x, y)
        kind = a.dtype.base_dtype
        if kind not in INEXACT and kind not in _QUOTIENTS:
            raise TypeError(f"Invalid dtype {kind!r} in __truediv__")
        target = _QUOTIENTS.get(kind, kind)
        return apply(RealDiv(), cast(a, target), cast(b, target), name=scope)


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y as in Python 2: of integers rounded down.

    Parameters
    ----------
    x, y : Tensor
        Numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.div([7, -7], 2))
    array([ 3, -4], dtype=int32)
    """
    with name_scope(name, "div", [x, y]) as scope:
        a, b = _operands(x, y)
        op = RealDiv() if a.dtype.base_dtype in INEXACT else FloorDiv()
        return apply(op, a, b, name=scope)


def _operands(x: Any, y: Any) -> tuple[Tensor, Tensor]:
    a = convert_to_tensor(x, name="x")
    b = convert_to_tensor(y, name="y", dtype_hint=a.dtype.base_dtype)
    if a.dtype.base_dtype is not b.dtype.base_dtype:
        raise TypeError(
            f"x and y must have the same dtype, got {a.dtype.base_dtype!r} != "
            f"{b.dtype.base_dtype!r}"
        )
    return a, b


def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y as Python's operator does. See `truediv`.

    Examples
    --------
    >>> tf.Session().run(tf.divide([7, -7], 2))
    array([ 3.5, -3.5])
    """
    return truediv(x, y, name)


def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y rounded down: what the operator ``//`` makes. See `floor_div`.

    Examples
    --------
    >>> tf.Session().run(tf.floordiv([7, -7], 2))
    array([ 3, -4], dtype=int32)
    """
    with name_scope(name, "floordiv", [x, y]) as scope:
        return apply(FloorDiv(), x, y, name=scope)


def floor_div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y rounded down.

    Parameters
    ----------
    x, y : Tensor
        Real numbers of one dtype, broadcast against each other.
    name : str, optional

    Raises
    ------
    tf.errors.InvalidArgumentError
        If an integer is divided by 0 (not on a GPU).

    Examples
    --------
    >>> tf.Session().run(tf.floor_div([7, -7], 2))
    array([ 3, -4], dtype=int32)
    """
    return apply(FloorDiv(), x, y, name=name)


def truncatediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y of integers, rounded towards zero. See `floor_div`.

    Examples
    --------
    >>> tf.Session().run(tf.truncatediv([7, -7], 2))
    array([ 3, -3], dtype=int32)
    """
    return apply(TruncateDiv(), x, y, name=name)


def floormod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the remainder that goes with `floor_div`: it has the sign of y.

    Parameters
    ----------
    x, y : Tensor
        Real numbers of one dtype, broadcast against each other.
    name : str, optional

    Raises
    ------
    tf.errors.InvalidArgumentError
        If an integer is divided by 0 (not on a GPU).

    Examples
    --------
    >>> tf.Session().run(tf.floormod([7, -7], 4))
    array([3, 1], dtype=int32)
    """
    return apply(FloorMod(), x, y, name=name)


mod = floormod


def truncatemod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the remainder that goes with `truncatediv`: it has the sign of x.

    Examples
    --------
    >>> tf.Session().run(tf.truncatemod([7, -7], 4))
    array([ 3, -3], dtype=int32)
    """
    return apply(TruncateMod(), x, y, name=name)


def div_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x / y, and 0 where y is 0.

    Parameters
    ----------
    x, y : Tensor
        Inexact numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.div_no_nan([1.0, 1.0], [2.0, 0.0]))
    array([0.5, 0. ], dtype=float32)
    """
    with name_scope(name, "div_no_nan", [x, y]) as scope:
        a = convert_to_tensor(x, name="x")
        b = convert_to_tensor(y, name="y", dtype=a.dtype.base_dtype)
        return apply(DivNoNan(), a, b, name=scope)
