"""A step that is run again and again takes no memory of its own."""

import tracemalloc

import numpy as np
import pytest

import flowgraph as tf
from flowgraph import parallel
from flowgraph.backends.native import compiler


@pytest.fixture
def native():
    """Options of sessions with native kernels."""
    try:
        compiler.compiler()
    except compiler.CompilerError:
        pytest.skip("there is no C compiler")
    options = tf.OptimizerOptions(global_jit_level=tf.OptimizerOptions.ON_1)
    return tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=options))


@pytest.fixture
def numpy():
    """Options of sessions without, on one thread: another's scratch would be new to it."""
    parallel.set_threads(1)
    options = tf.OptimizerOptions(global_jit_level=tf.OptimizerOptions.OFF)
    yield tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=options))
    parallel.set_threads(0)


def convolutional():
    """A step of training a small net on images, and what it is fed."""
    x, y = tf.placeholder(tf.float32, [None, 16, 16, 1]), tf.placeholder(tf.int64, [None])
    h = tf.layers.conv2d(x, 16, 5, padding="same", activation=tf.nn.relu)
    h = tf.layers.max_pooling2d(h, 2, 2)
    h = tf.nn.relu(tf.layers.batch_normalization(tf.layers.conv2d(h, 32, 3), training=True))
    logits = tf.layers.dense(tf.layers.flatten(h), 20)
    loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
    feeds = {x: np.ones((64, 16, 16, 1), np.float32), y: np.arange(64) % 20}
    return tf.train.AdamOptimizer(1e-3).minimize(loss), loss, feeds


def dense():
    """A step of training a net of dense layers, and what it is fed."""
    x, y = tf.placeholder(tf.float32, [128, 300]), tf.placeholder(tf.float32, [128, 50])
    h = tf.layers.dense(tf.layers.dense(x, 256, tf.tanh), 256, tf.sigmoid)
    loss = tf.losses.mean_squared_error(y, tf.layers.dense(h, 50))
    feeds = {x: np.ones((128, 300), np.float32), y: np.ones((128, 50), np.float32)}
    return tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss), loss, feeds


@pytest.mark.parametrize("net", [convolutional, dense])
@pytest.mark.parametrize(("tier", "most"), [("native", 16 << 10), ("numpy", 512 << 10)])
def test_nothing_large_is_allocated(request, net, tier, most):
    step, loss, feeds = net()
    with tf.Session(config=request.getfixturevalue(tier)) as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run([step, loss], feeds)
        tracemalloc.start()
        try:
            session.run([step, loss], feeds)
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            session.run([step, loss], feeds)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak - before < most
