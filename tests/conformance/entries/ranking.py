"""Which elements are greatest, against Python's sorting."""

from __future__ import annotations

import ml_dtypes
import numpy as np

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops import ranking as r
from tests.conformance.entry import Bad, Entry, Sample

X = np.array(
    [[[1.5, -2.0, 1.5], [0.5, 3.0, 3.5]], [[2.0, 2.0, 0.1], [-1.0, -1.0, -1.0]]], np.float32
)
I = np.array([[3, 7, 7], [-8, -8, 1]], np.int32)  # noqa: E741 - the integers of the samples
SCORES = np.array(
    [[0.1, 0.7, 0.2], [0.5, 0.5, 0.0], [np.nan, 1.0, 0.0], [0.3, 0.2, 0.1]], np.float32
)


def first_of(best):
    def reference(x, axis):
        rows = np.moveaxis(np.asarray(x), int(axis), -1)
        flat = rows.reshape(-1, rows.shape[-1]).astype(np.float64).tolist()
        return np.array([row.index(best(row)) for row in flat], np.int64).reshape(rows.shape[:-1])

    return reference


def arg(op, best):
    inputs = [(X, axis) for axis in (0, 1, -1)] + [(I, 0), (I.astype(np.uint8), 1), (X[0, 0], 0)]
    inputs += [(X.astype(np.float16), 2), (X.astype(ml_dtypes.bfloat16), 2)]
    samples = [Sample(op(), (x, np.int32(axis)), first_of(best)) for x, axis in inputs]
    samples.append(Sample(op(output_type=dtypes.int32), (X, np.int64(1)), first_of(best)))
    return Entry(
        op,
        samples,
        [
            Bad(
                op(),
                (X, np.int32(3)),
                ValueError,
                r"Dimension \(3\) must be in the range \[-3, 3\), where 3 is the number of",
            ),
            Bad(
                op(),
                (X, np.int32(3)),
                InvalidArgumentError,
                r"Expected dimension in the range \[-3, 3\), but got 3",
                run=True,
            ),
            Bad(
                op(),
                (X[:0], np.int32(0)),
                InvalidArgumentError,
                r"Reduction axis 0 is empty in shape \[0,2,3\]",
                run=True,
            ),
            Bad(
                None,
                (X,),
                ValueError,
                "Cannot specify both",
                build=lambda x: r.argmax(x, axis=0, dimension=0),
            ),
        ],
    )


def best_k(x, k):
    rows = np.asarray(x).reshape(-1, x.shape[-1])
    order = [
        sorted(range(x.shape[-1]), key=lambda i: (-float(row[i]), i))[: int(k)] for row in rows
    ]
    shape = (*x.shape[:-1], int(k))
    indices = np.array(order, np.int32).reshape(shape)
    values = np.array(
        [[row[i] for i in places] for row, places in zip(rows, order, strict=True)], x.dtype
    )
    return values.reshape(shape), indices


def among(predictions, targets, k):
    result = []
    for row, target in zip(predictions.tolist(), targets.tolist(), strict=True):
        sure = all(np.isfinite(row)) and 0 <= target < len(row)
        result.append(sure and sum(p > row[target] for p in row) < k)
    return np.array(result)


TARGETS = np.array([2, 1, 1, 3], np.int32)
SHAPES = [
    Bad(
        r.InTopKV2(),
        (SCORES, TARGETS[:2], np.int32(1)),
        ValueError,
        "Dimensions must be equal, but are 4 and 2",
    ),
    Bad(
        r.InTopKV2(),
        (SCORES[0], TARGETS, np.int32(1)),
        ValueError,
        "Shape must be rank 2 but is rank 1",
    ),
    Bad(
        r.InTopKV2(),
        (SCORES, TARGETS[:2], np.int32(1)),
        InvalidArgumentError,
        "First dimension of predictions 4 must match length of targets 2",
        run=True,
    ),
]

ENTRIES = [
    arg(r.ArgMax, max),
    arg(r.ArgMin, min),
    Entry(
        r.TopKV2,
        [
            *[
                Sample(r.TopKV2(), (x, np.int32(k)), best_k)
                for x in (I, X[..., 1:] * np.float32([1, 2]))
                for k in (0, 1, 2)
            ],
            Sample(r.TopKV2(), (np.float32([0.5, 2.5, -1.0, 4.0]), np.int32(3)), best_k),
            Sample(r.TopKV2(sorted=False), (np.float16([1, 3, 2]), np.int32(3)), best_k),
        ],
        [
            Bad(
                r.TopKV2(),
                (I, np.int32(4)),
                ValueError,
                "input must have last dimension >= k = 4 but is 3",
            ),
            Bad(r.TopKV2(), (I, np.int32(-1)), ValueError, "must be non-negative but is -1"),
            Bad(
                r.TopKV2(),
                (np.int32(1), np.int32(1)),
                ValueError,
                "Shape must be at least rank 1 but is rank 0",
            ),
            Bad(r.TopKV2(), (I, np.int32([1])), ValueError, "Input must be scalar but has rank 1"),
            Bad(
                r.TopKV2(),
                (I, np.int32(4)),
                InvalidArgumentError,
                "input must have at least k columns. Had 3, needed 4",
                run=True,
            ),
            Bad(
                r.TopKV2(), (I, np.int32(-1)), InvalidArgumentError, "Need k >= 0, got -1", run=True
            ),
        ],
    ),
    Entry(
        r.InTopKV2,
        [
            *[Sample(r.InTopKV2(), (SCORES, TARGETS, np.int32(k)), among, ()) for k in (1, 2, 3)],
            Sample(r.InTopKV2(), (SCORES, TARGETS.astype(np.int64) - 3, np.int64(2)), among, ()),
        ],
        SHAPES,
    ),
    Entry(
        r.InTopK,
        [Sample(r.InTopK(k=2), (SCORES, TARGETS), among(SCORES, TARGETS, 2), ())],
        [
            Bad(
                r.InTopK(k=1),
                (SCORES, TARGETS[:2]),
                ValueError,
                "Dimensions must be equal, but are 4 and 2",
            )
        ],
    ),
]
