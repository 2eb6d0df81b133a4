from flowgraph.contrib import (
    crf, data, distributions, factorization, framework, image, layers, learn, legacy_seq2seq,
    lookup, losses, metrics, opt, predictor, rnn, seq2seq, signal, slim, staging, tensorboard,
    training, util,
)

__all__ = [
    "crf", "data", "distributions", "factorization", "framework", "image", "layers", "learn",
    "legacy_seq2seq", "lookup", "losses", "metrics", "opt", "predictor", "rnn", "seq2seq",
    "signal", "slim", "staging", "tensorboard", "training", "util",
]
