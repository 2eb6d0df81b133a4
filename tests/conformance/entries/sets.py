"""What the suite checks of rows merged at distinct places, and of differences of sets."""

import numpy as np

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.partitioning import ListDiff, ParallelDynamicStitch
from tests.conformance.entry import Bad, Entry, Sample

PLACES = [np.array([3, 0], np.int32), np.array([[1, 4]], np.int32)]
ROWS = [
    np.array([[1.0, 2.0], [3.0, 4.0]], np.float32),
    np.array([[[5.0, 6.0], [7.0, 8.0]]], np.float32),
]


def merged(indices, data):
    flat = [
        pair
        for index, rows in zip(indices, data, strict=True)
        for pair in zip(index.ravel(), rows.reshape(index.size, -1), strict=True)
    ]
    result = np.zeros((max(i for i, _ in flat) + 1, len(flat[0][1])), data[0].dtype)
    for i, row in flat:
        result[i] = row
    return result


def difference(x, y):
    kept = [(value, i) for i, value in enumerate(x.tolist()) if value not in y.tolist()]
    out = np.array([value for value, _ in kept], x.dtype)
    return out, np.array([i for _, i in kept], np.int64)


def difference_32(x, y):
    out, places = difference(x, y)
    return out, places.astype(np.int32)


ENTRIES = [
    Entry(
        ParallelDynamicStitch,
        [
            Sample(ParallelDynamicStitch(), (PLACES, ROWS), merged),
            Sample(ParallelDynamicStitch(), (PLACES, [r.astype(np.float16) for r in ROWS]), merged),
            Sample(
                ParallelDynamicStitch(), (PLACES[:1], [r.astype("i8") for r in ROWS[:1]]), merged
            ),
        ],
        [
            Bad(
                ParallelDynamicStitch(),
                ([np.int32([0, -2])], ROWS[:1]),
                InvalidArgumentError,
                r"^indices\[0\] is out of range",
                run=True,
            ),
            Bad(
                ParallelDynamicStitch(),
                ([np.int32([0, 1, 2])], ROWS[:1]),
                InvalidArgumentError,
                r"^data\[0\].shape = \[2,2\] does not start with indices\[0\].shape = \[3\]",
                run=True,
            ),
        ],
    ),
    Entry(
        ListDiff,
        [
            Sample(ListDiff(), (np.int32([1, 2, 1, 3, 2]), np.int32([2])), difference_32),
            Sample(ListDiff(), (np.float32([1.5, -1]), np.zeros(0, np.float32)), difference_32),
            Sample(
                ListDiff(out_idx=dtypes.int64), (np.int64([4, 5, 6]), np.int64([5, 7])), difference
            ),
            Sample(ListDiff(), (np.zeros(0, np.int64), np.int64([1])), difference_32),
        ],
        [
            Bad(ListDiff(), (np.int32([[1]]), np.int32([1])), ValueError, "^Shape must be rank 1"),
            Bad(
                ListDiff(),
                (np.int32([1]), np.int32(1)),
                InvalidArgumentError,
                "^y should be a 1D vector.",
                run=True,
            ),
        ],
    ),
]
