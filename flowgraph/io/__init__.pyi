from flowgraph.io import gfile
from flowgraph.formats.record_files import (
    tf_record_iterator, TFRecordCompressionType, TFRecordOptions, TFRecordWriter,
)
from flowgraph.graphdef.export import write_graph
from flowgraph.image.files import decode_image, is_jpeg
from flowgraph.ops.file import matching_files, read_file, write_file
from flowgraph.ops.image_decoding import (
    decode_and_crop_jpeg, decode_bmp, decode_gif, decode_jpeg, decode_png, extract_jpeg_shape,
)
from flowgraph.ops.image_encoding import encode_jpeg
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
    "TFRecordOptions", "TFRecordWriter", "VarLenFeature", "decode_and_crop_jpeg",
    "decode_base64", "decode_bmp", "decode_compressed", "decode_csv", "decode_gif",
    "decode_image", "decode_jpeg", "decode_json_example", "decode_png", "decode_raw",
    "encode_base64", "encode_jpeg", "extract_jpeg_shape", "gfile", "is_jpeg",
    "match_filenames_once", "matching_files", "parse_example", "parse_sequence_example",
    "parse_single_example", "parse_single_sequence_example", "parse_tensor", "read_file",
    "serialize_tensor", "tf_record_iterator", "write_file", "write_graph",
]
