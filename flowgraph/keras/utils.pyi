from flowgraph.compat.keras_arrays import normalize, to_categorical

__all__ = [
    "normalize", "to_categorical",
]
