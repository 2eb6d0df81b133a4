"""Reductions, scans and counts, against loops over the elements."""

from __future__ import annotations

import functools
import math
import operator

import ml_dtypes
import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops import reduction as r
from flowgraph.ops import reduction_rules as rules
from flowgraph.ops import scan
from flowgraph.ops import statistics as s
from flowgraph.ops.core import apply, constant
from tests.conformance.entry import Bad, Entry, Sample

X = np.array(
    [[[1.5, -2.0], [0.5, 3.0], [0.25, -0.75]], [[2.0, 1.25], [-1.0, 0.8], [0.6, -3.5]]], np.float32
)
WITH_ZEROS = np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 4.0], [1.0, 2.0, 0.5]], np.float32)
I = np.array([[3, -7, 2], [-8, 4, 1]], np.int32)  # noqa: E741 - the integers of the samples
AXES = (0, -1, [0, 2], [1, 2], [], [-3, 1, 2])
TRUTH = np.array([[True, True], [False, True]])


def over(function, keep):
    """A reference that gathers the elements of each result and reduces them in Python."""

    def reference(x, axes):
        x = np.asarray(x)
        wide = x.astype(np.float64) if x.dtype.kind not in "iubc" else x
        reduced = sorted({int(axis) % x.ndim for axis in np.asarray(axes).reshape(-1)})
        kept = [axis for axis in range(x.ndim) if axis not in reduced]
        rows = wide.transpose(kept + reduced).reshape(math.prod(x.shape[k] for k in kept), -1)
        shape = [
            1 if axis in reduced else n
            for axis, n in enumerate(x.shape)
            if keep or axis not in reduced
        ]
        values = [function(row.tolist()) for row in rows]
        return np.array(values, wide.dtype).reshape(shape)

    return reference


def reduction(op, function, inputs, order=2, bad=()):
    samples = []
    for keep in (False, True):
        kept = op(keep_dims=keep)
        for number, x in enumerate(inputs):
            axes = AXES if number == 0 else (0, [-1], list(range(x.ndim)))
            samples += [
                Sample(kept, (x, np.array(axis, np.int32)), over(function, keep), order=order)
                for axis in axes
            ]
    samples.append(
        Sample(op(), (inputs[0], np.array([1], np.int64)), over(function, False), order=order)
    )
    first = inputs[0]
    n = first.ndim
    return Entry(
        op,
        samples,
        [
            Bad(
                op(),
                (first, np.int32(n)),
                ValueError,
                f"Invalid reduction dimension {n} for input with {n} dimensions.",
            ),
            Bad(
                op(),
                (first, np.int32(-n - 1)),
                ValueError,
                f"Invalid reduction dimension -{n + 1} for input",
            ),
            Bad(
                op(),
                (first, np.int32(n)),
                InvalidArgumentError,
                rf"Invalid reduction dimension \({n} for input with {n} dimension\(s\)",
                run=True,
            ),
            Bad(
                None,
                (first, np.float32(0)),
                TypeError,
                "'reduction_indices' has DataType float32 not in list",
                build=lambda x, axes: apply(op(), x, constant(axes)),
            ),
            *bad,
        ],
    )


def product(values):
    return functools.reduce(operator.mul, values, 1)


def mean(values):
    if isinstance(values[0], int):
        return math.trunc(sum(values) / len(values))
    return sum(values) / len(values)


def norm(values):
    return math.sqrt(sum(abs(v) ** 2 for v in values))


HALVES = (X[0].astype(np.float16), X[0].astype(ml_dtypes.bfloat16))
COMPLEX = np.array([[1 + 2j, -1j], [0.5, 2 - 1j]], np.complex64)
NOTHING = np.zeros((0, 2), np.float32)
BOTH = Bad(
    None,
    (X,),
    ValueError,
    "Cannot specify both",
    build=lambda x: r.reduce_sum(x, axis=0, reduction_indices=0),
)


def running(function, exclusive, reverse, start):
    def reference(x, axis):
        wide = x.astype(np.float64) if x.dtype.kind not in "iu" else x
        rows = np.moveaxis(wide, int(axis), -1).copy()
        for index in np.ndindex(rows.shape[:-1]):
            row = rows[index].tolist()
            row = row[::-1] if reverse else row
            totals, total = [], start
            for value in row:
                before, total = total, function(total, value)
                totals.append(before if exclusive else total)
            rows[index] = totals[::-1] if reverse else totals
        return np.moveaxis(rows, -1, int(axis))

    return reference


def scanning(op, function, start):
    samples = [
        Sample(op(exclusive=e, reverse=v), (X, np.int32(axis)), running(function, e, v, start))
        for e in (False, True)
        for v in (False, True)
        for axis in (1, -1)
    ]
    samples += [
        Sample(op(), (x, np.int64(0)), running(function, False, False, start))
        for x in (I, X.astype(np.float16), NOTHING)
    ]
    return Entry(
        op,
        samples,
        [
            Bad(
                op(),
                (X, np.int32(3)),
                InvalidArgumentError,
                r"ScanOp: Expected scan axis in the range \[-3, 3\), but got 3",
                run=True,
            ),
            Bad(
                op(),
                (X, np.int32([0])),
                InvalidArgumentError,
                r"ScanOp: axis must be a scalar, not \[1\]",
                run=True,
            ),
        ],
    )


def with_nothing(entry, value):
    """Add the reduction of no elements at all."""
    op = entry.op()
    row = np.full(2, value, np.float32)
    samples = [
        *entry.samples,
        Sample(op, (NOTHING, np.int32(0)), row, ()),
        Sample(op, (NOTHING, np.int32(1)), row[:0], ()),
    ]
    return Entry(entry.op, samples, entry.bad)


LEAST = np.array([-(2**31)] * 2, np.int32)
COUNTED = np.array([1, 1, 3, 0], np.int32)

ENTRIES = [
    with_nothing(reduction(r.Sum, sum, (X, I, COMPLEX, *HALVES), bad=[BOTH]), 0),
    reduction(r.Mean, mean, (X, I, *HALVES)),
    with_nothing(reduction(r.Prod, product, (X, I, *HALVES)), 1),
    with_nothing(reduction(r.Max, max, (X, I, *HALVES)), -np.inf),
    with_nothing(reduction(r.Min, min, (X, I, *HALVES)), np.inf),
    reduction(rules.All, all, (np.stack([TRUTH, TRUTH]), TRUTH)),
    reduction(rules.AnyTrue, any, (np.stack([TRUTH, TRUTH]), TRUTH)),
    reduction(r.EuclideanNorm, norm, (X, *HALVES)),
    scanning(scan.Cumsum, operator.add, 0),
    scanning(scan.Cumprod, operator.mul, 1),
    Entry(
        s.Bincount,
        [
            Sample(
                s.Bincount(),
                (COUNTED, np.int32(5), np.zeros(0, np.int32)),
                np.int32([1, 2, 0, 1, 0]),
            ),
            Sample(
                s.Bincount(),
                (COUNTED, np.int32(2), np.float32([0.5, 1, 2, 4])),
                np.float32([4, 1.5]),
                (),
            ),
            Sample(
                s.Bincount(), (COUNTED[:0], np.int32(2), np.zeros(0, np.int64)), np.int64([0, 0])
            ),
        ],
        [
            Bad(
                s.Bincount(),
                (np.int32([-1]), np.int32(3), np.zeros(0, np.int32)),
                InvalidArgumentError,
                "Input arr must be non-negative!",
                run=True,
            ),
            Bad(
                s.Bincount(),
                (COUNTED, np.int32(-3), np.zeros(0, np.int32)),
                ValueError,
                r"size \(-3\) must be non-negative",
            ),
        ],
    ),
]
ENTRIES[2] = Entry(
    r.Prod,
    [
        *ENTRIES[2].samples,
        *[
            Sample(r.Prod(), (WITH_ZEROS, np.int32(axis)), over(product, False), order=1)
            for axis in (0, 1, [0, 1])
        ],
    ],
    ENTRIES[2].bad,
)
