"""Views of planned memory."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.array import reshape
from flowgraph.ops.core import constant, placeholder
from flowgraph.ops.slicing import slice as slice_
from flowgraph.runtime.session import Session


@pytest.fixture(autouse=True)
def fresh_memory_is_zero(monkeypatch):
    """What new memory holds by chance could hide a view that was made from it."""
    monkeypatch.setattr(np, "empty", np.zeros)


def test_an_offset_computed_in_the_run_moves_the_view():
    """Offsets in a planned buffer have no value yet when the plan is bound."""
    grid = constant(np.arange(30).reshape(5, 6))
    place = placeholder(dtypes.int32, [2])
    block = slice_(grid, add(multiply(place, 2), 1), [1, 2])
    with Session() as session:
        for y, x in [(0, 0), (1, 0), (0, 1), (1, 1)]:
            expected = 6 * (2 * y + 1) + 2 * x + 1
            assert session.run(block, {place: [y, x]}).tolist() == [[expected, expected + 1]]


def test_a_shape_computed_in_the_run_shapes_the_view():
    values, sizes = constant(np.arange(6)), placeholder(dtypes.int32, [2])
    table = reshape(add(values, values), add(sizes, 1))
    with Session() as session:
        for shape in [(2, 3), (3, 2), (1, 6)]:
            found = session.run(table, {sizes: [n - 1 for n in shape]})
            np.testing.assert_array_equal(found, np.arange(0, 12, 2).reshape(shape))
