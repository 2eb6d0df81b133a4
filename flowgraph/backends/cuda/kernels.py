"""Which ops have CUDA kernels, and what serves one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.backends.cuda import (
    bias,
    convolution,
    copies,
    depthwise,
    normalization,
    optimizers,
    pooling,
    positions,
    products,
    random,
    ranking,
    reductions,
    rows,
    scans,
    softmax,
    transposes,
)
from flowgraph.backends.cuda.groups import FUNCTIONS, group, single
from flowgraph.backends.cuda.launch import Operand, Target
from flowgraph.graph.op import Op
from flowgraph.plan.fused import Fused, Joined

Work = Sequence[Any]
"""Launches, products and convolutions, in order."""

Maker = Callable[[Any, Sequence[Operand], Sequence[Operand], Target], Work | None]
"""Says what serves an op, from the op, its inputs and outputs and the device; ``None`` leaves the
step to the op's own `compute`: no kernel is made for this dtype or size."""

MAKERS: dict[str, Maker] = {
    **bias.MAKERS,
    **convolution.MAKERS,
    **copies.MAKERS,
    **depthwise.MAKERS,
    **normalization.MAKERS,
    **optimizers.MAKERS,
    **pooling.MAKERS,
    **positions.MAKERS,
    **products.MAKERS,
    **random.MAKERS,
    **ranking.MAKERS,
    **reductions.MAKERS,
    **rows.MAKERS,
    **scans.MAKERS,
    **softmax.MAKERS,
    **transposes.MAKERS,
}


def launches(
    op: Op, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> Work | None:
    """Return what serves a step: launches, products and convolutions in order, or ``None``."""
    if isinstance(op, Joined):
        return products.joined(op, inputs, outputs, target)
    if isinstance(op, Fused):
        return group(op, inputs, outputs, target)
    make = MAKERS.get(op.type)
    if make is not None:
        return make(op, inputs, outputs, target)
    has_scalar = op.has_scalar() or op.type in FUNCTIONS
    return single(op, inputs, outputs, target) if has_scalar else None
