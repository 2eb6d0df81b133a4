from flowgraph.data import experimental
from flowgraph.data.base import DatasetSpec, get_output_classes, get_output_shapes, get_output_types
from flowgraph.data.dataset import (
    Dataset, FixedLengthRecordDataset, make_initializable_iterator, make_one_shot_iterator,
    TextLineDataset, TFRecordDataset,
)
from flowgraph.data.iterator import Iterator
from flowgraph.data.options import Options

__all__ = [
    "Dataset", "DatasetSpec", "FixedLengthRecordDataset", "Iterator", "Options",
    "TFRecordDataset", "TextLineDataset", "experimental", "get_output_classes",
    "get_output_shapes", "get_output_types", "make_initializable_iterator",
    "make_one_shot_iterator",
]
