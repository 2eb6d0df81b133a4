"""The sets of dtypes that ops take."""

from __future__ import annotations

from flowgraph import dtypes
from flowgraph.graph.signature import Types

INDEX = Types((dtypes.int32, dtypes.int64), default=dtypes.int32)
"""The dtypes of shapes, axes and indices."""

FLOATS = Types((dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64))
"""The real floating-point dtypes."""

INTS = Types(
    (
        dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64,
        dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64,
    )
)  # fmt: skip
"""The integer dtypes."""

REALS = Types(FLOATS.allowed + INTS.allowed)
"""Every dtype with an order."""

INEXACT = Types((*FLOATS.allowed, dtypes.complex64, dtypes.complex128))
"""The floating-point and complex dtypes."""

NUMBERS = Types((*REALS.allowed, dtypes.complex64, dtypes.complex128))
"""Every dtype with arithmetic."""
