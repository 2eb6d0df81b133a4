"""Graphs and sessions as programs use them: several of each, eval, names, nested fetches."""

import collections

import numpy as np
import pytest

import flowgraph as tf


def test_two_graphs_and_three_sessions():
    counting, other = tf.Graph(), tf.Graph()
    with counting.as_default():
        count = tf.Variable(0, name="v")
        more = tf.assign_add(count, 1)
        start = tf.global_variables_initializer()
    with other.as_default():
        value = tf.get_variable("v", initializer=tf.ones([2]))
        assert value.graph is other
        again = tf.global_variables_initializer()
    with tf.Session(graph=counting) as a, tf.Session(graph=counting) as b:
        a.run(start)
        b.run(start)
        assert [a.run(more) for _ in range(3)] == [1, 2, 3]
        assert b.run(count) == 0
        with tf.Session(graph=other) as c:
            c.run(again)
            assert c.run("v:0").tolist() == [1.0, 1.0]
            with pytest.raises(ValueError, match="is not an element of this graph"):
                c.run(count)
        assert a.run("v:0") == 3
    with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
        a.run(count)


def test_a_session_is_no_use_before_its_variables_have_values():
    w = tf.Variable(tf.zeros([2]), name="w")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value w"):
            sess.run(w)
        assert sess.run(tf.report_uninitialized_variables()).tolist() == [b"w"]
        w.initializer.run()
        assert w.eval().tolist() == [0, 0]
        assert sess.run(tf.report_uninitialized_variables()).tolist() == []


def test_an_interactive_session():
    sess = tf.InteractiveSession()
    try:
        x = tf.placeholder(tf.float32, [None])
        w = tf.Variable(2.0)
        w.initializer.run()
        y = tf.reduce_sum(w * x)
        assert y.eval({x: [1, 2, 3]}) == 12.0
        assert y.eval(feed_dict={x: [], w: 5.0}) == 0.0
        w.assign(3.0).op.run()
        assert w.eval() == 3.0
        assert tf.get_default_session() is sess
    finally:
        sess.close()
    assert tf.get_default_session() is None


def test_feeds_and_fetches_by_name():
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.add(x, tf.constant(1.0), name="sum")
    with tf.Session() as sess:
        assert sess.run("sum:0", feed_dict={"x:0": [1, 2]}).tolist() == [2, 3]
        assert sess.run(["sum", "sum:0"], {"x:0": [1, 2]})[0] is None
        # Any tensor may be fed, an inner one too.
        assert sess.run("sum:0", {"sum:0": [7, 8]}).tolist() == [7, 8]


def test_nested_fetches():
    Pair = collections.namedtuple("Pair", "a b")
    a, b = tf.constant(1), tf.constant([2.0])
    with tf.Session() as sess:
        found = sess.run({"pair": Pair(a, b), "list": [a, (b, a.op)], "one": a, "none": []})
    assert found["pair"] == Pair(1, [2.0])
    assert isinstance(found["pair"], Pair)
    assert found["list"] == [1, ([2.0], None)]
    assert found["one"] == 1
    assert found["none"] == []
    assert isinstance(found["one"], np.int32)


def test_one_run_sees_one_state():
    v = tf.Variable(1.0)
    doubled = v * 2
    with tf.control_dependencies([doubled]):
        change = v.assign(10.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before, after = sess.run([doubled, change])
        assert (before, after) == (2.0, 10.0)
        assert sess.run(doubled) == 20.0


def test_what_is_fetched_is_the_callers():
    v = tf.Variable([1.0, 2.0])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        fetched = sess.run(v)
        fetched += 100
        assert sess.run(v).tolist() == [1, 2]


def test_a_fetch_that_needs_no_feed_asks_for_none():
    x = tf.placeholder(tf.float32, name="x")
    y, z = x + 1, tf.constant(5.0)
    with tf.Session() as sess:
        assert sess.run(z) == 5.0
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match="You must feed a value for placeholder tensor 'x' with dtype float",
        ):
            sess.run(y)
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(3,\)"):
            sess.run(y, {tf.placeholder(tf.float32, [2]): [1, 2, 3], x: 0})
