"""The `tf.contrib` namespace."""


# fmt: off

from flowgraph.contrib import framework, layers, legacy_seq2seq, rnn, seq2seq, slim, util

__all__ = [
    "framework", "layers", "legacy_seq2seq", "rnn", "seq2seq", "slim", "util",
]
