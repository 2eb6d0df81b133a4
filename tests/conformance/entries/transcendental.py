"""Exponentials, powers, trigonometry, special functions: against Python's math and SciPy."""

from __future__ import annotations

import cmath
import math

import ml_dtypes
import numpy as np
import scipy.integrate
import scipy.special

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops import special_functions as s
from flowgraph.ops import transcendental as t
from flowgraph.ops import trigonometric as g
from flowgraph.ops import xlogy as products
from tests.conformance.entry import Bad, Entry, Sample

INNER = np.array([[0.3, -0.4, 0.6], [-0.2, 0.1, 0.7]], np.float32)
POSITIVE = np.array([[0.5, 1.75, 2.5], [3.25, 0.8, 1.1]], np.float32)
ABOVE_ONE = POSITIVE + 1
ROW = np.array([1.5, 0.6, 2.2], np.float32)
Z = np.array([0.3 + 0.4j, 1.2 - 0.6j], np.complex64)


def each(scalar):
    def reference(*inputs):
        wide = [
            x if x.dtype.kind in "iuc" else x.astype(np.float64) for x in map(np.asarray, inputs)
        ]
        arrays = np.broadcast_arrays(*wide)
        values = [scalar(*v) for v in zip(*[x.reshape(-1).tolist() for x in arrays], strict=True)]
        return np.array(values, arrays[0].dtype).reshape(arrays[0].shape)

    return reference


def unary(op, scalar, x=INNER, complex_scalar=None, halves=True):
    values = [x, x[0, 0], x[:0], x.astype(np.float64)]
    values += [x.astype(np.float16), x.astype(ml_dtypes.bfloat16)] if halves else []
    samples = [Sample(op, (v,), each(scalar)) for v in values]
    if complex_scalar is not None:
        samples.append(Sample(op, (Z,), each(complex_scalar)))
    text = "DataType int32 not in list of allowed values: bfloat16"
    return Entry(type(op), samples, [Bad(op, (np.int32([1]),), TypeError, text)])


def binary(op, scalar, x, y, differentiate=None, extra=(), bad=(), order=2):
    pairs = [(x, y), (x, y[0]), (x.astype(np.float64), y.astype(np.float64)), (x[:0], y), *extra]
    return Entry(
        type(op),
        [Sample(op, p, each(scalar), differentiate, order, rtol=1e-4) for p in pairs],
        [Bad(op, (x, x[:, :2]), ValueError, "Dimensions must be equal, but are 3 and 2"), *bad],
    )


def adjoint(op, scalar, x=POSITIVE):
    dy = INNER + 1
    return Entry(
        type(op),
        [
            Sample(op, (x, dy), each(scalar)),
            Sample(op, (x.astype(np.float16), dy.astype(np.float16)), each(scalar)),
        ],
    )


def gamma_slope(a, x):
    """The derivative of P(a, x) by a, by a difference quotient of SciPy's P."""
    step = 1e-5
    above, below = (scipy.special.gammainc(a + h, x) for h in (step, -step))
    return (above - below) / (2 * step)


def upper_gamma(a, x):
    integral, _ = scipy.integrate.quad(lambda u: u ** (a - 1) * math.exp(-u), x, np.inf)
    return integral / math.gamma(a)


HALVES = ((POSITIVE.astype(np.float16), ROW.astype(np.float16)),)
INTEGERS = ((np.int32([2, -3]), np.int32([10, 3])), (np.int64([[2]]), np.int64([0, 5])))

ENTRIES = [
    unary(t.Exp(), math.exp, complex_scalar=cmath.exp),
    unary(t.Expm1(), math.expm1),
    unary(t.Log(), math.log, POSITIVE, cmath.log),
    unary(t.Log1p(), math.log1p),
    unary(t.Sqrt(), math.sqrt, POSITIVE, cmath.sqrt),
    unary(t.Rsqrt(), lambda x: 1 / math.sqrt(x), POSITIVE),
    unary(t.Sigmoid(), lambda x: 1 / (1 + math.exp(-x))),
    unary(t.Tanh(), math.tanh, complex_scalar=cmath.tanh),
    adjoint(t.SqrtGrad(), lambda y, dy: dy / (2 * y)),
    adjoint(t.RsqrtGrad(), lambda y, dy: -dy * y**3 / 2),
    adjoint(t.SigmoidGrad(), lambda y, dy: dy * y * (1 - y)),
    adjoint(t.TanhGrad(), lambda y, dy: dy * (1 - y * y)),
    binary(
        t.Pow(),
        lambda x, y: x**y,
        POSITIVE,
        ROW,
        extra=(*HALVES, *INTEGERS),
        bad=[
            Bad(
                t.Pow(),
                (np.int32([2]), np.int32([-1])),
                InvalidArgumentError,
                "Integers to negative integer powers are not allowed",
                run=True,
            )
        ],
    ),
    binary(products.Xlogy(), lambda x, y: x * math.log(y) if x else 0, POSITIVE, ROW, extra=HALVES),
    binary(products.Xdivy(), lambda x, y: x / y if x else 0, POSITIVE, ROW, extra=HALVES),
    unary(g.Sin(), math.sin, complex_scalar=cmath.sin),
    unary(g.Cos(), math.cos, complex_scalar=cmath.cos),
    unary(g.Tan(), math.tan, complex_scalar=cmath.tan),
    unary(g.Asin(), math.asin),
    unary(g.Acos(), math.acos),
    unary(g.Atan(), math.atan),
    unary(g.Sinh(), math.sinh, complex_scalar=cmath.sinh),
    unary(g.Cosh(), math.cosh, complex_scalar=cmath.cosh),
    unary(g.Asinh(), math.asinh),
    unary(g.Acosh(), math.acosh, ABOVE_ONE),
    unary(g.Atanh(), math.atanh),
    binary(g.Atan2(), math.atan2, INNER, ROW, extra=HALVES),
    unary(s.Erf(), math.erf),
    unary(s.Erfc(), math.erfc),
    unary(s.Lgamma(), math.lgamma, POSITIVE),
    unary(s.Digamma(), lambda x: float(scipy.special.digamma(x)), POSITIVE),
    binary(
        s.Polygamma(),
        lambda a, x: float(scipy.special.polygamma(int(a), x)),
        np.float32([[1, 2, 0], [3, 1, 2]]),
        ROW,
        differentiate=(1,),
    ),
    binary(s.Zeta(), lambda x, q: float(scipy.special.zeta(x, q)), ABOVE_ONE + 0.5, ROW, (1,)),
    binary(s.Igamma(), lambda a, x: 1 - upper_gamma(a, x), POSITIVE, ROW, order=1),
    binary(s.Igammac(), upper_gamma, POSITIVE, ROW, order=1),
    binary(s.IgammaGradA(), gamma_slope, POSITIVE, ROW, differentiate=()),
    Entry(
        s.Betainc,
        [
            Sample(
                s.Betainc(), (POSITIVE, ABOVE_ONE, np.abs(INNER)), each(scipy.special.betainc), (2,)
            ),
            Sample(
                s.Betainc(),
                (np.float32(2), np.float32(3), np.abs(INNER)),
                each(scipy.special.betainc),
                (2,),
            ),
        ],
        [
            Bad(
                s.Betainc(),
                (POSITIVE, POSITIVE[:1], np.float32(0.5)),
                ValueError,
                "Dimension 0 in both shapes must be equal, but are 2 and 1",
            ),
            Bad(
                s.Betainc(),
                (POSITIVE, POSITIVE[:1], np.float32(0.5)),
                InvalidArgumentError,
                r"Shapes of a and b are inconsistent: \[2,3\] vs. \[1,3\]",
                run=True,
            ),
        ],
    ),
]
