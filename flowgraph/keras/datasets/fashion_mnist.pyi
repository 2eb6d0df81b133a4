from flowgraph.compat.keras_datasets import fashion_mnist as load_data

__all__ = [
    "load_data",
]
