"""Default sessions and graphs: `with`, `as_default`, `InteractiveSession`, closed sessions."""

import pytest

import flowgraph as tf


def test_an_interactive_session_is_the_default_until_it_is_closed():
    session = tf.InteractiveSession()
    a = tf.constant(5)
    assert tf.get_default_session() is session
    assert a.eval() == 5
    a.op.run()
    session.close()
    assert tf.get_default_session() is None
    session.close()
    with pytest.raises(ValueError, match="No default session is registered"):
        a.eval()


def test_an_interactive_session_of_a_graph_makes_it_the_default():
    graph, before = tf.Graph(), tf.get_default_graph()
    session = tf.InteractiveSession(graph=graph)
    assert tf.get_default_graph() is graph
    assert tf.constant(1).eval() == 1
    session.close()
    assert tf.get_default_graph() is before


def test_interactive_sessions_close_in_any_order():
    first, second = tf.InteractiveSession(), tf.InteractiveSession()
    first.close()
    assert tf.get_default_session() is second
    second.close()
    assert tf.get_default_session() is None


def test_a_with_block_makes_session_and_graph_the_default():
    graph, before = tf.Graph(), tf.get_default_graph()
    with tf.Session(graph=graph) as session:
        assert tf.get_default_graph() is graph
        assert tf.get_default_session() is session
        with tf.Session() as inner:
            assert inner.graph is graph
            assert tf.get_default_session() is inner
        assert tf.get_default_session() is session
    assert tf.get_default_graph() is before
    assert tf.get_default_session() is None


def test_as_default_leaves_the_graph_and_the_session_open():
    graph, before = tf.Graph(), tf.get_default_graph()
    with graph.as_default():
        a = tf.constant(1)
    session = tf.Session(graph=graph)
    for _ in range(2):
        with session.as_default() as entered:
            assert entered is session
            assert tf.get_default_graph() is before
            assert a.eval() == 1
    assert session.run(a) == 1


def test_a_with_block_is_entered_once():
    with (
        tf.Session() as session,
        pytest.raises(RuntimeError, match="Session context managers are not re-entrant"),
        session,
    ):
        pass


def test_defaults_end_with_an_error():
    with pytest.raises(ZeroDivisionError), tf.Session():
        raise ZeroDivisionError
    assert tf.get_default_session() is None


def test_a_tensor_of_another_graph_than_the_sessions():
    a = tf.constant(1)
    with tf.Session(graph=tf.Graph()), pytest.raises(ValueError, match="graph is different"):
        a.eval()


class TestClosed:
    def test_every_way_to_run(self):
        a, x = tf.constant(1), tf.placeholder(tf.float32, [])
        session = tf.Session()
        assert session.run(a) == 1
        handle = session.partial_run_setup(x, [x])
        session.close()
        session.close()
        for use in [
            lambda: session.run(a),
            lambda: session.run([a]),
            lambda: session.run(x, {x: 1}),
            lambda: session.make_callable(a),
            lambda: session.partial_run_setup(x, [x]),
            lambda: session.partial_run(handle, x, {x: 1}),
            lambda: session.__enter__(),
            lambda: a.eval(session=session),
        ]:
            with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
                use()

    def test_it_says_where_it_was_closed(self):
        with tf.Session() as session:
            tf.constant(1)
        with pytest.raises(RuntimeError, match=r"test_interactive\.py"):
            session.run([])
