"""Word vectors by noise-contrastive estimation, as TF1 tutorials train them.

The losses are those of TensorFlow 1.15.5 with the same seeds.
"""

import numpy as np

import flowgraph as tf

LOSSES = [12.54967, 8.897227, 3.691701]


def test_the_losses_are_tensorflows():
    tf.set_random_seed(5)
    words, dim, batch = 40, 8, 16
    centre = tf.placeholder(tf.int32, [batch])
    context = tf.placeholder(tf.int32, [batch, 1])
    table = tf.Variable(tf.random_uniform([words, dim], -1.0, 1.0))
    weights = tf.Variable(tf.truncated_normal([words, dim], stddev=0.3))
    biases = tf.Variable(tf.zeros([words]))
    embedded = tf.nn.embedding_lookup(table, centre)
    loss = tf.reduce_mean(tf.nn.nce_loss(weights, biases, context, embedded, 6, words))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    state = np.random.RandomState(1)
    losses = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(60):
            x = state.randint(0, words, batch)
            y = (x[:, None] * 3 + state.randint(0, 2, (batch, 1))) % words
            losses.append(session.run([loss, step], {centre: x, context: y})[0])
    np.testing.assert_allclose(losses[::20], LOSSES, rtol=1e-4)
