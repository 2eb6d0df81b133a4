"""Shapes, filling, sequences and broadcasting."""

import ml_dtypes
import numpy as np

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.array import (
    ConjugateTranspose,
    ExpandDims,
    Reshape,
    Squeeze,
    Transpose,
    expand_dims,
    squeeze,
)
from flowgraph.ops.broadcasting import BroadcastArgs, BroadcastGradientArgs, BroadcastTo, ShapeN
from flowgraph.ops.ensure_shape import EnsureShape
from flowgraph.ops.filling import Fill, OnesLike, ZerosLike
from flowgraph.ops.sequences import InvertPermutation, LinSpace, Range
from flowgraph.shapes import TensorShape
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(11)
X = RNG.uniform(-2, 2, (2, 3, 4))
F = X.astype(np.float32)
HALF = X[0].astype(np.float16)
BRAIN = X[0].astype(ml_dtypes.bfloat16)
N = np.arange(6, dtype=np.int32).reshape(2, 3)
EMPTY = np.zeros((0, 3), np.float32)
TEXT = np.array([[b"a", b"bc"], [b"", b"d"]], dtype=object)
C = (X + 1j * X[::-1]).astype(np.complex64)


def ints(*values, dtype=np.int32):
    return np.array(values, dtype=dtype)


def in_order(x, sizes):
    """The elements of x, laid out one after another."""
    result = np.empty([int(n) for n in sizes], x.dtype)
    for place, value in zip(np.ndindex(result.shape), x.flat, strict=True):
        result[place] = value
    return result


def reshaped(x, target, final):
    return Sample(Reshape(), (x, target), in_order(np.asarray(x), final))


def permuted(x, perm):
    """Element by element."""
    result = np.empty([x.shape[a] for a in perm], x.dtype)
    for place in np.ndindex(result.shape):
        source = [0] * x.ndim
        for i, a in zip(place, perm, strict=True):
            source[a] = i
        result[place] = x[tuple(source)]
    return result


def stretched(x, target):
    result = np.empty(tuple(target), x.dtype)
    for place in np.ndindex(result.shape):
        inner = place[len(place) - x.ndim :]
        result[place] = x[tuple(0 if n == 1 else i for i, n in zip(inner, x.shape, strict=True))]
    return result


ENTRIES = [
    Entry(
        Reshape,
        [
            reshaped(X, ints(6, 4), (6, 4)),
            reshaped(F, ints(-1, 2), (12, 2)),
            reshaped(F[0, 0, 0], ints(1, 1), (1, 1)),
            reshaped(F[:1, :1, :1], ints(), ()),
            reshaped(X.transpose(2, 0, 1), ints(2, -1, 3, dtype=np.int64), (2, 4, 3)),
            reshaped(N, ints(3, 2), (3, 2)),
            reshaped(HALF, ints(-1), (12,)),
            reshaped(BRAIN, ints(4, 3), (4, 3)),
            reshaped(EMPTY, ints(3, 0, 5), (3, 0, 5)),
            reshaped(EMPTY, ints(-1, 3), (0, 3)),
            reshaped(TEXT, ints(4), (4,)),
        ],
        [
            Bad(Reshape(), (F[0], ints(5, 3)), ValueError, r"^Cannot reshape a tensor with 12 "
                r"elements to shape \[5,3\] \(15 elements\)"),
            Bad(Reshape(), (F[0], ints(-1, 5)), ValueError,
                "^Dimension size must be evenly divisible by 5 but is 12"),
            Bad(Reshape(), (F[0], ints(-2, 6)), ValueError, "Invalid value .*: -2"),
            Bad(Reshape(), (F[0], ints(5, 3)), InvalidArgumentError,
                "^Input to reshape is a tensor with 12 values, but the requested shape has 15",
                run=True),
            Bad(Reshape(), (F[0], ints(-1, 5)), InvalidArgumentError,
                "^Input to reshape is a tensor with 12 values, but the requested shape requires "
                "a multiple of 5", run=True),
            Bad(Reshape(), (F[0], ints(-1, -1)), InvalidArgumentError,
                "^Only one input size may be -1, not both 0 and 1", run=True),
            Bad(Reshape(), (F[0], ints(-2, 6)), InvalidArgumentError,
                "^Size 0 must be non-negative, not -2", run=True),
        ],
    ),
    Entry(
        ExpandDims,
        [
            Sample(ExpandDims(), (X, np.int32(0)), X[None]),
            Sample(ExpandDims(), (F, np.int32(-1)), F[..., None]),
            Sample(ExpandDims(), (F, np.int64(-2)), F[:, :, None]),
            Sample(ExpandDims(), (np.float32(3), np.int32(0)), np.float32([3])),
            Sample(ExpandDims(), (EMPTY, np.int32(1)), np.zeros((0, 1, 3), np.float32)),
            Sample(ExpandDims(), (N, np.int32(2)), N[:, :, None]),
            Sample(ExpandDims(), (HALF, np.int32(0)), HALF[None]),
        ],
        [
            Bad(ExpandDims(), (N, np.int32(4)), ValueError,
                r"^dim 4 not in the interval \[-3, 2\]"),
            Bad(ExpandDims(), (N, np.int32(4)), InvalidArgumentError,
                "^Tried to expand dim index 4 for tensor with 2 dimensions", run=True),
            Bad(None, (N,), ValueError, "Must specify an axis", build=expand_dims),
            Bad(None, (N, 0, None, 1), ValueError, "^Cannot specify both 'axis' and 'dim'",
                build=expand_dims),
        ],
    ),
    Entry(
        Squeeze,
        [
            Sample(Squeeze(), (X[:, :1],), X[:, 0]),
            Sample(Squeeze(), (F[:1, :1, :1],), F[0, 0, 0]),
            Sample(Squeeze(squeeze_dims=(0,)), (F[:1, :, :1],), F[0, :, :1]),
            Sample(Squeeze(squeeze_dims=(-1, 0)), (X[:1, :, :1],), X[0, :, 0]),
            Sample(Squeeze(), (F,), F),
            Sample(Squeeze(), (EMPTY[:, :1],), EMPTY[:, 0]),
            Sample(Squeeze(squeeze_dims=(1,)), (N[:, :1],), N[:, 0]),
            Sample(Squeeze(squeeze_dims=(0,)), (HALF[:1],), HALF[0]),
        ],
        [
            Bad(Squeeze(squeeze_dims=(0,)), (N,), ValueError,
                r"^Can not squeeze dim\[0\], expected a dimension of 1, got 2"),
            Bad(Squeeze(squeeze_dims=(5,)), (N,), ValueError,
                r"^squeeze_dims\[0\] not in \[-2,2\)"),
            Bad(Squeeze(squeeze_dims=(0,)), (N,), InvalidArgumentError,
                r"^Can not squeeze dim\[0\], expected a dimension of 1, got 2", run=True),
            Bad(Squeeze(squeeze_dims=(5,)), (N,), InvalidArgumentError,
                "^Tried to squeeze dim index 5 for tensor with 2 dimensions", run=True),
            Bad(None, (N, 0, None, 1), ValueError, "^Cannot specify both 'axis' and",
                build=squeeze),
        ],
    ),
    Entry(
        EnsureShape,
        [
            Sample(EnsureShape(shape=TensorShape.of((2, None, 4))), (X,), X),
            Sample(EnsureShape(shape=TensorShape(None)), (N,), N),
            Sample(EnsureShape(shape=TensorShape.of((0, 3))), (EMPTY,), EMPTY),
            Sample(EnsureShape(shape=TensorShape.of((None, None))), (TEXT,), TEXT),
        ],
        [
            Bad(
                EnsureShape(shape=TensorShape.of((3, 3, 4))),
                (X,),
                ValueError,
                r"Dimension 0 in both shapes must be equal, but are 3 and 2. Shapes are \[3,3,4\] "
                r"and \[2,3,4\]\.",
            ),
            Bad(
                EnsureShape(shape=TensorShape.of((2,))),
                (X,),
                ValueError,
                "Shape must be rank 1 but is rank 3",
            ),
        ],
    ),
    Entry(
        Transpose,
        [
            Sample(Transpose(), (X, ints(2, 0, 1)), permuted),
            Sample(Transpose(), (F, ints(0, 2, 1, dtype=np.int64)), permuted),
            Sample(Transpose(), (F, ints(0, 1, 2)), F),
            Sample(Transpose(), (N, ints(-1, 0)), permuted),
            Sample(Transpose(), (np.float32(2), ints()), np.float32(2)),
            Sample(Transpose(), (EMPTY, ints(1, 0)), np.zeros((3, 0), np.float32)),
            Sample(Transpose(), (N, ints(1, 0)), permuted),
            Sample(Transpose(), (HALF, ints(1, 0)), permuted),
            Sample(Transpose(), (C, ints(1, 0, 2)), permuted, differentiate=()),
        ],
        [
            Bad(Transpose(), (N, ints(0, 1, 2)), ValueError, "^Dimension must be 2 but is 3"),
            Bad(Transpose(), (N, ints(0, 5)), ValueError,
                "^perm dim 5 is out of range of input rank 2"),
            Bad(Transpose(), (N, ints(0)), InvalidArgumentError,
                "^transpose expects a vector of size 2", run=True),
            Bad(Transpose(), (N, ints(0, 0)), InvalidArgumentError,
                r"^1 is missing from \{0,0\}", run=True),
        ],
    ),
    Entry(
        ConjugateTranspose,
        [
            Sample(ConjugateTranspose(), (C, ints(2, 1, 0)), lambda x, p: permuted(x, p).conj(),
                   differentiate=()),
            Sample(ConjugateTranspose(), (C[:0], ints(1, 0, 2)), np.zeros((3, 0, 4), np.complex64),
                   differentiate=()),
            Sample(ConjugateTranspose(), (X, ints(2, 1, 0)), permuted),
        ],
        [Bad(ConjugateTranspose(), (C, ints(0, 1)), ValueError, "^Dimension must be 3 but is 2")],
    ),
    Entry(
        BroadcastTo,
        [
            Sample(BroadcastTo(), (X, ints(2, 3, 4)), stretched),
            Sample(BroadcastTo(), (X[:1, :, :1], ints(5, 2, 3, 4)), stretched),
            Sample(BroadcastTo(), (np.float64(2), ints(2, 2)), stretched),
            Sample(BroadcastTo(), (F[0, 0], ints(2, 4, dtype=np.int64)), stretched),
            Sample(BroadcastTo(), (N[:1], ints(0, 3)), np.zeros((0, 3), np.int32)),
            Sample(BroadcastTo(), (HALF[:1], ints(2, 4)), stretched),
        ],
        [
            Bad(BroadcastTo(), (N, ints(3)), ValueError, "^Shape must be at most rank 1 but is"),
            Bad(BroadcastTo(), (N, ints(4, 3)), ValueError,
                "^Dimensions must be equal, but are 2 and 4"),
            Bad(BroadcastTo(), (N, ints(4, 3)), InvalidArgumentError,
                r"^Incompatible shapes: \[2,3\] vs. \[4,3\]", run=True),
        ],
    ),
    Entry(
        BroadcastArgs,
        [
            Sample(BroadcastArgs(), (ints(2, 1), ints(3)), ints(2, 3)),
            Sample(BroadcastArgs(), (ints(), ints(3, 0)), ints(3, 0)),
            Sample(BroadcastArgs(), (np.int64([1, 4]), np.int64([5, 1, 1])), np.int64([5, 1, 4])),
        ],
        [
            Bad(BroadcastArgs(), (ints(4), ints(2, 3)), InvalidArgumentError,
                r"^Incompatible shapes: \[4\] vs. \[2,3\]", run=True),
        ],
    ),
    Entry(
        BroadcastGradientArgs,
        [
            Sample(BroadcastGradientArgs(), (ints(*a), ints(*b)), (ints(*p), ints(*q)))
            for a, b, p, q in [
                ((2, 3), (3,), (), (0,)),
                ((2, 1), (1, 3), (1,), (0,)),
                ((1, 1), (1,), (0, 1), (0, 1)),
                ((1, 2), (1, 2), (), ()),
                ((), (2, 1), (0, 1), (1,)),
                ((0, 1), (1,), (1,), (0, 1)),
            ]
        ],
        [
            Bad(BroadcastGradientArgs(), (ints(4), ints(2, 3)), InvalidArgumentError,
                r"^Incompatible shapes: \[4\] vs. \[2,3\]", run=True),
        ],
    ),
    Entry(
        ShapeN,
        [
            Sample(ShapeN(), ([X, X[0]],), (ints(2, 3, 4), ints(3, 4))),
            Sample(ShapeN(out_type=dtypes.int64), ([N],), (np.int64([2, 3]),)),
            Sample(ShapeN(), ([F[0, 0, 0], EMPTY],), (ints(), ints(0, 3))),
        ],
    ),
    Entry(
        Fill,
        [
            Sample(Fill(), (ints(2, 3), np.float64(1.5)), np.full((2, 3), 1.5)),
            Sample(Fill(), (np.int64([2]), np.int32(7)), ints(7, 7)),
            Sample(Fill(), (ints(), np.float32(2)), np.float32(2)),
            Sample(Fill(), (ints(0, 2), np.float16(2)), np.zeros((0, 2), np.float16)),
            Sample(Fill(), (ints(2), np.bool_(True)), np.array([True, True])),
            Sample(Fill(), (ints(2), np.array(b"a", object)), np.array([b"a", b"a"], object)),
        ],
        [
            Bad(Fill(), (ints(-1, 2), np.float32(0)), ValueError,
                "^Fill dimensions must be >= 0"),
            Bad(Fill(), (ints(1, 2), np.float32([0])), ValueError,
                "^Shape must be rank 0 but is rank 1"),
            Bad(Fill(), (ints(-1), np.float32(0)), InvalidArgumentError,
                "^Dimension -1 must be >= 0", run=True),
        ],
    ),
    Entry(
        ZerosLike,
        [
            Sample(ZerosLike(), (X,), X * 0, differentiate=()),
            Sample(ZerosLike(), (N,), N * 0),
            Sample(ZerosLike(), (TEXT,), np.full((2, 2), b"", object)),
            Sample(ZerosLike(), (np.array([True, False]),), np.array([False, False])),
            Sample(ZerosLike(), (EMPTY,), EMPTY, differentiate=()),
            Sample(ZerosLike(), (HALF,), HALF * 0, differentiate=()),
        ],
    ),
    Entry(
        OnesLike,
        [
            Sample(OnesLike(), (X,), X * 0 + 1, differentiate=()),
            Sample(OnesLike(), (N,), N * 0 + 1),
            Sample(OnesLike(), (np.array([True, False]),), np.array([True, True])),
            Sample(OnesLike(), (EMPTY,), EMPTY, differentiate=()),
            Sample(OnesLike(), (BRAIN,), np.ones((3, 4)), differentiate=()),
        ],
    ),
    Entry(
        Range,
        [
            Sample(Range(), (np.int32(3), np.int32(18), np.int32(4)), ints(3, 7, 11, 15)),
            Sample(Range(), (np.int64(3), np.int64(-2), np.int64(-2)), np.int64([3, 1, -1])),
            Sample(Range(), (np.int32(4), np.int32(4), np.int32(1)), ints()),
            Sample(Range(), (np.float32(0), np.float32(1), np.float32(0.25)),
                   np.float32([0, 0.25, 0.5, 0.75]), differentiate=()),
            Sample(Range(), (np.float64(1), np.float64(0), np.float64(-0.5)),
                   np.array([1, 0.5]), differentiate=()),
        ],
        [
            Bad(Range(), (np.int32(5), np.int32(3), np.int32(1)), ValueError,
                "^Requires start <= limit when delta > 0: 5/3"),
            Bad(Range(), (np.int32(3), np.int32(5), np.int32(-1)), ValueError,
                "^Requires start >= limit when delta < 0: 3/5"),
            Bad(Range(), (np.int32(3), np.int32(5), np.int32(0)), ValueError,
                "^Requires delta != 0"),
            Bad(Range(), (np.int32(5), np.int32(3), np.int32(1)), InvalidArgumentError,
                "^Requires start <= limit when delta > 0: 5/3", run=True),
        ],
    ),
    Entry(
        LinSpace,
        [
            Sample(LinSpace(), (np.float32(10), np.float32(12), np.int32(3)),
                   np.float32([10, 11, 12]), differentiate=()),
            Sample(LinSpace(), (np.float64(1), np.float64(-1), np.int64(5)),
                   np.array([1, 0.5, 0, -0.5, -1]), differentiate=()),
            Sample(LinSpace(), (np.float32(2), np.float32(9), np.int32(1)), np.float32([2]),
                   differentiate=()),
        ],
        [
            Bad(LinSpace(), (np.float32(1), np.float32(2), np.int32(0)), ValueError,
                "^Requires num > 0: 0"),
            Bad(LinSpace(), (np.float32(1), np.float32(2), np.int32(0)), InvalidArgumentError,
                "^Requires num > 0: 0", run=True),
        ],
    ),
    Entry(
        InvertPermutation,
        [
            Sample(InvertPermutation(), (ints(3, 4, 0, 2, 1),), ints(2, 4, 3, 0, 1)),
            Sample(InvertPermutation(), (np.int64([0]),), np.int64([0])),
            Sample(InvertPermutation(), (ints(),), ints()),
        ],
        [
            Bad(InvertPermutation(), (ints(0, 0, 1),), InvalidArgumentError,
                "^0 is duplicated in the input", run=True),
            Bad(InvertPermutation(), (ints(0, 5, 1),), InvalidArgumentError,
                "^5 is not between 0 and 3", run=True),
        ],
    ),
]  # fmt: skip
