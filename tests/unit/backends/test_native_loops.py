"""Loops whose turns are one C function, against the same loops step by step."""

import dataclasses
import signal
import threading

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends import turns
from flowgraph.backends.emit import region
from flowgraph.backends.native import compiler

try:
    compiler.compiler()
except compiler.CompilerError:
    pytest.skip("there is no C compiler", allow_module_level=True)


def config(level):
    options = tf.OptimizerOptions(global_jit_level=level)
    return tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=options))


@pytest.fixture
def compiled(monkeypatch):
    """How many loops ran in C, and how many turns of theirs were left to single steps."""
    counts = {"loops": 0, "stepwise": 0}
    run, stepwise = turns.CompiledTurns.run, turns.Turns.run

    def counting(self, *arguments):
        counts["loops"] += 1
        return run(self, *arguments)

    def counting_steps(self, *arguments):
        counts["stepwise"] += 1
        return stepwise(self, *arguments)

    monkeypatch.setattr(turns.CompiledTurns, "run", counting)
    monkeypatch.setattr(turns.Turns, "run", counting_steps)
    return counts


def fetched(fetches, feeds, level):
    with tf.Session(config=config(level)) as session:
        session.run(tf.global_variables_initializer())
        session.run(fetches, feeds)
        return session.run(fetches, feeds)


def assert_same(fetches, feeds=None, rtol=1e-5):
    """In C and step by step; return what C gives."""
    expected, actual = (fetched(fetches, feeds, level) for level in (-1, tf.OptimizerOptions.ON_1))
    for reference, value in zip(expected, actual, strict=True):
        assert np.shape(value) == np.shape(reference)
        assert np.asarray(value).dtype == np.asarray(reference).dtype
        np.testing.assert_allclose(value, reference, rtol=rtol, atol=rtol)
    return actual


def times(count, body, *start, **options):
    """Run `body` over variables `count` times, and return their last values."""
    return tf.while_loop(
        lambda i, *_: i < count,
        lambda i, *values: (i + 1, *body(i, *values)),
        (0, *start),
        **options,
    )[1:]


def draw(*shape):
    return np.random.RandomState(sum(shape)).randn(*shape).astype(np.float32)


def test_scalars_of_every_kind(compiled):
    x = tf.placeholder(tf.float64, [])
    last = times(
        50,
        lambda i, a, b, c: [
            a * 3 + tf.cast(i, tf.int64),
            tf.logical_xor(b, a > 0),
            tf.where(b, tf.sin(c) * x, c + tf.cast(a % 7, tf.float64)),
        ],
        *(tf.constant(1, tf.int64), True, x),
    )
    assert_same(last, {x: 0.3})
    assert compiled == {"loops": 2, "stepwise": 2}


def test_variables_that_change_places(compiled):
    a, b, v, w = times(
        5, lambda i, a, b, v, w: [b, a + b, w, v], 0, 1, tf.zeros([3]), tf.constant([1.0, 2.0, 3.0])
    )
    assert assert_same([a, b])[1] == 8
    assert assert_same([v, w])[0].tolist() == [1, 2, 3]
    assert compiled["loops"] == 4


def test_vectors_and_matrices(compiled):
    x, m = tf.placeholder(tf.float32, [None, 5]), tf.Variable(draw(5, 5) * 0.3)
    (y,) = times(
        7,
        lambda i, y: [
            tf.tanh(tf.matmul(y, m) + tf.reduce_mean(y, 0, keepdims=True))
            + tf.concat([y[:, 2:], tf.reduce_max(y, 1, keepdims=True), y[:, :1]], 1)
            - tf.gather(tf.transpose(y), [4, 0, 2])[0, 0]
        ],
        x,
    )
    for rows in (3, 1, 40):
        assert_same([y, *tf.gradients(y, [x, m])], {x: draw(rows, 5)}, rtol=2e-4)
    assert compiled["loops"] >= 6


def test_turns_that_look_elements_up(compiled):
    x = tf.placeholder(tf.float32, [6, 3])
    (y,) = times(
        6, lambda i, y: [y * 0.5 + x[i] + x[-1 - i] * tf.gather(x, [i, 5 - i])[1]], tf.zeros([3])
    )
    (z,) = times(4, lambda i, z: [z + tf.slice(x, [i, 0], [2, 3])], tf.zeros([2, 3]))
    assert_same([y, z], {x: draw(6, 3)})
    assert compiled["loops"] == 4


def test_branches(compiled):
    x = tf.placeholder(tf.float32, [2])
    (y,) = times(
        9,
        lambda i, y: [
            tf.cond(tf.equal(i % 3, 1), lambda: tf.sqrt(y) + x[0], lambda: y * tf.cast(i, "float"))
        ],
        tf.ones([2]),
    )
    assert_same([y], {x: [2.0, 3.0]})
    assert compiled["loops"] == 2


def test_loops_in_loops(compiled):
    (y,) = times(
        6, lambda i, y: [y + tf.while_loop(lambda j, s: j < i, lambda j, s: (j + 1, s + j * y),
                                           (0, 0))[1]], 1
    )  # fmt: skip
    assert_same([y])
    assert compiled == {"loops": 2, "stepwise": compiled["stepwise"]}


def test_gradients_of_both_orders(compiled):
    x, w = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.float32, [])
    (y,) = times(20, lambda i, y: [tf.sin(y) * w + x], x)
    slopes = tf.gradients(y, [x, w])
    assert_same([y, *slopes, *tf.gradients(slopes, w)], {x: [0.1, 0.5, -0.7], w: 0.9}, rtol=1e-4)
    assert compiled["loops"] >= 4


def test_more_turns_than_there_is_room_for(compiled):
    x = tf.placeholder(tf.float32, [])
    (y,) = times(30000, lambda i, y: [y * x + tf.cast(i % 5, tf.float32)], 1.0)
    assert_same([y, *tf.gradients(y, x)], {x: 0.999}, rtol=1e-3)
    assert compiled["loops"] == 4


def test_no_turn_and_a_limit_on_turns():
    count = tf.placeholder(tf.int32, [])
    (y,) = times(count, lambda i, y: [y + tf.sin(y)], 1.0, maximum_iterations=4)
    for turns_asked in (0, 1, 3, 100):
        assert_same([y], {count: turns_asked})


def test_what_is_not_finite_and_what_wraps_around():
    x = tf.placeholder(tf.float32, [4])
    (y,) = times(3, lambda i, y: [tf.maximum(y, x) / (y - y)], x)
    a, b = times(
        40, lambda i, a, b: [a * 7 + 1, tf.where(b + 1 > b, b + 2**29, b - 3)], 3, tf.constant(5)
    )
    with np.errstate(all="ignore"):
        assert_same([y, a, b], {x: [np.nan, np.inf, 0, -1]})


ENDS = [-(2**31), 2**31 - 1, -7, -1, 0, 1, 7]


@pytest.mark.parametrize("kind", ["int32", "int64"])
def test_integers_of_all_signs(kind):
    x, y = (tf.placeholder(kind, [len(ENDS) * len(ENDS)]) for _ in range(2))
    safe = tf.where(tf.equal(y, 0), y + 3, y)
    shifts = [each(x, y) for each in (tf.bitwise.left_shift, tf.bitwise.right_shift)]
    quotients = [each(x, safe) for each in (tf.floordiv, tf.truncatediv)]
    rests = [each(x, safe) for each in (tf.floormod, tf.truncatemod)]
    results = [*shifts, *quotients, *rests, x ** abs(y % 5), tf.bitwise.invert(x)]
    _, *last = tf.while_loop(
        lambda i, *_: i < 1,
        lambda i, *_: (i + 1, *results),
        (0, *[tf.zeros_like(x)] * len(results)),
    )
    pairs = np.array(np.meshgrid(ENDS, ENDS)).reshape(2, -1)
    assert_same(last, {x: pairs[0], y: pairs[1]})


FAULTS = {
    "Integer division by zero": lambda i, x: tf.cast(12 // (3 - i), tf.float32),
    "slice index 4 of dimension 0 out of bounds": lambda i, x: x[i + 1],
    r"indices = 4 is not in \[0, 4\)": lambda i, x: tf.gather(x, i + 1),
    "too late : Tensor had NaN": lambda i, x: tf.check_numerics(
        tf.sqrt(2.5 - tf.cast(i, tf.float32)), "too late"
    ),
    "assertion failed: .*too many": lambda i, x: tf.cast(_asserted(i), tf.float32),
}


def _asserted(i):
    with tf.control_dependencies([tf.Assert(i < 3, ["too many", i])]):
        return tf.identity(i)


@pytest.mark.parametrize("message", FAULTS)
@pytest.mark.parametrize("is_inner", [False, True])
def test_a_turn_at_fault_says_what_step_failed(message, is_inner, compiled):
    x = tf.placeholder(tf.float32, [4])
    fault = FAULTS[message]

    def body(i, y):
        if is_inner:
            return [tf.cond(i > 1, lambda: y + fault(i, x), lambda: y + 1.0)]
        return [y + fault(i, x)]

    (y,) = times(6, body, 0.0)
    session = tf.Session(config=config(tf.OptimizerOptions.ON_1))
    with session, pytest.raises(tf.errors.InvalidArgumentError, match=message) as error:
        session.run(y, {x: [1, 2, 3, 4]})
    assert error.value.op is not None and error.value.op.type != "While"
    assert compiled == {"loops": 1, "stepwise": 1}


def test_a_loop_without_end_can_be_interrupted():
    forever = tf.while_loop(lambda i: tf.less(i * 0, 1), lambda i: i + 1, [0])
    nested = tf.while_loop(
        lambda i: i < 3,
        lambda i: i + 1 + 0 * tf.while_loop(lambda j: j * 0 < 1, lambda j: j + 1, [i]),
        [0],
    )
    main = threading.main_thread().ident
    for endless in (forever, nested):
        with tf.Session(config=config(tf.OptimizerOptions.ON_1)) as session:
            alarm = threading.Timer(1.0, signal.pthread_kill, (main, signal.SIGINT))
            alarm.start()
            with pytest.raises(KeyboardInterrupt):
                session.run(endless)


def test_a_hot_loop_is_compiled_and_swapped_in_between_its_turns(monkeypatch, compiled):
    monkeypatch.setenv("FLOWGRAPH_NATIVE", "auto")
    monkeypatch.setattr(turns, "HOT", 10)
    salt = int(np.random.default_rng().integers(2**31))  # so that it is in no cache
    monkeypatch.setattr(
        turns, "turns", lambda plan, count: _salted(region.turns(plan, count), salt)
    )
    x = tf.placeholder(tf.float32, [])
    (y,) = times(tf.placeholder_with_default(25, []), lambda i, y: [tf.sin(y) * x], 0.5)
    fetches = [y, *tf.gradients(y, x)]
    with tf.Session() as session:
        values = [session.run(fetches, {x: 0.9}) for _ in range(3)]
        assert compiled["loops"] == 0
        for thread in threading.enumerate():
            if thread.name == "flowgraph cc":
                thread.join()
        values += [session.run(fetches, {x: 0.9}) for _ in range(3)]
    assert compiled["loops"] == 6
    for value in values:
        np.testing.assert_allclose(value, values[0], rtol=1e-5)


def _salted(code, salt):
    return dataclasses.replace(code, text=f"{code.text}/* {salt} */")


def test_explain_shows_the_code_or_says_why_there_is_none():
    x = tf.placeholder(tf.float32, [2])
    (plain,) = times(3, lambda i, y: [tf.sin(y)], x)
    (printed,) = times(3, lambda i, y: [tf.Print(y, [y])], x)
    with tf.Session(config=config(tf.OptimizerOptions.ON_1)) as session:
        texts = [session.explain(y, {x: [1, 2]}, stage="bound") for y in (plain, printed)]
        code = session.explain([plain, printed], {x: [1, 2]}, stage="code")
    assert "(its turns are one C function)" in texts[0]
    assert "(no C for its turns: Print, which has no C)" in texts[1]
    assert code.count("long turns(") == 1 and "sin(v0)" in code


def test_what_is_large_or_of_other_dtypes_runs_step_by_step(compiled):
    x = tf.placeholder(tf.float32, [400, 400])
    (y,) = times(2, lambda i, y: [tf.matmul(y, y) / 1e3], x)
    (h,) = times(2, lambda i, h: [h * 2], tf.cast(x[0], tf.float16))
    s = times(2, lambda i, s: [s + "a"], "b")
    assert_same([y, h], {x: draw(400, 400)}, rtol=1e-3)
    assert fetched(s, None, tf.OptimizerOptions.ON_1) == (b"baa",)
    assert compiled["loops"] == 0
