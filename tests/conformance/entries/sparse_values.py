"""What the suite checks of arithmetic and reductions of sparse tensors, and of sampled rows."""

import numpy as np
import scipy.special

from flowgraph.ops import sparse_elementwise as elementwise
from flowgraph.ops import sparse_reduction as reduction
from flowgraph.ops import sparse_segments as segments
from tests.conformance.entries.sparse_structure import (
    AT,
    FOUR,
    NONE,
    J,
    S,
    V,
    dictionary,
    listed,
    refused,
)
from tests.conformance.entry import Bad, Entry, Sample

W = np.array([5.0, 2.5], np.float32)
DENSE = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
THREE = np.array([[0, 1], [2, 0], [2, 1]], np.int64)
FLOATS = np.array([1.0, 2.0, -3.0])


def combined(function, keep=lambda value: True):
    def of(a, x, m, b, y, n, *rest):
        left, right = dictionary(a, x), dictionary(b, y)
        found = {p: function(left.get(p, 0), right.get(p, 0)) for p in {*left, *right}}
        kept = {place: value for place, value in found.items() if keep(value)}
        parts = listed(kept, len(m), x.dtype)
        return (*parts, m) if rest else parts

    return of


def added(threshold):
    return combined(lambda p, q: p + q, lambda value: abs(value) >= threshold)


def arrived(dy, a, b, total):
    sums = dictionary(total, dy)
    return tuple(
        np.array([sums.get(tuple(place), 0) for place in rows.tolist()], dy.dtype)
        for rows in (a, b)
    )


def beside(function):
    def of(indices, values, sizes, dense):
        there = np.broadcast_to(dense, tuple(sizes))
        pairs = [(v, there[tuple(i)]) for i, v in zip(indices, values, strict=True)]
        return np.array([function(p, q) for p, q in pairs], values.dtype)

    return of


def reduced(op, function):
    def of(indices, values, sizes, axes):
        axes = {int(a) % len(sizes) for a in np.ravel(axes)}
        groups = {}
        for place, value in dictionary(indices, values).items():
            key = tuple(
                0 if i in axes else n for i, n in enumerate(place) if op.keep_dims or i not in axes
            )
            groups.setdefault(key, []).append(value)
        kept = [1 if i in axes else n for i, n in enumerate(sizes) if op.keep_dims or i not in axes]
        results = {key: function(group) for key, group in groups.items()}
        if op.type.endswith("Sparse"):
            return (*listed(results, len(kept), values.dtype), np.array(kept, np.int64))
        dense = np.zeros(kept, values.dtype)
        for key, value in results.items():
            dense[key] = value
        return dense

    return of


def reductions(kind, function):
    axes = [np.int32([1]), np.int32(0), np.int32([0, 1]), np.int32([-1]), np.int32([])]
    ops = [kind(keep_dims=keep) for keep in (False, True)]
    return [
        *[
            Sample(op, (THREE, FLOATS, S, axis), reduced(op, function))
            for op in ops
            for axis in axes
        ],
        Sample(
            ops[0],
            (THREE[::-1].copy(), np.array([4, 5, 6], np.int32), S, axes[0]),
            reduced(ops[0], function),
        ),
        Sample(ops[0], (NONE, FLOATS[:0], S, axes[0]), reduced(ops[0], function), differentiate=()),
    ]


def bad_reduction(op):
    return [
        refused(
            op, THREE, FLOATS, S, np.int32([2]),
            match="^Invalid reduction dimension 2, for input with 2 dimensions.",
        ),
        refused(op, THREE, FLOATS[:2], S, np.int32([1]), match="^indices and values rows"),
    ]  # fmt: skip


def row_softmax(indices, values, sizes):
    result = np.zeros_like(values)
    rows = [tuple(row) for row in indices[:, :-1].tolist()]
    for row in set(rows):
        members = [i for i, r in enumerate(rows) if r == row]
        result[members] = scipy.special.softmax(values[members])
    return result


TABLE = np.random.default_rng(3).normal(size=(4, 2))
PICKS, IDS = np.int32([0, 1, 1, 3]), np.int32([0, 0, 2, 2])


def by_segment(power):
    def of(data, indices, ids, count=None):
        rows = [data[indices[ids == i]] for i in range(ids[-1] + 1 if count is None else count)]
        return np.array([r.sum(0) / max(len(r), 1) ** power for r in rows], data.dtype)

    return of


def segment_entry(kind, power, count=None):
    more = () if count is None else (np.int32(count),)
    wide = () if count is None else (np.int64(count),)
    samples = [
        Sample(kind(), (TABLE, PICKS, IDS, *more), by_segment(power)),
        Sample(
            kind(),
            (TABLE.astype(np.float32), PICKS.astype("i8"), IDS.astype("i8"), *wide),
            by_segment(power),
        ),
    ]
    if power == 0:
        whole = np.arange(8, dtype=np.int32).reshape(4, 2)
        samples.append(Sample(kind(), (whole, PICKS, IDS, *more), by_segment(0)))
    return Entry(
        kind,
        samples,
        [
            refused(
                kind(), TABLE, PICKS + 1, IDS, *more,
                match=r"^Bad: indices\[3\] == 4 out of range \[0, 4\)",
            ),
            refused(
                kind(), TABLE, PICKS, IDS[::-1].copy(), *more,
                match="^segment ids (are not increasing|must be < num_segments)",
            ),
            refused(
                kind(), TABLE, PICKS[:2], IDS, *more,
                match="^segment_ids and indices should have same size.",
            ),
            Bad(kind(), (TABLE, PICKS[:2], IDS, *more), ValueError, "^Dimension 0 in both shapes"),
        ],
    )  # fmt: skip


def returned(power):
    def of(grad, indices, ids, rows):
        counts = np.maximum(np.bincount(ids, minlength=len(grad)), 1) ** power
        result = np.zeros((rows, grad.shape[1]), grad.dtype)
        for index, i in zip(indices, ids, strict=True):
            result[index] += grad[i] / counts[i]
        return result

    return of


def segment_grad_entry(kind, power):
    return Entry(
        kind,
        [
            Sample(kind(), (TABLE[:3], PICKS, IDS, np.int32(5)), returned(power)),
            Sample(
                kind(), (TABLE[:3].astype(np.float32), PICKS, IDS, np.int32(4)), returned(power)
            ),
        ],
        [
            refused(
                kind(), TABLE[:3], PICKS, IDS, np.int32(3),
                match=r"^Index 3 out of range \[0, 3\).",
            ),
            refused(
                kind(), TABLE[:2], PICKS, IDS, np.int32(4),
                match=r"^Segment id 2 out of range \[0, 2\).",
            ),
        ],
    )  # fmt: skip


WIDER = (AT, V.astype("f8"), S)
PAIR_64 = (*WIDER, J, W.astype("f8"), S)
WRONG_SHAPES = [
    (
        (AT[0], V, S, J, W, S),
        r"^Input(s a_indices and b_indices| indices) should be matrices but received shapes: \[2\]",
    ),
    ((AT, V[:1], S, J, W, S), "^Expected 2 and 2 non-empty input values, got 1 and 2"),
    ((AT, V, np.array([4, 2]), J, W, S), "^Operands' shapes do not match: got 4 and 3"),
    (
        (AT, V, np.array([1, 2, 3]), J, W, S),
        "^Operands do not have the same ranks; got shapes",
    ),
]


def bad_pairs(op, *more):
    return [refused(op, *inputs, *more, match=match) for inputs, match in WRONG_SHAPES]


def beside_entry(kind, function):
    return Entry(
        kind,
        [
            Sample(kind(), (AT, V, S, DENSE), beside(function), differentiate=()),
            Sample(kind(), (AT, V, S, DENSE[:1]), beside(function), differentiate=()),
            Sample(kind(), (AT, V, S, DENSE[0]), beside(function), differentiate=()),
            Sample(kind(), (*WIDER, np.float64(4)), beside(function), differentiate=()),
            *(
                []
                if kind is elementwise.SparseDenseCwiseAdd
                else [
                    Sample(kind(), (*WIDER, dense.astype("f8")), beside(function), order=1)
                    for dense in (DENSE, DENSE[:1], DENSE[:, :1])
                ]
            ),
        ],
        [
            refused(
                kind(), AT, V, S, FOUR[:3].astype("f4"),
                match="^SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompat",
            ),
            refused(
                kind(), AT + 9, V, S, DENSE, match="^Provided indices are out-of-bounds w.r.t."
            ),
        ],
    )  # fmt: skip


ENTRIES = [
    Entry(
        elementwise.SparseAdd,
        [
            Sample(elementwise.SparseAdd(), (*PAIR_64, np.float64(0)), added(0)),
            Sample(elementwise.SparseAdd(), (AT, V, S, J, W, S, np.float32(1)), added(1)),
            Sample(
                elementwise.SparseAdd(),
                (AT, np.int32([1, 2]), S, J, np.int32([3, -2]), S, np.int32(0)),
                added(0),
            ),
            Sample(
                elementwise.SparseAdd(),
                (NONE, V[:0], S, J, W, S, np.float32(0)),
                added(0),
                differentiate=(),
            ),
        ],
        [
            *bad_pairs(elementwise.SparseAdd(), np.float32(0)),
            refused(
                elementwise.SparseAdd(),
                AT,
                V,
                S,
                J,
                W,
                S,
                V,
                match=r"^The magnitude threshold must be a scalar: got shape \[2\]",
            ),
        ],
    ),
    Entry(
        elementwise.SparseAddGrad,
        [
            Sample(
                elementwise.SparseAddGrad(),
                (FLOATS, AT, J, np.array([[0, 0], [0, 1], [2, 0]])),
                arrived,
                differentiate=(),
            ),
            Sample(
                elementwise.SparseAddGrad(),
                (FLOATS[:1], AT, J, np.array([[0, 1]])),
                arrived,
                differentiate=(),
            ),
        ],
        [
            refused(
                elementwise.SparseAddGrad(),
                FLOATS,
                AT,
                J,
                AT,
                match=r"^# elements of backprop_val_grad and # rows of sum_indices should match",
            )
        ],
    ),
    Entry(
        elementwise.SparseSparseMaximum,
        [
            Sample(elementwise.SparseSparseMaximum(), (AT, V, S, J, W, S), combined(max)),
            Sample(
                elementwise.SparseSparseMaximum(),
                (AT, np.int64([-1, 2]), S, NONE, np.zeros(0, np.int64), S),
                combined(max),
            ),
        ],
        bad_pairs(elementwise.SparseSparseMaximum()),
    ),
    Entry(
        elementwise.SparseSparseMinimum,
        [Sample(elementwise.SparseSparseMinimum(), PAIR_64, combined(min))],
        bad_pairs(elementwise.SparseSparseMinimum()),
    ),
    beside_entry(elementwise.SparseDenseCwiseAdd, lambda p, q: p + q),
    beside_entry(elementwise.SparseDenseCwiseMul, lambda p, q: p * q),
    beside_entry(elementwise.SparseDenseCwiseDiv, lambda p, q: p / q),
    *[
        Entry(kind, reductions(kind, function), bad_reduction(kind()))
        for kind, function in (
            (reduction.SparseReduceSum, sum),
            (reduction.SparseReduceMax, max),
            (reduction.SparseReduceSumSparse, sum),
            (reduction.SparseReduceMaxSparse, max),
        )
    ],
    Entry(
        reduction.SparseSoftmax,
        [
            Sample(reduction.SparseSoftmax(), (THREE, FLOATS, S), row_softmax),
            Sample(
                reduction.SparseSoftmax(),
                (np.array([[0, 0, 1], [0, 1, 0], [0, 1, 2]]), FLOATS, np.array([2, 2, 3])),
                row_softmax,
            ),
            Sample(reduction.SparseSoftmax(), (THREE, FLOATS.astype("f4"), S), row_softmax),
        ],
        [
            refused(
                reduction.SparseSoftmax(),
                THREE[:, :1],
                FLOATS,
                S[:1],
                match="^Input should have rank >= 2, but received shape: 3",
            )
        ],
    ),
    segment_entry(segments.SparseSegmentSum, 0),
    segment_entry(segments.SparseSegmentMean, 1),
    segment_entry(segments.SparseSegmentSqrtN, 0.5),
    segment_entry(segments.SparseSegmentSumWithNumSegments, 0, 5),
    segment_entry(segments.SparseSegmentMeanWithNumSegments, 1, 5),
    segment_entry(segments.SparseSegmentSqrtNWithNumSegments, 0.5, 5),
    segment_grad_entry(segments.SparseSegmentMeanGrad, 1),
    segment_grad_entry(segments.SparseSegmentSqrtNGrad, 0.5),
]
