"""Traces: every operation's value in the order of execution, as rows, text and HTML."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest

import flowgraph as tf
from tests.gpus import fake_gpus


def network():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(np.arange(6.0).reshape(3, 2), dtype=tf.float32, name="w")
    with tf.name_scope("fc"):
        y = tf.nn.relu(tf.matmul(x, w, name="product"), name="y")
    loss = tf.reduce_mean(tf.square(y - 1.0, name="squares"), name="loss")
    return x, w, loss


ONES = np.ones([4, 3], np.float32)


def needed(graph, fetches, fed):
    """The operations that fetches need, found by walking back."""
    found, waiting = set(), [f if isinstance(f, tf.Operation) else f.op for f in fetches]
    while waiting:
        operation = waiting.pop()
        if operation in found:
            continue
        found.add(operation)
        if operation not in fed:
            waiting += [t.op for t in operation.inputs] + operation.control_inputs
    return found


def test_every_operation_that_is_needed_has_a_row():
    x, w, loss = network()
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    tf.exp(w, name="not_needed")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        trace = sess.trace([train, loss], {x: ONES})
        assert {row.operation for row in trace} == needed(sess.graph, [train, loss], {x.op})


def test_rows_come_in_the_order_of_execution_and_say_which_part_they_are_of():
    x, w, loss = network()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as sess:
        sess.run(w.initializer)
        trace = sess.trace([train, loss], {x: ONES})
    order = {row.operation: n for n, row in enumerate(trace)}
    for row in trace:
        if row.part != "fed":
            assert all(order[t.op] < order[row.operation] for t in row.operation.inputs)
    parts = {row.name: row.part for row in trace}
    assert parts["x:0"] == "fed"
    assert parts["fc/product:0"] == parts["loss:0"] == "forward"
    assert parts["gradients/grad_ys_0:0"] == "gradient"
    assert parts["gradients/fc/product_grad/MatMul_1:0"] == "gradient"
    update = "GradientDescent/update_w/ApplyGradientDescent:0"
    assert parts[update] == parts["GradientDescent"] == "update"
    assert parts["GradientDescent/learning_rate:0"] == "update"
    ordered = [row.part for row in trace]
    assert ordered == sorted(ordered, key=["fed", "forward", "gradient", "update"].index)


def test_a_traced_training_step_is_one_training_step():
    x, w, loss = network()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as plain, tf.Session() as traced:
        for sess in (plain, traced):
            sess.run(w.initializer)
        for _ in range(3):
            _, expected = plain.run([train, loss], {x: ONES})
            trace = traced.trace([train, loss], {x: ONES})
            assert trace.fetched == [None, pytest.approx(expected, rel=1e-6)]
            np.testing.assert_allclose(traced.run(w), plain.run(w), rtol=1e-6)


def test_a_variable_is_shown_as_it_was_before_it_is_written():
    v = tf.Variable(1.0, name="v")
    with tf.Session() as sess:
        sess.run(v.initializer)
        trace = sess.trace([tf.assign_add(v, 2.0, name="more"), v])
        assert trace["v:0"].value == 1.0
        assert trace["more"].value == 3.0
        assert trace.fetched == [3.0, 3.0]


def test_a_row_describes_its_value():
    x = tf.placeholder(tf.float32, name="x")
    tf.identity(x, name="y")
    fed = np.array([[1.0, 3.0, np.nan], [np.inf, -np.inf, 2.0]], np.float32)
    row = tf.Session().trace("y:0", {x: fed})["y:0"]
    assert (row.dtype, row.shape) == ("float32", (2, 3))
    np.testing.assert_array_equal(row.value, fed)
    assert (row.minimum, row.mean, row.maximum) == (1.0, 2.0, 3.0)
    assert (row.nans, row.infinities) == (1, 2)
    assert row.seconds >= 0.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([1, 2, 6], np.int32), (1.0, 3.0, 6.0)),
        (np.array([True, False]), (0.0, 0.5, 1.0)),
        (np.array([1, 2], np.float16), (1.0, 1.5, 2.0)),
        (np.array([1, 2], tf.bfloat16.numpy), (1.0, 1.5, 2.0)),
        (np.array([], np.float32), (None, None, None)),
        (np.array([np.nan], np.float64), (None, None, None)),
        (np.array([1j]), (None, None, None)),
        (np.array([b"a"], object), (None, None, None)),
    ],
)
def test_every_kind_of_element_has_the_statistics_that_make_sense(value, expected):
    x = tf.constant(value, name="x")
    row = tf.Session().trace(x)["x"]
    assert (row.minimum, row.mean, row.maximum) == expected
    assert row.value.dtype == value.dtype
    assert row.shape == value.shape


def test_large_values_keep_their_ends():
    x = tf.range(1000.0, name="x")
    sess = tf.Session()
    row = sess.trace(x, elements=10, edge=2)["x"]
    assert row.value is None
    assert [row.first.tolist(), row.last.tolist()] == [[0.0, 1.0], [998.0, 999.0]]
    assert sess.trace(x, elements=1000)["x"].value.size == 1000
    assert sess.trace(x, elements=0, edge=0)["x"].first.size == 0


@pytest.mark.parametrize("limits", [{"elements": -1}, {"edge": -1}, {"turns": 0}])
def test_limits_are_checked(limits):
    with pytest.raises(ValueError, match="must"):
        tf.Session().trace(tf.constant(1.0), **limits)


def test_rows_are_found_by_name_tensor_and_operation():
    x = tf.constant([3.0, 4.0], name="x")
    values, places = tf.nn.top_k(x, name="top")
    trace = tf.Session().trace([values, places])
    assert trace["top:1"] is trace[places]
    assert trace["top"] is trace[values.op] is trace["top:0"]
    assert trace["top:1"].seconds is None
    with pytest.raises(KeyError, match="the run had no 'other'"):
        trace["other"]


def test_values_that_are_no_arrays_are_named():
    queue = tf.FIFOQueue(2, [tf.float32], name="queue")
    unset = tf.Variable(1.0, name="unset")
    with tf.Session() as sess:
        trace = sess.trace([queue.size(), tf.is_variable_initialized(unset)])
    assert trace["unset"].note == "no value yet"
    assert trace["unset"].shape is trace["queue"].shape is None
    assert trace["queue"].note != ""


def loop():
    x = tf.constant(1.0, name="x")
    return tf.while_loop(lambda i, v: i < 5, lambda i, v: (i + 1, v * 2), (0, x), name="w")[1]


def test_a_loop_is_one_operation_until_its_inside_is_asked_for():
    y = loop()
    sess = tf.Session()
    assert not any(row.inside for row in sess.trace(y))
    trace = sess.trace(y, inside=True, turns=3)
    doubled = trace.all("w/mul:0")
    assert [row.value for row in doubled] == [2.0, 4.0, 8.0]
    assert [row.inside for row in doubled] == [(f"w/While turn {n}",) for n in (1, 2, 3)]
    assert trace.left_out == {"w/While": 2}
    assert trace.fetched == 32.0
    assert "w/While: 2 more turns" in str(trace)


def test_turns_of_nested_loops_are_counted_anew_and_left_out_with_the_outer_one():
    def outer(i, v):
        return i + 1, tf.while_loop(lambda j, u: j < 2, lambda j, u: (j + 1, u * 2), (0, v))[1]

    y = tf.while_loop(lambda i, v: i < 3, outer, (0, tf.constant(1.0)), name="w")[1]
    trace = tf.Session().trace(y, inside=True, turns=2)
    assert [row.value for row in trace.all("w/while/mul:0")] == [2.0, 4.0, 8.0, 16.0]
    assert [row.inside[1] for row in trace.all("w/while/mul:0")] == [
        *("w/while/While turn 1", "w/while/While turn 2") * 2,
    ]
    assert trace.left_out == {"w/While": 1}
    assert trace.fetched == 64.0


def test_the_branch_taken_and_its_gradient_are_gone_into():
    x = tf.placeholder(tf.float32, name="x")
    y = tf.cond(x > 0, lambda: tf.square(x, name="s"), lambda: tf.negative(x, name="n"))
    trace = tf.Session().trace(tf.gradients(y, x), {x: 3.0}, inside=True)
    assert trace.fetched == [6.0]
    inside = [row for row in trace if row.inside]
    assert {row.part for row in inside} == {"forward", "gradient"}
    assert all("then" in row.inside[0] for row in inside)


def test_a_pipeline_that_a_traced_run_starts_is_an_ordinary_one():
    numbers = tf.data.Dataset.range(4).map(lambda n: tf.cond(n > 1, lambda: n * 10, lambda: n))
    item = numbers.make_one_shot_iterator().get_next()
    sess = tf.Session()
    trace = sess.trace(item, inside=True)
    assert [trace.fetched, *(sess.run(item) for _ in range(3))] == [0, 1, 20, 30]
    assert not any(row.inside for row in trace)


def test_tracing_leaves_the_streams_of_random_numbers_where_a_run_would():
    tf.set_random_seed(7)
    x = tf.random_uniform([2], seed=3)
    plain, traced = tf.Session(), tf.Session()
    for _ in range(2):
        np.testing.assert_array_equal(traced.trace(x, inside=True).fetched, plain.run(x))


def test_a_failing_operation_is_explained_as_in_a_run():
    x = tf.placeholder(tf.float32, name="x")
    y = tf.check_numerics(x, "not finite", name="check")
    with pytest.raises(tf.errors.InvalidArgumentError, match="not finite : Tensor had NaN"):
        tf.Session().trace(y, {x: np.nan})
    sess = tf.Session()
    sess.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.trace(y, {x: 1.0})


def test_the_text_is_a_tree_of_scopes_in_a_hundred_columns():
    x, _, loss = network()
    train = tf.train.AdamOptimizer(0.1).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        text = str(sess.trace([train, loss], {x: ONES}))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line for line in lines if not line.startswith(" ")] == [
        *("fed", "forward", "gradient", "update"),
    ]
    at = lines.index("  fc/")
    assert lines[at + 1].split()[:2] == ["product:0", "float32[4,2]"]
    assert lines[at + 2].split()[:2] == ["y:0", "float32[4,2]"]


def test_what_is_not_finite_is_counted_in_the_text():
    x = tf.constant([0.0, 1.0, -1.0], name="x")
    assert "1 NaN, 1 Inf of 3" in str(tf.Session().trace(tf.log(x, name="y")))


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_html_is_a_table_with_its_text_escaped():
    x = tf.constant([b"<script>alert(1)</script>"], name="x")
    markup = tf.Session().trace(x)._repr_html_()
    parser = _Tags()
    parser.feed(markup)
    assert parser.open == []
    assert parser.seen == {"table", "tr", "th", "td"}
    assert "&lt;script&gt;" in markup


def test_a_trace_is_plain_data_too():
    x, w, loss = network()
    with tf.Session() as sess:
        sess.run(w.initializer)
        trace = sess.trace(loss, {x: ONES})
    data = json.loads(json.dumps(trace.to_dict()))
    assert [row["name"] for row in data["rows"]] == [row.name for row in trace]
    (row,) = [row for row in data["rows"] if row["name"] == "loss:0"]
    assert row["op"] == "Mean"
    assert row["value"] == pytest.approx(float(trace.fetched))
    assert row["line"].startswith("test_trace.py:")


def test_values_on_a_gpu_are_fetched_and_the_engines_copies_are_no_rows():
    with fake_gpus(devices=2):
        x = tf.placeholder(tf.float32, [2], name="x")
        w = tf.Variable([1.0, 2.0], name="w")
        with tf.device("/gpu:1"):
            y = tf.exp(x, name="y")
        with tf.device("/cpu:0"):
            z = tf.add(y, w, name="z")
        c = tf.cond(z[0] > 0, lambda: tf.square(y, name="s"), lambda: y)
        with tf.Session() as sess:
            sess.run(w.initializer)
            trace = sess.trace([z, c], {x: [0.0, 0.0]}, inside=True)
            metadata = tf.RunMetadata()
            options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
            sess.run([z, c], {x: [0.0, 0.0]}, options, metadata)
            profile = sess.profile(y, {x: [0.0, 0.0]}, runs=2)
    assert isinstance(trace["y"].value, np.ndarray)
    assert trace["y"].value.tolist() == [1.0, 1.0]
    assert trace["w"].value.tolist() == [1.0, 2.0]
    assert trace["z"].value.tolist() == [2.0, 3.0]
    (inner,) = [row for row in trace if row.inside and row.operation.type == "Square"]
    assert inner.value.tolist() == [1.0, 1.0]
    assert not any(row.name.endswith("copy") for row in trace)
    assert len([row for row in trace if row.name == "y:0"]) == 1
    devices = {
        device.device.rpartition(":")[0][-3:] + device.device[-2:]: device.node_stats
        for device in metadata.step_stats.dev_stats
    }
    (node,) = [n for n in devices["GPU:1"] if n.timeline_label == "y = Exp(x)"]
    allocation = node.output[0].tensor_description.allocation_description
    assert (allocation.requested_bytes, allocation.allocator_name) == (8, "GPU:1")
    assert "z = Add(y, w/read)" in [n.timeline_label for n in devices["CPU:0"]]
    assert "y:ToHost = ToHost(y)" in [n.timeline_label for n in devices["GPU:1"]]
    assert "Exp" in [line.name for line in profile.by_type()]


def test_gradients_of_a_graph_that_was_read_are_gradients():
    x = tf.placeholder(tf.float32, [], name="x")
    tf.gradients(tf.square(tf.sin(x, name="sin"), name="y"), x)
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(x.graph.as_graph_def(), name="")
        trace = tf.Session().trace(["gradients/sin_grad/Mul:0", "y:0"], {"x:0": 1.0})
    assert not any(operation.forward for operation in graph.get_operations())
    parts = {row.name: row.part for row in trace}
    assert parts["sin:0"] == "forward"
    assert parts["gradients/sin_grad/Mul:0"] == "gradient"
