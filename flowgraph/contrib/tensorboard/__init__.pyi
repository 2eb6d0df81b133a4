from flowgraph.contrib.tensorboard import plugins

__all__ = [
    "plugins",
]
