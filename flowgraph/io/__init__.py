"""The `tf.io` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.io import gfile
from flowgraph.graphdef.export import write_graph
from flowgraph.ops.file import matching_files, read_file, write_file
from flowgraph.ops.serialization import parse_tensor, serialize_tensor
from flowgraph.ops.string_base64 import decode_base64, encode_base64
from flowgraph.ops.string_number import decode_raw

__all__ = [
    "decode_base64", "decode_raw", "encode_base64", "gfile", "matching_files", "parse_tensor",
    "read_file", "serialize_tensor", "write_file", "write_graph",
]
