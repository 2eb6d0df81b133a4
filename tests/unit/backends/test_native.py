"""Native kernels against NumPy: sizes that the conformance suite's samples do not reach."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.native import call, compiler, groups, library

try:
    compiler.compiler()
except compiler.CompilerError:
    pytest.skip("there is no C compiler", allow_module_level=True)


ROOT = Path(__file__).parents[3]


def config(level):
    options = tf.OptimizerOptions(global_jit_level=level)
    return tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=options))


def both(fetches, feeds=None, before=()):
    """What a session without native kernels fetches, and one with them."""
    results = []
    for level in (-1, tf.OptimizerOptions.ON_1):
        with tf.Session(config=config(level)) as session:
            session.run(tf.global_variables_initializer())
            for step in before:
                session.run(step, feeds)
            results.append(session.run(fetches, feeds))
    return results


def assert_close(fetches, feeds=None, before=(), rtol=1e-4):
    expected, actual = both(fetches, feeds, before)
    for reference, value in zip(expected, actual, strict=True):
        assert np.shape(value) == np.shape(reference)
        np.testing.assert_allclose(value, reference, rtol=rtol, atol=rtol * np.abs(reference).max())


def draw(*shape):
    return np.random.RandomState(sum(shape)).randn(*shape).astype(np.float32)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(
    ("image", "filter", "strides", "dilations"),
    [
        ((2, 9, 11, 16), (3, 3, 16, 32), 1, 1),
        ((2, 9, 11, 48), (5, 5, 48, 16), 1, 1),
        ((2, 13, 12, 64), (3, 3, 64, 80), 1, 1),
        ((3, 7, 7, 272), (3, 3, 272, 256), 1, 1),
        ((2, 9, 11, 3), (3, 3, 3, 5), 1, 1),
        ((2, 9, 11, 3), (4, 2, 3, 33), 2, 1),
        ((2, 14, 15, 3), (7, 7, 3, 10), 3, 1),
        ((2, 14, 26, 1), (5, 5, 1, 32), 1, 1),
        ((2, 20, 40, 3), (7, 7, 3, 64), 2, 1),
        ((1, 15, 30, 2), (3, 3, 2, 20), 1, 2),
        ((2, 12, 25, 15), (5, 4, 15, 33), 1, 1),
        ((1, 16, 30, 15), (7, 7, 15, 8), 1, 1),
        ((2, 15, 14, 4), (3, 3, 4, 70), 1, 2),
        ((2, 6, 5, 7), (1, 1, 7, 40), 1, 1),
        ((2, 6, 5, 7), (1, 1, 7, 40), 2, 1),
        ((1, 30, 30, 8), (3, 3, 8, 8), 1, 1),
    ],
)
def test_convolution_and_its_gradients(image, filter, strides, dilations, padding, monkeypatch):
    x, f = tf.constant(draw(*image)), tf.Variable(draw(*filter))
    y = tf.nn.conv2d(
        x, f, [1, strides, strides, 1], padding, dilations=[1, dilations, dilations, 1]
    )
    dy = tf.constant(draw(*y.shape.as_list()))
    assert_close([y, *tf.gradients(y, [x, f], dy)])
    monkeypatch.setenv("FLOWGRAPH_EXACT", "1")
    assert_close([y, *tf.gradients(y, [x, f], dy)], rtol=2e-6)


def test_a_filter_that_never_changes_is_packed_once():
    x = tf.placeholder(tf.float32, [2, 9, 9, 16])
    ys = [tf.nn.conv2d(x, tf.constant(draw(n, n, 16, 16)), 1, "SAME") for n in (2, 3)]
    assert_close(ys, {x: draw(2, 9, 9, 16)}, before=ys)


@pytest.mark.parametrize("sizes", [(300, 70, 90), (20, 800, 1000), (700, 33, 65), (13, 4000, 17)])
@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True), (True, True)])
def test_matrices(sizes, transposed, monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    m, k, n = sizes
    a = tf.Variable(draw(k, m) if transposed[0] else draw(m, k))
    b = tf.Variable(draw(n, k) if transposed[1] else draw(k, n))
    assert_close([tf.matmul(a, b, *transposed)], rtol=1e-5)


@pytest.mark.parametrize("pool", [tf.nn.max_pool, tf.nn.avg_pool])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (3, 1), (2, 3)])
def test_pooling_and_its_gradient(pool, padding, size, stride):
    x = tf.Variable(np.round(draw(3, 11, 12, 20) * 2))  # with ties
    y = pool(x, size, stride, padding)
    assert_close([y, *tf.gradients(y, x, tf.constant(draw(*y.shape.as_list())))], rtol=1e-6)


@pytest.mark.parametrize("shape", [(70000,), (7, 9000), (9000, 7), (40, 50, 60), (1, 3, 1)])
@pytest.mark.parametrize("function", [tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min])
def test_reductions(shape, function, monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    x = tf.Variable(draw(*shape))
    axes = [None, *range(len(shape)), *([[0, 1], [1, 2], [0, 2]] if len(shape) == 3 else [])]
    assert_close([function(x, axis) for axis in axes] + [function(x, 0, keepdims=True)])


def test_sums_and_extremes_hand_nan_on(monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    values = draw(100, 33)
    values[50, 7] = np.nan
    x = tf.Variable(values)
    functions = (tf.reduce_sum, tf.reduce_max, tf.reduce_min)
    fetches = [function(x, axis) for function in functions for axis in (0, 1)]
    for reference, value in zip(*both(fetches), strict=True):
        assert (np.isnan(reference) == np.isnan(value)).all()
        assert np.isnan(value).sum() == 1


@pytest.mark.parametrize("classes", [3, 17, 1000])
def test_softmax_and_cross_entropy(classes):
    x, labels = tf.Variable(draw(50, classes) * 9), tf.nn.softmax(tf.constant(draw(50, classes)))
    dense = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=x)
    sparse = [
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.constant(np.arange(50) % classes, dtype), logits=x
        )
        for dtype in (tf.int32, tf.int64)
    ]
    losses = [dense, *sparse]
    grads = [tf.gradients(loss, x)[0] for loss in losses]
    assert_close([tf.nn.softmax(x), tf.nn.log_softmax(x), *losses, *grads])


def test_a_label_of_no_class():
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.placeholder_with_default([0, 7], [2]), logits=tf.Variable(draw(2, 3))
    )
    with tf.Session(config=config(1)) as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match="Received a label value of 7"):
            session.run(loss)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_and_its_gradient(training):
    x, scale, offset = (tf.Variable(draw(*s) + 2) for s in [(5, 30, 31, 12), (12,), (12,)])
    moments = {} if training else {"mean": draw(12), "variance": np.abs(draw(12)) + 1}
    y, mean, variance = tf.nn.fused_batch_norm(x, scale, offset, is_training=training, **moments)
    grads = tf.gradients(y, [x, scale, offset], tf.constant(draw(1, 5, 30, 31, 12)[0]))
    assert_close([y, mean, variance, *grads])


@pytest.mark.parametrize(
    "optimizer",
    [
        tf.train.GradientDescentOptimizer(0.1),
        tf.train.MomentumOptimizer(0.1, 0.9),
        tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
        tf.train.AdagradOptimizer(0.1),
        tf.train.AdamOptimizer(0.01),
        tf.train.RMSPropOptimizer(0.01, momentum=0.5),
    ],
)
def test_optimizers(optimizer):
    w = tf.Variable(draw(40000))
    step = optimizer.minimize(tf.reduce_sum(tf.sin(w) * tf.constant(draw(40000))))
    slots = [optimizer.get_slot(w, name) for name in optimizer.get_slot_names()]
    assert_close([w, *slots], before=[step] * 5)


def test_groups_of_every_broadcast():
    x = tf.placeholder(tf.float32, [3, 4, 5, 6])
    sizes = [(6,), (5, 1), (3, 1, 5, 1), (1, 4, 1, 6), (1,), (1, 6)]
    others = [tf.Variable(0.5), *[tf.Variable(draw(*s)) for s in sizes]]
    y = tf.tanh(x)
    for other in others:
        y = tf.sigmoid(y * other) + tf.exp(-y)
    assert_close([y], {x: draw(3, 4, 5, 6)}, rtol=1e-5)


def test_a_group_of_several_dtypes():
    x = tf.placeholder(tf.float32, [None])
    y = tf.where(x > 0, tf.cast(tf.cast(x * 10, tf.int32), tf.float64), tf.cast(-x, tf.float64))
    assert_close([y * 0.1], {x: draw(50000)}, rtol=1e-6)


def test_a_hot_plan_is_compiled_and_swapped_in(monkeypatch):
    monkeypatch.setattr(groups, "HOT", 3)
    monkeypatch.setenv("FLOWGRAPH_NATIVE", "auto")
    library.LIBRARY.get(library.Tier.WAIT, None)
    alpha = float(np.random.default_rng().random())  # so that it is in no cache
    x = tf.placeholder(tf.float32, [None])
    y = tf.exp(tf.nn.leaky_relu(x * 1.5, alpha))
    with tf.Session() as session:
        values = [session.run(y, {x: draw(5)}) for _ in range(3)]
        for thread in threading.enumerate():
            if thread.name == "flowgraph cc":
                thread.join()
        values += [session.run(y, {x: draw(5)}) for _ in range(3)]
    (loaded,) = [unit for text, unit in groups.UNITS._loaded.items() if str(alpha) in text]
    assert loaded is not None
    for value in values:
        np.testing.assert_allclose(value, values[0], rtol=1e-6)


def test_the_compiler_says_what_it_does_not_like(tmp_path, monkeypatch):
    monkeypatch.setenv("FLOWGRAPH_CACHE", str(tmp_path / "cache"))
    with pytest.raises(compiler.CompilerError, match="error"):
        compiler.build([], "this is not C")
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert not list((tmp_path / "cache").iterdir())


def test_explain_says_what_each_step_runs_on():
    x = tf.placeholder(tf.float32, [None, 200])
    w = tf.Variable(draw(200, 300))
    y = tf.reduce_sum(tf.nn.relu(tf.matmul(x, w)) + 1.0, 1)
    words, reasons = [], []
    for level in (-1, tf.OptimizerOptions.ON_1):
        with tf.Session(config=config(level)) as session:
            session.run(tf.global_variables_initializer())
            text = session.explain(y, {x: draw(100, 200)}, stage="bound")
        tiers = ("view", "computed", "planned", "native")
        lines = [line for line in text.splitlines() if line.split()[0] in tiers]
        words.append({line.split("(")[0].split()[-1]: line.split()[0] for line in lines})
        behind = {line.split("(")[0].split()[-1]: line.rpartition("  (")[2] for line in lines}
        reasons.append({name: said[:-1] for name, said in behind.items() if said.endswith(")")})
    assert words[0] == {
        "VariableV2": "view", "Identity": "view", "MatMul": "planned",
        "Fused": "planned", "Sum": "computed",
    }  # fmt: skip
    assert words[1] == {**words[0], "MatMul": "native", "Fused": "native", "Sum": "native"}
    assert reasons[0] == dict.fromkeys(("MatMul", "Fused", "Sum"), "native kernels are off")
    assert reasons[1] == {}


@pytest.mark.parametrize("tier", ["auto", "wait"])
@pytest.mark.parametrize("broken", ["FLOWGRAPH_CC", "FLOWGRAPH_CACHE"])
def test_without_a_compiler_or_a_place_all_runs_on_numpy(tier, broken, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    exp = "tf.exp(tf.placeholder_with_default(0.0, []))"
    code = f"import flowgraph as tf; print(tf.Session().run({exp}))"
    environment = {**os.environ, "FLOWGRAPH_NATIVE": tier, broken: str(tmp_path / "file" / "none")}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "1.0\n", "")


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
@pytest.mark.parametrize("shape", [(10, 2000, 2), (40000,), (200, 300), (70, 9, 70), (1000, 33)])
@pytest.mark.parametrize("axis", [[0], [-1], None])
def test_reductions_of_both_floats(dtype, shape, axis):
    x = tf.placeholder(dtype, shape)
    functions = (tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min)
    feeds = {x: draw(*shape)}
    rtol = 1e-4 if dtype == tf.float32 else 1e-12
    assert_close([function(x, axis) for function in functions], feeds, rtol=rtol)
