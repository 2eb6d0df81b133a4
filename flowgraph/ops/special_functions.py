"""Special functions: error, gamma, beta and zeta. SciPy computes them, CuPy's copy on a GPU."""

from __future__ import annotations

import importlib
import math
from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, add, multiply, negative, square, subtract
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.core import FLOATS, apply, constant, convert_to_tensor
from flowgraph.ops.elementwise import Binary, Elementwise, Unary
from flowgraph.ops.merging import merge_beside_scalars
from flowgraph.ops.of_values import takes_sparse
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.transcendental import exp, log
from flowgraph.shapes import TensorShape

WIDE = Types((dtypes.float32, dtypes.float64))
X = Signature("x: T -> y: T", T=FLOATS)


def special(xp: Any, name: str) -> Any:
    """Return a special function for the arrays of `xp`.

    SciPy is loaded on first use: most programs need none of it.
    """
    library = "scipy.special" if xp is np else f"{xp.__name__}x.scipy.special"
    return getattr(importlib.import_module(library), name)


class Special(Elementwise, abstract=True):
    """An elementwise op that SciPy has under the name ``function``."""

    function: ClassVar[str]

    def compute(self, xp: Any, *inputs: Array) -> Array:
        kind = inputs[0].dtype
        wide = inputs if kind.itemsize > 2 else [x.astype(np.float32) for x in inputs]
        return special(xp, self.function)(*wide).astype(kind)


def _const(value: float, like: Tensor) -> Tensor:
    return constant(value, like.dtype.base_dtype)


class Erf(Special, Unary):
    """The error function."""

    signature = X
    function = "erf"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], _bell(operation.inputs[0])),)


class Erfc(Special, Unary):
    """1 - erf(x), exact where erf(x) is near 1."""

    signature = X
    function = "erfc"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (negative(multiply(dys[0], _bell(operation.inputs[0]))),)


def _bell(x: Tensor) -> Tensor:
    """Return the derivative of `erf`."""
    return multiply(_const(2 / math.sqrt(math.pi), x), exp(negative(square(x))))


class Lgamma(Special, Unary):
    """The logarithm of the gamma function's absolute value."""

    signature = X
    function = "gammaln"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], digamma(operation.inputs[0])),)


class Digamma(Special, Unary):
    """The derivative of `Lgamma`."""

    signature = X
    function = "psi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x = operation.inputs[0]
        return (multiply(dys[0], polygamma(_const(1, x), x)),)


class Polygamma(Binary):
    """The derivative of order `a` of `Digamma`; NaN unless `a` is a whole number from 0 on."""

    signature = Signature("a: T, x: T -> z: T", T=WIDE)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        a, x = inputs
        values = special(xp, "polygamma")(xp.abs(xp.rint(a)), x).astype(x.dtype)
        return xp.where((a >= 0) & (a == xp.rint(a)), values, x.dtype.type(np.nan))

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        a, x = operation.inputs
        return None, multiply(dys[0], polygamma(add(a, _const(1, a)), x))


class Zeta(Special, Binary):
    """Hurwitz's zeta function."""

    signature = Signature("x: T, q: T -> z: T", T=WIDE)
    function = "zeta"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, q = operation.inputs
        return None, multiply(dys[0], multiply(negative(x), zeta(add(x, _const(1, x)), q)))


class Igamma(Special, Binary):
    """The regularised lower incomplete gamma function P."""

    signature = Signature("a: T, x: T -> z: T", T=FLOATS)
    function = "gammainc"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        a, x = operation.inputs
        return multiply(dys[0], apply(IgammaGradA(), a, x)), multiply(dys[0], _density(a, x))


class Igammac(Special, Binary):
    """The regularised upper incomplete gamma function, 1 - P."""

    signature = Signature("a: T, x: T -> z: T", T=FLOATS)
    function = "gammaincc"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        a, x = operation.inputs
        slope = multiply(dys[0], apply(IgammaGradA(), a, x))
        return negative(slope), negative(multiply(dys[0], _density(a, x)))


def _density(a: Tensor, x: Tensor) -> Tensor:
    """Return the derivative of P by x."""
    power = multiply(subtract(a, _const(1, a)), log(x))
    return exp(subtract(subtract(power, x), lgamma(a)))


class IgammaGradA(Binary):
    """The derivative of P by a, term by term of its series (DLMF 8.11.4)."""

    signature = Signature("a: T, x: T -> z: T", T=WIDE)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        a, x = (value.astype(np.float64) for value in inputs)
        first = xp.exp(a * xp.log(x) - x - special(xp, "gammaln")(a + 1))
        return gamma_series(xp, a, x, first).astype(inputs[0].dtype)


def gamma_series(xp: Any, a: Array, x: Array, first: Array) -> Array:
    """Sum the derivative of P by a, scaled so that `first` stands for x^a e^-x / Gamma(a + 1)."""
    logarithm = xp.log(x)
    term = first
    psi = special(xp, "psi")(a + 1)
    total = xp.zeros_like(term)
    # Past n = x the terms fall at least geometrically.
    for n in range(1, int(x.max() if x.size else 0) + 200):
        total = total + xp.where(term == 0, 0, term * (logarithm - psi))
        psi = psi + 1 / (a + n)
        term = term * x / (a + n)
    return total


class Betainc(Special):
    """The regularised incomplete beta function; of one shape, but for scalars."""

    signature = Signature("a: T, b: T, x: T -> z: T", T=WIDE)
    function = "betainc"
    broadcasts = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (merge_beside_scalars(*(given.shape for given in inputs)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        shapes = {x.shape: name for x, name in zip(inputs, "abx", strict=True) if x.ndim}
        if len(shapes) > 1:
            (first, a), (second, b) = list(shapes.items())[:2]
            raise invalid(
                f"Shapes of {a} and {b} are inconsistent: {bracketed(first)} vs. "
                f"{bracketed(second)}"
            )
        return super().compute(xp, *inputs)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        a, b, x = operation.inputs
        one = _const(1, x)
        beta = subtract(add(lgamma(a), lgamma(b)), lgamma(add(a, b)))
        powers = add(
            multiply(subtract(b, one), log(subtract(one, x))), multiply(subtract(a, one), log(x))
        )
        return None, None, multiply(dys[0], exp(subtract(powers, beta)))


@takes_sparse
def erf(x: Any, name: str | None = None) -> Tensor:
    """Return the error function.

    Parameters
    ----------
    x : Tensor
        Floating-point numbers.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.erf([0.0, 1.0]))
    array([0.    , 0.8427...], dtype=float32)
    """
    return apply(Erf(), x, name=name)


def erfc(x: Any, name: str | None = None) -> Tensor:
    """Return 1 - erf(x), exact where erf(x) is near 1. See `erf`.

    Examples
    --------
    >>> tf.Session().run(tf.erfc([0.0, 1.0]))
    array([1.       , 0.1572...], dtype=float32)
    """
    return apply(Erfc(), x, name=name)


def lgamma(x: Any, name: str | None = None) -> Tensor:
    """Return the logarithm of the absolute value of the gamma function. See `erf`.

    Examples
    --------
    >>> tf.Session().run(tf.lgamma([1.0, 5.0]))
    array([0.       , 3.1780...], dtype=float32)
    """
    return apply(Lgamma(), x, name=name)


def digamma(x: Any, name: str | None = None) -> Tensor:
    """Return the derivative of `lgamma`. See `erf`.

    Examples
    --------
    >>> tf.Session().run(tf.digamma([1.0, 2.0]))
    array([-0.5772... ,  0.4227...], dtype=float32)
    """
    return apply(Digamma(), x, name=name)


def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Return the derivative of order `a` of `digamma`.

    Parameters
    ----------
    a, x : Tensor
        Of float32 or float64, broadcast against each other; `a` holds whole numbers.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.polygamma(1.0, [1.0, 2.0]))
    array([1.64493..., 0.64493...], dtype=float32)
    """
    return apply(Polygamma(), a, x, name=name)


def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """Return Hurwitz's zeta function, the sum of (q + n)⁻ˣ over n from 0 on.

    Parameters
    ----------
    x, q : Tensor
        Of float32 or float64, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.zeta([2.0, 4.0], 1.0))
    array([1.6449... , 1.0823...], dtype=float32)
    """
    return apply(Zeta(), x, q, name=name)


def igamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Return the regularised lower incomplete gamma function P.

    Parameters
    ----------
    a, x : Tensor
        Positive floating-point numbers of one dtype, broadcast against each other.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.igamma(1.0, [1.0, 2.0]))
    array([0.6321..., 0.8646...], dtype=float32)
    """
    return apply(Igamma(), a, x, name=name)


def igammac(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Return the regularised upper incomplete gamma function, 1 - P. See `igamma`.

    Examples
    --------
    >>> tf.Session().run(tf.igammac(1.0, [0.5, 2.0]))
    array([0.6065..., 0.1353...], dtype=float32)
    """
    return apply(Igammac(), a, x, name=name)


def betainc(a: Any, b: Any, x: Any, name: str | None = None) -> Tensor:
    """Return the regularised incomplete beta function.

    Parameters
    ----------
    a, b, x : Tensor
        Of float32 or float64, of one shape or scalar; `x` from 0 to 1.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.betainc(1.0, 2.0, [0.5]))
    array([0.75], dtype=float32)
    """
    return apply(Betainc(), a, b, x, name=name)


def lbeta(x: Any, name: str | None = None) -> Tensor:
    """Return the logarithm of the absolute value of the beta function of the last axis.

    Parameters
    ----------
    x : Tensor
        Floating-point numbers, of rank at least 1.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.lbeta([1.0, 1.0]))
    np.float32(0.0)
    """
    with name_scope(name, "lbeta", [x]):
        tensor = convert_to_tensor(x, name="x")
        logarithms = reduce_sum(lgamma(tensor), axis=[-1])
        total = lgamma(reduce_sum(tensor, axis=[-1]))
        return subtract(logarithms, total, name="sub")
