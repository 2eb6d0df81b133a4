from flowgraph.data.base import DatasetSpec as DatasetStructure, get_structure
from flowgraph.data.csv_files import CsvDataset, make_csv_dataset
from flowgraph.data.dataset import RandomDataset, TFRecordWriter
from flowgraph.data.element import TypeSpec as Structure
from flowgraph.data.grouping import bucket_by_sequence_length, group_by_window
from flowgraph.data.interleaving import (
    choose_from_datasets, parallel_interleave, sample_from_datasets,
)
from flowgraph.data.options import MapVectorizationOptions, OptimizationOptions, ThreadingOptions
from flowgraph.data.resampling import rejection_resample
from flowgraph.data.saving import make_saveable_from_iterator
from flowgraph.data.transformations import (
    AUTOTUNE, cardinality, copy_to_device, counter as Counter, dense_to_sparse_batch,
    enumerate_dataset, get_single_element, ignore_errors, INFINITE_CARDINALITY, map_and_batch,
    map_and_batch_with_legacy_function, prefetch_to_device, scan, shuffle_and_repeat,
    take_while, unbatch, unique, UNKNOWN_CARDINALITY,
)
from flowgraph.train.input_pipeline_hook import CheckpointInputPipelineHook

__all__ = [
    "AUTOTUNE", "CheckpointInputPipelineHook", "Counter", "CsvDataset", "DatasetStructure",
    "INFINITE_CARDINALITY", "MapVectorizationOptions", "OptimizationOptions", "RandomDataset",
    "Structure", "TFRecordWriter", "ThreadingOptions", "UNKNOWN_CARDINALITY",
    "bucket_by_sequence_length", "cardinality", "choose_from_datasets", "copy_to_device",
    "dense_to_sparse_batch", "enumerate_dataset", "get_single_element", "get_structure",
    "group_by_window", "ignore_errors", "make_csv_dataset", "make_saveable_from_iterator",
    "map_and_batch", "map_and_batch_with_legacy_function", "parallel_interleave",
    "prefetch_to_device", "rejection_resample", "sample_from_datasets", "scan",
    "shuffle_and_repeat", "take_while", "unbatch", "unique",
]
