"""Queues and readers are states of a session: they are tested over whole programs."""

from flowgraph.ops import queue_ops, queue_sparse, reader_ops

ENTRIES: list = []

_QUEUE = "tests/unit/ops/test_queue.py"
_READER = "tests/unit/ops/test_reader.py"
_BATCHES = "tests/unit/train/test_input.py"

ELSEWHERE = {
    queue_ops.FIFOQueueV2: _QUEUE,
    queue_ops.PaddingFIFOQueueV2: _QUEUE,
    queue_ops.RandomShuffleQueueV2: _QUEUE,
    queue_ops.PriorityQueueV2: _QUEUE,
    queue_ops.QueueEnqueueV2: _QUEUE,
    queue_ops.QueueEnqueueManyV2: _QUEUE,
    queue_ops.QueueDequeueV2: _QUEUE,
    queue_ops.QueueDequeueManyV2: _QUEUE,
    queue_ops.QueueDequeueUpToV2: _QUEUE,
    queue_ops.QueueCloseV2: _QUEUE,
    queue_ops.QueueIsClosedV2: _QUEUE,
    queue_ops.QueueSizeV2: _QUEUE,
    queue_sparse.AddSparseToTensorsMap: _BATCHES,
    queue_sparse.AddManySparseToTensorsMap: _BATCHES,
    queue_sparse.TakeManySparseFromTensorsMap: _BATCHES,
    reader_ops.WholeFileReaderV2: _READER,
    reader_ops.IdentityReaderV2: _READER,
    reader_ops.TextLineReaderV2: _READER,
    reader_ops.FixedLengthRecordReaderV2: _READER,
    reader_ops.TFRecordReaderV2: _READER,
    reader_ops.ReaderReadV2: _READER,
    reader_ops.ReaderReadUpToV2: _READER,
    reader_ops.ReaderNumRecordsProducedV2: _READER,
    reader_ops.ReaderNumWorkUnitsCompletedV2: _READER,
    reader_ops.ReaderSerializeStateV2: _READER,
    reader_ops.ReaderRestoreStateV2: _READER,
    reader_ops.ReaderResetV2: _READER,
}
