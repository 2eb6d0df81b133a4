"""The `tf.keras.datasets` namespace."""

from flowgraph.namespaces import lazy

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
