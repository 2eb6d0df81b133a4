from flowgraph.keras import datasets, utils

__all__ = [
    "datasets", "utils",
]
