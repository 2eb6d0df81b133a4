"""Files of graphs and checkpoints, whole, damaged and hostile."""

import os
import random
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph import protos
from flowgraph.formats.sstable import write_table
from flowgraph.inspect import file as files
from flowgraph.inspect import graph_report
from flowgraph.inspect.file import inspect_file


def net():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    w = tf.Variable(tf.zeros([4, 3]), name="w")
    y = tf.nn.softmax(tf.matmul(x, w), name="y")
    return x, y


def written(tmp_path, name="model.pb"):
    return tf.train.write_graph(tf.get_default_graph(), tmp_path, name, as_text=name[-1] == "t")


def message_of(*nodes):
    message = protos.GraphDef()
    for name, op, *inputs in nodes:
        message.node.add(name=name, op=op, input=inputs)
    return message


def saved(tmp_path, message, name="model.pb"):
    path = tmp_path / name
    path.write_bytes(message.SerializeToString())
    return str(path)


@pytest.mark.parametrize("name", ["model.pb", "model.pbtxt"])
def test_a_graph_of_either_form(tmp_path, name):
    net()
    found = inspect_file(written(tmp_path, name))
    (report,) = found.graphs
    assert found.kind == "GraphDef"
    assert report.nodes == len(tf.get_default_graph().get_operations())
    assert report.inputs == (("x", "Placeholder", "float32 (?, 4)"),)
    assert report.outputs == (("y", "Softmax", "float32"),)
    assert report.types["MatMul"] == 1
    assert report.unsupported == ()
    assert found.is_whole
    assert report.summary(batch=10).total.flops == 10 * (24 + 15)
    assert "total at batch 10" in found.text(batch=10, depth=1)


def test_a_meta_graph_knows_what_is_trained(tmp_path):
    net()
    tf.Variable(tf.zeros([100]), trainable=False, name="v")
    path = str(tmp_path / "model.meta")
    tf.train.export_meta_graph(path)
    found = inspect_file(path)
    assert found.kind == "MetaGraphDef"
    assert found.graphs[0].summary().total.parameters == 12
    os.rename(path, tmp_path / "model.pb")
    assert inspect_file(str(tmp_path / "model.pb")).kind == "MetaGraphDef"


def test_a_saved_model_has_signatures(tmp_path):
    x, y = net()
    path = str(tmp_path / "saved")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(session, path, {"in": x}, {"out": y})
    for place in (path, os.path.join(path, "saved_model.pb")):
        found = inspect_file(place)
        (report,) = found.graphs
        assert found.kind == "SavedModel"
        assert report.title.endswith("tags serve")
        assert report.signatures == {
            "serving_default": (
                (("x:0", "in", "float32 (?, 4)"),),
                (("y:0", "out", "float32 (?, 3)"),),
            )
        }
        assert "signature serving_default, outputs\n  y:0  out  float32 (?, 3)" in str(found)


def test_ops_that_are_not_known_are_listed(tmp_path):
    message = message_of(("x", "Placeholder"), ("a", "Fancy", "x"), ("b", "Fancy", "a"))
    message.node[0].attr["dtype"].type = 1
    found = inspect_file(saved(tmp_path, message))
    (report,) = found.graphs
    assert report.unsupported == ("Fancy",)
    assert report.graph is None
    assert report.summary() is None
    assert not found.is_whole
    assert [each.name for each in report.outputs] == ["b"]
    lines = str(found).splitlines()
    assert lines[lines.index("unsupported ops") + 1] == "  Fancy 2"
    assert lines[-1].startswith("cannot be loaded: Op type not registered 'Fancy'")


def test_nodes_that_lead_nowhere_are_a_problem_and_no_crash(tmp_path):
    report = inspect_file(saved(tmp_path, message_of(("a", "Identity", "gone")))).graphs[0]
    assert report.unsupported == ()
    assert "gone" in report.problem


def test_functions_are_counted(tmp_path):
    message = message_of(("a", "NoOp"))
    function = message.library.function.add()
    function.signature.name = "f"
    function.node_def.add(name="inner", op="NoOp")
    report = inspect_file(saved(tmp_path, message)).graphs[0]
    assert (report.nodes, report.functions) == (2, 1)
    assert "2 nodes, 1 functions" in str(report)


def test_a_few_bytes_that_stand_for_many_are_not_loaded(tmp_path):
    message = message_of(("a", "Const"))
    tensor = message.node[0].attr["value"].tensor
    tensor.dtype = 1
    tensor.float_val.append(1.0)
    tensor.tensor_shape.dim.add(size=1 << 28)
    report = inspect_file(saved(tmp_path, message)).graphs[0]
    assert report.graph is None
    assert report.problem == "constants of 4.29 GB, more than the file has"


def test_very_many_nodes_are_counted_and_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(graph_report, "MAX_NODES", 2)
    report = inspect_file(saved(tmp_path, message_of(*((n, "NoOp") for n in "abc")))).graphs[0]
    assert report.problem == "more than 2 nodes"
    assert report.types == {"NoOp": 3}


def test_names_cannot_write_to_the_terminal(tmp_path):
    message = message_of(("a\x1b[2J", "Bad\x07\x1b]0;title"))
    text = str(inspect_file(saved(tmp_path, message)))
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "Bad\\x07" in text


def test_long_lists_are_cut_off(tmp_path):
    found = inspect_file(saved(tmp_path, message_of(*((f"n{i}", "NoOp") for i in range(100)))))
    assert "  ... 80 more" in str(found)
    types = message_of(*((f"n{i}", f"Type{i}") for i in range(100)))
    assert max(map(len, str(inspect_file(saved(tmp_path, types))).splitlines()[-20:-1])) <= 100


def test_sizes_are_checked_before_reading(tmp_path, monkeypatch):
    path = written(tmp_path)
    with open(tmp_path / "large.pb", "wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    with pytest.raises(OSError, match="are allowed"):
        inspect_file(str(tmp_path / "large.pb"))
    monkeypatch.setattr(files, "MAX_TEXT", 3)
    with pytest.raises(OSError, match="holds no GraphDef or MetaGraphDef"):
        inspect_file(path)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(OSError, match="directory without saved_model"):
        inspect_file(str(tmp_path))
    with pytest.raises(OSError, match="No such file"):
        inspect_file(str(tmp_path / "gone"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        inspect_file(str(tmp_path / "pipe"))


def test_deep_text_is_refused(tmp_path):
    depth = 5000
    text = 'node { name: "a" op: "b" attr { key: "k" value { func { ' + (
        'attr { key: "k" value { func { ' * depth + "} } } " * depth + "} } } }"
    )
    path = tmp_path / "deep.pbtxt"
    path.write_text(text)
    with pytest.raises(OSError, match="holds no GraphDef"):
        inspect_file(str(path))


def test_damage_is_an_error_or_a_report(tmp_path):
    net()
    data = Path(written(tmp_path)).read_bytes()
    source = random.Random(1)
    path = tmp_path / "damaged.pb"
    outcomes = set()
    for _ in range(150):
        damaged = bytearray(data)
        for _ in range(source.randrange(1, 4)):
            damaged[source.randrange(len(data))] = source.randrange(256)
        del damaged[source.choice([len(data), source.randrange(len(data))]) :]
        path.write_bytes(damaged)
        try:
            outcomes.add(inspect_file(str(path)).is_whole)
            str(inspect_file(str(path)))
        except OSError:
            outcomes.add(None)
    assert outcomes >= {False, None}


@pytest.fixture
def checkpoint(tmp_path):
    net()
    tf.Variable([1, 2], name="counts")
    tf.Variable(["text"], name="words")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return tf.train.Saver().save(session, str(tmp_path / "model.ckpt"), 7)


def test_a_checkpoint_lists_its_variables(checkpoint):
    report = inspect_file(checkpoint)
    assert report.tensors == (
        ("counts", "int32", (2,), 2, 8),
        ("w", "float32", (4, 3), 12, 48),
        ("words", "string", (1,), 1, None),
    )
    assert report.is_whole
    lines = [line.split() for line in str(report).splitlines()]
    assert lines[0][-4:] == ["checkpoint", "of", "3", "tensors"]
    assert ["total", "15", "56", "B"] in lines
    assert ["float32", "12", "48", "B"] in lines
    for ending in (".index", ".data-00000-of-00001"):
        assert inspect_file(checkpoint + ending).tensors == report.tensors


def test_a_missing_data_file_is_noticed(checkpoint):
    os.remove(f"{checkpoint}.data-00000-of-00001")
    report = inspect_file(checkpoint)
    assert not report.is_whole
    assert str(report).splitlines()[-1] == f"missing: {checkpoint}.data-00000-of-00001"


def test_a_checkpoint_of_the_first_format(tmp_path):
    slices = protos.SavedTensorSlices()
    tensor = slices.meta.tensor.add(name="w", type=1)
    for size in (4, 3):
        tensor.shape.dim.add(size=size)
    path = tmp_path / "old.ckpt"
    with path.open("wb") as file:
        write_table(file, [(b"", slices.SerializeToString())])
    report = inspect_file(str(path))
    assert report.tensors == (("w", "float32", (4, 3), 12, 48),)
    assert report.is_whole


def test_a_damaged_index_is_an_error(checkpoint):
    path = f"{checkpoint}.index"
    data = Path(path).read_bytes()
    source = random.Random(2)
    outcomes = set()
    for _ in range(100):
        damaged = bytearray(data)
        damaged[source.randrange(len(data))] ^= 1 << source.randrange(8)
        Path(path).write_bytes(damaged)
        try:
            str(inspect_file(checkpoint))
            outcomes.add("read")
        except tf.OpError:
            outcomes.add("refused")
    assert "refused" in outcomes
