"""The `tf.io` namespace."""


# fmt: off

from flowgraph.io import gfile

__all__ = [
    "gfile",
]
