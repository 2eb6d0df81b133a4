"""The ``checkpoint`` file; texts were recorded from TensorFlow 1.15."""

import os
import re

import pytest

import flowgraph as tf


@pytest.fixture
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("e")
    return "e"


def written():
    with open("e/checkpoint") as file:
        return file.read()


def touch(*names):
    for name in names:
        with open(name, "w"):
            pass


def test_relative_paths_are_written_relative_to_the_directory(directory):
    tf.train.update_checkpoint_state(
        "e", "e/m-1", ["e/m-0", "e/m-1"], all_model_checkpoint_timestamps=[1.5, 2.5]
    )
    assert written() == (
        'model_checkpoint_path: "m-1"\n'
        'all_model_checkpoint_paths: "m-0"\n'
        'all_model_checkpoint_paths: "m-1"\n'
        "all_model_checkpoint_timestamps: 1.5\n"
        "all_model_checkpoint_timestamps: 2.5\n"
    )
    state = tf.train.get_checkpoint_state("e")
    assert state.model_checkpoint_path == "e/m-1"
    assert list(state.all_model_checkpoint_paths) == ["e/m-0", "e/m-1"]
    assert list(state.all_model_checkpoint_timestamps) == [1.5, 2.5]


def test_absolute_paths_stay(directory):
    tf.train.update_checkpoint_state(
        "e", "/abs/e/m-1", ["e/m-0", "/abs/m-2"], last_preserved_timestamp=2.5
    )
    assert written() == (
        'model_checkpoint_path: "/abs/e/m-1"\n'
        'all_model_checkpoint_paths: "m-0"\n'
        'all_model_checkpoint_paths: "/abs/m-2"\n'
        'all_model_checkpoint_paths: "/abs/e/m-1"\n'
        "last_preserved_timestamp: 2.5\n"
    )


@pytest.mark.parametrize(
    ("arguments", "path", "paths"),
    [
        (("/q", "e/m-1"), "e/m-1", ["e/m-1"]),
        (("e", "e/m-1", ["/x/m-1", "m-2"]), "m-1", ["/x/m-1", "../m-2", "m-1"]),
    ],
)
def test_states(arguments, path, paths):
    state = tf.train.generate_checkpoint_state_proto(*arguments)
    assert state.model_checkpoint_path == path
    assert list(state.all_model_checkpoint_paths) == paths


def test_timestamps_must_match():
    message = (
        "Checkpoint timestamps, if provided, must match checkpoint paths (got paths ['e/m-1'] and "
        "timestamps [1.0, 2.0, 3.0])"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        tf.train.generate_checkpoint_state_proto(
            "e", "e/m-1", all_model_checkpoint_timestamps=[1.0, 2.0, 3.0]
        )


def test_a_checkpoint_of_the_name_of_the_file(tmp_path):
    path = str(tmp_path / "checkpoint")
    with pytest.raises(RuntimeError, match="conflicts with path used for checkpoint state"):
        tf.train.update_checkpoint_state(str(tmp_path), path)


def test_a_directory_that_is_missing(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="No such file or directory"):
        tf.train.update_checkpoint_state(str(tmp_path / "none"), "m-1")
    assert tf.train.get_checkpoint_state(str(tmp_path / "none")) is None
    assert tf.train.latest_checkpoint(str(tmp_path / "none")) is None


@pytest.mark.parametrize("content", [b"garbage", b"\xff\xfe", b'model_checkpoint_path: "m'])
def test_a_file_that_cannot_be_read_is_passed_over_with_a_warning(directory, caplog, content):
    with open("e/checkpoint", "wb") as file:
        file.write(content)
    with caplog.at_level("WARNING", "tensorflow"):
        assert tf.train.get_checkpoint_state("e") is None
    assert "e/checkpoint: Checkpoint ignored" in caplog.text


def test_a_file_that_names_nothing(directory):
    touch("e/checkpoint")
    with pytest.raises(ValueError, match="Invalid checkpoint state loaded from e"):
        tf.train.latest_checkpoint("e")


def test_the_latest_must_exist(directory, caplog):
    tf.train.update_checkpoint_state("e", "e/m-1")
    assert tf.train.latest_checkpoint("e") is None
    assert "Couldn't match files for checkpoint e/m-1" in caplog.text
    touch("e/m-1.index")
    assert tf.train.latest_checkpoint("e") == "e/m-1"
    tf.train.update_checkpoint_state("e", "e/m-1", latest_filename="other")
    assert tf.train.latest_checkpoint("e", "other") == "e/m-1"


def test_names_in_other_letters(directory):
    touch("e/模型-1.index")
    tf.train.update_checkpoint_state("e", "e/模型-1")
    assert tf.train.latest_checkpoint("e") == "e/模型-1"


def test_which_exist(directory):
    touch("e/new.index", "e/old", "e/shard-00000-of-00002", "e/[x].index")
    for prefix in ("e/new", "e/old", "e/shard-?????-of-00002", "e/[x]"):
        assert tf.train.checkpoint_exists(prefix)
    assert not tf.train.checkpoint_exists("e/none")
    os.utime("e/new.index", (5, 5))
    os.utime("e/old", (6, 6))
    assert tf.train.get_checkpoint_mtimes(["e/new", "e/none", "e/old"]) == [5.0, 6.0]


def test_removing(directory):
    kept = ["e/m-11.index", "e/m-11.data-00000-of-00001", "e/other"]
    touch(*kept, "e/m-1.index", "e/m-1.meta", "e/m-1.data-00000-of-00002")
    tf.train.remove_checkpoint("e/m-1")
    tf.train.remove_checkpoint("e/m-1")
    assert sorted(f"e/{name}" for name in os.listdir("e")) == sorted(kept)
    tf.train.remove_checkpoint("e/other", checkpoint_format_version=1)
    assert not os.path.exists("e/other")
