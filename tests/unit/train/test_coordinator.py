"""Coordinators: threads that end together, and whose errors come out in `join`."""

import threading
import time

import pytest

import flowgraph as tf
from tests.threads import threads_end  # noqa: F401 - an autouse fixture


def started(target, *args):
    thread = threading.Thread(target=target, args=args)
    thread.start()
    return thread


def test_threads_stop_when_one_asks():
    coord = tf.train.Coordinator()
    seen = []

    def work(number):
        while not coord.should_stop():
            if number == 2:
                coord.request_stop()
            time.sleep(0.001)
        seen.append(number)

    threads = [started(work, number) for number in range(4)]
    coord.join(threads)
    assert sorted(seen) == [0, 1, 2, 3]
    assert coord.joined
    assert coord.should_stop()


def test_join_waits_for_threads_that_end_by_themselves():
    coord = tf.train.Coordinator()
    done = []
    coord.register_thread(started(lambda: (time.sleep(0.05), done.append(1))))
    coord.join()
    assert done == [1]
    assert not coord.should_stop()


def test_an_error_of_a_thread_is_raised_by_join():
    coord = tf.train.Coordinator()

    def work():
        with coord.stop_on_exception():
            raise ValueError("boom")

    thread = started(work)
    assert coord.wait_for_stop(10)
    with pytest.raises(ValueError, match="boom"):
        coord.join([thread])
    with pytest.raises(ValueError, match="boom"):
        coord.raise_requested_exception()
    coord.clear_stop()
    assert not coord.should_stop()
    assert not coord.joined
    coord.raise_requested_exception()


def test_only_the_first_reason_counts():
    coord = tf.train.Coordinator()
    coord.request_stop(ValueError("first"))
    coord.request_stop(TypeError("second"))
    with pytest.raises(ValueError, match="first"):
        coord.join([])


def test_the_end_of_the_input_is_no_error():
    coord = tf.train.Coordinator()
    coord.request_stop(tf.errors.OutOfRangeError(None, None, "end"))
    coord.join([])
    other = tf.train.Coordinator(clean_stop_exception_types=(KeyError,))
    other.request_stop(tf.errors.OutOfRangeError(None, None, "end"))
    with pytest.raises(tf.errors.OutOfRangeError, match="end"):
        other.join([])


def test_after_join_nobody_else_would_raise_the_error():
    coord = tf.train.Coordinator()
    coord.join([])
    coord.request_stop()
    coord.request_stop(tf.errors.OutOfRangeError(None, None, "end"))
    with pytest.raises(ValueError, match="late"):
        coord.request_stop(ValueError("late"))


def test_an_error_may_come_as_exc_info():
    coord = tf.train.Coordinator()
    error = ValueError("boom")
    coord.request_stop((ValueError, error, None))
    with pytest.raises(ValueError, match="boom"):
        coord.join([])


def test_threads_that_do_not_stop_are_named():
    coord = tf.train.Coordinator()
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="stubborn")
    thread.start()
    coord.request_stop()
    text = "Coordinator stopped with threads still running: stubborn"
    with pytest.raises(RuntimeError, match=text):
        coord.join([thread], stop_grace_period_secs=0.01)
    coord.join([thread], stop_grace_period_secs=0.01, ignore_live_threads=True)
    release.set()


def test_a_looper_calls_until_it_is_stopped():
    coord = tf.train.Coordinator()
    calls = []

    def work(step, scale):
        calls.append(step * scale)
        if len(calls) == 3:
            coord.request_stop()

    tf.train.LooperThread.loop(coord, 0.001, work, args=(2,), kwargs={"scale": 3})
    coord.join()
    assert calls == [6, 6, 6]


def test_a_looper_of_its_own_class():
    coord = tf.train.Coordinator()
    seen = []

    class Loop(tf.train.LooperThread):
        def start_loop(self):
            seen.append("start")

        def run_loop(self):
            seen.append("turn")
            coord.request_stop()

        def stop_loop(self):
            seen.append("stop")

    Loop(coord, None).start()
    coord.join()
    assert seen == ["start", "turn", "stop"]


def test_an_error_in_a_looper_stops_all():
    coord = tf.train.Coordinator()

    def work():
        raise ValueError("boom")

    tf.train.LooperThread.loop(coord, 1, work)
    with pytest.raises(ValueError, match="boom"):
        coord.join()


def test_what_a_looper_is_given():
    with pytest.raises(ValueError, match="'coord' argument must be a Coordinator: 5"):
        tf.train.LooperThread(5, 1)
    with pytest.raises(ValueError, match="require that you also pass 'target'"):
        tf.train.LooperThread(tf.train.Coordinator(), 1, args=[1])
