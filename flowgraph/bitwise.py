"""The `tf.bitwise` namespace."""

from flowgraph.ops.bitwise import (
    bitwise_and, bitwise_or, bitwise_xor, invert, left_shift, right_shift,
)
