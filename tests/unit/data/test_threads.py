"""Threads that make elements end: at the end, with the session, and when they are forgotten."""

import gc
import threading
import time

import numpy as np
import pytest

import flowgraph as tf
from tests.unit.data.test_pipelines import drawn


def makers():
    return [t for t in threading.enumerate() if t.name.startswith(("prefetch", "map"))]


def assert_none_left():
    gc.collect()
    end = time.monotonic() + 5
    while makers() and time.monotonic() < end:
        time.sleep(0.01)
    assert makers() == []


@pytest.fixture(autouse=True)
def none_before():
    assert_none_left()
    yield
    assert_none_left()


def endless():
    return tf.data.Dataset.range(1000).repeat().map(lambda x: tf.as_string(x)).batch(3).prefetch(2)


def test_they_end_with_the_elements():
    number = tf.data.Dataset.range(5).prefetch(2).make_one_shot_iterator().get_next()
    session = tf.Session()
    assert drawn(session, number)[0] == [0, 1, 2, 3, 4]
    assert_none_left()


def test_none_starts_before_the_first_element():
    iterator = endless().make_initializable_iterator()
    iterator.get_next()
    with tf.Session() as session:
        session.run(iterator.initializer)
        assert makers() == []


def test_they_end_with_the_session():
    word = endless().make_one_shot_iterator().get_next()
    with tf.Session() as session:
        session.run(word)
        assert len(makers()) == 1


def test_they_end_with_a_session_that_is_forgotten():
    word = endless().make_one_shot_iterator().get_next()
    session = tf.Session()
    session.run(word)
    assert len(makers()) == 1
    del session


def test_they_end_when_the_iterator_starts_again():
    iterator = endless().make_initializable_iterator()
    word = iterator.get_next()
    with tf.Session() as session:
        for _ in range(5):
            session.run(iterator.initializer)
            assert session.run(word).tolist() == [b"0", b"1", b"2"]
        gc.collect()
        time.sleep(0.2)
        assert len(makers()) == 1


def test_those_of_datasets_read_by_turns_end_with_these():
    dataset = tf.data.Dataset.range(50).interleave(
        lambda x: tf.data.Dataset.range(x, x + 3), cycle_length=4, num_parallel_calls=4
    )
    number = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        for _ in range(100):
            session.run(number)
        gc.collect()
        assert len(makers()) <= 8


def test_parallel_calls_end_with_the_session():
    dataset = tf.data.Dataset.range(100).map(lambda x: tf.as_string(x), num_parallel_calls=3)
    word = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert session.run(word) == b"0"
        assert 1 <= len(makers()) <= 3


def test_a_session_closes_while_a_thread_waits_for_a_generator():
    gate = threading.Event()

    def waiting():
        yield 1
        gate.wait(5)
        yield 2

    number = tf.data.Dataset.from_generator(waiting, tf.int64).prefetch(1)
    number = number.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert session.run(number) == 1
    gate.set()


def test_parallel_calls_are_at_the_same_time():
    together = threading.Barrier(2, timeout=5)

    def meet(x):
        together.wait()
        return x

    dataset = tf.data.Dataset.range(8).map(
        lambda x: tf.py_func(meet, [x], tf.int64), num_parallel_calls=2
    )
    for stage in (dataset, dataset.batch(8)):
        iterator = stage.make_initializable_iterator()
        number = iterator.get_next()
        with tf.Session() as session:
            session.run(iterator.initializer)
            assert np.ravel(drawn(session, number)[0]).tolist() == list(range(8))


def test_parallel_calls_that_fail_fail_in_their_turn():
    dataset = tf.data.Dataset.from_tensor_slices([1.0, 0.0, 2.0, 0.0, 4.0]).map(
        lambda x: tf.check_numerics(1 / x, "bad"), num_parallel_calls=3
    )
    number = dataset.make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as session:
        for _ in range(5):
            try:
                found.append(float(session.run(number)))
            except tf.errors.InvalidArgumentError as error:
                found.append(str(error).splitlines()[0])
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(number)
    bad = "bad : Tensor had Inf values"
    assert found == [1.0, bad, 0.5, bad, 0.25]


def test_an_error_comes_through_a_thread_with_its_operation():
    dataset = tf.data.Dataset.from_tensor_slices([0.0]).map(
        lambda x: tf.check_numerics(1 / x, "bad")
    )
    number = dataset.prefetch(1).make_one_shot_iterator().get_next()
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(number)
    assert str(error.value).splitlines()[0] == "bad : Tensor had Inf values"
    assert error.value.op.type == "CheckNumerics"
