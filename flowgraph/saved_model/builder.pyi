from flowgraph.saved_model.saved_model_builder import SavedModelBuilder

__all__ = [
    "SavedModelBuilder",
]
