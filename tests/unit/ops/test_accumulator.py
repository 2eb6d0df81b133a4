"""Accumulators over whole programs. The values and messages are TensorFlow 1.15.5's."""

import threading
import time

import numpy as np
import pytest

import flowgraph as tf


def run_all(*operations):
    with tf.Session() as sess:
        return [sess.run(operation) for operation in operations]


def placeholders():
    return (
        tf.placeholder(tf.int64, name="i"),
        tf.placeholder(tf.float32, name="v"),
        tf.placeholder(tf.int64, name="h"),
    )


def test_nodes_are_named_as_in_tensorflow():
    dense = tf.ConditionalAccumulator(tf.float32, shape=[3])
    taken = dense.take_grad(2)
    applied = dense.apply_grad([1.0, 2.0, 3.0])
    dense.num_accumulated()
    dense.set_global_step(5)
    assert taken.shape == [3]
    assert [op.name for op in tf.get_default_graph().get_operations()] == [
        "conditional_accumulator",
        "ResourceAccumulatorTakeGradient/num_required",
        "ResourceAccumulatorTakeGradient",
        "Const",
        "Const_1",
        "Cast",
        "ResourceAccumulatorApplyGradient",
        "conditional_accumulator_NumAccumulated",
        "Const_2",
        "Cast_1",
        "ResourceAccumulatorSetGlobalStep",
    ]
    kinds = [op.type for op in tf.get_default_graph().get_operations()]
    assert [kinds[i] for i in (0, 7)] == [
        "ResourceConditionalAccumulator",
        "ResourceAccumulatorNumAccumulated",
    ]
    assert [t.name for t in applied.inputs] == ["conditional_accumulator:0", "Cast:0", "Const:0"]
    assert (dense.accumulator_ref.dtype, dense.accumulator_ref.shape) == (tf.resource, [2])
    assert (dense.name, dense.dtype) == ("conditional_accumulator", tf.float32)


def test_sparse_nodes_are_named_as_in_tensorflow():
    sparse = tf.SparseConditionalAccumulator(tf.float32, shape=[4, 2])
    slices = sparse.take_indexed_slices_grad(2)
    sparse.apply_grad([1, 1], [[1.0, 2.0], [3.0, 4.0]])
    sparse.num_accumulated()
    sparse.set_global_step(2)
    assert [op.name for op in tf.get_default_graph().get_operations()] == [
        "sparse_conditional_accumulator",
        "SparseAccumulatorTakeGradient/num_required",
        "SparseAccumulatorTakeGradient",
        "Const",
        "Cast",
        "Cast_1/x",
        "Cast_1",
        "Cast_2/x",
        "Cast_2",
        "SparseAccumulatorApplyGradient/gradient_values",
        "SparseAccumulatorApplyGradient",
        "sparse_conditional_accumulator_NumAccumulated",
        "Const_1",
        "Cast_3",
        "AccumulatorSetGlobalStep",
    ]
    kinds = [op.type for op in tf.get_default_graph().get_operations()]
    assert [kinds[i] for i in (0, 11)] == [
        "SparseConditionalAccumulator",
        "AccumulatorNumAccumulated",
    ]
    assert sparse.accumulator_ref.dtype.name == "string_ref"
    assert slices.values.shape.ndims is None


def test_a_step_is_averaged_and_ended():
    total = tf.ConditionalAccumulator(tf.float32, shape=[3])
    count = total.num_accumulated()
    early = total.apply_grad([1.0, 2.0, 3.0])
    now, later = (total.apply_grad([1.0, 1.0, x], local_step=s) for x, s in ((1.0, 1), (2.0, 7)))
    take = total.take_grad(1)
    with tf.Session() as sess:
        sess.run(early)
        sess.run(early)
        assert sess.run(count) == 2
        assert sess.run(take).tolist() == [1.0, 2.0, 3.0]
        sess.run(early)  # of the step that is over
        assert sess.run(count) == 0
        sess.run([now, later])
        assert sess.run(take).tolist() == [1.0, 1.0, 1.5]


def test_the_step_may_be_set_back_with_a_warning(caplog):
    total = tf.ConditionalAccumulator(tf.float32, shape=[])
    forward, back = total.set_global_step(5), total.set_global_step(2)
    old, fresh = total.apply_grad(1.0, local_step=1), total.apply_grad(1.0, local_step=3)
    with tf.Session() as sess:
        sess.run(forward)
        sess.run(fresh)
        assert sess.run(total.num_accumulated()) == 0
        sess.run(back)
        sess.run([old, fresh])
        assert sess.run(total.num_accumulated()) == 1
    assert "smaller value: current_global_step_ = 5 >= 2 = new_global_step." in caplog.text


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    ("reduction", "dense", "rows"),
    [
        ("MEAN", [3.5, -2.5], [[1.5, -0.5], [5, -3], [1, 0]]),
        ("SUM", [7, -5], [[3, -1], [5, -3], [1, 0]]),
    ],
)
def test_reductions(dtype, reduction, dense, rows):
    total = tf.ConditionalAccumulator(dtype, [2], reduction_type=reduction)
    slices = tf.SparseConditionalAccumulator(dtype, [9, 2], reduction_type=reduction)
    add = [
        total.apply_grad([5, -3]),
        total.apply_grad([2, -2]),
        slices.apply_grad([1, 3], tf.constant([[1, 1], [5, -3]], dtype)),
        slices.apply_grad([1, 7], tf.constant([[2, -2], [1, 0]], dtype)),
    ]
    _, found, (indices, values, shape) = run_all(add, total.take_grad(1), slices.take_grad(1))
    assert (found.dtype, found.tolist()) == (np.dtype(dtype), dense)
    assert (values.dtype, values.tolist()) == (np.dtype(dtype), rows)
    assert (indices.tolist(), shape.tolist()) == ([1, 3, 7], [9, 2])


def test_rows_that_are_not_ascending_are_merged_as_they_come():
    total = tf.SparseConditionalAccumulator(tf.float32, [4, 1])
    i, v, _ = placeholders()
    add, take = total.apply_grad(i, v, local_step=9), total.take_grad(1)
    with tf.Session() as sess:
        sess.run(add, {i: [3, 0, 3], v: [[1], [2], [3]]})
        sess.run(add, {i: [0, 3, 3, 1], v: [[1], [2], [5], [7]]})
        found = sess.run(take)
    assert found.indices.tolist() == [0, 3, 0, 3, 1]
    assert found.values.ravel().tolist() == [1, 1.5, 2, 4, 7]


def test_an_unknown_number_of_rows_is_minus_one():
    total = tf.SparseConditionalAccumulator(tf.float32)
    add = total.apply_indexed_slices_grad(
        tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([5]), tf.constant([3, 2]))
    )
    _, found = run_all(add, total.take_indexed_slices_grad(1))
    assert (found.indices.tolist(), found.dense_shape.tolist()) == ([5], [-1, 2])


@pytest.mark.parametrize(
    ("indices", "values", "shape", "message"),
    [
        ([0], [[1, 1]], [5, 2], "Shape mismatch: expected shape dim 0 to be 4, got 5"),
        ([0], [[1, 1]], [4], "Shape mismatch: expected shape rank at least 2, got 1"),
        ([0], [[1, 1, 1]], None, "Shape mismatch: expected values dim 1 to be 2, got 3"),
        ([0], [1], None, "Shape mismatch: expected values rank at least 2, got 1"),
        ([0], 1, None, "Values cannot be 0-dimensional."),
        ([0, 1], [[1, 1]], None, "Expected 2 non-empty input values, got 1"),
        ([[0, 1]], [[1, 1]], None, r"Input indices should be vector but received shape: \[1,2\]"),
        (
            [7],
            [[1, 1]],
            None,
            "Shape mismatch: index of slice 0 exceeded limits of shape; index is 7 exceeded 4",
        ),
    ],
)
def test_slices_that_do_not_fit_are_refused(indices, values, shape, message):
    total = tf.SparseConditionalAccumulator(tf.float32, [4, 2])
    i, v, h = placeholders()
    feeds = {i: indices, v: values} | ({h: shape} if shape else {})
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            sess.run(total.apply_grad(i, v, h if shape else None), feeds)
        assert sess.run(total.num_accumulated()) == 0


@pytest.mark.parametrize(
    ("shape", "first", "second", "message"),
    [
        (None, [1, 2], [1], r"Shape mismatch: expected \[2\], got \[1\]"),
        ([None, 2], [[1, 2]], [1, 2], r"Shape mismatch: expected \[\?,2\], got \[2\]"),
        ([None, 2], [[1, 2]], [[1, 2]] * 2, r"Shape mismatch: expected \[1,2\], got \[2,2\]"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(shape, first, second, message):
    total = tf.ConditionalAccumulator(tf.float32, shape)
    v = tf.placeholder(tf.float32)
    add = total.apply_grad(v)
    with tf.Session() as sess:
        sess.run(add, {v: first})
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            sess.run(add, {v: second})
        assert sess.run(total.take_grad(1)).tolist() == first


@pytest.mark.parametrize("kind", [tf.ConditionalAccumulator, tf.SparseConditionalAccumulator])
def test_mistakes(kind):
    with pytest.raises(TypeError, match="has DataType string not in list of allowed values: fl"):
        kind(tf.string)
    with pytest.raises(ValueError, match="passed string 'X' not in"):
        kind(tf.float32, reduction_type="X")
    with pytest.raises(tf.errors.InvalidArgumentError, match="No OpKernel was registered"):
        run_all(kind(tf.int32).num_accumulated())
    for count in (0, -1):
        message = f"Argument num_required must be positive, but was {count}"
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            run_all(kind(tf.float32).take_grad(count))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"local_step must be scalar, but had"):
        step = tf.placeholder_with_default([3], None)
        dense = tf.ConditionalAccumulator(tf.float32)
        run_all(dense.apply_grad([1.0], local_step=step))
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(3,\) are incompatible"):
        tf.ConditionalAccumulator(tf.float32, [3]).apply_grad([1.0, 2.0])


def test_a_shared_name_gives_one_accumulator():
    first, second = (tf.ConditionalAccumulator(tf.float32, [], "both") for _ in range(2))
    alone = tf.ConditionalAccumulator(tf.float32, [])
    with tf.Session() as sess:
        sess.run(first.apply_grad(1.0))
        assert sess.run([second.num_accumulated(), alone.num_accumulated()]) == [1, 0]
    other = tf.SparseConditionalAccumulator(tf.float32, [], "both")
    double = tf.ConditionalAccumulator(tf.float64, [], "both")
    with tf.Session() as sess:
        sess.run(first.apply_grad(1.0))
        for taken in (other.take_grad(1), double.take_grad(1)):
            with pytest.raises(tf.errors.InvalidArgumentError, match="Accumulator 'both' is"):
                sess.run(taken)


def test_taking_waits_for_runs_of_other_threads():
    total = tf.ConditionalAccumulator(tf.float32, [])
    add, take = total.apply_grad(3.0), total.take_grad(2)
    found = []
    with tf.Session() as sess:
        thread = threading.Thread(target=lambda: found.append(sess.run(take)))
        thread.start()
        sess.run(add)
        time.sleep(0.05)
        assert not found
        sess.run(add)
        thread.join(10)
    assert found == [3.0]


def test_a_run_that_waits_ends_with_its_time_or_its_session():
    take = tf.ConditionalAccumulator(tf.float32, []).take_grad(1)
    config = tf.ConfigProto(operation_timeout_in_ms=30)
    with tf.Session(config=config) as sess, pytest.raises(tf.errors.DeadlineExceededError):
        sess.run(take)
    sess = tf.Session()
    errors = []

    def wait():
        with pytest.raises(tf.errors.CancelledError) as caught:
            sess.run(take)
        errors.append(caught.value)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.05)
    sess.close()
    thread.join(10)
    assert len(errors) == 1
