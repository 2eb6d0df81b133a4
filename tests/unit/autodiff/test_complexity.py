"""Differentiation is linear: counted in operations made, so that no clock decides."""

import pytest

from flowgraph import dtypes
from flowgraph.autodiff.gradients import gradients
from flowgraph.autodiff.paths import operations_between
from flowgraph.graph.scope import get_default_graph
from flowgraph.ops.arithmetic import add, multiply, negative
from flowgraph.ops.core import constant, placeholder


def count():
    return len(get_default_graph().get_operations())


def made_by(build):
    before = count()
    build()
    return count() - before


SEED = 3  # Shape, grad_ys_0 and Fill


@pytest.mark.parametrize("depth", [1000, 10_000])
def test_a_chain_costs_one_operation_per_layer(depth):
    x = y = placeholder(dtypes.float32, [], name="x")
    for _ in range(depth):
        y = negative(y)
    assert made_by(lambda: gradients(y, x)) == depth + SEED


def test_a_chain_of_products_costs_two_operations_per_layer():
    x = y = placeholder(dtypes.float32, [], name="x")
    w = constant(2.0)
    for _ in range(1000):
        y = multiply(y, w)
    assert made_by(lambda: gradients(y, x)) == 2 * 1000 + SEED


def test_diamonds_are_not_exponential():
    """Each doubles the number of paths: 2**60 of them, three operations each."""
    x = y = placeholder(dtypes.float32, [], name="x")
    for _ in range(60):
        y = add(negative(y), negative(y))
    assert made_by(lambda: gradients(y, x)) == 3 * 60 + SEED


def test_a_wide_graph_is_summed_by_one_operation():
    x = placeholder(dtypes.float32, [], name="x")
    ys = [negative(x) for _ in range(2000)]
    assert made_by(lambda: gradients(ys, x)) == 2000 * (1 + SEED) + 1


def test_only_what_lies_between_is_visited():
    x = placeholder(dtypes.float32, [], name="x")
    before = x
    for _ in range(500):
        before = negative(before)
    y = negative(before)
    beside = before
    for _ in range(500):
        beside = negative(beside)
    assert [o.name for o in operations_between([y], [before])] == [y.op.name, before.op.name]
    assert made_by(lambda: gradients(y, before)) == 1 + SEED


def test_higher_orders_stay_linear_in_the_graph_they_differentiate():
    x = y = placeholder(dtypes.float32, [], name="x")
    for _ in range(50):
        y = multiply(y, x)
    sizes = []
    for _ in range(3):
        before = count()
        (y,) = gradients(y, x)
        sizes.append(count() - before)
    assert sizes[0] <= 3 * 50 + SEED + 1
    assert sizes[1] <= 10 * sizes[0]
    assert sizes[2] <= 10 * sizes[1]
