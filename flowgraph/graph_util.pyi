from flowgraph.graphdef.importer import import_graph_def
from flowgraph.graphdef.rewriting import (
    convert_variables_to_constants, extract_sub_graph, remove_training_nodes,
)

__all__ = [
    "convert_variables_to_constants", "extract_sub_graph", "import_graph_def",
    "remove_training_nodes",
]
