"""The ops of datasets and iterators are tested as pipelines; what they give was recorded."""

import numpy as np

from flowgraph.dtypes import int32
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.op import Op
from flowgraph.ops import (
    dataset_batch,
    dataset_cache,
    dataset_csv,
    dataset_files,
    dataset_groups,
    dataset_interleave,
    dataset_map,
    dataset_order,
    dataset_shuffle,
    dataset_sources,
    dataset_sparse,
    dataset_threads,
    iterator,
)
from flowgraph.ops.random_stateless import StatelessMultinomial
from tests.conformance.entry import Bad, Entry, Sample

LOGITS = np.log(np.array([[0.2, 0.3, 0.5], [0.9, 0.05, 0.05]]))

ENTRIES = [
    Entry(
        StatelessMultinomial,
        [
            Sample(
                StatelessMultinomial(),
                (LOGITS[:1], np.int32(8), np.array([3, 7])),
                np.array([[0, 2, 2, 2, 2, 0, 1, 2]]),
            ),
            Sample(
                StatelessMultinomial(output_dtype=int32),
                (LOGITS, np.int32(5), np.array([2**40 + 3, -7])),
                np.array([[1, 0, 2, 0, 0], [0, 0, 0, 0, 0]], np.int32),
            ),
        ],
        [
            Bad(
                StatelessMultinomial(),
                (LOGITS[0], np.int32(8), np.array([3, 7])),
                ValueError,
                "Shape must be rank 2",
            ),
            Bad(
                StatelessMultinomial(),
                (LOGITS, np.int32(8), np.array([3])),
                InvalidArgumentError,
                "seed must have shape",
                run=True,
            ),
        ],
    )
]

_MODULES = (
    dataset_batch,
    dataset_cache,
    dataset_csv,
    dataset_files,
    dataset_groups,
    dataset_interleave,
    dataset_map,
    dataset_order,
    dataset_shuffle,
    dataset_sources,
    dataset_sparse,
    dataset_threads,
    iterator,
)

_OTHER_FILES = {
    "DatasetCardinality": "tests/unit/data/test_structures.py",
    "DatasetToSingleElement": "tests/unit/data/test_structures.py",
    "ReduceDataset": "tests/unit/data/test_structures.py",
    "IteratorPosition": "tests/unit/data/test_saving.py",
    "ResumeIterator": "tests/unit/data/test_saving.py",
    "OneShotIterator": "tests/unit/data/test_iterators.py",
    "IteratorFromStringHandleV2": "tests/unit/data/test_iterators.py",
    "DatasetToTFRecord": "tests/unit/data/test_files.py",
    "TFRecordDataset": "tests/unit/data/test_files.py",
    "TextLineDataset": "tests/unit/data/test_files.py",
    "FixedLengthRecordDatasetV2": "tests/unit/data/test_files.py",
    "PyGeneratorDataset": "tests/unit/data/test_files.py",
}

ELSEWHERE = {
    op: _OTHER_FILES.get(op.type, "tests/unit/data/recorded_nodes.txt")
    for module in _MODULES
    for op in vars(module).values()
    if isinstance(op, type) and issubclass(op, Op) and op.__module__ == module.__name__
    if Op.declared.get(op.type) is op
}
