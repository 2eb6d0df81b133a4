from flowgraph.data.csv_files import CsvDataset, make_csv_dataset
from flowgraph.data.dataset import (
    Dataset, FixedLengthRecordDataset, RandomDataset, TextLineDataset, TFRecordDataset,
)
from flowgraph.data.grouping import bucket_by_sequence_length, group_by_window
from flowgraph.data.interleaving import (
    choose_from_datasets, parallel_interleave, sample_from_datasets,
)
from flowgraph.data.iterator import Iterator
from flowgraph.data.resampling import rejection_resample
from flowgraph.data.saving import make_saveable_from_iterator
from flowgraph.data.transformations import (
    AUTOTUNE, batch_and_drop_remainder, copy_to_device, counter as Counter,
    dense_to_sparse_batch, enumerate_dataset, get_single_element, ignore_errors, map_and_batch,
    padded_batch_and_drop_remainder, prefetch_to_device, scan, shuffle_and_repeat, unbatch,
    unique,
)
from flowgraph.train.input_pipeline_hook import CheckpointInputPipelineHook

__all__ = [
    "AUTOTUNE", "CheckpointInputPipelineHook", "Counter", "CsvDataset", "Dataset",
    "FixedLengthRecordDataset", "Iterator", "RandomDataset", "TFRecordDataset",
    "TextLineDataset", "batch_and_drop_remainder", "bucket_by_sequence_length",
    "choose_from_datasets", "copy_to_device", "dense_to_sparse_batch", "enumerate_dataset",
    "get_single_element", "group_by_window", "ignore_errors", "make_csv_dataset",
    "make_saveable_from_iterator", "map_and_batch", "padded_batch_and_drop_remainder",
    "parallel_interleave", "prefetch_to_device", "rejection_resample", "sample_from_datasets",
    "scan", "shuffle_and_repeat", "unbatch", "unique",
]
