"""Lists of variables and the operations that initialize and check them."""

import pytest

from flowgraph import dtypes
from flowgraph.errors import FailedPreconditionError
from flowgraph.graph.scope import GraphKeys, add_to_collection
from flowgraph.ops.core import apply
from flowgraph.ops.state import VariableV2
from flowgraph.runtime.session import Session
from flowgraph.shapes import TensorShape
from flowgraph.variables import collections
from flowgraph.variables.variable import Variable


@pytest.fixture
def two():
    local = [GraphKeys.LOCAL_VARIABLES]
    return Variable(1.0, name="a"), Variable(2.0, name="b", collections=local, trainable=False)


def test_lists(two):
    a, b = two
    assert collections.global_variables() == collections.all_variables() == [a]
    assert collections.trainable_variables() == [a]
    assert collections.local_variables() == [b]
    assert collections.model_variables() == collections.moving_average_variables() == []
    add_to_collection(GraphKeys.MODEL_VARIABLES, a)
    add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, b)
    assert collections.model_variables() == [a]
    assert collections.moving_average_variables() == [b]


def test_lists_of_a_scope():
    ab, b = Variable(1.0, name="ab"), Variable(1.0, name="b")
    assert collections.global_variables("a") == [ab]
    assert collections.trainable_variables(".*b:") == [ab, b]


@pytest.mark.parametrize(
    ("make", "initialized"),
    [
        (collections.global_variables_initializer, {"a"}),
        (collections.initialize_all_variables, {"a"}),
        (collections.local_variables_initializer, {"b"}),
        (collections.initialize_local_variables, {"b"}),
        (lambda: collections.variables_initializer(collections.local_variables()), {"b"}),
        (lambda: collections.initialize_variables([]), set()),
    ],
)
def test_initializers(two, make, initialized):
    with Session() as session:
        session.run(make())
        missing = session.run(collections.report_uninitialized_variables())
        assert {"a", "b"} - {name.decode() for name in missing} == initialized


def test_variables_made_later_are_not_initialized():
    init = collections.global_variables_initializer()
    w = Variable(1.0, name="w")
    with Session() as session:
        session.run(init)
        with pytest.raises(FailedPreconditionError, match="uninitialized value w"):
            session.run(w)


def test_report_of_given_variables(two):
    a, b = two
    with Session() as session:
        session.run(b.initializer)
        assert session.run(collections.report_uninitialized_variables([a])).tolist() == [b"a"]
        assert session.run(collections.report_uninitialized_variables([b])).tolist() == []


def test_report_without_variables():
    report = collections.report_uninitialized_variables()
    assert (report.name, report.dtype) == ("report_uninitialized_variables/Const:0", dtypes.string)
    with Session() as session:
        assert session.run(report).shape == (0,)


def test_report_of_variables_that_are_not_listed():
    apply(VariableV2(shape=TensorShape([]), dtype=dtypes.float32), name="hidden")
    with Session() as session:
        assert session.run(collections.report_uninitialized_variables()).tolist() == [b"hidden"]


def test_assertion(two):
    a, b = two
    both, one = (
        collections.assert_variables_initialized(),
        collections.assert_variables_initialized([a]),
    )
    with Session() as session:
        session.run(a.initializer)
        session.run(one)
        with pytest.raises(FailedPreconditionError, match="uninitialized value b"):
            session.run(both)
        session.run(b.initializer)
        session.run(both)


def test_assertion_without_variables():
    assert collections.assert_variables_initialized() is None
