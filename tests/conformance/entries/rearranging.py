"""Repeating, reversing, rolling, and moving rows and pixels about."""

import numpy as np

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.partitioning import DynamicPartition, DynamicStitch, Unique, UniqueWithCounts
from flowgraph.ops.rearranging import ReverseSequence, ReverseV2, Roll, Tile, meshgrid
from flowgraph.ops.spacing import BatchToSpaceND, DepthToSpace, SpaceToBatchND, SpaceToDepth
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(15)
X = RNG.uniform(-2, 2, (2, 3, 4))
F = X.astype(np.float32)
HALF = X[0].astype(np.float16)
N = np.arange(12, dtype=np.int32).reshape(3, 4)
EMPTY = np.zeros((0, 3), np.float32)
IMAGE = RNG.uniform(-2, 2, (1, 4, 2, 3))


def ints(*values, dtype=np.int32):
    return np.array(values, dtype=dtype)


def moved(shape, source):
    """The reference whose element at each place is the input's at ``source(place, inputs)``."""

    def reference(x, *inputs):
        result = np.empty(shape(x.shape, *inputs), x.dtype)
        for place in np.ndindex(result.shape):
            result[place] = x[tuple(source(place, x.shape, *inputs))]
        return result

    return reference


tiled = moved(
    lambda shape, times: [n * k for n, k in zip(shape, times, strict=True)],
    lambda place, shape, times: [i % n for i, n in zip(place, shape, strict=True)],
)
backwards = moved(
    lambda shape, axes: shape,
    lambda place, shape, axes: [
        n - 1 - i if a in axes or a - len(shape) in axes else i
        for a, (i, n) in enumerate(zip(place, shape, strict=True))
    ],
)
rolled = moved(
    lambda shape, shift, axis: shape,
    lambda place, shape, shift, axis: [
        (
            i
            - sum(
                s
                for s, b in zip(np.ravel(shift), np.ravel(axis), strict=True)
                if b % len(shape) == a
            )
        )
        % n
        for a, (i, n) in enumerate(zip(place, shape, strict=True))
    ],
)


def beginnings(seq, batch):
    def source(place, shape, lengths):
        where, n = list(place), lengths[place[batch]]
        where[seq] = n - 1 - where[seq] if where[seq] < n else where[seq]
        return where

    return moved(lambda shape, lengths: shape, source)


def into_depth(b):
    """Pixel by pixel."""

    def reference(x):
        n, h, w, c = x.shape
        result = np.empty((n, h // b, w // b, b * b * c), x.dtype)
        for i, y, z in np.ndindex(n, h // b, w // b):
            result[i, y, z] = x[i, y * b : y * b + b, z * b : z * b + b].ravel()
        return result

    return reference


def out_of_depth(b):
    def reference(x):
        n, h, w, c = x.shape
        result = np.empty((n, h * b, w * b, c // b // b), x.dtype)
        for i, y, z in np.ndindex(n, h, w):
            block = x[i, y, z].reshape(b, b, -1)
            result[i, y * b : y * b + b, z * b : z * b + b] = block
        return result

    return reference


def first(function):
    """A reference for NHWC as one for NCHW."""
    return lambda x: np.moveaxis(function(np.moveaxis(x, 1, 3)), 3, 1)


def into_batch(x, block, paddings):
    """One offset within the block after another."""
    padded = np.pad(x, [(0, 0), *paddings.tolist(), *[(0, 0)] * (x.ndim - len(block) - 1)])
    parts = [
        padded[(slice(None), *[slice(o, None, int(b)) for o, b in zip(offset, block, strict=True)])]
        for offset in np.ndindex(*block)
    ]
    return np.concatenate(parts)


def out_of_batch(x, block, crops):
    count = int(np.prod(block))
    parts = x.reshape(count, x.shape[0] // count, *x.shape[1:])
    space = [n * int(b) for n, b in zip(x.shape[1:], block, strict=False)]
    result = np.empty((parts.shape[1], *space, *x.shape[len(block) + 1 :]), x.dtype)
    for offset, part in zip(np.ndindex(*block), parts, strict=True):
        where = [slice(o, None, int(b)) for o, b in zip(offset, block, strict=True)]
        result[(slice(None), *where)] = part
    kept = [slice(a, n - z) for n, (a, z) in zip(space, crops, strict=True)]
    return result[(slice(None), *kept)]


def dealt(count):
    return lambda data, parts: tuple(data[parts == i] for i in range(count))


NCHW = np.moveaxis(IMAGE, 3, 1)
NONE = ints([0, 0], [0, 0])

ENTRIES = [
    Entry(
        Tile,
        [
            Sample(Tile(), (X, ints(2, 1, 3)), tiled),
            Sample(Tile(), (F[0], np.int64([1, 1])), tiled),
            Sample(Tile(), (N, ints(0, 2)), tiled),
            Sample(Tile(), (HALF, ints(2, 1)), tiled),
            Sample(Tile(), (np.float32(3), ints()), np.float32(3)),
            Sample(Tile(), (EMPTY, ints(2, 2)), np.zeros((0, 6), np.float32)),
        ],
        [
            Bad(Tile(), (N, ints(2)), ValueError, "^Shape must be rank 2 but is rank 1"),
            Bad(Tile(), (N, ints(2)), InvalidArgumentError,
                "^Expected multiples argument to be a vector of length 2 but got length 1",
                run=True),
            Bad(Tile(), (N, ints(2, -1)), InvalidArgumentError,
                r"^Expected multiples\[1\] >= 0, but got -1", run=True),
        ],
    ),
    Entry(
        ReverseV2,
        [
            Sample(ReverseV2(), (X, ints(0, -1)), backwards),
            Sample(ReverseV2(), (F, np.int64([1])), backwards),
            Sample(ReverseV2(), (N, ints()), N),
            Sample(ReverseV2(), (HALF, ints(0)), backwards),
            Sample(ReverseV2(), (EMPTY, ints(0)), EMPTY),
        ],
        [
            Bad(ReverseV2(), (N, ints(5)), ValueError,
                r"^'axis'\[0\] = 5 is out of valid range \[0, 1"),
            Bad(ReverseV2(), (N, ints(1, -1)), ValueError, "^axis 1 specified more than once"),
            Bad(ReverseV2(), (N, ints(5)), InvalidArgumentError,
                r"^'axis'\[0\] = 5 is out of valid range \[0, 1", run=True),
        ],
    ),
    Entry(
        ReverseSequence,
        [
            Sample(ReverseSequence(seq_dim=1), (X, ints(2, 3)), beginnings(1, 0)),
            Sample(ReverseSequence(seq_dim=0, batch_dim=2), (F, np.int64([2, 1, 0, 1])),
                   beginnings(0, 2)),
            Sample(ReverseSequence(seq_dim=1), (N, ints(4, 0, 2)), beginnings(1, 0)),
            Sample(ReverseSequence(seq_dim=1), (HALF, ints(4, 0, 2)), beginnings(1, 0)),
        ],
        [
            Bad(ReverseSequence(seq_dim=5), (N, ints(1, 1, 1)), ValueError,
                "^seq_dim must be < input rank: 5 vs. 2"),
            Bad(ReverseSequence(seq_dim=1), (N, ints(1, 1, 5)), InvalidArgumentError,
                r"^seq_lens\(2\) > input.dims\(1\)", run=True),
            Bad(ReverseSequence(seq_dim=1), (N, ints(1, 1)), InvalidArgumentError,
                r"^len\(seq_lens\) != input.dims\(0\), \(2 vs. 3\)", run=True),
        ],
    ),
    Entry(
        Roll,
        [
            Sample(Roll(), (X, ints(1, -2), ints(0, 2)), rolled),
            Sample(Roll(), (F, np.int32(5), np.int32(-1)), rolled),
            Sample(Roll(), (N, np.int64([1, 1]), np.int64([0, 0])), rolled),
            Sample(Roll(), (HALF, np.int32(1), np.int32(0)), rolled),
        ],
        [
            Bad(Roll(), (N, np.int32(1), np.int32(5)), InvalidArgumentError,
                "^axis 5 is out of range", run=True),
            Bad(Roll(), (N, ints(1, 2), ints(0)), InvalidArgumentError,
                "^shift and axis must have the same size", run=True),
            Bad(None, (), ValueError, "^indexing parameter must be either 'xy' or 'ij'",
                build=lambda: meshgrid([1], indexing="yx")),
        ],
    ),
    Entry(
        SpaceToDepth,
        [
            Sample(SpaceToDepth(block_size=2), (IMAGE,), into_depth(2)),
            Sample(SpaceToDepth(block_size=2), (IMAGE[:, :2, :, :1].astype(np.float32),),
                   into_depth(2)),
            Sample(SpaceToDepth(block_size=2, data_format="NCHW"), (NCHW,), first(into_depth(2))),
            Sample(SpaceToDepth(block_size=3), (np.arange(18, dtype=np.int32).reshape(1, 3, 3, 2),),
                   into_depth(3)),
        ],
        [
            Bad(SpaceToDepth(block_size=3), (IMAGE,), ValueError,
                "^Dimension size must be evenly divisible by 3 but is 4"),
            Bad(SpaceToDepth(block_size=3), (IMAGE,), InvalidArgumentError,
                "^Image height 4 and width 2 should be divisible by block_size: 3", run=True),
        ],
    ),
    Entry(
        DepthToSpace,
        [
            Sample(DepthToSpace(block_size=2), (IMAGE.reshape(1, 2, 1, 12),), out_of_depth(2)),
            Sample(DepthToSpace(block_size=2, data_format="NCHW"), (IMAGE.reshape(1, 12, 2, 1),),
                   first(out_of_depth(2))),
            Sample(DepthToSpace(block_size=2), (np.arange(8, dtype=np.int32).reshape(1, 1, 2, 4),),
                   out_of_depth(2)),
        ],
        [
            Bad(DepthToSpace(block_size=2), (IMAGE,), ValueError,
                "^Dimension size must be evenly divisible by 4 but is 3"),
            Bad(DepthToSpace(block_size=2), (IMAGE,), InvalidArgumentError,
                "^Input depth dimension 3 should be divisible by: 4", run=True),
        ],
    ),
    Entry(
        SpaceToBatchND,
        [
            Sample(SpaceToBatchND(), (IMAGE, ints(2, 2), NONE), into_batch),
            Sample(SpaceToBatchND(), (IMAGE, ints(3, 2), ints([1, 1], [0, 2])), into_batch),
            Sample(SpaceToBatchND(), (F, np.int64([2]), np.int64([[1, 0]])), into_batch),
            Sample(SpaceToBatchND(), (N, ints(2), ints([0, 0])), into_batch),
        ],
        [
            Bad(SpaceToBatchND(), (IMAGE, ints(3, 2), NONE), ValueError,
                "^Dimension size must be evenly divisible by 3 but is 4"),
            Bad(SpaceToBatchND(), (IMAGE, ints(3, 2), NONE), InvalidArgumentError,
                r"^padded_shape\[0\]=4 is not divisible by block_shape\[0\]=3", run=True),
        ],
    ),
    Entry(
        BatchToSpaceND,
        [
            Sample(BatchToSpaceND(), (IMAGE.reshape(4, 2, 1, 3), ints(2, 2), NONE), out_of_batch),
            Sample(BatchToSpaceND(), (IMAGE.reshape(4, 2, 1, 3), ints(2, 2), ints([1, 0], [0, 1])),
                   out_of_batch),
            Sample(BatchToSpaceND(), (F, np.int64([2]), np.int64([[1, 2]])), out_of_batch),
        ],
        [
            Bad(BatchToSpaceND(), (IMAGE, ints(2, 2), NONE), ValueError,
                "^Dimension size must be evenly divisible by 4 but is 1"),
            Bad(BatchToSpaceND(), (IMAGE, ints(2, 2), NONE), InvalidArgumentError,
                r"^Input batch dimension \(1\) is not divisible by product of block sizes \(4\)",
                run=True),
        ],
    ),
    Entry(
        DynamicPartition,
        [
            Sample(DynamicPartition(num_partitions=2), (X, ints(1, 0)), dealt(2)),
            Sample(DynamicPartition(num_partitions=3), (F, ints([0, 2, 0], [2, 2, 0])), dealt(3)),
            Sample(DynamicPartition(num_partitions=1), (N, ints(0, 0, 0)), (N,)),
        ],
        [
            Bad(DynamicPartition(num_partitions=2), (N, ints(0, 2, 0)), InvalidArgumentError,
                r"^partitions\[1\] = 2 is not in \[0, 2\)", run=True),
        ],
    ),
    Entry(
        DynamicStitch,
        [
            Sample(DynamicStitch(), ([ints(0, 2), ints(1)], [X[0, ::2], X[0, 1:2]]), X[0]),
            Sample(DynamicStitch(), ([np.int32(1), ints([0, 2])], [N[1], N[None, ::2]]), N),
            Sample(DynamicStitch(), ([ints(1, 0)], [HALF[:2]]), HALF[1::-1]),
        ],
        [
            Bad(DynamicStitch(), ([ints(0, 1)], [N]), InvalidArgumentError,
                r"^data\[0\].shape = \[3,4\] does not start with indices\[0\].shape = \[2\]",
                run=True),
        ],
    ),
    Entry(
        Unique,
        [
            Sample(Unique(), (ints(4, 1, 4, 2, 1),), (ints(4, 1, 2), ints(0, 1, 0, 2, 1))),
            Sample(Unique(out_idx=dtypes.int64), (np.float32([0.5, 0.5]),),
                   (np.float32([0.5]), np.int64([0, 0])), differentiate=()),
            Sample(Unique(), (ints(),), (ints(), ints())),
        ],
        [
            Bad(Unique(), (N,), ValueError, "^Shape must be rank 1 but is rank 2"),
            Bad(Unique(), (N,), InvalidArgumentError, "^unique expects a 1D vector", run=True),
        ],
    ),
    Entry(
        UniqueWithCounts,
        [
            Sample(UniqueWithCounts(), (ints(4, 1, 4, 2, 1),),
                   (ints(4, 1, 2), ints(0, 1, 0, 2, 1), ints(2, 2, 1))),
        ],
    ),
]  # fmt: skip
