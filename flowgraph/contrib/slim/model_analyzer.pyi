from flowgraph.contrib.slim_model_analyzer import analyze_ops, analyze_vars, tensor_description

__all__ = [
    "analyze_ops", "analyze_vars", "tensor_description",
]
