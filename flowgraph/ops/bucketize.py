"""Numbers sorted into buckets between boundaries."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.shapes import TensorShape


class Bucketize(Op):
    """For each number, how many of the boundaries it reaches."""

    signature = Signature(
        "input: T -> output: int32",
        T=Types((dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)),
    )

    boundaries: tuple[float, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        if list(self.boundaries) != sorted(self.boundaries):
            raise ValueError("Expected sorted boundaries")
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        boundaries = xp.asarray(self.boundaries, dtype=np.float32)
        return xp.searchsorted(boundaries, inputs[0], side="right").astype(np.int32)

    gradient = Op.not_differentiable
