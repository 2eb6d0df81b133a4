"""Sums, differences, products and powers of two."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import INEXACT, NUMBERS, apply, constant, convert_to_tensor
from flowgraph.ops.elementwise import SIGNED, Binary, Unary
from flowgraph.ops.of_values import takes_sparse
from flowgraph.ops.types import FACTORS

Gradients = tuple[Tensor | None, ...]


class AddV2(Binary):
    """x + y: what the operator makes."""

    signature = Signature("x: T, y: T -> z: T", T=NUMBERS)
    ufunc = "add"
    c = "({0} + {1})"
    c_kinds = "fi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return dys[0], dys[0]


class Add(AddV2):
    """x + y of numbers, or strings put together: what the function makes."""

    signature = Signature("x: T, y: T -> z: T", T=Types((*NUMBERS.allowed, dtypes.string)))
    c = "({0} + {1})"


class Sub(Binary):
    """x - y."""

    signature = Signature("x: T, y: T -> z: T", T=FACTORS)
    ufunc = "subtract"
    c = "({0} - {1})"
    c_kinds = "fi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return dys[0], negative(dys[0])


class Mul(Binary):
    """x * y."""

    signature = Signature("x: T, y: T -> z: T", T=FACTORS)
    ufunc = "multiply"
    c = "({0} * {1})"
    c_kinds = "fi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs
        return multiply(dys[0], conj(y)), multiply(conj(x), dys[0])


class MulNoNan(Binary):
    """x * y, and 0 where y is 0 whatever x is."""

    signature = Signature("x: T, y: T -> z: T", T=INEXACT)
    c = "({1} == 0 ? 0 : {0} * {1})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y = inputs
        return xp.where(y == 0, x.dtype.type(0), xp.multiply(x, y))

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs
        return multiply_no_nan(dys[0], conj(y)), multiply_no_nan(conj(x), dys[0])


class Neg(Unary):
    """-x."""

    signature = Signature("x: T -> y: T", T=SIGNED)
    ufunc = "negative"
    c = "(-{0})"
    c_kinds = "fi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (negative(dys[0]),)


class Square(Unary):
    """x * x."""

    signature = Signature("x: T -> y: T", T=NUMBERS)
    ufunc = "square"
    c = "({0} * {0})"
    c_kinds = "fi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x = conj(operation.inputs[0])
        return (multiply(dys[0], multiply(x, constant(2, x.dtype))),)


class SquaredDifference(Binary):
    """(x - y) squared; for complex numbers its squared magnitude."""

    signature = Signature(
        "x: T, y: T -> z: T", T=Types((*INEXACT.allowed, dtypes.int32, dtypes.int64))
    )
    c = "(({0} - {1}) * ({0} - {1}))"
    c_kinds = "fi"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y = inputs
        difference = xp.subtract(x, y)
        return xp.multiply(difference, xp.conjugate(difference))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.subtract(*inputs, out=out)
        xp.multiply(out, xp.conjugate(out) if out.dtype.kind == "c" else out, out=out)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs
        twice = multiply(constant(2, x.dtype), dys[0])
        dx = multiply(twice, subtract(x, y))
        return dx, negative(dx)


def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x + y.

    Parameters
    ----------
    x, y : Tensor
        Numbers or strings of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.add([1, 2], 10))
    array([11, 12], dtype=int32)
    >>> tf.Session().run(tf.add(["a", "b"], "c"))
    array([b'ac', b'bc'], dtype=object)
    """
    return apply(Add(), x, y, name=name)


def subtract(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x - y.

    Parameters
    ----------
    x, y : Tensor
        Numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.subtract([1, 2], 10))
    array([-9, -8], dtype=int32)
    """
    return apply(Sub(), x, y, name=name)


def multiply(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x * y, element by element.

    Parameters
    ----------
    x, y : Tensor
        Numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.multiply([1, 2], [[1], [3]]))
    array([[1, 2],
           [3, 6]], dtype=int32)
    """
    return apply(Mul(), x, y, name=name)


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x * y, and 0 where y is 0, even for an `x` that is infinite or NaN.

    Parameters
    ----------
    x, y : Tensor
        Inexact numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.math.multiply_no_nan([1.0, float("nan")], [2.0, 0.0]))
    array([2., 0.], dtype=float32)
    """
    with name_scope(name, "multiply_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        return apply(MulNoNan(), x, y, name=scope)


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """Return a tensor times a number.

    Parameters
    ----------
    scalar : scalar Tensor
    x : Tensor or IndexedSlices
        Of the same dtype.
    name : str, optional

    Returns
    -------
    Tensor or IndexedSlices

    Examples
    --------
    >>> tf.Session().run(tf.scalar_mul(2, tf.constant([1.0, 2.0])))
    array([2., 4.], dtype=float32)
    """
    factor = convert_to_tensor(scalar, dtype=x.dtype.base_dtype, name="scalar")
    if factor.shape.ndims != 0:
        raise ValueError(f"Only scalar multiply works, got shape {factor.shape}")
    if isinstance(x, IndexedSlices):
        return IndexedSlices(multiply(factor, x.values, name), x.indices, x.dense_shape)
    return multiply(factor, x, name)


@takes_sparse
def negative(x: Any, name: str | None = None) -> Tensor:
    """Return -x.

    Parameters
    ----------
    x : Tensor
        Numbers of a dtype with negatives.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.negative([1, -2]))
    array([-1,  2], dtype=int32)
    """
    return apply(Neg(), x, name=name)


@takes_sparse
def square(x: Any, name: str | None = None) -> Tensor:
    """Return x * x.

    Parameters
    ----------
    x : Tensor
        Numbers.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.square([1, -2]))
    array([1, 4], dtype=int32)
    """
    return apply(Square(), x, name=name)


def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return (x - y)².

    Parameters
    ----------
    x, y : Tensor
        Numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.squared_difference([1.0, 5.0], 2.0))
    array([1., 9.], dtype=float32)
    """
    return apply(SquaredDifference(), x, y, name=name)
