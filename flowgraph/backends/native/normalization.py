"""Softmax, cross entropy and batch normalisation in float32."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.native.call import Call, Place, Result, Scratch, call
from flowgraph.backends.native.library import size


def softmax(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The softmax of each row, or its logarithm."""
    (x,), (y,) = inputs, outputs
    if x.dtype != np.float32 or not x.shape or 0 in x.shape:
        return None
    rows = math.prod(x.shape[:-1])
    return call(library.fg_softmax, rows, x.shape[-1], op.type == "LogSoftmax", x, y)


def cross_entropy(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The cross entropy of each row with a distribution, and its gradient."""
    logits, labels = inputs
    if logits.dtype != np.float32 or logits.shape != labels.shape or 0 in logits.shape:
        return None
    if len(logits.shape) != 2:
        return None
    return call(library.fg_softmax_cross_entropy, *logits.shape, logits, labels, *outputs)


def sparse_cross_entropy(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The cross entropy of each row with a class, and its gradient."""
    logits, labels = inputs
    if logits.dtype != np.float32 or len(logits.shape) != 2 or 0 in logits.shape:
        return None
    if labels.shape != logits.shape[:1]:
        return None
    rows, classes = logits.shape
    wide = labels.dtype == np.int64
    fits = call(library.fg_labels_fit, rows, classes, wide, labels)
    run = call(
        library.fg_sparse_softmax_cross_entropy, rows, classes, wide, logits, labels, *outputs
    )

    def checked() -> None:
        if not fits():
            op.compute(np, logits.value(), labels.value())  # says which label is none
        run()

    return checked


def batch_norm(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """Images with each channel's mean and variance taken out, and these moments."""
    x, *vectors = inputs
    used = vectors if not op.is_training else vectors[:2]
    if not _fits(op, x, used) or any(v.dtype != np.float32 for v in vectors):
        return None
    rows, channels = math.prod(x.shape[:3]), x.shape[3]
    (work,) = scratch.take(size(library, "fg_batch_norm_scratch", rows, channels) * 4)
    return call(
        library.fg_batch_norm, rows, channels, float(op.epsilon), op.is_training,
        x, *vectors, work, *outputs[:5],
    )  # fmt: skip


def batch_norm_gradient(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """The gradients in the images, the scale and the offset."""
    dy, x, *vectors = inputs[:5]
    if not _fits(op, x, vectors) or dy.shape != x.shape or dy.dtype != np.float32:
        return None
    rows, channels = math.prod(x.shape[:3]), x.shape[3]
    (work,) = scratch.take(size(library, "fg_batch_norm_scratch", rows, channels) * 4)
    run = call(
        library.fg_batch_norm_gradient, rows, channels, float(op.epsilon), op.is_training,
        dy, x, *vectors, work, *outputs[:3],
    )  # fmt: skip
    nothing = outputs[3:]

    def with_zeros() -> None:
        run()
        for result in nothing:
            result.value()[...] = 0

    return with_zeros


def _fits(op: Any, x: Place, vectors: Sequence[Place]) -> bool:
    return (
        op.data_format == "NHWC"
        and len(x.shape) == 4
        and 0 not in x.shape
        and x.dtype == np.float32
        and all(v.shape == x.shape[3:] and v.dtype == np.float32 for v in vectors)
    )


MAKERS = {
    "Softmax": softmax,
    "LogSoftmax": softmax,
    "SoftmaxCrossEntropyWithLogits": cross_entropy,
    "SparseSoftmaxCrossEntropyWithLogits": sparse_cross_entropy,
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), batch_norm),
    **dict.fromkeys(
        ("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3"),
        batch_norm_gradient,
    ),
}
