"""The `tf.io` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.io import gfile
from flowgraph.formats.record_files import (
    tf_record_iterator, TFRecordCompressionType, TFRecordOptions, TFRecordWriter,
)
from flowgraph.graphdef.export import write_graph
from flowgraph.ops.file import matching_files, read_file, write_file
from flowgraph.ops.parsing import parse_example, parse_single_example
from flowgraph.ops.parsing_features import (
    FixedLenFeature, FixedLenSequenceFeature, SparseFeature, VarLenFeature,
)
from flowgraph.ops.parsing_sequence import parse_sequence_example, parse_single_sequence_example
from flowgraph.ops.parsing_text import decode_compressed, decode_csv, decode_json_example
from flowgraph.ops.queue import PaddingFIFOQueue, PriorityQueue, RandomShuffleQueue
from flowgraph.ops.queue_base import QueueBase
from flowgraph.ops.serialization import parse_tensor, serialize_tensor
from flowgraph.ops.string_base64 import decode_base64, encode_base64
from flowgraph.ops.string_number import decode_raw
from flowgraph.train.input_producers import match_filenames_once

__all__ = [
    "FixedLenFeature", "FixedLenSequenceFeature", "PaddingFIFOQueue", "PriorityQueue",
    "QueueBase", "RandomShuffleQueue", "SparseFeature", "TFRecordCompressionType",
    "TFRecordOptions", "TFRecordWriter", "VarLenFeature", "decode_base64", "decode_compressed",
    "decode_csv", "decode_json_example", "decode_raw", "encode_base64", "gfile",
    "match_filenames_once", "matching_files", "parse_example", "parse_sequence_example",
    "parse_single_example", "parse_single_sequence_example", "parse_tensor", "read_file",
    "serialize_tensor", "tf_record_iterator", "write_file", "write_graph",
]
