"""The nodes that TensorFlow 1.15 would have made are counted: op seeds come from their number."""

import functools
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.autodiff.gradients import gradients
from tests.conformance.suite import SAMPLES, Built, flat
from tests.unit.autodiff import counted_bodies, counted_graphs

RECORDED = {
    name: [int(n) for n in counts]
    for line in Path(__file__).with_name("node_counts.tsv").read_text().splitlines()
    for name, *counts in [line.split("\t")]
}
OPTIMIZERS = {
    "descent": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "adam": lambda: tf.train.AdamOptimizer(0.01),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.01),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "adadelta": lambda: tf.train.AdadeltaOptimizer(0.1),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1),
}


DRAWN = [[0.98272896, 0.92702961], [0.81219423, 0.32494155], [0.54267132, 0.55909091]]


def counted():
    return tf.get_default_graph().node_count


def losses():
    """Every graph by name, as a function that builds it and the name of its optimizer."""
    for name, op in counted_graphs.OPS.items():
        yield f"ops/{name}", lambda op=op: op(*counted_graphs.model()), "momentum"
    for name, build in counted_graphs.MODELS.items():
        yield f"models/{name}", build, "adam"
    for kind in counted_graphs.RECURRENT:
        build = functools.partial(counted_graphs.recurrent, *kind)
        yield "recurrent/" + " ".join(map(str, kind)), build, "adam"
    for attention in (False, True):
        build = functools.partial(counted_graphs.decoder, attention)
        yield f"decoders/{attention}", build, "adam"
    for name, body in counted_bodies.BODIES.items():
        yield f"bodies/{name}", lambda body=body: body(*counted_bodies.inputs()), "descent"
    for name in OPTIMIZERS:
        yield f"optimizers/{name}", lambda: counted_graphs.model()[0], name


def stages(build, optimizer):
    """The counts of a graph, of a gradient, and of a step of an optimizer."""
    with tf.Graph().as_default():
        y = build()
        yield counted()
        tf.gradients(y, tf.trainable_variables())
        yield counted()
        OPTIMIZERS[optimizer]().minimize(tf.reduce_mean(y))
        yield counted()


@pytest.mark.parametrize(
    ("name", "build", "optimizer"), [pytest.param(*case, id=case[0]) for case in losses()]
)
def test_a_graph_has_the_recorded_number_of_nodes(name, build, optimizer):
    assert list(stages(build, optimizer)) == RECORDED[name]


@pytest.mark.parametrize("shapes", ["known", "partial"])
@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(sample, id=name)
        for name, sample in SAMPLES
        if f"rules/{sample.op.type}" in RECORDED
        and name.endswith(("-0", "-1", "-2"))
        and any(array.dtype.kind == "f" for array in flat(sample.inputs))
    ],
)
def test_a_rule_makes_the_recorded_number_of_nodes(sample, shapes):
    built = Built(sample, shapes)
    with built.graph.as_default():
        ys = [y for y in built.operation.outputs if y.dtype.is_floating]
        xs = [x for x in built.tensors if x.dtype.is_floating and x.op.type == "Placeholder"]
        seeds = [tf.placeholder(y.dtype, y.shape) for y in ys]
        before = built.graph.node_count + len(ys)  # an Identity of each seed
        gradients(ys, xs, seeds)
        assert [built.graph.node_count - before] == RECORDED[f"rules/{sample.op.type}"]


def test_draws_after_a_step_are_those_of_tensorflow():
    """A model and its step, then another with dropout: recorded from TensorFlow 1.15.5."""
    tf.set_random_seed(7)
    rows = [[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]]
    x = tf.constant(rows)

    def network(name):
        with tf.variable_scope(name):
            h = tf.layers.dropout(tf.layers.dense(x, 6, tf.nn.relu), 0.5, training=True)
            loss = tf.reduce_mean(tf.square(tf.layers.dense(h, 1) - 1.0))
            return loss, tf.train.AdamOptimizer(0.05).minimize(loss)

    first, step = network("first")
    second, other = network("second")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        printed = [session.run([first, step, second, other])[::2] for _ in range(3)]
    assert printed == [pytest.approx(pair, rel=1e-5) for pair in DRAWN]
