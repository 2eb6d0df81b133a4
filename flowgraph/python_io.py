"""The `tf.python_io` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.formats.record_files import (
    tf_record_iterator, TFRecordCompressionType, TFRecordOptions, TFRecordWriter,
)

__all__ = [
    "TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator",
]
