"""Rows of tables against values and names recorded from TensorFlow."""

import numpy as np
import pytest

import flowgraph as tf

TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)


def initialised():
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


def two_parts():
    return [tf.Variable(TABLE[:3], name="a"), tf.Variable(TABLE[3:5], name="b")]


def test_one_table():
    table = tf.Variable(TABLE, name="w")
    found = tf.nn.embedding_lookup(table, [[1, 3], [0, 5]])
    assert found.name == "embedding_lookup/Identity:0"
    assert found.shape.as_list() == [2, 2, 2]
    gather = found.op.inputs[0].op
    assert (gather.name, gather.type) == ("embedding_lookup", "GatherV2")
    assert [x.name for x in gather.inputs] == [
        "w/read:0",
        "embedding_lookup/ids:0",
        "embedding_lookup/axis:0",
    ]
    assert gather.colocation_groups() == [b"loc:@w"]
    np.testing.assert_array_equal(initialised().run(found), TABLE[[[1, 3], [0, 5]]])


def test_only_the_rows_looked_up_are_updated():
    table = tf.Variable(TABLE, name="w")
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [1, 1]) ** 2)
    slope = tf.gradients(loss, table)[0]
    assert isinstance(slope, tf.IndexedSlices)
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    with initialised() as session:
        value = session.run(slope)
        np.testing.assert_array_equal(value.values, [[4, 6], [4, 6]])
        np.testing.assert_array_equal(value.indices, [1, 1])
        session.run(step)
        expected = TABLE.copy()
        expected[1] -= [4, 6]
        np.testing.assert_array_equal(session.run(table), expected)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("mod", [[[6, 7], [8, 9]], [[0, 1], [4, 5]]]),
        ("div", [[[2, 3], [6, 7]], [[0, 1], [8, 9]]]),
    ],
)
def test_a_table_in_parts(strategy, expected):
    found = tf.nn.embedding_lookup(two_parts(), [[1, 3], [0, 4]], partition_strategy=strategy)
    assert found.name == "embedding_lookup/Reshape_1:0"
    assert found.shape.as_list() == [2, 2, 2]
    np.testing.assert_array_equal(initialised().run(found), expected)


@pytest.mark.parametrize("strategy", ["mod", "div"])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_parts_hold_every_row_once(strategy, count):
    rows = np.arange(14, dtype=np.float32).reshape(7, 2)
    dealt = [rows[i::count] for i in range(count)]
    parts = dealt if strategy == "mod" else np.array_split(rows, count)
    tables = [tf.placeholder(tf.float32, [None, None]) for _ in parts]
    ids = tf.placeholder(tf.int64)
    found = tf.nn.embedding_lookup(tables, ids, partition_strategy=strategy)
    order = np.array([[3, 0, 6], [5, 1, 2]])
    feeds = dict(zip(tables, parts, strict=True)) | {ids: order}
    np.testing.assert_array_equal(tf.Session().run(found, feeds), rows[order])


def test_gradients_reach_every_part():
    parts = two_parts()
    loss = tf.reduce_sum(tf.nn.embedding_lookup(parts, [1, 3, 0, 3]))
    slopes = [tf.convert_to_tensor(g) for g in tf.gradients(loss, parts)]
    first, second = initialised().run(slopes)
    np.testing.assert_array_equal(first, [[1, 1], [0, 0], [0, 0]])
    np.testing.assert_array_equal(second, [[1, 1], [2, 2]])


def test_rows_are_scaled_down_to_a_norm():
    found = tf.nn.embedding_lookup(TABLE, [1, 3], max_norm=2.0, name="look")
    assert found.name == "look/Identity:0"
    expected = [[1.1094004, 1.6641006], [1.3015827, 1.5185132]]
    np.testing.assert_allclose(tf.Session().run(found), expected, rtol=1e-6)
    bounded = tf.nn.embedding_lookup(two_parts(), [[1, 3], [0, 4]], max_norm=1.0)
    assert bounded.name == "embedding_lookup/clip_by_norm:0"
    expected = [
        [[0.65079135, 0.7592566], [0.66436386, 0.74740934]],
        [[0, 1], [0.62469506, 0.78086877]],
    ]
    np.testing.assert_allclose(initialised().run(bounded), expected, rtol=1e-6)


def test_a_norm_where_the_rank_of_the_ids_shows_when_it_runs():
    ids = tf.placeholder(tf.int32)
    found = tf.nn.embedding_lookup(TABLE, ids, max_norm=1.0)
    for value in (3, [3], [[3]]):
        row = tf.Session().run(found, {ids: value}).reshape(2)
        np.testing.assert_allclose(row, TABLE[3] / np.linalg.norm(TABLE[3]), rtol=1e-6)


def test_mistakes():
    for nothing in (None, [], ()):
        with pytest.raises(ValueError, match=r"^Need at least one param"):
            tf.nn.embedding_lookup(nothing, [0])
    with pytest.raises(ValueError, match=r"^Unrecognized partition strategy: x"):
        tf.nn.embedding_lookup([TABLE, TABLE], [0], partition_strategy="x")
    found = tf.nn.embedding_lookup(TABLE, [6])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"^indices\[0\] = 6 is not in \[0, 6\)"
    ):
        tf.Session().run(found)
