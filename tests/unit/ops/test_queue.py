"""Queues: what they hand out, when they wait, and what they say. Values are TensorFlow 1.15.5's.

The ops: FIFOQueueV2, PaddingFIFOQueueV2, RandomShuffleQueueV2, PriorityQueueV2, QueueEnqueueV2,
QueueEnqueueManyV2, QueueDequeueV2, QueueDequeueManyV2, QueueDequeueUpToV2, QueueCloseV2,
QueueIsClosedV2, QueueSizeV2.
"""

import re
import threading
import time

import numpy as np
import pytest

import flowgraph as tf
from tests.threads import threads_end  # noqa: F401 - an autouse fixture


class InThread(threading.Thread):
    """Runs fetches in a thread, and keeps the result or the error."""

    def __init__(self, sess, fetches, feed_dict=None):
        super().__init__()
        self.result = self.error = None
        self._call = lambda: sess.run(fetches, feed_dict)
        self.start()

    def run(self):
        try:
            self.result = self._call()
        except tf.errors.OpError as error:
            self.error = error

    def ended(self):
        self.join(10)
        assert not self.is_alive()
        return self


def first_line(error):
    """The first line, without the number that a process gives each queue."""
    return re.sub(r"'_\d+_", "'_N_", str(error).splitlines()[0])


def refused(sess, fetches, kind, line, feed_dict=None):
    with pytest.raises(kind) as caught:
        sess.run(fetches, feed_dict)
    assert first_line(caught.value) == line


def until_waiting(sess, size, count):
    """Wait until a blocked run has taken or given what it can."""
    end = time.monotonic() + 10
    while sess.run(size) != count:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_nodes_are_those_of_tensorflow():
    queue = tf.FIFOQueue(3, [tf.int32], shapes=[[]])
    made = [queue.enqueue(1), queue.dequeue(), queue.enqueue_many([[1, 2]])]
    made += [queue.dequeue_many(2), queue.dequeue_up_to(2), queue.close(), queue.size()]
    made += [queue.is_closed()]
    assert [element.name.removesuffix(":0") for element in made] == [
        "fifo_queue_enqueue",
        "fifo_queue_Dequeue",
        "fifo_queue_EnqueueMany",
        "fifo_queue_DequeueMany",
        "fifo_queue_DequeueUpTo",
        "fifo_queue_Close",
        "fifo_queue_Size",
        "fifo_queue_Is_Closed",
    ]
    graph = tf.get_default_graph()
    assert [tensor.name for tensor in made[2].inputs] == [
        "fifo_queue:0",
        "fifo_queue_EnqueueMany/component_0:0",
    ]
    assert graph.get_operation_by_name("fifo_queue_DequeueMany/n").type == "Const"
    assert (queue.name, queue.dtypes, queue.names) == ("fifo_queue", [tf.int32], None)
    assert [made[i].shape.as_list() for i in (1, 3, 4, 6, 7)] == [[], [2], [None], [], []]


def test_elements_come_in_order_and_size_follows():
    queue = tf.FIFOQueue(5, [tf.int32, tf.string], shapes=[[2], []])
    with tf.Session() as sess:
        sess.run(queue.enqueue([[1, 2], "a"]))
        sess.run(queue.enqueue_many([[[3, 4], [5, 6]], ["b", "c"]]))
        assert sess.run(queue.size()) == 3
        number, text = sess.run(queue.dequeue())
        assert (number.tolist(), text) == ([1, 2], b"a")
        numbers, texts = sess.run(queue.dequeue_many(2))
        assert (numbers.tolist(), texts.tolist()) == ([[3, 4], [5, 6]], [b"b", b"c"])
        assert sess.run(queue.dequeue_many(0))[0].shape == (0, 2)


def test_what_is_dequeued_is_the_callers_own():
    queue = tf.FIFOQueue(5, [tf.float32], shapes=[[2]])
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as sess:
        fed = np.ones(2, np.float32)
        put = queue.enqueue(x * 2)
        sess.run(put, {x: fed})
        sess.run(put, {x: fed + 1})
        first = sess.run(queue.dequeue())
        second = sess.run(queue.dequeue())
        first[:] = 9
        assert second.tolist() == [4, 4]


def test_zeros_at_the_end_of_strings_stay():
    queue = tf.FIFOQueue(5, [tf.string], shapes=[[]])
    text, names, index = tf.placeholder(tf.string, []), tf.constant(["ab", "c\0"]), tf.constant(1)
    with tf.Session() as sess:
        sess.run(queue.enqueue(text), {text: b"a\0"})
        sess.run(queue.enqueue(tf.gather(names, index)))
        sess.run(queue.enqueue_many([[b"b\0"]]))
        assert sess.run(queue.dequeue()) == b"a\0"
        assert sess.run(queue.dequeue_many(2)).tolist() == [b"c\0", b"b\0"]


def test_names_make_elements_dictionaries():
    queue = tf.FIFOQueue(5, [tf.int32, tf.string], shapes=[[], []], names=["n", "s"])
    with pytest.raises(ValueError, match=r"Dictionary: \(\['n'\]\), Queue: \(\['n', 's'\]\)"):
        queue.enqueue({"n": 1})
    with pytest.raises(ValueError, match="You must enqueue a dictionary in a Queue with names"):
        queue.enqueue([1, "x"])
    with tf.Session() as sess:
        sess.run(queue.enqueue({"s": "x", "n": 1}))
        assert sess.run(queue.dequeue()) == {"n": 1, "s": b"x"}


def test_a_closed_queue_gives_what_it_has_and_takes_nothing():
    queue = tf.FIFOQueue(3, [tf.int32], shapes=[[]])
    with tf.Session() as sess:
        sess.run(queue.enqueue_many([[1, 2, 3]]))
        assert not sess.run(queue.is_closed())
        sess.run(queue.close())
        assert sess.run(queue.is_closed())
        cancelled = tf.errors.CancelledError
        refused(sess, queue.close(), cancelled, "Queue '_N_fifo_queue' is already closed.")
        sess.run(queue.close(cancel_pending_enqueues=True))
        refused(sess, queue.enqueue(1), cancelled, "FIFOQueue '_N_fifo_queue' is closed.")
        assert sess.run(queue.dequeue()) == 1
        ended = "FIFOQueue '_N_fifo_queue' is closed and has insufficient elements "
        end = tf.errors.OutOfRangeError
        refused(sess, queue.dequeue_many(3), end, ended + "(requested 3, current size 2)")
        assert sess.run(queue.dequeue_up_to(5)).tolist() == [2, 3]
        refused(sess, queue.dequeue(), end, ended + "(requested 1, current size 0)")
        refused(sess, queue.dequeue_up_to(5), end, ended + "(requested 5, current size 0)")


def test_a_dequeue_waits_and_other_runs_go_on():
    queue = tf.FIFOQueue(3, [tf.int32], shapes=[[]])
    w = tf.Variable(0)
    more, take, put = tf.assign_add(w, 1), queue.dequeue(), queue.enqueue(7)
    with tf.Session() as sess:
        sess.run(w.initializer)
        waiting = InThread(sess, take)
        assert [sess.run(more) for _ in range(5)] == [1, 2, 3, 4, 5]
        assert waiting.is_alive()
        sess.run(put)
        assert waiting.ended().result == 7


def test_a_dequeue_may_ask_for_more_than_the_queue_holds():
    queue = tf.FIFOQueue(2, [tf.int32], shapes=[[]])
    with tf.Session() as sess:
        waiting = InThread(sess, queue.dequeue_many(7))
        sess.run(queue.enqueue_many([list(range(8))]))
        assert waiting.ended().result.tolist() == list(range(7))
        assert sess.run(queue.size()) == 1


def test_closing_ends_a_waiting_dequeue_and_gives_back_what_it_had():
    queue = tf.FIFOQueue(5, [tf.int32], shapes=[[]])
    with tf.Session() as sess:
        sess.run(queue.enqueue_many([[1, 2, 3]]))
        size, close = queue.size(), queue.close()
        waiting = InThread(sess, queue.dequeue_many(5))
        until_waiting(sess, size, 0)
        sess.run(close)
        assert first_line(waiting.ended().error) == (
            "FIFOQueue '_N_fifo_queue' is closed and has insufficient elements "
            "(requested 2, current size 0)"
        )
        assert sess.run(queue.dequeue_up_to(5)).tolist() == [1, 2, 3]


@pytest.mark.parametrize("cancels", [False, True])
def test_closing_with_enqueues_that_wait(cancels):
    queue = tf.FIFOQueue(2, [tf.int32], shapes=[[]])
    put, size, closed = queue.enqueue_many([[1, 2, 3, 4]]), queue.size(), queue.is_closed()
    close, take = queue.close(cancels), queue.dequeue_many(2)
    with tf.Session() as sess:
        waiting = InThread(sess, put)
        until_waiting(sess, size, 2)
        closing = InThread(sess, close)
        if cancels:
            closing.ended()
            assert first_line(waiting.ended().error) == "Enqueue operation was cancelled"
            assert sess.run([size, closed]) == [2, True]
            assert sess.run(take).tolist() == [1, 2]
        else:
            assert sess.run([size, closed]) == [2, False]
            assert sess.run(take).tolist() == [1, 2]
            assert waiting.ended().error is None
            assert closing.ended().error is None
            assert sess.run(closed)
            assert sess.run(take).tolist() == [3, 4]


def test_closing_the_session_wakes_what_waits():
    queue = tf.FIFOQueue(1, [tf.int32], shapes=[[]])
    full = tf.FIFOQueue(1, [tf.int32], shapes=[[]])
    put, size = full.enqueue_many([[1, 2]]), full.size()
    sess = tf.Session()
    waiting = InThread(sess, queue.dequeue()), InThread(sess, put)
    until_waiting(sess, size, 1)
    sess.close()
    assert [first_line(thread.ended().error) for thread in waiting] == [
        "Dequeue operation was cancelled",
        "Enqueue operation was cancelled",
    ]
    assert all(isinstance(thread.error, tf.errors.CancelledError) for thread in waiting)


def test_many_threads_put_and_take_every_element_once():
    queue = tf.FIFOQueue(4, [tf.int32], shapes=[[]])
    x = tf.placeholder(tf.int32, [10])
    put, take = queue.enqueue_many(x), queue.dequeue_many(5)
    with tf.Session() as sess:
        puts = [InThread(sess, put, {x: np.arange(10) + 10 * i}) for i in range(6)]
        takes = [InThread(sess, take) for _ in range(12)]
        assert all(thread.ended().error is None for thread in [*puts, *takes])
        found = np.concatenate([thread.result for thread in takes])
        assert sorted(found.tolist()) == list(range(60))


def test_each_session_has_its_own_queue_and_shared_names_are_one():
    one = tf.FIFOQueue(5, [tf.int32], shapes=[[]], shared_name="shared")
    other = tf.FIFOQueue(5, [tf.int32], shapes=[[]], shared_name="shared")
    with tf.Session() as a, tf.Session() as b:
        a.run(one.enqueue(1))
        assert a.run(other.size()) == 1
        assert b.run(other.size()) == 0


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (
            lambda: tf.FIFOQueue(6, [tf.int32], shared_name="sh"),
            "Shared queue 'sh' has capacity 5 but requested capacity was 6",
        ),
        (
            lambda: tf.FIFOQueue(5, [tf.float32], shared_name="sh"),
            "Shared queue 'sh' has component types int32 but requested component types were float",
        ),
        (
            lambda: tf.FIFOQueue(5, [tf.int32], shapes=[[2]], shared_name="sh"),
            "Shared queue 'sh' has component shapes [] but requested component shapes were [[2]]",
        ),
        (
            lambda: tf.PaddingFIFOQueue(5, [tf.int32], [[2]], shared_name="sh"),
            "Expected FIFOQueue, found PaddingFIFOQueueV2",
        ),
    ],
)
def test_shared_queues_must_agree(make, line):
    queue = tf.FIFOQueue(5, [tf.int32], shared_name="sh")
    with tf.Session() as sess:
        sess.run(queue.size())
        refused(sess, make().size(), tf.errors.InvalidArgumentError, line)


def test_shared_shuffling_queues_must_agree():
    def make(reserve, seed):
        return tf.RandomShuffleQueue(
            5, reserve, [tf.int32], shapes=[[2]], seed=seed, shared_name="rs"
        ).size()

    wrong = tf.errors.InvalidArgumentError
    with tf.Session() as sess:
        sess.run(make(2, 1))
        line = "Shared queue 'rs' has min_after_dequeue 2 but requested min_after_dequeue was 3."
        refused(sess, make(3, 1), wrong, line)
        line = "Shared queue 'rs' has random seeds (87654321, 1) but requested seeds are "
        refused(sess, make(2, 2), wrong, line + "(87654321, 2).")


@pytest.mark.parametrize(
    ("seed", "first", "batch", "rest"),
    [
        (1, [12, 3, 8, 10], [7, 4, 6, 1, 2], [104, 14, 102, 5, 13, 9, 0, 100, 101, 11, 103]),
        (7, [12, 11, 8, 10], [6, 3, 0, 9, 7], [100, 14, 1, 102, 13, 101, 5, 2, 4, 104, 103]),
    ],
)
def test_seeds_shuffle_as_in_tensorflow(seed, first, batch, rest):
    queue = tf.RandomShuffleQueue(20, 3, [tf.int32], shapes=[[]], seed=seed)
    take = queue.dequeue()
    with tf.Session() as sess:
        sess.run(queue.enqueue_many([list(range(15))]))
        assert [sess.run(take) for _ in range(4)] == first
        assert sess.run(queue.dequeue_many(5)).tolist() == batch
        sess.run(queue.enqueue_many([list(range(100, 105))]))
        sess.run(queue.close())
        assert sess.run(queue.dequeue_up_to(30)).tolist() == rest
        refused(
            sess,
            take,
            tf.errors.OutOfRangeError,
            "RandomShuffleQueue '_N_random_shuffle_queue' is closed and has insufficient elements "
            "(requested 1, current size 0)",
        )


def test_a_shuffling_queue_keeps_some_elements_back_until_it_is_closed():
    queue = tf.RandomShuffleQueue(20, 5, [tf.int32], shapes=[[]], seed=3)
    size, close = queue.size(), queue.close()
    with tf.Session() as sess:
        sess.run(queue.enqueue_many([list(range(12))]))
        waiting = InThread(sess, queue.dequeue_many(9))
        until_waiting(sess, size, 5)
        sess.run(close)
        assert waiting.ended().result.tolist() == [11, 3, 0, 8, 7, 10, 2, 5, 1]
        assert sess.run(size) == 3


def test_unseeded_queues_differ():
    queue = tf.RandomShuffleQueue(100, 0, [tf.int32], shapes=[[]])
    orders = []
    for _ in range(2):
        with tf.Session() as sess:
            sess.run(queue.enqueue_many([list(range(100))]))
            orders.append(sess.run(queue.dequeue_many(100)).tolist())
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


@pytest.mark.parametrize(
    ("capacity", "reserve", "line"),
    [
        (2, 3, "min_after_dequeue 3 must be < capacity 2"),
        (5, -2, "min_after_dequeue -2 must be >= 0"),
    ],
)
def test_a_reserve_must_fit(capacity, reserve, line):
    queue = tf.RandomShuffleQueue(capacity, reserve, [tf.int32], shapes=[[]])
    with tf.Session() as sess:
        refused(sess, queue.size(), tf.errors.InvalidArgumentError, line)


def test_padding():
    queue = tf.PaddingFIFOQueue(5, [tf.int32, tf.string], [[None], [None, 2]])
    numbers, texts = queue.dequeue_many(3)
    assert (numbers.shape.as_list(), texts.shape.as_list()) == ([3, None], [3, None, 2])
    with tf.Session() as sess:
        sess.run(queue.enqueue([[1, 2], [["a", "b"]]]))
        sess.run(queue.enqueue([[1], [["a", "b"], ["c", "d"]]]))
        sess.run(queue.enqueue([[1, 2, 3], tf.zeros([0, 2], tf.string)]))
        numbers, texts = sess.run([numbers, texts])
    assert numbers.tolist() == [[1, 2, 0], [1, 0, 0], [1, 2, 3]]
    assert texts.tolist() == [
        [[b"a", b"b"], [b"", b""]],
        [[b"a", b"b"], [b"c", b"d"]],
        [[b"", b""], [b"", b""]],
    ]


def test_priorities():
    queue = tf.PriorityQueue(10, [tf.string], [[]])
    with tf.Session() as sess:
        sess.run(queue.enqueue_many([[3, 1, 2, 1, 3], ["a", "b", "c", "d", "e"]]))
        priorities, texts = sess.run(queue.dequeue_many(3))
        assert (priorities.tolist(), texts.tolist()) == ([1, 1, 2], [b"b", b"d", b"c"])
        assert sess.run(queue.dequeue()) == [3, b"a"]
        sess.run(queue.close())
        assert sess.run(queue.dequeue_up_to(5))[1].tolist() == [b"e"]
        with pytest.raises(tf.errors.CancelledError, match=r"PriorityQueue '.*' is closed\."):
            sess.run(queue.enqueue([1, "x"]))


def test_from_list_chooses_a_queue():
    queues = [tf.FIFOQueue(5, [tf.int32], [[]]) for _ in range(2)]
    index = tf.placeholder(tf.int32, [])
    chosen = tf.QueueBase.from_list(index, queues)
    take = chosen.dequeue()
    with tf.Session() as sess:
        sess.run([queues[0].enqueue(10), queues[1].enqueue(11)])
        assert sess.run(take, {index: 1}) == 11
        assert sess.run(take, {index: 0}) == 10


@pytest.mark.parametrize("queues", [[], [5]])
def test_from_list_wants_queues(queues):
    with pytest.raises(TypeError, match="A list of queues expected"):
        tf.QueueBase.from_list(0, queues)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: tf.FIFOQueue(5, [tf.int32], names=["a", "b"]), ValueError, "same length as the"),
        (lambda: tf.FIFOQueue(5, [tf.int32], shapes=[[1], [2]]), ValueError, "same length as dt"),
        (lambda: tf.FIFOQueue(5, [tf.int32], shapes=[[None]]), ValueError, "must be fully defined"),
        (lambda: tf.PaddingFIFOQueue(5, [tf.int32], [None]), ValueError, "a list of shapes must"),
        (
            lambda: tf.PaddingFIFOQueue(5, [tf.int32, tf.int32], [[None]]),
            ValueError,
            "received 2 dtypes and 1 shapes",
        ),
    ],
)
def test_what_does_not_fit_is_refused_when_made(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_elements_that_do_not_fit_are_refused_when_built():
    queue = tf.FIFOQueue(5, [tf.int32, tf.string], shapes=[[2], []])
    with pytest.raises(ValueError, match=re.escape("Shapes (3,) and (2,) are incompatible")):
        queue.enqueue([[1, 2, 3], "x"])
    with pytest.raises(TypeError, match=r"Expected int32, got 1.0 of type 'float' instead."):
        queue.enqueue([[1.0, 2], "x"])
    with pytest.raises(ValueError, match="Tensor conversion requested dtype int32"):
        queue.enqueue([tf.constant([1.0, 2]), "x"])
    with pytest.raises(ValueError, match="Dimensions 1 and 2 are not compatible"):
        queue.enqueue_many([[[1, 2]], ["x", "y"]])
    with pytest.raises(ValueError, match="must have rank at least 1"):
        queue.enqueue_many([[[1, 2]], "x"])
    with pytest.raises(ValueError, match="Input 'n' must be >= 0, but is -1"):
        queue.dequeue_many(-1)
    with pytest.raises(TypeError, match="Expected bool for argument 'cancel_pending_enqueues'"):
        queue.close(1)


def test_elements_that_do_not_fit_are_refused_when_run():
    queue = tf.FIFOQueue(5, [tf.int32, tf.string], shapes=[[2], []])
    n, numbers = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    shapeless = tf.FIFOQueue(5, [tf.int32])
    wrong = tf.errors.InvalidArgumentError
    with tf.Session() as sess:
        line = "Shape mismatch in tuple component 0. Expected [2], got [3]"
        refused(sess, queue.enqueue([numbers, "x"]), wrong, line, {numbers: [1, 2, 3]})
        line = "Shape mismatch in tuple component 1. Expected [1], got [2]"
        many = queue.enqueue_many([numbers, ["x", "y"]])
        refused(sess, many, wrong, line, {numbers: [[1, 2]]})
        refused(
            sess, queue.dequeue_many(n), wrong, "DequeueManyOp requested -1 < 0 elements", {n: -1}
        )
        line = "FIFOQueue's DequeueMany and DequeueUpTo require the components to have specified "
        refused(sess, shapeless.dequeue_many(1), wrong, line + "shapes.")
        line = "Signature mismatch, have: resource, int32-> expected: resource, int32, string->"
        refused(sess, queue.enqueue([[1, 2]]), wrong, line)


def test_a_queue_of_what_a_variable_holds():
    """A variable's dtype is a reference; what the queue stores is its value, as in TensorFlow."""
    v = tf.Variable(1, name="v")
    queue = tf.FIFOQueue(2, [tf.assign_add(v, 1).dtype], shapes=[[]])
    fill, take = queue.enqueue([tf.assign_add(v, 1)]), queue.dequeue()
    assert queue.queue_ref.op.get_attr("component_types") == [tf.int32]
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(fill)
        assert session.run(take) == 2
