"""Graphs as networks of networkx, and the ways in them."""

import itertools

import networkx
import pytest

import flowgraph as tf


def names(operations):
    return [operation.name for operation in operations]


def graph():
    return tf.get_default_graph()


def small():
    """x feeds two products that meet, and a group waits for the sum."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.name_scope("net"):
        left = tf.exp(x, name="left")
        right = tf.square(x, name="right")
        total = tf.add(left, right, name="total")
    return x, total, tf.group(total, name="done")


def test_operations_are_nodes_with_what_is_known_of_them():
    with tf.device("/cpu:0"):
        small()
    network = graph().to_networkx()
    assert list(network) == ["x", "net/left", "net/right", "net/total", "done"]
    attributes = network.nodes["net/left"]
    assert attributes["type"] == "Exp"
    assert attributes["device"] == "/device:CPU:0"
    assert attributes["dtype"] == "float32"
    assert attributes["shape"] == "(?, 2)"
    assert attributes["scope"] == "net"
    path, line = attributes["source"].rsplit(":", 1)
    assert path == __file__
    assert int(line) == small.__code__.co_firstlineno + 4
    assert network.nodes["done"]["dtype"] == ""


def test_edges_carry_tensors_or_are_control():
    small()
    network = graph().to_networkx()
    assert list(network.edges(data="kind")) == [
        ("x", "net/left", "data"),
        ("x", "net/right", "data"),
        ("net/left", "net/total", "data"),
        ("net/right", "net/total", "data"),
        ("net/total", "done", "control"),
    ]
    (edge,) = network.get_edge_data("net/right", "net/total").values()
    assert edge == {
        "tensor": "net/right:0",
        "dtype": "float32",
        "shape": "(?, 2)",
        "input": 1,
        "kind": "data",
    }
    assert "tensor" not in network.get_edge_data("net/total", "done")[0]


def test_two_inputs_of_one_tensor_are_two_edges():
    x = tf.ones([2, 2], name="x")
    tf.matmul(x, x, name="y")
    network = graph().to_networkx()
    assert [d["input"] for *_, d in network.edges("x", data=True)] == [0, 1]


def test_tensors_are_nodes():
    small()
    parts = tf.split(tf.constant([1.0, 2.0], name="pair"), 2, name="parts")
    with tf.control_dependencies([parts[0]]):
        tf.no_op(name="after")
    network = graph().to_networkx(nodes="tensors")
    assert network.nodes["parts:1"]["operation"] == "parts"
    assert network.nodes["parts:1"]["shape"] == "(1,)"
    assert set(network.successors("pair:0")) == {"parts:0", "parts:1"}
    assert list(network.in_edges("after", data="kind")) == [("parts:0", "after", "control")]
    assert network.nodes["done"]["type"] == "NoOp"
    assert not any("x" in (a, b) for a, b in network.edges())


def test_a_network_can_be_written(tmp_path):
    small()
    networkx.write_graphml(graph().to_networkx(), tmp_path / "net.graphml")
    again = networkx.read_graphml(tmp_path / "net.graphml")
    assert again.nodes["net/left"]["type"] == "Exp"
    assert networkx.is_directed_acyclic_graph(again)


def loop():
    scale = tf.constant(2.0, name="scale")
    return tf.while_loop(
        lambda i, x: i < 3,
        lambda i, x: (tf.add(i, 1, name="next"), tf.multiply(x, scale, name="scaled")),
        [0, 1.0],
    )


def test_bodies_are_networks_in_an_attribute():
    loop()
    network = graph().to_networkx()
    (holder,) = (node for node in network if "bodies" in network.nodes[node])
    held = network.nodes[holder]["bodies"]
    assert list(held) == ["enter", "turn"]
    assert held["turn"].nodes["while/scaled"]["type"] == "Mul"
    assert networkx.is_directed_acyclic_graph(network)


def test_bodies_are_nodes_on_request():
    loop()
    network = graph().to_networkx(bodies="nodes")
    inside = "while/While > turn > "
    scaled = f"{inside}while/scaled"
    assert network.nodes[scaled]["type"] == "Mul"
    kinds = {kind for *_, kind in network.edges(data="kind")}
    assert kinds == {"data", "enter", "leave", "next"}
    (entered,) = (b for b, _ in network.in_edges(scaled) if b.endswith("captured"))
    assert ("scale", entered, "enter") in network.edges(data="kind")
    assert (scaled, "while/While", "leave") in network.edges(data="kind")
    assert sum(1 for _ in networkx.simple_cycles(network)) == 2
    assert not any("bodies" in data for _, data in network.nodes(data=True))


def test_bodies_are_nodes_of_tensors_too():
    loop()
    network = graph().to_networkx(nodes="tensors", bodies="nodes")
    leaving = [(a, b) for a, b, kind in network.edges(data="kind") if kind == "leave"]
    inside = "while/While > turn > while/"
    assert leaving == [
        (f"{inside}next:0", "while/While:0"),
        (f"{inside}scaled:0", "while/While:1"),
    ]


def test_a_branch_leaves_from_both_sides():
    x = tf.constant(1.0, name="x")
    tf.cond(x > 0, lambda: tf.exp(x, name="a"), lambda: tf.square(x, name="b"))
    network = graph().to_networkx(bodies="nodes")
    leaving = [a for a, b, kind in network.edges(data="kind") if kind == "leave"]
    assert sorted(leaving) == ["cond/If > else > cond/b", "cond/If > then > cond/a"]


def test_a_loop_inside_a_loop_has_a_longer_name():
    tf.while_loop(
        lambda i: i < 3,
        lambda i: tf.while_loop(lambda j: j < 9, lambda j: tf.add(j, i, name="deep"), [i]),
        [0],
    )
    network = graph().to_networkx(bodies="nodes")
    deep = [node for node in network if node.endswith("/deep")]
    assert len(deep) == 1
    assert deep[0].count(" > ") == 4


def test_functions_of_datasets_are_bodies():
    tf.data.Dataset.range(3).map(lambda x: tf.add(x, 1, name="more"))
    network = graph().to_networkx(bodies="nodes")
    assert any(node.endswith(" > f > more") for node in network)


@pytest.mark.parametrize("wrong", [{"nodes": "edges"}, {"bodies": "no"}])
def test_other_words_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        graph().to_networkx(**wrong)


def test_ancestors_are_what_a_run_needs():
    x, total, done = small()
    tf.exp(total, name="unused")
    assert names(graph().ancestors(done)) == names(graph().get_operations())[:-1]
    assert names(graph().ancestors("net/left")) == ["x", "net/left"]
    assert names(graph().ancestors(total, feeds=["net/left:0"])) == ["x", "net/right", "net/total"]
    assert names(graph().ancestors([x, {"a": x}])) == ["x"]


def test_a_variable_is_its_own_ancestor():
    v = tf.Variable(1.0, name="v")
    assert names(graph().ancestors(v)) == ["v"]


def test_ancestors_of_what_is_no_fetch_are_an_error():
    with pytest.raises(TypeError, match="invalid type"):
        graph().ancestors(3.0)


def test_paths_lead_from_source_to_fetch():
    x, total, done = small()
    found = [names(path) for path in graph().paths(total, x)]
    assert found == [["x", "net/left", "net/total"], ["x", "net/right", "net/total"]]
    assert list(graph().paths(done, x)) == []
    with_control = [names(path) for path in graph().paths(done, x, control=True)]
    assert with_control == [[*path, "done"] for path in found]
    assert [names(path) for path in graph().paths(x, x)] == [["x"]]
    assert list(graph().paths(x, total)) == []


def test_paths_come_one_at_a_time():
    x = y = tf.constant(1.0, name="x")
    for _ in range(100):
        y = tf.exp(y) + tf.square(y)
    first = list(itertools.islice(graph().paths(y, x), 3))
    assert [len(path) for path in first] == [201, 201, 201]
    assert len(set(map(tuple, first))) == 3


def test_a_graph_without_loops_has_no_cycles():
    small()
    assert graph().cycles() == []


def test_cycles_are_what_a_loop_carries():
    loop()
    assert [names(cycle)[1:] for cycle in graph().cycles()] == [["while/next"], ["while/scaled"]]


def test_a_variable_that_no_turn_changes_is_no_cycle():
    tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), [0, 1.0])
    assert len(graph().cycles()) == 1


def test_variables_that_change_places_are_one_cycle():
    tf.while_loop(lambda a, b: a < 3, lambda a, b: (b, tf.add(a, 1, name="up")), [0, 0])
    (cycle,) = graph().cycles()
    assert [operation.type for operation in cycle] == ["Placeholder", "Placeholder", "Add"]
