"""Mistakes in the use of decoders, attention and old models; see `test_errors`."""

SYMBOLS, UNITS = 6, 5


def x(tf, *shape):
    return tf.placeholder(tf.float32, shape or [2, 4, 3])


def gru(tf):
    return tf.nn.rnn_cell.GRUCell(UNITS)


def zero(tf):
    return gru(tf).zero_state(2, tf.float32)


def training(tf):
    return tf.contrib.seq2seq.TrainingHelper(x(tf), [4, 4])


def luong(tf, *shape, **arguments):
    return tf.contrib.seq2seq.LuongAttention(UNITS, x(tf, *shape), **arguments)


def greedy(tf, start, end):
    return tf.contrib.seq2seq.GreedyEmbeddingHelper(x(tf, SYMBOLS, 3), start, end)


def wrapped(tf, mechanism=None, cell=None, **arguments):
    return tf.contrib.seq2seq.AttentionWrapper(cell or gru(tf), mechanism or luong(tf), **arguments)


def beam(tf, cell=None, start=(1, 1), end=0, state=None, **arguments):
    return tf.contrib.seq2seq.BeamSearchDecoder(
        cell or gru(tf), x(tf, SYMBOLS, 3), list(start), end, state, 3, **arguments
    )


def tiled(tf, cell=None):
    return (cell or gru(tf)).zero_state(6, tf.float32)


def basic(tf, **arguments):
    settings = {"cell": gru(tf), "helper": training(tf), "initial_state": zero(tf)}
    settings.update(arguments)
    return tf.contrib.seq2seq.BasicDecoder(**settings)


def two_layers(tf):
    layer = tf.layers.Dense(3)
    return wrapped(tf, attention_layer_size=3, attention_layer=layer)


def buckets(tf, given=4, targets=4, weights=4):
    return tf.contrib.legacy_seq2seq.model_with_buckets(
        [None] * given, [None] * 4, [None] * targets, [None] * weights, [(2, 2), (4, 4)], None
    )


def attention_decoder(tf, *shape, inputs=None, **arguments):
    given = [x(tf, 2, 3)] if inputs is None else inputs
    return tf.contrib.legacy_seq2seq.attention_decoder(
        given, zero(tf), x(tf, *shape), gru(tf), **arguments
    )


def coverage(tf):
    decoder = beam(tf, state=tiled(tf), coverage_penalty_weight=0.5)
    return tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=3)


def one_to_many(tf, encoder=None, decoders=None):
    return tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq(
        [], {"a": []}, encoder, decoders, 5, {"a": 5}, 3
    )


MISTAKES = {
    "decode: no decoder": lambda tf: tf.contrib.seq2seq.dynamic_decode(3),
    "decode: steps": lambda tf: tf.contrib.seq2seq.dynamic_decode(
        basic(tf), maximum_iterations=[3]
    ),
    "decoder: no cell": lambda tf: basic(tf, cell=3),
    "decoder: no helper": lambda tf: basic(tf, helper=3),
    "decoder: no layer": lambda tf: basic(tf, output_layer=3),
    "decoder: abstract": lambda tf: tf.contrib.seq2seq.Decoder(),
    "helper: abstract": lambda tf: tf.contrib.seq2seq.Helper(),
    "helper: lengths": lambda tf: tf.contrib.seq2seq.TrainingHelper(x(tf), [[4, 4]]),
    "helper: start": lambda tf: greedy(tf, 1, 0),
    "helper: end": lambda tf: greedy(tf, [1], [0]),
    "helper: outputs": lambda tf: greedy(tf, [1], 0).sample(0, (x(tf), x(tf)), None),
    "helper: probability": lambda tf: tf.contrib.seq2seq.ScheduledOutputTrainingHelper(
        x(tf), [4, 4], [[0.5]]
    ),
    "helper: too early": lambda tf: tf.contrib.seq2seq.CustomHelper(None, None, None).batch_size,
    "attention: depth unknown": lambda tf: luong(tf, 2, 4, None),
    "attention: query": lambda tf: luong(tf)(x(tf, 2, 7), None),
    "attention: mode": lambda tf: tf.contrib.seq2seq.monotonic_attention(
        x(tf, 2, 3), x(tf, 2, 3), "soft"
    ),
    "wrapper: no cell": lambda tf: wrapped(tf, cell=3),
    "wrapper: no mechanism": lambda tf: wrapped(tf, mechanism=3),
    "wrapper: no mechanisms": lambda tf: wrapped(tf, mechanism=[luong(tf), 3]),
    "wrapper: input function": lambda tf: wrapped(tf, cell_input_fn=3),
    "wrapper: both layers": two_layers,
    "wrapper: sizes": lambda tf: wrapped(tf, attention_layer_size=[3, 4]),
    "wrapper: layers": lambda tf: wrapped(tf, attention_layer=[tf.layers.Dense(3)] * 2),
    "wrapper: batch size": lambda tf: wrapped(tf).zero_state(3, tf.float32),
    "wrapper: first batch size": lambda tf: wrapped(tf, initial_cell_state=x(tf, 3, UNITS)),
    "wrapper: clone": lambda tf: wrapped(tf).zero_state(2, tf.float32).clone(cell_state=x(tf, 2)),
    "wrapper: clone of nothing": lambda tf: wrapped(tf).zero_state(2, tf.float32).clone(other=1),
    "beam: no cell": lambda tf: beam(tf, cell=3),
    "beam: no layer": lambda tf: beam(tf, state=tiled(tf), output_layer=3),
    "beam: start": lambda tf: beam(tf, start=[[1]], state=tiled(tf)),
    "beam: end": lambda tf: beam(tf, end=[0], state=tiled(tf)),
    "beam: rank unknown": lambda tf: beam(tf, state=tf.placeholder(tf.float32)),
    "beam: no attention": coverage,
    "beam: tile": lambda tf: tf.contrib.seq2seq.tile_batch(tf.constant(1), 3),
    "buckets: inputs": lambda tf: buckets(tf, given=3),
    "buckets: targets": lambda tf: buckets(tf, targets=3),
    "buckets: weights": lambda tf: buckets(tf, weights=2),
    "old attention: no inputs": lambda tf: attention_decoder(tf, inputs=[]),
    "old attention: no heads": lambda tf: attention_decoder(tf, num_heads=0),
    "old attention: size": lambda tf: attention_decoder(tf, 2, 4, None),
    "old attention: input size": lambda tf: attention_decoder(tf, inputs=[x(tf, 2, None)]),
    "old projection": lambda tf: tf.contrib.legacy_seq2seq.embedding_rnn_decoder(
        [], zero(tf), gru(tf), 6, 3, output_projection=(x(tf, UNITS, 7), x(tf, 7))
    ),
    "one to many: encoder": one_to_many,
    "one to many: keys": lambda tf: one_to_many(tf, gru(tf), {"b": gru(tf)}),
    "one to many: decoder": lambda tf: one_to_many(tf, gru(tf), {"a": 3}),
}
