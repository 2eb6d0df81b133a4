"""SaveV2, RestoreV2, MergeV2Checkpoints, ShardedFilename and ShardedFilespec in sessions."""

import os

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.formats.checkpoint import open_checkpoint
from flowgraph.ops.checkpointing import (
    MergeV2Checkpoints,
    RestoreV2,
    SaveV2,
    ShardedFilename,
    ShardedFilespec,
)
from flowgraph.ops.core import apply, apply_all, build
from tests.unit.formats.every_dtype import PART, PARTS, values

QUANTIZED = ("qint8", "quint8", "qint16", "quint16", "qint32")


@pytest.fixture
def prefix(tmp_path):
    return str(tmp_path / "model")


def save(prefix, names, slices, tensors):
    with tf.Session() as sess:
        sess.run(build(SaveV2(), (prefix, names, slices, tensors)))


def restore(prefix, names, dtypes, slices=None):
    op = RestoreV2(dtypes=tuple(tf.as_dtype(dtype) for dtype in dtypes))
    tensors = apply_all(op, prefix, names, slices or [""] * len(names))
    return tensors, tf.Session().run(tensors)


def test_every_dtype_is_saved_and_restored(prefix):
    known = values(without=QUANTIZED)
    names = sorted(known)
    tensors = [tf.constant(known[n][1], known[n][0], known[n][1].shape) for n in names]
    save(prefix, names, [""] * len(names), tensors)
    made, found = restore(prefix, names, [known[n][0] for n in names])
    for name, tensor, value in zip(names, made, found, strict=True):
        expected = known[name][1]
        assert tensor.dtype is known[name][0]
        assert tensor.shape.rank is None
        assert np.shape(value) == expected.shape
        assert np.all(value == expected)
        if expected.dtype != object:
            assert value.dtype == expected.dtype


def test_parts_of_a_tensor(prefix):
    save(prefix, ["part"] * 3, list(PARTS), list(PARTS.values()))
    _, (whole,) = restore(prefix, ["part"], ["float32"])
    assert (whole == PART).all()
    slices = [*PARTS, "4 6 1,2:1,2", "4 6 -:0,1"]
    made, found = restore(prefix, ["part"] * 5, ["float32"] * 5, slices)
    assert [t.shape.as_list() for t in made] == [[2, 6], [2, 4], [2, 2], [2, 2], [4, 1]]
    expected = [*PARTS.values(), PART[1:3, 1:3], PART[:, :1]]
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


WRONG_DTYPE = "tensor_name = x; expected dtype int32 does not equal original dtype float"


@pytest.mark.parametrize(
    ("names", "kinds", "slices", "error", "message"),
    [
        (["y"], ["float32"], None, tf.errors.NotFoundError, "Key y not found in checkpoint"),
        (["x"], ["int32"], None, tf.errors.InvalidArgumentError, WRONG_DTYPE),
        (["x"], ["float32"], ["3 0,1"], tf.errors.InvalidArgumentError, r"\[3\] does not match"),
        (["x"], ["float32"], ["2"], ValueError, "does not say a start and a length"),
        (
            ["x", "x"],
            ["float32"],
            None,
            tf.errors.InvalidArgumentError,
            "Got 2 tensor names, but 1",
        ),
    ],
)
def test_what_cannot_be_restored(prefix, names, kinds, slices, error, message):
    save(prefix, ["x"], [""], [[1.0, 2.0]])
    with pytest.raises(error, match=message):
        restore(prefix, names, kinds, slices)


def test_what_cannot_be_saved(prefix):
    with pytest.raises(tf.errors.InvalidArgumentError, match="Got 2 tensor names but 1 tensors"):
        save(prefix, ["x", "y"], ["", ""], [[1.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Adding duplicate key: x"):
        save(prefix, ["x", "x"], ["", ""], [[1.0], [2.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse the slice"):
        save(prefix, ["x"], ["2 0,5"], [[1.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not fit its value"):
        save(prefix, ["x"], ["2 0,2"], [[1.0]])
    with pytest.raises(tf.errors.NotFoundError, match="No such file or directory"):
        save(prefix + "/a/b/c", ["x"], [""], [[1.0]])
    with pytest.raises(ValueError, match="Shape must be rank 1 but is rank 0"):
        save(prefix, "x", "", [[1.0]])
    assert not os.path.exists(prefix + ".index")


def test_shards_are_named_and_merged(tmp_path):
    prefix, parts = str(tmp_path / "model"), str(tmp_path / "temp" / "part")
    names = [apply(ShardedFilename(), parts, i, 2) for i in range(2)]
    saved = [
        build(SaveV2(), (name, [f"x{i}"], [""], [tf.constant([i])])) for i, name in enumerate(names)
    ]
    with tf.control_dependencies(saved):
        merged = build(MergeV2Checkpoints(), (tf.stack(names), prefix))
    with tf.Session() as sess:
        assert sess.run(names[1]).decode() == parts + "-00001-of-00002"
        sess.run(merged)
    assert sorted(os.listdir(tmp_path)) == [
        *(f"model.data-0000{i}-of-00002" for i in range(2)),
        "model.index",
    ]
    reader = open_checkpoint(prefix)
    assert [(name, *reader.read(name)) for name in reader.names()] == [("x0", 0), ("x1", 1)]


def test_a_pattern_of_shards():
    pattern = apply(ShardedFilespec(), "dir/model", 3)
    assert (pattern.shape, tf.Session().run(pattern)) == ((), b"dir/model-?????-of-00003")


def test_a_file_that_is_no_checkpoint_is_named_once(tmp_path):
    path = tmp_path / "text"
    path.write_text("no checkpoint, though it is long enough to have a footer of one")
    with pytest.raises(tf.errors.DataLossError, match="not an sstable") as caught:
        restore(str(path), ["x"], ["float32"])
    assert str(caught.value).startswith(f"Unable to open table file {path}: Data loss: not an ")
    assert "[[node RestoreV2 (defined at " in str(caught.value)
