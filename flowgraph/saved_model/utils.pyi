from flowgraph.saved_model.tensor_information import build_tensor_info, get_tensor_from_tensor_info

__all__ = [
    "build_tensor_info", "get_tensor_from_tensor_info",
]
