"""Products of float32 matrices, on the threads of all other kernels."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.native import call as native
from flowgraph.backends.native.call import Call, Place, Result, Scratch, call, together
from flowgraph.backends.native.library import size
from flowgraph.dtypes import Array


def multiply(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """``c = a b``, each factor transposed if its attribute says so."""
    return _multiplied(library, op, inputs, outputs[0], scratch)


def accumulate(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """``c = total + a b``."""
    total, *factors = inputs
    return _multiplied(library, op.members[0].op, factors, outputs[0], scratch, total)


def _multiplied(
    library: Any, op: Any, inputs: Sequence[Place], c: Result, scratch: Scratch,
    total: Place | None = None,
) -> Call | None:  # fmt: skip
    a, b = inputs
    m, k = a.shape[::-1] if op.transpose_a else a.shape
    inner, n = b.shape[::-1] if op.transpose_b else b.shape
    work = m * n * k
    if c.dtype != np.float32 or c.shape != (m, n) or inner != k:
        return None
    if not work or work < native.LEAST:
        return None
    a_strides = (1, m) if op.transpose_a else (k, 1)
    b_strides = (1, k) if op.transpose_b else (n, 1)
    if total is None and _is_narrow(library, n, k, op.transpose_a):
        (packed,) = scratch.take(size(library, "fg_narrow_scratch", n, k) * 4)
        return call(library.fg_narrow, m, n, k, a, *a_strides, b, *b_strides, packed, c, n, 1)
    if total is None and _is_narrow(
        library, m, k, not op.transpose_b
    ):  # as the transposes of all three
        (packed,) = scratch.take(size(library, "fg_narrow_scratch", m, k) * 4)
        return call(
            library.fg_narrow, n, m, k, b, *b_strides[::-1], a, *a_strides[::-1], packed, c, 1, n
        )  # fmt: skip
    if min(m, n) < _LEAST_SIDE and native.LEAST:
        return None
    before = ctypes.c_void_p(None) if total is None else total
    shared = scratch.pack(b, op.transpose_b, size(library, "fg_packed_size", k, n) * 4)
    if shared is not None:
        packed, is_new = shared
        product = call(library.fg_matmul_packed, m, n, k, a, *a_strides, packed, before, c)
        if not is_new:
            return product
        return together(call(library.fg_pack_factor, k, n, b, *b_strides, packed), product)
    (packed,) = scratch.take(size(library, "fg_matmul_scratch", m, n, k) * 4)
    return call(library.fg_matmul, m, n, k, a, *a_strides, b, *b_strides, packed, before, c)


_LEAST_SIDE = 16
"""BLAS is faster at products of a vector, and at others that would leave most of a block empty."""


def _is_narrow(library: Any, n: int, k: int, has_columns: bool) -> bool:
    return n > 1 and bool(size(library, "fg_is_narrow", n, k, not has_columns))


def multiply_batch(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The products of the matrices in the last two axes; the axes before them are broadcast."""
    a, b = inputs
    (c,) = outputs
    if c.dtype != np.float32 or len(c.shape) < 2:
        return None
    m, k = a.shape[:-3:-1] if op.adj_x else a.shape[-2:]
    inner, n = b.shape[:-3:-1] if op.adj_y else b.shape[-2:]
    batch = c.shape[:-2]
    if inner != k or c.shape != (*batch, m, n) or _is_left_to_numpy(m, n, k, c.shape):
        return None
    if any(not _fits(factor.shape[:-2], batch) for factor in inputs):
        return None
    a_strides = (1, m) if op.adj_x else (k, 1)
    b_strides = (1, k) if op.adj_y else (n, 1)
    return call(
        library.fg_batch_matmul, math.prod(batch), _starts(a.shape, batch), _starts(b.shape, batch),
        m, n, k, a, *a_strides, b, *b_strides, c,
    )  # fmt: skip


def _fits(shape: tuple[int, ...], batch: tuple[int, ...]) -> bool:
    padded = (1,) * (len(batch) - len(shape)) + shape
    return all(own in (1, whole) for own, whole in zip(padded, batch, strict=True))


def _starts(shape: tuple[int, ...], batch: tuple[int, ...]) -> Array:
    """Return how many elements lie before each matrix of a broadcast batch."""
    own = np.arange(math.prod(shape[:-2]), dtype=np.int64) * math.prod(shape[-2:])
    return np.ascontiguousarray(np.broadcast_to(own.reshape(shape[:-2]), batch))


def _is_left_to_numpy(m: int, n: int, k: int, shape: tuple[int, ...]) -> bool:
    """Whether NumPy's loop over BLAS is the faster one."""
    work = math.prod(shape) * k
    if not work or not native.LEAST:
        return not work
    return work < native.LEAST or min(m, n) < _LEAST_SIDE or m * n * k < native.LEAST // 8


MAKERS = {
    "MatMul": multiply,
    "Accumulated": accumulate,
    **dict.fromkeys(("BatchMatMul", "BatchMatMulV2"), multiply_batch),
}
