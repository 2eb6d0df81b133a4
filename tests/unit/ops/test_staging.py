"""Staging areas; names, shapes and texts were recorded from TensorFlow 1.15.

The ops: Stage, Unstage, StagePeek, StageSize, StageClear.
"""

import re
import threading

import numpy as np
import pytest

import flowgraph as tf

StagingArea = tf.contrib.staging.StagingArea


def _named():
    return StagingArea([tf.float32, tf.int32], [[2], []], ["x", "y"], capacity=3)


def test_elements_come_out_as_they_went_in():
    area = _named()
    put = area.put({"x": tf.constant([1.0, 2.0]), "y": tf.constant(3)})
    got, size, clear, seen = area.get(), area.size(), area.clear(), area.peek(0)
    assert got["x"].shape.as_list() == [2] and got["y"].name == "StagingArea_get:1"
    names = [o.name for o in tf.get_default_graph().get_operations()]
    assert [n for n in names if "Const" not in n] == [
        *("StagingArea_root/NoOp", "StagingArea_put", "StagingArea_get", "NoOp"),
        *("StagingArea_size", "StagingArea_clear", "StagingArea_peek/index", "StagingArea_peek"),
        "NoOp_1",
    ]
    with tf.Session() as sess:
        sess.run(put)
        assert sess.run(size) == 1
        assert sess.run(seen)["y"] == 3
        assert sess.run(got)["x"].tolist() == [1.0, 2.0]
        assert sess.run(size) == 0
        sess.run(put)
        sess.run(clear)
        assert sess.run(size) == 0


def test_a_pipeline_of_two_steps():
    step = tf.Variable(0)
    area = StagingArea([tf.int32])
    put = area.put(tf.assign_add(step, 1))
    (got,) = area.get()
    with tf.Session() as sess:
        sess.run(step.initializer)
        sess.run(put)
        assert [sess.run([put, got])[1] for _ in range(3)] == [1, 2, 3]


def test_one_area_for_one_name():
    value = tf.placeholder(tf.float32)
    put = StagingArea([tf.float32], shared_name="both").put(value)
    got = StagingArea([tf.float32], shared_name="both").get()
    with tf.Session() as sess:
        for number in (1.0, 2.0):
            sess.run(put, {value: number})
        assert [sess.run(got) for _ in range(2)] == [[1.0], [2.0]]


def test_limits():
    large = StagingArea([tf.float32], memory_limit=10)
    put = large.put([tf.ones([5])])
    area = StagingArea([tf.float32], capacity=1)
    put_one, got = area.put(tf.constant(1.0)), area.get()
    with tf.Session() as sess:
        with pytest.raises(
            tf.errors.ResourceExhaustedError,
            match="Attempted to insert tensors with combined size of '20' bytes into Staging Area",
        ):
            sess.run(put)
        sess.run(put_one)
        thread = threading.Thread(target=sess.run, args=(put_one,))
        thread.start()
        assert [sess.run(got) for _ in range(2)] == [[1.0], [1.0]]
        thread.join()


def test_a_closed_session_ends_waits():
    (got,) = StagingArea([tf.float32]).get()
    sess, raised = tf.Session(), []

    def wait():
        try:
            sess.run(got)
        except (tf.errors.CancelledError, RuntimeError) as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    sess.close()
    thread.join(10)
    assert len(raised) == 1


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: StagingArea([tf.float32], shapes=[[], []]), "StagingArea shapes must be the same"),
        (lambda: StagingArea([tf.float32], names=["a", "b"]), "StagingArea names must be the same"),
        (lambda: StagingArea([tf.float32], shared_name=3), "shared_name must be a string"),
        (lambda: _named().put([tf.ones([2])]), "You must enqueue a dictionary in a staging area"),
        (
            lambda: StagingArea([tf.float32]).put({"x": tf.ones([])}),
            "Staging areas must have names to enqueue a dictionary",
        ),
        (
            lambda: _named().put({"z": tf.ones([])}),
            "of staging area. Dictionary: (['z']), Queue: (['x', 'y'])",
        ),
        (
            lambda: StagingArea([tf.float32]).put(tf.constant(1)),
            "Datatypes do not match. '<dtype: 'int32'>' != '<dtype: 'float32'>'",
        ),
        (
            lambda: StagingArea([tf.float32]).put([tf.ones([]), tf.ones([])]),
            "Unexpected number of inputs '2' vs '1'",
        ),
        (
            lambda: _named().put({"x": tf.ones([1]), "y": tf.constant(1)}),
            "Shapes (1,) and (2,) are incompatible",
        ),
    ],
)
def test_what_is_refused(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


def test_properties():
    area = _named()
    assert (area.name, area.capacity, area.memory_limit) == ("StagingArea", 3, 0)
    assert (area.dtypes, area.names) == ([tf.float32, tf.int32], ["x", "y"])
    assert [s.as_list() for s in area.shapes] == [[2], []]
    assert StagingArea([tf.float32]).name == "StagingArea_1"
    assert np.all([s.ndims is None for s in StagingArea([tf.float32]).shapes])
