from flowgraph.contrib.evaluation import (
    evaluate_once, evaluate_repeatedly, get_or_create_eval_step, StopAfterNEvalsHook,
    SummaryAtEndHook,
)
from flowgraph.contrib.hparams import HParams, parse_values
from flowgraph.contrib.monitored_training import train
from flowgraph.contrib.train_op import (
    add_gradients_summaries, clip_gradient_norms, clip_gradient_norms_fn, create_train_op,
    multiply_gradients,
)
from flowgraph.train.checkpoint_waiting import checkpoints_iterator, wait_for_new_checkpoint
from flowgraph.train.input_buckets import bucket, bucket_by_sequence_length

__all__ = [
    "HParams", "StopAfterNEvalsHook", "SummaryAtEndHook", "add_gradients_summaries", "bucket",
    "bucket_by_sequence_length", "checkpoints_iterator", "clip_gradient_norms",
    "clip_gradient_norms_fn", "create_train_op", "evaluate_once", "evaluate_repeatedly",
    "get_or_create_eval_step", "multiply_gradients", "parse_values", "train",
    "wait_for_new_checkpoint",
]
