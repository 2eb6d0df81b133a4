"""Functions from GraphDef to GraphDef."""

import numpy as np
import pytest
from google.protobuf import text_format

import flowgraph as tf


def parse(text):
    return text_format.Parse(text, tf.GraphDef())


def test_the_part_that_a_node_depends_on():
    graph_def = parse(
        'node { name: "w" op: "VariableV2" } node { name: "u" op: "NoOp" } '
        'node { name: "a" op: "Split" input: "w" input: "^z" } '
        'node { name: "b" op: "Neg" input: "a:1" } node { name: "z" op: "NoOp" }'
    )
    part = tf.graph_util.extract_sub_graph(graph_def, ["b"])
    assert [node.name for node in part.node] == ["w", "a", "b", "z"]
    with pytest.raises(AssertionError, match=r"^k is not in graph$"):
        tf.graph_util.extract_sub_graph(graph_def, ["k"])
    with pytest.raises(TypeError, match=r"dest_nodes must be a list\."):
        tf.graph_util.extract_sub_graph(graph_def, "a")


def test_nodes_that_only_training_needs():
    graph_def = parse(
        'node { name: "a" op: "Const" } node { name: "i" op: "Identity" input: "a" } '
        'node { name: "c" op: "CheckNumerics" input: "i" } '
        'node { name: "k" op: "Identity" input: "a" } '
        'node { name: "b" op: "Neg" input: "c" input: "^k" } '
        'node { name: "out" op: "Identity" input: "b" }'
    )
    part = tf.graph_util.remove_training_nodes(graph_def, protected_nodes=["out"])
    found = [(node.name, list(node.input)) for node in part.node]
    assert found == [("a", []), ("k", ["a"]), ("b", ["a", "^k"]), ("out", ["b"])]


def test_variables_become_constants():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.Variable([[1.0], [2.0]], name="w")
        b = tf.Variable([0.5], name="b")
        tf.add(tf.matmul(x, w), b, name="y")
        tf.Variable(0.0, name="unused")
    with tf.Session(graph=graph) as session:
        session.run([w.initializer, b.initializer])
        graph_def = graph.as_graph_def()
        convert = tf.graph_util.convert_variables_to_constants
        frozen = convert(session, graph_def, ["y"])
        partly = convert(session, graph_def, ["y"], variable_names_blacklist=["b"])
        only = convert(session, graph_def, ["y"], variable_names_whitelist=["b"])
    assert {n.name: n.op for n in frozen.node if n.name in "wb"} == {"w": "Const", "b": "Const"}
    assert {n.name: n.op for n in partly.node if n.name in "wb"} == {
        "w": "Const",
        "b": "VariableV2",
    }
    assert {n.name: n.op for n in only.node if n.name in "wb"} == {"w": "VariableV2", "b": "Const"}
    with tf.Graph().as_default():
        (y,) = tf.import_graph_def(frozen, return_elements=["y:0"])
        found = tf.Session().run(y, {"import/x:0": [[1.0, 1.0]]})
    np.testing.assert_allclose(found, [[3.5]])
