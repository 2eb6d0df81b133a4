"""Integers as strings of bits. Nothing flows back through them."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import INTS, apply
from flowgraph.ops.elementwise import Binary, Unary


class BitwiseAnd(Binary):
    """The bits that are set in both."""

    signature = Signature("x: T, y: T -> z: T", T=INTS)
    ufunc = "bitwise_and"
    gradient = Op.not_differentiable


class BitwiseOr(BitwiseAnd):
    """The bits that are set in one or both."""

    ufunc = "bitwise_or"


class BitwiseXor(BitwiseAnd):
    """The bits that are set in exactly one."""

    ufunc = "bitwise_xor"


class LeftShift(BitwiseAnd):
    """x shifted to the left by y bits, at most by its width less one."""

    ufunc = "left_shift"

    def compute(self, xp: Any, *inputs: Array) -> Any:
        x, y = inputs
        return super().compute(xp, x, xp.clip(y, 0, x.dtype.itemsize * 8 - 1))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        x, y = inputs
        super().compute_into(xp, out, x, xp.clip(y, 0, x.dtype.itemsize * 8 - 1))


class RightShift(LeftShift):
    """x shifted to the right by y bits, filled with its sign. See `LeftShift`."""

    ufunc = "right_shift"


class Invert(Unary):
    """Every bit the other way."""

    signature = Signature("x: T -> y: T", T=INTS)
    ufunc = "invert"
    gradient = Op.not_differentiable


def bitwise_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the bits that are set in both.

    Parameters
    ----------
    x, y : Tensor
        Integers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.bitwise.bitwise_and([6, 5], 3))
    array([2, 1], dtype=int32)
    """
    return apply(BitwiseAnd(), x, y, name=name)


def bitwise_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the bits that are set in one or both. See `bitwise_and`.

    Examples
    --------
    >>> tf.Session().run(tf.bitwise.bitwise_or([6, 5], 3))
    array([7, 7], dtype=int32)
    """
    return apply(BitwiseOr(), x, y, name=name)


def bitwise_xor(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the bits that are set in exactly one. See `bitwise_and`.

    Examples
    --------
    >>> tf.Session().run(tf.bitwise.bitwise_xor([6, 5], 3))
    array([5, 6], dtype=int32)
    """
    return apply(BitwiseXor(), x, y, name=name)


def left_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x shifted to the left by y bits. See `bitwise_and`.

    Examples
    --------
    >>> tf.Session().run(tf.bitwise.left_shift([1, 3], 2))
    array([ 4, 12], dtype=int32)
    """
    return apply(LeftShift(), x, y, name=name)


def right_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x shifted to the right by y bits, filled with its sign. See `bitwise_and`.

    Examples
    --------
    >>> tf.Session().run(tf.bitwise.right_shift([12, -3], 1))
    array([ 6, -2], dtype=int32)
    """
    return apply(RightShift(), x, y, name=name)


def invert(x: Any, name: str | None = None) -> Tensor:
    """Return integers with every bit the other way.

    Parameters
    ----------
    x : Tensor
        Integers, any shape.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.bitwise.invert([0, 5]))
    array([-1, -6], dtype=int32)
    """
    return apply(Invert(), x, name=name)
