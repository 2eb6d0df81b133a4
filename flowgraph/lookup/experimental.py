"""The `tf.lookup.experimental` namespace."""


# fmt: off

from flowgraph.lookup.mutable import DenseHashTable

__all__ = [
    "DenseHashTable",
]
