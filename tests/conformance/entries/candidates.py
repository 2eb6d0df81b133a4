"""What the suite checks of the candidate samplers: values of TensorFlow 1.15.5 for one seed."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.candidate_samplers import (
    AllCandidateSampler,
    ComputeAccidentalHits,
    FixedUnigramCandidateSampler,
    LearnedUnigramCandidateSampler,
    LogUniformCandidateSampler,
    UniformCandidateSampler,
)
from tests.conformance.entry import Bad, Entry, Sample

SEED = {"seed": 87654321, "seed2": 3}
TRUE = np.array([[1], [2]], np.int64)


def recorded(drawn, true, sampled):
    return np.array(drawn), np.float32(true), np.float32(sampled)


def refused(op, *inputs, match):
    return Bad(op, inputs, InvalidArgumentError, match, run=True)


def bad_classes(kind, **attributes):
    op = kind(1, 2, True, **attributes)
    return [
        Bad(op, (TRUE[0],), ValueError, "^Shape must be rank 2 but is rank 1"),
        refused(op, TRUE[0], match="^true_classes must be a matrix"),
        refused(
            op,
            np.array([[1, 2]]),
            match="^true_classes must have num_true columns, expected: 2 was: 1",
        ),
    ]


def too_small(kind, **attributes):
    return refused(kind(1, 9, True, **attributes), TRUE, match="^Sampler's range is too small.")


def hits(num_true):
    def of(true, sampled):
        found = [
            (row // num_true, len(sampled) - 1 - sampled[::-1].tolist().index(label))
            for row, label in enumerate(true.reshape(-1))
            if label in sampled
        ]
        rows, places = zip(*found, strict=True) if found else ((), ())
        lowest = np.full(len(found), np.finfo(np.float32).min)
        return np.int32(rows), np.array(places, np.int64), lowest

    return of


ENTRIES = [
    Entry(
        UniformCandidateSampler,
        [
            Sample(
                UniformCandidateSampler(1, 5, True, 20, **SEED),
                (TRUE,),
                recorded([15, 0, 3, 8, 17], [[0.25], [0.25]], [0.25] * 5),
            ),
            Sample(
                UniformCandidateSampler(1, 2, False, 2**40, **SEED),
                (TRUE,),
                recorded([377197004519, 1066040887908], [[2.0**-39]] * 2, [2.0**-39] * 2),
            ),
        ],
        [
            *bad_classes(UniformCandidateSampler, range_max=8),
            too_small(UniformCandidateSampler, range_max=8),
        ],
    ),
    Entry(
        LogUniformCandidateSampler,
        [
            Sample(
                LogUniformCandidateSampler(1, 5, True, 20, **SEED),
                (TRUE,),
                recorded(
                    [0, 10, 6, 2, 9],
                    [[0.57579297], [0.44874233]],
                    [0.7877652, 0.15968291, 0.23593529, 0.44874233, 0.17373168],
                ),
            ),
            Sample(
                LogUniformCandidateSampler(1, 5, False, 20, **SEED),
                (TRUE,),
                recorded(
                    [0, 10, 0, 6, 2],
                    [[0.66589284], [0.47245845]],
                    [1.1383512, 0.14289823, 1.1383512, 0.21929777, 0.47245845],
                ),
            ),
        ],
        [
            *bad_classes(LogUniformCandidateSampler, range_max=8),
            too_small(LogUniformCandidateSampler, range_max=8),
        ],
    ),
    Entry(
        LearnedUnigramCandidateSampler,
        [
            Sample(
                LearnedUnigramCandidateSampler(1, 5, True, 8, **SEED),
                (TRUE,),
                recorded([7, 4, 0, 1, 5], [[0.7369244]] * 2, [0.7369244] * 5),
            ),
        ],
        bad_classes(LearnedUnigramCandidateSampler, range_max=8),
    ),
    Entry(
        FixedUnigramCandidateSampler,
        [
            Sample(
                FixedUnigramCandidateSampler(
                    1, 3, True, 5, unigrams=(1.0, 2.0, 3.0, 4.0, 5.0), **SEED
                ),
                (TRUE,),
                recorded([3, 4, 1], [[0.4], [0.6]], [0.8, 1.0, 0.4]),
            ),
            Sample(
                FixedUnigramCandidateSampler(
                    1,
                    4,
                    False,
                    6,
                    distortion=0.75,
                    num_reserved_ids=1,
                    unigrams=(1.0, 2.0, 3.0, 4.0, 7.0),
                    **SEED,
                ),
                (TRUE,),
                recorded(
                    [1, 5, 2, 4],
                    [[0.33076319], [0.55627516]],
                    [0.33076319, 1.4234449, 0.55627516, 0.93553954],
                ),
            ),
        ],
        [
            refused(
                FixedUnigramCandidateSampler(1, 2, True, 20),
                TRUE,
                match="^Must provide either vocab_file or unigrams.",
            ),
            refused(
                FixedUnigramCandidateSampler(1, 2, True, 2, vocab_file="x", unigrams=(1.0,)),
                TRUE,
                match="^Must only provide one of vocab_file and unigrams.",
            ),
        ],
    ),
    Entry(
        AllCandidateSampler,
        [
            Sample(
                AllCandidateSampler(1, 3, True, **SEED),
                (TRUE,),
                recorded([0, 1, 2], [[1.0], [1.0]], [1.0] * 3),
            )
        ],
        bad_classes(AllCandidateSampler),
    ),
    Entry(
        ComputeAccidentalHits,
        [
            Sample(
                ComputeAccidentalHits(2),
                (np.array([[1, 4], [2, 1]]), np.array([1, 3, 2, 1])),
                hits(2),
            ),
            Sample(ComputeAccidentalHits(1), (TRUE, np.array([7])), hits(1)),
            Sample(ComputeAccidentalHits(1), (TRUE, np.zeros(0, np.int64)), hits(1)),
        ],
        [
            Bad(
                ComputeAccidentalHits(1),
                (np.array([[1, 2]]), np.array([1])),
                ValueError,
                "^Dimension must be 1 but is 2",
            ),
            refused(
                ComputeAccidentalHits(1),
                TRUE[0],
                TRUE[0],
                match=r"^true_candidates must be a batch_size \* num_true matrix",
            ),
            refused(
                ComputeAccidentalHits(1), TRUE, TRUE, match="^sampled_candidates must be a vector"
            ),
        ],
    ),
]
