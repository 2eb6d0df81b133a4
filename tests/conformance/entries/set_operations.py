"""What the suite checks of sets along the last dimension of tensors."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.sets import (
    DenseToDenseSetOperation,
    DenseToSparseSetOperation,
    SetSize,
    SparseToSparseSetOperation,
)
from tests.conformance.entry import Bad, Entry, Sample

A = np.array([[1, 2, 2], [3, 3, 3]], np.int64)
B = np.array([[2, 5], [1, 1]], np.int64)
INDICES = np.array([[0, 0], [0, 1], [1, 0]], np.int64)
VALUES = np.array([2, 9, 3], np.int64)
SIZES = np.array([2, 2], np.int64)
OTHER = (
    np.array([[0, 0], [1, 2]], np.int64),
    np.array([2, 8], np.int64),
    np.array([2, 4], np.int64),
)
COMBINE = {
    "intersection": set.intersection,
    "union": set.union,
    "a-b": set.difference,
    "b-a": lambda a, b: b - a,
}


def dense_sets(x):
    return {place: set(x[place].tolist()) for place in np.ndindex(x.shape[:-1])}


def sparse_sets(indices, values, sizes):
    sets = {place: set() for place in np.ndindex(*sizes[:-1])}
    for place, value in zip(indices.tolist(), values.tolist(), strict=True):
        sets[tuple(place[:-1])].add(value)
    return sets


def combined(operation, a, b, batch, dtype):
    rows, values, longest = [], [], 0
    for place in sorted(a):
        found = sorted(COMBINE[operation](a[place], b[place]))
        rows += [(*place, i) for i in range(len(found))]
        values += found
        longest = max(longest, len(found))
    indices = np.array(rows, np.int64).reshape(-1, len(batch) + 1)
    return indices, np.array(values, dtype), np.array([*batch, longest], np.int64)


def dense(operation, a=A, b=B, **attributes):
    return Sample(
        DenseToDenseSetOperation(set_operation=operation, **attributes),
        (a, b),
        lambda a, b: combined(operation, dense_sets(a), dense_sets(b), a.shape[:-1], a.dtype),
    )


def mixed(operation):
    return Sample(
        DenseToSparseSetOperation(set_operation=operation),
        (A, INDICES, VALUES, SIZES),
        lambda a, *b: combined(operation, dense_sets(a), sparse_sets(*b), a.shape[:-1], a.dtype),
    )


def sparse(operation):
    return Sample(
        SparseToSparseSetOperation(set_operation=operation),
        (INDICES, VALUES, SIZES, *OTHER),
        lambda *x: combined(
            operation, sparse_sets(*x[:3]), sparse_sets(*x[3:]), x[2][:-1], x[1].dtype
        ),
    )


def size(indices, values, sizes):
    sets = sparse_sets(indices, values, sizes)
    result = np.zeros(tuple(sizes[:-1]), np.int32)
    for place, members in sets.items():
        result[place] = len(members)
    return result


def refused(op, *inputs, match):
    return Bad(op, inputs, InvalidArgumentError, match, run=True)


UNION = {
    op: op(set_operation="union")
    for op in (DenseToDenseSetOperation, DenseToSparseSetOperation, SparseToSparseSetOperation)
}
DEEP = np.arange(8, dtype=np.int32).reshape(2, 2, 2) % 3
STRINGS = np.array([[b"a", b"b"]], object)

ENTRIES = [
    Entry(
        DenseToDenseSetOperation,
        [
            *map(dense, COMBINE),
            dense("union", validate_indices=False),
            dense("intersection", DEEP, DEEP[:, ::-1]),
            dense("union", A[:, :0].astype(np.uint8), B.astype(np.uint8)),
            dense("union", A[:0].astype(np.int16), B[:0].astype(np.int16)),
            dense("a-b", STRINGS, STRINGS[:, 1:]),
        ],
        [
            Bad(UNION[DenseToDenseSetOperation], (A[0], B[0]), ValueError, "at least rank 2"),
            Bad(UNION[DenseToDenseSetOperation], (A, B[None]), ValueError, "must be rank 2"),
            Bad(UNION[DenseToDenseSetOperation], (A, B[:1]), ValueError, "are 2 and 1"),
            refused(
                UNION[DenseToDenseSetOperation], A, B[:1], match=r"Mismatched shapes \[2\] vs \[1\]"
            ),
            refused(
                UNION[DenseToDenseSetOperation], A[0], B[0], match=r"Shape \[3\] has rank 1 < 2"
            ),
            refused(
                DenseToDenseSetOperation(set_operation="x"), A, B, match="Invalid set_operation x."
            ),
        ],
    ),
    Entry(
        DenseToSparseSetOperation,
        [*map(mixed, COMBINE)],
        [
            Bad(
                UNION[DenseToSparseSetOperation],
                (A, INDICES[:2], VALUES, SIZES),
                ValueError,
                r"Number of elements in index \(2\) and values \(3\) do not match.",
            ),
            Bad(
                UNION[DenseToSparseSetOperation],
                (A, INDICES[:, :1], VALUES, SIZES),
                ValueError,
                r"Index rank \(1\) and shape rank \(2\) do not match.",
            ),
            Bad(
                UNION[DenseToSparseSetOperation],
                (A[None], INDICES, VALUES, SIZES),
                ValueError,
                "Dimension must be 3 but is 2",
            ),
            refused(
                UNION[DenseToSparseSetOperation],
                *(A, INDICES[::-1].copy(), VALUES, SIZES),
                match=r"indices\[1\] = \[0,1\] is out of order.",
            ),
            refused(
                UNION[DenseToSparseSetOperation],
                *(A, INDICES + 1, VALUES, SIZES),
                match=r"indices\[1\] = \[1,2\] is out of bounds: need 0 <= index < \[2,2\]",
            ),
        ],
    ),
    Entry(
        SparseToSparseSetOperation,
        [*map(sparse, COMBINE)],
        [
            Bad(
                UNION[SparseToSparseSetOperation],
                (INDICES[:, :1], VALUES, SIZES[:1], INDICES[:, :1], VALUES, SIZES[:1]),
                ValueError,
                "Input 0, expected rank >= 2, got 1.",
            ),
            Bad(
                UNION[SparseToSparseSetOperation],
                (INDICES, VALUES, SIZES, np.zeros((3, 3), np.int64), VALUES, np.int64([2, 2, 2])),
                ValueError,
                "Dimension must be 2 but is 3",
            ),
            refused(
                UNION[SparseToSparseSetOperation],
                *(INDICES, VALUES, SIZES, INDICES, VALUES, SIZES + 1),
                match=r"Mismatched shapes \[2\] vs \[3\]",
            ),
        ],
    ),
    Entry(
        SetSize,
        [
            Sample(SetSize(), (INDICES, VALUES, SIZES), size),
            Sample(SetSize(validate_indices=False), (INDICES, VALUES * 0, SIZES + 1), size),
            Sample(
                SetSize(),
                (
                    np.int64([[0, 0, 1], [1, 1, 0]]),
                    np.array([b"a", b"b"], object),
                    np.int64([2] * 3),
                ),
                size,
            ),
        ],
        [
            refused(SetSize(), INDICES[:, :1], VALUES, SIZES, match="Order length must be"),
            refused(SetSize(), INDICES[:, :1], VALUES, SIZES[:1], match="Invalid rank 1."),
            refused(
                SetSize(),
                *(INDICES * 0, VALUES, SIZES),
                match=r"indices\[1\] = \[0,0\] is repeated",
            ),
        ],
    ),
]
