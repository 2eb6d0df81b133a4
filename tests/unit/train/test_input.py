"""Input producers and batches: nodes and values of TensorFlow 1.15.5.

`input_nodes.txt` holds the nodes that TensorFlow makes for each of PROGRAMS. The ops of sparse
tensors on their way through a queue are AddSparseToTensorsMap, AddManySparseToTensorsMap and
TakeManySparseFromTensorsMap.
"""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from tests.threads import threads_end  # noqa: F401 - an autouse fixture


def pairs():
    return [[tf.zeros([3]), tf.constant(1)], [tf.zeros([3]), tf.constant(2)]]


def sparse():
    return tf.SparseTensor([[0, 0]], [1.0], [2, 2])


PROGRAMS = {
    "strings": lambda: tf.train.string_input_producer(
        ["a", "b"], 2, False, seed=3, capacity=5, shared_name="sh", name="files"
    ),
    "range": lambda: tf.train.range_input_producer(10, num_epochs=1, seed=3),
    "slices": lambda: tf.train.slice_input_producer(
        [[1, 2, 3], ["a", "b", "c"], [[1.0, 2.0]] * 3], shuffle=False
    ),
    "shuffle": lambda: tf.train.shuffle_batch(
        [tf.zeros([3]), tf.constant(1)], 4, 20, 5, num_threads=3, seed=2
    ),
    "shuffle_join": lambda: tf.train.shuffle_batch_join(
        pairs(), 4, 20, 5, seed=2, allow_smaller_final_batch=True
    ),
    "join": lambda: tf.train.batch_join(pairs(), 4, name="bj"),
    "padded": lambda: tf.train.batch(
        {"a": tf.zeros([3]), "b": tf.constant(1)}, 4, dynamic_pad=True
    ),
    "maybe": lambda: tf.train.maybe_batch(
        [tf.zeros([3, 2]), tf.constant([1, 2, 3])],
        tf.constant([True, False, True]),
        4,
        enqueue_many=True,
    ),
    "files": lambda: tf.train.match_filenames_once("*.zzz"),
    "rows": lambda: tf.train.input_producer(
        tf.zeros([4, 2]), num_epochs=1, seed=1, summary_name="frac", name="ip"
    ),
    "sparse": lambda: tf.train.batch([sparse(), tf.zeros([2])], 4),
    "sparse_rows": lambda: tf.train.batch([sparse(), tf.zeros([2, 5])], 4, enqueue_many=True),
}


def recorded():
    nodes, current = {}, []
    for line in Path(__file__).with_name("input_nodes.txt").read_text().splitlines():
        if line.startswith("= "):
            current = nodes.setdefault(line[2:], [])
        else:
            current.append(line)
    return nodes


@pytest.mark.parametrize("name", PROGRAMS)
def test_nodes_are_those_of_tensorflow(name):
    PROGRAMS[name]()
    lines = []
    for operation in tf.get_default_graph().get_operations():
        after = sorted(f"^{other.name}" for other in operation.control_inputs)
        inputs = [tensor.name for tensor in operation.inputs]
        lines.append(" ".join([operation.name, operation.type, *inputs, *after]))
    assert lines == recorded()[name]


@pytest.mark.parametrize("name", PROGRAMS)
def test_graphs_survive_a_file(name):
    PROGRAMS[name]()
    message = tf.get_default_graph().as_graph_def()
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(tf.GraphDef.FromString(message.SerializeToString()), name="")
        again = graph.as_graph_def()
    assert sorted(map(str, again.node)) == sorted(map(str, message.node))


@contextmanager
def running():
    """A session with its variables and queue runners, whose threads end with the block."""
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        threads = tf.train.start_queue_runners(sess, coord)
        yield sess
        coord.request_stop()
        coord.join(threads)


def until_the_end(sess, fetches):
    found = []
    with pytest.raises(tf.errors.OutOfRangeError, match="is closed and has insufficient elements"):
        while True:
            found.append(sess.run(fetches))
    return found


def test_strings_of_several_epochs_are_shuffled_as_in_tensorflow():
    name = tf.train.string_input_producer(["a", "b", "c", "d"], num_epochs=3, seed=3).dequeue()
    with running() as sess:
        found = b"".join(until_the_end(sess, name))
    assert found == b"dcbadacbbdca"
    assert [sorted(found[i : i + 4]) for i in (0, 4, 8)] == [sorted(b"abcd")] * 3


def test_without_a_limit_epochs_follow_each_other():
    row = tf.train.input_producer([[1, 2], [3, 4]], shuffle=False, capacity=1).dequeue()
    with running() as sess:
        rows = [sess.run(row).tolist() for _ in range(5)]
    assert rows == [[1, 2], [3, 4], [1, 2], [3, 4], [1, 2]]


def test_slices_stay_together():
    images = np.arange(24, dtype=np.float32).reshape(6, 2, 2)
    image, label = tf.train.slice_input_producer([images, np.arange(6)], num_epochs=2, seed=1)
    assert image.shape.as_list() == [2, 2]
    with running() as sess:
        found = until_the_end(sess, [image, label])
    assert sorted(int(label) for _, label in found) == sorted(2 * list(range(6)))
    assert all(image.tolist() == images[label].tolist() for image, label in found)


def test_a_limit_of_epochs():
    limited = tf.train.limit_epochs(tf.constant([1, 2]), num_epochs=2)
    assert tf.train.limit_epochs(limited) is limited
    assert [v.name for v in tf.local_variables()] == ["limit_epochs/epochs:0"]
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        assert [sess.run(limited).tolist() for _ in range(2)] == [[1, 2], [1, 2]]
        with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
            sess.run(limited)


def test_files_are_found_when_the_variable_is_initialized(tmp_path):
    names = tf.train.match_filenames_once(str(tmp_path / "*.csv"))
    for name in ("b.csv", "a.csv", "c.txt"):
        (tmp_path / name).write_text("x")
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        (tmp_path / "later.csv").write_text("x")
        found = sess.run(names)
    assert sorted(Path(name.decode()).name for name in found) == ["a.csv", "b.csv"]


def numbers(count, **arguments):
    return tf.train.range_input_producer(count, num_epochs=1, shuffle=False, **arguments).dequeue()


def test_the_last_batch_is_dropped_or_smaller():
    x = numbers(7)
    batch = tf.train.batch([x], 3)
    assert batch.shape.as_list() == [3]
    with running() as sess:
        assert [b.tolist() for b in until_the_end(sess, batch)] == [[0, 1, 2], [3, 4, 5]]


def test_the_last_batch_may_be_smaller():
    x = numbers(7)
    batch = tf.train.batch({"x": x, "y": x * 2}, 3, allow_smaller_final_batch=True)
    assert batch["x"].shape.as_list() == [None]
    with running() as sess:
        found = until_the_end(sess, batch)
    assert [b["x"].tolist() for b in found] == [[0, 1, 2], [3, 4, 5], [6]]
    assert found[2]["y"].tolist() == [12]


def test_batches_of_rows_and_of_varying_length():
    x = numbers(4)
    rows = tf.train.batch([tf.stack([x, -x])], 3, enqueue_many=True)
    padded = tf.train.batch([tf.range(numbers(4))], 4, dynamic_pad=True)
    with running() as sess:
        assert [b.tolist() for b in until_the_end(sess, rows)] == [[0, 0, 1], [-1, 2, -2]]
        assert sess.run(padded).tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 1, 2]]


def test_shuffled_batches_with_a_seed():
    x = tf.constant(np.arange(20))
    batch = tf.train.shuffle_batch([x], 5, 100, 0, seed=2, enqueue_many=True)
    queue = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)[0]
    with tf.Session() as sess:
        sess.run(queue.enqueue_ops[0])
        assert sess.run(batch).tolist() == [11, 16, 0, 5, 13]


def test_several_sources_and_threads_lose_nothing():
    x, y = numbers(20), numbers(20)
    joined = tf.train.batch_join([[x, y * 0], [x, y * 0]], 5)
    shuffled = tf.train.shuffle_batch([numbers(30)], 5, 50, 10, num_threads=3)
    with running() as sess:
        found = np.concatenate([b for b, _ in until_the_end(sess, joined)])
        assert sorted(found.tolist()) == list(range(20))
        found = np.concatenate(until_the_end(sess, shuffled))
        assert sorted(found.tolist()) == list(range(30))


@pytest.mark.parametrize(
    "make",
    [
        lambda x, keep: tf.train.maybe_batch([x], keep, 3),
        lambda x, keep: tf.train.maybe_batch_join([[x]], keep, 3),
        lambda x, keep: tf.train.maybe_shuffle_batch([x], 3, 20, 0, keep),
        lambda x, keep: tf.train.maybe_shuffle_batch_join([[x]], 3, 20, 0, keep),
    ],
)
def test_only_what_is_kept_is_batched(make):
    x = numbers(6)
    batch = make(x, tf.equal(x % 2, 1))
    with running() as sess:
        assert sorted(sess.run(batch).tolist()) == [1, 3, 5]


def test_rows_are_kept_one_by_one():
    x = numbers(4)
    rows = tf.train.maybe_batch([tf.stack([x, -x])], tf.stack([True, False]), 4, enqueue_many=True)
    with running() as sess:
        assert sess.run(rows).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("enqueue_many", [False, True])
def test_sparse_tensors_are_batched(enqueue_many):
    x = tf.cast(numbers(2), tf.int64)
    one = tf.SparseTensor([[0, 1], [1, 0]], tf.stack([x + 10, x + 20]), [2, 3])
    batch, dense = tf.train.batch([one, tf.stack([x, x])], 2, enqueue_many=enqueue_many)
    with running() as sess:
        found = [sess.run([batch, dense]) for _ in range(2 if enqueue_many else 1)]
    (value, rows), *_ = found
    if enqueue_many:
        assert value.indices.tolist() == [[0, 1], [1, 0]]
        assert (value.values.tolist(), value.dense_shape.tolist()) == ([10, 20], [2, 3])
        assert rows.tolist() == [0, 0]
        assert found[1][0].values.tolist() == [11, 21]
    else:
        assert value.indices.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 1], [1, 1, 0]]
        assert value.values.tolist() == [10, 20, 11, 21]
        assert value.dense_shape.tolist() == [2, 2, 3]
        assert rows.tolist() == [[0, 0], [1, 1]]


def test_how_full_a_queue_is_is_summarised():
    tf.train.shuffle_batch([1], 2, 10, 4, name="s")
    summary = tf.Summary()
    runner = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)[0]
    with tf.Session() as sess:
        for _ in range(7):
            sess.run(runner.enqueue_ops[0])
        summary.ParseFromString(sess.run(tf.summary.merge_all()))
    (value,) = summary.value
    assert (value.tag, value.simple_value) == ("s/fraction_over_4_of_6_full", 0.5)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: tf.train.string_input_producer([]), ValueError, "requires a non-null input"),
        (lambda: tf.train.input_producer(tf.placeholder(tf.int32)), ValueError, "fully defined"),
        (lambda: tf.train.input_producer(1), ValueError, "must have rank at least 1"),
        (lambda: tf.train.limit_epochs([1], 0), ValueError, "num_epochs must be > 0 not 0"),
        (lambda: tf.train.slice_input_producer([]), ValueError, "Expected at least one tensor in"),
        (lambda: tf.train.batch([], 2), ValueError, r"at least one tensor in batch\(\)"),
        (lambda: tf.train.batch([tf.placeholder(tf.int32)], 2), ValueError, "Cannot infer Tensor"),
        (
            lambda: tf.train.batch([tf.placeholder(tf.int32, [None])], 2),
            ValueError,
            "All shapes must be fully defined",
        ),
        (lambda: tf.train.batch([1], 2, num_threads=0), ValueError, "Must provide queue and"),
        (lambda: tf.train.batch_join([], 2), ValueError, "Expected at least one set of tensors"),
        (
            lambda: tf.train.batch_join([[1], [1.5]], 2),
            TypeError,
            r"Expected types to be consistent: int32 vs\. float32",
        ),
        (
            lambda: tf.train.batch_join([{"a": 1}, {"b": 1}], 2),
            ValueError,
            "All dictionaries in tensors_list must have the same keys",
        ),
        (
            lambda: tf.train.maybe_batch([[1, 2]], [True, False], 2),
            ValueError,
            "`keep_input` cannot be a vector when `enqueue_many=False`",
        ),
        (
            lambda: tf.train.maybe_batch([[1, 2]], [[True, False]], 2, enqueue_many=True),
            ValueError,
            "`keep_input` must be 0 or 1 dimensions",
        ),
        (
            lambda: tf.train.shuffle_batch([1], 2, 4, 5),
            ValueError,
            "capacity 4 must be bigger than min_after_dequeue 5",
        ),
        (
            lambda: tf.train.maybe_batch([sparse()], tf.placeholder(tf.bool, []), 2),
            NotImplementedError,
            "sparse tensors with a `keep_input` that may be False",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_an_empty_tensor_of_names_is_refused_when_run():
    names = tf.placeholder(tf.string, [None])
    tf.train.string_input_producer(names)
    runner = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)[0]
    text = "string_input_producer requires a non-null input tensor"
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match=text):
        sess.run(runner.enqueue_ops[0], {names: []})
