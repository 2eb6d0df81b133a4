"""Types of a program's own in `Session.run`."""

import pytest

import flowgraph as tf
from flowgraph.compat.finder import installed
from flowgraph.runtime import session_conversions
from flowgraph.runtime.session_conversions import register_session_run_conversion_functions


class Pair:
    def __init__(self, first, second):
        self.first, self.second = first, second


class OrderedPair(Pair):
    pass


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(session_conversions, "_registered", [])
    register_session_run_conversion_functions(
        Pair,
        fetch_function=lambda p: ([p.first, {"second": p.second}], lambda v: (v[0], v[1])),
        feed_function=lambda p, value: [(p.first, value[0]), (p.second, value[1])],
        feed_function_for_partial_run=lambda p: [p.first, p.second],
    )


def test_objects_are_fetched_and_fed_inside_any_structure():
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    given, found = Pair(x, y), OrderedPair(x + y, x * y)
    with tf.Session() as session:
        result = session.run({"found": [found], "x": x}, {given: (2.0, 3.0)})
        assert result == {"found": [(5.0, {"second": 6.0})], "x": 2.0}


def test_partial_runs_are_fed_for_objects():
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    given, total = Pair(x, y), x + y
    with tf.Session() as session:
        handle = session.partial_run_setup([total], [given])
        assert session.partial_run(handle, total, {given: (2.0, 3.0)}) == 5.0


def test_a_type_is_registered_once():
    with pytest.raises(ValueError, match=r"Pair'> has already been registered so ignore it\."):
        register_session_run_conversion_functions(Pair, lambda p: ([], list))
    register_session_run_conversion_functions(OrderedPair, lambda p: ([p.first], lambda v: v[0]))
    with tf.Session() as session:
        assert session.run(OrderedPair(tf.constant(1), None)) == 1


def test_a_type_without_functions_is_taken_as_before():
    register_session_run_conversion_functions(int)
    tf.no_op()
    with tf.Session() as session, pytest.raises(TypeError, match="Fetch argument 3 has invalid"):
        session.run(3)


def test_programs_find_it():
    with installed():
        from tensorflow.python.client import session

        found = session.register_session_run_conversion_functions
    assert found is register_session_run_conversion_functions
