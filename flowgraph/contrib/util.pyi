from flowgraph.ops.tensor_proto import make_ndarray, make_tensor_proto

__all__ = [
    "make_ndarray", "make_tensor_proto",
]
