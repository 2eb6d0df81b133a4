"""Operations and bytes of ops: TensorFlow 1.15's counts where it has one, else by hand."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph import ops
from flowgraph.graph.op import Op
from flowgraph.ops.convolution import Conv2DBackpropFilter, Conv2DBackpropInput
from flowgraph.ops.core import apply
from flowgraph.ops.pooling import AvgPoolGrad, MaxPoolGrad
from flowgraph.ops.training import Update
from flowgraph.plan import flops as table
from flowgraph.plan.costs import Cost, cost, operation_costs, total, with_shapes
from flowgraph.plan.flops import flops
from flowgraph.plan.passes import optimise
from flowgraph.plan.plan import Request
from flowgraph.plan.prune import prune
from flowgraph.shapes import TensorShape

zeros = tf.zeros


def of(tensor):
    return flops(tensor.op.op, tensor.op.inputs, tensor.op.outputs)


_WINDOW = {"strides": (1, 2, 2, 1), "padding": "SAME"}


def _cases():
    """Tensors, and what TensorFlow 1.15.5's registered statistics say of the like."""
    image, kernel = zeros([2, 9, 11, 3]), zeros([3, 3, 3, 5])
    matrix = zeros([4, 6])
    large, small = zeros([2, 8, 8, 3]), zeros([2, 4, 4, 3])
    to_input = Conv2DBackpropInput(**_WINDOW)
    to_filter = Conv2DBackpropFilter(**_WINDOW)
    gradient = zeros([2, 4, 6, 5])
    return {
        "matmul": (tf.matmul(zeros([3, 4]), zeros([4, 5])), 120),
        "transposed": (tf.matmul(zeros([4, 3]), zeros([5, 4]), True, True), 120),
        "batched": (tf.matmul(zeros([2, 3, 4]), zeros([2, 4, 5])), 240),
        "conv": (tf.nn.conv2d(image, kernel, [1, 2, 2, 1], "SAME"), 16200),
        "conv valid": (tf.nn.conv2d(image, kernel, [1, 1, 1, 1], "VALID"), 34020),
        "conv input": (apply(to_input, [2, 8, 12, 3], kernel, gradient), 12960),
        "conv filter": (apply(to_filter, zeros([2, 8, 12, 3]), [3, 3, 3, 5], gradient), 12960),
        "depthwise": (tf.nn.depthwise_conv2d(image, zeros([3, 3, 3, 2]), [1] * 4, "SAME"), 21384),
        "conv3d": (
            tf.nn.conv3d(zeros([1, 4, 5, 6, 2]), zeros([2, 2, 2, 2, 3]), [1] * 5, "SAME"),
            11520,
        ),
        "bias": (tf.nn.bias_add(image, zeros([3])), 594),
        "max pool": (tf.nn.max_pool(image, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), 720),
        "avg pool": (tf.nn.avg_pool(image, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), 720),
        "max pool grad": (
            apply(MaxPoolGrad(ksize=(1, 2, 2, 1), **_WINDOW), large, small, small),
            480,
        ),
        "avg pool grad": (
            apply(AvgPoolGrad(ksize=(1, 2, 2, 1), **_WINDOW), [2, 8, 8, 3], small),
            768,
        ),
        "sum": (tf.reduce_sum(matrix, 1), 20),
        "sum of all": (tf.reduce_sum(matrix), 23),
        "mean": (tf.reduce_mean(matrix, 1), 24),
        "argmax": (tf.argmax(matrix, 1), 20),
        "l2": (tf.nn.l2_loss(matrix), 71),
        "softmax": (tf.nn.softmax(matrix), 120),
        "add_n": (tf.add_n([matrix, zeros([4, 6]), zeros([4, 6])]), 48),
        "rsqrt": (tf.rsqrt(matrix), 48),
        "squared difference": (tf.squared_difference(matrix, zeros([6])), 48),
        "equal": (tf.equal(matrix, zeros([6])), 24),
        "pow": (tf.pow(matrix, 2.0), 24),
    }


@pytest.mark.parametrize("name", _cases())
def test_counts_are_those_of_tensorflow(name):
    tensor, expected = _cases()[name]
    assert of(tensor) == expected


def test_what_tensorflow_does_not_count():
    square = tf.constant(np.eye(6, dtype=np.float32))
    assert of(tf.cholesky(square)) == 72
    assert of(tf.matrix_inverse(square)) == 432
    assert of(tf.matrix_solve(square, zeros([6, 2]))) == 144 + 144
    assert of(tf.fft(tf.zeros([2, 8], tf.complex64))) == 5 * 16 * 3
    assert of(tf.spectral.rfft(zeros([8]))) == 60
    assert of(tf.spectral.rfft(zeros([1]), [1])) == 0
    assert of(tf.reshape(zeros([4]), [2, 2])) == 0
    assert of(tf.nn.fused_batch_norm(zeros([2, 3, 3, 4]), zeros([4]), zeros([4]))[0]) == 6 * 72


def test_lstm_counts_its_gates():
    lstm = tf.contrib.rnn.LSTMBlockCell(5)
    _, (cell, _) = lstm(zeros([2, 3]), lstm.zero_state(2, tf.float32))
    assert of(cell) == 2 * (2 * 8 * 20 + 14 * 5)


def test_every_formula_is_of_an_op_that_exists():
    ops.declare_all()
    named = {*table._FORMULAS, *table._PER_ELEMENT}
    assert named - set(Op.declared) == set()


def test_every_optimizer_has_a_count():
    ops.declare_all()
    kinds = [kind for kind, op in Op.declared.items() if issubclass(op, Update)]
    assert {kind.removeprefix("Sparse").removeprefix("Apply") for kind in kinds} == set(
        table._PER_PARAMETER
    )


def test_an_update_counts_its_gradient():
    w = tf.Variable(zeros([3, 4]))
    step = tf.train.GradientDescentOptimizer(0.1).apply_gradients([(zeros([3, 4]), w)])
    (update,) = step.control_inputs
    assert cost(update.op, update.inputs, update.outputs) == Cost(24, 12 * 4 * 2 + 4, 48)


def test_unknown_dimensions_make_unknown_costs():
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.exp(x)
    assert cost(y.op.op, y.op.inputs, y.op.outputs) == Cost(None, None, None)
    flat = tf.reshape(x, [-1])
    assert cost(flat.op.op, flat.op.inputs, flat.op.outputs) == Cost(0, 0, 0)


def test_text_counts_as_nothing():
    text = tf.constant(["a", "b"])
    joined = tf.string_join([text, text])
    assert cost(joined.op.op, joined.op.inputs, joined.op.outputs) == Cost(0, 0, 0)


def plan_of(*fetches, feeds=()):
    return prune(Request(tf.get_default_graph(), fetches, (), feeds))


def test_shapes_follow_from_the_batch_through_reshapes():
    x = tf.placeholder(tf.float32, [None, 4, 3])
    y = tf.exp(tf.reshape(x, [tf.shape(x)[0] * 2, -1]))
    plan = plan_of(y, feeds=(x,))
    assert total(plan).flops is None
    assert total(with_shapes(plan, {x: TensorShape([5, 4, 3])})).flops == 5 * 12 + 1
    assert with_shapes(plan, {}, unknown=7).slots[plan.fetches[0]].shape.as_list() == [14, 6]


def test_a_dimension_that_nothing_infers_is_taken_for_the_batch():
    x = tf.placeholder(tf.float32, [4])
    y = tf.exp(tf.boolean_mask(x, x > 0))
    plan = with_shapes(plan_of(y, feeds=(x,)), {}, unknown=9)
    assert plan.slots[plan.fetches[0]].shape.as_list() == [9]


def test_an_unknown_rank_stays_unknown():
    x = tf.placeholder(tf.float32)
    assert total(with_shapes(plan_of(tf.exp(x), feeds=(x,)), {}, unknown=9)).flops is None


def cost_of(kind, fetch):
    costs = operation_costs(with_shapes(plan_of(fetch), {}))
    return next(found for operation, found in costs.items() if operation.type == kind)


def test_a_loop_costs_one_turn_and_a_branch_its_dearer_side():
    x = tf.ones([10])
    loop = tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, tf.exp(v)), [0, x])[1]
    turn = cost_of("While", loop)
    assert turn.flops == 1 + 1 + 1 + 10  # to enter: i < 3; a turn: i + 1, exp(v), i < 3
    branch = tf.cond(x[0] > 0, lambda: tf.exp(tf.exp(x)), lambda: x)
    sides = cost_of("If", branch)
    assert sides.flops == 20


def test_fusing_keeps_the_count():
    x = tf.placeholder(tf.float32, [1000])
    y = tf.tanh(tf.exp(x) * x + 1.0)
    plan = plan_of(y, feeds=(x,))
    fused = optimise(plan)
    assert len(fused.steps) == 1
    assert total(fused).flops == total(plan).flops == 4000
    assert total(fused).written == 4000


def test_costs_add_only_to_costs():
    assert Cost(1, None, 2) + Cost(1, 1, 1) == Cost(2, None, 3)
    with pytest.raises(TypeError):
        Cost(1, 1, 1) + 3


def test_shapes_of_large_values_are_known_too():
    x = tf.placeholder(tf.float32, [None, 50, 50, 1])
    kernel = tf.Variable(zeros([5, 5, 1, 2]))
    (gradient,) = tf.gradients(tf.nn.conv2d(x, kernel, [1] * 4, "SAME"), kernel)
    plan = with_shapes(plan_of(gradient, feeds=(x,)), {}, unknown=100)
    assert plan.slots[plan.fetches[0]].shape.as_list() == [5, 5, 1, 2]
    assert total(plan).flops == 2 * 25_000_000  # forward and to the filter


def test_a_plan_is_explained_with_its_costs():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = tf.matmul(tf.transpose(x, name="t"), tf.exp(x, name="e"), name="y")
    lines = tf.Session().explain(y, {x: np.zeros([5, 4])}, stage="costs").splitlines()
    costs = {line.split()[-2]: line.split(" B  ")[0].split() for line in lines if " FLOP " in line}
    assert costs["e"] == ["20", "FLOP", "160"]
    assert costs["y"] == ["160", "FLOP", "224"]
    assert lines[-1].endswith("steps, 180 FLOP, 384 B moved")


def test_unknown_costs_are_question_marks():
    x, mask = tf.placeholder(tf.float32, [4], name="x"), tf.placeholder(tf.bool, [4], name="mask")
    y = tf.exp(tf.boolean_mask(x, mask), name="y")
    feeds = {x: np.zeros(4), mask: [True] * 4}
    lines = tf.Session().explain(y, feeds, stage="costs").splitlines()
    (step,) = (line for line in lines if " = Exp(" in line)
    assert step.split()[:4] == ["?", "FLOP", "?", "B"]
    assert lines[-1].endswith("steps, ? FLOP, ? B moved")
