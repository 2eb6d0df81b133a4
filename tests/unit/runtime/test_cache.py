"""Plans are kept, and never outlive what they were made for."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.runtime import executor


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


@pytest.fixture
def made(monkeypatch):
    """The plans that were specialised, in order, by the feeds' shapes."""
    shapes = []
    original = executor.Executor.plan

    def plan(self, key, until=None):
        shapes.append(key)
        return original(self, key, until)

    monkeypatch.setattr(executor.Executor, "plan", plan)
    return shapes


def row(size):
    return np.ones((size, 2), np.float32)


def test_one_plan_for_each_shape(session, made):
    x = tf.placeholder(tf.float32, [None, 2])
    y = x * 2 + tf.cast(tf.shape(x)[0], tf.float32)
    for size in (3, 1, 3, 1, 3):
        assert (session.run(y, {x: row(size)}) == 2 + size).all()
    assert made == [((3, 2),), ((1, 2),)]


def test_the_same_request_asked_differently(session, made):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.multiply(x, 2.0, name="y")
    call = session.make_callable([y], [x])
    for _ in range(2):
        call(row(3))
        for fetches in (y, "y:0", [y], (y,), {"y": y}, [[y], "y:0"]):
            for key in (x, "x:0"):
                session.run(fetches, {key: row(3)})
    assert made == [((3, 2),)]


def test_the_plan_unused_for_longest_is_dropped(session, made, monkeypatch):
    monkeypatch.setattr(executor, "_SHAPES_KEPT", 3)
    x = tf.placeholder(tf.float32, [None, 2])
    y = x * 2
    for size in (1, 2, 1, 3, 1, 4, 1, 3, 2, 1):
        session.run(y, {x: row(size)})
    assert [shape[0] for (shape,) in made] == [1, 2, 3, 4, 2]


def test_many_shapes_share_one_plan(session, made):
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.reshape(x, [-1, 1]) + tf.cast(tf.size(x), tf.float32)
    for size in range(100):
        np.testing.assert_array_equal(
            session.run(y, {x: row(size)}), np.full((2 * size, 1), 1 + 2 * size)
        )
    assert made[-1] is None
    assert len(made) == executor._SHAPES_BEFORE_GIVING_UP + 1
    for size in (99, 1, 99):
        assert session.run(y, {x: row(size)}).shape == (2 * size, 1)
    assert made.count(None) == 1


def test_a_graph_that_grows(session, made):
    x = tf.placeholder(tf.float32, [None, 2])
    y = x * 2
    session.run(y, {x: row(1)})
    z = y + 1
    assert session.run(z, {x: row(1)}).tolist() == [[3, 3]]
    assert session.run(y, {x: row(1)}).tolist() == [[2, 2]]
    assert len(made) == 2


def test_other_feeds_are_another_plan(session):
    a = tf.constant(1.0)
    b = a + 1
    c = b * 2
    for _ in range(2):
        assert session.run(c) == 4.0
        assert session.run(c, {b: 5}) == 10.0
        assert session.run(c, {a: 5}) == 12.0
        assert session.run(c, {a: 7, b: 5}) == 10.0
        assert session.run(c, {b: 5, a: 7}) == 10.0


def test_a_variable_that_gets_its_value_later(session):
    v = tf.Variable([1.0, 2.0])
    y = tf.reshape(v * 2, [2, 1])
    for _ in range(2):
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized"):
            session.run(y)
    session.run(v.initializer)
    for _ in range(2):
        assert session.run(y).tolist() == [[2], [4]]
    session.run(v.assign([3.0, 4.0]))
    assert session.run(y).tolist() == [[6], [8]]


def test_a_variable_that_gets_its_value_in_the_run(session):
    v = tf.Variable([1.0, 2.0])
    with tf.control_dependencies([v.initializer]):
        y = tf.identity(v) * 2
    for _ in range(2):
        assert session.run(y).tolist() == [2, 4]


@pytest.mark.parametrize(
    ("view", "wanted"),
    [
        (lambda v: v[0], lambda value: value[0]),
        (tf.identity, lambda value: value),
        (lambda v: tf.reshape(v, [-1]), np.ravel),
        (tf.transpose, np.transpose),
    ],
)
def test_a_variable_that_changes_its_shape(session, view, wanted):
    v = tf.Variable([[1.0]], validate_shape=False)
    x = tf.placeholder(tf.float32, [None, None])
    write = tf.assign(v, x, validate_shape=False)
    y = [view(v) * 2, v, tf.shape(v)]
    session.run(v.initializer)
    for shape in [(1, 1), (2, 3), (2, 3), (1, 1), (4, 1)]:
        value = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        session.run(write.op, {x: value})
        for _ in range(2):
            product, same, sizes = session.run(y)
            np.testing.assert_array_equal(same, value)
            assert sizes.tolist() == list(shape)
            np.testing.assert_array_equal(product, 2 * wanted(value))


def test_both_shapes_in_one_run(session):
    v = tf.Variable([1.0], validate_shape=False)
    before = v.read_value() * 2
    with tf.control_dependencies([before]):
        write = tf.assign(v, [5.0, 6.0], validate_shape=False)
    with tf.control_dependencies([write]):
        after = v.read_value() * 2
    for _ in range(2):
        session.run(v.initializer)
        first, second = session.run([before, after])
        assert (first.tolist(), second.tolist()) == ([2], [10, 12])


def test_a_run_that_fails_leaves_the_plan_fit_for_the_next(session):
    x = tf.placeholder(tf.int32, [None])
    y = tf.gather([10, 20, 30], x) + 1
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="not in"):
            session.run(y, {x: [0, 5]})
        assert session.run(y, {x: [0, 2]}).tolist() == [11, 31]


def test_more_requests_than_routes_are_kept(session):
    x = tf.placeholder(tf.float32, [])
    sums = [x + n for n in range(300)]
    for _ in range(2):
        assert [session.run(y, {x: 1}) for y in sums] == [1 + n for n in range(300)]
