"""Gradients of higher order through branches and loops, against the same without them.

The ops behind them: HistoryItem, HistoryCotangent, HistoryCotangentItem, AddHistoryCotangents and
NoHistoryCotangents.
"""

import numpy as np
import pytest

import flowgraph as tf


def loop(x):
    _, y = tf.while_loop(
        lambda i, y: i < 4, lambda i, y: (i + 1, tf.sin(y) * x + y * y * 0.1), (0, x * 1.0)
    )
    return y


def unrolled(x):
    y = x * 1.0
    for _ in range(4):
        y = tf.sin(y) * x + y * y * 0.1
    return y


def nested(x):
    def body(i, y):
        _, z = tf.while_loop(
            lambda j, z: j < i, lambda j, z: (j + 1, tf.sin(z) * x + y * z), (0, y)
        )
        return i + 1, z * 0.5

    return tf.while_loop(lambda i, y: i < 3, body, (0, x * 1.0))[1]


def nested_unrolled(x):
    y = x * 1.0
    for i in range(3):
        z = y
        for _ in range(i):
            z = tf.sin(z) * x + y * z
        y = z * 0.5
    return y


def branch(x):
    return tf.cond(tf.reduce_sum(x) > 0, lambda: tf.sin(x) * x * x, lambda: x)


def branch_in_loop(x):
    def body(i, y):
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: tf.sin(y) * x, lambda: y * y * x)

    return tf.while_loop(lambda i, y: i < 4, body, (0, x * 1.0))[1]


def branch_in_loop_unrolled(x):
    y = x * 1.0
    for i in range(4):
        y = y * y * x if i % 2 else tf.sin(y) * x
    return y


def loop_in_branch(x):
    return tf.cond(tf.reduce_sum(x) > 0, lambda: loop(x), lambda: x)


@pytest.mark.parametrize("value", [np.array([0.7, 1.1]), np.float64(0.3)], ids=["vector", "scalar"])
@pytest.mark.parametrize(
    ("inside", "plain"),
    [
        (loop, unrolled),
        (nested, nested_unrolled),
        (branch, lambda x: tf.sin(x) * x * x),
        (branch_in_loop, branch_in_loop_unrolled),
        (loop_in_branch, unrolled),
    ],
)
def test_order_1_to_3(inside, plain, value):
    x = tf.placeholder(tf.float64, value.shape)
    rows = []
    for function in (inside, plain):
        row = [function(x)]
        for _ in range(3):
            row += tf.gradients(tf.reduce_sum(tf.sin(row[-1])), x)
        rows.append(row)
    with tf.Session() as sess:
        for actual, expected in zip(*sess.run(rows, {x: value}), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-9)


def test_hessian():
    x = tf.constant([0.5, -0.3], tf.float64)
    with tf.Session() as sess:
        actual, expected = sess.run(
            [tf.hessians(tf.reduce_sum(f(x)), x)[0] for f in (loop, unrolled)]
        )
    np.testing.assert_allclose(actual, expected, rtol=1e-9)
