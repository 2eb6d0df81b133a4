"""An autoencoder of digits: dictionaries of variables, RMSProp, and halves of the net run alone."""

import numpy as np

import flowgraph as tf
from flowgraph.datasets import mnist_sample


def build():
    weights = {
        "encode1": tf.Variable(tf.random_normal([784, 32], stddev=0.1, seed=1)),
        "encode2": tf.Variable(tf.random_normal([32, 8], stddev=0.1, seed=2)),
        "decode1": tf.Variable(tf.random_normal([8, 32], stddev=0.1, seed=3)),
        "decode2": tf.Variable(tf.random_normal([32, 784], stddev=0.1, seed=4)),
    }
    biases = {name: tf.Variable(tf.zeros([w.shape[1]])) for name, w in weights.items()}

    def layer(x, name):
        return tf.sigmoid(tf.add(tf.matmul(x, weights[name]), biases[name]))

    images = tf.placeholder("float", [None, 784])
    code = layer(layer(images, "encode1"), "encode2")
    decoded = layer(layer(code, "decode1"), "decode2")
    cost = tf.reduce_mean(tf.pow(images - decoded, 2))
    step = tf.train.RMSPropOptimizer(0.1).minimize(cost)
    return images, code, decoded, cost, step


def train():
    pictures = mnist_sample().images[:500].reshape(500, 784) / np.float32(255)
    images, code, decoded, cost, step = build()
    costs = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(100):
            batch = pictures[i % 5 * 100 : i % 5 * 100 + 100]
            costs.append(sess.run((step, cost), feed_dict={images: batch})[1])
        codes = sess.run(code, {images: pictures[:10]})
        whole = sess.run(decoded, {images: pictures[:10]})
        half = sess.run(decoded, {code: codes})
    return costs, codes, whole, half


def test_the_cost_falls():
    costs, codes, whole, half = train()
    np.testing.assert_allclose([costs[i] for i in (0, 1, 10, 99)], COSTS, rtol=1e-3)
    assert costs[-1] < 0.5 * costs[0]
    assert codes.shape == (10, 8)
    np.testing.assert_allclose(half, whole, rtol=1e-5)


# Recorded from TensorFlow.
COSTS = [0.2339934, 0.23383121, 0.23337403, 0.1143736]
