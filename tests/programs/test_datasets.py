"""Programs that read their data through `tf.data`, as courses and tutorials write them."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.datasets import mnist_sample

tfe = tf.data.experimental


@pytest.fixture(scope="module")
def digits():
    images, labels = mnist_sample()
    return images.reshape(-1, 784), labels


def classifier(images, labels):
    """Return the training operation and the share of right answers of a softmax regression."""
    with tf.variable_scope("classifier", reuse=tf.AUTO_REUSE):
        weights = tf.get_variable("w", [784, 10], initializer=tf.zeros_initializer())
        biases = tf.get_variable("b", [10], initializer=tf.zeros_initializer())
    logits = tf.matmul(images, weights) + biases
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    right = tf.equal(tf.argmax(logits, 1), tf.cast(labels, tf.int64))
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    return train, tf.reduce_mean(tf.cast(right, tf.float32))


def prepared(image, label):
    return tf.cast(image, tf.float32) / 255.0, label


def test_one_structure_for_training_and_for_testing(digits):
    images, labels = digits
    train = tf.data.Dataset.from_tensor_slices((images[:4000], labels[:4000]))
    train = train.map(prepared).shuffle(1000, seed=1).batch(100).prefetch(1)
    test = tf.data.Dataset.from_tensor_slices((images[4000:], labels[4000:]))
    test = test.map(prepared).batch(1000)
    iterator = tf.data.Iterator.from_structure(train.output_types, train.output_shapes)
    step, accuracy = classifier(*iterator.get_next())
    start_training = iterator.make_initializer(train)
    start_testing = iterator.make_initializer(test)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run(start_training)
            steps = 0
            while True:
                try:
                    session.run(step)
                    steps += 1
                except tf.errors.OutOfRangeError:
                    break
            assert steps == 40
        session.run(start_testing)
        assert session.run(accuracy) > 0.85


def test_records_decoded_by_several_threads_and_a_fed_handle(digits, tmp_path):
    images, labels = digits
    for part in range(2):
        with tf.python_io.TFRecordWriter(str(tmp_path / f"{part}.tfrecord")) as writer:
            for image, label in zip(images[part::2], labels[part::2], strict=True):
                writer.write(np.uint8([label, *image]).tobytes())

    def decoded(record):
        values = tf.reshape(tf.decode_raw(record, tf.uint8), [785])
        return tf.cast(values[1:], tf.float32) / 255.0, tf.cast(values[0], tf.int32)

    files = tf.data.Dataset.list_files(str(tmp_path / "*.tfrecord"), shuffle=False)
    records = files.interleave(tf.data.TFRecordDataset, cycle_length=2, num_parallel_calls=2)
    pairs = records.map(decoded, num_parallel_calls=tfe.AUTOTUNE)
    held_out = pairs.take(500).batch(500)
    train = pairs.skip(500).cache().apply(tfe.shuffle_and_repeat(1000, seed=2))
    train = train.batch(100, drop_remainder=True).prefetch(tfe.AUTOTUNE)
    assert train.output_shapes[0].as_list() == [100, 784]
    handle = tf.placeholder(tf.string, [])
    iterator = tf.data.Iterator.from_string_handle(
        handle, train.output_types, held_out.output_shapes
    )
    step, accuracy = classifier(*iterator.get_next())
    trained, checked = train.make_one_shot_iterator(), held_out.make_initializable_iterator()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        feeds = [{handle: session.run(i.string_handle())} for i in (trained, checked)]
        for _ in range(120):
            session.run(step, feeds[0])
        session.run(checked.initializer)
        assert session.run(accuracy, feeds[1]) > 0.85
        with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence"):
            session.run(accuracy, feeds[1])


def test_sentences_of_a_text_looked_up_padded_and_put_in_buckets(tmp_path):
    path = tmp_path / "sentences.txt"
    path.write_text("the cat sat\nthe dog\na cat and a dog and a bird sat\nthe bird sat\n")
    words = sorted({word for line in path.read_text().splitlines() for word in line.split()})
    table = tf.contrib.lookup.index_table_from_tensor(words, num_oov_buckets=1)
    dataset = tf.data.TextLineDataset(str(path)).map(
        lambda line: table.lookup(tf.string_split([line]).values)
    )
    dataset = dataset.map(lambda ids: {"ids": ids, "length": tf.size(ids)})
    dataset = dataset.apply(
        tfe.bucket_by_sequence_length(
            lambda e: e["length"], [4], [2, 2], {"ids": [None], "length": []}
        )
    )
    iterator = dataset.make_initializable_iterator()
    batch = iterator.get_next()
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        session.run(iterator.initializer)
        found = [session.run(batch) for _ in range(3)]
    assert [b["length"].tolist() for b in found] == [[3, 2], [3], [9]]
    spelled = [[words[i] for i in row] for row in found[0]["ids"]]
    assert spelled == [["the", "cat", "sat"], ["the", "dog", words[0]]]


def test_generated_samples_fit_a_line():
    def samples():
        numbers = np.random.RandomState(0)
        while True:
            x = numbers.rand()
            yield x, 3.0 * x + 1.0

    dataset = tf.data.Dataset.from_generator(samples, (tf.float32, tf.float32), ([], []))
    x, y = dataset.batch(32).make_one_shot_iterator().get_next()
    slope, offset = tf.Variable(0.0), tf.Variable(0.0)
    loss = tf.reduce_mean(tf.square(slope * x + offset - y))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(400):
            session.run(step)
        assert session.run([slope, offset]) == pytest.approx([3.0, 1.0], abs=1e-2)
