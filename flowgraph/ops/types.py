"""The sets of dtypes that ops take."""

from __future__ import annotations

from flowgraph import dtypes
from flowgraph.graph.signature import Types

INDEX = Types((dtypes.int32, dtypes.int64), default=dtypes.int32)
"""The dtypes of shapes and axes: what has none is int32."""

INDEX64 = Types(INDEX.allowed, default=dtypes.int64)
"""The same, where what has none is int64."""

INDICES = Types(INDEX.allowed)
"""The dtypes of indices that must have one of them by themselves: an array of others is refused."""

FLOATS = Types((dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64))
"""The real floating-point dtypes."""

NN_FLOATS = Types((dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64))
"""The same, in the order in which the ops of neural networks list them."""

INTS = Types(
    (
        dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64,
        dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64,
    )
)  # fmt: skip
"""The integer dtypes."""

REALS = Types(
    (
        dtypes.float32, dtypes.float64, dtypes.int32, dtypes.uint8, dtypes.int16, dtypes.int8,
        dtypes.int64, dtypes.bfloat16, dtypes.uint16, dtypes.float16, dtypes.uint32, dtypes.uint64,
    )
)  # fmt: skip
"""Every dtype with an order, as TensorFlow lists them."""

INEXACT = Types((*FLOATS.allowed, dtypes.complex64, dtypes.complex128))
"""The floating-point and complex dtypes."""

NUMBERS = Types(
    (*REALS.allowed, dtypes.complex64, dtypes.complex128),
    listed="float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, "
    "bfloat16, uint16, complex128, float16, uint32, uint64",
)
"""Every dtype with arithmetic."""

FACTORS = Types(
    (*REALS.allowed, dtypes.complex64, dtypes.complex128),
    listed="bfloat16, float16, float32, float64, uint8, int8, uint16, int16, int32, int64, "
    "complex64, complex128",
)
"""The same dtypes, of which TensorFlow's arithmetic lists fewer."""
