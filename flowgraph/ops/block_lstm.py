"""All steps of an LSTM as one op."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.core import apply_all
from flowgraph.ops.recurrent import (
    NARROW,
    LSTMBlockCell,
    LSTMBlockCellGrad,
    check_states,
    check_weights,
)
from flowgraph.shapes import TensorShape

_INPUTS = "seq_len_max: int64, x: T, cs_prev: T, h_prev: T, w: T, wci: T, wcf: T, wco: T, b: T"
_OUTPUTS = "i: T, cs: T, f: T, o: T, ci: T, co: T, h: T"


def _steps(count: Array, x: Array, c: Array, h: Array, w: Array, b: Array) -> int:
    """Return how many steps to take, once the sizes are checked."""
    if x.ndim != 3:
        raise invalid("x must be 3D")
    if len(x):
        size = check_states(x[0], cs_prev=c, h_prev=h)
        check_weights("", w, b, x.shape[2] + size, size, 4)
    if int(count) > len(x):
        raise invalid(f"seq_len_max is more than there are steps: {int(count)} vs. {len(x)}")
    return int(count)


class BlockLSTM(Op):
    """All steps of an LSTM: what `LSTMBlockCell` gives for each, zero after the last."""

    signature = Signature(f"{_INPUTS} -> {_OUTPUTS}", T=NARROW)

    forget_bias: float = 1.0
    cell_clip: float = 3.0
    use_peephole: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        time, rows, _ = with_rank(inputs[1].shape, 3).as_list()
        (gates,) = with_rank(inputs[8].shape, 1).as_list()
        if gates is not None and gates % 4:
            raise ValueError(f"Dimension size must be evenly divisible by 4 but is {gates}")
        return (TensorShape.of((time, rows, None if gates is None else gates // 4)),) * 7

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        count, x, c, h, *weights = inputs
        steps = _steps(count, x, c, h, weights[0], weights[-1])
        step = LSTMBlockCell(self.forget_bias, self.cell_clip, self.use_peephole)
        outputs = tuple(xp.zeros((*x.shape[:2], c.shape[1]), x.dtype) for _ in range(7))
        for time in range(steps):
            given = step.compute(xp, x[time], c, h, *weights)
            for output, value in zip(outputs, given, strict=True):
                output[time] = value
            c, h = given[1], given[6]
        return outputs

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        slopes = apply_all(
            BlockLSTMGrad(use_peephole=self.use_peephole),
            *operation.inputs,
            *operation.outputs,
            dys[1],
            dys[6],
        )
        return None, *slopes


class BlockLSTMGrad(Op):
    """What flows back through all steps of an LSTM. Clipping is taken for the identity."""

    signature = Signature(
        f"{_INPUTS}, {_OUTPUTS}, cs_grad: T, h_grad: T"
        " -> x_grad: T, cs_prev_grad: T, h_prev_grad: T, w_grad: T, wci_grad: T, wcf_grad: T,"
        " wco_grad: T, b_grad: T",
        T=NARROW,
    )

    use_peephole: bool

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        ranks = (3, 2, 2, 2, 1, 1, 1, 1)
        pairs = zip(inputs[1:9], ranks, strict=True)
        return tuple(with_rank(spec.shape, rank) for spec, rank in pairs)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        count, x, c_first, h_first, w, *peepholes, b = inputs[:9]
        i, cs, f, o, ci, co, hs, d_cs, d_hs = inputs[9:]
        steps = _steps(count, x, c_first, h_first, w, b)
        step = LSTMBlockCellGrad(use_peephole=self.use_peephole)
        dx, dw, db = (xp.zeros_like(each) for each in (x, w, b))
        dc, dh = xp.zeros_like(c_first), xp.zeros_like(h_first)
        d_peepholes = [xp.zeros_like(each) for each in peepholes]
        depth = x.shape[2]
        for time in reversed(range(steps)):
            c, h = (cs[time - 1], hs[time - 1]) if time else (c_first, h_first)
            kept = (each[time] for each in (i, cs, f, o, ci, co))
            dc, gates, *of_peepholes = step.compute(
                xp, x[time], c, h, w, *peepholes, b, *kept, d_cs[time] + dc, d_hs[time] + dh
            )
            both = xp.matmul(gates, w.T)
            dx[time], dh = both[:, :depth], both[:, depth:]
            dw += xp.matmul(xp.concatenate([x[time], h], axis=1).T, gates)
            db += xp.sum(gates, axis=0)
            for total, part in zip(d_peepholes, of_peepholes, strict=True):
                total += part
        return dx, dc, dh, dw, *d_peepholes, db
