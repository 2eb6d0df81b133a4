"""Captured steps, on a stand-in that refuses memory, waiting and cuBLAS while it captures."""

import functools
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.cupy import machine
from flowgraph.backends.cupy.capture import WARM, Capture
from tests.gpus import fake_gpus
from tests.unit.backends.cuda.device import COMPILER
from tests.unit.backends.test_device_kernels import convnet, perceptron, train

pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")


def chain():
    x = tf.placeholder(tf.float32, [4, 8])
    y = x
    for n in range(5):
        y = tf.transpose(tf.tanh(y + float(n)))
    return x, tf.reduce_sum(y)


@pytest.mark.parametrize("products", [True, False])
@pytest.mark.parametrize("make", [perceptron, convnet])
def test_replayed_steps_give_what_eager_ones_give(make, products):
    expected, weights, _ = train(make, 8)
    with fake_gpus(1, kernels=True, products=products) as fake:
        losses, replayed, text = train(make, 8)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    for value, reference in zip(replayed, weights, strict=True):
        np.testing.assert_allclose(value, reference, rtol=1e-3, atol=1e-5)
    assert fake.counts["launches"] >= 8 - WARM
    if not products:
        assert "not captured: matmul while a stream is captured" in text


def test_a_step_is_one_graph_and_nothing_is_allocated_by_a_replay():
    with fake_gpus(1, kernels=True, products=True) as fake, tf.Graph().as_default():
        x, labels, loss, step = perceptron()
        feeds = {x: np.ones((8, 12)), labels: np.arange(8) % 4}
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(WARM + 1):
                session.run([loss, step], feeds)
            before = fake.counts.copy()
            session.run([loss, step], feeds)
            spent = fake.counts - before
    assert spent["launches"] == 1
    assert spent["allocations"] == 0
    assert spent["uploads"] == 2  # the feeds
    assert spent["synchronisations"] == 2  # the loss, and the end of the run


def test_feeds_are_new_in_each_replay():
    with fake_gpus(1, kernels=True, products=True), tf.Graph().as_default():
        x, total = chain()
        with tf.Session() as session:
            rng = np.random.default_rng(0)
            for _ in range(WARM + 4):
                value = rng.normal(size=(4, 8))
                expected = value
                for n in range(5):
                    expected = np.tanh(expected + n).T
                np.testing.assert_allclose(
                    session.run(total, {x: value}), expected.sum(), rtol=1e-5
                )


def test_python_in_between_splits_the_step():
    seen = []
    with fake_gpus(1, kernels=True) as fake, tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [64])
        a = tf.reduce_sum(tf.reshape(tf.sin(x) * 2.0, [8, 8]), 1)
        b = tf.py_func(lambda v: seen.append(1) or v, [a], tf.float32)
        b.set_shape([8])
        y = tf.reduce_sum(tf.nn.softmax(tf.reshape(b, [2, 4])), 0)
        with tf.Session() as session:
            results = [session.run(y, {x: np.arange(64.0)}) for _ in range(WARM + 3)]
            text = session.explain(y, {x: np.arange(64.0)}, "bound")
    assert all(np.array_equal(result, results[0]) for result in results)
    assert len(seen) == WARM + 3
    assert fake.counts["launches"] == 2 * 3
    assert "not captured: a copy from or to the host" in text


def test_a_graph_keeps_the_memory_at_its_addresses():
    with fake_gpus(1, kernels=True) as fake, tf.Graph().as_default():
        v = tf.Variable(tf.ones([64, 256]))
        y = tf.reduce_sum(tf.nn.softmax(tf.sin(v)))  # in parts: they lie between two launches
        with tf.Session() as session:
            session.run(v.initializer)
            values = [session.run(y) for _ in range(WARM + 2)]
    np.testing.assert_allclose(values, 64, rtol=1e-5)
    assert fake.counts["launches"] == 2


def test_a_call_that_allocates_is_not_captured():
    """CuPy's pool would not refuse, and would give the memory to others later."""
    with fake_gpus(1) as fake:
        module, kept = machine.machine().module(0), []
        with module.active():
            x = module.ones(3)

            def double():
                module.add(x, x, out=x)

            calls = [double, double, lambda: kept.append(module.empty(3)), double, double]
            owner = SimpleNamespace(device="GPU:0")
            captured = Capture(calls, [owner] * 5, [module] * 5)
            for call in captured.replayed()[0]:
                call()
            np.testing.assert_array_equal(x.get(), [16, 16, 16])
    assert fake.counts["launches"] == 2
    assert captured.reasons == {id(owner): "not captured: 24 bytes of memory of its own"}


@pytest.mark.parametrize("fails", ["begin_capture", "end_capture"])
def test_where_nothing_can_be_captured_all_calls_stay(fails, monkeypatch):
    with fake_gpus(1) as fake:
        module, made = machine.machine().module(0), []

        def fail(stream):
            raise RuntimeError("no graphs here")

        monkeypatch.setattr(fake.cuda.Stream, fails, fail)
        calls = [functools.partial(made.append, n) for n in range(1500)]
        owner = SimpleNamespace(device="GPU:0")
        left, _ = Capture(calls, [owner] * 1500, [module] * 1500).replayed()
        assert left == calls


def test_bodies_have_graphs_of_their_own():
    with fake_gpus(1, kernels=True, products=True) as fake, tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [4, 4])
        _, y = tf.while_loop(
            lambda i, v: i < 9, lambda i, v: (i + 1, tf.tanh(tf.transpose(v))), [0, tf.sin(x)]
        )
        z = tf.cond(tf.reduce_sum(y) > 0, lambda: tf.exp(y), lambda: y)
        feeds = {x: np.ones((4, 4))}
        with tf.Session() as session:
            values = [session.run(z, feeds) for _ in range(WARM + 2)]
            lines = session.explain(z, feeds, "bound").splitlines()
    expected = np.sin(np.ones((4, 4)))
    for _ in range(9):
        expected = np.tanh(expected)
    expected = np.exp(expected)
    assert fake.counts["launches"] == 9 * len(values) - WARM
    np.testing.assert_allclose(values, [expected] * len(values), rtol=1e-5)
    for op in ("While", "If"):
        (line,) = [line for line in lines if f" = {op}(" in line]
        reason = "(not captured: the host chooses, and its bodies have graphs of their own)"
        assert line.endswith(reason)


def test_what_a_turn_gives_to_the_gpu_is_not_overwritten_by_the_next():
    """Pinned memory is read later; a turn's own is read before the call returns."""
    with fake_gpus(1, kernels=True) as fake, tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [4])
        _, y = tf.while_loop(
            lambda i, v: i < 5, lambda i, v: (i + 1, v + tf.cast(i, tf.float32)), [0, x]
        )
        with tf.Session() as session:
            value = session.run(y, {x: np.zeros(4)})
            uploads = fake.counts["uploads"]
    np.testing.assert_array_equal(value, np.full(4, 10))
    assert fake.counts["pinned"] == 1  # the feed
    assert uploads > 5


def test_a_new_buffer_of_a_variable_means_a_new_capture():
    with fake_gpus(1, kernels=True) as fake, tf.Graph().as_default():
        v = tf.Variable(tf.ones([4]))
        y = tf.reduce_sum(tf.nn.softmax(tf.reshape(tf.sin(v), [2, 2])), 0)
        with tf.Session() as session:
            session.run(v.initializer)
            for _ in range(WARM + 2):
                session.run(y)
            assert fake.counts["launches"] == 2
            session._store.replaced()  # a variable has another buffer
            values = [session.run(y) for _ in range(WARM)]
            assert fake.counts["launches"] == 2
            values += [session.run(y) for _ in range(2)]
    np.testing.assert_allclose(values, np.ones((WARM + 2, 2)), rtol=1e-6)
    assert fake.counts["launches"] == 4


def test_random_numbers_go_on_in_replays():
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        y = tf.sqrt(tf.random_uniform([6]) + 1.0)

        def draws():
            with tf.Session() as session:
                return np.array([session.run(y) for _ in range(WARM + 3)])

        expected = draws()
        with fake_gpus(1, kernels=True) as fake:
            np.testing.assert_allclose(draws(), expected, rtol=1e-6)
        assert fake.counts["launches"] == 3


@pytest.mark.parametrize("devices", [1, 2])
def test_each_gpu_of_a_plan_has_graphs(devices):
    with fake_gpus(devices, kernels=True) as fake, tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 3])
        with tf.device("/gpu:0"):
            a = tf.tanh(tf.transpose(x))
        with tf.device(f"/gpu:{devices - 1}"):
            b = tf.exp(tf.transpose(a))
        with tf.Session() as session:
            for _ in range(WARM + 2):
                value = session.run(b, {x: np.ones((2, 3))})
            lines = session.explain(b, {x: np.ones((2, 3))}, "bound").splitlines()
    np.testing.assert_allclose(value, np.full((2, 3), np.exp(np.tanh(1))), rtol=1e-5)
    assert fake.counts["launches"] == 2 * devices
    told = [line.split(" = ")[1].split("(")[0] for line in lines if "not captured" in line]
    assert told == ["ToDevice"] * devices + ["ToHost"]


def test_threads_capture_and_replay_beside_each_other():
    with fake_gpus(1, kernels=True, products=True), tf.Graph().as_default():
        x, total = chain()
        scale = tf.Variable(tf.eye(8))
        y = tf.reduce_sum(tf.matmul(x, scale)) + total
        with tf.Session() as session:
            session.run(scale.initializer)
            values = [np.full((4, 8), n / 10) for n in range(4)]
            with fake_gpus(0):
                expected = [tf.Session().run(total, {x: value}) + value.sum() for value in values]

            def run(n):
                return [session.run(y, {x: values[n]}) for _ in range(WARM + 6)]

            with ThreadPoolExecutor(4) as pool:
                found = list(pool.map(run, range(4)))
    for results, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(results, reference, rtol=1e-4)
