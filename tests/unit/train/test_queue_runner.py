"""Queue runners: threads that fill queues, and how they end."""

import threading
import time

import pytest

import flowgraph as tf
from tests.threads import threads_end  # noqa: F401 - an autouse fixture


def counting_queue(limit, capacity=3):
    """A queue, an op that puts the next number in, and the number's variable."""
    count = tf.Variable(0, trainable=False)
    queue = tf.FIFOQueue(capacity, tf.int32, shapes=[[]])
    return queue, queue.enqueue(count.count_up_to(limit))


def test_the_queue_is_filled_and_closed_at_the_end():
    queue, put = counting_queue(10)
    runner = tf.train.QueueRunner(queue, [put])
    take = queue.dequeue()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        threads = runner.create_threads(sess, start=True)
        assert [sess.run(take) for _ in range(10)] == list(range(10))
        with pytest.raises(tf.errors.OutOfRangeError, match="is closed and has insufficient"):
            sess.run(take)
        for thread in threads:
            thread.join()
    assert runner.exceptions_raised == []


def test_the_last_of_several_threads_closes_the_queue():
    queue, put = counting_queue(40)
    runner = tf.train.QueueRunner(queue, [put] * 4)
    batch = queue.dequeue_many(40)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        threads = runner.create_threads(sess, start=True)
        assert len(threads) == 4
        assert sorted(sess.run(batch).tolist()) == list(range(40))
        for thread in threads:
            thread.join()
        assert sess.run(queue.is_closed())


def test_a_coordinator_stops_threads_that_wait_for_room():
    queue = tf.FIFOQueue(2, tf.float32, shapes=[[]])
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1.0)] * 2)
    size = queue.size()
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        threads = runner.create_threads(sess, coord, start=True)
        assert [thread.name for thread in threads] == [
            "QueueRunnerThread-fifo_queue-fifo_queue_enqueue",
            "QueueRunnerThread-fifo_queue-fifo_queue_enqueue",
            "QueueRunnerThread-fifo_queue-close_on_stop",
        ]
        while sess.run(size) < 2:
            time.sleep(0.001)
        coord.request_stop()
        coord.join(threads)


def test_an_error_stops_the_others_and_comes_out_of_join():
    queue = tf.FIFOQueue(2, tf.float32, shapes=[[]])
    with tf.control_dependencies([tf.Assert(False, ["no luck"])]):
        bad = tf.identity(1.0)
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1.0), queue.enqueue(bad)])
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        threads = runner.create_threads(sess, coord, start=True)
        with pytest.raises(tf.errors.InvalidArgumentError, match="no luck"):
            coord.join(threads)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_without_a_coordinator_errors_are_kept():
    queue = tf.FIFOQueue(2, tf.float32, shapes=[[]])
    with tf.control_dependencies([tf.Assert(False, ["no luck"])]):
        bad = tf.identity(1.0)
    runner = tf.train.QueueRunner(queue, [queue.enqueue(bad)])
    with tf.Session() as sess:
        (thread,) = runner.create_threads(sess, start=True)
        thread.join()
    (error,) = runner.exceptions_raised
    assert isinstance(error, tf.errors.InvalidArgumentError)


def test_closing_the_session_ends_the_threads():
    queue = tf.FIFOQueue(2, tf.float32, shapes=[[]])
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(1.0)]))
    size = queue.size()
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        threads = tf.train.start_queue_runners(coord=coord)
        while sess.run(size) < 2:
            time.sleep(0.001)
    threads[0].join()
    coord.request_stop()
    with pytest.raises(tf.errors.CancelledError, match="Enqueue operation was cancelled"):
        coord.join(threads)


def test_threads_are_made_once_for_a_session():
    queue, put = counting_queue(5)
    runner = tf.train.QueueRunner(queue, [put])
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        threads = runner.create_threads(sess, coord)
        assert runner.create_threads(sess, coord) == []
        for thread in threads:
            thread.start()
        coord.request_stop()
        coord.join(threads)


def test_other_errors_may_mean_the_end():
    queue = tf.FIFOQueue(2, tf.float32, shapes=[[]])
    with tf.control_dependencies([tf.Assert(False, ["the end"])]):
        last = tf.identity(1.0)
    kinds = (tf.errors.OutOfRangeError, tf.errors.InvalidArgumentError)
    runner = tf.train.QueueRunner(queue, [queue.enqueue(last)], queue_closed_exception_types=kinds)
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        threads = runner.create_threads(sess, coord, start=True)
        threads[0].join()
        assert sess.run(queue.is_closed())
        coord.request_stop()
        coord.join(threads)


def test_messages_describe_runners():
    queue = tf.FIFOQueue(2, tf.float32, name="q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1.0)] * 2)
    message = runner.to_proto()
    assert (message.queue_name, list(message.enqueue_op_name)) == ("q", ["q_enqueue"] * 2)
    assert (message.close_op_name, message.cancel_op_name) == ("q_Close", "q_Close_1")
    assert list(message.queue_closed_exception_types) == [tf.errors.OUT_OF_RANGE]
    assert runner.to_proto("elsewhere") is None
    again = tf.train.QueueRunner.from_proto(message)
    assert again.to_proto() == message
    assert (again.name, again.enqueue_ops) == ("q", runner.enqueue_ops)


def test_runners_survive_a_meta_graph(tmp_path):
    queue, put = counting_queue(3)
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [put]))
    take = queue.dequeue(name="take")
    start = tf.global_variables_initializer()
    path = str(tmp_path / "graph.meta")
    tf.train.export_meta_graph(path)
    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(path)
        coord = tf.train.Coordinator()
        with tf.Session() as sess:
            sess.run(graph.get_operation_by_name(start.name))
            threads = tf.train.start_queue_runners(sess, coord)
            assert [sess.run(take.name) for _ in range(3)] == [0, 1, 2]
            coord.request_stop()
            coord.join(threads)


def test_what_a_runner_is_given():
    queue = tf.FIFOQueue(2, tf.float32)
    with pytest.raises(ValueError, match=r"Must provide queue and enqueue_ops\."):
        tf.train.QueueRunner(queue, [])
    with pytest.raises(TypeError, match=r"must be a tuple of tf\.error types, but saw"):
        tf.train.QueueRunner(queue, [queue.enqueue(1.0)], queue_closed_exception_types=[ValueError])
    with pytest.raises(ValueError, match="No default session is registered"):
        tf.train.start_queue_runners()
    with pytest.raises(TypeError, match=r"sess must be a `tf.Session` object"):
        tf.train.start_queue_runners(sess=5)


def test_with_nothing_to_run_no_threads_start():
    before = threading.active_count()
    with tf.Session() as sess:
        assert tf.train.start_queue_runners(sess, tf.train.Coordinator()) == []
    assert threading.active_count() == before
