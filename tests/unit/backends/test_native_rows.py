"""Native kernels over rows of tables, against NumPy."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.native import rows
from flowgraph.backends.native.kernels import MAKERS
from flowgraph.ops.core import build
from flowgraph.ops.training_sparse import SparseApplyAdagrad
from tests.unit.backends.test_native import assert_close, both, config, draw


def indices(count, limit, dtype=np.int32):
    """Rows of which the first are the most frequent."""
    return np.minimum(np.random.RandomState(count).zipf(1.5, count) - 1, limit - 1).astype(dtype)


@pytest.fixture
def bound(monkeypatch):
    """The types of the ops that were bound to a kernel."""
    types = []

    def recording(make):
        def made(library, op, *rest):
            result = make(library, op, *rest)
            if result is not None:
                types.append(op.type)
            return result

        return made

    for name, make in rows.MAKERS.items():
        monkeypatch.setitem(MAKERS, name, recording(make))
    return types


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("shape", [(300, 64), (50, 3, 17), (1000, 33)])
def test_gathered_rows(shape, dtype, bound):
    table = tf.Variable(draw(*shape))
    pairs = tf.constant(indices(200, shape[0], dtype).reshape(2, 100))
    (reference,), (value,) = both([tf.gather(table, pairs)])
    np.testing.assert_array_equal(value, reference)
    assert bound == ["GatherV2"]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize(("count", "inner"), [(5000, (17,)), (40, (3, 2)), (3000, ())])
def test_sums_by_segment_are_the_same_to_the_last_bit(count, inner, dtype, bound):
    segments = indices(count, 101, dtype) - 1  # some rows belong to none
    data = tf.Variable(draw(count, *inner))
    (reference,), (value,) = both([tf.math.unsorted_segment_sum(data, segments, 100)])
    np.testing.assert_array_equal(value, reference)
    assert bound == ["UnsortedSegmentSum"]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("inner", [(17,), (3, 2), ()])
def test_sums_of_sorted_segments(dtype, inner, bound):
    segments = np.sort(indices(3000, 100, dtype)) + 2
    data = tf.Variable(draw(3000, *inner))
    (reference,), (value,) = both([tf.segment_sum(data, segments)])
    np.testing.assert_array_equal(value, reference)
    assert bound == ["SegmentSum"]


def test_results_that_nobody_takes():
    data, count = tf.Variable(draw(200, 30)), tf.placeholder(tf.int32, [])
    at = tf.constant(indices(200, 9))
    sums = [
        tf.math.unsorted_segment_sum(data, at, count),
        tf.segment_sum(data, np.sort(indices(200, 9))),
    ]
    (reference, _), (value, _) = both([sums[0], [each.op for each in sums]], {count: 9})
    np.testing.assert_array_equal(value, reference)
    assert both([each.op for each in sums], {count: 9}) == [[None, None]] * 2


@pytest.mark.parametrize("segments", [[0, 2, 1], [-1, 0, 1], [0, 1]])
def test_segments_that_are_not_sorted(segments):
    ids = tf.placeholder(tf.int32, [None])
    total = tf.segment_sum(tf.Variable(draw(3, 5)), ids)
    with tf.Session(config=config(1)) as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"segment.ids"):
            session.run(total, {ids: segments})


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("operation", [tf.scatter_add, tf.scatter_sub])
def test_scattered_rows_are_the_same_to_the_last_bit(operation, dtype, bound):
    table = tf.Variable(draw(70, 33))
    at = tf.constant(indices(500, 70, dtype).reshape(5, 100))
    step = operation(table, at, tf.constant(draw(5, 100, 33)))
    (reference,), (value,) = both([table], before=[step] * 3)
    np.testing.assert_array_equal(value, reference)
    assert set(bound) == {step.op.type}


@pytest.mark.parametrize("count", [3, 700])
@pytest.mark.parametrize(
    "optimizer",
    [
        tf.train.GradientDescentOptimizer(0.1),
        tf.train.MomentumOptimizer(0.1, 0.9),
        tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
        tf.train.AdagradOptimizer(0.1),
        tf.train.AdamOptimizer(0.01),
    ],
)
def test_optimizers_of_embeddings(optimizer, count, bound):
    table = tf.Variable(draw(90, 20))
    ids = tf.placeholder(tf.int32, [None])
    step = optimizer.minimize(tf.reduce_mean(tf.sin(tf.nn.embedding_lookup(table, ids))))
    slots = [optimizer.get_slot(table, name) for name in optimizer.get_slot_names()]
    assert_close([table, *slots], {ids: indices(count, 90)}, before=[step] * 4, rtol=1e-5)
    updates = {op.type for op in tf.get_default_graph().get_operations()} & set(rows.MAKERS)
    assert set(bound) >= updates - {"GatherV2"}
    assert bound


@pytest.mark.parametrize("use_slots", [True, False])
def test_rows_that_repeat_are_updated_one_after_the_other(use_slots):
    table, slot = tf.Variable(draw(90, 20)), tf.Variable(np.abs(draw(90, 20)) + 1)
    gradient, at = tf.constant(draw(400, 20)), tf.constant(indices(400, 90))
    op = SparseApplyAdagrad(update_slots=use_slots)
    step = build(op, [table._ref(), slot._ref(), tf.constant(0.1), gradient, at], "step")
    assert_close([table, slot], before=[step] * 2, rtol=1e-5)


def test_rows_that_are_not_there():
    table, n = tf.Variable(draw(9, 70)), tf.placeholder(tf.int32, [])
    at = tf.fill([100], n)
    values = tf.constant(draw(100, 70))
    optimizer = tf.train.AdagradOptimizer(0.1)
    outside, too_few = (
        optimizer.apply_gradients([(tf.IndexedSlices(values, places, [9, 70]), table)])
        for places in (at, tf.unique(at)[0])
    )
    cases = {
        tf.gather(table, at): r"indices\[0\] = 9 is not in \[0, 9\)",
        tf.scatter_add(table, at, values): r"indices\[0\] = 9 is not in \[0, 9\)",
        tf.math.unsorted_segment_sum(values, at, 9): "segment_ids.0. = 9 is out of range",
        outside: "Index 9 at offset 0 in indices is out of range",
        too_few: r"data.shape = \[100,70\] does not start with segment_ids.shape = \[1\]",
    }
    with tf.Session(config=config(1)) as session:
        session.run(tf.global_variables_initializer())
        before = session.run(table)
        for fetch, message in cases.items():
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                session.run(fetch, {n: 9})
        np.testing.assert_array_equal(session.run(table), before)
