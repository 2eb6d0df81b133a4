"""An exponential moving average over a time series: once by hand, once by the library."""

import numpy as np

import flowgraph as tf

DECAY = 0.9
SERIES = np.sin(np.arange(40) / 4).astype(np.float32)


def averages():
    average, values = 0.0, []
    for value in SERIES:
        average = DECAY * average + (1 - DECAY) * value
        values.append(average)
    return values


def test_by_hand():
    current = tf.placeholder(tf.float32, name="current")
    average = tf.Variable(0.0, name="average")
    updated = (1 - DECAY) * current + DECAY * average
    store = tf.assign(average, updated)
    stored = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for value in SERIES:
            before = sess.run(updated, {current: value})
            stored.append(sess.run(store, {current: value}))
            assert before == stored[-1]
        assert sess.run(average) == stored[-1]
    np.testing.assert_allclose(stored, averages(), rtol=1e-5)


def test_by_the_library():
    value = tf.Variable(0.0, name="value", trainable=False)
    current = tf.placeholder(tf.float32, [])
    averager = tf.train.ExponentialMovingAverage(DECAY)
    with tf.control_dependencies([tf.assign(value, current)]):
        update = averager.apply([value])
    shadow = averager.average(value)
    assert shadow.op.name == "value/ExponentialMovingAverage"
    found = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for number in SERIES:
            sess.run(update, {current: number})
            found.append(sess.run(shadow))
    np.testing.assert_allclose(found, averages(), rtol=1e-5)


def test_with_the_count_of_updates_the_first_values_weigh_more():
    value = tf.Variable(1.0)
    step = tf.Variable(0, trainable=False)
    averager = tf.train.ExponentialMovingAverage(0.99, step)
    update = averager.apply([value])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(update)
        assert sess.run(averager.average(value)) == 1.0
        sess.run(tf.assign(value, 11.0))
        sess.run(update)  # the decay is (1 + 0) / (10 + 0)
        np.testing.assert_allclose(sess.run(averager.average(value)), 10.0, rtol=1e-6)
        sess.run([tf.assign(step, 10000), tf.assign(value, 20.0)])
        sess.run(update)
        np.testing.assert_allclose(sess.run(averager.average(value)), 10.1, rtol=1e-6)
