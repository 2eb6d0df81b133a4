"""Traced runs, the RunMetadata they fill, and the timelines made of it."""

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


def test_a_timeline_has_the_events_that_tensorflow_writes():
    stats = tf.RunMetadata().step_stats
    device = stats.dev_stats.add(device=DEVICE)
    for name, start, label in (
        ("a", 100, "a = Const()"),
        ("b", 110, "b = Exp(a)"),
        ("c", 112, "c = Mul(a, b:1, ^a)"),
    ):
        node = device.node_stats.add(
            node_name=name, all_start_micros=start, all_end_rel_micros=5, timeline_label=label
        )
        description = node.output.add().tensor_description
        description.allocation_description.requested_bytes = 8
        description.allocation_description.allocator_name = "cpu"
    found = events(stats, show_memory=True)
    names = [e["args"]["name"] for e in found if e["ph"] == "M"]
    assert names == ["Allocators", f"{DEVICE} Compute", f"{DEVICE} Tensors"]
    bars = [e for e in found if e["ph"] == "X"]
    assert [(e["name"], e["tid"], e["ts"], e["dur"]) for e in bars] == [
        *(("Const", 0, 100, 5), ("Exp", 0, 110, 5), ("Mul", 1, 112, 5)),
    ]
    assert bars[2]["args"] == {
        "name": "c",
        "op": "Mul",
        "input0": "a",
        "input1": "b",
        "input2": "a",
    }
    assert [e["ts"] for e in found if e["ph"] == "s"] == [105, 105, 115, 105]
    assert {(e["name"], e["ts"]) for e in found if e["ph"] == "D"} == {
        *(("a", 117), ("b", 117), ("c", 117)),
    }
    assert [e["args"]["cpu"] for e in found if e["ph"] == "C"] == [8, 16, 24, 16, 8, 0]
    assert not [e for e in events(stats, show_dataflow=False) if e["ph"] in "stNDC"]


def test_a_label_of_another_form_is_unknown():
    stats = tf.RunMetadata().step_stats
    stats.dev_stats.add(device="d").node_stats.add(node_name="n", timeline_label="[x]")
    (bar,) = [e for e in events(stats) if e["ph"] == "X"]
    assert bar["args"] == {"name": "n", "op": "unknown"}
