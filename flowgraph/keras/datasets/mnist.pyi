from flowgraph.compat.keras_datasets import mnist as load_data

__all__ = [
    "load_data",
]
