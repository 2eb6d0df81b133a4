"""custom_gradient."""

import numpy as np
import pytest

from flowgraph.autodiff.custom import custom_gradient
from flowgraph.autodiff.gradients import gradients
from flowgraph.graph.scope import get_default_graph
from flowgraph.ops.arithmetic import add, multiply, negative
from flowgraph.ops.core import constant
from flowgraph.runtime.session import Session
from flowgraph.variables.variable import Variable


@custom_gradient
def product(a, b):
    """A product whose gradients are told apart from the true ones."""

    def grad(dy):
        return multiply(dy, 10.0), multiply(dy, 20.0)

    return multiply(a, b), grad


def run(fetches, *variables):
    with Session() as session:
        session.run([v.initializer for v in variables])
        return session.run(fetches)


def test_the_value_is_the_functions_and_the_gradient_its_own():
    a, b = constant(3.0), constant(4.0)
    y = product(a, b)
    assert run([y, *gradients(negative(y), [a, b])]) == [12.0, -10.0, -20.0]


def test_it_is_one_operation_of_results_and_arguments():
    y = product(constant(3.0), 4.0)
    assert y.op.type == "IdentityN"
    assert len(y.op.inputs) == 3
    assert y.op.op.attributes() == {}


def test_one_argument_used_twice():
    a = constant(3.0)
    assert run(gradients(product(a, a), a)) == [30.0]


def test_the_gradient_is_graph_and_has_a_gradient():
    @custom_gradient
    def cube(x):
        def grad(dy):
            return multiply(dy, multiply(3.0, multiply(x, x)))

        return multiply(x, multiply(x, x)), grad

    x = constant(2.0)
    (first,) = gradients(cube(x), x)
    (second,) = gradients(first, x)
    assert run([first, second]) == [12.0, 12.0]


@pytest.mark.parametrize("kind", [list, tuple])
def test_several_results_and_zeros_for_those_that_are_not_used(kind):
    @custom_gradient
    def both(x):
        def grad(dy, dz):
            return add(dy, multiply(dz, 100.0))

        return kind([multiply(x, 2.0), multiply(x, 3.0)]), grad

    x = constant(1.0)
    results = both(x)
    assert type(results) is kind
    assert run(gradients(results[0], x)) == [1.0]
    assert run(gradients(results[1], x)) == [100.0]
    assert run(gradients(list(results), x)) == [101.0]


def test_keywords_are_refused():
    with pytest.raises(ValueError, match=r"^The custom_gradient decorator currently supports"):
        product(constant(1.0), b=constant(2.0))


def test_the_number_of_gradients_is_checked():
    @custom_gradient
    def one(a, b):
        return add(a, b), lambda dy: dy

    a = constant(1.0)
    with pytest.raises(ValueError, match="gives 1 gradients for 2 arguments"):
        gradients(one(a, a), a)


def test_the_name_and_docstring_are_kept():
    assert product.__name__ == "product"
    assert product.__doc__.startswith("A product")


# -- variables ----------------------------------------------------------------------------------


def scaled(w, number=1):
    @custom_gradient
    def function(x):
        def grad(dy, variables):
            assert variables == [w]
            return multiply(dy, w), [multiply(dy, 7.0)] * number

        return multiply(x, w), grad

    return function


def test_the_variables_read_get_the_gradients_given():
    w = Variable(5.0, name="w")
    x = constant(2.0)
    y = scaled(w)(x)
    assert run([y, *gradients(y, [x, w])], w) == [10.0, 5.0, 7.0]


def test_a_variable_read_outside_has_both_gradients():
    w = Variable(5.0, name="w")
    y = add(scaled(w)(constant(2.0)), multiply(w, 3.0))
    assert run(gradients(y, w), w) == [10.0]


def test_a_variable_that_is_an_argument_is_no_variable_read():
    w = Variable(5.0, name="w")
    assert run(gradients(product(w, 2.0), w), w) == [10.0]


def test_variables_made_inside():
    made = []

    @custom_gradient
    def function(x):
        made.append(Variable(5.0, name="inside"))
        y = multiply(x, made[0])
        return y, lambda dy, variables: (multiply(dy, 2.0), [multiply(dy, 3.0) for _ in variables])

    x = constant(2.0)
    y = function(x)
    assert run([y, *gradients(y, [x, *made])], *made) == [10.0, 2.0, 3.0]


def test_variables_need_a_gradient_function_that_takes_them():
    w = Variable(5.0)

    @custom_gradient
    def function(x):
        return multiply(x, w), lambda dy: dy

    with pytest.raises(TypeError, match="must accept a 'variables' keyword argument"):
        function(constant(1.0))


def test_each_variable_needs_a_gradient():
    w = Variable(5.0)
    x = constant(1.0)
    y = scaled(w, number=2)(x)
    with pytest.raises(ValueError, match="Must return gradient for each variable"):
        gradients(y, x)


def test_the_graph_of_a_function_is_left_alone():
    product(np.float32(1), np.float32(2))
    assert [o.type for o in get_default_graph().get_operations()].count("IdentityN") == 1
