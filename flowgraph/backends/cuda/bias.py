"""Vectors along the channels: added, and the sums that are their gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flowgraph.backends.cuda.groups import formulas
from flowgraph.backends.cuda.launch import Launch, Operand, Target
from flowgraph.backends.cuda.reductions import along
from flowgraph.backends.emit.cuda import TYPES


def add(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """``y = x + bias``."""
    x, bias = inputs
    if x.dtype.name not in TYPES or len(x.shape) < 2:
        return None
    channels = 1 if op.data_format == "NCHW" else len(x.shape) - 1
    if bias.shape != (x.shape[channels],):
        return None
    inner = math.prod(x.shape[channels + 1 :])
    whole = (math.prod(x.shape[:channels]), x.shape[channels], inner)
    return formulas(["({0} + {1})"], inputs, outputs, whole, [whole, (x.shape[channels], 1)])


def channel_sums(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """The sums over every axis but the channels."""
    (x,) = inputs
    rank = len(x.shape)
    if rank < 2:
        return None
    channels = 1 if op.data_format == "NCHW" else rank - 1
    return along("Sum", x, set(range(rank)) - {channels}, outputs[0], target)


MAKERS = {"BiasAdd": add, "BiasAddGrad": channel_sums}
