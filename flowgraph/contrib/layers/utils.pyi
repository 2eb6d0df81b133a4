from flowgraph.contrib.model_variables import get_variable_collections
from flowgraph.contrib.named_outputs import (
    append_tensor_alias, collect_named_outputs, convert_collection_to_dict,
    gather_tensors_aliases, get_tensor_aliases, last_dimension, smart_cond,
)

__all__ = [
    "append_tensor_alias", "collect_named_outputs", "convert_collection_to_dict",
    "gather_tensors_aliases", "get_tensor_aliases", "get_variable_collections",
    "last_dimension", "smart_cond",
]
