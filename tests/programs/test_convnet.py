"""A network of two convolutional layers and dropout, a few steps on 200 digits."""

import numpy as np

import flowgraph as tf
from flowgraph.datasets import mnist_sample


def weight_variable(shape, seed):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1, seed=seed))


def bias_variable(shape):
    return tf.Variable(tf.constant(0.1, shape=shape))


def conv2d(x, w):
    return tf.nn.conv2d(x, w, strides=[1, 1, 1, 1], padding="SAME")


def max_pool_2x2(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


def build():
    images = tf.placeholder(tf.float32, [None, 784])
    labels = tf.placeholder(tf.float32, [None, 10])
    keep_prob = tf.placeholder(tf.float32)
    planes = tf.reshape(images, [-1, 28, 28, 1])
    first = tf.nn.relu(conv2d(planes, weight_variable([5, 5, 1, 8], 1)) + bias_variable([8]))
    first = max_pool_2x2(first)
    second = tf.nn.relu(conv2d(first, weight_variable([5, 5, 8, 16], 2)) + bias_variable([16]))
    second = max_pool_2x2(second)
    assert second.get_shape().as_list() == [None, 7, 7, 16]
    size = int(np.prod(second.get_shape().as_list()[1:]))
    dense = tf.matmul(tf.reshape(second, [-1, size]), weight_variable([size, 32], 3))
    dense = tf.nn.relu(dense + bias_variable([32]))
    dropped = tf.nn.dropout(dense, keep_prob=keep_prob, seed=5)
    logits = tf.matmul(dropped, weight_variable([32, 10], 4)) + bias_variable([10])
    entropy = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
    loss = tf.reduce_mean(entropy)
    step = tf.train.AdamOptimizer(3e-3).minimize(loss)
    right = tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1))
    return images, labels, keep_prob, loss, step, tf.reduce_mean(tf.cast(right, tf.float32))


def train():
    digits = mnist_sample()
    pictures = digits.images[:200].reshape(200, 784) / np.float32(255)
    one_hot = np.eye(10)[digits.labels[:200]]
    images, labels, keep_prob, loss, step, accuracy = build()
    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(20):
            batch = slice(i % 4 * 50, i % 4 * 50 + 50)
            feeds = {images: pictures[batch], labels: one_hot[batch], keep_prob: 0.5}
            losses.append(sess.run([loss, step], feeds)[0])
        everything = {images: pictures, labels: one_hot, keep_prob: 1.0}
        return losses, sess.run([loss, accuracy], everything)


def test_twenty_steps():
    losses, (last, accuracy) = train()
    np.testing.assert_allclose(losses[:3], LOSSES[:3], rtol=1e-4)
    np.testing.assert_allclose(losses[10], LOSSES[3], rtol=1e-2)
    np.testing.assert_allclose(last, LOSSES[4], rtol=1e-2)
    np.testing.assert_allclose(accuracy, ACCURACY, atol=0.0101)


# Recorded from TensorFlow.
LOSSES = [2.370377, 2.2868977, 2.36299, 2.194296, 1.77254]
ACCURACY = 0.465
