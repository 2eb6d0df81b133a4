"""What ``tensorflow.dtypes`` has beside dtypes: `flowgraph.dtypes` lies below all ops."""

from flowgraph.ops.casting import saturate_cast
from flowgraph.ops.complex_numbers import complex
from flowgraph.ops.core import cast

__all__ = ["cast", "complex", "saturate_cast"]
