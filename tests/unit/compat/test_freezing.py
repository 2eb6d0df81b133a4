"""`freeze_graph`: from a graph, a meta graph and a SavedModel."""

import re

import pytest

import flowgraph as tf
from flowgraph.compat.freezing import freeze_graph

DEFAULTS = {
    "input_graph": "",
    "input_saver": "",
    "input_binary": True,
    "input_checkpoint": "",
    "output_node_names": "y",
    "restore_op_name": None,
    "filename_tensor_name": None,
    "output_graph": "",
    "clear_devices": False,
    "initializer_nodes": "",
}


@pytest.fixture
def saved(tmp_path):
    """A graph in every form, with its checkpoint."""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        with tf.device("/cpu:0"):
            x = tf.placeholder(tf.float32, [None], name="x")
        y = tf.add(x * tf.Variable(3.0, name="w"), tf.Variable(1.0, name="b"), name="y")
        sess.run(tf.global_variables_initializer())
        tf.assign(graph.get_tensor_by_name("b:0"), 5.0, name="five")
        saver = tf.train.Saver()
        checkpoint = saver.save(sess, str(tmp_path / "model"))
        tf.saved_model.simple_save(sess, str(tmp_path / "saved"), {"x": x}, {"y": y})
        (tmp_path / "saver").write_bytes(saver.as_saver_def().SerializeToString())
        return {
            "input_graph": tf.train.write_graph(graph, str(tmp_path), "graph.pb", as_text=False),
            "input_checkpoint": checkpoint,
        }


def value(frozen):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(frozen, name="")
        return sess.run("y:0", {"x:0": [1.0, 2.0]}).tolist()


FORMS = {
    "graph": lambda path: {},
    "saver": lambda path: {"input_saver": str(path / "saver")},
    "meta graph": lambda path: {"input_meta_graph": str(path / "model.meta")},
    "saved model": lambda path: {
        "input_saved_model_dir": str(path / "saved"),
        "input_checkpoint": "",
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_variables_become_constants(saved, tmp_path, form):
    file = tmp_path / "frozen.pb"
    options = DEFAULTS | saved | {"output_graph": str(file)} | FORMS[form](tmp_path)
    frozen = freeze_graph(**options)
    assert value(frozen) == [4.0, 7.0]
    assert {node.op for node in frozen.node} == {"Placeholder", "Const", "Identity", "Mul", "Add"}
    assert tf.GraphDef.FromString(file.read_bytes()) == frozen


def test_devices_and_other_values(saved):
    options = DEFAULTS | saved | {"clear_devices": True, "initializer_nodes": "five"}
    frozen = freeze_graph(**options)
    assert value(frozen) == [8.0, 11.0]
    assert {node.device for node in frozen.node} == {""}


def test_some_variables_stay(saved):
    for option in ({"variable_names_whitelist": "w"}, {"variable_names_blacklist": "b"}):
        frozen = freeze_graph(**DEFAULTS | saved | option)
        kinds = {node.name: node.op for node in frozen.node}
        assert (kinds["w"], kinds["b"]) == ("Const", "VariableV2")


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"input_checkpoint": "gone"}, ValueError, "Input checkpoint 'gone' doesn't exist!"),
        ({"output_node_names": ""}, ValueError, "You need to supply the name of a node"),
        ({"input_graph": "gone"}, OSError, "Input graph file 'gone' does not exist!"),
        ({"input_saver": "gone"}, OSError, "Input saver file 'gone' does not exist!"),
        ({"input_binary": False}, OSError, "Cannot parse file "),
        ({"checkpoint_version": 1}, NotImplementedError, "freeze_graph with checkpoint_version=1"),
    ],
)
def test_what_cannot_be_frozen(saved, options, error, text):
    with pytest.raises(error, match=f"^{re.escape(text)}"):
        freeze_graph(**DEFAULTS | saved | options)


def test_a_graph_cannot_be_frozen_twice(saved, tmp_path):
    file = str(tmp_path / "frozen.pb")
    freeze_graph(**DEFAULTS | saved | {"output_graph": file})
    with pytest.raises(ValueError, match="You cannot freeze a graph twice"):
        freeze_graph(**DEFAULTS | saved | {"input_graph": file})
