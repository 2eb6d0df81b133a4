"""Batch normalisation of images and its gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda.groups import formulas
from flowgraph.backends.cuda.launch import FLOATS, Launch, Operand, Scratch, Target, launch, over
from flowgraph.backends.cuda.reductions import accumulator

_PART = 256
"""The fewest elements that a thread block adds up for a channel."""


class _Layout:
    """Images as (outer, channels, inner), and how the work on their channels is split."""

    def __init__(self, op: Any, x: Operand, target: Target) -> None:
        is_last = op.data_format == "NHWC"
        sizes = x.shape
        self.channels = sizes[3] if is_last else sizes[1]
        self.inner = 1 if is_last else sizes[2] * sizes[3]
        self.outer = math.prod(sizes[:3]) if is_last else sizes[0]
        self.count = self.outer * self.inner
        columns = min(32, 1 << (self.channels - 1).bit_length())
        self.threads = (columns, 256 // columns) if self.inner == 1 else (256, 1)
        blocks = over(self.channels, columns) if self.inner == 1 else self.channels
        self.parts = max(1, min(self.count // _PART, -(-4 * target.processors // blocks)))
        self.step = -(-self.count // self.parts)
        self.parts = -(-self.count // self.step)
        self.blocks = (blocks, self.parts)
        self.whole = (self.outer, self.channels, self.inner)
        self.vector = (self.channels, 1)

    def sizes(self) -> tuple[int, int, int, int]:
        return self.outer, self.channels, self.inner, self.step


def _launch(kernel: str, x: Operand, channels: int, *arguments: Any) -> Launch:
    return launch("batch_norm", kernel, x.dtype, over(channels), *arguments)


def batch_norm(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Images with each channel's mean and variance taken out, and these moments."""
    x, scale, offset, mean, variance = inputs
    y, *moments = outputs[:5]
    if not _fits(op, x, [scale, offset, *([] if op.is_training else [mean, variance])]):
        return None
    at = _Layout(op, x, target)
    made = [Scratch(at.channels, scale.dtype) for _ in range(2)]
    vectors = (scale, offset) if op.is_training else (scale, offset, mean, variance)
    epsilon = float(op.epsilon)
    if op.is_training:
        parts = Scratch(2 * at.parts * at.channels, scale.dtype)
        work = [
            launch(
                "batch_norm", "batch_moments", x.dtype, at.blocks, *at.sizes(), x, parts,
                threads=at.threads,
            ),
            _launch(
                "batch_moments_end", x, at.channels, at.count, at.channels, at.step, np.int32(at.parts),
                epsilon, parts, *vectors, *moments, *made,
            ),
        ]  # fmt: skip
    else:
        work = [
            _launch(
                "batch_moments_given", x, at.channels, at.channels, epsilon, *vectors, *moments,
                *made,
            )
        ]  # fmt: skip
    shapes = [at.whole, at.vector, at.vector]
    return work + formulas(["({0} * {1} + {2})"], [x, *made], [y], at.whole, shapes)


def batch_norm_gradient(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The gradients in the images, the scale and the offset."""
    dy, x, scale, mean, variance = inputs[:5]
    dx, *rest = outputs
    if not _fits(op, x, [scale, mean, variance]) or dy.shape != x.shape or dy.dtype != x.dtype:
        return None
    if any(nothing.size != 1 for nothing in rest[2:]):
        return None
    at = _Layout(op, x, target)
    parts = Scratch(2 * at.parts * at.channels, scale.dtype)
    made = [Scratch(at.channels, scale.dtype) for _ in range(3)]
    work = [
        launch(
            "batch_norm", "batch_products", x.dtype, at.blocks, *at.sizes(), dy, x, mean, parts,
            threads=at.threads,
        ),
        _launch(
            "batch_products_end", x, at.channels, at.count, at.channels, np.int32(at.parts),
            op.is_training, float(op.epsilon), parts, scale, variance, *rest, *made,
        ),
    ]  # fmt: skip
    shapes = [at.whole, at.whole, *[at.vector] * 4]
    text = "({0} * {2} + ({1} - {5}) * {3} + {4})"
    return work + formulas([text], [dy, x, *made, mean], [dx], at.whole, shapes)


def _fits(op: Any, x: Operand, vectors: Sequence[Operand]) -> bool:
    if x.dtype.name not in FLOATS or len(x.shape) != 4 or 0 in x.shape:
        return False
    channels = x.shape[3 if op.data_format == "NHWC" else 1]
    return all(v.shape == (channels,) and v.dtype == accumulator(x.dtype) for v in vectors)


MAKERS = {
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), batch_norm),
    **dict.fromkeys(
        ("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3"),
        batch_norm_gradient,
    ),
}
