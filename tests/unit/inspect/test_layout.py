"""The geometry of drawings: nothing overlaps, all text fits, wires lead from box to box."""

import pytest

import flowgraph as tf
from flowgraph.inspect.condensed import condensed
from flowgraph.inspect.layers import Segment, ordered, places, ranks, reversed_edges, spread
from flowgraph.inspect.layout import layout
from flowgraph.inspect.picture import Group
from tests.unit.inspect.pictures import GRAPHS, check


@pytest.mark.parametrize("is_sideways", [False, True], ids=["down", "right"])
@pytest.mark.parametrize("depth", [None, 0, 9], ids=["chosen", "closed", "open"])
@pytest.mark.parametrize("name", [name for name in GRAPHS if name != "nothing"])
def test_layout(name, depth, is_sideways):
    GRAPHS[name]()
    picture = condensed(tf.get_default_graph(), depth=depth)
    check(picture, layout(picture, is_sideways))


@pytest.mark.parametrize("name", ["training", "convolutional_net", "bodies"])
def test_layout_of_everything(name):
    GRAPHS[name]()
    picture = condensed(tf.get_default_graph(), depth=9, hidden=())
    check(picture, layout(picture))


@pytest.mark.parametrize("name", ["training", "convolutional_net", "entangled_scopes"])
def test_layout_of_the_insides_of_groups(name):
    GRAPHS[name]()
    picture = condensed(tf.get_default_graph(), depth=0)
    groups = [box for box in picture.root.members if isinstance(box, Group)]
    assert groups
    for group in groups:
        inner = picture.inside(group.key)
        assert {box.key for box in group.members} <= {box.key for box in inner.root.members}
        check(inner, layout(inner))


def test_cycles_lose_few_edges():
    ring = [(0, 1), (1, 2), (2, 3), (3, 0)]
    assert len(reversed_edges(4, ring)) == 1
    assert reversed_edges(4, ring[:3]) == set()
    assert reversed_edges(3, [(2, 1), (1, 0)]) == set()
    assert len(reversed_edges(2, [(0, 1), (1, 0)])) == 1


def test_ranks_keep_edges_short():
    # 3 feeds only the last vertex of a chain: it stands just before it, not at the top.
    assert ranks(4, [(0, 1), (1, 2), (3, 2)]) == [0, 1, 2, 1]
    assert ranks(3, [(0, 1)])[:2] == [0, 1]
    assert ranks(0, []) == []


def test_order_has_no_needless_crossings():
    edges = [Segment(0, 3, 0, 0, 1), Segment(1, 2, 0, 0, 1)]
    upper, lower = ordered([[0, 1], [2, 3]], edges)
    assert (upper.index(0) < upper.index(1)) == (lower.index(3) < lower.index(2))


def test_ports_on_one_vertex_have_an_order():
    edges = [Segment(0, 2, 0, 10, 1), Segment(1, 2, 0, -10, 1)]
    assert ordered([[0, 1], [2]], edges)[0] == [1, 0]


def test_places_are_apart_and_straight():
    edges = [Segment(0, 2, 0, 0, 1), Segment(1, 3, 0, 0, 1)]
    x = places([[0, 1], [2, 3]], [10, 10, 50, 50], edges, 5, ())
    assert x[3] - x[2] >= 55 - 1e-9
    assert x[0] == pytest.approx(x[2], abs=0.5) and x[1] == pytest.approx(x[3], abs=0.5)


def test_spread_is_the_nearest_that_keeps_apart():
    assert spread([0.0, 0.0, 10.0], [4.0, 4.0]) == [-2.0, 2.0, 10.0]
    assert spread([0.0, 0.0], [4.0], [3.0, 1.0]) == [-1.0, 3.0]
    assert spread([], []) == []
