"""Variables of loops that are written over by their next values."""

import numpy as np
import pytest

import flowgraph as tf


def session(level):
    options = tf.GraphOptions(optimizer_options=tf.OptimizerOptions(global_jit_level=level))
    return tf.Session(config=tf.ConfigProto(graph_options=options))


@pytest.mark.parametrize("level", [-1, tf.OptimizerOptions.ON_1])
def test_large_variables_that_swap_add_up_and_stay(level):
    rows = np.random.RandomState(0)
    first = rows.rand(150, 200).astype(np.float32)
    weights = rows.rand(200, 200).astype(np.float32) / 100
    w = tf.constant(weights)

    def body(i, a, b, c, d, e):
        t = tf.tanh(tf.matmul(a, w))
        return i + 1, b, t, c + t, d * 2.0 - a, e

    zeros = tf.zeros([150, 200])
    x = tf.constant(first)
    start = [0, x, x * 2.0, zeros, x + 1.0, zeros + 3.0]
    results = tf.while_loop(lambda i, *_: i < 7, body, start)
    a, b, c, d = first, first * 2, np.zeros_like(first), first + 1
    for _ in range(7):
        t = np.tanh(a @ weights)
        a, b, c, d = b, t, c + t, d * 2 - a
    with session(level) as sess:
        for _ in range(2):
            values = sess.run(results)
    for value, expected in zip(values[1:], (a, b, c, d, 3 * np.ones_like(a)), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-4)


@pytest.mark.parametrize("level", [-1, tf.OptimizerOptions.ON_1])
def test_products_that_are_added_up(level):
    rows = np.random.RandomState(1)
    a = [rows.rand(50, 200).astype(np.float32) for _ in range(4)]
    b = [rows.rand(50, 300).astype(np.float32) for _ in range(4)]
    given = [(tf.placeholder(tf.float32, [50, 200]), tf.placeholder(tf.float32, [50, 300]))
             for _ in a]  # fmt: skip
    products = [tf.matmul(x, y, transpose_a=True) for x, y in given]
    total = tf.placeholder(tf.float32, [200, 300])
    feeds = {k: v for pair, *arrays in zip(given, a, b, strict=True)
             for k, v in zip(pair, arrays, strict=True)}  # fmt: skip
    feeds[total] = np.ones((200, 300), np.float32)
    fetches = [tf.add_n(products[:3]), total + products[3], products[3] * 2.0]
    expected = [x.T @ y for x, y in zip(a, b, strict=True)]
    with session(level) as sess:
        plan = sess.explain(fetches[0], feeds)
        values = sess.run(fetches[:1], feeds) + sess.run(fetches[1:], feeds)
    assert plan.count("= Accumulated(") == 2
    np.testing.assert_allclose(values[0], sum(expected[:3]), rtol=1e-4)
    np.testing.assert_allclose(values[1], expected[3] + 1, rtol=1e-4)
    np.testing.assert_allclose(values[2], expected[3] * 2, rtol=1e-4)
