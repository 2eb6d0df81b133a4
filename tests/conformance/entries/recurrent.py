"""Steps of recurrent cells: values against scalar loops, with single numbers.

Gradients are tested with the cells, since they are of the last output and the state alone.
"""

import math

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.recurrent import (
    GRUBlockCell,
    GRUBlockCellGrad,
    LSTMBlockCell,
    LSTMBlockCellGrad,
)
from tests.conformance.entry import Bad, Entry, Sample

BATCH, DEPTH, SIZE = 2, 3, 2


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def dot(row, column):
    return math.fsum(float(a) * float(b) for a, b in zip(row, column, strict=True))


def lstm(op):
    def reference(x, cs_prev, h_prev, w, wci, wcf, wco, b):
        out = np.zeros((7, *cs_prev.shape), np.float64)
        for n, k in np.ndindex(cs_prev.shape):
            row = [*x[n], *h_prev[n]]
            i, ci, f, o = (dot(row, w[:, g * SIZE + k]) + float(b[g * SIZE + k]) for g in range(4))
            before = float(cs_prev[n, k])
            peep = 1.0 if op.use_peephole else 0.0
            i = sigmoid(i + peep * wci[k] * before)
            f = sigmoid(f + op.forget_bias + peep * wcf[k] * before)
            ci = math.tanh(ci)
            c = ci * i + before * f
            if op.cell_clip > 0:
                c = min(max(c, -op.cell_clip), op.cell_clip)
            o = sigmoid(o + peep * wco[k] * c)
            out[:, n, k] = i, c, f, o, ci, math.tanh(c), math.tanh(c) * o
        return tuple(part.astype(x.dtype) for part in out)

    return reference


def lstm_slope(op):
    def reference(x, cs_prev, h_prev, w, wci, wcf, wco, b, i, cs, f, o, ci, co, cs_grad, h_grad):
        peep = 1.0 if op.use_peephole else 0.0
        gates, before = np.zeros((BATCH, 4 * SIZE)), np.zeros((BATCH, SIZE))
        weights = np.zeros((3, SIZE))
        for n, k in np.ndindex(cs_prev.shape):
            at = (n, k)
            d_o = o[at] * (1 - o[at]) * h_grad[at] * co[at]
            dc = cs_grad[at] + (1 - co[at] ** 2) * h_grad[at] * o[at] + peep * wco[k] * d_o
            d_i = i[at] * (1 - i[at]) * dc * ci[at]
            d_f = f[at] * (1 - f[at]) * dc * cs_prev[at]
            d_ci = (1 - ci[at] ** 2) * dc * i[at]
            gates[n, [k, SIZE + k, 2 * SIZE + k, 3 * SIZE + k]] = d_i, d_ci, d_f, d_o
            before[at] = dc * f[at] + peep * (d_i * wci[k] + d_f * wcf[k])
            weights[:, k] += peep * np.array([d_i * cs_prev[at], d_f * cs_prev[at], d_o * cs[at]])
        return tuple(part.astype(x.dtype) for part in (before, gates, *weights))

    return reference


def gru(x, h_prev, w_ru, w_c, b_ru, b_c):
    out = np.zeros((4, *h_prev.shape))
    for n in range(len(x)):
        row = [*x[n], *h_prev[n]]
        both = [sigmoid(dot(row, w_ru[:, k]) + float(b_ru[k])) for k in range(2 * SIZE)]
        r, u = both[:SIZE], both[SIZE:]
        row = [*x[n], *(float(h) * p for h, p in zip(h_prev[n], r, strict=True))]
        c = [math.tanh(dot(row, w_c[:, k]) + float(b_c[k])) for k in range(SIZE)]
        h = [p * float(q) + (1 - p) * s for p, q, s in zip(u, h_prev[n], c, strict=True)]
        out[:, n] = r, u, c, h
    return tuple(part.astype(x.dtype) for part in out)


def gru_slope(x, h_prev, w_ru, w_c, b_ru, b_c, r, u, c, d_h):
    candidate = np.einsum("nk,nk,nk->nk", d_h, 1 - u, 1 - c**2)
    back_c = np.einsum("nk,jk->nj", candidate, w_c)
    reset = np.einsum("nk,nk,nk,nk->nk", back_c[:, DEPTH:], h_prev, r, 1 - r)
    update = np.einsum("nk,nk,nk,nk->nk", d_h, h_prev - c, u, 1 - u)
    gates = np.hstack([reset, update])
    back = np.einsum("nk,jk->nj", gates, w_ru)
    d_x = (back + back_c)[:, :DEPTH]
    d_h_prev = back[:, DEPTH:] + np.einsum("nk,nk->nk", back_c[:, DEPTH:], r) + d_h * u
    return tuple(part.astype(np.float32) for part in (d_x, d_h_prev, candidate, gates))


def state(seed):
    return numbers(BATCH, SIZE, seed=seed)


def lstm_inputs():
    return (
        numbers(BATCH, DEPTH), state(1), state(2), numbers(DEPTH + SIZE, 4 * SIZE, seed=3),
        numbers(SIZE, seed=4), numbers(SIZE, seed=5), numbers(SIZE, seed=6),
        numbers(4 * SIZE, seed=7),
    )  # fmt: skip


def gru_inputs():
    return (
        numbers(BATCH, DEPTH), state(1), numbers(DEPTH + SIZE, 2 * SIZE, seed=2),
        numbers(DEPTH + SIZE, SIZE, seed=3), numbers(2 * SIZE, seed=4), numbers(SIZE, seed=5),
    )  # fmt: skip


def with_input(inputs, position, shape):
    return tuple(numbers(*shape) if i == position else x for i, x in enumerate(inputs))


LSTM_OPS = [
    LSTMBlockCell(),
    LSTMBlockCell(forget_bias=0.5, cell_clip=-1.0),
    LSTMBlockCell(cell_clip=0.2),
    LSTMBlockCell(use_peephole=True),
]
BAD_LSTM = [
    (0, (4, DEPTH), r"cs_prev.dims\(0\) != batch_size: 2 vs. 4"),
    (2, (BATCH, 5), r"h_prev.dims\(1\) != cell_size: 5 vs. 2"),
    (3, (9, 8), r"w.dim_size\(0\) != input_size \+ cell_size: 9 vs. 5"),
    (3, (5, 9), r"w.dim_size\(1\) != cell_size \* 4: 9 vs. 8"),
    (7, (9,), r"b.dim_size\(0\) != cell_size \* 4: 9 vs. 8"),
]
BAD_GRU = [
    (0, (4, DEPTH), r"h_prev.dims\(0\) != batch_size: 2 vs. 4"),
    (2, (9, 4), r"w_ru.dim_size\(0\) != input_size \+ cell_size: 9 vs. 5"),
    (3, (5, 9), r"w_c.dim_size\(1\) != cell_size: 9 vs. 2"),
    (4, (9,), r"b_ru.dim_size\(0\) != cell_size \* 2: 9 vs. 4"),
]


def refused(op, inputs, cases):
    ranks = Bad(op, with_input(inputs, 0, (2,)), ValueError, "must be rank 2 but is rank 1")
    return [
        ranks,
        *(
            Bad(op, with_input(inputs, position, shape), InvalidArgumentError, match, run=True)
            for position, shape, match in cases
        ),
    ]


def lstm_grad_inputs():
    return (*lstm_inputs(), *(state(seed) for seed in range(8, 16)))


def gru_grad_inputs():
    return (*gru_inputs(), *(state(seed) for seed in range(6, 10)))


ENTRIES = [
    Entry(
        LSTMBlockCell,
        [
            *(Sample(op, lstm_inputs(), lstm(op), differentiate=()) for op in LSTM_OPS),
            Sample(
                LSTMBlockCell(),
                tuple(x.astype(np.float16) for x in lstm_inputs()),
                lstm(LSTMBlockCell()),
                differentiate=(),
                rtol=5e-3,
                atol=5e-3,
            ),
        ],
        refused(LSTMBlockCell(), lstm_inputs(), BAD_LSTM),
    ),
    Entry(
        LSTMBlockCellGrad,
        [
            Sample(op, lstm_grad_inputs(), lstm_slope(op), differentiate=())
            for op in (LSTMBlockCellGrad(use_peephole=flag) for flag in (False, True))
        ],
        refused(LSTMBlockCellGrad(use_peephole=False), lstm_grad_inputs(), BAD_LSTM),
    ),
    Entry(
        GRUBlockCell,
        [Sample(GRUBlockCell(), gru_inputs(), gru, differentiate=())],
        refused(GRUBlockCell(), gru_inputs(), BAD_GRU),
    ),
    Entry(
        GRUBlockCellGrad,
        [Sample(GRUBlockCellGrad(), gru_grad_inputs(), gru_slope, differentiate=())],
        refused(GRUBlockCellGrad(), gru_grad_inputs(), BAD_GRU),
    ),
]
