"""Looking into checkpoints; texts were recorded from TensorFlow 1.15."""

import re
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

DATA = Path(__file__).parent / "data"
PATH = str(DATA / "model.ckpt-3")
FORMATS = Path(__file__).parents[1] / "formats" / "data"


def test_what_a_checkpoint_of_tensorflow_holds():
    reader = tf.train.NewCheckpointReader(PATH)
    assert reader.get_variable_to_shape_map() == {
        "b": [1],
        "b/Momentum": [1],
        "global_step": [],
        "w": [2, 1],
        "w/Momentum": [2, 1],
    }
    assert reader.get_variable_to_dtype_map()["global_step"] is tf.int64
    assert reader.debug_string().splitlines()[2:4] == [
        b"global_step (DT_INT64) []",
        b"w (DT_FLOAT) [2,1]",
    ]
    assert reader.has_tensor("w")
    assert not reader.has_tensor("q")


def test_names_and_values_of_any_type():
    reader = tf.train.NewCheckpointReader(PATH.encode())
    assert reader.has_tensor(b"w")
    step = reader.get_tensor("global_step")
    assert (step, type(step)) == (3, np.int64)
    assert reader.get_tensor(b"w").shape == (2, 1)
    strings = tf.train.NewCheckpointReader(str(FORMATS / "every_dtype"))
    assert strings.get_tensor("string/0") == b"ab"


@pytest.mark.parametrize("name", ["every_dtype_v1", "every_dtype_v1_snappy"])
def test_the_first_format(name):
    reader = tf.train.load_checkpoint(str(FORMATS / name))
    assert reader.get_variable_to_shape_map()["part"] == [4, 6]
    assert reader.get_tensor("part")[3, 5] == 23.0


def test_a_directory_stands_for_its_latest():
    assert tf.train.list_variables(str(DATA)) == tf.train.list_variables(PATH)
    assert tf.train.list_variables(PATH)[0] == ("b", [1])
    assert tf.train.load_variable(str(DATA), "global_step") == 3
    assert tf.train.load_variable(PATH, "w:0")[1, 0] == pytest.approx(-0.6602499, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: tf.train.NewCheckpointReader("e/zzz"),
            tf.errors.NotFoundError,
            "Unsuccessful TensorSliceReader constructor: Failed to find any matching files for "
            "e/zzz",
        ),
        (
            lambda: tf.train.NewCheckpointReader(None),
            TypeError,
            "Expected binary or unicode string, got None",
        ),
        (
            lambda: tf.train.load_variable(PATH, "q"),
            tf.errors.NotFoundError,
            "Key q not found in checkpoint",
        ),
        (
            lambda: tf.train.load_checkpoint(str(FORMATS)),
            ValueError,
            f"Couldn't find 'checkpoint' file or checkpoints in given directory {FORMATS}",
        ),
    ],
)
def test_what_is_not_there(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


# -- init_from_checkpoint --------------------------------------------------------------------


@pytest.fixture
def path(tmp_path):
    with tf.Graph().as_default():
        for name, value in {"a": [1.0], "old/x": [2.0], "old/deep/y": [3.0]}.items():
            tf.get_variable(name, initializer=value)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            yield tf.train.Saver().save(sess, str(tmp_path / "model"))


def initialized():
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return {v.op.name: sess.run(v).tolist() for v in tf.global_variables()}


def zeros(*names):
    return [tf.get_variable(name, [1], initializer=tf.zeros_initializer()) for name in names]


def test_a_variable_starts_from_a_checkpoint(path):
    with tf.Graph().as_default():
        a, b, c = zeros("a", "b", "c")
        tf.train.init_from_checkpoint(path, {"a": "a", "old/x": b})
        assert initialized() == {"a": [1.0], "b": [2.0], "c": [0.0]}
        assert a.initial_value.op.type == "RestoreV2"
        assert a.initial_value.name == "checkpoint_initializer:0"
        assert a.initial_value.shape == (1,)
        assert a.initializer.name == "Assign"
        assert c.initial_value.op.type != "RestoreV2"


def test_all_variables_of_a_scope(path):
    with tf.Graph().as_default():
        zeros("new/x", "new/deep/y", "newer/x")
        tf.train.init_from_checkpoint(path, {"old/": "new/"})
        assert initialized() == {"new/x": [2.0], "new/deep/y": [3.0], "newer/x": [0.0]}


def test_the_outermost_scope(path):
    with tf.Graph().as_default():
        zeros("x", "deep/y")
        tf.train.init_from_checkpoint(path, {"old/": "/"})
        assert initialized() == {"x": [2.0], "deep/y": [3.0]}
    with tf.Graph().as_default():
        zeros("a", "old/x")
        tf.train.init_from_checkpoint(path, {"/": "/"})
        assert initialized() == {"a": [1.0], "old/x": [2.0]}


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ({"q": "w"}, "Tensor q is not found in "),
        (
            {"a": "w"},
            "Shape of variable w:0 ((2,)) doesn't match with shape of tensor a ([1]) from "
            "checkpoint reader.",
        ),
        ({"a": "none/w"}, "Assignment map with scope only name none should map to scope only a."),
        ({"old/": "s/"}, "Tensor old/z (z in old/) is not found in "),
    ],
)
def test_what_does_not_fit(path, assignment, message):
    with tf.Graph().as_default():
        tf.get_variable("w", [2])
        zeros("s/z")
        with pytest.raises(ValueError, match=re.escape(message)):
            tf.train.init_from_checkpoint(path, assignment)
