"""How far iterators have come is saved and restored, by IteratorPosition and ResumeIterator."""

import numpy as np
import pytest

import flowgraph as tf

PIPELINES = {
    "range": lambda: tf.data.Dataset.range(20),
    "seeded": lambda: tf.data.Dataset.range(20).shuffle(6, seed=3).repeat(3).batch(4),
    "unseeded": lambda: tf.data.Dataset.range(20).shuffle(6).repeat(3).batch(4).prefetch(2),
    "random": lambda: tf.data.experimental.RandomDataset().map(lambda x: x % 7),
    "fused": lambda: tf.data.Dataset.range(9).apply(tf.data.experimental.shuffle_and_repeat(4)),
    "interleaved": lambda: tf.data.Dataset.range(4).interleave(
        lambda n: tf.data.Dataset.range(n, n + 6).shuffle(6).map(lambda x: x * 2),
        cycle_length=2,
        num_parallel_calls=2,
    ),
    "cached": lambda: tf.data.Dataset.range(5).cache().repeat().map(tf.negative, 2).skip(1),
}


@pytest.fixture
def prefix(tmp_path):
    return str(tmp_path / "input")


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("count", [0, 5])
def test_it_goes_on_where_it_was(name, count, prefix):
    iterator = PIPELINES[name]().make_initializable_iterator()
    element = iterator.get_next()
    saver = tf.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
    with tf.Session() as session:
        session.run(iterator.initializer)
        for _ in range(count):
            session.run(element)
        saver.save(session, prefix)
        expected = [session.run(element).tolist() for _ in range(8)]
        saver.restore(session, prefix)
        assert [session.run(element).tolist() for _ in range(8)] == expected
    with tf.Session() as session:
        session.run(iterator.initializer)
        session.run(element)
        saver.restore(session, prefix)
        assert [session.run(element).tolist() for _ in range(8)] == expected
        saver.save(session, prefix)
        following = session.run(element).tolist()
        saver.restore(session, prefix)
        assert session.run(element).tolist() == following


def test_the_end_is_a_position(prefix):
    iterator = tf.data.Dataset.range(2).make_one_shot_iterator()
    element = iterator.get_next()
    saver = tf.contrib.data.make_saveable_from_iterator(iterator)
    tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, saver)
    saver = tf.train.Saver()
    with tf.Session() as session:
        session.run([element, element])
        for _ in range(2):
            with pytest.raises(tf.errors.OutOfRangeError):
                for _ in range(3):
                    session.run(element)
            saver.save(session, prefix)
    with tf.Session() as session:
        saver.restore(session, prefix)
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(element)


def generated():
    return tf.data.Dataset.from_generator(lambda: iter([1, 2]), tf.int32)


def noisy():
    return tf.data.Dataset.range(3).map(lambda x: tf.random_uniform([]))


def python():
    return tf.data.Dataset.range(3).map(lambda x: tf.py_func(np.negative, [x], tf.int64))


@pytest.mark.parametrize("make", [generated, noisy, python])
def test_stateful_datasets_are_not_saved(make, prefix):
    iterator = make().make_initializable_iterator()
    saver = tf.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
    with tf.Session() as session:
        session.run(iterator.initializer)
        with pytest.raises(tf.errors.FailedPreconditionError, match="is stateful"):
            saver.save(session, prefix)


def test_an_iterator_without_a_dataset(prefix):
    iterator = tf.data.Dataset.range(3).make_initializable_iterator()
    saver = tf.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
    with tf.Session() as session:
        message = r"Save\(\) failed because the iterator has not been initialized"
        with pytest.raises(tf.errors.FailedPreconditionError, match=message):
            saver.save(session, prefix)
        session.run(iterator.initializer)
        saver.save(session, prefix)
    with tf.Session() as session:
        message = r"Restore\(\) failed because the iterator has not been initialized"
        with pytest.raises(tf.errors.FailedPreconditionError, match=message):
            saver.restore(session, prefix)


class Estimator:
    """What the hook asks of an estimator."""

    def __init__(self, model_dir):
        self.model_dir = model_dir
        self.config = self
        self.num_worker_replicas = 1
        self.save_checkpoints_secs, self.save_checkpoints_steps = None, 2


def test_a_hook_saves_all_iterators(tmp_path):
    step = tf.train.get_or_create_global_step()
    element = tf.data.Dataset.range(30).shuffle(9).make_one_shot_iterator().get_next()
    with tf.control_dependencies([element]):
        train = tf.assign_add(step, 1)
    seen = []
    for count in (3, 4):
        hook = tf.data.experimental.CheckpointInputPipelineHook(Estimator(str(tmp_path)))
        with tf.train.MonitoredSession(hooks=[hook]) as session:
            seen += [int(session.run([element, train])[0]) for _ in range(count)]
    assert len(set(seen)) == 7
    assert (tmp_path / "checkpoint_input").exists()
    assert not list(tmp_path.glob("*.meta"))


def test_a_hook_needs_an_iterator(tmp_path):
    tf.train.get_or_create_global_step()
    hook = tf.data.experimental.CheckpointInputPipelineHook(Estimator(str(tmp_path)))
    with pytest.raises(ValueError, match="the graph has no iterators"):
        tf.train.MonitoredSession(hooks=[hook])
