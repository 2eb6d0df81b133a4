"""`Session.partial_run`: one run in several calls."""

import pytest

import flowgraph as tf


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


@pytest.fixture
def graph():
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [], name="b")
    total = a + 1
    return a, b, total, total * b


def test_feeds_one_after_the_other(session, graph):
    a, b, total, product = graph
    handle = session.partial_run_setup([total, product], [a, b])
    assert session.partial_run(handle, total, {a: 1}) == 2.0
    assert session.partial_run(handle, [product], {b: 3}) == [6.0]
    again = session.partial_run_setup([total, product], [a, b])
    assert session.partial_run(again, {"p": product}, {a: 2, b: 2}) == {"p": 6.0}


def test_what_has_run_does_not_run_again(session):
    v = tf.Variable(0.0)
    x = tf.placeholder(tf.float32, [])
    count = v.assign_add(1.0)
    with tf.control_dependencies([count]):
        first, second = tf.identity(x), x * 2
    session.run(v.initializer)
    handle = session.partial_run_setup([first, second], [x])
    assert session.partial_run(handle, first, {x: 4}) == 4.0
    assert session.partial_run(handle, second) == 8.0
    assert session.run(v) == 1.0


def test_operations(session):
    v = tf.Variable(0.0)
    x = tf.placeholder(tf.float32, [])
    write = v.assign(x)
    session.run(v.initializer)
    handle = session.partial_run_setup([write.op], [x])
    assert session.partial_run(handle, write.op, {x: 5.0}) is None
    assert session.run(v) == 5.0


def test_a_feed_that_is_missing(session, graph):
    a, b, total, product = graph
    handle = session.partial_run_setup([total, product], [a, b])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"You must feed a value .*'b'"):
        session.partial_run(handle, product, {a: 1})
    assert session.partial_run(handle, product, {b: 2}) == 4.0


def test_what_was_not_announced(session, graph):
    a, b, total, product = graph
    handle = session.partial_run_setup(total, [a])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="The feed b:0 was not specified in partial_run_setup"
    ):
        session.partial_run(handle, total, {a: 1, b: 1})
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="The fetch mul:0 was not specified in"
    ):
        session.partial_run(session.partial_run_setup(total, [a]), product, {a: 1})


def test_a_feed_given_twice(session, graph):
    a, b, total, product = graph
    handle = session.partial_run_setup([total, product], [a, b])
    session.partial_run(handle, total, {a: 1})
    with pytest.raises(tf.errors.InvalidArgumentError, match="already been fed"):
        session.partial_run(handle, product, {a: 1, b: 2})


def test_values_are_the_callers(session):
    x = tf.placeholder(tf.float32, [2])
    y = tf.identity(x)
    handle = session.partial_run_setup([y, y * 2], [x])
    session.partial_run(handle, y, {x: [1, 2]})[...] = 9
    assert session.partial_run(handle, y).tolist() == [1, 2]


def test_what_is_no_handle(session, graph):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"^Must run 'setup' before"):
        session.partial_run("nohandle", graph[2])
