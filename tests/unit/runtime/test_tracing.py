"""Traced runs, the RunMetadata they fill, and the timelines made of it."""

import itertools
import json

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.runtime.timeline import Timeline

TRACE = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


def model():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.Variable([[1.0], [2.0]], name="w")
    y = tf.matmul(x, w, name="y")
    return x, w, tf.cumsum(y, name="z")


def traced(fetches, feeds, sess, options=TRACE):
    metadata = tf.RunMetadata()
    values = sess.run(fetches, feeds, options, metadata)
    return values, metadata


def test_a_traced_run_gives_the_values_of_a_plain_one_and_says_what_ran():
    x, w, z = model()
    fed = {x: np.ones([3, 2], np.float32)}
    with tf.Session() as sess:
        sess.run(w.initializer)
        plain = sess.run(z, fed)
        values, metadata = traced(z, fed, sess)
        np.testing.assert_array_equal(values, plain)
        np.testing.assert_array_equal(sess.run(z, fed), plain)
    (device,) = metadata.step_stats.dev_stats
    assert device.device == DEVICE
    y, z = device.node_stats
    assert [y.node_name, z.node_name] == ["y", "z"]
    assert y.timeline_label == "y = MatMul(x, w/read)"
    assert y.all_start_nanos // 1000 == y.all_start_micros
    assert 0 < y.all_start_nanos + y.all_end_rel_nanos <= z.all_start_nanos
    (output,) = y.output
    description = output.tensor_description
    assert [dim.size for dim in description.shape.dim] == [3, 1]
    assert description.dtype == tf.float32.as_datatype_enum
    assert description.allocation_description.requested_bytes == 12


def test_a_traced_step_updates_variables():
    w = tf.Variable(1.0, name="w")
    more = tf.assign_add(w, 1.0, name="more")
    with tf.Session() as sess:
        sess.run(w.initializer)
        for n in range(3):
            _, metadata = traced(more.op, None, sess)
            assert sess.run(w) == n + 2
    names = [node.node_name for node in metadata.step_stats.dev_stats[0].node_stats]
    assert names == ["more"]


def test_a_loop_is_one_step():
    x = tf.placeholder(tf.float32, name="x")
    y = tf.while_loop(lambda i, v: i < 5, lambda i, v: (i + 1, v * 2), (0, x), name="w")[1]
    with tf.Session() as sess:
        value, metadata = traced(y, {x: 1.0}, sess)
    assert value == 32.0
    labels = [n.timeline_label for n in metadata.step_stats.dev_stats[0].node_stats]
    assert sum("While" in label for label in labels) == 1


def test_a_failing_step_says_where():
    x = tf.placeholder(tf.float32, name="x")
    with pytest.raises(tf.errors.InvalidArgumentError, match="not finite : Tensor had NaN"):
        traced(tf.check_numerics(x, "not finite"), {x: np.nan}, tf.Session())


def test_partition_graphs_hold_what_was_needed():
    x, w, z = model()
    tf.exp(x, name="not_needed")
    options = tf.RunOptions(output_partition_graphs=True)
    with tf.Session() as sess:
        sess.run(w.initializer)
        _, metadata = traced(z, {x: np.ones([3, 2], np.float32)}, sess, options)
    (graph,) = metadata.partition_graphs
    nodes = {node.name: node for node in graph.node}
    assert set(nodes) == {"w", "w/read", "y", "z", "z/axis"}
    assert nodes["y"].device == DEVICE
    assert not metadata.HasField("step_stats")


def test_without_metadata_a_run_is_not_traced():
    x, w, z = model()
    with tf.Session() as sess:
        sess.run(w.initializer)
        assert sess.run(z, {x: [[1.0, 1.0]]}, TRACE).tolist() == [[3.0]]
        metadata = tf.RunMetadata()
        sess.run(w, options=tf.RunOptions(), run_metadata=metadata)
    assert metadata == tf.RunMetadata()


def test_a_callable_is_traced():
    x = tf.placeholder(tf.float32, name="x")
    call = tf.Session().make_callable(tf.exp(x, name="y"), [x], accept_options=True)
    metadata = tf.RunMetadata()
    assert call(0.0, options=TRACE, run_metadata=metadata) == 1.0
    assert [n.node_name for n in metadata.step_stats.dev_stats[0].node_stats] == ["y"]


def events(step_stats, **options):
    return json.loads(Timeline(step_stats).generate_chrome_trace_format(**options))["traceEvents"]


def step_stats(*nodes):
    """Statistics of operations: name, start, duration, label, and bytes of each output."""
    stats = tf.RunMetadata().step_stats
    device = stats.dev_stats.add(device=DEVICE)
    for name, start, duration, label, sizes in nodes:
        node = device.node_stats.add(
            node_name=name,
            all_start_micros=start,
            all_end_rel_micros=duration,
            timeline_label=label,
        )
        for slot, size in enumerate(sizes):
            description = node.output.add(slot=slot).tensor_description
            description.allocation_description.requested_bytes = size
            description.allocation_description.allocator_name = "cpu"
    return stats


def test_a_timeline_has_the_events_that_tensorflow_writes():
    """TensorFlow 1.15.5 gives these, but that at moment 110 it counts the 8 bytes first."""
    stats = step_stats(
        ("a", 100, 5, "a = Const()", [8]),
        ("b", 110, 5, "b = Exp(a)", [8, 16]),
        ("c", 112, 5, "c = Mul(a, b:1, ^a)", [8]),
        ("d", 130, 5, "d = Mul(c, e)", [8]),
    )
    found = events(stats, show_memory=True)
    names = [e["args"]["name"] for e in found if e["ph"] == "M"]
    assert names == ["Allocators", f"{DEVICE} Compute", f"{DEVICE} Tensors"]
    assert [e for e in found if e["ph"] == "X"][2] == {
        "ph": "X",
        "cat": "Op",
        "name": "Mul",
        "pid": 1,
        "tid": 1,
        "ts": 112,
        "dur": 5,
        "args": {"name": "c", "op": "Mul", "input0": "a", "input1": "b:1", "input2": "^a"},
    }
    assert [(e["name"], e["ph"], e["id"], e["tid"], e["ts"]) for e in found if e["ph"] in "st"] == [
        *(("a", "s", 0, 0, 105), ("a", "t", 0, 1, 112)),
        *(("b:1", "s", 1, 0, 115), ("b:1", "t", 1, 1, 112)),
        *(("c", "s", 2, 1, 117), ("c", "t", 2, 0, 130)),
    ]
    assert {
        (e["name"], e["ph"]): (e["id"], e["tid"], e["ts"]) for e in found if e["ph"] in "NOD"
    } == {
        ("a", "N"): (0, 0, 100),
        ("a", "O"): (0, 0, 104),
        ("a", "D"): (0, 0, 116),
        ("b", "N"): (1, 0, 110),
        ("b", "O"): (1, 0, 114),
        ("b", "D"): (1, 0, 115),
        ("b:1", "N"): (2, 0, 110),
        ("b:1", "O"): (2, 0, 114),
        ("b:1", "D"): (2, 0, 116),
        ("c", "N"): (3, 1, 112),
        ("c", "O"): (3, 1, 116),
        ("c", "D"): (3, 0, 134),
        ("d", "N"): (4, 0, 130),
        ("d", "O"): (4, 0, 134),
        ("d", "D"): (4, 0, 135),
    }
    (shown,) = [e for e in found if e["ph"] == "O" and e["name"] == "b:1"]
    assert shown["args"] == {
        "snapshot": {
            "tensor_description": "allocation_description {\n  requested_bytes: 16\n"
            "  allocator_name: cpu\n}\n"
        }
    }
    memory = [(e["ts"], e["args"]["cpu"]) for e in found if e["ph"] == "C"]
    assert memory == [
        *((100, 8), (110, 24), (110, 32), (112, 40), (115, 32)),
        *((116, 24), (116, 8), (130, 16), (134, 8), (135, 0)),
    ]
    assert not [e for e in events(stats, show_dataflow=False) if e["ph"] in "stNDC"]


def test_what_takes_no_time_is_made_before_it_is_let_go():
    stats = step_stats(("a", 100, 0, "a = Const()", [8]), ("b", 100, 0, "b = Exp(a)", [8]))
    found = events(stats, show_memory=True)
    assert {e["ts"] for e in found if e["ph"] in "NODXC"} == {100}
    assert [e["args"]["cpu"] for e in found if e["ph"] == "C"] == [8, 16, 8, 0]


FIELDS = {
    "M": {"args", "name", "ph", "pid"},
    "X": {"args", "cat", "dur", "name", "ph", "pid", "tid", "ts"},
    "s": {"cat", "id", "name", "ph", "pid", "tid", "ts"},
    "t": {"cat", "id", "name", "ph", "pid", "tid", "ts"},
    "N": {"cat", "id", "name", "ph", "pid", "tid", "ts"},
    "O": {"args", "cat", "id", "name", "ph", "pid", "tid", "ts"},
    "D": {"cat", "id", "name", "ph", "pid", "tid", "ts"},
    "C": {"args", "cat", "name", "ph", "pid", "tid", "ts"},
}
"""The phases of the Trace Event Format, with the fields that TensorFlow writes for each."""


def test_a_training_step_makes_a_trace_that_a_viewer_can_read():
    x, _, z = model()
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_mean(tf.square(z)))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        _, metadata = traced(train, {x: np.ones([3, 2], np.float32)}, sess)
    found = events(metadata.step_stats, show_memory=True, show_dataflow=True)
    assert {e["ph"] for e in found} >= {"M", "X", "N", "O", "D", "C"}
    processes = {e["pid"] for e in found if e["ph"] == "M"}
    lives = {}
    for e in found:
        assert set(e) == FIELDS[e["ph"]]
        assert e["pid"] in processes
        if e["ph"] == "X":
            assert e["dur"] >= 0
        if e["ph"] in "NOD":
            lives.setdefault(e["id"], []).append((e["ph"], e["ts"]))
        if e["ph"] == "C":
            assert all(held >= 0 for held in e["args"].values())
    for life in lives.values():
        assert [phase for phase, _ in life] == ["N", "O", "D"]
        assert sorted(moment for _, moment in life) == [moment for _, moment in life]
    bars = [e for e in found if e["ph"] == "X"]
    for lane in {e["tid"] for e in bars}:
        for before, after in itertools.pairwise([e for e in bars if e["tid"] == lane]):
            assert before["ts"] + before["dur"] <= after["ts"]
    assert [e["args"] for e in found if e["ph"] == "C"][-1] == {"cpu": 0}


def test_a_label_names_what_is_waited_for_and_the_members_of_a_group():
    x = tf.placeholder(tf.float32, [1000], name="x")
    y = tf.multiply(tf.exp(x, name="e"), x, name="y")
    stamp = tf.py_func(lambda: np.float32(0.0), [], tf.float32, name="stamp")
    with tf.control_dependencies([stamp]):
        z = tf.py_func(lambda: np.float32(1.0), [], tf.float32, name="z")
    _, metadata = traced([y, z], {x: np.ones(1000)}, tf.Session())
    labels = {n.timeline_label for n in metadata.step_stats.dev_stats[0].node_stats}
    assert labels == {"y = Exp+Mul(x)", "stamp = PyFunc()", "z = PyFunc(^stamp)"}


def test_a_label_of_another_form_is_unknown():
    stats = tf.RunMetadata().step_stats
    stats.dev_stats.add(device="d").node_stats.add(node_name="n", timeline_label="[x]")
    (bar,) = [e for e in events(stats) if e["ph"] == "X"]
    assert bar["args"] == {"name": "n", "op": "unknown"}
