from flowgraph.contrib.saved_model_predictor import from_saved_model

__all__ = [
    "from_saved_model",
]
