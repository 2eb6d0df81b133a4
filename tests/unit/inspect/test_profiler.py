"""``tf.profiler``: numbers and layout are those of TensorFlow 1.15.5."""

import json
import re

import numpy as np
import pytest

import flowgraph as tf

BUILDER = tf.profiler.ProfileOptionBuilder


@pytest.fixture
def mlp():
    x = tf.placeholder(tf.float32, [32, 784], name="x")
    y = tf.placeholder(tf.float32, [32, 10], name="y")
    hidden = tf.layers.dense(x, 64, activation=tf.nn.relu, name="h1")
    out = tf.layers.dense(hidden, 10, name="out")
    entropy = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=out)
    return x, y, tf.reduce_mean(entropy, name="loss")


def small():
    """Scopes, variables of which one is trained, an unknown size, a control dependency."""
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.name_scope("a"):
        with tf.name_scope("b"):
            v = tf.get_variable("v", [4, 3])
            s = tf.get_variable("s", [], trainable=False)
            y = tf.matmul(x, v, name="mm")
            z = tf.multiply(v, s, name="mul")
        z = tf.square(z, name="sq")
    total = tf.reduce_sum(z, name="tot")
    mean = tf.reduce_mean(y, name="tot2")
    with tf.control_dependencies([total]):
        tf.add(mean, 1.0, name="u")


def printed(capsys, cmd="scope", **options):
    """The lines of a report, without what stands above the first node."""
    chosen = BUILDER().select(["params", "float_ops", "occurrence"]).build() | options
    tf.profiler.profile(cmd=cmd, options=chosen)
    text = capsys.readouterr().out
    return re.search(r"Profile:\nnode name.*?\n(.*?)\n\n=", text, re.DOTALL)[1].splitlines()


def test_parameters_of_a_perceptron(mlp, capsys):
    root = tf.profiler.profile()
    assert root.name == "_TFProfRoot"
    assert root.total_parameters == 50890
    assert root.total_definition_count == 7
    assert [(c.name, c.total_parameters, c.total_definition_count) for c in root.children] == [
        ("h1", 50240, 3),
        ("out", 650, 3),
    ]
    assert [(c.name, c.parameters) for c in root.children[0].children] == [
        ("h1/bias", 64),
        ("h1/kernel", 50176),
    ]
    assert capsys.readouterr().out == (
        """\
Parsing Inputs...

=========================Options=============================
-max_depth                  10000
-min_bytes                  0
-min_peak_bytes             0
-min_residual_bytes         0
-min_output_bytes           0
-min_micros                 0
-min_accelerator_micros     0
-min_cpu_micros             0
-min_params                 0
-min_float_ops              0
-min_occurrence             0
-step                       -1
-order_by                   name
-account_type_regexes       _trainable_variables
-start_name_regexes         .*
-trim_name_regexes          <
-show_name_regexes          .*
-hide_name_regexes          <
-account_displayed_op_only  true
-select                     params
-output                     stdout:

==================Model Analysis Report======================

Doc:
scope: operations by the scopes of their names.
params: elements of variables and placeholders.

Profile:
node name | # parameters
_TFProfRoot (--/50.89k params)
  h1 (--/50.24k params)
    h1/bias (64, 64/64 params)
    h1/kernel (784x64, 50.18k/50.18k params)
  out (--/650 params)
    out/bias (10, 10/10 params)
    out/kernel (64x10, 640/640 params)

======================End of Report==========================
""".replace("<", "")
    )


def test_work_of_a_perceptron_by_type(mlp, capsys):
    root = tf.profiler.profile(cmd="op", options=BUILDER.float_operation())
    assert root.total_float_ops == 3356261
    (first,) = root.children
    assert (first.name, first.float_ops) == ("MatMul", 3252224)
    assert [(node.name, node.float_ops) for node in first.graph_nodes] == [
        ("h1/MatMul", 3211264),
        ("out/MatMul", 40960),
    ]
    shapes = first.graph_nodes[0].input_shapes
    assert [[dim.size for dim in shapes[i].dim] for i in (0, 1)] == [[32, 784], [784, 64]]
    assert (
        """
node name | # float_ops
MatMul                   3.25m float_ops (100.00%, 96.90%)
Add                      50.82k float_ops (3.10%, 1.51%)
Mul                      50.82k float_ops (1.59%, 1.51%)
BiasAdd                  2.37k float_ops (0.07%, 0.07%)
Mean                        32 float_ops (0.00%, 0.00%)
Sub                          5 float_ops (0.00%, 0.00%)

="""
        in capsys.readouterr().out
    )


def test_work_of_a_convolutional_net():
    x = tf.placeholder(tf.float32, [8, 28, 28, 1], name="x")
    y = tf.placeholder(tf.float32, [8, 10], name="y")
    image = tf.layers.conv2d(x, 4, 5, padding="same", activation=tf.nn.relu, name="conv1")
    image = tf.layers.max_pooling2d(image, 2, 2, name="pool1")
    image = tf.layers.conv2d(image, 8, 3, padding="valid", activation=tf.nn.relu, name="conv2")
    out = tf.layers.dense(tf.layers.flatten(image), 10, name="out")
    entropy = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=out)
    loss = tf.reduce_mean(entropy, name="loss")
    silent = BUILDER(BUILDER.float_operation()).with_empty_output().build()
    assert tf.profiler.profile().total_parameters == 11930
    assert tf.profiler.profile(options=silent).total_float_ops == 2185574
    tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    works, node = {}, tf.profiler.profile(cmd="op", options=silent)
    while node.children:
        (node,) = node.children
        works[node.name] = node.float_ops
    assert works["Conv2DBackpropFilter"] == works["Conv2DBackpropInput"] == 2157568
    assert works["MaxPoolGrad"] == 31360
    assert works["MatMul"] == 552960


def test_what_has_no_complete_shape_is_left_out_and_counted(capsys):
    small()
    lines = printed(capsys, min_float_ops=1)
    assert lines == [
        "_TFProfRoot (--/13 params, --/64 flops, --/0|--/34)",
        "  a/b/mul (0/0 params, 12/12 flops, 0/0|1/1)",
        "  a/sq (0/0 params, 12/12 flops, 0/0|1/1)",
        "  s/Initializer/random_uniform (0/0 params, 1/3 flops, 0/0|1/7)",
        "    s/Initializer/random_uniform/mul (0/0 params, 1/1 flops, 0/0|1/1)",
        "    s/Initializer/random_uniform/sub (0/0 params, 1/1 flops, 0/0|1/1)",
        "  tot (0/0 params, 11/11 flops, 0/0|1/1)",
        "  u (0/0 params, 1/1 flops, 0/0|1/2)",
        "  v/Initializer/random_uniform (0/0 params, 12/25 flops, 0/0|1/7)",
        "    v/Initializer/random_uniform/mul (0/0 params, 12/12 flops, 0/0|1/1)",
        "    v/Initializer/random_uniform/sub (0/0 params, 1/1 flops, 0/0|1/1)",
    ]
    tf.profiler.profile(options=BUILDER().with_empty_output().build())
    assert capsys.readouterr().err == "2 ops no flops stats due to incomplete shapes.\n"


def test_nodes_are_started_at_hidden_and_trimmed(capsys):
    small()
    assert printed(capsys, start_name_regexes=["a/b.*"]) == [
        "_TFProfRoot (--/13 params, --/64 flops, --/0|--/34)",
        "  a/b (0/0 params, 0/12 flops, 0/0|1/3)",
        "    a/b/mm (0/0 params, 0/0 flops, 0/0|1/1)",
        "    a/b/mul (0/0 params, 12/12 flops, 0/0|1/1)",
    ]
    lines = printed(capsys, hide_name_regexes=["v/.*", "s.*", "a"], account_displayed_op_only=True)
    assert lines[0] == "_TFProfRoot (--/12 params, --/36 flops, --/0|--/13)"
    assert lines[3] == "  a/b (0/0 params, 0/12 flops, 0/0|1/3)"
    assert lines[-2:] == [
        "  v (4x3, 12/12 params, 0/0 flops, 0/0|1/1)",
        "  x (-1x4, 0/0 params, 0/0 flops, 0/0|1/1)",
    ]
    lines = printed(capsys, trim_name_regexes=["v/.*", "s.*"])
    assert "    v/Initializer (0/0 params, 0/25 flops, 0/0|1/8)" in lines
    assert not any("v/Initializer/" in line or "s/Initializer" in line for line in lines)


def test_nodes_that_do_not_count_stay_above_those_that_do(capsys):
    small()
    lines = printed(capsys, account_type_regexes=["MatMul", "Mul"], account_displayed_op_only=True)
    assert lines == [
        "_TFProfRoot (--/13 params, --/38 flops, --/0|--/13)",
        "  a (--/0 params, --/12 flops, --/0|--/4)",
        "    a/b (--/0 params, --/12 flops, --/0|--/3)",
        "      a/b/mm (0/0 params, 0/0 flops, 0/0|1/1)",
        "      a/b/mul (0/0 params, 12/12 flops, 0/0|1/1)",
        "  s (1, --/1 params, --/2 flops, --/0|--/4)",
        "    s/Initializer (--/0 params, --/2 flops, --/0|--/3)",
        "      s/Initializer/random_uniform (--/0 params, --/2 flops, --/0|--/2)",
        "        s/Initializer/random_uniform/mul (0/0 params, 1/1 flops, 0/0|1/1)",
        "  v (4x3, --/12 params, --/24 flops, --/0|--/4)",
        "    v/Initializer (--/0 params, --/24 flops, --/0|--/3)",
        "      v/Initializer/random_uniform (--/0 params, --/24 flops, --/0|--/2)",
        "        v/Initializer/random_uniform/mul (0/0 params, 12/12 flops, 0/0|1/1)",
    ]
    assert printed(capsys, "op", account_type_regexes=["MatMul", "Mul"]) == [
        "MatMul                          0 params (0.00%, 0.00%),   "
        "0 float_ops (100.00%, 0.00%),        0|1",
        "Mul                             0 params (0.00%, 0.00%), "
        "25 float_ops (100.00%, 100.00%),        0|3",
    ]


def test_types_are_started_at_trimmed_and_cut_with_the_shares_of_the_whole(capsys):
    small()

    def shown(**options):
        lines = printed(capsys, "op", order_by="name", **options)
        return [(line.split()[0], re.findall(r"\((.*?)\)", line)[1]) for line in lines]

    assert shown(start_name_regexes=["Mul"])[:3] == [
        ("Mul", "78.12%, 39.06%"),
        ("Placeholder", "39.06%, 0.00%"),
        ("RandomUniform", "39.06%, 0.00%"),
    ]
    add_and_assign = [("Add", "100.00%, 21.88%"), ("Assign", "78.12%, 0.00%")]
    assert shown(trim_name_regexes=["Const"]) == add_and_assign
    assert shown(max_depth=1) == add_and_assign


def test_the_graph_view_shows_each_operation_below_its_first_user(capsys):
    small()
    assert printed(capsys, "graph", start_name_regexes=["tot.*"]) == [
        "_TFProfRoot (--/13 params, --/64 flops, --/0|--/30)",
        "  tot (0/0 params, 11/35 flops, 0/0|1/5)",
        "    Const (0/0 params, 0/0 flops, 0/0|1/1)",
        "    a/sq (0/0 params, 12/24 flops, 0/0|1/3)",
        "      a/b/mul (0/0 params, 12/12 flops, 0/0|1/2)",
        "        s/read (0/0 params, 0/0 flops, 0/0|1/1)",
        "  tot2 (0/12 params, 0/0 flops, 0/0|1/6)",
        "    Const_1 (0/0 params, 0/0 flops, 0/0|1/1)",
        "    a/b/mm (0/12 params, 0/0 flops, 0/0|1/4)",
        "      v/read (0/12 params, 0/0 flops, 0/0|1/2)",
        "        v (4x3, 12/12 params, 0/0 flops, 0/0|1/1)",
        "      x (-1x4, 0/0 params, 0/0 flops, 0/0|1/1)",
    ]
    assert printed(capsys, "graph", account_type_regexes=["VariableV2"]) == [
        "_TFProfRoot (--/13 params, --/0 flops, --/0|--/2)",
        "  s (1, 1/1 params, 0/0 flops, 0/0|1/1)",
        "  v (4x3, 12/12 params, 0/0 flops, 0/0|1/1)",
    ]
    assert printed(capsys, "graph", max_depth=2)[1:] == [
        "  s/Assign (0/1 params, 0/3 flops, 0/0|1/9)",
        "  u (0/12 params, 1/36 flops, 0/0|1/13)",
        "  v/Assign (0/0 params, 0/25 flops, 0/0|1/8)",
    ]


def test_nodes_are_ordered_by_a_quantity_and_then_by_name(capsys):
    small()
    lines = printed(capsys, order_by="params", max_depth=2)
    assert [line.split()[0] for line in lines[1:]] == [
        *("v", "s", "Const", "Const_1", "a", "tot", "tot2", "u", "x"),
    ]


def test_a_long_chain_is_no_deep_recursion():
    x = tf.zeros([2], name="x")
    for _ in range(3000):
        x = tf.square(x)
    root = tf.profiler.profile(
        cmd="graph", options=BUILDER(BUILDER.float_operation()).with_empty_output().build()
    )
    assert root.total_float_ops == 6000


def test_the_code_view_counts_by_line(capsys):
    x = tf.zeros([5], name="x")
    y = tf.square(tf.square(x))  # ten operations
    tf.gradients(y, x)
    silent = BUILDER(BUILDER.float_operation()).with_empty_output().build()
    root = tf.profiler.profile(cmd="code", options=silent)
    works = {node.name: node.float_ops for node in root.children}
    (line, gradient) = sorted(works)
    assert re.fullmatch(r"test_profiler\.py:\d+:test_the_code_vie\.\.\.", line)
    assert gradient == f"{line} (gradient)"
    assert works[line] == 10
    assert works[gradient] > 0


def traced(fetches, feeds=None):
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(fetches, feeds, options, metadata)
    return metadata


def test_traced_time_and_memory(mlp, capsys):
    x, y, loss = mlp
    metadata = traced(loss, {x: np.ones([32, 784]), y: np.ones([32, 10])})
    for node in metadata.step_stats.dev_stats[0].node_stats:
        node.op_end_rel_micros = 2000 if node.node_name == "h1/MatMul" else 0
    root = tf.profiler.profile(run_meta=metadata, options=BUILDER.time_and_memory())
    text = capsys.readouterr().out
    assert "node name | requested bytes | total execution time | accelerator execution" in text
    assert "\n    h1/MatMul (8.19KB/8.19KB, 2.00ms/2.00ms, 0us/0us, 2.00ms/2.00ms)\n" in text
    node = next(c for h in root.children for c in h.children if c.name == "h1/MatMul")
    assert (node.run_count, node.exec_micros, node.cpu_exec_micros) == (1, 2000, 2000)
    assert node.requested_bytes == node.peak_bytes == node.output_bytes == 32 * 64 * 4
    assert list(node.devices) == ["/job:localhost/replica:0/task:0/device:cpu:0"]
    assert root.total_exec_micros > 2000


def test_a_traced_run_completes_the_shapes(capsys):
    x = tf.placeholder(tf.float32, name="x")
    y = tf.placeholder(tf.float32, [None, 4], name="y")
    tf.cumsum(tf.cumsum(y, name="first"), name="second")
    z = tf.multiply(tf.cumsum(x, name="c"), 2.0, name="z")
    metadata = traced(z, {x: np.ones([3, 4])})
    silent = BUILDER(BUILDER.float_operation()).with_empty_output().build()
    assert tf.profiler.profile(run_meta=metadata, options=silent).total_float_ops == 12
    assert capsys.readouterr().err == ""
    assert z.shape.ndims is None


def test_a_profiler_averages_its_steps(capsys):
    y = tf.cumsum(tf.placeholder_with_default(np.ones(100), [100]), name="y")
    profiler = tf.profiler.Profiler()
    for step, time in ((3, 10), (7, 30)):
        metadata = traced(y)
        (node,) = metadata.step_stats.dev_stats[0].node_stats[-1:]
        node.op_end_rel_micros = time
        profiler.add_step(step, metadata)
    options = BUILDER(BUILDER.time_and_memory()).with_empty_output()

    def time_of(options):
        root = profiler.profile_name_scope(options.build())
        return next(node.exec_micros for node in root.children if node.name == "y")

    assert time_of(options) == 20
    assert time_of(options.with_step(3)) == 10
    assert time_of(options.with_step(7)) == 30
    assert capsys.readouterr().out == ""
    assert list(profiler.profile_operations(options.with_step(8).build()).children) == []
    assert capsys.readouterr().err == "Options -step=8 not found.\nAvailable steps: 3 7\n"
    options = options.with_step(-1).build()
    assert profiler.profile_graph(options).name == "_TFProfRoot"
    assert profiler.profile_python(options).name == "_TFProfRoot"
    with pytest.raises(NotImplementedError, match="serialize_to_string"):
        profiler.serialize_to_string()


def test_advice_names_what_takes_most_time(mlp, capsys):
    x, y, loss = mlp
    metadata = traced(loss, {x: np.ones([32, 784]), y: np.ones([32, 10])})
    for node in metadata.step_stats.dev_stats[0].node_stats:
        node.op_end_rel_micros = 2 if "MatMul" in node.node_name else 1
    advice = tf.profiler.advise(run_meta=metadata)
    (report,) = advice.checkers["ExpensiveOperationChecker"].reports
    first, *_ = report.splitlines()
    assert first.startswith("top 1 operation type: MatMul, cpu: 4us, accelerator: 0us, total: 4us")
    assert set(advice.checkers) == {
        *("ExpensiveOperationChecker", "AcceleratorUtilizationChecker"),
        *("JobChecker", "OperationChecker"),
    }
    assert f"\nExpensiveOperationChecker:\n{report}\n" in capsys.readouterr().out
    with pytest.raises(ValueError, match="there is no check Other"):
        tf.profiler.Profiler().advise({"Other": {}})


def test_marks_and_work_of_an_op_log(capsys):
    small()
    log = tf.profiler.OpLogProto()
    log.log_entries.add(name="a/sq", float_ops=7, types=["mine"])
    log.log_entries.add(name="nope", float_ops=9)
    options = BUILDER().with_accounted_types(["mine"]).select(["op_types", "float_ops"]).build()
    tf.profiler.profile(op_log=log, options=options)
    assert (
        """
node name | # float_ops | op types
_TFProfRoot (--/7 flops, _kTFScopeParent)
  a (--/7 flops, _kTFScopeParent)
    a/sq (7/7 flops, Square|mine)
"""
        in capsys.readouterr().out
    )


def test_an_op_log_is_written(tmp_path):
    x = tf.square(tf.zeros([3]), name="x")
    tf.Variable(x, name="v")
    tf.profiler.write_op_log(None, str(tmp_path))
    log = tf.profiler.OpLogProto.FromString((tmp_path / "tfprof_log").read_bytes())
    entries = {entry.name: entry for entry in log.log_entries}
    assert entries["x"].float_ops == 3
    assert list(entries["v"].types) == ["_trainable_variables"]
    (trace,) = entries["x"].code_def.traces
    assert log.id_to_string[trace.file_id] == __file__
    assert log.id_to_string[trace.function_id] == "test_an_op_log_is_written"
    assert log.id_to_string[trace.line_id] == 'x = tf.square(tf.zeros([3]), name="x")'
    assert log.id_to_string[0] == "none"


def test_reports_and_timelines_are_written(tmp_path, capsys):
    y = tf.cumsum(tf.square(tf.placeholder_with_default(np.ones(6), [6])), name="y")
    path = tmp_path / "report"
    tf.profiler.profile(
        options=BUILDER(BUILDER.float_operation()).with_file_output(str(path)).build()
    )
    assert path.read_text() == (
        "\nDoc:\nscope: operations by the scopes of their names.\n"
        "float_ops: floating-point operations by formula.\n"
        "\nProfile:\nnode name | # float_ops\n_TFProfRoot (--/6 flops)\n  Square (6/6 flops)\n"
    )
    assert capsys.readouterr().out == "Parsing Inputs...\n"
    options = BUILDER(BUILDER.time_and_memory()).with_timeline_output(str(tmp_path / "t")).build()
    tf.profiler.profile(cmd="graph", run_meta=traced(y), options=options)
    events = json.loads((tmp_path / "t_0").read_text())["traceEvents"]
    assert "Cumsum" in [event["name"] for event in events]


def test_the_builder_gives_tensorflows_options():
    assert BUILDER().build() == {
        **dict.fromkeys(("min_bytes", "min_micros", "min_params", "min_float_ops"), 0),
        **dict.fromkeys(("min_peak_bytes", "min_residual_bytes", "min_output_bytes"), 0),
        **dict.fromkeys(("min_accelerator_micros", "min_cpu_micros", "min_occurrence"), 0),
        "max_depth": 100,
        "order_by": "name",
        "step": -1,
        "output": "stdout",
        "account_type_regexes": [".*"],
        "start_name_regexes": [".*"],
        "select": ["micros"],
        "show_name_regexes": [".*"],
        "hide_name_regexes": [],
        "trim_name_regexes": [],
        "account_displayed_op_only": False,
    }
    built = (
        BUILDER(BUILDER.time_and_memory(min_micros=5))
        .with_min_memory(1, 2, 3, 4)
        .with_min_parameters(6)
        .with_min_float_operations(7)
        .with_min_occurrence(8)
        .account_displayed_op_only(False)
        .with_node_names(hide_name_regexes=["h"])
        .order_by("bytes")
        .with_pprof_output("p")
    ).build()
    assert [built[f"min_{n}"] for n in ("bytes", "peak_bytes", "residual_bytes")] == [1, 2, 3]
    assert [built[f"min_{n}"] for n in ("output_bytes", "micros", "params")] == [4, 5, 6]
    assert [built[f"min_{n}"] for n in ("float_ops", "occurrence")] == [7, 8]
    assert (built["order_by"], built["output"]) == ("bytes", "pprof:outfile=p")
    assert built["show_name_regexes"] == [".*"]
    options = BUILDER.float_operation()
    BUILDER(options).with_max_depth(3)
    assert options["max_depth"] == 10000


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (BUILDER().order_by("foo"), ValueError, "order_by must be one of"),
        (BUILDER().select(["foo"]), ValueError, "Unknown select: foo"),
        (BUILDER({"output": "foo"}), ValueError, "Unknown output type: foo, Valid types: file,"),
        (BUILDER({"min_foo": 1}), ValueError, r"unknown options \['min_foo'\]"),
        (BUILDER().with_pprof_output("p"), NotImplementedError, "pprof"),
        (BUILDER().select(["tensor_value"]), NotImplementedError, "tensor_value"),
        (BUILDER({"dump_to_file": "f"}), NotImplementedError, "dump_to_file"),
    ],
)
def test_options_that_are_not_there_are_named(options, error, message):
    with pytest.raises(error, match=message):
        tf.profiler.profile(options=options.build())


def test_views_that_are_not_there_are_named():
    with pytest.raises(tf.errors.InvalidArgumentError, match="unknown cmd: foo"):
        tf.profiler.profile(cmd="foo")
    tf.constant(1.0)
    with pytest.raises(NotImplementedError, match="input_shapes of op types"):
        tf.profiler.profile(cmd="op", options=BUILDER().select(["input_shapes"]).build())
