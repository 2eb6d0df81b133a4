"""What the suite checks of ops that move, join, fill and pick elements of sparse tensors."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.sparse_joining import SparseConcat, SparseSlice, SparseSliceGrad, SparseSplit
from flowgraph.ops.sparse_order import SparseReorder
from flowgraph.ops.sparse_rows import SparseFillEmptyRows, SparseFillEmptyRowsGrad
from flowgraph.ops.sparse_shapes import SparseReshape
from tests.conformance.entry import Bad, Entry, Sample

AT = np.array([[0, 1], [2, 0]], np.int64)
J = np.array([[0, 0], [2, 0]], np.int64)
V = np.array([1.5, -2.0], np.float32)
S = np.array([3, 2], np.int64)
NONE = np.zeros((0, 2), np.int64)
WIDE = np.array([[0, 1], [1, 0], [2, 2], [2, 4]], np.int64)
FOUR = np.array([1.0, 2.0, 3.0, 4.0])
WORDS = np.array([b"a", b"b"], object)


def dictionary(indices, values):
    return {tuple(map(int, i)): v for i, v in zip(indices, values, strict=True)}


def listed(elements, rank, dtype):
    """The parts of a sparse tensor with the given elements, in order."""
    places = sorted(elements)
    indices = np.array(places, np.int64).reshape(len(places), rank)
    return indices, np.array([elements[place] for place in places], dtype)


def reordered(indices, values, sizes):
    return listed(dictionary(indices, values), len(sizes), values.dtype)


def reshaped(indices, sizes, new):
    numbers = np.arange(np.prod(sizes)).reshape(sizes)
    target = numbers.reshape(new)
    moved = [np.argwhere(target == numbers[tuple(place)])[0] for place in indices]
    return np.array(moved, np.int64).reshape(-1, target.ndim), np.array(target.shape, np.int64)


def concatenated(axis):
    def of(indices, values, shapes):
        elements, start = {}, 0
        for places, parts, sizes in zip(indices, values, shapes, strict=True):
            for place, value in dictionary(places, parts).items():
                moved = list(place)
                moved[axis] += start
                elements[tuple(moved)] = value
            start += int(sizes[axis])
        total = np.array(shapes[0])
        total[axis] = start
        return (*listed(elements, len(total), values[0].dtype), total)

    return of


def boxed(indices, values, sizes, start, size):
    end = np.minimum(start + size, sizes)
    inside = {
        tuple(np.array(place) - start): value
        for place, value in dictionary(indices, values).items()
        if (np.array(place) >= start).all() and (np.array(place) < end).all()
    }
    return (*listed(inside, len(sizes), values.dtype), np.maximum(end - start, 0))


def split(count):
    def of(axis, indices, values, sizes):
        bounds = [len(part) for part in np.array_split(np.arange(sizes[axis]), count)]
        starts = np.cumsum([0, *bounds])
        pieces = []
        for start, length in zip(starts[:-1], bounds, strict=True):
            first, extent = np.zeros_like(sizes), sizes.copy()
            first[axis], extent[axis] = start, length
            pieces.append(boxed(indices, values, sizes, first, extent))
        return [part for column in zip(*pieces, strict=True) for part in column]

    return of


def filled(indices, values, sizes, default):
    rows = [[] for _ in range(sizes[0])]
    for i, place in enumerate(indices):
        rows[place[0]].append(i)
    places, elements, came_to, empty = [], [], np.zeros(len(indices), np.int64), []
    for row, members in enumerate(rows):
        empty.append(not members)
        for i in members:
            came_to[i] = len(places)
            places.append(indices[i])
            elements.append(values[i])
        if not members:
            places.append([row] + [0] * (len(sizes) - 1))
            elements.append(default)
    return np.array(places), np.array(elements, values.dtype), np.array(empty), came_to


def sent_back(places, dy):
    return dy[places], dy.sum() - dy[places].sum()


def refused(op, *inputs, match):
    return Bad(op, inputs, InvalidArgumentError, match, run=True)


ENTRIES = [
    Entry(
        SparseReorder,
        [
            Sample(SparseReorder(), (AT[::-1].copy(), V, S), reordered),
            Sample(SparseReorder(), (WIDE[[3, 0, 2, 1]], FOUR, np.array([3, 5])), reordered),
            Sample(SparseReorder(), (AT[::-1].copy(), WORDS, S), reordered),
            Sample(SparseReorder(), (NONE, V[:0], S), (NONE, V[:0])),
        ],
        [
            Bad(
                SparseReorder(),
                (AT[0], V, S),
                ValueError,
                "^Shape must be rank 2 but is rank 1",
            ),
            refused(SparseReorder(), AT[0], V, S, match="^Input indices should be a matrix"),
            refused(SparseReorder(), AT, V[:1], S, match="^indices and values rows"),
            refused(SparseReorder(), AT + 5, V, S, match=r"^indices\[0\] = \[5,6\] is out of"),
        ],
    ),
    Entry(
        SparseReshape,
        [
            Sample(SparseReshape(), (AT, S, np.array([2, 3])), reshaped),
            Sample(SparseReshape(), (AT, S, np.array([2, -1])), reshaped),
            Sample(SparseReshape(), (AT, S, np.array([1, 6, 1])), reshaped),
            Sample(SparseReshape(), (NONE, S, np.array([6])), reshaped),
        ],
        [
            refused(
                SparseReshape(),
                AT,
                S,
                np.array([5]),
                match="^Input to reshape is a tensor with 6 dense values, but the requested shape "
                r"has 5. input_shape=\[3,2\] output_shape=\[5\]",
            ),
            refused(
                SparseReshape(),
                AT,
                S,
                np.array([4, -1]),
                match="^Input to reshape is a SparseTensor with 6 dense values, but the requested "
                "shape requires a multiple of 4",
            ),
            refused(
                SparseReshape(),
                AT,
                S,
                np.array([-1, -1]),
                match="^only one output dimension may be -1, not both 0 and 1",
            ),
            refused(
                SparseReshape(),
                AT,
                S,
                np.array([-2, -3]),
                match="^size 0 must be non-negative, not -2",
            ),
        ],
    ),
    Entry(
        SparseConcat,
        [
            Sample(SparseConcat(concat_dim=0), ([AT, J], [V, V], [S, S]), concatenated(0)),
            Sample(SparseConcat(concat_dim=-1), ([AT, J], [V, V], [S, S]), concatenated(-1)),
            Sample(
                SparseConcat(concat_dim=1),
                ([AT, NONE], [WORDS, WORDS[:0]], [S, np.array([3, 4])]),
                concatenated(1),
            ),
        ],
        [
            Bad(
                SparseConcat(concat_dim=0),
                ([AT, J], [V, V], [S, np.array([2, 3, 4])]),
                ValueError,
                "^Dimension 0 in both shapes must be equal, but are 2 and 3",
            ),
            refused(
                SparseConcat(concat_dim=2),
                [AT, J],
                [V, V],
                [S, S],
                match=r"^Concat dimension must be in range \[-2, 2\), got 2",
            ),
            refused(
                SparseConcat(concat_dim=0),
                [AT, J],
                [V, V],
                [S, np.array([3, 4])],
                match="^Input shapes must match: expected 2 for dimension 1 but got 4",
            ),
            refused(
                SparseConcat(concat_dim=0),
                [AT[0], J],
                [V, V],
                [S, S],
                match=r"^Input indices should be a matrix but received shape \[2\] at position 0",
            ),
        ],
    ),
    Entry(
        SparseSplit,
        [
            Sample(SparseSplit(2), (np.int64(1), WIDE, FOUR, np.array([3, 5])), split(2)),
            Sample(SparseSplit(3), (np.int64(1), WIDE, FOUR, np.array([3, 5])), split(3)),
            Sample(SparseSplit(1), (np.int64(0), AT, WORDS, S), split(1)),
        ],
        [
            refused(
                SparseSplit(2),
                np.int64(2),
                AT,
                V,
                S,
                match=r"^Input split_dim should be between 0 and rank \(2\), got 2",
            ),
            refused(
                SparseSplit(9),
                np.int64(1),
                AT,
                V,
                S,
                match=r"^Input num_split should be between 1 and the splitting dimension size \(2",
            ),
        ],
    ),
    Entry(
        SparseSlice,
        [
            Sample(
                SparseSlice(),
                (WIDE, FOUR, np.array([3, 5]), np.array([1, 1]), np.array([2, 2])),
                boxed,
            ),
            Sample(
                SparseSlice(),
                (WIDE, FOUR, np.array([3, 5]), np.array([1, 0]), np.array([9, 9])),
                boxed,
            ),
            Sample(
                SparseSlice(),
                (AT, V, S, np.array([5, 9]), np.array([1, 1])),
                boxed,
                differentiate=(),
            ),
        ],
        [refused(SparseSlice(), AT, V, S, S[:1], S, match="^Expected start to be a vector of le")],
    ),
    Entry(
        SparseSliceGrad,
        [
            Sample(
                SparseSliceGrad(),
                (np.array([7.0, 8.0]), WIDE, np.array([1, 0]), np.array([[0, 0], [1, 2]])),
                np.array([0.0, 7.0, 8.0, 0.0]),
                differentiate=(),
            ),
            Sample(
                SparseSliceGrad(),
                (np.zeros(0, np.int32), WIDE, np.array([1, 0]), NONE),
                np.zeros(4, np.int32),
            ),
        ],
        [
            refused(
                SparseSliceGrad(),
                FOUR,
                WIDE,
                np.array([1, 0]),
                NONE,
                match="^# elements of backprop_val_grad and # rows of output_indices should match",
            )
        ],
    ),
    Entry(
        SparseFillEmptyRows,
        [
            Sample(
                SparseFillEmptyRows(),
                (np.array([[0, 1], [3, 0], [0, 0]]), FOUR[:3], np.array([5, 2]), np.float64(9)),
                filled,
            ),
            Sample(SparseFillEmptyRows(), (AT[::-1].copy(), V, S, np.float32(0.5)), filled),
            Sample(SparseFillEmptyRows(), (AT, np.array([4, 5]), S, np.int64(7)), filled),
            Sample(
                SparseFillEmptyRows(),
                (NONE, V[:0], np.array([0, 2]), np.float32(1)),
                (NONE, V[:0], np.zeros(0, bool), np.zeros(0, np.int64)),
                differentiate=(),
            ),
        ],
        [
            refused(
                SparseFillEmptyRows(),
                AT + np.array([3, 0]),
                V,
                S,
                np.float32(1),
                match=r"^indices\(0, 0\) is invalid: 3 >= 3",
            ),
            refused(
                SparseFillEmptyRows(),
                AT,
                V,
                S,
                V,
                match=r"^default_value must be a scalar, saw: \[2\]",
            ),
            refused(
                SparseFillEmptyRows(),
                AT,
                V,
                np.array([0, 2]),
                np.float32(1),
                match=r"^Received SparseTensor with dense_shape\[0\] = 0 but indices.shape",
            ),
        ],
    ),
    Entry(
        SparseFillEmptyRowsGrad,
        [
            Sample(
                SparseFillEmptyRowsGrad(), (np.array([0, 2]), FOUR), sent_back, differentiate=()
            ),
            Sample(
                SparseFillEmptyRowsGrad(), (np.array([1]), np.array([3, 4], np.int32)), sent_back
            ),
        ],
        [
            refused(
                SparseFillEmptyRowsGrad(),
                np.array([0, 12]),
                FOUR,
                match=r"^Elements in reverse index must be in \[0, 4\) but got 12",
            )
        ],
    ),
]
