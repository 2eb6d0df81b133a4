from flowgraph.train.checkpoint_reader import CheckpointReader, NewCheckpointReader

__all__ = [
    "CheckpointReader", "NewCheckpointReader",
]
