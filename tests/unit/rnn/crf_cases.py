"""Conditional random fields, each a function of the library that builds it.

The same functions run on TensorFlow 1.15, for the values in ``recorded_crf.json``.
"""

import numpy as np

BATCH, TIME, TAGS = 3, 4, 3
LENGTHS = [4, 2, 0]


def numbers(*shape):
    return np.sin(np.arange(np.prod(shape), dtype=np.float64) * 1.7 + 0.3).reshape(shape)


def scores(tf, time=TIME):
    return tf.get_variable("scores", initializer=numbers(BATCH, time, TAGS).astype(np.float32))


def tags(tf, time=TIME, dtype=np.int32):
    return tf.constant((np.arange(BATCH * time) % TAGS).reshape(BATCH, time).astype(dtype))


def transitions(tf):
    return tf.get_variable("transitions", [TAGS, TAGS])


def of_any_size(tf, time):
    """Sequences of a length that is known only when they run."""
    given = numbers(BATCH, time, TAGS).astype(np.float32)
    placed = tf.placeholder_with_default(given, [None, None, TAGS])
    return placed, tf.placeholder_with_default(tf.constant(LENGTHS), [None])


def likelihood(time=TIME, dtype=np.int32, lengths=LENGTHS):
    def build(tf):
        result = tf.contrib.crf.crf_log_likelihood(
            scores(tf, time), tags(tf, time, dtype), tf.constant(lengths)
        )
        return [result[0]]

    return build


def any_likelihood(time):
    def build(tf):
        given, lengths = of_any_size(tf, time)
        result = tf.contrib.crf.crf_log_likelihood(
            given,
            tf.placeholder_with_default(tags(tf, time), [None, None]),
            lengths,
            transitions(tf),
        )
        return [result[0]]

    return build


def multitag(time=TIME):
    def build(tf):
        bitmap = tf.constant(numbers(BATCH, time, TAGS) > -0.5)
        return [
            tf.contrib.crf.crf_multitag_sequence_score(
                scores(tf, time), bitmap, tf.constant(LENGTHS), transitions(tf)
            )
        ]

    return build


def decoded(time=TIME):
    def build(tf):
        crf = tf.contrib.crf
        return crf.crf_decode(scores(tf, time), transitions(tf), tf.constant([time, 1, 1]))

    return build


def any_decoded(time):
    def build(tf):
        given, _ = of_any_size(tf, time)
        return tf.contrib.crf.crf_decode(given, transitions(tf), tf.constant([time, 1, 1]))

    return build


def parts(tf):
    crf, lengths = tf.contrib.crf, tf.constant(LENGTHS)
    given, matrix = scores(tf), transitions(tf)
    return [
        crf.crf_unary_score(tags(tf), lengths, given),
        crf.crf_binary_score(tags(tf), lengths, matrix),
        crf.crf_log_norm(given, lengths, matrix),
        crf.crf_sequence_score(given, tags(tf), lengths, matrix),
    ]


def viterbi(tf):
    found, score = tf.contrib.crf.viterbi_decode(numbers(6, 4), numbers(4, 4) * 2)
    return [tf.constant(np.array(found, np.int32)), scores(tf) + np.float32(score)]


CASES = {
    "likelihood": likelihood(),
    "likelihood_int64": likelihood(dtype=np.int64),
    "likelihood_of_one_step": likelihood(time=1, lengths=[1, 1, 0]),
    "likelihood_of_any_length": any_likelihood(TIME),
    "likelihood_of_any_length_one": any_likelihood(1),
    "multitag": multitag(),
    "multitag_of_one_step": multitag(1),
    "decoded": decoded(),
    "decoded_one_step": decoded(1),
    "decoded_any_length": any_decoded(TIME),
    "decoded_any_length_one": any_decoded(1),
    "parts": parts,
    "viterbi": viterbi,
}

# TensorFlow's gradient of the greatest element goes to all equal ones, as here; but where
# minus infinity stands for what is not allowed, its gradient is NaN.
NOT_DIFFERENTIATED = {"multitag", "multitag_of_one_step"}
