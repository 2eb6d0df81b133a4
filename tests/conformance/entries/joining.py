"""Stacking, joining and splitting."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.core import placeholder
from flowgraph.ops.joining import ConcatOffset, ConcatV2, Split, SplitV, split
from flowgraph.ops.packing import Pack, Unpack, unstack
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(13)
X = RNG.uniform(-2, 2, (2, 3, 4))
F = X.astype(np.float32)
HALF = X[0].astype(np.float16)
N = np.arange(12, dtype=np.int32).reshape(3, 4)
EMPTY = np.zeros((0, 3), np.float32)


def ints(*values, dtype=np.int32):
    return np.array(values, dtype=dtype)


def pieces(x, sizes, axis):
    """Rows of the moved axis, counted off one by one."""
    rows = iter(np.moveaxis(x, axis, 0))
    empty = np.moveaxis(x, axis, 0)[:0]
    parts = [[next(rows) for _ in range(n)] for n in sizes]
    return tuple(np.moveaxis(np.array(p, x.dtype) if p else empty, 0, axis) for p in parts)


def split_of(x, count, axis):
    expected = pieces(x, [x.shape[axis] // count] * count, axis)
    return Sample(Split(num_split=count), (np.int32(axis), x), expected)


def split_by(x, sizes, axis, given=None):
    inputs = (x, ints(*(given or sizes)), np.int32(axis))
    return Sample(SplitV(num_split=len(sizes)), inputs, pieces(x, sizes, axis))


ENTRIES = [
    Entry(
        Pack,
        [
            Sample(Pack(), ([X, X * 2],), lambda v: np.array(v)),
            Sample(Pack(axis=1), ([F, F, F * 3],), lambda v: np.moveaxis(np.array(v), 0, 1)),
            Sample(Pack(axis=-1), ([N, N + 1],), lambda v: np.moveaxis(np.array(v), 0, -1)),
            Sample(Pack(), ([np.int32(1), np.int32(5)],), ints(1, 5)),
            Sample(Pack(axis=-1), ([HALF],), HALF[..., None]),
            Sample(Pack(), ([EMPTY, EMPTY],), np.zeros((2, 0, 3), np.float32)),
        ],
        [
            Bad(Pack(), ([F, F[:1]],), ValueError,
                "^Dimension 0 in both shapes must be equal, but are 2 and 1. Shapes are"),
            Bad(Pack(axis=4), ([F[0], F[0]],), ValueError, r"^axis = 4 not in \[-3, 3\)"),
            Bad(Pack(), ([F, F[:1]],), InvalidArgumentError,
                r"^Shapes of all inputs must match: values\[0\].shape = \[2,3,4\] != "
                r"values\[1\].shape = \[1,3,4\]", run=True),
        ],
    ),
    Entry(
        Unpack,
        [
            Sample(Unpack(num=2), (X,), (X[0], X[1])),
            Sample(Unpack(num=3, axis=1), (F,), tuple(F[:, i] for i in range(3))),
            Sample(Unpack(num=4, axis=-1), (N,), tuple(N[:, i] for i in range(4))),
            Sample(Unpack(num=1), (HALF[:1],), (HALF[0],)),
            Sample(Unpack(num=3, axis=1), (EMPTY,), (EMPTY[:, 0],) * 3),
        ],
        [
            Bad(Unpack(num=3), (X,), ValueError, "^Dimension must be 3 but is 2"),
            Bad(Unpack(num=3, axis=3), (X,), ValueError, r"^Invalid axis: 3; must be in \[-3,3\)"),
            Bad(Unpack(num=3), (X,), InvalidArgumentError,
                "^Input shape axis 0 must equal 3, got shape", run=True),
            Bad(None, (), ValueError, r"^Cannot infer num from shape \(\?, 3\)",
                build=lambda: unstack(placeholder("float32", [None, 3]))),
        ],
    ),
    Entry(
        ConcatV2,
        [
            Sample(ConcatV2(), ([X, X[:1] * 2], np.int32(0)), lambda v, a: np.vstack(v)),
            Sample(ConcatV2(), ([F, F[..., :2], F], np.int32(-1)), lambda v, a: np.dstack(v)),
            Sample(ConcatV2(), ([N, N[:, :0]], np.int64(1)), N),
            Sample(ConcatV2(), ([HALF, HALF], np.int32(1)), lambda v, a: np.hstack(v)),
            Sample(ConcatV2(), ([EMPTY, F[0, :, :3]], np.int32(0)), F[0, :, :3]),
        ],
        [
            Bad(ConcatV2(), ([F, F[..., :2]], np.int32(0)), ValueError,
                "^Dimension 1 in both shapes must be equal, but are 4 and 2"),
            Bad(ConcatV2(), ([F, F[0]], np.int32(0)), ValueError,
                "^Shape must be rank 3 but is rank 2"),
            Bad(ConcatV2(), ([F, F], np.int32(5)), ValueError,
                "^Shape must be at least rank 6 but is rank 3"),
            Bad(ConcatV2(), ([np.float32(1), np.float32(2)], np.int32(0)), ValueError,
                "^Can't concatenate scalars"),
            Bad(ConcatV2(), ([N[:2, :3], N[:2]], np.int32(0)), InvalidArgumentError,
                r"^ConcatOp : Dimensions of inputs should match: shape\[0\] = \[2,3\] vs. "
                r"shape\[1\] = \[2,4\]", run=True),
            Bad(ConcatV2(), ([F, F[0]], np.int32(0)), InvalidArgumentError,
                "^ConcatOp : Ranks of all input tensors should match", run=True),
            Bad(ConcatV2(), ([F, F], np.int32(4)), InvalidArgumentError,
                r"^ConcatOp : Expected concatenating dimensions in the range \[-3, 3\), but got 4",
                run=True),
        ],
    ),
    Entry(
        ConcatOffset,
        [
            Sample(ConcatOffset(), (np.int32(1), [ints(2, 3), ints(2, 4), ints(2, 1)]),
                   (ints(0, 0), ints(0, 3), ints(0, 7))),
            Sample(ConcatOffset(), (np.int32(-2), [ints(2, 3), ints(5, 3)]),
                   (ints(0, 0), ints(2, 0))),
        ],
        [
            Bad(ConcatOffset(), (np.int32(0), [ints(2, 3), ints(2, 4)]), InvalidArgumentError,
                r"^All dimensions except 0 must match. Input 1 has shape \[2 4\] and doesn't match "
                r"input 0 with shape \[2 3\]", run=True),
        ],
    ),
    Entry(
        Split,
        [
            split_of(X, 2, 0),
            split_of(F, 2, -1),
            split_of(N, 3, 0),
            split_of(HALF, 1, 1),
            split_of(EMPTY, 3, 1),
        ],
        [
            Bad(Split(num_split=2), (np.int32(1), F), ValueError,
                "^Dimension size must be evenly divisible by 2 but is 3"),
            Bad(Split(num_split=2), (np.int32(5), F), ValueError,
                r"^Dimension size, given by scalar input 5 must be in range \[-3, 3\)"),
            Bad(Split(num_split=2), (np.int32(1), F), InvalidArgumentError,
                r"^Number of ways to split should evenly divide the split dimension, but got "
                r"split_dim 1 \(size = 3\) and num_split 2", run=True),
            Bad(Split(num_split=2), (np.int32(5), F), InvalidArgumentError,
                r"^-input rank\(-3\) <= split_dim < input rank \(3\), but got 5", run=True),
            Bad(None, (F,), ValueError, "^Rank-0 tensors are not supported",
                build=lambda x: split(x, placeholder("int32", []))),
        ],
    ),
    Entry(
        SplitV,
        [
            split_by(X, (1, 2), 1),
            split_by(F, (1, 3), 2, given=(1, -1)),
            split_by(N, (0, 4), -1),
            split_by(HALF, (3,), 0),
        ],
        [
            Bad(SplitV(num_split=2), (F, ints(4, 3), np.int32(2)), ValueError,
                r"^can't split axis of size 4 into pieces of size \[4,3\]"),
            Bad(SplitV(num_split=2), (F, ints(-1, -1), np.int32(2)), ValueError,
                "^size_splits can only have one -1"),
            Bad(SplitV(num_split=2), (F, ints(1, 1), np.int32(2)), InvalidArgumentError,
                "^Determined shape must either match input shape along split_dim exactly",
                run=True),
            Bad(SplitV(num_split=2), (F, ints(-1, -1), np.int32(2)), InvalidArgumentError,
                "^There can only be one -1 in the input", run=True),
        ],
    ),
]  # fmt: skip
