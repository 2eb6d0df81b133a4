"""The perceptron with two hidden layers of TensorFlow's tutorial on digits.

``tensorflow.examples.tutorials.mnist.mnist``: each function builds a part of the graph.
"""

from __future__ import annotations

import math

import flowgraph as tf

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def inference(images: tf.Tensor, hidden1_units: int, hidden2_units: int) -> tf.Tensor:
    """Return the logits of images.

    Parameters
    ----------
    images : float32 Tensor, [n, IMAGE_PIXELS]
    hidden1_units, hidden2_units : int
        The sizes of the hidden layers.

    Returns
    -------
    Tensor
        float32, [n, NUM_CLASSES].

    Examples
    --------
    >>> from flowgraph.compat import mnist_model
    >>> mnist_model.inference(tf.zeros([5, 784]), 32, 16)
    <tf.Tensor 'softmax_linear/add:0' shape=(5, 10) dtype=float32>
    """
    with tf.name_scope("hidden1"):
        hidden = tf.nn.relu(_affine(images, IMAGE_PIXELS, hidden1_units))
    with tf.name_scope("hidden2"):
        hidden = tf.nn.relu(_affine(hidden, hidden1_units, hidden2_units))
    with tf.name_scope("softmax_linear"):
        return _affine(hidden, hidden2_units, NUM_CLASSES)


def _affine(x: tf.Tensor, inputs: int, outputs: int) -> tf.Tensor:
    start = tf.truncated_normal([inputs, outputs], stddev=1 / math.sqrt(inputs))
    weights = tf.Variable(start, name="weights")
    biases = tf.Variable(tf.zeros([outputs]), name="biases")
    return tf.matmul(x, weights) + biases


def loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Return the mean cross entropy, which is added to the collection of losses.

    Parameters
    ----------
    logits : float32 Tensor, [n, NUM_CLASSES]
    labels : integer Tensor, [n]

    Examples
    --------
    >>> from flowgraph.compat import mnist_model
    >>> mnist_model.loss(tf.zeros([5, 10]), tf.zeros([5], tf.int32)).shape
    TensorShape([])
    """
    return tf.losses.sparse_softmax_cross_entropy(labels=tf.to_int64(labels), logits=logits)


def training(loss: tf.Tensor, learning_rate: float) -> tf.Operation:
    """Return a step of gradient descent, which counts itself; the loss gets a summary.

    Parameters
    ----------
    loss : float32 Tensor, []
    learning_rate : float

    Examples
    --------
    >>> from flowgraph.compat import mnist_model
    >>> mnist_model.training(tf.square(tf.Variable(1.0)), 0.1).name
    'GradientDescent'
    """
    tf.summary.scalar("loss", loss)
    global_step = tf.Variable(0, name="global_step", trainable=False)
    return tf.train.GradientDescentOptimizer(learning_rate).minimize(loss, global_step=global_step)


def evaluation(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Return how many images are recognized.

    Parameters
    ----------
    logits : float32 Tensor, [n, NUM_CLASSES]
    labels : int32 or int64 Tensor, [n]

    Examples
    --------
    >>> from flowgraph.compat import mnist_model
    >>> tf.Session().run(mnist_model.evaluation(tf.eye(3), tf.constant([0, 1, 1])))
    np.int32(2)
    """
    correct = tf.nn.in_top_k(logits, labels, 1)
    return tf.reduce_sum(tf.cast(correct, tf.int32))
