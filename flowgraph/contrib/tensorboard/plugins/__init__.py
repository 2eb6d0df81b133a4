"""The `tf.contrib.tensorboard.plugins` namespace."""


# fmt: off

from flowgraph.contrib.tensorboard.plugins import projector

__all__ = [
    "projector",
]
