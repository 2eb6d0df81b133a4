"""A straight line through noisy points, with named nodes, a step counter and a decaying rate."""

import numpy as np

import flowgraph as tf

SLOPE, OFFSET = 3.0, 2.0


def points():
    random = np.random.RandomState(0)
    x = random.uniform(-1, 1, 100).astype(np.float32)
    return x, (SLOPE * x + OFFSET + random.normal(0, 0.1, 100)).astype(np.float32)


def train():
    xs, ys = points()
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.placeholder("float", name="y")
    w = tf.Variable(0.0, name="weight")
    b = tf.Variable(tf.zeros([]), name="bias")
    with tf.name_scope("loss"):
        loss = tf.reduce_mean(tf.pow(w * x + b - y, 2), name="mse")
    step = tf.Variable(0, trainable=False, name="global_step")
    rate = tf.train.exponential_decay(0.2, step, 20, 0.9, staircase=True)
    train_op = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)

    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(100):
            _, value = sess.run([train_op, loss], {x: xs, y: ys})
            losses.append(value)
        return losses, sess.run({"w": w, "b": b, "step": step, "rate": rate})


def test_the_line_is_found():
    losses, found = train()
    np.testing.assert_allclose([losses[0], losses[10], losses[-1]], LOSSES, rtol=1e-4)
    np.testing.assert_allclose([found["w"], found["b"]], LINE, rtol=1e-5)
    assert found["step"] == 100
    np.testing.assert_allclose(found["rate"], 0.2 * 0.9**5, rtol=1e-6)

    xs, ys = points()
    slope, offset = np.polyfit(xs.astype(float), ys, 1)
    np.testing.assert_allclose([found["w"], found["b"]], [slope, offset], atol=2e-3)


def test_the_names_of_the_nodes():
    train()
    graph = tf.get_default_graph()
    assert graph.get_tensor_by_name("loss/mse:0").shape.as_list() == []
    assert graph.get_tensor_by_name("weight:0").dtype.base_dtype == tf.float32
    assert [v.name for v in tf.trainable_variables()] == ["weight:0", "bias:0"]
    assert graph.get_operation_by_name("GradientDescent").type == "AssignAdd"


# Recorded from TensorFlow.
LOSSES = [6.440602, 0.20190205, 0.009924385]
LINE = [2.996815, 2.0190592]
