"""Sequences of a beam search, against following each beam's parents one by one."""

from __future__ import annotations

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.beam_search import GatherTree
from tests.conformance.entry import Bad, Entry, Sample


def followed(step_ids, parent_ids, lengths, end_token):
    result = np.full(step_ids.shape, end_token)
    for row, beam in np.ndindex(step_ids.shape[1:]):
        length = min(len(step_ids), int(lengths[row]))
        at, symbols = beam, []
        for step in reversed(range(length)):
            symbols.insert(0, step_ids[step, row, at])
            at = parent_ids[step, row, at]
        if end_token in symbols:
            symbols = symbols[: symbols.index(end_token)]
        result[: len(symbols), row, beam] = symbols
    return result.astype(np.int32)


def ints(values):
    return np.array(values, np.int32)


STEPS = ints(np.arange(12).reshape(3, 2, 2))
PARENTS = ints([[[0, 0], [0, 0]], [[0, 1], [1, 0]], [[1, 0], [0, 1]]])
RANDOM = np.random.default_rng(0)


def with_parent(parent):
    changed = PARENTS.copy()
    changed[2, 0, 0] = parent
    return changed


def refused(inputs, match, run=True):
    return Bad(GatherTree(), inputs, InvalidArgumentError if run else ValueError, match, run=run)


END = ints(99)
LENGTHS = ints([3, 2])

ENTRIES = [
    Entry(
        GatherTree,
        [
            Sample(GatherTree(), (STEPS, PARENTS, LENGTHS, END), followed),
            Sample(GatherTree(), (STEPS, PARENTS, ints([9, 0]), ints(5)), followed),
            Sample(
                GatherTree(),
                (
                    RANDOM.integers(0, 6, (7, 3, 4), np.int32),
                    RANDOM.integers(0, 4, (7, 3, 4), np.int32),
                    ints([7, 4, 6]),
                    ints(0),
                ),
                followed,
            ),
            Sample(GatherTree(), (STEPS[:, :0], PARENTS[:, :0], LENGTHS[:0], END), STEPS[:, :0]),
            Sample(GatherTree(), (STEPS[:0], PARENTS[:0], LENGTHS, END), STEPS[:0]),
        ],
        [
            refused(
                (STEPS, PARENTS, ints([3, 2, 1]), END),
                "Dimensions must be equal, but are 2 and 3",
                run=False,
            ),
            refused(
                (STEPS, PARENTS[:, :1], LENGTHS, END),
                "Dimension 1 in both shapes must be equal, but are 2 and 1",
                run=False,
            ),
            refused((STEPS[0], PARENTS, LENGTHS, END), r"step_ids must be a 3-tensor, saw shape: "),
            refused(
                (STEPS, PARENTS[:, :1], LENGTHS, END),
                r"step_ids.shape must match parent_ids.shape.  but shapes are: \[3,2,2\] and ",
            ),
            refused(
                (STEPS, PARENTS, LENGTHS[None], END),
                r"max_sequence_lengths must be a vector, saw shape: \[1,2\]",
            ),
            refused(
                (STEPS, PARENTS, LENGTHS, END[None]),
                r"end_token must be a scalar, saw shape: \[1\]",
            ),
            refused(
                (STEPS, PARENTS, ints([3, 2, 1]), END),
                r"batch size dimensions step_ids.shape\[1\] and max_sequence_lengths.shape\[0\]",
            ),
            *(
                refused(
                    (STEPS, with_parent(parent), LENGTHS, END),
                    rf"Saw invalid parent id {parent} at \(batch, time, beam\) == \(0, 1, 0\)",
                )
                for parent in (5, -1)
            ),
        ],
    )
]
