"""The `tf.train.queue_runner` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.train.queue_runners import add_queue_runner, QueueRunner, start_queue_runners

__all__ = [
    "QueueRunner", "add_queue_runner", "start_queue_runners",
]
