"""The guard against NaN and infinity: it names who made the first one, and changes nothing."""

import re
import warnings

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.cautions import NonFiniteWarning
from flowgraph.runtime.executor import Executor
from tests.gpus import fake_gpus
from tests.passes.golden import golden, plan


@pytest.fixture(params=["host", "GPU"], autouse=True)
def device(request):
    """What is told is the same, wherever the plans run."""
    with fake_gpus(request.param == "GPU"):
        yield request.param


ROWS = np.random.RandomState(0).standard_normal((20, 4)).astype(np.float32) * 20
CLASSES = np.eye(3, dtype=np.float32)[np.arange(20) % 3]


def without_places(text):
    """Take the lines of the program out of a message."""
    text = re.sub(r"(?m)^  File .*\n(    .*\n?)?", "", text)
    return re.sub(r" \(defined at .*?\) ", " ", text).strip()


def failed(fetches, feeds=None, sess=None):
    sess = sess or tf.Session(nan_guard="raise")
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(fetches, feeds)
    return caught.value


def two_layers():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y_ = tf.placeholder(tf.float32, [None, 3], name="y_")
    w1 = tf.get_variable("w1", [4, 8], initializer=tf.random_normal_initializer(seed=1))
    w2 = tf.get_variable("w2", [8, 3], initializer=tf.random_normal_initializer(seed=2))
    y = tf.nn.softmax(tf.matmul(tf.nn.relu(tf.matmul(x, w1)), w2), name="y")
    loss = -tf.reduce_sum(y_ * tf.log(y, name="log_y"))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    return {x: ROWS, y_: CLASSES}, loss, train


def test_the_log_of_a_softmax_is_found_in_the_forward_part():
    feeds, loss, train = two_layers()
    sess = tf.Session(nan_guard="raise")
    sess.run(tf.global_variables_initializer())
    weights = sess.run(tf.trainable_variables())
    error = failed([loss, train], feeds, sess)
    assert error.op.name == "log_y"
    assert "y_ * tf.log(y" in str(error)
    assert without_places(str(error)) == golden("""
        log_y:0 : Tensor had Inf values
        \t [[node log_y ]]
          Log 'log_y', built at
          input y:0 float32[20,3] from 0 to 1, 5 of them 0, made at
          it is the first to have one: 5 Inf of 60 elements, the others from -85.58 to 0, 12 of them 0
          it was noticed in Mul 'mul', built at
          it was needed by Neg <- Sum <- mul <- log_y, run at
          hint: log(0) is -Inf, its slope Inf, and 0 * log(0) NaN: softmax rounds to 0; tf.nn.softmax_cross_entropy_with_logits, given what 'y' is given, computes this loss and never meets log(0)
    """)  # noqa: E501
    for before, after in zip(weights, sess.run(tf.trainable_variables()), strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_log_of_a_softmax_is_found_in_the_gradient():
    feeds, _, train = two_layers()
    sess = tf.Session(nan_guard="raise")
    sess.run(tf.global_variables_initializer())
    error = failed(train, feeds, sess)
    assert error.op.forward.name == "log_y"
    assert "it computes the gradient of Log 'log_y'" in str(error)
    assert "tf.nn.softmax_cross_entropy_with_logits" in str(error)


def model():
    """A net with what is fused, random, a loop, a variable that is read and written."""
    tf.set_random_seed(3)
    x = tf.placeholder(tf.float32, [None, 4])
    h = tf.layers.batch_normalization(tf.layers.dense(x, 5, tf.nn.relu), training=True)
    h = tf.nn.dropout(h, 0.5, seed=1)
    _, h = tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, tf.tanh(v) * 1.1), [0, h])
    loss = tf.reduce_mean(tf.square(tf.layers.dense(h, 3)))
    return x, loss, tf.train.AdamOptimizer(0.01).minimize(loss)


def trained(mode):
    tf.reset_default_graph()
    x, loss, train = model()
    with warnings.catch_warnings(), tf.Session(nan_guard=mode) as sess:
        warnings.simplefilter("error")
        sess.run(tf.global_variables_initializer())
        losses = [sess.run([loss, train], {x: ROWS})[0] for _ in range(4)]
        return [*losses, *sess.run(tf.global_variables())]


@pytest.mark.parametrize("mode", ["raise", "warn"])
def test_a_guard_changes_no_bit_of_a_result(mode):
    for plain, guarded in zip(trained(None), trained(mode), strict=True):
        np.testing.assert_array_equal(plain, guarded)


def test_without_a_guard_a_run_makes_the_steps_of_the_plan_and_no_others():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.reduce_sum(tf.log(x, name="log_x"), name="y")
    text = """
        feed  %0 float32[2]  x:0
        const %2 int32[1]  Const:0 = [0]
        step  %1 = Log(%0) : float32[2]
        step  %3 = Sum(%1, %2) : float32[]
        fetch %3 y:0
    """
    for mode in (None, "raise"):
        sess = tf.Session(nan_guard=mode)
        assert plan(y, {x: [1, 2]}, "schedule", sess) == golden(text)
    sess = tf.Session()
    assert sess.run(y, {x: [1, 1]}) == 0
    (executor,) = sess._executors.values()
    assert type(executor) is Executor
    ((_, bound),) = next(iter(executor._plans.values())).pool
    steps = [step for step in bound._steps if step.op.type not in ("ToDevice", "ToHost")]
    assert [step.operation.name for step in steps] == ["log_x", "y"]


def test_it_looks_inside_of_fused_groups():
    x = tf.placeholder(tf.float32, [3], name="x")
    y = tf.exp(tf.sqrt(x * 2.0 - 6.0, name="root") + 1.0)
    sess = tf.Session(nan_guard="raise")
    assert "Fused" in sess.explain(y, {x: [3, 4, 5]})
    error = failed(y, {x: [3, 2, 5]}, sess)
    assert error.op.name == "root"
    assert "input sub:0 float32[3] from -2 to 4, 1 of them 0" in str(error)
    assert "hint: the root of a negative number is NaN" in str(error)


def test_it_looks_inside_of_branches():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.cond(x > 0, lambda: tf.log(x - 5.0, name="inner") * 2.0, lambda: x)
    sess = tf.Session(nan_guard="raise")
    assert sess.run(y, {x: -1}) == -1
    error = failed(y, {x: 1}, sess)
    assert error.op.name == "cond/inner"
    assert "the log of a negative number is NaN" in str(error)


def test_it_looks_inside_of_loops_and_names_the_turn_that_began_it():
    x = tf.placeholder(tf.float32, [2], name="x")
    _, y = tf.while_loop(lambda i, v: i < 5, lambda i, v: (i + 1, tf.log(v, name="l")), [0, x])
    error = failed(y, {x: [10, 1]})
    assert error.op.name == "while/l"
    assert "input while/variable_3:0 float32[2] from 0 to 2.303, 1 of them 0" in str(error)


def test_it_looks_inside_of_the_gradient_of_a_loop():
    x = tf.placeholder(tf.float32, [], name="x")
    _, y = tf.while_loop(lambda i, v: i < 2, lambda i, v: (i + 1, tf.sqrt(v)), [0, x])
    error = failed(tf.gradients(y, x), {x: 0})
    assert error.op.forward.type == "Sqrt"
    assert "the slope of sqrt at 0 is infinite" in str(error)


def test_a_feed_with_nan_is_named_as_such():
    x = tf.placeholder(tf.float32, [2], name="x")
    error = failed(x * 2.0, {x: [1, np.nan]})
    assert without_places(str(error)) == golden("""
        x:0 : Tensor had NaN values
        \t [[node x ]]
          it is fed with it: 1 NaN of 2 elements, the others all 1
          it was made at
          it was run at
          hint: the data hold it: look with np.argwhere(~np.isfinite(values)) before feeding
    """)


def test_a_variable_that_held_nan_before_is_named_as_such():
    w = tf.Variable([np.nan, 1.0], name="w")
    y = tf.add(w, 1.0, name="y")
    sess = tf.Session(nan_guard="raise")
    sess.run(w.initializer)  # what the user writes down is not complained of
    error = failed(y, None, sess)
    assert without_places(str(error)) == golden("""
        w:0 : Tensor had NaN values
        \t [[node w ]]
          variable 'w' held it before: 1 NaN of 2 elements, the others all 1
          it was made at
          it was noticed in Add 'y', built at
          it was needed by y <- w/read <- w, run at
          hint: an earlier run or a checkpoint put it there: guard the session from its first run on, and initialize the variable again
    """)  # noqa: E501


def test_an_update_that_overflows_is_named_and_the_old_range_told():
    w = tf.Variable([3e38, 0.0], name="w")
    step = tf.assign_add(w, [3e38, 0.0], name="step")
    sess = tf.Session(nan_guard="raise")
    sess.run(w.initializer)
    error = failed(step.op, None, sess)
    assert error.op.name == "step"
    assert "input w:0" in str(error)
    assert "from 0 to 3e+38" in str(error)


def test_an_infinity_that_is_meant_is_left_alone():
    p = tf.placeholder(tf.float32, [None, 2])
    sess = tf.Session(nan_guard="raise")
    drawn = tf.multinomial(tf.log(p), 4, seed=1)
    assert sess.run(drawn, {p: [[0, 1]]}).tolist() == [[1] * 4]
    masked = tf.nn.softmax(tf.where(p > 0, p, tf.fill(tf.shape(p), -np.inf)))
    assert sess.run(masked, {p: [[0, 1]]}).tolist() == [[0, 1]]
    assert sess.run(tf.constant([np.inf]) * 2.0) == np.inf


def test_what_is_known_before_the_run_has_a_first_producer_too():
    y = tf.multiply(tf.log(tf.constant([0.0, 1.0]), name="folded"), 0.0, name="y")
    error = failed(y)
    assert error.op.name == "folded"
    assert "input Const:0 float32[2] from 0 to 1, 1 of them 0" in str(error)


HINTS = {
    "exp(100) overflows": lambda x: tf.exp(x * 100.0),
    "a division by 0": lambda x: x / (x - 1.0),
    "1 / sqrt(0) is infinite": lambda x: tf.rsqrt(x - 1.0),
    "a negative number has no real power": lambda x: tf.pow(-x, 0.5),
    "log1p of -1 is -Inf": lambda x: tf.log1p(-x),
    "0 * Inf is NaN": lambda x: tf.constant(np.inf, tf.float32) * (x - 1.0),
    "Inf - Inf is NaN": lambda x: tf.identity([np.inf]) * x - tf.identity([np.inf]) * x,
    "the slope of sqrt at 0": lambda x: tf.gradients(tf.norm(x - 1.0), x),
    "beyond what the dtype holds": lambda x: tf.matmul([[1e30]], tf.reshape(x, [1, 1]) * 1e30),
    "the data hold it": lambda x: tf.py_func(lambda: np.float32(np.nan), [], tf.float32),
}


@pytest.mark.parametrize("hint", HINTS)
def test_hint(hint):
    x = tf.placeholder(tf.float32, [1])
    with np.errstate(all="ignore"):
        assert hint in str(failed(HINTS[hint](x), {x: [1]})).rpartition("hint: ")[2]


def test_a_guard_that_warns_tells_of_each_producer_once_and_goes_on():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = [tf.log(x, name="a"), tf.cumsum(tf.sqrt(x, name="b"))]
    sess = tf.Session(nan_guard="warn")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            assert np.isnan(sess.run(y, {x: [-1, 1]})[1]).all()
    assert [str(w.message).partition(" ")[0] for w in caught] == ["a:0", "b:0"]
    assert [w.category for w in caught] == [NonFiniteWarning] * 2
    assert caught[0].filename == __file__


def test_an_interactive_session_has_a_guard_too():
    sess = tf.InteractiveSession(nan_guard="raise")
    try:
        with pytest.raises(tf.errors.InvalidArgumentError, match="Tensor had NaN values"):
            tf.log(tf.constant(-1.0)).eval()
    finally:
        sess.close()


def test_other_modes_are_refused():
    with pytest.raises(ValueError, match="nan_guard must be None, 'raise' or 'warn', not True"):
        tf.Session(nan_guard=True)
    x = tf.placeholder(tf.float32)
    with pytest.raises(NotImplementedError, match="a partial run under a nan_guard"):
        tf.Session(nan_guard="raise").partial_run_setup(x, [x])
