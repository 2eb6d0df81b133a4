"""Runs that put into a queue and take from it: in TensorFlow both happen at the same time."""

import pytest

import flowgraph as tf

LIMIT = tf.RunOptions(timeout_in_ms=20_000)


@pytest.fixture(params=[tf.OptimizerOptions.L0, tf.OptimizerOptions.L1])
def session(request):
    config = tf.ConfigProto()
    config.graph_options.optimizer_options.opt_level = request.param
    with tf.Session(config=config) as session:
        yield session


def test_elements_are_put_in_first(session):
    queue = tf.FIFOQueue(3, tf.float32, shapes=[()])
    one, two = queue.dequeue(), queue.dequeue_many(2)
    enqueues = [queue.enqueue(1.0), queue.enqueue_many([[2.0, 3.0]])]
    first, rest, *_ = session.run([one, two, *enqueues], options=LIMIT)
    assert sorted([first, *rest]) == [1, 2, 3]


def test_a_readers_work_is_put_in_first(session, tmp_path):
    (tmp_path / "lines").write_text("a line\n")
    queue = tf.FIFOQueue(3, tf.string, shapes=[()])
    line = tf.TextLineReader().read(queue).value
    assert (
        session.run([line, queue.enqueue(str(tmp_path / "lines"))], options=LIMIT)[0] == b"a line"
    )


def test_what_is_put_back_is_taken_first(session):
    queue = tf.FIFOQueue(3, tf.float32, shapes=[()])
    x, y = queue.dequeue(), queue.dequeue()
    swapped = [queue.enqueue(x + 10.0), queue.enqueue(y + 10.0)]
    session.run(queue.enqueue_many([[1.0, 2.0]]))
    session.run(swapped, options=LIMIT)
    assert sorted(session.run(queue.dequeue_many(2))) == [11, 12]


def test_a_dependency_says_otherwise(session):
    queue = tf.FIFOQueue(3, tf.float32, shapes=[()])
    session.run(queue.enqueue(1.0))
    x = queue.dequeue()
    with tf.control_dependencies([x]):
        enqueue = queue.enqueue(2.0)
    assert session.run([x, enqueue], options=LIMIT)[0] == 1
    assert session.run(queue.dequeue()) == 2
