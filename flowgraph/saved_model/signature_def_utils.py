"""The `tf.saved_model.signature_def_utils` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.saved_model.signatures import (
    build_signature_def, classification_signature_def, is_valid_signature,
    predict_signature_def, regression_signature_def,
)

__all__ = [
    "build_signature_def", "classification_signature_def", "is_valid_signature",
    "predict_signature_def", "regression_signature_def",
]
