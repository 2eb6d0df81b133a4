"""The demo: a convolutional net learns real handwritten digits, then shows its graph and plan.

It is an ordinary program in TensorFlow 1.x's style, and uses nothing but the
public interface.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import flowgraph as tf

BATCH = 100


class Net(NamedTuple):
    """The tensors of the digit classifier that a program feeds and fetches."""

    images: Any
    labels: Any
    dropout: Any
    logits: Any
    loss: Any
    accuracy: Any
    train: Any


def build(seed: int) -> Net:
    """Build the net in the default graph: two convolutions with pooling, and a dense layer.

    Parameters
    ----------
    seed : int
        The graph's random seed.
    """
    tf.set_random_seed(seed)
    images = tf.placeholder(tf.float32, [None, 28, 28, 1], name="images")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    dropout = tf.placeholder_with_default(0.0, [], name="dropout")
    hidden = convolution(images, 1, 16, "conv1")
    hidden = convolution(hidden, 16, 32, "conv2")
    with tf.variable_scope("dense"):
        flat = tf.reshape(hidden, [-1, 7 * 7 * 32])
        weights = tf.get_variable("weights", [7 * 7 * 32, 10])
        biases = tf.get_variable("biases", [10], initializer=tf.zeros_initializer())
        kept = tf.nn.dropout(flat, rate=dropout)
        logits = tf.nn.bias_add(tf.matmul(kept, weights), biases, name="logits")
    with tf.name_scope("loss"):
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        loss = tf.reduce_mean(each)
    with tf.name_scope("accuracy"):
        right = tf.equal(tf.argmax(logits, 1), labels)
        accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(3e-3, step, decay_steps=40, decay_rate=0.8, staircase=True)
    train = tf.train.AdamOptimizer(rate).minimize(loss, global_step=step)
    return Net(images, labels, dropout, logits, loss, accuracy, train)


def convolution(inputs: Any, channels: int, filters: int, scope: str) -> Any:
    """A 5x5 convolution with ReLU, then 2x2 max pooling."""
    with tf.variable_scope(scope):
        kernel = tf.get_variable("kernel", [5, 5, channels, filters])
        biases = tf.get_variable("biases", [filters], initializer=tf.zeros_initializer())
        outputs = tf.nn.conv2d(inputs, kernel, [1, 1, 1, 1], "SAME")
        outputs = tf.nn.relu(tf.nn.bias_add(outputs, biases))
        return tf.nn.max_pool(outputs, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")


def run(epochs: int = 10, seed: int = 1) -> float:
    """Train on 4000 digits, test on 1000 others, print the results and a tour.

    Parameters
    ----------
    epochs : int
        Passes over the training digits.
    seed : int
        Of the initial weights and of the order of the digits.

    Returns
    -------
    float
        The accuracy on the digits not trained on.
    """
    train, test = tf.datasets.mnist_sample().split(train=4000)
    images, test_images = (_pixels(part.images) for part in (train, test))
    graph = tf.Graph()
    with graph.as_default():
        net = build(seed)
        initialise = tf.global_variables_initializer()
    order = np.random.default_rng(seed)
    print(f"A convolutional net on {len(images)} digits, {len(test_images)} others to test it")
    with tf.Session(graph=graph) as session:
        session.run(initialise)
        times, loss = [], float("nan")
        with tqdm(total=epochs * (len(images) // BATCH), unit="step") as bar:
            for epoch in range(epochs):
                for rows in np.split(order.permutation(len(images)), len(images) // BATCH):
                    feeds = {
                        net.images: images[rows],
                        net.labels: train.labels[rows],
                        net.dropout: 0.5,
                    }
                    start = time.perf_counter()
                    _, loss = session.run([net.train, net.loss], feeds)
                    times.append(time.perf_counter() - start)
                    bar.update()
                bar.set_description(f"epoch {epoch + 1}, loss {loss:.4f}")
        accuracy = session.run(net.accuracy, {net.images: test_images, net.labels: test.labels})
        print(f"loss of the last batch   {loss:.4f}")
        print(f"accuracy on other digits {accuracy:.1%}")
        print(f"time per step            {np.median(times) * 1e3:.2f} ms for {BATCH} digits")
        _tour(graph, net, session, test_images)
    return float(accuracy)


def _pixels(images: Any) -> Any:
    return (images[..., np.newaxis] / np.float32(255)).astype(np.float32)


def _tour(graph: Any, net: Net, session: Any, images: Any) -> None:
    operations = graph.get_operations()
    kinds = Counter(operation.type for operation in operations)
    most = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(6))
    print(f"\nThe graph has {len(operations)} operations: {most}, ...")
    for variable in graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES):
        print(f"  {variable.name:<18} {variable.shape}")
    print("\nThe plan that classifies one digit, as specialised to its shape:")
    print(session.explain(net.logits, {net.images: images[:1]}))
