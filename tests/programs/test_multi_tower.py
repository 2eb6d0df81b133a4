"""Towers on several GPUs that share variables on the CPU: on stand-ins, and softly without any."""

import numpy as np
import pytest

import flowgraph as tf
from tests.gpus import fake_gpus

TOWERS = 2


def tower_loss(images, labels):
    with tf.variable_scope("model", reuse=tf.AUTO_REUSE), tf.device("/cpu:0"):
        kernel = tf.get_variable(
            "kernel", [3, 3, 1, 4], initializer=tf.glorot_uniform_initializer(1)
        )
        weights = tf.get_variable("weights", [64, 3], initializer=tf.glorot_uniform_initializer(2))
        biases = tf.get_variable("biases", [3], initializer=tf.zeros_initializer())
    hidden = tf.nn.relu(tf.nn.conv2d(images, kernel, [1, 1, 1, 1], "SAME"))
    pooled = tf.nn.max_pool(hidden, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    logits = tf.matmul(tf.reshape(pooled, [-1, 64]), weights) + biases
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    return tf.reduce_mean(losses)


def average(tower_gradients):
    """The mean of the towers' gradients of each variable."""
    result = []
    for pairs in zip(*tower_gradients, strict=True):
        stacked = tf.concat([tf.expand_dims(gradient, 0) for gradient, _ in pairs], 0)
        result.append((tf.reduce_mean(stacked, 0), pairs[0][1]))
    return result


def train(config=None):
    """The losses and the final weights of some steps."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(12, 8, 8, 1)).astype(np.float32)
    targets = rng.integers(0, 3, 12)
    with tf.Graph().as_default(), tf.device("/cpu:0"):
        images = tf.placeholder(tf.float32, [12, 8, 8, 1])
        labels = tf.placeholder(tf.int64, [12])
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        step = tf.train.get_or_create_global_step()
        gradients, losses = [], []
        parts = zip(tf.split(images, TOWERS), tf.split(labels, TOWERS), strict=True)
        for number, (x, y) in enumerate(parts):
            with tf.device(f"/gpu:{number}"), tf.name_scope(f"tower_{number}"):
                loss = tower_loss(x, y)
                losses.append(loss)
                gradients.append(optimizer.compute_gradients(loss, tf.trainable_variables()))
        apply = optimizer.apply_gradients(average(gradients), global_step=step)
        total = tf.add_n(losses) / TOWERS
        with tf.Session(config=config) as session:
            session.run(tf.global_variables_initializer())
            history = [
                session.run([total, apply], {images: data, labels: targets})[0] for _ in range(8)
            ]
            text = session.explain([total, apply], {images: data, labels: targets}, "transfer")
            return history, session.run(tf.trainable_variables()), session.run(step), text


@pytest.fixture(scope="module")
def on_the_cpu():
    return train(tf.ConfigProto(allow_soft_placement=True, device_count={"GPU": 0}))


@pytest.mark.parametrize("devices", [1, 2])
def test_equal_results_on_devices_and_softly_on_the_cpu(devices, on_the_cpu):
    with fake_gpus(devices) as fake:
        soft = tf.ConfigProto(allow_soft_placement=True)
        history, weights, step, text = train(soft if devices < TOWERS else None)
    assert history[-1] < 0.7 * history[0]
    np.testing.assert_allclose(history, on_the_cpu[0], rtol=1e-5)
    for here, there in zip(weights, on_the_cpu[1], strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-6)
    assert step == on_the_cpu[2] == 8
    # Each device gets one copy of each variable and of a constant, each tower its own data.
    assert text.count("ToDevice(") == (3 + 1) * devices + 2 * TOWERS
    assert fake.counts["synchronisations"] > 0


def test_a_gpu_that_is_not_there_is_refused_without_soft_placement():
    with (
        fake_gpus(1),
        pytest.raises(
            tf.errors.InvalidArgumentError, match="was explicitly assigned to /device:GPU:1 but"
        ),
    ):
        train()
