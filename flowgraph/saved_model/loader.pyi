from flowgraph.saved_model.saved_model_loader import load, maybe_saved_model_directory

__all__ = [
    "load", "maybe_saved_model_directory",
]
