"""Comparisons, and the logic of their results. Nothing flows back through them."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.core import FLOATS, NUMBERS, REALS, apply
from flowgraph.ops.elementwise import Binary, Unary
from flowgraph.ops.merging import merge_shapes
from flowgraph.shapes import TensorShape, unknown_shape

COMPARABLE = Types(
    (*NUMBERS.allowed, dtypes.bool, dtypes.string, dtypes.quint8, dtypes.qint8, dtypes.qint32)
)
"""The dtypes with an equality."""


class Comparison(Binary, abstract=True):
    """A truth value for each pair of elements."""

    inplace = False
    gradient = Op.not_differentiable


class Equal(Comparison):
    """x == y; of shapes that do not fit, an error or one False."""

    signature = Signature("x: T, y: T -> z: bool", T=COMPARABLE)
    ufunc = "equal"
    c = "({0} == {1})"
    c_kinds = "fib"

    incompatible_shape_error: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        x, y = (given.shape for given in inputs)
        if self.incompatible_shape_error or x.sizes is None or y.sizes is None:
            return (shapes.broadcast(x, y),)
        for m, n in zip_longest(reversed(x.sizes), reversed(y.sizes), fillvalue=1):
            if m != n and m != 1 and n != 1:
                return (unknown_shape(),)
        return (shapes.broadcast(x, y),)

    def compute(self, xp: Any, *inputs: Array) -> Any:
        if not self.incompatible_shape_error and not _fit(*inputs):
            return xp.asarray(self.ufunc != "equal")
        return super().compute(xp, *inputs)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        if self.incompatible_shape_error or _fit(*inputs):
            super().compute_into(xp, out, *inputs)
        else:
            out[...] = self.ufunc != "equal"


class NotEqual(Equal):
    """x != y; of shapes that do not fit, an error or one True."""

    ufunc = "not_equal"
    c = "({0} != {1})"


def _fit(x: Array, y: Array) -> bool:
    pairs = zip(reversed(x.shape), reversed(y.shape), strict=False)
    return all(m == n or m == 1 or n == 1 for m, n in pairs)


class Less(Comparison):
    """x < y."""

    signature = Signature("x: T, y: T -> z: bool", T=REALS)
    ufunc = "less"
    c = "({0} < {1})"
    c_kinds = "fib"


class LessEqual(Less):
    """x <= y."""

    ufunc = "less_equal"
    c = "({0} <= {1})"


class Greater(Less):
    """x > y."""

    ufunc = "greater"
    c = "({0} > {1})"


class GreaterEqual(Less):
    """x >= y."""

    ufunc = "greater_equal"
    c = "({0} >= {1})"


class ApproximateEqual(Comparison):
    """abs(x - y) < tolerance, of one shape."""

    signature = Signature("x: T, y: T -> z: bool", T=NUMBERS)

    tolerance: float = 1e-5

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (merge_shapes(inputs[0].shape, inputs[1].shape),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y = inputs
        if x.shape != y.shape:
            raise invalid(
                f"x and y must be of the same shape. x shape: {bracketed(x.shape)}. "
                f"y shape: {bracketed(y.shape)}"
            )
        return xp.absolute(x - y) < self.tolerance


class LogicalAnd(Comparison):
    """x and y."""

    signature = Signature("x: bool, y: bool -> z: bool")
    ufunc = "logical_and"
    c = "({0} & {1})"
    c_kinds = "b"
    inplace = True


class LogicalOr(LogicalAnd):
    """x or y."""

    ufunc = "logical_or"
    c = "({0} | {1})"


class LogicalNot(Unary):
    """not x."""

    signature = Signature("x: bool -> y: bool")
    ufunc = "logical_not"
    c = "(!{0})"
    c_kinds = "b"
    gradient = Op.not_differentiable


class IsNan(Unary):
    """Whether x is not a number."""

    signature = Signature("x: T -> y: bool", T=FLOATS)
    ufunc = "isnan"
    c = "({0} != {0})"
    c_kinds = "fb"
    inplace = False


class IsInf(IsNan):
    """Whether x is infinite."""

    ufunc = "isinf"


class IsFinite(IsNan):
    """Whether x is neither infinite nor NaN."""

    ufunc = "isfinite"


def equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x == y, element by element.

    Parameters
    ----------
    x, y : Tensor
        Of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.equal(["a", "b"], "b"))
    array([False,  True])
    """
    return apply(Equal(), x, y, name=name)


def not_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x != y, element by element. See `equal`.

    Examples
    --------
    >>> tf.Session().run(tf.not_equal([1, 2], 2))
    array([ True, False])
    """
    return apply(NotEqual(), x, y, name=name)


def less(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x < y, element by element.

    Parameters
    ----------
    x, y : Tensor
        Real numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.less([1, 2], 2))
    array([ True, False])
    """
    return apply(Less(), x, y, name=name)


def less_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x <= y, element by element. See `less`.

    Examples
    --------
    >>> tf.Session().run(tf.less_equal([1, 2, 3], 2))
    array([ True,  True, False])
    """
    return apply(LessEqual(), x, y, name=name)


def greater(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x > y, element by element. See `less`.

    Examples
    --------
    >>> tf.Session().run(tf.greater([1, 2, 3], 2))
    array([False, False,  True])
    """
    return apply(Greater(), x, y, name=name)


def greater_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return x >= y, element by element. See `less`.

    Examples
    --------
    >>> tf.Session().run(tf.greater_equal([1, 2, 3], 2))
    array([False,  True,  True])
    """
    return apply(GreaterEqual(), x, y, name=name)


def approximate_equal(x: Any, y: Any, tolerance: float = 1e-5, name: str | None = None) -> Tensor:
    """Return whether x and y differ by less than `tolerance`.

    Parameters
    ----------
    x, y : Tensor
        Numbers of one dtype and shape.
    tolerance : float
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> tf.Session().run(tf.approximate_equal([1.0, 2.0], [1.05, 2.5], tolerance=0.1))
    array([ True, False])
    """
    return apply(ApproximateEqual(tolerance=tolerance), x, y, name=name)


def logical_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return whether both are true.

    Parameters
    ----------
    x, y : Tensor
        Of bool, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.logical_and([True, False], True))
    array([ True, False])
    """
    return apply(LogicalAnd(), x, y, name=name)


def logical_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return whether one or both are true. See `logical_and`.

    Examples
    --------
    >>> tf.Session().run(tf.logical_or([True, False], False))
    array([ True, False])
    """
    return apply(LogicalOr(), x, y, name=name)


def logical_not(x: Any, name: str | None = None) -> Tensor:
    """Return whether `x`, of bool, is false.

    Parameters
    ----------
    x : Tensor
        Of bool, any shape.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.logical_not([True, False]))
    array([False,  True])
    """
    return apply(LogicalNot(), x, name=name)


def logical_xor(x: Any, y: Any, name: str = "LogicalXor") -> Tensor:
    """Return whether exactly one is true. See `logical_and`.

    Examples
    --------
    >>> tf.Session().run(tf.logical_xor([True, False], True))
    array([False,  True])
    """
    either = logical_or(x, y)
    return logical_and(either, logical_not(logical_and(x, y)), name=name)


def is_nan(x: Any, name: str | None = None) -> Tensor:
    """Return where `x`, of a floating-point dtype, is not a number.

    Parameters
    ----------
    x : Tensor
        Of a floating-point dtype, any shape.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.is_nan([1.0, float("nan")]))
    array([False,  True])
    """
    return apply(IsNan(), x, name=name)


def is_inf(x: Any, name: str | None = None) -> Tensor:
    """Return where `x`, of a floating-point dtype, is infinite.

    Examples
    --------
    >>> tf.Session().run(tf.is_inf([1.0, float("-inf")]))
    array([False,  True])
    """
    return apply(IsInf(), x, name=name)


def is_finite(x: Any, name: str | None = None) -> Tensor:
    """Return where `x`, of a floating-point dtype, is neither infinite nor NaN.

    Examples
    --------
    >>> tf.Session().run(tf.is_finite([1.0, float("inf"), float("nan")]))
    array([ True, False, False])
    """
    return apply(IsFinite(), x, name=name)
