"""Arithmetic, division, magnitude, rounding, complex numbers, bits."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops import add_n as n
from flowgraph.ops import arithmetic as a
from flowgraph.ops import bitwise as b
from flowgraph.ops import complex_numbers as c
from flowgraph.ops import division as d
from flowgraph.ops import magnitude as m
from flowgraph.ops import reciprocal as r
from flowgraph.ops.core import apply, constant
from flowgraph.shapes import TensorShape
from tests.conformance.entry import Bad, Entry, Sample

X = np.array([[1.5, -2.25, 0.5], [3.0, 0.75, -1.25]], np.float32)
Y = np.array([0.8, -1.6, 2.5], np.float32)
COLUMN = np.array([[2.6], [-0.7]], np.float32)
I = np.array([[7, -7, 2], [-8, 3, 100]], np.int32)  # noqa: E741 - the integers of the samples
J = np.array([2, 3, -3], np.int32)
Z = np.array([1 + 2j, -0.5 - 1j], np.complex64)
W = np.array([0.5 - 1j, 2 + 0.25j], np.complex64)
EMPTY = np.zeros((0, 3), np.float32)


def half(x):
    return x.astype(np.float16)


def brain(x):
    return x.astype(ml_dtypes.bfloat16)


def each(scalar, kind=None):
    """A reference that applies a scalar function pair by pair."""

    def reference(*inputs):
        wide = [
            x if x.dtype.kind in "iuc" else x.astype(np.float64) for x in map(np.asarray, inputs)
        ]
        arrays = np.broadcast_arrays(*wide)
        values = [
            scalar(*pair) for pair in zip(*[x.reshape(-1).tolist() for x in arrays], strict=True)
        ]
        return np.array(values, kind or arrays[0].dtype).reshape(arrays[0].shape)

    return reference


def typed(op):
    """Build the op over tensors: arrays would be converted to the dtype that is wanted."""
    return lambda *inputs: apply(op, *[constant(x) for x in inputs])


def binary(op, scalar, integers=True, halves=True, complexes=False, bad=()):
    expected = each(scalar)
    pairs = [
        (X, Y),
        (COLUMN, X),
        (Y, np.float32(1.3)),
        (X.astype(np.float64), Y.astype(np.float64)),
    ]
    pairs += [(EMPTY, Y)]
    pairs += [(I, J), (I.astype(np.int64), np.int64(3))] if integers else []
    pairs += [(half(X), half(Y)), (brain(X), brain(Y))] if halves else []
    pairs += [(Z, W)] if complexes else []
    samples = [Sample(op, pair, expected) for pair in pairs]
    shapes = Bad(op, (X, X[:, :2]), ValueError, "Dimensions must be equal, but are 3 and 2")
    at_run = Bad(
        op,
        (X, X[:, :2]),
        InvalidArgumentError,
        r"Incompatible shapes: \[2,3\] vs. \[2,2\]",
        run=True,
    )
    types = Bad(
        None,
        (X, X.astype(np.float64)),
        TypeError,
        f"Input 'y' of '{op.type}' Op has type float64 that does not match type float32",
        build=typed(op),
    )
    return Entry(type(op), samples, [shapes, at_run, types, *bad])


def unary(op, scalar, values=(X,), at_kinks=None):
    samples = [Sample(op, (np.asarray(v),), each(scalar)) for v in values]
    if at_kinks is not None:
        samples.append(Sample(op, (at_kinks,), each(scalar), ()))
    types = Bad(
        op, (np.array([True]),), TypeError, "has DataType bool not in list of allowed values"
    )
    return Entry(type(op), samples, [types])


def no_zero(op):
    return Bad(
        op,
        (I, np.array([1, 0, 2], np.int32)),
        InvalidArgumentError,
        "Integer division by zero",
        run=True,
    )


def truncated(x, y):
    return int(abs(x) // abs(y)) * (1 if (x < 0) == (y < 0) else -1)


REALS = (X, X[0, 0], EMPTY, half(X), brain(X), X.astype(np.float64))
SIGNED = (*REALS, I, I.astype(np.int64))
STRINGS = (np.array([b"a", b"bc"], object), np.array(b"d", object))
TERMS = [X, 2 * X, -3 * X]

ENTRIES = [
    binary(a.AddV2(), lambda x, y: x + y, complexes=True),
    Entry(
        a.Add,
        [
            Sample(a.Add(), (X, Y), X + Y),
            Sample(a.Add(), (I, np.int32(1)), I + 1),
            Sample(a.Add(), STRINGS, np.array([b"ad", b"bcd"], object)),
            Sample(a.Add(), (np.int32([2**31 - 1]), np.int32([1])), np.int32([-(2**31)])),
        ],
        [
            Bad(
                a.Add(),
                (np.array([True]), np.array([True])),
                TypeError,
                "DataType bool not in list",
            )
        ],
    ),
    binary(a.Sub(), lambda x, y: x - y, complexes=True),
    binary(a.Mul(), lambda x, y: x * y, complexes=True),
    Entry(
        a.MulNoNan,
        [
            Sample(a.MulNoNan(), (X, Y), X * Y),
            Sample(
                a.MulNoNan(),
                (np.float32([np.nan, np.inf, 2]), np.float32([0, 0, 3])),
                np.float32([0, 0, 6]),
                (),
            ),
            Sample(a.MulNoNan(), (half(X), half(Y)), (half(X) * half(Y))),
            Sample(a.MulNoNan(), (brain(X), brain(Y)), X * Y),
        ],
        [Bad(a.MulNoNan(), (I, J), TypeError, "DataType int32 not in list")],
    ),
    unary(a.Neg(), lambda x: -x, (*SIGNED, Z)),
    unary(a.Square(), lambda x: x * x, (*SIGNED, Z)),
    binary(a.SquaredDifference(), lambda x, y: (x - y) ** 2),
    Entry(
        n.AddN,
        [
            Sample(n.AddN(), (TERMS,), sum(TERMS)),
            Sample(n.AddN(), ([X],), X),
            Sample(n.AddN(), ([I, I],), 2 * I),
            Sample(n.AddN(), ([half(X), half(X)],), half(X) * 2),
            Sample(n.AddN(), ([EMPTY, EMPTY],), EMPTY),
        ],
        [
            Bad(
                n.AddN(),
                ([X, Y],),
                ValueError,
                "equal rank, but are 2 and 1\n\tFrom merging shape 0 with other shapes.",
            ),
            Bad(
                n.AddN(),
                ([X, X[:1]],),
                ValueError,
                "Dimension 0 in both shapes must be equal, but are 2 and 1",
            ),
            Bad(
                n.AddN(),
                ([X, X[:1]],),
                InvalidArgumentError,
                r"must have the same size and shape.  Input 0: \[2,3\] != input 1: \[1,3\]",
                run=True,
            ),
            Bad(
                None,
                ([],),
                ValueError,
                "inputs must be a list of at least one Tensor",
                build=n.add_n,
            ),
        ],
    ),
    Entry(
        n.AccumulateNV2,
        [Sample(n.AccumulateNV2(shape=TensorShape([2, 3])), (TERMS,), sum(TERMS))],
        [Bad(None, ([X, Y],), ValueError, "are not compatible", build=n.accumulate_n)],
    ),
    binary(
        d.RealDiv(),
        lambda x, y: x / y,
        integers=False,
        complexes=True,
        bad=[Bad(d.RealDiv(), (I, J), TypeError, "DataType int32 not in list")],
    ),
    Entry(
        d.Div,
        [
            Sample(d.Div(), (X, Y), X / Y),
            Sample(d.Div(), (I, J), each(truncated)),
            Sample(d.Div(), (half(X), half(Y)), half(X) / half(Y)),
        ],
        [no_zero(d.Div())],
    ),
    Entry(
        d.TruncateDiv,
        [
            Sample(d.TruncateDiv(), (I, J), each(truncated)),
            Sample(d.TruncateDiv(), (I.astype(np.int8), J.astype(np.int8)), each(truncated)),
            Sample(d.TruncateDiv(), (np.uint8([7, 255]), np.uint8([2, 16])), np.uint8([3, 15])),
        ],
        [no_zero(d.TruncateDiv())],
    ),
    binary(d.FloorDiv(), lambda x, y: math.floor(x / y), bad=[no_zero(d.FloorDiv())]),
    binary(d.FloorMod(), lambda x, y: x - math.floor(x / y) * y, bad=[no_zero(d.FloorMod())]),
    binary(d.TruncateMod(), math.fmod, bad=[no_zero(d.TruncateMod())]),
    binary(d.Mod(), math.fmod, bad=[no_zero(d.Mod())]),
    Entry(
        d.DivNoNan,
        [
            Sample(d.DivNoNan(), (X, Y), X / Y),
            Sample(d.DivNoNan(), (Y, np.float32([0, 2, 0])), np.float32([0, -0.8, 0]), ()),
            Sample(d.DivNoNan(), (half(X), half(Y)), half(X) / half(Y)),
            Sample(d.DivNoNan(), (brain(X), brain(Y)), X / Y),
        ],
        [Bad(d.DivNoNan(), (I, J), TypeError, "DataType int32 not in list")],
    ),
    unary(r.Reciprocal(), lambda x: 1 / x, (*REALS, Z)),
    Entry(
        r.Inv,
        [
            Sample(r.Inv(), (X,), 1 / X),
            Sample(r.Inv(), (np.int32([1, -1, 2]),), np.int32([1, -1, 0])),
        ],
        [
            Bad(
                r.Inv(),
                (np.int32([0]),),
                InvalidArgumentError,
                "Integer division by zero",
                run=True,
            )
        ],
    ),
    Entry(
        r.ReciprocalGrad,
        [
            Sample(r.ReciprocalGrad(), (X, X + 1), -(X + 1) * X * X),
            Sample(r.ReciprocalGrad(), (half(X), half(X)), half(-X * X * X)),
        ],
    ),
    Entry(r.InvGrad, [Sample(r.InvGrad(), (X, X + 1), -(X + 1) * X * X)]),
    unary(m.Abs(), abs, SIGNED),
    Entry(
        m.ComplexAbs,
        [Sample(m.ComplexAbs(), (Z,), np.sqrt(Z.real**2 + Z.imag**2))],
        [
            Bad(
                None,
                (X,),
                TypeError,
                "DataType float32 not in list of allowed values: complex64, complex128",
                build=typed(m.ComplexAbs()),
            )
        ],
    ),
    Entry(
        m.Angle, [Sample(m.Angle(), (Z,), each(lambda z: math.atan2(z.imag, z.real), np.float32))]
    ),
    unary(m.Sign(), lambda x: (x > 0) - (x < 0), SIGNED, np.float32([0, -0.5])),
    binary(m.Maximum(), max),
    binary(m.Minimum(), min),
    Entry(
        m.ClipByValue,
        [
            Sample(
                m.ClipByValue(),
                (X, np.float32(-1), np.float32(1)),
                each(lambda x, lo, hi: min(max(x, lo), hi)),
                order=1,
            ),
            Sample(
                m.ClipByValue(),
                (I, np.int32(-5), np.int32(5)),
                each(lambda x, lo, hi: min(max(x, lo), hi)),
            ),
        ],
    ),
    unary(m.Floor(), math.floor, REALS),
    unary(m.Ceil(), math.ceil, REALS),
    unary(m.Rint(), round, REALS, np.float32([0.5, 1.5, -2.5])),
    unary(m.Round(), round, SIGNED, np.float32([0.5, 1.5, -2.5])),
    Entry(
        c.Complex,
        [
            Sample(c.Complex(), (X, Y), X + 1j * Y),
            Sample(
                c.Complex(Tout=c.dtypes.complex128),
                (np.float64(2), np.float64([1, 3])),
                np.array([2 + 1j, 2 + 3j]),
            ),
        ],
        [
            Bad(
                c.Complex(), (X, X[:, :2]), ValueError, "Dimensions must be equal, but are 3 and 2"
            ),
            Bad(
                None,
                (I, I),
                TypeError,
                "real and imag have incorrect types: int32 int32",
                build=c.complex,
            ),
        ],
    ),
    Entry(
        c.Real,
        [Sample(c.Real(), (Z,), np.float32([1, -0.5])), Sample(c.Real(), (Z[0],), np.float32(1))],
    ),
    Entry(c.Imag, [Sample(c.Imag(), (Z,), np.float32([2, -1]))]),
    Entry(
        c.Conj,
        [Sample(c.Conj(), (Z,), Z.real - 1j * Z.imag)],
        [
            Bad(
                None,
                (np.array(b"a", object),),
                TypeError,
                "Expected numeric or variant tensor",
                build=c.conj,
            )
        ],
    ),
    *[
        Entry(
            type(op),
            [
                Sample(op, (I, J), each(scalar)),
                Sample(op, (np.uint8([6, 200]), np.uint8(5)), each(scalar)),
            ],
            [Bad(op, (X, X), TypeError, "DataType float32 not in list")],
        )
        for op, scalar in [
            (b.BitwiseAnd(), lambda x, y: x & y),
            (b.BitwiseOr(), lambda x, y: x | y),
            (b.BitwiseXor(), lambda x, y: x ^ y),
        ]
    ],
    Entry(
        b.LeftShift,
        [Sample(b.LeftShift(), (np.int32([1, 3, -2]), np.int32([4, 0, 2])), np.int32([16, 3, -8]))],
    ),
    Entry(
        b.RightShift,
        [
            Sample(b.RightShift(), (np.int32([64, -9]), np.int32([2, 1])), np.int32([16, -5])),
            Sample(b.RightShift(), (np.int32([-8, -8]), np.int32([32, -1])), np.int32([-1, -8])),
        ],
    ),
    Entry(
        b.Invert,
        [
            Sample(b.Invert(), (I,), -I - 1),
            Sample(b.Invert(), (np.uint8([0, 5]),), np.uint8([255, 250])),
        ],
    ),
]
