from flowgraph.ops.queue import FIFOQueue, PaddingFIFOQueue, PriorityQueue, RandomShuffleQueue
from flowgraph.ops.queue_base import QueueBase

__all__ = [
    "FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "QueueBase", "RandomShuffleQueue",
]
