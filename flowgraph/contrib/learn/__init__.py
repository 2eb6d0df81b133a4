"""The `tf.contrib.learn` namespace."""


# fmt: off

from flowgraph.contrib.learn import preprocessing

__all__ = [
    "preprocessing",
]
