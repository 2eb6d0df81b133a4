from flowgraph.contrib.slim_evaluation import evaluate_once, evaluation_loop
from flowgraph.train.checkpoint_waiting import checkpoints_iterator, wait_for_new_checkpoint

__all__ = [
    "checkpoints_iterator", "evaluate_once", "evaluation_loop", "wait_for_new_checkpoint",
]
