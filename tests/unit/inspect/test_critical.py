"""The chain of operations that bounds a run from below."""

import math

import numpy as np
import pytest

import flowgraph as tf


def path_of(*args, **kwargs):
    return tf.get_default_graph().critical_path(*args, **kwargs)


def names(path):
    return [stage.operation.name for stage in path]


def two_ways():
    x = tf.placeholder(tf.float32, [None, 8], name="x")
    wide = tf.matmul(x, tf.zeros([8, 100], name="w"), name="wide")
    slim = tf.exp(x, name="slim")
    return x, tf.add(tf.reduce_sum(wide, name="a"), tf.reduce_sum(slim, name="b"), name="y")


def test_it_takes_the_costlier_way():
    _, y = two_ways()
    path = path_of(y, batch=4)
    assert names(path) == ["x", "wide", "a", "y"]
    assert [stage.cost for stage in path] == [0, 2 * 8 * 400, 399, 1]
    assert path.cost == 6800
    assert path.total == 6800 + 32 + 31
    assert path.parallelism == path.total / path.cost
    assert math.isclose(sum(stage.share for stage in path), 1.0)
    assert path.unit == "FLOPs"


def test_fed_values_give_their_shapes():
    x, y = two_ways()
    assert path_of(y, {x: np.zeros([4, 8])}).cost == path_of(y, batch=4).cost


def test_what_is_fed_is_not_computed():
    _, y = two_ways()
    path = path_of(y, {"wide:0": np.zeros([4, 100])}, batch=4)
    assert "wide" not in names(path)


def test_times_may_be_given():
    _, y = two_ways()
    path = path_of(y, times={"slim": 2.0, "b:0": 0.5, "wide": 1.0, "y": 0.5})
    assert names(path) == ["x", "slim", "b", "y"]
    assert path.cost == 3.0
    assert path.total == 4.0
    assert path.unit == "seconds"
    assert "2.0 s" in str(path)


def test_times_may_be_those_of_a_traced_run():
    x, y = two_ways()
    options, metadata = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
    with tf.Session() as session:
        session.run(y, {x: np.zeros([4, 8])}, options=options, run_metadata=metadata)
    nodes = metadata.step_stats.dev_stats[0].node_stats
    path = path_of(y, times=metadata)
    assert names(path)[-1] == "y"
    assert path.cost > 0
    assert math.isclose(path.total, sum(node.all_end_rel_nanos for node in nodes) * 1e-9)
    assert path_of(y, times=metadata.step_stats).cost == path.cost


def test_control_dependencies_are_waited_for():
    x = tf.ones([100], name="x")
    slow = tf.exp(x, name="slow")
    with tf.control_dependencies([slow]):
        y = tf.constant(1.0, name="y")
    assert names(path_of(y)) == ["x", "slow", "y"]


def test_unknown_costs_are_counted():
    y = tf.exp(tf.placeholder(tf.float32, name="x"), name="y")
    path = path_of(y)
    assert (path.cost, path.unknown, path.parallelism) == (0, 1, 1.0)
    assert "not counted: 1" in str(path)


def test_a_fetched_variable_is_one_stage():
    v = tf.Variable([1.0, 2.0], name="v")
    assert names(path_of(v)) == ["v"]


def test_it_is_a_table():
    _, y = two_ways()
    path = path_of(y, batch=4)
    lines = str(path).splitlines()
    assert lines[0].split() == ["operation", "type", "line", "FLOPs", "share"]
    assert lines[2].split()[:2] == ["wide", "MatMul"]
    assert lines[2].split()[2].startswith("test_critical.py:")
    assert lines[2].endswith("94.1%")
    assert repr(path) == str(path)
    assert path._repr_html_().count("<tr>") == 1 + len(path) + 2


def test_a_long_chain_needs_no_recursion():
    y = tf.constant(1.0)
    for _ in range(3000):
        y = tf.exp(y)
    assert path_of(y).cost == 3000


def test_wrong_arguments_are_refused():
    _, y = two_ways()
    with pytest.raises(ValueError, match="positive"):
        path_of(y, batch=0)
    with pytest.raises(ValueError, match="no operation"):
        path_of(y, times={"other": 1.0})
    with pytest.raises(TypeError, match="not list"):
        path_of(y, times=[1.0])
