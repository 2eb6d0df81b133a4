"""Results do not depend on how many threads a machine has."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.native.library import LIBRARY
from tests.unit.backends.test_native import config, draw


@pytest.fixture
def threads():
    """Set the number of threads of native kernels; afterwards it is as before."""
    yield LIBRARY.set_threads
    LIBRARY.set_threads(0)


def convolutional():
    x, labels = tf.constant(draw(16, 28, 28, 1)), tf.constant(np.arange(16) % 10)
    y = x
    for depth in (32, 64):
        y = tf.layers.conv2d(y, depth, 5 if depth == 32 else 3, padding="same")
        y = tf.nn.relu(tf.layers.batch_normalization(y, training=True))
        y = tf.layers.max_pooling2d(y, 2, 2)
    return tf.losses.sparse_softmax_cross_entropy(labels, tf.layers.dense(tf.layers.flatten(y), 10))


def recurrent():
    x = tf.constant(draw(32, 6, 40))
    y, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(64), x, dtype=tf.float32)
    return tf.reduce_mean(tf.square(y))


def embedded():
    table = tf.get_variable("table", [500, 64])
    ids = tf.constant(np.random.RandomState(0).randint(0, 500, 4000))
    return tf.reduce_mean(tf.tanh(tf.nn.embedding_lookup(table, ids)))


@pytest.mark.parametrize("model", [convolutional, recurrent, embedded])
def test_a_model_trains_to_the_same_bits(model, threads):
    tf.set_random_seed(1)
    loss = model()
    step = tf.train.AdamOptimizer(0.01).minimize(loss)
    results = []
    for count in (1, 2, 5):
        threads(count)
        with tf.Session(config=config(tf.OptimizerOptions.ON_1)) as session:
            session.run(tf.global_variables_initializer())
            for _ in range(3):
                session.run(step)
            results.append(session.run([loss, *tf.trainable_variables()]))
    for other in results[1:]:
        for value, expected in zip(other, results[0], strict=True):
            np.testing.assert_array_equal(value, expected)
