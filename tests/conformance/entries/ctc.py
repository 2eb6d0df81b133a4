"""What the suite checks of CTC's ops and of edit distances."""

import itertools

import numpy as np

from flowgraph.errors import FailedPreconditionError, InvalidArgumentError
from flowgraph.ops.ctc_decoding import CTCBeamSearchDecoder, CTCGreedyDecoder
from flowgraph.ops.ctc_loss import CTCLoss
from flowgraph.ops.edit_distance import EditDistance
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(7)
X = RNG.uniform(0, 3, (4, 2, 3))
INDICES = np.array([[0, 0], [0, 1], [1, 0]])
VALUES = np.array([0, 1, 1], np.int32)
LENGTHS = np.array([4, 3], np.int32)


def collapsed(path, blank, merge):
    kept = [k for i, k in enumerate(path) if not (merge and i and path[i - 1] == k)]
    return tuple(int(k) for k in kept if k != blank)


def softmax(x):
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def by_enumeration(x, labels, length, merge):
    """The loss and its gradient, over every path."""
    y = softmax(x[:length])
    total, slope = 0.0, np.zeros_like(y)
    for path in itertools.product(range(x.shape[1]), repeat=length):
        if collapsed(path, x.shape[1] - 1, merge) == labels:
            p = np.prod([y[t, k] for t, k in enumerate(path)])
            total += p
            for t, k in enumerate(path):
                slope[t, k] += p
    result = np.zeros_like(x)
    result[:length] = y - slope / total
    return -np.log(total), result


def losses(merge=True):
    def of(x, indices, values, lengths):
        loss, slope = np.zeros(x.shape[1]), np.zeros_like(x)
        for row, length in enumerate(lengths):
            labels = tuple(values[indices[:, 0] == row].tolist())
            loss[row], slope[:, row] = by_enumeration(x[:, row], labels, length, merge)
        return loss, slope

    return of


def rows_of(paths):
    indices = [(row, i) for row, path in enumerate(paths) for i in range(len(path))]
    sizes = np.array([len(paths), max(map(len, paths))])
    values = np.array([label for path in paths for label in path], np.int64)
    return np.array(indices).reshape(-1, 2), values, sizes


def greedy(merge):
    def of(x, lengths):
        best = [x[:n, row].argmax(-1) for row, n in enumerate(lengths)]
        score = [-x[:n, row].max(-1).sum() for row, n in enumerate(lengths)]
        paths = [collapsed(path, x.shape[2] - 1, merge) for path in best]
        return (*rows_of(paths), np.array(score)[:, None])

    return of


def likeliest(x, lengths):
    """The labels with the greatest probability, over every path."""
    paths, scores = [], []
    for row, length in enumerate(lengths):
        y, found = softmax(x[:length, row]), {}
        for path in itertools.product(range(x.shape[2]), repeat=int(length)):
            key = collapsed(path, x.shape[2] - 1, True)
            p = np.prod([y[t, k] for t, k in enumerate(path)])
            found[key] = found.get(key, 0.0) + p
        best = max(found, key=found.get)
        paths.append(best)
        scores.append([np.log(found[best])])
    return (*rows_of(paths), np.array(scores))


def levenshtein(a, b):
    if not a or not b:
        return len(a) + len(b)
    if a[-1] == b[-1]:
        return levenshtein(a[:-1], b[:-1])
    return 1 + min(levenshtein(*pair) for pair in ((a[:-1], b), (a, b[:-1]), (a[:-1], b[:-1])))


def distances(normalize):
    def of(ai, av, asz, bi, bv, bsz):
        sizes = tuple(np.maximum(asz, bsz)[:-1])
        result = np.zeros(sizes, np.float32)
        for place in np.ndindex(sizes):
            a, b = (
                [v for i, v in zip(indices, values, strict=True) if tuple(i[:-1]) == place]
                for indices, values in ((ai, av), (bi, bv))
            )
            distance = levenshtein(a, b)
            if normalize and distance:
                distance = distance / len(b) if b else np.inf
            result[place] = distance
        return result

    return of


def refused(op, *inputs, match, error=InvalidArgumentError):
    return Bad(op, inputs, error, match, run=True)


HYPOTHESIS = (
    np.array([[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 1, 0]]),
    np.array([b"a", b"b", b"c", b"x"], object),
    np.array([2, 2, 2]),
)
TRUTH = (
    np.array([[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 1], [0, 1, 0]]),
    np.array([b"a", b"c", b"c", b"d", b"y"], object),
    np.array([2, 2, 2]),
)
NUMBERS = (
    (np.array([[0, 0], [0, 1], [0, 2]]), np.int64([3, 5, 7]), np.array([1, 3])),
    (np.array([[0, 0], [0, 1], [1, 0]]), np.int64([5, 7, 1]), np.array([2, 2])),
)

ENTRIES = [
    Entry(
        CTCLoss,
        [
            Sample(CTCLoss(), (X, INDICES, VALUES, LENGTHS), losses(), differentiate=()),
            Sample(
                CTCLoss(),
                (X.astype(np.float32), INDICES, np.int32([1, 1, 0]), LENGTHS),
                losses(),
                differentiate=(),
            ),
            Sample(
                CTCLoss(ctc_merge_repeated=False),
                (X, INDICES, np.int32([1, 1, 0]), LENGTHS),
                losses(merge=False),
                differentiate=(),
            ),
        ],
        [
            refused(CTCLoss(), X[0], INDICES, VALUES, LENGTHS, match="^inputs is not a 3-Tensor"),
            refused(
                CTCLoss(), X, INDICES[0], VALUES, LENGTHS, match="^labels_indices is not a matrix"
            ),
            refused(
                CTCLoss(),
                X,
                INDICES,
                VALUES,
                LENGTHS[:1],
                match=r"^len\(sequence_length\) != batch_size.  len\(sequence_length\):  1 batch_s",
            ),
            refused(
                CTCLoss(),
                X,
                INDICES + 1,
                VALUES,
                LENGTHS,
                match=r"^label SparseTensor is not valid: indices\[2\] = \[2,1\] is out of bounds",
            ),
            refused(
                CTCLoss(),
                X,
                INDICES[:2],
                VALUES[:2],
                LENGTHS,
                match="^Labels length is zero in batch 1",
            ),
            Bad(
                CTCLoss(),
                (X, INDICES, VALUES, LENGTHS[:1]),
                ValueError,
                "^Dimensions must be equal, but are 2 and 1",
            ),
        ],
    ),
    Entry(
        CTCGreedyDecoder,
        [
            Sample(CTCGreedyDecoder(merge_repeated=m), (x, LENGTHS), greedy(m))
            for m in (False, True)
            for x in (X, X.astype(np.float32))
        ],
        [
            refused(
                CTCGreedyDecoder(),
                X,
                np.int32([1, 9]),
                match=r"^sequence_length\(1\) <= 4",
                error=FailedPreconditionError,
            ),
            refused(CTCGreedyDecoder(), X, np.int32(1), match="^sequence_length is not a vector"),
        ],
    ),
    Entry(
        CTCBeamSearchDecoder,
        [
            Sample(CTCBeamSearchDecoder(99, 1, merge_repeated=False), (x, LENGTHS), likeliest)
            for x in (X, X.astype(np.float32))
        ],
        [
            refused(
                CTCBeamSearchDecoder(1, 2),
                X,
                LENGTHS,
                match="^requested more paths than the beam width.",
            ),
            refused(
                CTCBeamSearchDecoder(3, 1),
                X,
                np.int32([1, 9]),
                match=r"^sequence_length\(1\) <= 4",
                error=FailedPreconditionError,
            ),
        ],
    ),
    Entry(
        EditDistance,
        [
            Sample(EditDistance(normalize=n), (*HYPOTHESIS, *TRUTH), distances(n))
            for n in (True, False)
        ]
        + [
            Sample(EditDistance(), (*NUMBERS[0], *NUMBERS[1]), distances(True)),
            Sample(EditDistance(False), (*NUMBERS[1], *NUMBERS[0]), distances(False)),
        ],
        [
            Bad(
                EditDistance(),
                (*HYPOTHESIS, *NUMBERS[0][:1], TRUTH[1][:3], NUMBERS[0][2]),
                ValueError,
                "^Num elements of hypothesis_shape does not match truth_shape: 3 vs. 2",
            ),
            refused(
                EditDistance(),
                *HYPOTHESIS,
                *TRUTH[:2],
                TRUTH[2][:1],
                match="^Input SparseTensors must have rank at least 2, but truth_shape rank is: 1",
            ),
        ],
    ),
]
