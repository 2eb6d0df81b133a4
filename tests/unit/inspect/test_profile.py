"""Profiles: where the time of a run goes."""

import time

import numpy as np
import pytest

import flowgraph as tf

ONES = np.ones([4, 3], np.float32)


def network():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(np.ones([3, 2]), dtype=tf.float32, name="w")
    with tf.name_scope("fc"):
        y = tf.matmul(x, w, name="product")  # the line of the product
    return x, w, tf.reduce_mean(y, name="loss")


def slow(seconds, name):
    """A tensor that takes so long to compute."""

    def wait():
        time.sleep(seconds)
        return np.float32(1.0)

    return tf.py_func(wait, [], tf.float32, name=name)


def test_the_time_goes_where_it_is_spent():
    with tf.name_scope("slow"):
        a = slow(0.02, "a")
    with tf.name_scope("fast"):
        b = slow(0.002, "b")
    profile = tf.Session().profile([a, b], runs=3)
    assert 0.022 <= profile.wall < 0.2
    times = {line.name: line.seconds for line in profile.by_scope()}
    assert times["slow/"] >= 0.02 > times["fast/"] >= 0.002
    (kind,) = profile.by_type()
    assert kind.name == "PyFunc"
    assert kind.operations == 2
    assert kind.seconds == pytest.approx(times["slow/"] + times["fast/"])
    assert kind.share == pytest.approx(kind.seconds / profile.wall)


def test_overhead_is_what_the_steps_do_not_take():
    profile = tf.Session().profile(slow(0.005, "a"), runs=5)
    steps = sum(measured.seconds for measured in profile.steps)
    assert profile.overhead == pytest.approx(profile.wall - steps, abs=1e-3)
    assert 0.0 <= profile.overhead < 0.005
    assert 0.0 < profile.clock < 1e-4


def test_the_tables_share_out_the_time_of_all_steps():
    x, _, loss = network()
    train = tf.train.AdamOptimizer(0.1).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        profile = sess.profile([train, loss], {x: ONES}, runs=3)
    steps = sum(measured.seconds for measured in profile.steps)
    for lines in (profile.by_type(), profile.by_line(), profile.by_tier(), profile.by_scope(1)):
        assert sum(line.seconds for line in lines) == pytest.approx(steps)
    assert {line.name for line in profile.by_tier()} <= {"native", "planned", "computed", "view"}


def test_gradients_count_where_their_operation_was_written():
    x, w, loss = network()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as sess:
        sess.run(w.initializer)
        profile = sess.profile(train, {x: ONES}, runs=3)
    (line,) = [line for line in profile.by_line() if "the line of the product" in line.name]
    assert line.name.startswith("test_profile.py:")
    assert 0.0 < line.gradient <= line.seconds
    (line,) = [line for line in profile.by_line() if "minimize" in line.name]
    assert line.gradient == 0.0
    assert not any("gradients" in line.name for line in profile.by_scope())


def test_work_is_counted_by_formula():
    x, w, loss = network()
    with tf.Session() as sess:
        sess.run(w.initializer)
        profile = sess.profile(loss, {x: ONES}, runs=2)
    lines = {line.name: line for line in profile.by_type()}
    assert lines["MatMul"].flops == 2 * 4 * 3 * 2
    assert lines["MatMul"].moved == 4 * (4 * 3 + 3 * 2 + 4 * 2)
    assert profile.flops == lines["MatMul"].flops + lines["Mean"].flops


def test_a_fused_group_is_shared_among_the_lines_of_its_members():
    x = tf.placeholder(tf.float32, [1000], name="x")
    y = tf.exp(x, name="first")
    z = tf.multiply(y, x, name="second")
    profile = tf.Session().profile(z, {x: np.ones(1000)}, runs=3)
    assert [measured.step.op.type for measured in profile.steps] == ["Fused"]
    first, second = sorted(profile.by_line(), key=lambda line: line.name)
    assert "first" in first.name
    assert "second" in second.name
    assert first.seconds == second.seconds > 0.0
    assert first.flops == second.flops == 1000
    assert first.moved == second.moved == 4000.0
    assert "second = fused Exp Mul" in str(profile)


def test_each_profiled_run_is_a_run_and_one_goes_before():
    v = tf.Variable(0.0, name="v")
    with tf.Session() as sess:
        sess.run(v.initializer)
        profile = sess.profile(tf.assign_add(v, 1.0), runs=4)
        assert profile.runs == 4
        assert sess.run(v) == 5.0


def test_a_variable_that_changes_its_shape_is_followed():
    v = tf.Variable([1.0], validate_shape=False, name="v")
    longer = tf.assign(v, tf.concat([v, [1.0]], 0), validate_shape=False)
    with tf.Session() as sess:
        sess.run(v.initializer)
        profile = sess.profile(longer, runs=3)
        assert sess.run(v).shape == (5,)
    assert all(line.flops is not None for line in profile.by_type())


def test_a_plan_without_steps_is_all_overhead():
    profile = tf.Session().profile(tf.constant(1.0), runs=2)
    assert profile.steps == []
    assert profile.wall == profile.overhead
    assert profile.flops == 0
    assert "overhead" in str(profile)


def test_errors_are_those_of_a_run():
    x = tf.placeholder(tf.float32, name="x")
    y = tf.check_numerics(x, "not finite")
    sess = tf.Session()
    with pytest.raises(ValueError, match="runs must be at least 1, not 0"):
        sess.profile(y, {x: 1.0}, runs=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="not finite : Tensor had NaN"):
        sess.profile(y, {x: np.nan})


def test_the_text_is_tables_of_a_hundred_columns():
    x, _, loss = network()
    train = tf.train.AdamOptimizer(0.1).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        profile = sess.profile([train, loss], {x: ONES}, runs=2)
    text = str(profile)
    assert max(map(len, text.splitlines())) <= 100
    first, second, *_ = text.splitlines()
    assert "a run (median of 2 runs)" in first
    assert "overhead" in second
    assert "for the clock are subtracted" in second
    tables = [part.split()[0] for part in text.split("\n\n")[1:]]
    assert tables == ["type", "source", "scope", "tier", "step"]
    markup = profile._repr_html_()
    assert markup.count("<table") == markup.count("</table>") == 5
    assert "<script" not in markup


def test_a_long_source_line_keeps_its_number():
    x = tf.py_func(lambda: np.float32(1.0), [], tf.float32, name="a_name_that_makes_a_long_line")
    profile = tf.Session().profile(x, runs=1)
    (line,) = profile.by_line()
    assert line.name.endswith('long_line")')
    number = line.name.split()[0]
    assert f"\n{number}  x = tf.py_func(lamb" in str(profile)


def test_names_are_escaped_in_html():
    x = tf.py_func(lambda: np.float32(1.0), [], tf.float32, name="x")  # <b>
    assert "# &lt;b&gt;" in tf.Session().profile(x, runs=1)._repr_html_()


def test_a_page_shows_what_the_text_shows():
    x = tf.placeholder(tf.float32, [4, 4], name="x")
    y = tf.reshape(tf.add_n([tf.matrix_inverse(x + float(n)) for n in range(30)]), [16], name="y")
    profile = tf.Session().profile(y, {x: np.eye(4)}, runs=1)
    assert any(m.step.op.type == "Reshape" and not m.seconds for m in profile.steps)
    ran = [measured for measured in profile.steps if measured.seconds]
    steps = profile._repr_html_().split("<table")[-1]
    assert steps.count("<tr>") == 1 + 20 + 1
    assert f"{len(ran) - 20} more<" in steps
    assert str(profile).endswith(f"\n{len(ran) - 20} more")
