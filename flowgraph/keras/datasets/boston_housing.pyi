from flowgraph.compat.keras_datasets import boston_housing as load_data

__all__ = [
    "load_data",
]
