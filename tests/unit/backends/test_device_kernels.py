"""Whole training steps whose kernels' own text is compiled by a C++ compiler, on a stand-in."""

import numpy as np
import pytest

import flowgraph as tf
from tests.fake_cupy import cudnn
from tests.gpus import fake_gpus
from tests.unit.backends.cuda.device import COMPILER

pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")


def perceptron():
    x = tf.placeholder(tf.float32, [None, 12])
    labels = tf.placeholder(tf.int64, [None])
    hidden = tf.layers.dense(x, 16, activation=tf.nn.relu)
    logits = tf.layers.dense(tf.nn.dropout(hidden, rate=0.2, seed=3), 4)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    loss = tf.reduce_mean(losses)
    return x, labels, loss, tf.train.AdamOptimizer(0.01).minimize(loss)


def convnet():
    x = tf.placeholder(tf.float32, [None, 8, 8, 2])
    labels = tf.placeholder(tf.int64, [None])
    hidden = tf.layers.conv2d(x, 4, 3, padding="same")
    hidden = tf.nn.relu(tf.layers.batch_normalization(hidden, training=True))
    hidden = tf.layers.max_pooling2d(hidden, 2, 2)
    logits = tf.layers.dense(tf.layers.flatten(hidden), 4)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    loss = tf.reduce_mean(losses)
    step = tf.train.get_or_create_global_step()
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        return x, labels, loss, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss, step)


def train(make, steps=6):
    """The losses of some steps, the final weights, and the plan."""
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        x, labels, loss, step = make()
        rng = np.random.default_rng(0)
        shape = (8, *x.shape.as_list()[1:])
        feeds = {x: rng.normal(size=shape), labels: rng.integers(0, 4, 8)}
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            losses = [session.run([loss, step], feeds)[0] for _ in range(steps)]
            text = session.explain([loss, step], feeds, "bound")
            return losses, session.run(tf.global_variables()), text


@pytest.mark.parametrize("make", [perceptron, convnet])
def test_training_with_variables_on_the_device(make):
    expected, there, _ = train(make)
    with fake_gpus(1, kernels=True) as fake:
        losses, here, text = train(make)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    for value, reference in zip(here, there, strict=True):
        np.testing.assert_allclose(value, reference, rtol=1e-3, atol=1e-5)
    assert fake.counts["kernels"] > 50
    assert text.count("\nkernel ") > 12


def strided():
    """Borders on one side only, a window's steps, images with their channels before rows."""
    x = tf.placeholder(tf.float32, [None, 7, 8, 2])
    labels = tf.placeholder(tf.int64, [None])
    hidden = tf.layers.conv2d(x, 4, 3, strides=2, padding="same", activation=tf.nn.tanh)
    weights = tf.get_variable("w", [2, 2, 4, 3], initializer=tf.glorot_uniform_initializer())
    turned = tf.transpose(hidden, [0, 3, 1, 2])
    pairs = tf.nn.conv2d(turned, weights, [1, 1, 1, 1], "VALID", data_format="NCHW")
    logits = tf.layers.dense(tf.layers.flatten(pairs), 4)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    loss = tf.reduce_mean(losses)
    return x, labels, loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss)


def volumes():
    x = tf.placeholder(tf.float32, [None, 5, 6, 7, 2])
    labels = tf.placeholder(tf.int64, [None])
    hidden = tf.layers.conv3d(x, 4, 3, strides=(1, 2, 2), padding="same", activation=tf.nn.tanh)
    hidden = tf.layers.conv3d(hidden, 3, 1)
    logits = tf.layers.dense(tf.layers.flatten(hidden), 4)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    loss = tf.reduce_mean(losses)
    return x, labels, loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss)


@pytest.mark.parametrize("make", [convnet, strided, volumes])
def test_training_with_cudnn(make):
    expected, there, _ = train(make)
    made = []

    def package(fake):
        made.append(cudnn.package(on=fake))
        return made[0]

    with fake_gpus(1, kernels=True, products=True, convolutions=package) as fake:
        losses, here, _ = train(make)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    for value, reference in zip(here, there, strict=True):
        np.testing.assert_allclose(value, reference, rtol=1e-3, atol=1e-5)
    kinds = {graph.kind for graph in made[0].graphs}
    assert kinds == ({"fprop", "wgrad"} if make is convnet else {"fprop", "wgrad", "dgrad"})
    assert fake.counts["convolutions"] >= 4
    assert fake.counts["launches"] >= 3  # replayed, with the convolutions inside


@pytest.mark.parametrize("option", [None, "0", "1"])
def test_tf32_only_where_the_environment_allows_it(option, monkeypatch):
    made = []

    def package(fake):
        made.append(cudnn.package(on=fake))
        return made[0]

    if option is None:
        monkeypatch.delenv("FLOWGRAPH_TF32", raising=False)
    else:
        monkeypatch.setenv("FLOWGRAPH_TF32", option)
    with fake_gpus(1, kernels=True, products=True, convolutions=package) as fake:
        train(convnet, 1)
    is_allowed = option == "1"
    assert bool(fake.counts["tf32 products"]) == is_allowed
    assert made[0].graphs
    for graph in made[0].graphs:
        assert (("without", "tensor core", "down") in graph.steps) == (not is_allowed)


@pytest.mark.parametrize(
    ("name", "values"),
    [("FLOWGRAPH_TF32", "0 or 1"), ("TF_CUDNN_DETERMINISTIC", "0, 1, false or true")],
)
def test_another_word_for_an_option_is_an_error(name, values, monkeypatch):
    monkeypatch.setenv(name, "yes")
    with (
        fake_gpus(1, kernels=True),
        pytest.raises(ValueError, match=f"{name} must be {values}, not 'yes'"),
    ):
        train(convnet, 1)


@pytest.mark.parametrize(("name", "value"), [
    ("TF_CUDNN_DETERMINISTIC", "1"), ("TF_DETERMINISTIC_OPS", "True"),
    ("TF_CUDNN_DETERMINISTIC", "false"),
])  # fmt: skip
def test_sums_in_a_fixed_order_where_the_environment_wants_them(name, value, monkeypatch):
    made = []

    def package(fake):
        made.append(cudnn.package(on=fake))
        return made[0]

    monkeypatch.setenv(name, value)
    with fake_gpus(1, kernels=True, products=True, convolutions=package):
        train(convnet, 1)
    refused = [step for graph in made[0].graphs for step in graph.steps if step[0] == "without"]
    assert refused
    assert all(("any order" in step) == (value != "false") for step in refused)


def test_what_cudnn_has_no_plan_for_is_done_by_products():
    expected, _, _ = train(convnet)
    with fake_gpus(
        1, kernels=True, products=True,
        convolutions=lambda fake: cudnn.package(refuses=True, on=fake),
    ) as fake:  # fmt: skip
        losses, _, text = train(convnet)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    assert not fake.counts["convolutions"]
    convolutions = [line for line in text.splitlines() if "= Conv2D" in line]
    assert len(convolutions) == 2
    assert all(line.startswith("kernel ") for line in convolutions)
    assert not any("not captured" in line for line in convolutions)


def test_draws_are_those_of_the_host():
    with tf.Graph().as_default():
        tf.set_random_seed(7)
        values = [tf.random_uniform([5]), tf.random_normal([6]), tf.truncated_normal([7])]

        def draws():
            with tf.Session() as session:
                return [session.run(values) for _ in range(3)]

        expected = draws()
        with fake_gpus(1, kernels=True):
            found = draws()
    for run, reference in zip(found, expected, strict=True):
        np.testing.assert_array_equal(run[0], reference[0])
        for value, other in zip(run[1:], reference[1:], strict=True):
            np.testing.assert_allclose(value, other, rtol=1e-5, atol=1e-6)


def test_rows_of_sparse_updates():
    with tf.Graph().as_default():
        table = tf.Variable(tf.reshape(tf.range(12.0), [4, 3]))
        rows = tf.gather(table, [2, 0, 2])
        loss = tf.reduce_sum(tf.square(rows))
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)

        def result():
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                session.run([step])
                return session.run(table)

        expected = result()
        with fake_gpus(1, kernels=True):
            np.testing.assert_allclose(result(), expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_groups_of_halves_are_one_kernel_on_a_gpu_only(dtype):
    with tf.Graph().as_default():
        x = tf.placeholder(dtype, [6, 8])
        y = tf.cast(tf.tanh(x * x + tf.constant(0.5, dtype)), tf.float32) * 3.0
        feeds = {x: np.linspace(-2, 2, 48).reshape(6, 8)}

        def result():
            with tf.Session() as session:
                return session.run(y, feeds), session.explain(y, feeds, "bound")

        expected, plain = result()
        with fake_gpus(1, kernels=True):
            found, text = result()
    np.testing.assert_allclose(found, expected, rtol=1e-2)
    assert "= Tanh(" in plain
    assert "= Tanh(" not in text
    assert [line.split()[0] for line in text.splitlines() if "= Fused(" in line] == ["kernel"]
