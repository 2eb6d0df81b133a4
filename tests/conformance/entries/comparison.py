"""Comparisons and logic."""

from __future__ import annotations

import operator

import ml_dtypes
import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops import comparison as c
from flowgraph.ops.core import apply, constant
from tests.conformance.entry import Bad, Entry, Sample

X = np.array([[1.5, -2.0, 0.5], [3.0, 0.5, np.nan]], np.float32)
Y = np.array([1.5, 2.0, 0.25], np.float32)
I = np.array([[1], [2]], np.int32)  # noqa: E741 - the integers of the samples
J = np.array([1, 3], np.int32)
TRUTH = np.array([True, True, False, False])
OTHER = np.array([True, False, True, False])


def pairwise(scalar):
    def reference(x, y):
        a, b = np.broadcast_arrays(x, y)
        pairs = zip(a.reshape(-1).tolist(), b.reshape(-1).tolist(), strict=True)
        return np.array([scalar(p, q) for p, q in pairs], bool).reshape(a.shape)

    return reference


def typed(op):
    """Build the op over tensors: arrays would be converted to the dtype that is wanted."""
    return lambda *inputs: apply(op, *[constant(x) for x in inputs])


def comparison(op, scalar, extra=()):
    pairs = [
        (X, Y), (Y, np.float32(1.5)), (I, J), (X.astype(np.float16), Y.astype(np.float16)),
        (X.astype(ml_dtypes.bfloat16), Y.astype(ml_dtypes.bfloat16)),
        (np.uint8([3, 200]), np.uint8(100)), (X[:0], Y), *extra,
    ]  # fmt: skip
    return Entry(
        type(op),
        [Sample(op, pair, pairwise(scalar)) for pair in pairs],
        [
            Bad(
                None,
                (Y, J),
                TypeError,
                f"Input 'y' of '{op.type}' Op has type int32 that does not match type float32",
                build=typed(op),
            ),
            Bad(op, (X, X[:, :2]), ValueError, "Dimensions must be equal, but are 3 and 2"),
            Bad(
                op,
                (X, X[:, :2]),
                InvalidArgumentError,
                r"Incompatible shapes: \[2,3\] vs. \[2,2\]",
                run=True,
            ),
        ],
    )


MORE = (
    (np.array([b"a", b"b"], object), np.array(b"b", object)),
    (TRUTH, OTHER),
    (np.complex64([1 + 1j, 2]), np.complex64([1 + 1j, 2j])),
)
FLOATS = np.array([1.0, np.inf, -np.inf, np.nan], np.float32)


def tested(op, expected):
    return Entry(
        type(op),
        [
            Sample(op, (FLOATS,), np.array(expected)),
            Sample(op, (FLOATS.astype(np.float16),), np.array(expected)),
            Sample(op, (FLOATS.astype(ml_dtypes.bfloat16),), np.array(expected)),
        ],
        [
            Bad(
                op,
                (I,),
                TypeError,
                "DataType int32 not in list of allowed values: bfloat16, float16, float32, float64",
            )
        ],
    )


ENTRIES = [
    comparison(c.Equal(), operator.eq, MORE),
    comparison(c.NotEqual(), operator.ne, MORE),
    comparison(c.Less(), operator.lt),
    comparison(c.LessEqual(), operator.le),
    comparison(c.Greater(), operator.gt),
    comparison(c.GreaterEqual(), operator.ge),
    Entry(
        c.ApproximateEqual,
        [
            Sample(
                c.ApproximateEqual(),
                (np.float32([1, 2]), np.float32([1.000001, 2.1])),
                np.array([True, False]),
            ),
            Sample(
                c.ApproximateEqual(tolerance=0.5),
                (np.float32([1, 2]), np.float32([1.4, 2.6])),
                np.array([True, False]),
            ),
        ],
        [
            Bad(
                c.ApproximateEqual(),
                (X, X[:1]),
                ValueError,
                "Dimension 0 in both shapes must be equal, but are 2 and 1",
            ),
            Bad(
                c.ApproximateEqual(),
                (X, X[:1]),
                InvalidArgumentError,
                "x and y must be of the same shape",
                run=True,
            ),
        ],
    ),
    Entry(
        c.LogicalAnd,
        [
            Sample(c.LogicalAnd(), (TRUTH, OTHER), TRUTH * OTHER),
            Sample(c.LogicalAnd(), (TRUTH, np.array(True)), TRUTH),
        ],
        [
            Bad(
                None,
                (I, I),
                TypeError,
                "Op has type int32 that does not match expected type of bool.",
                build=typed(c.LogicalAnd()),
            )
        ],
    ),
    Entry(
        c.LogicalOr, [Sample(c.LogicalOr(), (TRUTH, OTHER), np.array([True, True, True, False]))]
    ),
    Entry(
        c.LogicalNot,
        [
            Sample(c.LogicalNot(), (TRUTH,), TRUTH ^ True),
            Sample(c.LogicalNot(), (np.array(True),), np.array(False)),
        ],
    ),
    tested(c.IsNan(), [False, False, False, True]),
    tested(c.IsInf(), [False, True, True, False]),
    tested(c.IsFinite(), [True, False, False, False]),
]
