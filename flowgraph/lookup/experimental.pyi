from flowgraph.lookup.mutable import DenseHashTable

__all__ = [
    "DenseHashTable",
]
