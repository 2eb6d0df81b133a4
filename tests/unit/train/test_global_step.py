import pytest

from flowgraph import dtypes
from flowgraph.graph.scope import add_to_collection, get_collection, get_default_graph, name_scope
from flowgraph.ops.core import constant
from flowgraph.runtime.session import Session
from flowgraph.train.global_steps import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)
from flowgraph.variables.collections import global_variables, trainable_variables
from flowgraph.variables.variable import Variable


def test_it_is_made_once():
    assert get_global_step() is None
    with name_scope("inside"):
        step = get_or_create_global_step()
    assert [step.name, step.dtype, step.shape.as_list()] == ["global_step:0", dtypes.int64_ref, []]
    assert get_collection("global_step") == [step] == global_variables()
    assert trainable_variables() == []
    assert get_or_create_global_step() is step is get_global_step(get_default_graph())
    with pytest.raises(ValueError, match='"global_step" already exists'):
        create_global_step()
    with Session() as session:
        session.run(step.initializer)
        assert global_step(session, step) == 0


def test_it_may_be_any_tensor_of_the_name():
    Variable(1, name="global_step")
    assert get_global_step().name == "global_step:0"


def test_several_are_none(caplog):
    for _ in range(2):
        add_to_collection("global_step", Variable(1))
    assert get_global_step() is None
    assert "Multiple tensors in global_step collection." in caplog.text


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (lambda: constant(1.0), "does not have integer type: tf.float32"),
        (lambda: constant([1]), r"is not scalar: \(1,\)"),
        (lambda: None, 'Existing "global_step" must be a Variable or Tensor: None.'),
    ],
)
def test_it_must_be_an_integer_scalar(value, match):
    with pytest.raises(TypeError, match=match):
        assert_global_step(value())
