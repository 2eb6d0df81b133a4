"""The `tf.contrib.util` namespace."""


# fmt: off

from flowgraph.graphdef.tensor_proto import make_ndarray, make_tensor_proto

__all__ = [
    "make_ndarray", "make_tensor_proto",
]
