"""The `tf.image` namespace."""


# fmt: off

from flowgraph.ops.random_crop import random_crop

__all__ = [
    "random_crop",
]
