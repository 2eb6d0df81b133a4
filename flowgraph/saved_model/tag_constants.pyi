from flowgraph.saved_model.keys import GPU, SERVING, TPU, TRAINING

__all__ = [
    "GPU", "SERVING", "TPU", "TRAINING",
]
