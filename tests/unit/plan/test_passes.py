"""The passes on graphs made to break them: what a run gives, and what its plan holds."""

import itertools
import time

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.plan.passes import PASSES, optimise, specialise
from flowgraph.plan.plan import Request
from flowgraph.plan.prune import prune


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def planned(fetches, feeds=None, targets=(), passes=PASSES):
    """The plan of a request, verified after each pass."""
    feeds = feeds or {}
    graph = (*fetches, *targets)[0].graph
    plan = prune(Request(graph, tuple(fetches), tuple(targets), tuple(feeds)))
    return optimise(specialise(plan, list(feeds.values())), passes, debug=True)


def types(plan):
    return [step.op.type for step in plan.steps]


def names(plan):
    return [step.operation.name for step in plan.steps]


class TestDependencies:
    """What a step waited for, its successors wait for when it is folded, merged or renamed."""

    def test_through_a_constant(self, session):
        v = tf.Variable(1.0)
        with tf.control_dependencies([v.assign(5.0)]):
            c = tf.constant(2.0)
        y = c * 3 + tf.placeholder_with_default(1.0, []) * 0
        with tf.control_dependencies([y]):
            read = tf.identity(v)
        session.run(v.initializer)
        assert session.run([read, y]) == [5.0, 6.0]

    def test_through_an_identity(self, session):
        v = tf.Variable(1.0)
        x = tf.placeholder(tf.float32, [])
        with tf.control_dependencies([v.assign(5.0)]):
            same = tf.identity(x)
        with tf.control_dependencies([tf.identity(same)]):
            read = v.read_value()
        session.run(v.initializer)
        assert session.run(read, {x: 0}) == 5.0

    def test_through_a_merged_step(self, session):
        v = tf.Variable(1.0)
        x = tf.placeholder(tf.float32, [])
        with tf.control_dependencies([v.assign(5.0)]):
            one, other = tf.square(x), tf.square(x)
        with tf.control_dependencies([other]):
            read = v.read_value()
        session.run(v.initializer)
        assert session.run([read, one], {x: 3}) == [5.0, 9.0]
        assert types(planned([read, one], {x: ()})).count("Square") == 1

    def test_through_a_shape(self, session):
        """The shape is known before the run; the effect that its tensor comes after is not."""
        v = tf.Variable(1.0)
        x = tf.placeholder(tf.float32, [None])
        with tf.control_dependencies([v.assign(5.0)]):
            late = tf.negative(x)
        with tf.control_dependencies([tf.shape(late)]):
            read = v.read_value()
        session.run(v.initializer)
        assert session.run(read, {x: [1, 2]}) == 5.0

    def test_through_a_chain_of_shapes(self, session):
        v = tf.Variable([1.0, 2.0], validate_shape=False)
        x = tf.placeholder(tf.float32, [None])
        more = tf.square(tf.assign(v, x, validate_shape=False) * 2)
        with tf.control_dependencies([tf.size(tf.identity(more)) + 1]):
            read = v.read_value()
        session.run(v.initializer)
        assert session.run(read, {x: [2, 3]}).tolist() == [2, 3]

    def test_a_shape_without_an_effect_needs_nothing(self):
        x = tf.placeholder(tf.float32, [None])
        assert types(planned([tf.shape(tf.exp(x))], {x: (3,)})) == []

    def test_a_group(self, session):
        v, w = tf.Variable(1.0), tf.Variable(1.0)
        both = tf.group(v.assign(2.0), tf.group(w.assign(3.0), tf.no_op()))
        with tf.control_dependencies([both]):
            total = v.read_value() + w.read_value()
        session.run([v.initializer, w.initializer])
        assert session.run(total) == 5.0

    def test_added_afterwards(self, session):
        """A graph whose operations do not come after all they depend on."""
        v = tf.Variable(1.0)
        read = tf.identity(v.read_value())
        read.op.inputs[0].op._add_control_inputs([v.assign(5.0).op])
        session.run(v.initializer)
        assert session.run(read) == 5.0


class TestEffects:
    def test_are_not_merged(self, session):
        v = tf.Variable(0.0)
        first, second = v.assign_add(1.0), v.assign_add(1.0)
        draws = [tf.random_uniform([], seed=1) for _ in range(2)]
        calls = []
        called = [tf.py_func(lambda: calls.append(0), [], []) for _ in range(2)]
        session.run(v.initializer)
        session.run([first.op, second.op, *called])
        assert session.run(v) == 2.0
        assert len(calls) == 2
        assert types(planned(draws)).count("RandomUniform") == 2

    def test_happen_once_however_often_they_are_fetched(self, session):
        v = tf.Variable(0.0)
        more = v.assign_add(1.0)
        session.run(v.initializer)
        assert session.run([more, more + 1, more.op, more]) == [1, 2, None, 1]

    def test_happen_though_nobody_takes_their_result(self, session):
        v = tf.Variable([0.0], validate_shape=False)
        x = tf.placeholder(tf.float32, [None])
        write = tf.assign(v, x, validate_shape=False)
        session.run(v.initializer)
        assert session.run(tf.shape(write), {x: [2, 3]}) == [2]
        assert session.run(v).tolist() == [2, 3]

    def test_that_are_not_needed_do_not(self, session):
        v = tf.Variable(0.0)
        v.assign_add(1.0)
        session.run(v.initializer)
        assert session.run(v) == 0.0


class TestVariables:
    @pytest.mark.parametrize("order", ["read first", "write first"])
    def test_reads_come_before_writes_that_nothing_orders(self, session, order):
        v = tf.Variable([1.0, 2.0])
        if order == "read first":
            read, write = v * 2, v.assign([5.0, 6.0])
        else:
            write, read = v.assign([5.0, 6.0]), v * 2
        for _ in range(2):
            session.run(v.initializer)
            assert [x.tolist() for x in session.run([read, write])] == [[2, 4], [5, 6]]

    def test_each_write_is_seen_by_what_reads_its_result(self, session):
        v = tf.Variable(1.0)
        first = v.assign_add(1.0)
        with tf.control_dependencies([first]):
            second = v.assign_add(10.0)
        with tf.control_dependencies([second]):
            third = tf.identity(v)
        session.run(v.initializer)
        assert session.run([first + 0, second + 0, third, v]) == [2.0, 12.0, 12.0, 12.0]

    def test_a_swap(self, session):
        v, w = tf.Variable(1.0), tf.Variable(2.0)
        a, b = v.read_value(), w.read_value()
        swap = tf.group(v.assign(b), w.assign(a))
        session.run([v.initializer, w.initializer])
        session.run(swap)
        assert session.run([v, w]) == [2.0, 1.0]

    def test_a_view_of_a_variable_keeps_the_value_from_before(self, session):
        v = tf.Variable([[1.0, 2.0]])
        views = [tf.transpose(v), v[0], tf.reshape(v, [-1]), v + 0, tf.unstack(v, axis=1)]
        write = v.assign([[7.0, 8.0]])
        for _ in range(2):
            session.run(v.initializer)
            found, _ = session.run([views, write])
            assert [np.ravel(x).tolist() for x in found] == [[1, 2]] * 5


class TestRequests:
    def test_a_feed_is_fetched(self, session):
        x = tf.placeholder(tf.float32, [2])
        same = tf.identity(tf.identity(x))
        assert [v.tolist() for v in session.run([x, same], {x: [1, 2]})] == [[1, 2]] * 2
        assert types(planned([x, same], {x: (2,)})) == []

    def test_a_constant_is_fetched_and_is_a_target(self, session):
        c = tf.constant(2.0)
        y = c * 3
        assert session.run([c, c.op, y, y.op, y]) == [2.0, None, 6.0, None, 6.0]
        assert types(planned([c, y])) == []
        assert types(planned([y], targets=[y.op]))[-1] == "Mul"

    def test_a_fed_output_of_a_step_that_runs_for_its_others(self, session):
        x = tf.placeholder(tf.float32, [3])
        a, b, _ = tf.unstack(x)
        y = a + b
        assert session.run([y, a, b], {x: [1, 2, 3], b: 10}) == [11, 1, 10]
        planned([y, a, b], {x: (3,), b: ()})

    def test_part_of_a_shape_is_known(self, session):
        x = tf.placeholder(tf.float32, [None, 3])
        y = tf.boolean_mask(x, tf.greater(x[:, 0], 0))  # its length is known when it has run
        rows, columns = tf.unstack(tf.shape(y))
        value = [[1, 2, 3], [-1, 2, 3], [4, 5, 6]]
        assert session.run([rows, columns, rows * columns], {x: value}) == [2, 3, 6]
        plan = planned([rows, columns], {x: (3, 3)})
        assert plan.slots[plan.fetches[1]].value == 3
        assert plan.slots[plan.fetches[0]].value is None

    def test_constants_that_differ_in_sign_or_type_are_not_one(self, session):
        zeros = [tf.constant(0.0), tf.constant(-0.0), tf.constant(0), tf.constant(0.0, tf.float64)]
        found = session.run([1 / tf.cast(z, tf.float64) for z in zeros])
        assert found == [np.inf, -np.inf, np.inf, np.inf]


class TestMemory:
    def test_in_place_only_where_the_shape_is_the_same(self, session):
        x, y = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.float32, [2, 3])
        wide = (x + 1) * (y + 1) - (x + 2)
        found = session.run(wide, {x: [0, 1, 2], y: np.ones((2, 3))})
        assert found.tolist() == [[0, 1, 2]] * 2

    def test_a_view_of_a_dying_buffer_lives_on(self, session):
        x = tf.placeholder(tf.float32, [4])
        view = tf.reshape(tf.reshape(x + 1, [2, 2])[::-1], [-1])
        last = tf.exp(tf.exp(x * 0) * 0)  # wants buffers meanwhile
        with tf.control_dependencies([last]):
            result = view + last * 0
        assert session.run(result, {x: [1, 2, 3, 4]}).tolist() == [4, 5, 2, 3]
        planned([result], {x: (4,)})

    @pytest.mark.parametrize("turn", [tf.transpose, lambda t: t[::-1], lambda t: t[:1]])
    def test_nothing_is_written_over_another_view_of_it(self, session, turn):
        x = tf.placeholder(tf.float32, [64, 64])
        y = x + 1
        z = tf.squared_difference(y, turn(y)) * 1.0
        value = np.arange(64 * 64, dtype=np.float32).reshape(64, 64)
        turned = session.run(turn(x + 1), {x: value})
        np.testing.assert_array_equal(session.run(z, {x: value}), np.square(value + 1 - turned))
        planned([z], {x: (64, 64)})

    def test_buffers_are_shared_and_written_in_place(self):
        x = tf.placeholder(tf.float32, [1000])
        y = x
        for _ in range(20):
            y = tf.exp(y) + 1
        plan = planned([tf.reduce_sum(y)], {x: (1000,)})
        assert len(plan.buffers) == 1

    def test_what_is_fetched_is_not_planned(self):
        x = tf.placeholder(tf.float32, [10])
        y = tf.exp(x)
        plan = planned([y, tf.exp(y)], {x: (10,)})
        assert plan.buffers == ()


class TestSize:
    def test_ten_thousand_steps_one_after_the_other(self, session):
        x = tf.placeholder(tf.float32, [])
        y = x
        for _ in range(10_000):
            y = tf.add(y, x)
        start = time.perf_counter()
        assert session.run(y, {x: 1}) == 10_001
        assert time.perf_counter() - start < 10  # a quadratic pass takes minutes

    def test_ten_thousand_steps_side_by_side(self, session):
        x = tf.placeholder(tf.float32, [])
        with tf.control_dependencies([tf.negative(x)]):
            sides = [tf.add(x, float(n % 7)) for n in range(10_000)]
        total = tf.add_n(sides)
        assert session.run(total, {x: 1}) == 10_000 + sum(n % 7 for n in range(10_000))

    def test_a_chain_of_dependencies_and_identities(self, session):
        v = tf.Variable(0.0)
        step = v.initializer
        for _ in range(1_000):
            with tf.control_dependencies([step]):
                step = tf.identity(tf.constant(1.0))
        with tf.control_dependencies([step]):
            read = v.read_value()
        assert session.run(read) == 0.0

    def test_many_writes(self, session):
        variables = [tf.Variable(float(n)) for n in range(300)]
        updates = tf.group(*[v.assign_add(w) for v, w in itertools.pairwise(variables)])
        session.run(tf.global_variables_initializer())
        session.run(updates)
        expected = [n + n + 1.0 for n in range(299)]
        assert session.run(variables)[:-1] == expected


def test_what_a_branch_reads_is_read_before_it_is_written():
    v = tf.Variable(1, name="v")
    write = tf.assign_add(v, 1)
    value = tf.cond(tf.placeholder_with_default(True, []), lambda: v + 0, lambda: v * 0)
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run([write.op, value])[1] == 1
        assert session.run([value, write.op])[0] == 2
        assert session.run(v) == 3


def test_an_initialized_value_is_read_before_it_is_written():
    v = tf.Variable(1, name="v")
    write, value = tf.assign_add(v, 1), v.initialized_value()
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run([write.op, value])[1] == 1
