"""The normal distribution function, its logarithm and its inverse; that of Laplace's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import square
from flowgraph.ops.comparison import greater, less
from flowgraph.ops.core import constant, convert_to_tensor, shape
from flowgraph.ops.filling import fill, zeros_like
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.magnitude import maximum, minimum
from flowgraph.ops.selection import where_v2
from flowgraph.ops.special_functions import erf, erfc
from flowgraph.ops.transcendental import exp, log, log1p, sqrt

_HANDLED = (dtypes.float32, dtypes.float64)


def _checked(x: Any, name: str, text: str) -> Tensor:
    tensor = convert_to_tensor(x, name=name)
    if tensor.dtype.base_dtype not in _HANDLED:
        raise TypeError(f"{name}.dtype={tensor.dtype} is not {text}")
    return tensor


def ndtr(x: Any, name: str = "ndtr") -> Tensor:
    """Return the probability that a standard normal number is at most `x`.

    Parameters
    ----------
    x : Tensor
        float32 or float64.
    name : str

    Raises
    ------
    TypeError
        For another dtype.
    """
    with name_scope(name, values=[x]):
        text = "handled, see docstring for supported types."
        return _ndtr(_checked(x, "x", text))


def _ndtr(x: Tensor) -> Tensor:
    half_sqrt_2 = constant(0.5 * np.sqrt(2.0), x.dtype, name="half_sqrt_2")
    w = x * half_sqrt_2
    z = magnitude(w)
    is_central, central = less(z, half_sqrt_2), 1.0 + erf(w)
    tail = where_v2(greater(w, 0.0), 2.0 - erfc(z), erfc(z))
    return 0.5 * where_v2(is_central, central, tail)


# Where the logarithm of `ndtr` is taken as it is, and where by other formulas.
_BOUNDS = {dtypes.float32: (-10.0, 5.0), dtypes.float64: (-20.0, 8.0)}


def log_ndtr(x: Any, name: str = "log_ndtr") -> Tensor:
    """Return the logarithm of `ndtr`, accurate also far out in the lower tail.

    Parameters
    ----------
    x : Tensor
        float32 or float64.
    name : str

    Raises
    ------
    TypeError
        For another dtype.

    Notes
    -----
    Below -10 (-20 in float64) three terms of the asymptotic series, Abramowitz and Stegun
    26.2.12.
    """
    with name_scope(name, values=[x]):
        x = _checked(x, "x", "supported.")
        lower, upper = (x.dtype.numpy.type(bound) for bound in _BOUNDS[x.dtype.base_dtype])
        return where_v2(
            greater(x, upper),
            -_ndtr(-x),
            where_v2(
                greater(x, lower),
                log(_ndtr(maximum(x, lower))),
                _log_ndtr_lower(minimum(x, lower)),
            ),
        )


def _log_ndtr_lower(x: Tensor) -> Tensor:
    log_scale = -0.5 * square(x) - log(-x) - 0.5 * math.log(2.0 * math.pi)
    power = squared = square(x)
    even, odd = zeros_like(x), zeros_like(x)
    for n, double_factorial in enumerate((1, 3, 15), start=1):
        term = x.dtype.numpy.type(double_factorial) / power
        if n % 2:
            odd += term
        else:
            even += term
        power *= squared
    return log_scale + log(1.0 + even - odd)


# Rational approximations of the inverse on three ranges: Cephes, ndtri.c (Moshier, 1989).
# Coefficients from the constant term up.
_CENTRE = (
    (-1.23916583867381258016e0, 1.39312609387279679503e1, -5.66762857469070293439e1,
     9.80010754185999661536e1, -5.99633501014107895267e1),
    (-1.18331621121330003142e0, 1.59056225126211695515e1, -8.20372256168333339912e1,
     2.00260212380060660359e2, -2.25462687854119370527e2, 8.63602421390890590575e1,
     4.67627912898881538453e0, 1.95448858338141759834e0, 1.0),
)  # fmt: skip
_TAIL = (
    (-8.57456785154685413611e-4, -3.50424626827848203418e-2, -1.40256079171354495875e-1,
     2.18663306850790267539e0, 1.46849561928858024014e1, 4.40805073893200834700e1,
     5.71628192246421288162e1, 3.15251094599893866154e1, 4.05544892305962419923e0),
    (-9.33259480895457427372e-4, -3.80806407691578277194e-2, -1.42182922854787788574e-1,
     2.50464946208309415979e0, 1.50425385692907503408e1, 4.13172038254672030440e1,
     4.53907635128879210584e1, 1.57799883256466749731e1, 1.0),
)  # fmt: skip
_FAR = (
    (6.23974539184983293730e-9, 2.65806974686737550832e-6, 3.01581553508235416007e-4,
     1.23716634817820021358e-2, 2.01485389549179081538e-1, 1.33303460815807542389e0,
     3.93881025292474443415e0, 6.91522889068984211695e0, 3.23774891776946035970e0),
    (6.79019408009981274425e-9, 2.89247864745380683936e-6, 3.28014464682127739104e-4,
     1.34204006088543189037e-2, 2.16236993594496635890e-1, 1.37702099489081330271e0,
     3.67983563856160859403e0, 6.02427039364742014255e0, 1.0),
)  # fmt: skip


def _polynomial(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    """Return a polynomial by Horner's rule."""
    total = zeros_like(x)
    for c in reversed(coefficients):
        total = x.dtype.numpy.type(c) + total * x
    return total


def ndtri(p: Any, name: str = "ndtri") -> Tensor:
    """Return the inverse of `ndtr`: minus infinity for 0, infinity for 1.

    Parameters
    ----------
    p : Tensor
        float32 or float64.
    name : str

    Raises
    ------
    TypeError
        For another dtype.
    """
    with name_scope(name, values=[p]):
        p = _checked(p, "p", "handled, see docstring for supported types.")
        # The centre and the lower half: the rest follows by symmetry.
        lower = where_v2(p > -np.expm1(-2.0), 1.0 - p, p)
        safe = where_v2(lower <= 0.0, fill(shape(p), p.dtype.numpy.type(0.5)), lower)
        w = safe - 0.5
        ww = w**2
        central = (
            w + w * ww * (_polynomial(ww, _CENTRE[0]) / _polynomial(ww, _CENTRE[1]))
        ) * -np.sqrt(2.0 * np.pi)
        z = sqrt(-2.0 * log(safe))
        first = z - log(z) / z
        far, near = (
            first - _polynomial(1.0 / z, above) / _polynomial(1.0 / z, below) / z
            for above, below in (_FAR, _TAIL)
        )
        x = where_v2(safe > np.exp(-2.0), central, where_v2(z >= 8.0, far, near))
        x = where_v2(p > 1.0 - np.exp(-2.0), x, -x)
        infinity = fill(shape(p), constant(np.inf, p.dtype))
        return where_v2(p <= 0.0, -infinity, where_v2(p >= 1.0, infinity, x))


def log_cdf_laplace(x: Any, name: str = "log_cdf_laplace") -> Tensor:
    """Return the logarithm of the probability that a standard Laplace number is at most `x`."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        lower = -math.log(2.0) + x
        upper = log1p(-0.5 * exp(-magnitude(x)))
        return where_v2(x < 0.0, lower, upper)
