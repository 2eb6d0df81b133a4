from flowgraph.contrib.tensorboard.plugins import projector

__all__ = [
    "projector",
]
