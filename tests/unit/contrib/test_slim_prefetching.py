"""``slim.prefetch_queue``; names and texts are TensorFlow 1.15.5's."""

import pytest

import flowgraph as tf

prefetch_queue = tf.contrib.slim.prefetch_queue.prefetch_queue


def test_names():
    queue = prefetch_queue([tf.zeros([2, 3], name="a"), tf.zeros([], tf.int32, name="b")])
    names = [o.name for o in tf.get_default_graph().get_operations()]
    assert names[2:] == [
        "prefetch_queue/fifo_queue",
        "prefetch_queue/fifo_queue_enqueue",
        "prefetch_queue/fifo_queue_Close",
        "prefetch_queue/fifo_queue_Close_1",
        "prefetch_queue/fifo_queue_Size",
        *(f"prefetch_queue/{name}" for name in ("Cast", "mul/y", "mul")),
        "prefetch_queue/fraction_of_8_full/tags",
        "prefetch_queue/fraction_of_8_full",
    ]
    assert [s.op.type for s in tf.get_collection(tf.GraphKeys.SUMMARIES)] == ["ScalarSummary"]
    assert [str(s) for s in queue.shapes] == ["(2, 3)", "()"]


def test_elements_with_names_come_in_the_order_of_the_names():
    a = tf.placeholder(tf.float32, [None, 3], name="a")
    with pytest.raises(ValueError, match="All shapes must be fully defined"):
        prefetch_queue({"a": a})
    queue = prefetch_queue(
        {"b": tf.zeros([]), "a": a}, 3, num_threads=2, dynamic_pad=True, shared_name="s", name="n"
    )
    (runner,) = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)[-1:]
    assert list(runner.to_proto().enqueue_op_name) == ["n/padding_fifo_queue_enqueue"] * 2
    assert (queue.names, queue.queue_ref.op.get_attr("shared_name")) == (["a", "b"], b"s")
    found = queue.dequeue()
    assert {key: x.shape.as_list() for key, x in found.items()} == {"a": [None, 3], "b": []}


def test_a_thread_fills_the_queue():
    count = tf.Variable(0)
    batch = prefetch_queue([tf.assign_add(count, 1), tf.constant([5.0])], capacity=2).dequeue()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        found = [session.run(batch) for _ in range(5)]
        coordinator.request_stop()
        coordinator.join(threads)
    assert [int(n) for n, _ in found] == [1, 2, 3, 4, 5]
