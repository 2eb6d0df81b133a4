"""One session used by several threads at once."""

import threading
from concurrent import futures

import numpy as np
import pytest

import flowgraph as tf

THREADS, ROUNDS = 6, 60


def in_threads(function):
    """Call `function` with 0, 1, 2... in threads that start together; raise what one raised."""
    start = threading.Barrier(THREADS)

    def work(number):
        start.wait()
        function(number)

    with futures.ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, number) for number in range(THREADS)]:
            done.result()


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def test_what_a_thread_raises_is_seen():
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda number: 1 // (number - 3))


@pytest.mark.parametrize("size", [3, 20_000])
def test_the_same_fetches_with_other_feeds(session, size):
    x = tf.placeholder(tf.float32, [None])
    y = tf.reshape(tf.square(x + 1) - x, [-1, 1])
    fetches = [y, x, tf.reduce_max(y), tf.reshape(x + 1, [1, -1])]

    def work(number):
        value = np.full(size + number % 2, number, np.float32)
        for _ in range(ROUNDS):
            found = session.run(fetches, {x: value})
            assert (found[0] == number * number + number + 1).all()
            assert (found[1] == number).all()
            assert found[2] == number * number + number + 1
            assert (found[3] == number + 1).all()

    in_threads(work)


def test_different_fetches(session):
    x = tf.placeholder(tf.float32, [8])
    results = [tf.exp(x) * n + tf.exp(-x) for n in range(THREADS)]
    values = [session.run(result, {x: np.ones(8)}) for result in results]

    def work(number):
        for _ in range(ROUNDS):
            np.testing.assert_array_equal(
                session.run(results[number], {x: np.ones(8)}), values[number]
            )

    in_threads(work)


def test_no_update_of_a_variable_is_lost(session):
    count, vector = tf.Variable(0), tf.Variable(tf.zeros([1000]))
    more = [count.assign_add(1), vector.assign_add(tf.ones([1000]))]
    session.run(tf.global_variables_initializer())
    in_threads(lambda number: [session.run(more) for _ in range(ROUNDS)])
    assert session.run(count) == THREADS * ROUNDS
    assert (session.run(vector) == THREADS * ROUNDS).all()


def test_what_does_not_depend_on_a_variable_is_right_while_it_is_written(session):
    v = tf.Variable(tf.zeros([50]))
    x = tf.placeholder(tf.float32, [50])
    write, y, thrice = v.assign(x * 2 - x), tf.square(x) + 1, v * 3
    session.run(v.initializer)

    def work(number):
        for _ in range(ROUNDS):
            if number % 2:
                session.run(write, {x: np.full(50, number)})
            else:
                assert (session.run(y, {x: np.full(50, number)}) == number * number + 1).all()
                # A scalar's worth of the value is never half written.
                assert set(session.run(thrice)) <= {0, 3, 9, 15}

    in_threads(work)


def test_a_variable_that_changes_its_shape(session):
    v = tf.Variable([0.0], validate_shape=False)
    x = tf.placeholder(tf.float32, [None])
    write = tf.assign(v, x, validate_shape=False)
    twice = v.read_value() * 2
    session.run(v.initializer)

    def work(number):
        for n in range(ROUNDS):
            if number % 2:
                size = 1 + (n + number) % 5
                session.run(write.op, {x: np.full(size, size)})
            else:
                found = session.run(twice)
                assert len(found) == 1 or set(found) <= {2.0 * n for n in range(6)}

    in_threads(work)
    session.run(write.op, {x: [7, 7, 7, 7]})
    # Plans bound before, by whichever thread, must not show an old buffer.
    for _ in range(2 * THREADS):
        assert session.run(twice).tolist() == [14] * 4


def test_a_plan_at_work_while_a_variable_moves_is_not_used_again(session):
    """A run that started before a variable got another buffer ends after it."""
    v = tf.Variable([1.0], validate_shape=False)
    inside, leave = threading.Event(), threading.Event()

    def wait(value):
        if threading.current_thread() is not threading.main_thread():
            inside.set()
            assert leave.wait(10)
        return value

    slow = tf.py_func(wait, [v * 2], tf.float32)
    move = tf.assign(v, [5.0, 6.0], validate_shape=False)
    session.run(v.initializer)
    session.run(slow)
    thread = threading.Thread(target=lambda: session.run(slow))
    thread.start()
    assert inside.wait(10)
    session.run(move)
    assert session.run(slow).tolist() == [10, 12]
    leave.set()
    thread.join()
    for _ in range(3):
        assert session.run(slow).tolist() == [10, 12]


def test_a_run_inside_a_run(session):
    x = tf.placeholder(tf.float32, [])
    inner = x * 2
    outer = tf.py_func(lambda v: session.run(inner, {x: v}) + 1, [inner], tf.float32) + inner
    assert session.run(outer, {x: 3}) == 12 + 1 + 6


def test_a_session_each(session):
    v = tf.Variable(0.0)
    more = v.assign_add(1.0)

    def work(number):
        with tf.Session(graph=v.graph) as own:
            own.run(v.initializer)
            for n in range(ROUNDS):
                assert own.run(more) == n + 1

    in_threads(work)


def test_defaults_are_of_a_thread(session):
    graphs, seen = [tf.Graph() for _ in range(THREADS)], {}
    before = tf.get_default_graph()

    def work(number):
        assert tf.get_default_session() is None
        with tf.Session(graph=graphs[number]) as own:
            a = tf.constant(number)
            assert tf.get_default_session() is own
            seen[number] = (a.graph, a.eval())

    in_threads(work)
    assert seen == {number: (graphs[number], number) for number in range(THREADS)}
    assert tf.get_default_session() is session
    assert tf.get_default_graph() is before
