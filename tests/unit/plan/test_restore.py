"""Restoring variables: where the values are read to, and what happens if they cannot be."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.checkpointing import RestoreV2, StoredTensor
from flowgraph.ops.core import apply_all

A = np.arange(6, dtype=np.float32).reshape(2, 3)
B = np.arange(8, dtype=np.float32)


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint of the variables a and b, which the graph has too."""
    a, b = tf.Variable(A, name="a"), tf.Variable(B, name="b")
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run([a.initializer, b.initializer])
        path = saver.save(sess, str(tmp_path / "model"), write_meta_graph=False)
    return path, saver, a, b


@pytest.fixture
def targets(monkeypatch):
    """The memory that each tensor is read to."""
    made = []
    read = StoredTensor.read

    def recorded(self, out=None):
        made.append(out)
        return read(self, out)

    monkeypatch.setattr(StoredTensor, "read", recorded)
    return made


def test_the_first_value_of_a_variable_is_read_once(checkpoint, targets, monkeypatch):
    path, saver, a, b = checkpoint
    checked = []
    check = StoredTensor.check
    monkeypatch.setattr(StoredTensor, "check", lambda self: (checked.append(self), check(self)))
    with tf.Session() as sess:
        sess.run(b.initializer)
        saver.restore(sess, path)
        np.testing.assert_array_equal(sess.run(a), A)
        np.testing.assert_array_equal(sess.run(b), B)
    assert [tensor.shape for tensor in checked] == [B.shape]
    assert targets[0] is None and targets[1].shape == B.shape


def test_values_are_read_into_the_memory_of_variables(checkpoint, targets):
    path, saver, a, b = checkpoint
    with tf.Session() as sess:
        sess.run([a.assign(-A), b.assign(-B)])
        saver.restore(sess, path)
        first = list(targets)
        sess.run([a.assign(-A), b.assign(-B)])
        saver.restore(sess, path)
        assert [out.shape for out in first] == [A.shape, B.shape]
        assert all(again is out for again, out in zip(targets[2:], first, strict=True))
        np.testing.assert_array_equal(sess.run(a), A)
        np.testing.assert_array_equal(sess.run(b), B)
        twice = sess.run(a * 2)  # of a plan that was bound to the memory
        assert twice[1, 2] == 10 and first[0][1, 2] == 5


def restored(path, **taken):
    """Assign what is read, of a checkpoint with a and b, to variables."""
    op = RestoreV2(dtypes=(tf.float32,) * len(taken))
    values = apply_all(op, path, list(taken), [""] * len(taken))
    return values, [tf.assign(v, x) for v, x in zip(taken.values(), values, strict=True)]


def test_what_is_fetched_or_used_twice_is_memory_of_its_own(checkpoint, targets):
    path, _, a, b = checkpoint
    values, writes = restored(path, a=a, b=b)
    with tf.Session() as sess:
        _, found = sess.run([writes, values[1]])
        found += 1
        np.testing.assert_array_equal(sess.run(b), B)
        _, double = sess.run([writes, values[0] * 2])
        np.testing.assert_array_equal(double, A * 2)
        assert targets == [None] * 4
        sess.run(writes[:1])  # the other one is read for nobody
    assert targets == [None] * 6


def test_the_file_must_stay_as_it_is_until_all_is_read(checkpoint, targets):
    path, _, a, b = checkpoint
    (_, y), (first, _) = restored(path, a=a, b=b)
    with tf.control_dependencies([first]):
        change = tf.py_func(lambda: np.float32(0), [], tf.float32)
    with tf.control_dependencies([change]):
        late = tf.assign(b, y)
    with tf.Session() as sess:
        sess.run(late)
    assert targets == [None, None]


def test_a_damaged_checkpoint_changes_no_variable(checkpoint):
    path, saver, a, b = checkpoint
    data = f"{path}.data-00000-of-00001"
    with open(data, "r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x55")
    with tf.Session() as sess:
        sess.run([a.assign(-A), b.assign(-B)])
        with pytest.raises(tf.errors.DataLossError, match="Checksum does not match") as caught:
            saver.restore(sess, path)
        assert caught.value.op.type == "RestoreV2"
        np.testing.assert_array_equal(sess.run(a), -A)
        np.testing.assert_array_equal(sess.run(b), -B)


def test_a_variable_that_was_read_by_half_has_no_value(checkpoint, monkeypatch):
    path, saver, a, b = checkpoint
    twice = a * 2

    def fails(self, out):
        out[0] = 99
        raise tf.errors.DataLossError(None, None, "the disk is gone")

    with tf.Session() as sess:
        saver.restore(sess, path)
        sess.run(twice)
        with monkeypatch.context() as patch:
            patch.setattr(StoredTensor, "read", fails)
            with pytest.raises(tf.errors.DataLossError, match="the disk is gone"):
                saver.restore(sess, path)
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value a"):
            sess.run(twice)
        np.testing.assert_array_equal(sess.run(b), B)
        saver.restore(sess, path)
        np.testing.assert_array_equal(sess.run(twice), A * 2)


def test_another_shape_is_the_assignments_mistake(checkpoint):
    path, _, _, _ = checkpoint
    with tf.Graph().as_default(), tf.Session() as sess:
        other = tf.Variable(tf.zeros([4]), name="a")
        saver = tf.train.Saver()
        sess.run(other.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            saver.restore(sess, path)
        assert "Assign requires shapes of both tensors to match." in str(caught.value)
        np.testing.assert_array_equal(sess.run(other), np.zeros(4))


def test_parts_strings_and_resource_variables(tmp_path, targets):
    halves = tf.fixed_size_partitioner(2, axis=0)
    ones = tf.ones_initializer()
    parts = tf.get_variable("parts", [2, 3], initializer=ones, partitioner=halves)
    text = tf.Variable([b"one", b"two"], name="text")
    resource = tf.Variable(B, name="resource", use_resource=True)
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = saver.save(sess, str(tmp_path / "model"), write_meta_graph=False)
    with tf.Session() as sess:
        for _ in range(2):
            saver.restore(sess, path)
            np.testing.assert_array_equal(sess.run(tf.convert_to_tensor(parts)), np.ones((2, 3)))
            assert list(sess.run(text)) == [b"one", b"two"]
            np.testing.assert_array_equal(sess.run(resource), B)
            sess.run(
                [text.assign([b"", b"x"]), resource.assign(-B), *(p.assign(-p) for p in parts)]
            )
    read, again = targets[:4], targets[4:]
    assert read == [None] * 4
    assert len(again) == 4 and all(out is not None for out in again)
