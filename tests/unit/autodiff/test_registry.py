"""Gradients that programs register, and the overriding of an op's own."""

import pytest

from flowgraph import dtypes
from flowgraph.autodiff import registry
from flowgraph.autodiff.gradients import gradients
from flowgraph.autodiff.registry import NoGradient, NotDifferentiable, RegisterGradient
from flowgraph.graph.op import Op
from flowgraph.graph.scope import get_default_graph
from flowgraph.graph.signature import Signature
from flowgraph.ops.arithmetic import multiply, negative
from flowgraph.ops.core import apply, constant, identity, placeholder
from flowgraph.runtime.session import Session


@pytest.fixture(autouse=True)
def registrations(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})


class Triple(Op, abstract=True):
    """Three times the input; no gradient of its own."""

    signature = Signature("x: T -> y: T")

    def infer(self, *inputs):
        return (inputs[0].shape,)

    def compute(self, xp, *inputs):
        return inputs[0] * 3


def overridden(override, build):
    with get_default_graph().gradient_override_map(override):
        return build()


def test_a_type_without_a_gradient_gets_one():
    x = placeholder(dtypes.float32, [])
    y = apply(Triple(), x)
    with pytest.raises(LookupError):
        gradients(y, x)

    @RegisterGradient("Triple")
    def _triple(operation, dy):
        assert operation is y.op
        return multiply(dy, 3.0)

    assert Session().run(gradients(y, x), {x: 1.0}) == [3.0]


def test_registering_returns_the_function():
    def function(operation, dy):
        return dy

    assert RegisterGradient("Kept")(function) is function


def test_an_override_replaces_the_ops_own_gradient_inside_the_block_only():
    @RegisterGradient("Tenfold")
    def _tenfold(operation, dy):
        return multiply(dy, 10.0)

    x = constant(2.0)
    inside = overridden({"Neg": "Tenfold"}, lambda: negative(x))
    outside = negative(x)
    assert Session().run([gradients(inside, x)[0], gradients(outside, x)[0]]) == [10.0, -1.0]


def test_an_override_may_name_another_op():
    x = constant(2.0)
    y = overridden({"Neg": "Identity"}, lambda: negative(x))
    assert Session().run(gradients(y, x)) == [1.0]


def test_an_override_of_a_binary_op_gives_gradients_of_the_inputs_own_shapes():
    @RegisterGradient("Left")
    def _left(operation, dy):
        return dy, None

    x = constant([1.0, 2.0])
    y = overridden({"Mul": "Left"}, lambda: multiply(x, 5.0))
    assert Session().run(gradients(y, x))[0].tolist() == [1.0, 1.0]


def test_an_override_that_is_not_registered_is_named():
    x = constant(2.0)
    y = overridden({"Neg": "Nowhere"}, lambda: negative(x))
    with pytest.raises(
        LookupError, match=r"^No gradient defined for operation 'Neg'(.|\n)*'Nowhere'"
    ):
        gradients(y, x)


def test_gradients_need_not_be_tensors():
    @RegisterGradient("Plain")
    def _plain(operation, dy):
        return 4.0

    x = constant(2.0)
    y = overridden({"Neg": "Plain"}, lambda: negative(x))
    assert Session().run(gradients(y, x)) == [4.0]


@pytest.mark.parametrize("declare", [NotDifferentiable, NoGradient])
def test_a_type_may_be_declared_to_have_no_gradient(declare):
    declare("Triple")
    x = constant(2.0)
    assert gradients(apply(Triple(), x), x) == [None]


def test_a_second_registration_is_refused_and_the_first_located():
    NotDifferentiable("Once")
    with pytest.raises(KeyError, match=r"Registering two gradient with name .*Once.*!") as caught:
        RegisterGradient("Once")(identity)
    assert "test_registry.py" in str(caught.value)


def test_the_gradient_of_a_known_op_cannot_be_replaced_everywhere():
    with pytest.raises(KeyError, match=r"Registering two gradient with name .*Identity"):
        RegisterGradient("Identity")(identity)


@pytest.mark.parametrize("register", [RegisterGradient, NotDifferentiable])
def test_the_type_is_a_string(register):
    with pytest.raises(TypeError, match="op_type must be a string"):
        register(3)
