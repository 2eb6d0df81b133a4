from flowgraph.contrib.slim_learning import (
    add_gradients_summaries, create_train_op, train, train_step,
)
from flowgraph.contrib.train_op import clip_gradient_norms, multiply_gradients

__all__ = [
    "add_gradients_summaries", "clip_gradient_norms", "create_train_op", "multiply_gradients",
    "train", "train_step",
]
