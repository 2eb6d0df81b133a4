"""The `tf.contrib.legacy_seq2seq` namespace."""


# fmt: off

from flowgraph.rnn.stepwise_loss import sequence_loss, sequence_loss_by_example

__all__ = [
    "sequence_loss", "sequence_loss_by_example",
]
