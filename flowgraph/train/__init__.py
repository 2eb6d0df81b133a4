"""Training: optimizers, learning rates, moving averages, the global step."""
