"""The `tf.contrib.tensorboard` namespace."""


# fmt: off

from flowgraph.contrib.tensorboard import plugins

__all__ = [
    "plugins",
]
