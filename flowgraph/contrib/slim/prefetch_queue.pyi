from flowgraph.contrib.slim_prefetching import prefetch_queue

__all__ = [
    "prefetch_queue",
]
