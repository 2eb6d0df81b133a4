"""Warnings that a session gives: a graph that grows in a loop, fractions lost in a feed."""

import re

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.cautions import GrowingGraphWarning, LostFractionWarning
from tests.passes.golden import golden


def without_places(text):
    return re.sub(r"(?m)^  File .*\n(    .*\n)?", "", text).strip()


def test_a_line_that_adds_to_the_graph_in_a_loop_is_named():
    x = tf.placeholder(tf.float32, [3], name="x")
    sess = tf.Session()
    turns = 0
    with pytest.warns(GrowingGraphWarning) as caught:
        for _ in range(40):
            sess.run(tf.argmax(x), {x: [1, 3, 2]})
            turns += 1
    (warning,) = caught
    assert warning.filename == __file__
    assert "sess.run(tf.argmax(x)" in str(warning.message)
    assert without_places(str(warning.message)) == golden("""
        The graph grows between runs: for the 20th time this line added operations, this time ArgMax 'ArgMax_20'
          hint: runs get slower and memory fills. Build the graph once, above the loop, and feed placeholders; graph.finalize() makes such a line an error
    """)  # noqa: E501


def test_a_graph_built_in_one_go_or_line_by_line_is_no_loop():
    x = tf.placeholder(tf.float32, [])
    sess = tf.Session()
    for _ in range(100):
        y = x + 1.0
    sess.run(y, {x: 1})
    for _ in range(100):
        sess.run(y, {x: 1})
    for _ in range(5):
        sess.run(x * 2.0, {x: 1})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.5, "x:0 holds int32: 1.5 was fed and became 1"),
        ([1, 2.25], "2.25 was fed and became 2"),
        (np.array([0.5, -1.5, 3.0]), "0.5 was fed and became 0, and so did 1 more"),
        (np.float32(0.1), "0.1 was fed and became 0"),
    ],
)
def test_a_fraction_that_a_feed_loses(value, said):
    x = tf.placeholder(tf.int32, name="x")
    y = tf.identity(x)
    with pytest.warns(LostFractionWarning, match=re.escape(said)) as caught:
        result = tf.Session().run(y, {x: value})
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(result, np.asarray(value).astype(np.int32))


def test_what_a_fraction_lost_is_said():
    x = tf.placeholder(tf.int64, name="step")
    with pytest.warns(LostFractionWarning) as caught:
        tf.Session().run(x + 1, {x: 2.5})
    assert without_places(str(caught[0].message)) == golden("""
        step:0 holds int64: 2.5 was fed and became 2
          the tensor was made at
          hint: make it float32, or round the values before they are fed
    """)


@pytest.mark.parametrize("value", [3.0, 3, [1.0, 2.0], np.array([4.0]), np.int64(3), True])
def test_whole_numbers_lose_nothing(value):
    x = tf.placeholder(tf.int32)
    assert np.all(tf.Session().run(x, {x: value}) == np.asarray(value))
