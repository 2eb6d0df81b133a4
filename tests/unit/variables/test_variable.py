"""``Variable``: what it is, how it converts, what it does in a session."""

import copy

import numpy as np
import pytest

import flowgraph as tf
from flowgraph import dtypes
from flowgraph.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import (
    GraphKeys,
    control_dependencies,
    get_collection,
    get_default_graph,
)
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.core import constant, convert_to_tensor, placeholder
from flowgraph.ops.filling import zeros
from flowgraph.ops.random import random_normal
from flowgraph.runtime.session import Session
from flowgraph.shapes import TensorShape
from flowgraph.variables.assign import (
    assign,
    assign_add,
    assign_sub,
    count_up_to,
    is_variable_initialized,
    scatter_add,
    scatter_div,
    scatter_max,
    scatter_min,
    scatter_mul,
    scatter_nd_add,
    scatter_nd_sub,
    scatter_nd_update,
    scatter_sub,
    scatter_update,
)
from flowgraph.variables.collections import global_variables_initializer
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization
from flowgraph.variables.variable import Variable


@pytest.fixture
def session():
    with Graph().as_default() as graph, Session(graph=graph) as opened:
        yield opened


def started(session, *values):
    variables = [Variable(value) for value in values]
    session.run([v.initializer for v in variables])
    return variables[0] if len(variables) == 1 else variables


def test_what_it_is():
    w = Variable([1.0, 2.0], name="w", trainable=False)
    assert repr(w) == str(w) == "<tf.Variable 'w:0' shape=(2,) dtype=float32_ref>"
    assert (w.name, w.op.name, w.op.type) == ("w:0", "w", "VariableV2")
    assert w.dtype is dtypes.float32._as_ref
    assert w.shape == w.get_shape() == TensorShape([2])
    assert w.graph is get_default_graph()
    assert w.device == ""
    assert not w.trainable
    assert w.constraint is None
    assert w.initializer.name == "w/Assign"
    assert w.initial_value.name == "w/initial_value:0"
    assert w.value().name == "w/read:0"
    assert w.synchronization is VariableSynchronization.AUTO
    assert w.aggregation is VariableAggregation.NONE


def test_it_is_compared_and_copied_by_identity():
    w, v = Variable(1.0), Variable(1.0)
    assert {w: 1}[w] == 1
    assert w != v
    assert copy.copy(w) is w
    assert copy.deepcopy([w])[0] is w
    assert bool(w)
    with pytest.raises(TypeError, match=r"^'Variable' object is not iterable.$"):
        iter(w)


def test_collections():
    w = Variable(1.0)
    fixed = Variable(1.0, trainable=False)
    local = Variable(1.0, collections=[GraphKeys.LOCAL_VARIABLES], trainable=False)
    own = Variable(1.0, collections=["own"])
    assert get_collection(GraphKeys.GLOBAL_VARIABLES) == [w, fixed]
    assert get_collection(GraphKeys.TRAINABLE_VARIABLES) == [w, own]
    assert get_collection(GraphKeys.LOCAL_VARIABLES) == [local]
    assert get_collection("own") == [own]


def test_it_belongs_to_the_graph_of_its_initial_value():
    with Graph().as_default() as graph:
        value = constant(1.0)
    assert Variable(value).graph is graph


def test_dtypes_of_initial_values():
    assert Variable(1, dtype=dtypes.float32).dtype.base_dtype is dtypes.float32
    assert Variable(np.zeros(2)).dtype.base_dtype is dtypes.float64
    assert Variable("a").dtype.base_dtype is dtypes.string
    with pytest.raises(ValueError, match="Tensor conversion requested dtype float32 for Tensor"):
        Variable(constant(1), dtype=dtypes.float32)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, r"^initial_value must be specified\.$"),
        ({"collections": "a"}, ValueError, "must be a list, tuple, or set. Got a of type"),
        ({"constraint": 3}, ValueError, "The `constraint` argument must be a callable."),
        ({"aggregation": "x"}, ValueError, "Invalid variable aggregation mode: x for variable: w"),
        ({"synchronization": "x"}, ValueError, "Invalid variable synchronization mode: x for"),
        ({"expected_shape": [3]}, ValueError, r"initial_value has shape \(2,\), not \(3,\)"),
        ({"variable_def": 1}, ValueError, "variable_def and initial_value are mutually exclusive."),
        ({"import_scope": "a"}, NotImplementedError, "import_scope"),
        ({"shape": [3]}, ValueError, "Dimension 0 in both shapes must be equal, but are 3 and 2"),
    ],
)
def test_arguments_that_are_refused(arguments, error, message):
    value = [1.0, 2.0] if arguments else None
    with pytest.raises(error, match=message):
        Variable(value, name="w", **arguments)


def test_synchronization_on_reading_is_not_for_training():
    on_read = VariableSynchronization.ON_READ
    with pytest.raises(ValueError, match="ON_READ only for non-trainable variables"):
        Variable(1.0, trainable=True, synchronization=on_read)
    assert not Variable(1.0, synchronization=on_read).trainable


def test_the_shape_must_be_known_if_it_is_validated():
    with pytest.raises(ValueError, match=r"^initial_value must have a shape specified: Tensor"):
        Variable(placeholder(dtypes.float32, [None]))
    assert Variable(placeholder(dtypes.float32, [None]), validate_shape=False).shape.ndims is None


def test_set_shape():
    w = Variable(placeholder(dtypes.float32), validate_shape=False)
    w.set_shape([2, None])
    assert w.shape.as_list() == w.value().shape.as_list() == [2, None]


def test_conversion():
    w = Variable(2.0, name="w")
    assert convert_to_tensor(w) is w.value()
    assert convert_to_tensor(w, dtypes.float32) is w.value()
    assert convert_to_tensor(w, as_ref=True) is w._ref()
    message = (
        "^Incompatible type conversion requested to type 'int32' for variable of type 'float32_ref'"
    )
    with pytest.raises(ValueError, match=message):
        convert_to_tensor(w, dtypes.int32)
    message = "^Input 'y' of 'Mul' Op has type float32 that does not match type int32 of argument"
    with pytest.raises(TypeError, match=message):
        multiply(constant(1), w)


def test_no_value_before_initialization(session):
    w = Variable(1.0, name="w")
    for fetch in (w, add(w, 1.0), w.assign_add(1.0), w.read_value()):
        with pytest.raises(
            FailedPreconditionError, match=r"^Attempting to use uninitialized value w"
        ):
            session.run(fetch)
    assert not session.run(is_variable_initialized(w))
    session.run(w.initializer)
    assert session.run([w, is_variable_initialized(w)]) == [1.0, True]


def test_values_last_from_run_to_run_and_are_a_session_s_own():
    w = Variable([1.0, 2.0])
    step = w.assign_add([1.0, 1.0])
    with Session() as first, Session() as second:
        for session in (first, second):
            session.run(w.initializer)
        first.run(step.op)
        assert first.run(w).tolist() == [2, 3]
        assert second.run(w).tolist() == [1, 2]


def test_a_fetched_value_is_the_caller_s_own(session):
    w = started(session, [1.0, 2.0])
    value = session.run(w)
    session.run(w.assign_add([1.0, 1.0]).op)
    assert value.tolist() == [1, 2]
    value[:] = 9
    assert session.run(w).tolist() == [2, 3]


def test_writes(session):
    w = started(session, [4.0, 6.0])
    assert session.run(w.assign([1.0, 2.0])).tolist() == [1, 2]
    assert session.run(w.assign_add([1.0, 2.0])).tolist() == [2, 4]
    assert session.run(w.assign_sub([1.0, 1.0])).tolist() == [1, 3]
    assert session.run(assign(w, [5.0, 5.0])).tolist() == [5, 5]
    assert session.run(assign_add(w, [1.0, 0.0])).tolist() == [6, 5]
    assert session.run(assign_sub(assign(w, [3.0, 3.0]), [1.0, 1.0])).tolist() == [2, 2]
    assert session.run(w.assign([0.0, 0.0], read_value=False)) is None
    assert session.run(w).tolist() == [0, 0]


def test_a_write_of_another_shape(session):
    value = placeholder(dtypes.float32)
    w = started(session, [1.0, 2.0])
    message = r"^Assign requires shapes of both tensors to match. lhs shape= \[2\] rhs shape= \[1\]"
    with pytest.raises(InvalidArgumentError, match=message):
        session.run(assign(w, value), {value: [1.0]})
    assert session.run(assign(w, value, validate_shape=False), {value: [1.0]}).tolist() == [1]


def test_writes_to_what_is_no_reference():
    for write in (assign, assign_add, assign_sub):
        with pytest.raises(AttributeError):
            write(constant(1.0), 2.0)
    with pytest.raises(TypeError, match="requires that input 'ref' be a mutable tensor"):
        scatter_add(constant([1.0]), [0], [1.0])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (scatter_update, [5, 2, 2]),
        (scatter_add, [13, 2, 6]),
        (scatter_sub, [-5, 2, 2]),
        (scatter_mul, [80, 2, 8]),
        (scatter_div, [0.2, 2, 2]),
        (scatter_min, [4, 2, 2]),
        (scatter_max, [5, 2, 4]),
    ],
)
def test_scatter(session, function, expected):
    w = started(session, [4.0, 2.0, 4.0])
    indices, updates = [0, 2, 0], [4.0, 2.0, 5.0]
    np.testing.assert_allclose(session.run(function(w, indices, updates)), expected)
    session.run(w.initializer)
    slices = IndexedSlices(constant(updates), constant(indices))
    method = getattr(w, function.__name__)
    np.testing.assert_allclose(session.run(method(slices)), expected)
    with pytest.raises(ValueError, match=r"^sparse_delta is not IndexedSlices: 3$"):
        method(3)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (scatter_nd_update, [[1, 8], [9, 4]]),
        (scatter_nd_add, [[1, 10], [12, 4]]),
        (scatter_nd_sub, [[1, -6], [-6, 4]]),
    ],
)
def test_scatter_nd(session, function, expected):
    w = started(session, [[1.0, 2.0], [3.0, 4.0]])
    arguments = [[0, 1], [1, 0]], [8.0, 9.0]
    assert session.run(function(w, *arguments)).tolist() == expected
    session.run(w.initializer)
    assert session.run(getattr(w, function.__name__)(*arguments)).tolist() == expected


@pytest.mark.parametrize("count", [lambda n: count_up_to(n, 2), lambda n: n.count_up_to(2)])
def test_count_up_to(session, count):
    n = started(session, 0)
    counted = count(n)
    assert [session.run(counted), session.run(counted)] == [0, 1]
    with pytest.raises(OutOfRangeError, match=r"^Reached limit of 2"):
        session.run(counted)


def test_eval_and_load(session):
    w = started(session, [1.0, 2.0])
    before = len(get_default_graph().get_operations())
    w.load([3.0, 4.0])
    w.load([3.0, 5.0], session)
    assert w.eval().tolist() == w.eval(session).tolist() == [3, 5]
    assert len(get_default_graph().get_operations()) == before


def test_without_a_session():
    with pytest.raises(ValueError, match="No default session is registered"):
        Variable(1.0).eval()
    with pytest.raises(ValueError, match=r"^Either session argument should be provided or default"):
        Variable(1.0).load(2.0)


def test_a_read_after_a_write(session):
    w = started(session, 1.0)
    with control_dependencies([w.assign_add(1.0)]):
        after = w.read_value()
    assert session.run(after) == 2


def test_reads_come_before_writes_of_the_same_run(session):
    w = started(session, 1.0)
    value = add(w, 0.0)
    assert session.run([w.assign(add(w, 1.0)), value])[1] == 1
    assert session.run(w) == 2


def test_a_variable_may_be_fed(session):
    w = started(session, 1.0)
    assert session.run(add(w, 1.0), {w: 5.0}) == 6
    assert session.run(w) == 1


def test_initial_values_from_other_variables(session):
    draw = Variable(random_normal([3]))
    same = Variable(draw)
    scaled = Variable(add(multiply(draw, 2.0), 1.0))
    explicit = Variable(multiply(draw.initialized_value(), 3.0))
    of_local = Variable(add(Variable(5.0, collections=[GraphKeys.LOCAL_VARIABLES]), 1.0))
    session.run(global_variables_initializer())
    x, *rest = session.run([draw, same, scaled, explicit, of_local])
    for found, expected in zip(rest, [x, x * 2 + 1, x * 3, 6.0], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_an_initialized_variable_gives_its_value(session):
    w = started(session, 1.0)
    later = Variable(multiply(w, 10.0))
    session.run(w.assign(2.0).op)
    session.run(later.initializer)
    assert session.run([later, w.initialized_value()]) == [20, 2]


def test_an_unlisted_variable_must_be_initialized_first(session):
    hidden = Variable(1.0, collections=[], trainable=False)
    w = Variable(add(hidden, 1.0))
    with pytest.raises(FailedPreconditionError, match="uninitialized value Variable"):
        session.run(w.initializer)
    session.run(hidden.initializer)
    session.run(w.initializer)
    assert session.run(w) == 2


def test_a_written_reference_as_initial_value(session):
    w = started(session, 1.0)
    v = Variable(w.assign_add(1.0))
    session.run(v.initializer)
    assert session.run([v, w]) == [2, 2]


def test_a_callable_initial_value_and_its_control_dependencies(session):
    step = Variable(lambda: zeros([], dtypes.int32))
    with control_dependencies([step.assign_add(1)]):
        w = Variable(lambda: constant(2.0))
    session.run([step.initializer, w.initializer])
    assert session.run([w, step]) == [2, 0]


def test_arrays_leave_the_operation_to_the_variable(session):
    w = started(session, [1.0, 2.0])
    total = np.ones(2, np.float32) + w
    assert session.run(total).tolist() == [2, 3]


def test_a_variable_given_the_reference_to_another_has_memory_of_its_own():
    empty = tf.constant([], tf.float32)
    first, second = (tf.Variable(empty, validate_shape=False) for _ in range(2))
    stored = tf.assign(first, tf.constant([1.0, 2.0]), validate_shape=False)
    stored = tf.assign(second, stored, validate_shape=False)
    moved = tf.scatter_add(second, [0], [10.0])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(stored)
        sess.run(moved)
        assert [v.tolist() for v in sess.run([first, second])] == [[1, 2], [11, 2]]
