"""Products of float32 matrices, on the threads of all other kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.native import call as native
from flowgraph.backends.native.call import Call, Place, Result, Scratch, call
from flowgraph.backends.native.library import size


def multiply(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """``c = a b``, each factor transposed if its attribute says so."""
    a, b = inputs
    (c,) = outputs
    m, k = a.shape[::-1] if op.transpose_a else a.shape
    n = c.shape[1]
    inner = b.shape[1] if op.transpose_b else b.shape[0]
    if c.dtype != np.float32 or inner != k or not m * n * k or _is_left_to_blas(m, n, k):
        return None
    (packed,) = scratch.take(size(library, "fg_matmul_scratch", m, n, k) * 4)
    a_strides = (1, m) if op.transpose_a else (k, 1)
    b_strides = (1, k) if op.transpose_b else (n, 1)
    return call(library.fg_matmul, m, n, k, a, *a_strides, b, *b_strides, packed, c)


def _is_left_to_blas(m: int, n: int, k: int) -> bool:
    """Whether BLAS, which takes one thread for small products, is the faster one."""
    return m * n * k < native.LEAST or (n < 16 and native.LEAST > 0)


MAKERS = {"MatMul": multiply}
