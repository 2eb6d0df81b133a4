"""Which ops have native kernels, and the binding of one step to its kernel."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

from flowgraph.backends.native import (
    convolution,
    depthwise,
    joining,
    matrices,
    normalization,
    optimizers,
    pooling,
    reductions,
    rows,
    transposes,
)
from flowgraph.backends.native.call import Call, Place, Result, Scratch
from flowgraph.graph.op import Op

Maker = Callable[[ctypes.CDLL, Op, Sequence[Place], Sequence[Result], Scratch], Call | None]
"""Binds an op to its kernel: from the library, the op, the places of its inputs and outputs and
the plan's scratch. ``None`` leaves the step to NumPy: it is not made for this dtype or size."""

MAKERS: dict[str, Maker] = {
    **convolution.MAKERS,
    **depthwise.MAKERS,
    **joining.MAKERS,
    **matrices.MAKERS,
    **normalization.MAKERS,
    **optimizers.MAKERS,
    **pooling.MAKERS,
    **reductions.MAKERS,
    **rows.MAKERS,
    **transposes.MAKERS,
}

UNSIZED = rows.UNSIZED
"""The ops whose makers take places of which a size is not known."""
