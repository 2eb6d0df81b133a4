"""Where steps run and values lie, on stand-ins for GPUs."""

import re
import subprocess
import sys

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.formats import bundle_writer
from flowgraph.plan.place import device_of
from tests.gpus import fake_gpus
from tests.passes.golden import golden, plan


@pytest.fixture(autouse=True)
def fake():
    with fake_gpus(devices=2) as module:
        yield module


def devices(plan_text):
    return re.findall(r"(ToHost|ToDevice)\((%\d+)\)", plan_text)


def test_copies_stand_at_the_borders_only_and_once_per_value():
    x = tf.placeholder(tf.float32, [2], name="x")
    a = tf.tanh(x, name="a")
    with tf.device("/cpu:0"):
        b = tf.exp(a, name="b")
        c = tf.sin(a, name="c")
    d = tf.add(tf.add(b, c), x, name="d")
    text = plan(d, {x: [1.0, 2.0]}, "transfer")
    assert text == golden("""
        feed  %0 float32[2]  x:0
        step  %6 = ToDevice(%0) : float32[2]
        step  %1 = Tanh(%6) : float32[2]
        step  %7 = ToHost(%1) : float32[2]
        step  %2 = Exp(%7) : float32[2]
        step  %3 = Sin(%7) : float32[2]
        step  %8 = ToDevice(%2) : float32[2]
        step  %9 = ToDevice(%3) : float32[2]
        step  %4 = Add(%8, %9) : float32[2]
        step  %5 = Add(%4, %6) : float32[2]
        step  %10 = ToHost(%5) : float32[2]
        fetch %10 d:0
    """)
    value = tf.Session().run(d, {x: [1.0, 2.0]})
    v = np.array([1.0, 2.0])
    np.testing.assert_allclose(value, np.exp(np.tanh(v)) + np.sin(np.tanh(v)) + v, rtol=1e-6)


def test_sizes_and_counters_stay_on_the_host(fake):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    rows = tf.shape(x)[0]
    y = tf.reshape(x, [rows * 3])
    step = tf.Variable(0, name="step")
    assert device_of(step.op, 2) == ""
    assert device_of((rows * 3).op, 2) == ""
    assert device_of(y.op, 2) == "GPU:0"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        before = fake.counts["synchronisations"]
        session.run([step.assign_add(1).op])
        assert fake.counts["synchronisations"] == before
        assert session.run(y, {x: np.ones((2, 3))}).shape == (6,)


def test_a_variable_and_its_writers_are_together_wherever_they_were_built():
    with tf.device("/gpu:1"):
        v = tf.Variable([1.0, 2.0], name="v")
    with tf.device("/cpu:0"):
        grow = tf.assign_add(v, [1.0, 1.0])
    assert device_of(v.op, 2) == device_of(grow.op, 2) == "GPU:1"
    with tf.Session() as session:
        session.run(v.initializer)
        np.testing.assert_array_equal(session.run(grow), [2.0, 3.0])
        np.testing.assert_array_equal(session.run(v * 2.0), [4.0, 6.0])


def test_a_read_on_another_device_sees_the_value_of_its_time():
    with tf.device("/cpu:0"):
        v = tf.Variable(1.0, name="v")
    before = tf.add(v, 0.0, name="before")
    with tf.control_dependencies([before]):
        write = tf.assign(v, 5.0)
    with tf.control_dependencies([write]):
        after = tf.add(v, 0.0, name="after")
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run([before, after]) == [1.0, 5.0]


def test_a_device_function_and_merged_scopes():
    def by_type(operation):
        return "/cpu:0" if operation.type == "VariableV2" else "/gpu:1"

    with tf.device(by_type):
        v = tf.Variable(tf.ones([2]), name="v")
        y = v * 3.0
    with tf.device("/job:localhost"), tf.device("/gpu:1"):
        z = y + 1.0
    with tf.device("/gpu:0"), tf.device("/job:localhost/task:0"):
        w = z + 1.0
    assert device_of(v.op, 2) == ""
    assert [device_of(t.op, 2) for t in (y, z, w)] == ["GPU:1", "GPU:1", "GPU:0"]
    with tf.Session() as session:
        session.run(v.initializer)
        np.testing.assert_array_equal(session.run(w), [5.0, 5.0])


def test_bodies_follow_their_op_and_conditions_come_to_the_host():
    x = tf.placeholder(tf.float32, [2], name="x")

    def body(i, total):
        return i + 1, total + x

    with tf.device("/gpu:1"):
        _, total = tf.while_loop(lambda i, _: i < 4, body, [0, tf.zeros([2])])
    y = tf.cond(tf.reduce_sum(total) > 1.0, lambda: total * 2.0, lambda: -total)
    (gradient,) = tf.gradients(y, x)
    with tf.Session() as session:
        values, slope = session.run([y, gradient], {x: [1.0, 2.0]})
        negative = session.run(y, {x: [-1.0, -2.0]})
    np.testing.assert_array_equal(values, [8.0, 16.0])
    np.testing.assert_array_equal(slope, [8.0, 8.0])
    np.testing.assert_array_equal(negative, [4.0, 8.0])


def test_a_loop_on_the_host_whose_gradient_is_on_a_device():
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.device("/cpu:0"):
        _, y = tf.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y * x), [0, tf.ones([2])])
    (gradient,) = tf.gradients(y, x)
    value = tf.Session().run(gradient, {x: [2.0, 3.0]})
    np.testing.assert_array_equal(value, [12.0, 27.0])


def test_what_runs_on_the_host_alone_gets_numpy_arrays():
    seen = []

    def look(value):
        seen.append(type(value))
        return value * 2

    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.py_func(look, [tf.exp(x)], tf.float32) + 1.0
    np.testing.assert_allclose(tf.Session().run(y, {x: [0.0, 1.0]}), 2 * np.exp([0, 1]) + 1)
    assert seen == [np.ndarray]


def test_fetched_values_are_numpy_arrays_of_ones_own():
    v = tf.Variable([1.0, 2.0], name="v")
    with tf.Session() as session:
        session.run(v.initializer)
        value = session.run(v)
        assert type(value) is np.ndarray
        value[:] = 9.0
        np.testing.assert_array_equal(session.run(v), [1.0, 2.0])


def test_feeds_go_through_pinned_memory(fake):
    x = tf.placeholder(tf.float32, [None, 1000], name="x")
    y = tf.reduce_sum(x)
    with tf.Session() as session:
        session.run(y, {x: np.ones((100, 1000))})
        before = dict(fake.counts)
        session.run(y, {x: np.ones((100, 1000))})
    assert fake.counts["pinned"] == before["pinned"] == 1
    assert fake.counts["uploads"] == before["uploads"] + 1


def test_a_partial_run():
    x = tf.placeholder(tf.float32, [], name="x")
    z = tf.placeholder(tf.float32, [], name="z")
    v = tf.Variable(2.0)
    y = x * v
    with tf.Session() as session:
        session.run(v.initializer)
        handle = session.partial_run_setup([y, y + z], [x, z])
        assert session.partial_run(handle, y, {x: 3.0}) == 6.0


def test_the_import_and_a_run_without_a_gpu_never_load_cupy():
    code = (
        "import sys, flowgraph as tf; "
        "tf.Session(config=tf.ConfigProto(device_count={'GPU': 0})).run(tf.constant(1.0) + 1.0); "
        "assert 'cupy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_checkpoint_takes_one_variable_after_another_from_its_device(fake, tmp_path, monkeypatch):
    with tf.device("/gpu:0"):
        a = tf.Variable([1.0, 2.0], name="a")
    with tf.device("/gpu:1"):
        b = tf.Variable([3.0], name="b")
    step = tf.Variable(7, name="step")
    events = []
    saver = tf.train.Saver()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        get, write = fake.ndarray.get, bundle_writer._write_numbers
        monkeypatch.setattr(
            fake.ndarray, "get", lambda *args, **kw: events.append("get") or get(*args, **kw)
        )
        monkeypatch.setattr(
            bundle_writer, "_write_numbers", lambda *args: events.append("write") or write(*args)
        )
        path = saver.save(session, str(tmp_path / "model"))
        assert events[:5] == ["get", "write", "get", "write", "write"]
        session.run([a.assign([0.0, 0.0]).op, b.assign([0.0]).op, step.assign(0).op])
        saver.restore(session, path)
        values = session.run([a, b, step])
    assert [np.ravel(value).tolist() for value in values] == [[1.0, 2.0], [3.0], [7]]
