"""Branches, loops and the functions of datasets in files: ours, and those of TensorFlow 1.15.

The files in ``data/control_flow`` were made by TensorFlow 1.15, those named ``v2`` with its
functional control flow; ``values.json`` has what it computed for `X` and for ``-X``.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

DATA = Path(__file__).parent / "data" / "control_flow"
VALUES = json.loads((DATA / "values.json").read_text())
X = np.array([[0.1, 0.2], [0.3, -0.1]], np.float32)
CONTROL = {"Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond"}


def read(message):
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(message, name="")
    return graph


def again(graph):
    return read(tf.GraphDef.FromString(graph.as_graph_def(add_shapes=True).SerializeToString()))


def message_of(name):
    return tf.GraphDef.FromString((DATA / f"{name}.pb").read_bytes())


def close(graph, name):
    with tf.Session(graph=graph) as session:
        session.run("init")
        for sign, expected in zip((1, -1), VALUES[name]["values"], strict=True):
            found = session.run(VALUES[name]["fetches"], {"x:0": sign * X})
            for value, wanted in zip(found, expected, strict=True):
                np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted({p.stem for p in DATA.glob("*.pb")} - {"while_gradient"}))
def test_a_file_of_tensorflow_gives_its_values(name):
    graph = read(message_of(name))
    assert CONTROL.isdisjoint(o.type for o in graph.get_operations())
    close(graph, name)
    copy = again(graph)
    assert again(copy).as_graph_def() == copy.as_graph_def()
    close(copy, name)


def test_a_meta_graph_of_a_recurrent_network():
    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(str(DATA / "dynamic_rnn.meta"))
        assert [v.op.name for v in tf.trainable_variables()] == [
            "rnn/basic_lstm_cell/kernel",
            "rnn/basic_lstm_cell/bias",
        ]
        assert "While" in {o.type for o in graph.get_operations()}
    close(graph, "dynamic_rnn")


def test_a_loop_that_keeps_its_values_on_stacks_is_refused():
    with pytest.raises(NotImplementedError, match=r"Node '.*StackP\w+V2': a StackP\w+V2"):
        read(message_of("while_gradient"))


def test_what_a_branch_writes():
    graph = read(message_of("cond"))
    with tf.Session(graph=graph) as session:
        session.run("init")
        assert session.run("z:0", {"x:0": X}).tolist() == [[1.5, 3.0], [4.5, 6.0]]
        assert session.run("w:0").tolist() == [[1.5, 3.0], [4.5, 6.0]]
        assert session.run("z:0", {"x:0": -X}).tolist() == [[0.5, 2.0], [3.5, 5.0]]


def branch(x, w):
    return tf.cond(tf.reduce_sum(x) > 0, lambda: tf.tanh(tf.matmul(x, w)), lambda: x * w)


def loop(x, w):
    def turn(i, y):
        return i + 1, tf.cond(tf.reduce_sum(y) > 0, lambda: tf.tanh(tf.matmul(y, w)), lambda: -y)

    return tf.while_loop(lambda i, y: i < 3, turn, [tf.constant(0), x])[1]


def nested(x, w):
    def outer(i, y):
        inner = tf.while_loop(lambda j, z: j < i, lambda j, z: (j + 1, tf.sin(z) * w), [0, y])
        return i + 1, inner[1]

    return tf.while_loop(lambda i, y: i < 4, outer, [tf.constant(0), x])[1]


def elements(x, w):
    return tf.map_fn(lambda row: tf.sin(row) * tf.reduce_sum(w), x) + tf.scan(tf.add, x)


PROGRAMS = [branch, loop, nested, elements]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_program_survives(program, order):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 2], name="x")
        w = tf.Variable([[0.5, -1.0], [0.25, 2.0]], name="w")
        y = program(x, w)
        for _ in range(order):
            (y,) = tf.gradients(y, x)
        tf.identity(y, name="y")
        tf.variables_initializer([w], name="init")
    copy = again(graph)
    values = []
    for each in (graph, copy, again(copy)):
        with tf.Session(graph=each) as session:
            session.run("init")
            values.append([session.run("y:0", {"x:0": sign * X}).tolist() for sign in (1, -1)])
    assert values[0] == values[1] == values[2]


def test_what_a_loop_writes_survives():
    with tf.Graph().as_default() as graph:
        w = tf.Variable(1.0, name="w")

        def turn(i):
            with tf.control_dependencies([tf.assign_add(w, w * 1.0)]):
                return i + 1

        tf.while_loop(lambda i: i < 3, turn, [tf.constant(0)], name="loop")
        tf.variables_initializer([w], name="init")
    for each in (graph, again(graph)):
        with tf.Session(graph=each) as session:
            session.run("init")
            session.run("loop/Exit:0")
            assert session.run("w:0") == 8.0


def test_datasets_survive():
    with tf.Graph().as_default() as graph:
        factor = tf.constant(2.0)
        dataset = tf.data.Dataset.from_tensor_slices(np.arange(8, dtype=np.float32))
        dataset = dataset.map(lambda x: x * factor).filter(lambda x: x > 2)
        dataset = dataset.flat_map(lambda x: tf.data.Dataset.from_tensors(x).repeat(2))
        dataset = dataset.interleave(
            lambda x: tf.data.Dataset.from_tensors({"a": x, "b": x + 1}), cycle_length=2
        )
        dataset = dataset.map(lambda d: (d["a"], d["b"]), num_parallel_calls=2)
        dataset = dataset.apply(
            tf.data.experimental.group_by_window(
                lambda a, b: tf.to_int64(a) % 4, lambda key, group: group.batch(4), 4
            )
        ).padded_batch(2, ([None], [None]))
        iterator = dataset.make_initializable_iterator()
        for name, tensor in zip("ab", iterator.get_next(), strict=True):
            tf.identity(tensor, name=name)
        start = iterator.initializer.name
    found = []
    for each in (graph, again(graph)):
        with tf.Session(graph=each) as session:
            session.run(start)
            values = []
            while True:
                try:
                    values.append([v.tolist() for v in session.run(["a:0", "b:0"])])
                except tf.errors.OutOfRangeError:
                    break
            found.append(values)
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_a_graph_is_written_with_tensorflows_nodes():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        _, y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [tf.constant(0), x])
        tf.gradients(y, x)
    message = graph.as_graph_def()
    nodes = {node.name: node for node in message.node}
    functions = {f.signature.name: f for f in message.library.function}
    node = nodes["while/While"]
    assert node.op == "While"
    assert [node.attr[key].func.name in functions for key in ("cond", "body")] == [True, True]
    # The variables, the number of turns, a list of what the gradient needs, what is captured.
    kinds = [tf.int32, tf.float32, tf.int32, tf.variant, tf.float32]
    assert [tf.as_dtype(t) for t in node.attr["T"].list.type] == kinds
    assert [arg.type for arg in functions["while_While_cond"].signature.input_arg] == list(
        node.attr["T"].list.type
    )
    types = {n.op for f in message.library.function for n in f.node_def}
    assert {"TensorListPushBack", "TensorListGetItem"} <= types
    assert not any("History" in name for name in types | {n.op for n in message.node})


def test_functions_are_called_inline():
    message = tf.GraphDef()
    x = message.node.add(name="x", op="Placeholder")
    x.attr["dtype"].type = 1
    x.attr["shape"].shape.unknown_rank = True
    call = message.node.add(name="call", op="StatefulPartitionedCall", input=["x"])
    call.attr["f"].func.name = "double"
    call.attr["Tout"].list.type.append(1)
    function = message.library.function.add()
    function.signature.name = "double"
    function.signature.input_arg.add(name="v", type=1)
    function.signature.output_arg.add(name="twice", type=1)
    function.ret["twice"] = "sum:z:0"
    function.node_def.add(name="sum", op="Add", input=["v", "v"]).attr["T"].type = 1
    graph = read(message)
    assert [o.name for o in graph.get_operations()] == ["x", "call/sum", "call"]
    assert tf.Session(graph=graph).run("call:0", {"x:0": 3.0}) == 6.0
    function.node_def[0].op = "PartitionedCall"
    function.node_def[0].input[:] = ["v"]
    function.node_def[0].attr["Tout"].list.type.append(1)
    function.node_def[0].attr["f"].func.name = "double"
    with pytest.raises(NotImplementedError, match="functions that call each other"):
        read(message)
