"""The training script that courses copied most: two matrices, squares, gradient descent.

Six printed losses are known from TensorFlow 1.x; they depend on the random numbers of the two
initial values, the shapes, the gradients and the optimizer alike.
"""

import numpy as np

import flowgraph as tf

ROWS, BATCH, STEPS = 32, 8, 3000

PRINTED = """\
step 0: loss on all rows 5.13118
step 500: loss on all rows 0.429111
step 1000: loss on all rows 0.409789
step 1500: loss on all rows 0.399923
step 2000: loss on all rows 0.394146
step 2500: loss on all rows 0.390597
"""


def train():
    rows = np.random.RandomState(23455).rand(ROWS, 2)
    labels = [[int(a + b < 1)] for a, b in rows]

    x = tf.placeholder(tf.float32, shape=(None, 2))
    wanted = tf.placeholder(tf.float32, shape=(None, 1))
    w1 = tf.Variable(tf.random_normal([2, 3], stddev=1, seed=1))
    w2 = tf.Variable(tf.random_normal([3, 1], stddev=1, seed=1))
    hidden = tf.matmul(x, w1)
    found = tf.matmul(hidden, w2)
    loss = tf.reduce_mean(tf.square(found - wanted))
    step = tf.train.GradientDescentOptimizer(0.001).minimize(loss)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(STEPS):
            start = (i * BATCH) % ROWS
            batch = slice(start, start + BATCH)
            sess.run(step, feed_dict={x: rows[batch], wanted: labels[batch]})
            if i % 500 == 0:
                total = sess.run(loss, feed_dict={x: rows, wanted: labels})
                print(f"step {i}: loss on all rows {total:g}")
        return sess.run([w1, w2])


def test_the_printed_losses(capsys):
    w1, w2 = train()
    assert capsys.readouterr().out == PRINTED
    np.testing.assert_allclose(w1, W1, rtol=1e-5)
    np.testing.assert_allclose(w2, W2, rtol=1e-5)


# Recorded from TensorFlow.
W1 = [[-0.7000663, 0.91363174, 0.0895357], [-2.3402493, -0.14641266, 0.5882305]]
W2 = [[-0.06024268], [0.91956186], [-0.068207085]]
