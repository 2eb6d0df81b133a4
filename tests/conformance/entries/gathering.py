"""Choosing, gathering, scattering and one-hot rows."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.gathering import GatherV2, UnsortedSegmentSum
from flowgraph.ops.masking import OneHot, boolean_mask, one_hot
from flowgraph.ops.scattering import (
    GatherNd,
    ScatterNd,
    TensorScatterAdd,
    TensorScatterSub,
    TensorScatterUpdate,
)
from flowgraph.ops.segments import (
    SegmentMax,
    SegmentMean,
    SegmentMin,
    SegmentProd,
    SegmentSum,
    UnsortedSegmentMax,
    UnsortedSegmentMin,
    UnsortedSegmentProd,
)
from flowgraph.ops.selection import Select, SelectV2, Where, where
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(14)
X = RNG.uniform(0.5, 2, (2, 3, 4))
F = X.astype(np.float32)
HALF = X[0].astype(np.float16)
N = np.arange(12, dtype=np.int32).reshape(3, 4)
EMPTY = np.zeros((0, 3), np.float32)
YES = np.array([[True, False, True], [False, False, True]])


def ints(*values, dtype=np.int32):
    return np.array(values, dtype=dtype)


def chosen(condition, t, e):
    """Element by element, after stretching."""
    if condition.ndim == 1 and t.ndim > 1:
        condition = condition.reshape(-1, *[1] * (t.ndim - 1))
    arrays = np.broadcast_arrays(condition, t, e)
    values = [b if a else c for a, b, c in zip(*[a.ravel() for a in arrays], strict=True)]
    return np.array(values, t.dtype).reshape(arrays[0].shape)


def taken(params, indices, axis, batch=0):
    """One slice after another."""
    if batch:
        rows = zip(params, indices, strict=True)
        return np.array([taken(p, i, axis - 1, batch - 1) for p, i in rows])
    moved = np.moveaxis(params, axis, 0)
    slices = np.array([moved[i] for i in np.ravel(indices)], params.dtype)
    slices = slices.reshape(*np.shape(indices), *moved.shape[1:])
    source = list(range(np.ndim(indices)))
    return np.moveaxis(slices, source, [axis + i for i in source])


def gathered(params, indices, axis=0, batch=0):
    op = GatherV2(batch_dims=batch)
    return Sample(op, (params, indices, np.int32(axis)), taken(params, indices, axis, batch))


def by_segment(function, initial, count=None):
    """Segment after segment."""

    def reference(data, ids, number=None):
        number = count if count is not None else number
        number = int(ids.max()) + 1 if number is None else int(number)
        rows = data.reshape(ids.size, *data.shape[ids.ndim :])
        parts = [rows[ids.ravel() == i] for i in range(number)]
        inner = rows.shape[1:]
        return np.array(
            [function(p) if len(p) else np.full(inner, initial) for p in parts], data.dtype
        ).reshape(number, *inner)

    return reference


def unsorted_samples(op, function, initial):
    reference = by_segment(function, initial)
    return [
        Sample(op, (X, ints(2, 0), np.int32(3)), reference),
        Sample(op, (X[0], ints(1, 0, 1), np.int32(2)), reference),
        Sample(op, (X, ints([0, 1, 0], [1, 1, 2]), np.int32(3)), reference),
        Sample(op, (F[0], np.int64([1, -1, 1]), np.int32(2)), reference),
        Sample(op, (N, ints(0, 0, 1), np.int32(2)), reference),
        Sample(op, (HALF, ints(1, 0, 1), np.int32(2)), reference),
        Sample(op, (np.arange(1.0, 41.0) / 30, np.zeros(40, np.int32), np.int32(1)), reference),
    ]


def extreme_samples(op, function):
    """Those samples that leave no segment empty, for which the value would depend on the dtype."""
    samples = unsorted_samples(op, function, 0)
    return [s for s in samples if {*range(int(s.inputs[2]))} <= {*s.inputs[1].flat}]


def sorted_samples(op, function, empty=0, differentiable=True):
    reference = by_segment(function, empty)
    positions = {} if differentiable else {"differentiate": ()}
    return [
        Sample(op, (X[0], ints(0, 0, 2)), reference, **positions),
        Sample(op, (F, ints(0, 1)), reference, **positions),
        Sample(op, (N, np.int64([1, 1, 1])), reference),
        Sample(op, (HALF, ints(0, 1, 1)), reference, **positions),
    ]


SORTED_BAD = [
    (ints(1, 0, 1), "^segment ids are not increasing"),
    (ints(0, 1), "^segment_ids should be the same size as dimension 0 of input"),
]


def sorted_bad(op):
    return [Bad(op, (N, ids), InvalidArgumentError, text, run=True) for ids, text in SORTED_BAD]


def total(rows):
    return rows.sum(axis=0)


def mean(rows):
    return rows.sum(axis=0) // len(rows) if rows.dtype.kind == "i" else rows.mean(axis=0)


def scattered(combine):
    """One index after another."""

    def reference(tensor, indices, updates):
        result = tensor.copy()
        depth = indices.shape[-1]
        rows = indices.reshape(-1, depth)
        for row, update in zip(rows, updates.reshape(-1, *tensor.shape[depth:]), strict=True):
            result[tuple(row)] = combine(result[tuple(row)], update)
        return result

    return reference


def scatter_samples(op, combine):
    reference = scattered(combine)
    return [
        Sample(op, (X[0], ints([1], [2]), X[1, :2]), reference),
        Sample(op, (X[0], ints([[1, 0], [2, 1]]), X[1, :1, :2]), reference),
        Sample(op, (N, np.int64([[0]]), N[2:]), reference),
        Sample(op, (HALF, ints([1]), HALF[2:]), reference),
        Sample(op, (F[0], np.zeros((0, 1), np.int32), F[0, :0]), F[0]),
    ]


SCATTER_BAD = [
    Bad(TensorScatterUpdate(), (N, ints([5]), N[:1]), InvalidArgumentError,
        r"^indices\[0\] = \[5\] does not index into shape \[3,4\]", run=True),
    Bad(TensorScatterUpdate(), (N, ints([1]), N[:2]), ValueError,
        "^Dimension 0 in both shapes must be equal"),
    Bad(TensorScatterUpdate(), (N, ints([1]), N[:2]), InvalidArgumentError,
        "^Outer dimensions of indices and update must match", run=True),
]  # fmt: skip


def rows_of_ones(indices, depth, on, off, axis=-1):
    result = np.full((*np.shape(indices), int(depth)), off, np.asarray(on).dtype)
    for place in np.ndindex(np.shape(indices)):
        if 0 <= indices[place] < depth:
            result[(*place, indices[place])] = on
    return np.moveaxis(result, -1, axis)


ENTRIES = [
    Entry(
        Where,
        [
            Sample(Where(), (YES,), np.int64([[0, 0], [0, 2], [1, 2]])),
            Sample(Where(), (ints([0, 3], [0, -1]),), np.int64([[0, 1], [1, 1]])),
            Sample(Where(), (np.float32([0, 0.5]),), np.int64([[1]])),
            Sample(Where(), (np.zeros(2, bool),), np.zeros((0, 1), np.int64)),
        ],
        [
            Bad(None, (YES, 1.0), ValueError, "^x and y must both be non-None or both be None",
                build=where),
        ],
    ),
    Entry(
        Select,
        [
            Sample(Select(), (YES, X[:, :, 0], X[:, :, 1]), chosen),
            Sample(Select(), (YES[0, :2], F, F * 2), chosen),
            Sample(Select(), (np.bool_(False), N, N + 1), N + 1),
            Sample(Select(), (YES, N[:2, :3], -N[:2, :3]), chosen),
            Sample(Select(), (YES[:, 0], HALF[0, :2], HALF[1, :2]), chosen),
            Sample(Select(), (np.zeros(0, bool), EMPTY, EMPTY), EMPTY),
        ],
        [
            Bad(Select(), (YES, N, N), ValueError,
                "^Dimension 0 in both shapes must be equal, but are 3 and 2"),
            Bad(Select(), (YES[0, :2], N, N), ValueError, "^Dimension 0 in both shapes"),
            Bad(Select(), (YES[0, :2], N, N), InvalidArgumentError,
                "^Number of batches of 'then' must match size of 'cond', but saw: 3 vs. 2",
                run=True),
            Bad(Select(), (YES, N, N), InvalidArgumentError,
                "^Inputs to operation of type Select must have the same size and shape", run=True),
        ],
    ),
    Entry(
        SelectV2,
        [
            Sample(SelectV2(), (YES, X[:, :, 0], X[0, :, 1]), chosen),
            Sample(SelectV2(), (YES[:, :1], F[0, 0, 0], F[0, :1]), chosen),
            Sample(SelectV2(), (np.bool_(True), N, N[:1]), N),
            Sample(SelectV2(), (YES[0, :2].reshape(2, 1), HALF[:1], HALF[:1]), chosen),
        ],
        [
            Bad(SelectV2(), (YES, N, N), ValueError, "^Dimensions must be equal, but are 3 and 4"),
            Bad(SelectV2(), (YES, N, N), InvalidArgumentError, "must be broadcastable", run=True),
        ],
    ),
    Entry(
        GatherV2,
        [
            gathered(X, ints(1, 0, 1)),
            gathered(X, ints([2, 0], [1, 1]), axis=1),
            gathered(F, np.int64(3), axis=2),
            gathered(F, ints(0), axis=1, batch=0),
            gathered(X, ints([1, 0], [2, 2]), axis=1, batch=1),
            gathered(X, ints([1, 0, 3], [2, 2, 0]), axis=2, batch=1),
            gathered(N, ints(2, 2)),
            gathered(HALF, ints(1)),
            gathered(F, np.zeros((0, 2), np.int32)),
            Sample(GatherV2(), (X, ints(3, 1), np.int32(-1)), X[..., [3, 1]]),
        ],
        [
            Bad(GatherV2(), (N, ints(1), np.int32(2)), ValueError,
                "^Shape must be at least rank 3 but is rank 2"),
            Bad(GatherV2(), (N[:, 0], ints(5), np.int32(0)), InvalidArgumentError,
                r"^indices\[0\] = 5 is not in \[0, 3\)", run=True),
            Bad(GatherV2(), (N, ints([1, -2]), np.int32(1)), InvalidArgumentError,
                r"^indices\[0,1\] = -2 is not in \[0, 4\)", run=True),
            Bad(GatherV2(), (N, np.int32(7), np.int32(1)), InvalidArgumentError,
                r"^indices = 7 is not in \[0, 4\)", run=True),
        ],
    ),
    Entry(
        GatherNd,
        [
            Sample(GatherNd(), (X, ints([1], [0], [1])), X[[1, 0, 1]]),
            Sample(GatherNd(), (X, ints([[1, 2], [0, 0]])), X[[[1, 0]], [[2, 0]]]),
            Sample(GatherNd(), (F, np.int64([[1, 2, 3]])), F[[1], [2], [3]]),
            Sample(GatherNd(), (N, ints(1, 2)), N[1, 2]),
            Sample(GatherNd(), (HALF, ints([2])), HALF[[2]]),
        ],
        [
            Bad(GatherNd(), (N, ints([0, 0, 0])), ValueError,
                r"^indices.shape\[-1\] must be <= params.rank, but saw indices shape: \[1,3\] and"),
            Bad(GatherNd(), (N, ints([5])), InvalidArgumentError,
                r"^indices\[0\] = \[5\] does not index into param shape \[3,4\]", run=True),
        ],
    ),
    Entry(
        ScatterNd,
        [
            Sample(ScatterNd(), (ints([1], [3], [1]), X[0], ints(4, 4)),
                   np.array([X[0, 0] * 0, X[0, 0] + X[0, 2], X[0, 0] * 0, X[0, 1]])),
            Sample(ScatterNd(), (ints([[0, 1]]), N[:1, 3:], ints(1, 2)), ints([0, 3])),
            Sample(ScatterNd(), (np.int64([[2]]), HALF[:1], np.int64([3, 4])),
                   np.array([HALF[0] * 0, HALF[0] * 0, HALF[0]])),
            Sample(ScatterNd(), (np.zeros((0, 1), np.int32), F[0, :0], ints(2, 4)),
                   np.zeros((2, 4), np.float32)),
        ],
        [
            Bad(ScatterNd(), (ints([1], [7]), N[:2], ints(4, 4)), InvalidArgumentError,
                r"^indices\[1\] = \[7\] does not index into shape \[4,4\]", run=True),
            Bad(ScatterNd(), (ints([1]), N[:2], ints(4, 4)), ValueError, "^Dimension 0 in both"),
        ],
    ),
    Entry(TensorScatterUpdate, scatter_samples(TensorScatterUpdate(), lambda a, b: b), SCATTER_BAD),
    Entry(TensorScatterAdd, scatter_samples(TensorScatterAdd(), lambda a, b: a + b)),
    Entry(TensorScatterSub, scatter_samples(TensorScatterSub(), lambda a, b: a - b)),
    Entry(
        UnsortedSegmentSum,
        unsorted_samples(UnsortedSegmentSum(), total, 0),
        [
            Bad(UnsortedSegmentSum(), (N, ints(0, 5, 1), np.int32(3)), InvalidArgumentError,
                r"^segment_ids\[1\] = 5 is out of range \[0, 3\)", run=True),
            Bad(UnsortedSegmentSum(), (N, ints(0, 1), np.int32(3)), ValueError,
                "^Dimension 0 in both shapes must be equal, but are 3 and 2"),
            Bad(UnsortedSegmentSum(), (N, ints(0, 1, 1), np.int32(-3)), ValueError,
                "^Dimension size, given by scalar input 2, must be non-negative but is -3"),
        ],
    ),
    Entry(
        UnsortedSegmentProd,
        [
            *unsorted_samples(UnsortedSegmentProd(), lambda rows: rows.prod(axis=0), 1)[:6],
            Sample(UnsortedSegmentProd(), (np.array([0.0, 2.0, 3.0]), ints(0, 0, 1), np.int32(2)),
                   np.array([0.0, 3.0]), order=1),
        ],
    ),
    Entry(
        UnsortedSegmentMax,
        [
            *extreme_samples(UnsortedSegmentMax(), lambda rows: rows.max(axis=0)),
            Sample(UnsortedSegmentMax(), (ints(4, 2), ints(0, 0), np.int32(2)), ints(4, -(2**31))),
        ],
    ),
    Entry(
        UnsortedSegmentMin,
        [
            *extreme_samples(UnsortedSegmentMin(), lambda rows: rows.min(axis=0)),
            Sample(UnsortedSegmentMin(), (ints(4, 2), ints(0, 0), np.int32(2)), ints(2, 2**31 - 1)),
        ],
    ),
    Entry(SegmentSum, sorted_samples(SegmentSum(), total), sorted_bad(SegmentSum())),
    Entry(SegmentMean, sorted_samples(SegmentMean(), mean), sorted_bad(SegmentMean())),
    Entry(
        SegmentProd,
        sorted_samples(SegmentProd(), lambda rows: rows.prod(axis=0), 1, differentiable=False),
    ),
    Entry(SegmentMax, sorted_samples(SegmentMax(), lambda rows: rows.max(axis=0))),
    Entry(SegmentMin, sorted_samples(SegmentMin(), lambda rows: rows.min(axis=0))),
    Entry(
        OneHot,
        [
            Sample(OneHot(), (ints([1, 5], [-1, 0]), np.int32(3), np.float64(1), np.float64(0)),
                   rows_of_ones, differentiate=()),
            Sample(OneHot(axis=0), (np.int64([2, 0]), np.int32(3), np.int32(7), np.int32(-1)),
                   lambda *inputs: rows_of_ones(*inputs, axis=0)),
            Sample(OneHot(axis=1), (np.uint8([[2, 0]]), np.int32(4), np.float16(1), np.float16(0)),
                   lambda *inputs: rows_of_ones(*inputs, axis=1), differentiate=()),
            Sample(OneHot(), (np.int32(1), np.int32(2), np.bool_(True), np.bool_(False)),
                   np.array([False, True])),
            Sample(OneHot(), (ints(0, 1), np.int32(0), np.float32(1), np.float32(0)),
                   np.zeros((2, 0), np.float32), differentiate=()),
        ],
        [
            Bad(None, ([1], -1), ValueError, "^Dimension size, given by scalar input 1, must be "
                "non-negative but is -1", build=one_hot),
            Bad(None, ([1], np.int32(-1)), InvalidArgumentError,
                "^depth must be non-negative, got: -1", run=True,
                build=lambda indices, depth: one_hot(indices[0], depth)),
            Bad(None, ([1], 3, 1, 0.5), TypeError, "of on_value does not match", build=one_hot),
            Bad(None, (YES, True), ValueError, "^mask cannot be scalar", build=boolean_mask),
        ],
    ),
]  # fmt: skip
