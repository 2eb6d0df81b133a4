"""One step of a recurrent cell as one op: an LSTM and a gated recurrent unit."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import BiasAddGrad
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.core import apply, apply_all
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.shapes import TensorShape

NARROW = Types((dtypes.float16, dtypes.float32))
_SINGLE = Types((dtypes.float32,))


def _linear(xp: Any, x: Array, h: Array, w: Array, b: Array) -> Array:
    """Return ``[x, h] @ w + b``, added up in no less than single precision."""
    both = xp.concatenate([x, h], axis=1)
    if w.dtype.itemsize == 2:
        return xp.matmul(both.astype("float32"), w.astype("float32")).astype(w.dtype) + b
    return xp.matmul(both, w) + b


def _sigmoid(xp: Any, x: Array) -> Array:
    return xp.reciprocal(xp.exp(xp.negative(x)) + x.dtype.type(1))


def _rise(y: Array) -> Array:
    """Return the slope of a sigmoid from its value."""
    return y * (y.dtype.type(1) - y)


def _bend(y: Array) -> Array:
    """Return the slope of a hyperbolic tangent from its value."""
    return y.dtype.type(1) - y * y


def _check(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise invalid(f"{what}: {found} vs. {expected}")


def _matrix_sizes(spec: Spec) -> tuple[int | None, int | None]:
    with_rank(spec.shape, 2)
    sizes = spec.shape.sizes
    return (None, None) if sizes is None else (sizes[0], sizes[1])


def check_states(x: Array, **states: Array) -> int:
    """Return the size of the states, each of which is ``(batch, size)``."""
    size: int = next(iter(states.values())).shape[1]
    for name, state in states.items():
        _check(f"{name}.dims(0) != batch_size", state.shape[0], x.shape[0])
        _check(f"{name}.dims(1) != cell_size", state.shape[1], size)
    return size


def check_weights(name: str, w: Array, b: Array, rows: int, size: int, gates: int) -> None:
    """Raise InvalidArgumentError unless weights and biases fit rows and gates of a size."""
    times = f" * {gates}" if gates > 1 else ""
    _check(f"w{name}.dim_size(0) != input_size + cell_size", w.shape[0], rows)
    _check(f"w{name}.dim_size(1) != cell_size{times}", w.shape[1], size * gates)
    _check(f"b{name}.dim_size(0) != cell_size{times}", b.shape[0], size * gates)


class LSTMBlockCell(Op):
    """A step of an LSTM; the gates stand in the order input, candidate, forget, output."""

    signature = Signature(
        "x: T, cs_prev: T, h_prev: T, w: T, wci: T, wcf: T, wco: T, b: T"
        " -> i: T, cs: T, f: T, o: T, ci: T, co: T, h: T",
        T=NARROW,
    )

    forget_bias: float = 1.0
    cell_clip: float = 3.0
    use_peephole: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows, size = _matrix_sizes(inputs[0])[0], _matrix_sizes(inputs[1])[1]
        return (TensorShape.of((rows, size)),) * 7

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x, c, h, w, wci, wcf, wco, b = inputs
        size = check_states(x, cs_prev=c, h_prev=h)
        check_weights("", w, b, x.shape[1] + size, size, 4)
        real = x.dtype.type
        gates = _linear(xp, x, h, w, b)
        i, ci, f, o = (gates[:, k * size : (k + 1) * size] for k in range(4))
        f = f + real(self.forget_bias)
        if self.use_peephole:
            i, f = i + c * wci, f + c * wcf
        i, f, ci = _sigmoid(xp, i), _sigmoid(xp, f), xp.tanh(ci)
        c = ci * i + c * f
        if self.cell_clip > 0:
            c = xp.clip(c, real(-self.cell_clip), real(self.cell_clip))
        o = _sigmoid(xp, o + c * wco if self.use_peephole else o)
        co = xp.tanh(c)
        return i, c, f, o, ci, co, co * o

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, c, h, w, *_ = operation.inputs
        rows, depth = x.shape.with_rank(2).as_list()
        size = c.shape.with_rank(2)[1].value
        if depth is None:
            raise ValueError("input_size from `x` should not be None.")
        if size is None:
            raise ValueError("cell_size from `cs_prev` should not be None.")
        dc, gates, *peepholes = apply_all(
            LSTMBlockCellGrad(use_peephole=self.use_peephole),
            *operation.inputs,
            *operation.outputs[:-1],
            dys[1],
            dys[6],
        )
        both = matmul(gates, w, transpose_b=True)
        rows = -1 if rows is None else rows
        dx = slice_of(both, [0, 0], [rows, depth])
        dh = slice_of(both, [0, depth], [rows, size])
        dw = matmul(concat([x, h], 1), gates, transpose_a=True)
        return dx, dc, dh, dw, *peepholes, apply(BiasAddGrad(), gates)


class LSTMBlockCellGrad(Op):
    """What flows back through a step of an LSTM to the state, the gates and the peepholes.

    Clipping is taken for the identity, as in TensorFlow.
    """

    signature = Signature(
        "x: T, cs_prev: T, h_prev: T, w: T, wci: T, wcf: T, wco: T, b: T,"
        " i: T, cs: T, f: T, o: T, ci: T, co: T, cs_grad: T, h_grad: T"
        " -> cs_prev_grad: T, dicfo: T, wci_grad: T, wcf_grad: T, wco_grad: T",
        T=NARROW,
    )

    use_peephole: bool

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows, size = _matrix_sizes(inputs[0])[0], _matrix_sizes(inputs[1])[1]
        gates = None if size is None else 4 * size
        weights = (TensorShape.of((size,)),) * 3
        return TensorShape.of((rows, size)), TensorShape.of((rows, gates)), *weights

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x, before, h, w, wci, wcf, wco, b, i, c, f, o, ci, co, dc, dh = inputs
        size = check_states(x, cs_prev=before, h_prev=h)
        check_weights("", w, b, x.shape[1] + size, size, 4)
        d_o = _rise(o) * dh * co
        dc = _bend(co) * dh * o + dc
        if self.use_peephole:
            dc = dc + d_o * wco
        d_i, d_f, d_ci = _rise(i) * dc * ci, _rise(f) * dc * before, _bend(ci) * dc * i
        gates = xp.concatenate([d_i, d_ci, d_f, d_o], axis=1)
        if not self.use_peephole:
            return dc * f, gates, *(xp.zeros_like(weight) for weight in (wci, wcf, wco))
        pairs = ((d_i, before), (d_f, before), (d_o, c))
        weights = (xp.sum(d * value, axis=0) for d, value in pairs)
        return dc * f + d_i * wci + d_f * wcf, gates, *weights


class GRUBlockCell(Op):
    """A step of a gated recurrent unit; the gates stand in the order reset, update."""

    signature = Signature(
        "x: T, h_prev: T, w_ru: T, w_c: T, b_ru: T, b_c: T -> r: T, u: T, c: T, h: T", T=_SINGLE
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows, size = _matrix_sizes(inputs[0])[0], _matrix_sizes(inputs[1])[1]
        return (TensorShape.of((rows, size)),) * 4

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x, h, w_ru, w_c, b_ru, b_c = inputs
        size = _check_unit(*inputs)
        gates = _sigmoid(xp, _linear(xp, x, h, w_ru, b_ru))
        r, u = gates[:, :size].copy(), gates[:, size:].copy()
        c = xp.tanh(_linear(xp, x, h * r, w_c, b_c))
        return r, u, c, u * h + (u.dtype.type(1) - u) * c

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, h, *_ = operation.inputs
        r = operation.outputs[0]
        dx, dh, candidate, gates = apply_all(
            GRUBlockCellGrad(), *operation.inputs, *operation.outputs[:-1], dys[3]
        )
        d_ru = matmul(concat([x, h], 1), gates, transpose_a=True)
        d_c = matmul(concat([x, h * r], 1), candidate, transpose_a=True)
        return (
            dx, dh, d_ru, d_c, apply(BiasAddGrad(), gates), apply(BiasAddGrad(), candidate)
        )  # fmt: skip


def _check_unit(x: Array, h: Array, w_ru: Array, w_c: Array, b_ru: Array, b_c: Array) -> int:
    size = check_states(x, h_prev=h)
    check_weights("_ru", w_ru, b_ru, x.shape[1] + size, size, 2)
    check_weights("_c", w_c, b_c, x.shape[1] + size, size, 1)
    return size


class GRUBlockCellGrad(Op):
    """What flows back through a step of a gated recurrent unit to input, state and gates."""

    signature = Signature(
        "x: T, h_prev: T, w_ru: T, w_c: T, b_ru: T, b_c: T, r: T, u: T, c: T, d_h: T"
        " -> d_x: T, d_h_prev: T, d_c_bar: T, d_r_bar_u_bar: T",
        T=_SINGLE,
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        (rows, depth), size = _matrix_sizes(inputs[0]), _matrix_sizes(inputs[1])[1]
        gates = _matrix_sizes(inputs[2])[1]
        return tuple(TensorShape.of((rows, n)) for n in (depth, size, size, gates))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x, h, w_ru, w_c, _, _, r, u, c, dh = inputs
        _check_unit(*inputs[:6])
        depth = x.shape[1]
        candidate = dh * (u.dtype.type(1) - u) * _bend(c)
        through_c = xp.matmul(candidate, w_c.T)
        reset = through_c[:, depth:]
        gates = xp.concatenate([reset * h * _rise(r), dh * (h - c) * _rise(u)], axis=1)
        through_ru = xp.matmul(gates, w_ru.T)
        dx = through_ru[:, :depth] + through_c[:, :depth]
        return dx, through_ru[:, depth:] + reset * r + dh * u, candidate, gates
