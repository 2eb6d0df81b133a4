"""Slices, padding and strided slices."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.indexing import StridedSlice, StridedSliceGrad
from flowgraph.ops.slicing import MirrorPad, MirrorPadGrad, Pad, PadV2, Slice, pad
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(12)
X = RNG.uniform(-2, 2, (2, 3, 4))
F = X.astype(np.float32)
HALF = X[0].astype(np.float16)
N = np.arange(12, dtype=np.int32).reshape(3, 4)
EMPTY = np.zeros((0, 3), np.float32)


def ints(*values, dtype=np.int32):
    return np.array(values, dtype=dtype)


def block(x, begin, size):
    """Element by element."""
    sizes = [n - b if s == -1 else s for n, b, s in zip(x.shape, begin, size, strict=True)]
    result = np.empty(sizes, x.dtype)
    for place in np.ndindex(result.shape):
        result[place] = x[tuple(int(b) + i for b, i in zip(begin, place, strict=True))]
    return result


def surrounded(x, paddings, value=0):
    result = np.full([n + a + b for n, (a, b) in zip(x.shape, paddings, strict=True)], value)
    result = result.astype(x.dtype)
    for place in np.ndindex(x.shape):
        result[tuple(i + a for i, (a, _) in zip(place, paddings, strict=True))] = x[place]
    return result


def reflected(border):
    """The element at each place of the result, found by walking back from the edge."""

    def reference(x, paddings):
        result = np.empty([n + a + b for n, (a, b) in zip(x.shape, paddings, strict=True)], x.dtype)
        for place in np.ndindex(result.shape):
            source = []
            for i, n, (before, _) in zip(place, x.shape, paddings, strict=True):
                i -= before
                if i < 0:
                    i = -i - 1 + border
                if i >= n:
                    i = 2 * n - 1 - border - i
                source.append(i)
            result[place] = x[tuple(source)]
        return result

    return reference


def folded(border):
    """The adjoint of `reflected`, by its matrix."""

    def reference(dy, paddings):
        shape = [n - a - b for n, (a, b) in zip(dy.shape, paddings, strict=True)]
        count = int(np.prod(shape))
        place = reflected(border)(np.arange(count).reshape(shape), paddings)
        result = np.zeros(count)
        np.add.at(result, place.ravel(), dy.ravel())
        return result.reshape(shape).astype(dy.dtype)

    return reference


def strided(x, key, begin, end, strides, **masks):
    return Sample(
        StridedSlice(**masks), (x, ints(*begin), ints(*end), ints(*strides)), np.array(x[key])
    )


def placed(shape, key, begin, end, strides, dy, **masks):
    expected = np.zeros(shape, dy.dtype)
    expected[key] = dy
    bounds = [ints(*shape), ints(*begin), ints(*end), ints(*strides)]
    return Sample(StridedSliceGrad(**masks), (*bounds, dy), expected)


S = np.s_
GRAD = (ints(4, 3), ints(0, 1), ints(4, 2), ints(2, 1))

ENTRIES = [
    Entry(
        Slice,
        [
            Sample(Slice(), (X, ints(0, 1, 1), ints(2, -1, 2)), block),
            Sample(Slice(), (F, ints(1, 0, 3, dtype=np.int64), ints(1, 3, 1, dtype=np.int64)),
                   block),
            Sample(Slice(), (N, ints(3, 0), ints(0, 4)), block),
            Sample(Slice(), (HALF, ints(0, 0), ints(-1, -1)), block),
            Sample(Slice(), (np.float32(2), ints(), ints()), np.float32(2)),
            Sample(Slice(), (EMPTY, ints(0, 1), ints(0, 2)), np.zeros((0, 2), np.float32)),
        ],
        [
            Bad(Slice(), (N, ints(1, 5), ints(1, -1)), ValueError,
                "^Negative dimension size caused by subtracting 5 from 4"),
            Bad(Slice(), (N, ints(1), ints(1, -1)), ValueError,
                "^Dimension 0 in both shapes must be equal, but are 1 and 2"),
            Bad(Slice(), (N, ints(1), ints(1)), ValueError, "^Shape must be rank 1 but is rank 2"),
            Bad(Slice(), (N, ints(0, 9), ints(1, 1)), InvalidArgumentError,
                r"^Expected begin\[1\] in \[0, 4\], but got 9", run=True),
            Bad(Slice(), (N, ints(1, 1), ints(3, 1)), InvalidArgumentError,
                r"^Expected size\[0\] in \[0, 2\], but got 3", run=True),
            Bad(Slice(), (N, ints(1), ints(3)), InvalidArgumentError,
                "^Expected begin and size arguments to be 1-D tensors of size 2", run=True),
        ],
    ),
    Entry(
        Pad,
        [
            Sample(Pad(), (X, ints([1, 0], [0, 2], [1, 1])), surrounded),
            Sample(Pad(), (F, np.int64([[0, 0], [0, 0], [0, 0]])), F),
            Sample(Pad(), (N, ints([0, 1], [2, 0])), surrounded),
            Sample(Pad(), (HALF, ints([0, 1], [2, 0])), surrounded),
            Sample(Pad(), (np.float32(2), np.zeros((0, 2), np.int32)), np.float32(2)),
            Sample(Pad(), (EMPTY, ints([1, 0], [0, 1])), np.zeros((1, 4), np.float32)),
        ],
        [
            Bad(Pad(), (N, ints([1, 2])), ValueError, "^Shape must be rank 1 but is rank 2"),
            Bad(Pad(), (N, ints([1, 2], [-1, 0])), ValueError, "^Paddings must be non-negative"),
            Bad(Pad(), (N, ints([1, 2])), InvalidArgumentError,
                "^The first dimension of paddings must be the rank of inputs", run=True),
            Bad(Pad(), (N, ints([1, -1], [0, 0])), InvalidArgumentError,
                "^Paddings must be non-negative: 1 -1", run=True),
            Bad(None, (N, [[0, 0], [0, 0]], "EDGE"), ValueError, "^Unknown padding mode: EDGE",
                build=pad),
        ],
    ),
    Entry(
        PadV2,
        [
            Sample(PadV2(), (X, ints([1, 0], [0, 2], [1, 1]), np.float64(3)), surrounded,
                   differentiate=(0,)),
            Sample(PadV2(), (N, ints([1, 0], [0, 2]), np.int32(-7)), surrounded),
            Sample(PadV2(), (HALF, ints([1, 0], [0, 2]), np.float16(2)), surrounded,
                   differentiate=(0,)),
            Sample(PadV2(), (EMPTY, ints([1, 0], [0, 1]), np.float32(2)),
                   np.full((1, 4), 2, np.float32), differentiate=(0,)),
        ],
        [
            Bad(PadV2(), (N, ints([1, 2], [-1, 0]), np.int32(0)), ValueError,
                "^Paddings must be non-negative"),
        ],
    ),
    Entry(
        MirrorPad,
        [
            Sample(MirrorPad(mode="REFLECT"), (X, ints([1, 0], [0, 2], [3, 1])), reflected(1)),
            Sample(MirrorPad(mode="SYMMETRIC"), (X, ints([2, 1], [0, 3], [4, 1])), reflected(0)),
            Sample(MirrorPad(mode="SYMMETRIC"), (N, np.int64([[2, 0], [0, 1]])), reflected(0)),
            Sample(MirrorPad(mode="REFLECT"), (HALF, ints([1, 0], [0, 2])), reflected(1)),
        ],
        [
            Bad(MirrorPad(mode="REFLECT"), (N, ints([3, 0], [0, 0])), InvalidArgumentError,
                "^paddings must be less than the dimension size: 3, 0 not less than 3", run=True),
            Bad(MirrorPad(mode="SYMMETRIC"), (N, ints([4, 0], [0, 0])), InvalidArgumentError,
                "^paddings must be no greater than the dimension size: 4, 0 greater than 3",
                run=True),
        ],
    ),
    Entry(
        MirrorPadGrad,
        [
            Sample(MirrorPadGrad(mode="REFLECT"), (X[0], ints([1, 0], [0, 1])), folded(1)),
            Sample(MirrorPadGrad(mode="SYMMETRIC"), (X, ints([1, 0], [1, 1], [0, 2])), folded(0)),
            Sample(MirrorPadGrad(mode="SYMMETRIC"), (F, np.int64([[0, 1], [0, 0], [0, 0]])),
                   folded(0)),
        ],
        [
            Bad(MirrorPadGrad(mode="REFLECT"), (N, ints([2, 0], [0, 0])), InvalidArgumentError,
                "^paddings must be less than the output dimension size: 2, 0", run=True),
        ],
    ),
    Entry(
        StridedSlice,
        [
            strided(X, S[1], (1,), (2,), (1,), shrink_axis_mask=1),
            strided(X, S[:, 1], (0, 1), (0, 2), (1, 1), begin_mask=1, end_mask=1,
                    shrink_axis_mask=2),
            strided(F, S[::-1, :, ::2], (0, 0, 0), (0, 0, 0), (-1, 1, 2), begin_mask=7, end_mask=7),
            strided(F, S[..., 1:-1], (0, 1), (0, -1), (1, 1), ellipsis_mask=1),
            strided(F, S[None, ..., 2, None], (0, 0, 2, 0), (0, 0, 3, 0), (1, 1, 1, 1),
                    new_axis_mask=9, ellipsis_mask=2, shrink_axis_mask=4),
            strided(F, S[1, -1, 0], (1, -1, 0), (2, 0, 1), (1, 1, 1), shrink_axis_mask=7),
            strided(N, S[5:0:-2, -9:9:3], (5, -9), (0, 9), (-2, 3)),
            strided(N, S[2:1], (2,), (1,), (1,)),
            strided(HALF, S[1:], (1,), (0,), (1,), end_mask=1),
            strided(N, S[:], (), (), ()),
            strided(EMPTY, S[:, 1], (0, 1), (0, 2), (1, 1), begin_mask=1, end_mask=1,
                    shrink_axis_mask=2),
        ],
        [
            Bad(StridedSlice(shrink_axis_mask=1), (N, ints(7), ints(8), ints(1)), ValueError,
                "^slice index 7 of dimension 0 out of bounds"),
            Bad(StridedSlice(), (N, ints(0), ints(8), ints(0)), ValueError,
                r"^strides\[0\] must be non-zero"),
            Bad(StridedSlice(ellipsis_mask=3), (N, ints(0, 0), ints(0, 0), ints(1, 1)),
                ValueError, "^Multiple ellipses in slice spec not allowed"),
            Bad(StridedSlice(), (N, ints(0, 0, 0), ints(1, 1, 1), ints(1, 1, 1)), ValueError,
                "^Index out of range using input dim 2; input has only 2 dims"),
            Bad(StridedSlice(shrink_axis_mask=1), (N, ints(1), ints(2), ints(-1)), ValueError,
                "^only stride 1 allowed on non-range indexing"),
            Bad(StridedSlice(shrink_axis_mask=1), (N, ints(7), ints(8), ints(1)),
                InvalidArgumentError, "^slice index 7 of dimension 0 out of bounds", run=True),
            Bad(StridedSlice(), (N, ints(0), ints(8), ints(0)), InvalidArgumentError,
                r"^strides\[0\] must be non-zero", run=True),
        ],
    ),
    Entry(
        StridedSliceGrad,
        [
            placed((4, 3), S[::2, 1], (0, 1), (4, 2), (2, 1), X[0, 0, :2], shrink_axis_mask=2),
            placed((3,), S[::-1], (0,), (0,), (-1,), X[0, :, 0], begin_mask=1, end_mask=1),
            placed((2, 3, 4), S[..., None, 1:2], (0, 0, 1), (0, 0, 2), (1, 1, 1),
                   F[:, :, None, :1], ellipsis_mask=1, new_axis_mask=2),
            placed((4,), S[1], (1,), (2,), (1,), np.int32(5), shrink_axis_mask=1),
            placed((0, 3), S[:, 1:], (0, 1), (0, 3), (1, 1), EMPTY[:, 1:], begin_mask=1,
                   end_mask=1),
        ],
        [
            Bad(StridedSliceGrad(shrink_axis_mask=2), (*GRAD, F[0, :, 0]), InvalidArgumentError,
                r"^shape of dy was \[3\] instead of \[2\]", run=True),
        ],
    ),
]  # fmt: skip
