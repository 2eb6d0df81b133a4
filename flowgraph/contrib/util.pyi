from flowgraph.ops.static_values import constant_value
from flowgraph.ops.tensor_proto import make_ndarray, make_tensor_proto

__all__ = [
    "constant_value", "make_ndarray", "make_tensor_proto",
]
