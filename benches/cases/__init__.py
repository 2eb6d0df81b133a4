"""The cases, one family a module."""

FAMILIES = (
    "overhead",
    "dense_network",
    "convolutional_network",
    "residual_network",
    "recurrent_network",
    "convolution",
    "pooling",
    "normalization",
    "activation",
    "loss",
    "elementwise",
    "reduction",
    "layout",
    "indexing",
    "embedding",
    "optimizer",
    "loops",
    "construction",
    "installation",
    "input_pipeline",
    "checkpoint",
)
"""In the order of the table."""

SHARED = ("differentiable", "jax_training", "numpy_networks")
"""Modules without cases: what several families need."""
