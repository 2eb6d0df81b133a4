"""Servers of one task: what their sessions share, and what they are not."""

import threading
import time

import pytest

import flowgraph as tf
from flowgraph.backends.native.library import Tier

SECONDS = 30


def test_sessions_of_a_server_share_variables():
    server = tf.train.Server.create_local_server()
    w = tf.Variable(1.0, name="w")
    more = tf.assign_add(w, 1.0)
    with tf.Session(server.target) as sess:
        assert sess.sess_str == server.target
        (device,) = sess.list_devices()
        assert device.name == "/job:local/replica:0/task:0/device:CPU:0"
        sess.run(w.initializer)
        assert sess.run(more) == 2.0
    with tf.Graph().as_default():
        v = tf.Variable(tf.zeros([]), name="w")
        with tf.Session(server.target) as sess:
            assert sess.run(v) == 2.0
    with (
        tf.Session(tf.train.Server.create_local_server().target) as sess,
        pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value w"),
    ):
        sess.run(w)


def test_a_worker_waits_for_the_chief():
    server = tf.train.Server({"worker": ["localhost:0"]})
    with tf.device("/job:worker/task:0"):
        step = tf.train.get_or_create_global_step()
        train = tf.assign_add(step, 1)
    scaffold = tf.train.Scaffold().finalize()
    seen = []

    def work():
        with (
            step.graph.as_default(),
            tf.train.MonitoredTrainingSession(
                server.target, is_chief=False, scaffold=scaffold
            ) as s,
        ):
            seen.append(int(s.run(train)))

    with tf.train.MonitoredTrainingSession(server.target, scaffold=scaffold) as sess:
        sess.run(train)
        worker = threading.Thread(target=work)
        worker.start()
        worker.join(SECONDS)
        assert seen == [2]
        assert sess.run(train) == 3


def test_what_describes_a_server():
    server = tf.train.Server({"local": ["localhost:0"]})
    description = server.server_def
    assert (description.job_name, description.task_index, description.protocol) == (
        *("local", 0, "grpc"),
    )
    again = tf.train.Server(description)
    assert again.server_def == description
    assert again.target != server.target


def test_a_device_of_another_job():
    server = tf.train.Server.create_local_server()
    with tf.device("/job:ps"):
        x = tf.constant(1, name="x")
    with (
        tf.Session(server.target) as sess,
        pytest.raises(tf.errors.InvalidArgumentError, match="/job:local/replica:0/task:0/device"),
    ):
        sess.run(x)


def test_a_server_that_is_not_started_or_not_here():
    server = tf.train.Server({"local": ["localhost:0"]}, start=False)
    for target in server.target, "grpc://elsewhere:2222":
        with pytest.raises(NotImplementedError, match="a session on a remote target"):
            tf.Session(target)
    server.start()
    with tf.Session(server.target) as sess:
        assert sess.run(tf.constant(1)) == 1


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ((1,), TypeError, "Could not convert `server_or_cluster_def` to a `tf.train.ServerDef`"),
        (({"a": ["x:1"], "b": ["y:1"]},), ValueError, "Must specify an explicit `job_name`."),
        (({"a": ["x:1", "y:1"]},), ValueError, "Must specify an explicit `task_index`."),
        (({"a": ["x:1"]}, "b"), tf.errors.InternalError, 'Job "b" was not defined in cluster'),
        (({"a": ["x:1", "y:1"]}, "a", 0), NotImplementedError, "tf.train.Server in a cluster of"),
        (({"a": ["x:1"]}, "a", 0, "rdma"), NotImplementedError, "tf.train.Server with protocol"),
        (({"a": ["x:1"]}, "a", 0, None, 1), TypeError, "config must be a tf.ConfigProto, but got"),
    ],
)
def test_what_is_no_server(arguments, kind, text):
    with pytest.raises(kind) as caught:
        tf.train.Server(*arguments)
    assert str(caught.value).startswith(text)


def test_a_server_forgets_what_it_is_told_to():
    server = tf.train.Server.create_local_server()
    w = tf.Variable(3.0)
    with tf.Session(server.target) as session:
        session.run(w.initializer)
    tf.Session.reset(server.target)
    with tf.Session(server.target) as session:
        assert not session.run(tf.is_variable_initialized(w))
        session.run(w.initializer)
        assert session.run(w) == 3.0
        assert session.graph_def == tf.get_default_graph().as_graph_def()
    with pytest.raises(NotImplementedError, match="some containers"):
        tf.Session.reset(server.target, ["a"])
    with pytest.raises(NotImplementedError, match="remote target"):
        tf.Session.reset("grpc://elsewhere:1")


def options(**fields):
    return tf.ConfigProto(**fields)


def levels(level):
    made = tf.ConfigProto()
    made.graph_options.optimizer_options.opt_level = level
    return made


def test_sessions_of_a_server_have_options_of_their_own():
    server = tf.train.Server.create_local_server()
    w = tf.Variable(2.0, name="w")
    y = tf.add(w.read_value(), tf.add(tf.constant(1.0), 2.0), name="y")
    plain, fast = levels(-1), levels(0)
    fast.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
    with tf.Session(server.target, config=plain) as first:
        first.run(w.initializer)
        with tf.Session(server.target, config=fast) as second:
            for sess in first, second, first:
                assert sess.run(y) == 5.0
            assert [s._store.tier for s in (first, second)] == [Tier.OFF, Tier.WAIT]
            assert [s._store.optimised for s in (first, second)] == [False, True]
            assert [len(s._store.asked) for s in (first, second)] == [2, 1]
            assert first.list_devices() == second.list_devices()
        assert first.run(y) == 5.0


def waits(sess, taken):
    start = time.monotonic()
    with pytest.raises(tf.errors.DeadlineExceededError):
        sess.run(taken)
    return time.monotonic() - start


def test_sessions_have_the_options_of_their_server_where_theirs_say_nothing():
    server = tf.train.Server.create_local_server(config=options(operation_timeout_in_ms=100))
    taken = tf.FIFOQueue(1, tf.int32).dequeue()
    with tf.Session(server.target) as sess:
        assert waits(sess, taken) < SECONDS
    with tf.Session(server.target, config=options(operation_timeout_in_ms=400)) as sess:
        assert waits(sess, taken) > 0.3
    assert tf.train.Server.create_local_server().target != server.target


def test_a_session_may_keep_its_state_to_itself():
    server = tf.train.Server.create_local_server()
    w = tf.Variable(2.0, name="w")
    with tf.Session(server.target, config=options(isolate_session_state=True)) as sess:
        sess.run(w.initializer)
        assert sess.run(w) == 2.0
    with tf.Session(server.target) as sess:
        assert not sess.run(tf.is_variable_initialized(w))
