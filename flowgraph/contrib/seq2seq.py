"""The `tf.contrib.seq2seq` namespace."""


# fmt: off

from flowgraph.rnn.sequence_loss import sequence_loss

__all__ = [
    "sequence_loss",
]
