"""Batches of examples that are alike."""

import pytest

import flowgraph as tf

bucket = tf.contrib.training.bucket
by_length = tf.contrib.training.bucket_by_sequence_length


def numbers(count):
    return tf.train.range_input_producer(count, num_epochs=1, shuffle=False).dequeue()


def collect(fetches):
    found = []
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coord)
        with pytest.raises(tf.errors.OutOfRangeError):
            while True:
                found.append(sess.run(fetches))
        coord.request_stop()
        coord.join(threads)
    return found


def test_each_batch_is_of_one_bucket_and_the_rest_comes_last():
    x = numbers(7)
    which, batch = bucket([x, -x], x % 2, 2, 2, allow_smaller_final_batch=True)
    assert [t.shape.as_list() for t in batch] == [[None], [None]]
    found = collect([which, *batch])
    assert sorted((int(w), a.tolist(), b.tolist()) for w, a, b in found) == [
        (0, [0, 2], [0, -2]),
        (0, [4, 6], [-4, -6]),
        (1, [1, 3], [-1, -3]),
        (1, [5], [-5]),
    ]


def test_sizes_of_each_bucket_names_and_a_filter():
    x = numbers(9)
    which, batch = bucket({"x": x}, x % 2, [2, 3], 2, keep_input=x > 0)
    found = collect([which, batch["x"]])
    assert sorted((int(w), a.tolist()) for w, a in found) == [
        (0, [2, 4]),
        (0, [6, 8]),
        (1, [1, 3, 5]),
    ]
    names = {op.name for op in tf.get_default_graph().get_operations()}
    assert {
        "bucket/bucket_queue_1",
        "bucket/top_queue",
        "bucket/read_bucket_1",
        "bucket/enqueue_from_bucket_1",
        "bucket/dequeue_top",
    } <= names


def test_sequences_of_about_the_same_length_are_padded_together():
    n = numbers(6)
    lengths, (batch,) = by_length(
        n, [tf.fill([n], n)], 2, [2, 4], shapes=[[None]], dynamic_pad=True
    )
    assert (lengths.shape.as_list(), batch.shape.as_list()) == ([2], [2, None])
    found = collect([lengths, batch])
    assert sorted((n.tolist(), b.tolist()) for n, b in found) == [
        ([0, 1], [[0], [1]]),
        ([2, 3], [[2, 2, 0], [3, 3, 3]]),
        ([4, 5], [[4, 4, 4, 4, 0], [5, 5, 5, 5, 5]]),
    ]


def test_dictionaries():
    x = numbers(4)
    _, two = by_length(x, {"b": -x, "a": x}, 2, [2])
    assert sorted((a.tolist(), b.tolist()) for a, b in collect([two["a"], two["b"]])) == [
        ([0, 1], [0, -1]),
        ([2, 3], [-2, -3]),
    ]
    _, one = by_length(x, {"a": x}, 2, [2])
    assert [t.shape.as_list() for t in one["a"]] == [[2]]


def test_mistakes():
    with pytest.raises(ValueError, match="If batch_size is a list it must have num_buckets"):
        bucket([1], 0, [1, 2], 3)
    with pytest.raises(ValueError, match=r"bucket_capacities \(\[1\]\) must have exactly num_b"):
        bucket([1], 0, 1, 2, bucket_capacities=[1])
    with pytest.raises(TypeError, match="bucket_boundaries must be a list or tuple, but rec"):
        by_length(1, [1], 1, 3)
    with pytest.raises(ValueError, match="bucket_boundaries must not be empty"):
        by_length(1, [1], 1, [])
    with pytest.raises(TypeError, match=r"must be integers, but saw: 1\.5 and 2"):
        by_length(1, [1], 1, [1.5, 2])
    with pytest.raises(ValueError, match="increasing lengths, but saw: 3 before 3"):
        by_length(1, [1], 1, [3, 3])
