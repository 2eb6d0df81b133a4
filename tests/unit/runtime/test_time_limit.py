"""How long a run may take."""

import time

import numpy as np
import pytest

import flowgraph as tf

TIMED_OUT = "^Timed out waiting for notification"
SHORT = tf.RunOptions(timeout_in_ms=20)


def limited(milliseconds):
    return tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=milliseconds))


@pytest.fixture
def queue():
    return tf.FIFOQueue(2, tf.float32, shapes=[()])


def blocked(queue):
    """Runs that wait for ever, by what they wait for."""
    reader = tf.TextLineReader()
    return {
        "an element": queue.dequeue(),
        "more elements": queue.dequeue_many(2),
        "a file's name": reader.read(tf.FIFOQueue(1, tf.string)).value,
        "an element in a branch": tf.cond(tf.constant(True), queue.dequeue, lambda: 0.0),
        "room": queue.enqueue_many([tf.zeros(3)]),
    }


@pytest.mark.parametrize("what", blocked(tf.FIFOQueue(2, tf.float32, shapes=[()])))
def test_a_run_that_waits(queue, what):
    fetch = blocked(queue)[what]
    with tf.Session() as session, pytest.raises(tf.errors.DeadlineExceededError, match=TIMED_OUT):
        session.run(fetch, options=SHORT)


def test_all_runs_of_a_session(queue):
    x = queue.dequeue()
    with limited(20) as session:
        calls = [
            lambda: session.run(x),
            session.make_callable(x),
            lambda: session.partial_run(session.partial_run_setup(x), x),
        ]
        for call in calls:
            with pytest.raises(tf.errors.DeadlineExceededError, match=TIMED_OUT):
                call()


@pytest.mark.parametrize("milliseconds", [20, 0, -1])
def test_a_run_has_its_own_limit_before_that_of_the_session(queue, milliseconds):
    options = tf.RunOptions(timeout_in_ms=milliseconds)
    start = time.monotonic()
    session = limited(20 if milliseconds <= 0 else 60_000)
    with session, pytest.raises(tf.errors.DeadlineExceededError, match=TIMED_OUT):
        session.run(queue.dequeue(), options=options)
    assert time.monotonic() - start < 30


def test_elements_taken_before_the_deadline_are_put_back_in_order(queue):
    value = tf.placeholder(tf.float32, [])
    put, one, three = queue.enqueue(value), queue.dequeue(), queue.dequeue_many(3)
    with tf.Session() as session:
        session.run(put, {value: 1.0})
        session.run(put, {value: 2.0})
        with pytest.raises(tf.errors.DeadlineExceededError, match=TIMED_OUT):
            session.run(three, options=SHORT)
        assert [session.run(one, options=SHORT) for _ in range(2)] == [1.0, 2.0]
        with pytest.raises(tf.errors.DeadlineExceededError, match=TIMED_OUT):
            session.run(one, options=SHORT)


def test_a_computation_that_takes_longer_raises_when_it_is_done():
    done = []

    def compute():
        time.sleep(0.05)
        done.append(True)
        return np.float32(1)

    with tf.Session() as session, pytest.raises(tf.errors.DeadlineExceededError, match=TIMED_OUT):
        session.run(tf.py_func(compute, [], tf.float32), options=SHORT)
    assert done == [True]


def test_a_run_in_time():
    options, metadata = tf.RunOptions(timeout_in_ms=60_000, trace_level=3), tf.RunMetadata()
    with tf.Session() as session:
        assert session.run(tf.add(1, 2), options=options, run_metadata=metadata) == 3
    assert metadata.step_stats.dev_stats
