"""`Session.make_callable`."""

import pytest

import flowgraph as tf


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def test_values_in_the_order_of_the_list(session):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [], name="y")
    call = session.make_callable({"difference": x - y, "same": [x]}, [y, x])
    assert call(1, 3) == {"difference": 2.0, "same": [3.0]}
    assert session.make_callable(x - y, ["y:0", x])(1, 3) == 2.0


def test_without_feeds(session):
    v = tf.Variable(0)
    session.run(v.initializer)
    count = session.make_callable(v.assign_add(1))
    assert [count(), count()] == [1, 2]
    assert session.make_callable(v.initializer)() is None
    assert session.run(v) == 0


def test_shapes_may_change(session):
    x = tf.placeholder(tf.float32, [None])
    total = session.make_callable(tf.reduce_sum(x), [x])
    assert [total([1.0] * n) for n in (3, 1, 0, 3)] == [3, 1, 0, 3]


def test_what_does_not_fit(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    call = session.make_callable(x * 2, [x])
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        call([1.0])
    for values in [(), ([1, 2], [3, 4])]:
        with pytest.raises(TypeError, match="1 values are to be fed"):
            call(*values)
    with pytest.raises(TypeError, match="unexpected arguments"):
        call([1, 2], options=None)
    with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value"):
        session.make_callable(x * 2)
    with pytest.raises(TypeError, match="Operation into a Tensor"):
        session.make_callable(x * 2, [x.op])
    with pytest.raises(ValueError, match="fed twice"):
        session.make_callable(x * 2, [x, "x:0"])


def test_options(session):
    x = tf.placeholder(tf.float32, [])
    call = session.make_callable(x * 2, [x], accept_options=True)
    assert call(2, options=tf.RunOptions(), run_metadata=tf.RunMetadata()) == 4.0
    with pytest.raises(TypeError, match="unexpected"):
        call(2, option=None)


def test_after_the_session_is_closed():
    call = (session := tf.Session()).make_callable(tf.constant(1))
    assert call() == 1
    session.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        call()


def test_the_feeds_of_a_callable_are_a_list():
    x = tf.placeholder(tf.float32, [])
    with tf.Session() as session, pytest.raises(TypeError, match=r"^`feed_list` must be a list"):
        session.make_callable(x, x)
