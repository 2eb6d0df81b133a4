"""Softmax and cross entropy: rows of classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda.launch import FLOATS, Launch, Operand, Target, launch, over

_WARP_ROW = 1024
"""Rows of at most so many classes are served by a warp each."""


def _rows(kernel: str, x: Operand, *arguments: Any) -> list[Launch]:
    classes = x.shape[-1]
    rows = x.size // classes
    if classes <= _WARP_ROW:
        blocks, threads = over(rows, 8), (32, 8)
    else:
        blocks, threads = rows, (256, 1)
    return [launch("softmax", kernel, x.dtype, blocks, rows, classes, *arguments, threads=threads)]


def softmax(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The softmax of each row, or its logarithm."""
    (x,), (y,) = inputs, outputs
    if x.dtype.name not in FLOATS or not x.shape or 0 in x.shape:
        return None
    return _rows("softmax", x, op.type == "LogSoftmax", x, y)


def cross_entropy(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The cross entropy of each row with a distribution, and its gradient."""
    logits, labels = inputs
    if not _fits(logits) or logits.shape != labels.shape:
        return None
    return _rows("cross_entropy", logits, logits, labels, *outputs)


def sparse_cross_entropy(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The cross entropy of each row with a class, and its gradient."""
    logits, labels = inputs
    if not _fits(logits) or labels.shape != logits.shape[:1]:
        return None
    is_wide = labels.dtype == np.int64
    return _rows("sparse_cross_entropy", logits, is_wide, logits, labels, *outputs)


def _fits(logits: Operand) -> bool:
    return logits.dtype.name in FLOATS and len(logits.shape) == 2 and math.prod(logits.shape) > 0


MAKERS = {
    "Softmax": softmax,
    "LogSoftmax": softmax,
    "SoftmaxCrossEntropyWithLogits": cross_entropy,
    "SparseSoftmaxCrossEntropyWithLogits": sparse_cross_entropy,
}
