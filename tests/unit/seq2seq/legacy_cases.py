"""Models unrolled in the graph, each a function of the library that builds it.

The same functions run on TensorFlow 1.15, for the values in ``recorded_legacy.json``.
"""

import numpy as np

BATCH, STEPS, SIZE = 2, 3, 4


def numbers(*shape):
    return np.sin(np.arange(np.prod(shape), dtype=np.float64) * 1.7 + 0.3).reshape(shape)


def vectors(tf, steps=STEPS):
    given = tf.constant(numbers(steps, BATCH, SIZE), tf.float32)
    return tf.unstack(given)


def symbols(tf, shift=0, steps=STEPS):
    return [tf.constant([(step + shift) % 5, (2 * step + 1) % 5]) for step in range(steps)]


def lstm(tf):
    return tf.nn.rnn_cell.BasicLSTMCell(SIZE)


def gru(tf):
    return tf.nn.rnn_cell.GRUCell(SIZE)


def legacy(tf):
    return tf.contrib.legacy_seq2seq


def embedded(name, cell=gru, sizes=(5, 6, 3), **arguments):
    def build(tf):
        return getattr(legacy(tf), name)(
            symbols(tf), symbols(tf, 1), cell(tf), *sizes, **arguments_for(tf, arguments)
        )

    return build


def arguments_for(tf, arguments):
    return {key: value(tf) if callable(value) else value for key, value in arguments.items()}


def fed(tf):
    return tf.placeholder_with_default(True, [])


def not_fed(tf):
    return tf.placeholder_with_default(False, [])


def projection(tf):
    return tf.get_variable("w", [SIZE, 6]), tf.get_variable("b", [6])


def tied_projection(tf):
    return tf.get_variable("w", [SIZE, 5]), tf.get_variable("b", [5])


def decoder(tf):
    cell = gru(tf)
    return legacy(tf).rnn_decoder(
        vectors(tf),
        cell.zero_state(BATCH, tf.float32),
        cell,
        loop_function=lambda previous, step: tf.tanh(previous) + float(step),
        scope="other",
    )


def attention(**arguments):
    def build(tf):
        cell = lstm(tf)
        states = tf.constant(numbers(BATCH, 5, 3), tf.float32)
        return legacy(tf).attention_decoder(
            vectors(tf), cell.zero_state(BATCH, tf.float32), states, cell, **arguments
        )

    return build


def one_to_many(**arguments):
    def build(tf):
        outputs, states = legacy(tf).one2many_rnn_seq2seq(
            symbols(tf),
            {"a": symbols(tf, 1), "b": symbols(tf, 2, 2)},
            gru(tf),
            {"a": gru(tf), "b": gru(tf)},
            5,
            {"a": 6, "b": 5},
            3,
            **arguments_for(tf, arguments),
        )
        return [outputs["a"], outputs["b"], states["a"], states["b"]]

    return build


def buckets(**arguments):
    def build(tf):
        def model(given, following):
            return legacy(tf).embedding_attention_seq2seq(given, following, gru(tf), 5, 5, 3)

        weights = [tf.constant([1.0, 0.5])] * 4
        return legacy(tf).model_with_buckets(
            symbols(tf, 0, 4),
            symbols(tf, 1, 4),
            symbols(tf, 2, 4),
            weights,
            [(2, 3), (4, 4)],
            model,
            **arguments,
        )

    return build


CASES = {
    "decoder": decoder,
    "basic": lambda tf: legacy(tf).basic_rnn_seq2seq(vectors(tf), vectors(tf, 2), lstm(tf)),
    "tied": lambda tf: legacy(tf).tied_rnn_seq2seq(
        vectors(tf), vectors(tf, 2), gru(tf), loop_function=lambda previous, _: 2.0 * previous
    ),
    "embedding": embedded("embedding_rnn_seq2seq"),
    "embedding_deep": embedded(
        "embedding_rnn_seq2seq", cell=lambda tf: tf.nn.rnn_cell.MultiRNNCell([lstm(tf), gru(tf)])
    ),
    "embedding_fed": embedded("embedding_rnn_seq2seq", feed_previous=True),
    "embedding_projected": embedded(
        "embedding_rnn_seq2seq", output_projection=projection, feed_previous=True
    ),
    "embedding_fed_when_run": embedded("embedding_rnn_seq2seq", cell=lstm, feed_previous=fed),
    "embedding_not_fed_when_run": embedded("embedding_rnn_seq2seq", feed_previous=not_fed),
    "embedding_tied": embedded("embedding_tied_rnn_seq2seq", sizes=(5, 3)),
    "embedding_tied_fed": embedded(
        "embedding_tied_rnn_seq2seq", sizes=(5, 3), feed_previous=True, num_decoder_symbols=4
    ),
    "embedding_tied_projected": embedded(
        "embedding_tied_rnn_seq2seq",
        sizes=(5, 3),
        output_projection=tied_projection,
        feed_previous=True,
    ),
    "attention": attention(),
    "attention_heads": attention(num_heads=2, output_size=3, initial_state_attention=True),
    "embedding_attention": embedded("embedding_attention_seq2seq"),
    "embedding_attention_fed": embedded(
        "embedding_attention_seq2seq", cell=lstm, feed_previous=True, num_heads=2
    ),
    "embedding_attention_fed_when_run": embedded(
        "embedding_attention_seq2seq", feed_previous=fed, initial_state_attention=True
    ),
    "embedding_attention_projected": embedded(
        "embedding_attention_seq2seq", output_projection=projection, feed_previous=True
    ),
    "one_to_many": one_to_many(),
    "one_to_many_fed_when_run": one_to_many(feed_previous=fed),
    "buckets": buckets(),
    "buckets_by_example": buckets(per_example_loss=True),
}
