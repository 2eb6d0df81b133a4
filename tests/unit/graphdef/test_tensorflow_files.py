"""Files made by TensorFlow 1.15 are read and give its values.

``training.meta`` is a perceptron with its training step, ``frozen.pb`` a small convolutional
network whose variables were made constants, ``guarded.pbtxt`` variables whose initial values
depend on others, and a moving average, ``resource.pb`` resource variables that are asked, read,
assigned and trained.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format

import flowgraph as tf
from flowgraph.graphdef.meta import import_scoped_meta_graph

from .programs import losses

DATA = Path(__file__).parent / "data"
VALUES = json.loads((DATA / "values.json").read_text())


def test_a_meta_graph_trains_on():
    with tf.Graph().as_default() as graph:
        variables = import_scoped_meta_graph(str(DATA / "training.meta"))
        assert [v.op.name for v in tf.trainable_variables()] == ["w", "b", "w2"]
        assert set(variables) == {"w:0", "b:0", "w2:0"}
        assert graph.get_collection("end") == [graph.get_tensor_by_name("out:0")]
    assert losses(graph) == pytest.approx(VALUES["training.meta"], rel=1e-6)


def test_a_meta_graph_is_written_as_it_was():
    message = tf.MetaGraphDef.FromString((DATA / "training.meta").read_bytes())
    with tf.Graph().as_default() as graph:
        import_scoped_meta_graph(message)
    assert graph.as_graph_def(add_shapes=True) == message.graph_def


def test_a_frozen_graph_gives_the_same_values():
    message = tf.GraphDef.FromString((DATA / "frozen.pb").read_bytes())
    x = np.linspace(-1, 1, 128, dtype=np.float32).reshape(2, 8, 8, 1)
    with tf.Graph().as_default():
        (y,) = tf.import_graph_def(message, {"x": tf.constant(x)}, ["y:0"])
        found = tf.Session().run(y)
    np.testing.assert_allclose(found, VALUES["frozen.pb"], rtol=1e-5)


def test_guarded_initial_values_are_read():
    message = text_format.Parse((DATA / "guarded.pbtxt").read_text(), tf.GraphDef())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(message, name="")
    types = {operation.type for operation in graph.get_operations()}
    assert {"InitializedValue", "Select"} <= types
    assert not {"Merge", "Switch", "RefSwitch"} & types
    with tf.Session(graph=graph) as session:
        session.run("init")
        first = session.run("out:0").tolist()
        session.run("train")
        assert [first, session.run("out:0").tolist()] == VALUES["guarded.pbtxt"]


def test_resource_variables_become_references():
    message = tf.GraphDef.FromString((DATA / "resource.pb").read_bytes())
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.import_graph_def(message, name="")
        assert not any("Resource" in o.type or "VariableOp" in o.type for o in graph._operations)
        assert graph.get_tensor_by_name("v:0").dtype == tf.dtypes.float32_ref
        assert not session.run("is:0")
        session.run("init")
        is_initialized, *shapes = session.run(["is:0", "vs:0", "sh:0"])
        assert is_initialized and [shape.tolist() for shape in shapes] == [[3], [3]]
        for name in ("AssignSubVariableOp", "su", "mom"):
            session.run(name)
        assert session.run("v:0") == pytest.approx([7.0, 1.0, 1.9])
