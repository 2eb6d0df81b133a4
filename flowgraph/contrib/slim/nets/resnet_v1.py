"""The `tf.contrib.slim.nets.resnet_v1` namespace."""

from flowgraph.namespaces import lazy

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
