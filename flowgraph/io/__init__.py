"""The `tf.io` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.io import gfile
from flowgraph.graphdef.export import write_graph

__all__ = [
    "gfile", "write_graph",
]
