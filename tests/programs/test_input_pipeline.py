"""Input pipelines as the guides of TensorFlow 1 write them: files, queues, threads, training."""

import threading

import numpy as np
import pytest

import flowgraph as tf
from tests.threads import threads_end  # noqa: F401 - an autouse fixture


def write_digits(path, count):
    """Write images of 4x4 with one bright row, which is the label."""
    rng = np.random.RandomState(0)
    with tf.python_io.TFRecordWriter(path) as writer:
        for i in range(count):
            label = i % 4
            image = rng.randint(0, 80, size=(4, 4), dtype=np.uint8)
            image[label] += 150
            features = {
                "image_raw": tf.train.Feature(
                    bytes_list=tf.train.BytesList(value=[image.tobytes()])
                ),
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())


def read_and_decode(filename_queue):
    reader = tf.TFRecordReader()
    _, serialized_example = reader.read(filename_queue)
    features = tf.parse_single_example(
        serialized_example,
        features={
            "image_raw": tf.FixedLenFeature([], tf.string),
            "label": tf.FixedLenFeature([], tf.int64),
        },
    )
    image = tf.decode_raw(features["image_raw"], tf.uint8)
    image.set_shape([16])
    image = tf.cast(image, tf.float32) * (1.0 / 255) - 0.5
    return image, tf.cast(features["label"], tf.int32)


def test_training_from_records_until_the_epochs_are_over(tmp_path):
    paths = [str(tmp_path / f"train-{i}.tfrecords") for i in range(2)]
    for path in paths:
        write_digits(path, 100)
    with tf.name_scope("input"):
        queue = tf.train.string_input_producer(paths, num_epochs=6, seed=1)
        image, label = read_and_decode(queue)
        images, labels = tf.train.shuffle_batch(
            [image, label], batch_size=20, num_threads=2, capacity=120, min_after_dequeue=60, seed=1
        )
    w = tf.get_variable("w", [16, 4], initializer=tf.zeros_initializer())
    b = tf.get_variable("b", [4], initializer=tf.zeros_initializer())
    logits = tf.matmul(images, w) + b
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    step = tf.Variable(0, trainable=False)
    train_op = tf.train.GradientDescentOptimizer(0.5).minimize(loss, global_step=step)
    init_op = tf.group(tf.global_variables_initializer(), tf.local_variables_initializer())

    sess = tf.Session()
    sess.run(init_op)
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coord)
    losses = []
    try:
        while not coord.should_stop():
            _, value = sess.run([train_op, loss])
            losses.append(value)
    except tf.errors.OutOfRangeError as error:
        assert "is closed and has insufficient elements (requested 20, current size 0)" in str(
            error
        )
    finally:
        coord.request_stop()
    coord.join(threads)
    assert sess.run(step) == 60
    sess.close()
    assert len(losses) == 60
    assert losses[0] == pytest.approx(np.log(4), rel=1e-5)
    assert losses[-1] < 0.2


def test_comma_separated_values_in_batches(tmp_path):
    for number in range(3):
        rows = "".join(f"{number * 4 + i},{i / 4},{'ab'[i % 2]}\n" for i in range(4))
        (tmp_path / f"file{number}.csv").write_text("id,x,kind\n" + rows)
    names = tf.train.match_filenames_once(str(tmp_path / "*.csv"))
    queue = tf.train.string_input_producer(names, num_epochs=1, shuffle=False)
    key, value = tf.TextLineReader(skip_header_lines=1).read(queue)
    number, x, kind = tf.decode_csv(value, record_defaults=[[0], [0.0], [""]])
    batch = tf.train.batch([number, x, kind, key], batch_size=5, allow_smaller_final_batch=True)
    found = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(coord=coord)
        try:
            while True:
                found.append(sess.run(batch))
        except tf.errors.OutOfRangeError:
            coord.request_stop()
        coord.join(threads)
    assert [len(numbers) for numbers, *_ in found] == [5, 5, 2]
    assert np.concatenate([numbers for numbers, *_ in found]).tolist() == list(range(12))
    assert found[0][2].tolist() == [b"a", b"b", b"a", b"b", b"a"]
    assert found[2][3].tolist() == [f"{tmp_path}/file2.csv:{n}".encode() for n in (4, 5)]


def test_a_thread_of_the_program_feeds_a_queue():
    queue = tf.FIFOQueue(capacity=10, dtypes=[tf.float32, tf.int32], shapes=[[2], []])
    x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.int32, [])
    enqueue = queue.enqueue([x, y])
    images, labels = queue.dequeue_many(8)
    total = tf.reduce_sum(images, axis=1)
    with tf.Session() as sess:
        coord = tf.train.Coordinator()

        def load():
            number = 0
            with coord.stop_on_exception():
                while not coord.should_stop():
                    sess.run(enqueue, feed_dict={x: [number, 1], y: number})
                    number += 1

        thread = threading.Thread(target=load)
        thread.start()
        for step in range(5):
            sums, numbers = sess.run([total, labels])
            assert numbers.tolist() == list(range(8 * step, 8 * step + 8))
            assert sums.tolist() == (numbers + 1).tolist()
        coord.request_stop()
        sess.run(queue.close(cancel_pending_enqueues=True))
        with pytest.raises(tf.errors.CancelledError, match=r"is closed\.|was cancelled"):
            coord.raise_requested_exception()
            coord.join([thread])
            sess.run(enqueue, feed_dict={x: [0, 1], y: 0})


def test_a_monitored_session_starts_the_queue_runners(tmp_path):
    path = str(tmp_path / "numbers.tfrecords")
    with tf.python_io.TFRecordWriter(path) as writer:
        for n in range(10):
            writer.write(str(n).encode())
    queue = tf.train.string_input_producer([path], num_epochs=1)
    _, value = tf.TFRecordReader().read(queue)
    batch = tf.train.batch([value], 5)
    tf.train.get_or_create_global_step()
    found = []
    with tf.train.MonitoredSession() as sess:
        while not sess.should_stop():
            found += sess.run(batch).tolist()
    assert found == [str(n).encode() for n in range(10)]
