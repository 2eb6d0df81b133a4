"""Graphs written and read again are the same graphs."""

import numpy as np
import pytest
from google.protobuf import text_format

import flowgraph as tf
from flowgraph.graphdef.meta import export_meta_graph, import_scoped_meta_graph

from .programs import PROGRAMS, build, losses


def read(message, name=""):
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(7)
        tf.import_graph_def(message, name=name)
    return graph


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_survives(name):
    graph = build(name)
    message = graph.as_graph_def(add_shapes=True)
    copy = read(tf.GraphDef.FromString(message.SerializeToString()))
    assert copy.as_graph_def(add_shapes=True) == message
    assert losses(copy) == losses(graph)


def test_text_survives():
    message = build("sgd").as_graph_def()
    assert text_format.Parse(str(message), tf.GraphDef()) == message


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("scope", [None, "outer"])
def test_a_meta_graph_brings_its_variables(tmp_path, as_text, scope):
    graph = build("embedding")
    with graph.as_default():
        tf.add_to_collection("ends", graph.get_tensor_by_name("out:0"))
        tf.add_to_collection("ends", graph.get_operation_by_name("train"))
        tf.add_to_collection("numbers", 3)
        tf.add_to_collection("words", "a")
        tf.add_to_collection("shares", 0.5)
        before = {v.op.name: v.trainable for v in tf.global_variables()}
    path = str(tmp_path / "model.meta")
    export_meta_graph(graph, filename=path, as_text=as_text)
    with tf.Graph().as_default() as copy:
        found = import_scoped_meta_graph(path, import_scope=scope)
        prefix = f"{scope}/" if scope else ""
        variables = tf.global_variables()
        assert {v.op.name.removeprefix(prefix): v.trainable for v in variables} == before
        assert found == {v.name.removeprefix(prefix): v for v in variables}
        assert set(tf.trainable_variables()) <= set(variables)
        assert tf.train.get_global_step() in variables
        assert [e.name for e in copy.get_collection("ends")] == [f"{prefix}out:0", f"{prefix}train"]
        assert copy.get_collection("numbers") + copy.get_collection("shares") == [3, 0.5]
        assert copy.get_collection("words") == [b"a"]
        w = found["table:0"]
        with tf.Session() as session:
            session.run(tf.variables_initializer([w]))
            assert session.run(w).shape == (10, 4)


def test_collections_without_a_form_in_files_are_left_out(caplog):
    with tf.Graph().as_default() as graph:
        tf.add_to_collection("objects", object())
        tf.add_to_collection("mixed", 1)
        tf.add_to_collection("mixed", "a")
        tf.add_to_collection(("a", "tuple"), 1)
        tf.add_to_collection("fine", 1)
    assert list(export_meta_graph(graph).collection_def) == ["fine"]
    assert "Issue encountered when serializing objects.\nType is unsupported" in caplog.text


def test_a_saver_and_devices():
    with tf.Graph().as_default() as graph, tf.device("/gpu:0"):
        tf.constant(1.0, name="a")
    saver = tf.train.SaverDef(filename_tensor_name="save/Const:0")
    message = export_meta_graph(graph, saver_def=saver, clear_devices=True, collection_list=[])
    assert message.saver_def == saver
    assert message.graph_def.node[0].device == ""
    assert graph.as_graph_def().node[0].device == "/device:GPU:0"


@pytest.mark.parametrize("as_text", [False, True])
def test_write_graph(tmp_path, as_text):
    graph = build("sgd")
    path = tf.train.write_graph(graph, str(tmp_path / "new"), "graph", as_text=as_text)
    data = (tmp_path / "new" / "graph").read_bytes()
    assert path == str(tmp_path / "new" / "graph")
    message = (
        text_format.Parse(data.decode(), tf.GraphDef()) if as_text else tf.GraphDef.FromString(data)
    )
    assert message == graph.as_graph_def()


def test_nodes_have_the_attributes_of_tensorflow():
    with tf.Graph().as_default() as graph:
        a = tf.placeholder(tf.float32, [None, 2], name="a")
        w = tf.Variable([[1.0, 2.0]], name="w")
        with tf.control_dependencies([w.initializer, a.op]):
            parts = tf.split(a, 2, axis=1, name="parts")
        tf.add_n([parts[1], parts[0]], name="sum")
        tf.cast(a, tf.int32, name="cast")
    nodes = {node.name: node for node in graph.as_graph_def(add_shapes=True).node}
    assert list(nodes["sum"].input) == ["parts:1", "parts"]
    assert list(nodes["parts/split_dim"].input) == ["^a", "^w/Assign"]
    assert dict(nodes["sum"].attr.items()).keys() == {"N", "T", "_output_shapes"}
    assert (nodes["sum"].attr["N"].i, nodes["sum"].attr["T"].type) == (2, 1)
    assert not nodes["cast"].attr["Truncate"].b
    assert nodes["w/Assign"].attr["_class"].list.s == [b"loc:@w"]
    shape = nodes["sum"].attr["_output_shapes"].list.shape[0]
    assert [d.size for d in shape.dim] == [-1, 1]
    assert graph.get_operation_by_name("sum").node_def.op == "AddN"


def test_later_nodes_only():
    with tf.Graph().as_default() as graph:
        tf.constant(1.0, name="a")
        version = graph.version
        tf.constant(1.0, name="b")
    assert [node.name for node in graph.as_graph_def(from_version=version).node] == ["b"]


@pytest.mark.parametrize("scope", ["", "outer"])
def test_strings_and_odd_values_survive(scope):
    values = [
        np.array([b"a", b"", b"\xff\x00"], dtype=object),
        np.array(["x"], dtype=object),
        np.array([np.nan, -0.0, np.inf]),
        np.array(3, dtype=np.uint8),
        np.zeros((0, 3), dtype=np.int64),
        np.array([1 + 2j, 3], dtype=np.complex64),
    ]
    with tf.Graph().as_default() as graph:
        names = [tf.constant(value).name for value in values]
    copy = read(graph.as_graph_def(), scope)
    prefix = f"{scope}/" if scope else ""
    found = tf.Session(graph=copy).run([prefix + name for name in names])
    for value, result in zip(values, found, strict=True):
        expected = np.array([b"x"], dtype=object) if value.tolist() == ["x"] else value
        np.testing.assert_array_equal(result, expected)
    assert str(found[2].tolist()) == "[nan, -0.0, inf]"
