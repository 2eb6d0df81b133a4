from flowgraph.train.queue_runners import add_queue_runner, QueueRunner, start_queue_runners

__all__ = [
    "QueueRunner", "add_queue_runner", "start_queue_runners",
]
