"""All steps of an LSTM, against the scalar loops over single steps.

Gradients are tested with the cells, since they are of the outputs and the state alone.
"""

from __future__ import annotations

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.block_lstm import BlockLSTM, BlockLSTMGrad
from tests.conformance.entries.recurrent import (
    BATCH,
    DEPTH,
    SIZE,
    lstm,
    lstm_inputs,
    lstm_slope,
    numbers,
    with_input,
)
from tests.conformance.entry import Bad, Entry, Sample

TIME = 3
STEP = (BATCH, SIZE)


def inputs(count=TIME):
    _, c, h, *weights = lstm_inputs()
    return np.int64(count), numbers(TIME, BATCH, DEPTH, seed=9), c, h, *weights


def grad_inputs(count=TIME):
    kept = (numbers(TIME, *STEP, seed=seed) for seed in range(10, 19))
    return (*inputs(count), *kept)


def steps(op):
    def reference(count, x, c, h, *weights):
        found = np.zeros((7, len(x), *c.shape), x.dtype)
        for time in range(int(count)):
            found[:, time] = lstm(op)(x[time], c, h, *weights)
            c, h = found[1, time], found[6, time]
        return tuple(found)

    return reference


def slopes(op):
    def reference(count, x, c_first, h_first, w, wci, wcf, wco, b, *kept):
        i, cs, f, o, ci, co, hs, d_cs, d_hs = kept
        dc, dh = np.zeros(STEP), np.zeros(STEP)
        dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
        peepholes = np.zeros((3, SIZE))
        for time in reversed(range(int(count))):
            c = cs[time - 1] if time else c_first
            h = hs[time - 1] if time else h_first
            now = (each[time] for each in (i, cs, f, o, ci, co))
            dc, gates, *parts = lstm_slope(op)(
                x[time], c, h, w, wci, wcf, wco, b, *now, d_cs[time] + dc, d_hs[time] + dh
            )
            peepholes += np.array(parts)
            back = np.einsum("nk,jk->nj", gates, w)
            dx[time], dh = back[:, :DEPTH], back[:, DEPTH:]
            dw += np.einsum("nj,nk->jk", np.hstack([x[time], h]), gates)
            db += gates.sum(0)
        return tuple(part.astype(x.dtype) for part in (dx, dc, dh, dw, *peepholes, db))

    return reference


OPS = [
    BlockLSTM(),
    BlockLSTM(forget_bias=0.5, cell_clip=0.2),
    BlockLSTM(cell_clip=-1.0, use_peephole=True),
]


def refused(op, given):
    shapes = [
        (1, (TIME, BATCH), "x must be 3D"),
        (2, (4, SIZE), r"cs_prev.dims\(0\) != batch_size: 4 vs. 2"),
        (4, (9, 8), r"w.dim_size\(0\) != input_size \+ cell_size: 9 vs. 5"),
        (8, (12,), r"b.dim_size\(0\) != cell_size \* 4: 12 vs. 8"),
    ]
    too_many = (np.int64(TIME + 1), *given[1:])
    return [
        Bad(op, with_input(given, 1, (2,)), ValueError, "must be rank 3 but is rank 1"),
        Bad(op, too_many, InvalidArgumentError, "seq_len_max is more than there are", run=True),
        *(
            Bad(op, with_input(given, at, shape), InvalidArgumentError, match, run=True)
            for at, shape, match in shapes
        ),
    ]


DIVIDED = Bad(
    BlockLSTM(),
    with_input(inputs(), 8, (7,)),
    ValueError,
    "Dimension size must be evenly divisible by 4 but is 7",
)

ENTRIES = [
    Entry(
        BlockLSTM,
        [
            Sample(op, inputs(count), steps(op), differentiate=())
            for op in OPS
            for count in (TIME, 2, 0)
        ],
        [*refused(BlockLSTM(), inputs()), DIVIDED],
    ),
    Entry(
        BlockLSTMGrad,
        [
            Sample(op, grad_inputs(count), slopes(op), differentiate=())
            for op in (BlockLSTMGrad(use_peephole=flag) for flag in (False, True))
            for count in (TIME, 2)
        ],
        refused(BlockLSTMGrad(use_peephole=False), grad_inputs()),
    ),
]
