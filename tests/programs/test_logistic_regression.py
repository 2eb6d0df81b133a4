"""Digits by softmax regression, in minibatches, with the accuracy on digits not trained on."""

import numpy as np

import flowgraph as tf
from flowgraph.datasets import mnist_sample


def flat(digits):
    return digits.images.reshape(-1, 784) / np.float32(255), np.eye(10)[digits.labels]


def train():
    learn, held_out = (flat(part) for part in mnist_sample().split(train=4000))
    images = tf.placeholder(tf.float32, [None, 784])
    labels = tf.placeholder(tf.float32, [None, 10])
    weights = tf.Variable(tf.zeros([784, 10]))
    biases = tf.Variable(tf.zeros([10]))
    probabilities = tf.nn.softmax(tf.matmul(images, weights) + biases)
    clipped = tf.clip_by_value(probabilities, 1e-10, 1.0)
    loss = tf.reduce_mean(-tf.reduce_sum(labels * tf.log(clipped), reduction_indices=[1]))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    right = tf.equal(tf.argmax(probabilities, 1), tf.argmax(labels, 1))
    accuracy = tf.reduce_mean(tf.cast(right, tf.float32))

    results = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        order = np.random.RandomState(1)
        for i in range(201):
            batch = order.randint(0, 4000, 100)
            sess.run(step, {images: learn[0][batch], labels: learn[1][batch]})
            if i % 100 == 0:
                feeds = {images: held_out[0], labels: held_out[1]}
                results.append([loss.eval(feeds), accuracy.eval(feeds)])
    return results


def test_digits_are_told_apart():
    results = np.array(train())
    np.testing.assert_allclose(results[:, 0], LOSSES, rtol=1e-3)
    # One digit in a thousand may fall on the other side.
    np.testing.assert_allclose(results[:, 1], ACCURACIES, atol=0.0011)


# Recorded from TensorFlow.
LOSSES = [2.2674067, 0.4163633, 0.37028214]
ACCURACIES = [0.125, 0.888, 0.899]
