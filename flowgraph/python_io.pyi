from flowgraph.formats.record_files import (
    tf_record_iterator, TFRecordCompressionType, TFRecordOptions, TFRecordWriter,
)

__all__ = [
    "TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator",
]
