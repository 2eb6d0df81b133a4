"""Derivatives of derivatives, where the answer is known on paper."""

import math

import numpy as np

import flowgraph as tf


def test_powers_down_to_a_constant():
    x = tf.placeholder(tf.float32, [])
    derivatives = [x**4]
    for _ in range(4):
        derivatives += tf.gradients(derivatives[-1], x)
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(derivatives, {x: 2.0}), [16, 32, 48, 48, 24])


def test_a_sine_comes_back_after_four():
    x = tf.constant([0.3, 1.0, -2.0])
    y = tf.sin(x)
    for _ in range(4):
        (y,) = tf.gradients(y, x)
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(y), np.sin([0.3, 1.0, -2.0]), rtol=1e-5)


def test_newton_finds_the_minimum_in_one_step():
    w = tf.Variable([4.0, -3.0])
    matrix = tf.constant([[3.0, 1.0], [1.0, 2.0]])
    target = tf.constant([[1.0], [4.0]])
    column = tf.expand_dims(w, 1)
    loss = tf.squeeze(
        0.5 * tf.matmul(column, tf.matmul(matrix, column), transpose_a=True)
        - tf.matmul(target, column, transpose_a=True)
    )
    (slope,) = tf.gradients(loss, w)
    (curvature,) = tf.hessians(loss, w)
    jump = tf.matmul(tf.matrix_inverse(curvature), tf.expand_dims(slope, 1))
    step = w.assign_sub(tf.squeeze(jump, 1))
    with tf.Session() as sess:
        sess.run(w.initializer)
        np.testing.assert_allclose(sess.run(curvature), [[3, 1], [1, 2]], rtol=1e-6)
        sess.run(step)
        np.testing.assert_allclose(sess.run(w), np.linalg.solve([[3, 1], [1, 2]], [1, 4]), 1e-5)
        np.testing.assert_allclose(sess.run(slope), [0, 0], atol=1e-5)


def test_a_penalty_on_the_slope():
    """Training through a gradient, as networks with a gradient penalty do."""
    x = tf.constant([[0.5], [1.5]])
    w = tf.Variable([[2.0]], name="w")
    y = tf.tanh(tf.matmul(x, w))
    (slope,) = tf.gradients(y, x)
    penalty = tf.reduce_mean(tf.square(tf.norm(slope, axis=1) - 1.0))
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    step = optimizer.minimize(penalty, var_list=[w])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = [sess.run([penalty, step])[0] for _ in range(50)]
        np.testing.assert_allclose(sess.run(w)[0, 0], descend(50, 0.1), rtol=1e-4)
    np.testing.assert_allclose(values[0], penalty_of(2.0), rtol=1e-5)
    assert values[-1] < values[0]


def penalty_of(w):
    slopes = [abs(w * (1 - math.tanh(w * x) ** 2)) for x in (0.5, 1.5)]
    return sum((slope - 1) ** 2 for slope in slopes) / 2


def descend(steps, rate, w=2.0, h=1e-6):
    for _ in range(steps):
        w -= rate * (penalty_of(w + h) - penalty_of(w - h)) / (2 * h)
    return w


def test_what_is_stopped_or_apart():
    a, b = tf.constant(3.0), tf.constant(4.0)
    y = tf.stop_gradient(a * b) * a
    assert tf.gradients(y, b) == [None]
    with tf.Session() as sess:
        assert sess.run(tf.gradients(y, a)) == [12.0]
        assert sess.run(tf.gradients([a * b, a], [a, b], grad_ys=[2.0, 10.0])) == [18.0, 6.0]
