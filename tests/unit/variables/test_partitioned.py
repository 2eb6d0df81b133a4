"""Variables in parts; nodes, texts and numbers were recorded from TensorFlow 1.15."""

import re
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.core import apply
from flowgraph.ops.state import Assign
from flowgraph.variables.partitioned_variable import PartitionedVariable
from flowgraph.variables.slice_info import PartitionInfo

DATA = Path(__file__).parents[1] / "train" / "data"
HALVES = tf.fixed_size_partitioner(2)
STEPPED = [0.110664010, 0.0241093040, -0.0624453425, -0.148999989, -0.235554755]


def _nodes(prefix):
    operations = tf.get_default_graph().get_operations()
    return [(o.name, o.type) for o in operations if o.name.startswith(prefix)]


@pytest.mark.parametrize(
    ("partitioner", "shape", "dtype", "parts"),
    [
        (tf.fixed_size_partitioner(3), [7, 2], tf.float32, [3, 1]),
        (tf.fixed_size_partitioner(3, axis=1), [7, 2], tf.float32, [1, 2]),
        (tf.variable_axis_size_partitioner(100), [30, 3], tf.float32, [4, 1]),
        (tf.variable_axis_size_partitioner(100, axis=1), [30, 3], tf.float32, [1, 3]),
        (tf.variable_axis_size_partitioner(100, max_shards=2), [30, 3], tf.float32, [2, 1]),
        (tf.variable_axis_size_partitioner(100), [30, 3], tf.string, [15, 1]),
        (tf.variable_axis_size_partitioner(1), [3, 300], tf.float64, [3, 1]),
        (tf.min_max_variable_partitioner(4, min_slice_size=100), [30, 3], tf.float32, [4, 1]),
        (tf.min_max_variable_partitioner(40, min_slice_size=16), [6, 3], tf.float32, [5, 1]),
        (tf.min_max_variable_partitioner(4, min_slice_size=100), [30, 3], tf.string, [4, 1]),
    ],
)
def test_partitioners(partitioner, shape, dtype, parts):
    assert partitioner(shape=tf.TensorShape(shape), dtype=dtype) == parts


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: tf.variable_axis_size_partitioner(0), "Both max_shard_bytes and"),
        (lambda: tf.variable_axis_size_partitioner(4, max_shards=-1), "max_shards must be"),
        (lambda: tf.variable_axis_size_partitioner(4)([2], tf.float32), "shape is not a TensorSh"),
        (
            lambda: tf.variable_axis_size_partitioner(4)(tf.TensorShape([None]), tf.float32),
            "shape is not fully defined: (?,)",
        ),
        (
            lambda: tf.variable_axis_size_partitioner(4)(tf.TensorShape([2]), "float32"),
            "dtype is not a DType: float32",
        ),
        (
            lambda: tf.min_max_variable_partitioner(4, axis=3)(tf.TensorShape([3]), tf.float32),
            "Can not partition variable along axis 3 when shape is only (3,)",
        ),
    ],
)
def test_partitioners_refuse(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


def test_parts_of_a_variable():
    with tf.variable_scope("a", partitioner=tf.fixed_size_partitioner(3)):
        w = tf.get_variable("w", [7, 2])
        scalar = tf.get_variable("s", [])
    assert isinstance(w, PartitionedVariable) and isinstance(scalar, tf.Variable)
    assert (w.name, w.shape.as_list(), w.dtype, len(w)) == ("a/w", [7, 2], tf.float32, 3)
    assert [v.op.name for v in w] == ["a/w/part_0", "a/w/part_1", "a/w/part_2"]
    assert [v.shape.as_list() for v in w] == [[3, 2], [2, 2], [2, 2]]
    specs = [v._get_save_slice_info().spec for v in w]
    assert specs == ["7 2 0,3:0,2", "7 2 3,2:0,2", "7 2 5,2:0,2"]
    assert tf.trainable_variables() == [*w, scalar]
    y = tf.matmul(tf.placeholder(tf.float32, [None, 7]), w)
    assert [i.name for i in y.op.inputs][1] == "a/w:0"
    assert w.as_tensor().name == "a/w_1:0"
    assert _nodes("a/w/Concat") == [
        ("a/w/ConcatPartitions/concat/axis", "Const"),
        ("a/w/ConcatPartitions/concat", "ConcatV2"),
        ("a/w/ConcatPartitions/concat_1/axis", "Const"),
        ("a/w/ConcatPartitions/concat_1", "ConcatV2"),
    ]


def test_a_partitioned_variable_is_shared():
    w = tf.get_variable("w", [7, 2], partitioner=tf.fixed_size_partitioner(3))
    with tf.variable_scope("", reuse=True):
        assert tf.get_variable("w", [7, 2], partitioner=tf.fixed_size_partitioner(3)) is w
        assert tf.get_variable("w", [7, 2]) is w
        with pytest.raises(ValueError, match=r"specified shape \(8, 2\) and found shape \(7, 2\)"):
            tf.get_variable("w", [8, 2], partitioner=tf.fixed_size_partitioner(3))
        with pytest.raises(ValueError, match=r"partitions \[2, 1\] and found partitions \[3, 1\]"):
            tf.get_variable("w", [7, 2], partitioner=HALVES)
        with pytest.raises(ValueError, match="PartitionedVariable u does not exist, or was not"):
            tf.get_variable("u", [7, 2], partitioner=HALVES)
    with pytest.raises(ValueError, match="No partitioner was provided, but a partitioned version"):
        tf.get_variable("w", [7, 2])
    tf.get_variable("v", [4])
    with pytest.raises(ValueError, match="A partitioner was provided, but an unpartitioned versi"):
        tf.get_variable("v", [4], partitioner=HALVES)


@pytest.mark.parametrize(
    ("shape", "partitioner", "text"),
    [
        ([4], 3, "Partitioner must be callable, but received: 3"),
        ([4], lambda **_: 3, "Partitioner must return a sequence, but saw: 3"),
        ([4], lambda **_: [3, 2], "does not match the Variable's rank: [3, 2] vs. (4,)"),
        ([4, 4], lambda **_: [0, 2], "Partitioner returned zero partitions for some axes: [0, 2]"),
        ([4, 4], lambda **_: [2, 2], "shape: (4, 4), partitioning: [2, 2]"),
        ([4], lambda **_: [5], "Expected 0 <= offset < shape but found offset=4, shape=4"),
        ([None, 3], HALVES, "must be fully defined, but instead was (?, 3)."),
    ],
)
def test_partitions_that_do_not_fit(shape, partitioner, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        tf.get_variable("w", shape, partitioner=partitioner)


def test_other_parts_than_before():
    tf.get_variable("w/part_0", [4])
    with pytest.raises(ValueError, match="w/part_0 was found, but w/part_1 was not"):
        tf.get_variable("w", [4], partitioner=HALVES)
    for number in (1, 2):
        tf.get_variable(f"w/part_{number}", [4])
    with pytest.raises(ValueError, match="but so was the extra shard w/part_2"):
        tf.get_variable("w", [4], partitioner=HALVES)


def test_initial_values():
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    seen = []

    def initializer(shape, dtype, partition_info):
        seen.append((partition_info.var_offset, partition_info.single_offset(shape)))
        return tf.zeros(shape, dtype)

    value = tf.get_variable("value", initializer=tf.constant(table), partitioner=HALVES)
    array = tf.get_variable("array", [4, 3], initializer=table, partitioner=HALVES)
    scaled = tf.get_variable(
        "s", [4, 3], initializer=tf.uniform_unit_scaling_initializer(seed=2), partitioner=HALVES
    )
    glorot = tf.get_variable(
        "g", [4, 3], initializer=tf.glorot_normal_initializer(seed=2), partitioner=HALVES
    )
    eye = tf.get_variable(
        "e", [4, 3], initializer=tf.initializers.identity(2.0), partitioner=HALVES
    )
    tf.get_variable("told", [4, 3], initializer=initializer, partitioner=HALVES)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(sess.run(value.as_tensor()), table)
        np.testing.assert_array_equal(sess.run(array.as_tensor()), table)
        np.testing.assert_array_equal(sess.run(eye.as_tensor()), 2 * np.eye(4, 3))
        for part in scaled:
            row = [0.3095981478691101, 0.37092024087905884, -0.05227863788604736]
            np.testing.assert_allclose(sess.run(part)[0], row, rtol=5e-7)
        for part in glorot:
            row = [-0.5214486122131348, -0.11948197335004807, 0.0844360813498497]
            np.testing.assert_allclose(sess.run(part)[0], row, rtol=3e-7)
    assert seen == [([0, 0], 0), ([2, 0], 2)]


def test_partition_info_refuses():
    with pytest.raises(TypeError, match="`full_shape` must be a sequence"):
        PartitionInfo(3, [0])
    with pytest.raises(ValueError, match="Expected equal length, but `var_offset` is of length 2"):
        PartitionInfo([3], [0, 0])
    info = PartitionInfo([4, 4], [2, 0])
    assert (info.single_slice_dim([2, 4]), info.single_offset([2, 4])) == (0, 2)
    assert PartitionInfo([4], [0]).single_offset([4]) == 0
    with pytest.raises(TypeError, match="`shape` must be a sequence"):
        info.single_slice_dim(3)
    with pytest.raises(ValueError, match="Expected equal length, but received shape"):
        info.single_slice_dim([2])
    with pytest.raises(ValueError, match="With self"):
        info.single_slice_dim([3, 4])
    with pytest.raises(ValueError, match="could be either dimension 1 or 0"):
        info.single_slice_dim([2, 3])


def test_changing_the_whole():
    w = tf.get_variable("w", [3, 2], initializer=tf.zeros_initializer(), partitioner=HALVES)
    other = tf.get_variable("o", [3, 2], initializer=tf.ones_initializer(), partitioner=HALVES)
    given = w.assign(np.arange(6, dtype=np.float32).reshape(3, 2))
    assert [t.op.type for t in given] == ["Assign", "Assign"]
    added = w.assign_add(tf.ones([3, 2]), name="foo")
    assert [t.name for t in added] == ["foo:0", "foo_1:0"]
    operations = w.assign_sub(other, read_value=False)
    halves = w.assign([tf.ones([2, 2]), tf.zeros([1, 2])])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for change, expected in (
            (given, [[0, 1], [2, 3], [4, 5]]),
            (added, [[1, 2], [3, 4], [5, 6]]),
            (operations, [[0, 1], [2, 3], [4, 5]]),
            (halves, [[1, 1], [1, 1], [0, 0]]),
        ):
            sess.run(change)
            np.testing.assert_array_equal(sess.run(w.as_tensor()), expected)


@pytest.mark.parametrize(("strategy", "rows"), [("div", [0, 2, 4]), ("mod", [0, 4, 2])])
def test_embedding_lookup_in_parts(strategy, rows):
    table = np.arange(10, dtype=np.float32).reshape(5, 2)
    w = tf.get_variable("w", initializer=tf.constant(table), partitioner=HALVES)
    found = tf.nn.embedding_lookup(w, [0, 2, 4], partition_strategy=strategy)
    ids = tf.SparseTensor([[0, 0], [1, 0], [2, 0]], np.int64([0, 2, 4]), [3, 1])
    sparse = tf.nn.embedding_lookup_sparse(
        w, ids, None, partition_strategy=strategy, combiner="sum"
    )
    # With "mod" part 0 holds the even ids: row 0, 1, 2 of it are those of the ids 0, 2, 4.
    expected = table[[0, 1, 2]] if strategy == "mod" else table[rows]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(sess.run(found), expected)
        np.testing.assert_array_equal(sess.run(sparse), expected)


def _model():
    w = tf.get_variable("w", [5, 2], initializer=tf.constant_initializer(0.5), partitioner=HALVES)
    m = tf.get_variable(
        "m",
        [2, 3],
        initializer=np.arange(6, dtype=np.float32).reshape(2, 3),
        partitioner=tf.fixed_size_partitioner(3, axis=1),
    )
    x = tf.constant(np.arange(10, dtype=np.float32).reshape(2, 5))
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w)))
    return w, m, loss, tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss)


def test_training_and_saving_parts(tmp_path):
    w, m, loss, step = _model()
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = [sess.run([step, loss])[1] for _ in range(3)]
        np.testing.assert_allclose(losses, [165.625, 26.986324, 200.45026], rtol=1e-6)
        np.testing.assert_allclose(sess.run(w.as_tensor())[:, 0], STEPPED, rtol=1e-5)
        parts = [b"2 3 0,2:0,1", b"2 3 0,2:1,1", b"2 3 0,2:2,1"]
        parts += 2 * [b"5 2 0,3:0,2", b"5 2 3,2:0,2"]
        assert sess.run("save/SaveV2/shape_and_slices:0").tolist() == parts
        path = saver.save(sess, str(tmp_path / "model"))
        whole = sess.run(w.as_tensor())
    assert tf.train.list_variables(path) == [("m", [2, 3]), ("w", [5, 2]), ("w/Momentum", [5, 2])]
    tf.reset_default_graph()
    w = tf.get_variable("w", [5, 2])
    m = tf.get_variable("m", [2, 3], partitioner=HALVES)
    with tf.Session() as sess:
        tf.train.Saver([w, m]).restore(sess, path)
        np.testing.assert_array_equal(sess.run(w), whole)
        np.testing.assert_array_equal(sess.run(m.as_tensor()), [[0, 1, 2], [3, 4, 5]])


def test_a_checkpoint_of_parts_made_by_tensorflow():
    w, m, *_ = _model()
    momentum = tf.global_variables()[-2:]
    with tf.Session() as sess:
        tf.train.Saver().restore(sess, str(DATA / "partitioned"))
        np.testing.assert_allclose(sess.run(w.as_tensor())[:, 1], STEPPED, rtol=1e-6)
        np.testing.assert_array_equal(sess.run(m.as_tensor()), [[0, 1, 2], [3, 4, 5]])
        rows = [row for part in sess.run(momentum) for row in part[:, 0]]
    np.testing.assert_allclose(
        rows, [-27.160154, -35.098434, -43.036713, -50.975, -58.913277], rtol=1e-6
    )


def test_parts_in_a_meta_graph(tmp_path):
    w, *_ = _model()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver({"table": w}).save(sess, str(tmp_path / "model"))
    tf.reset_default_graph()
    saver = tf.train.import_meta_graph(f"{path}.meta", import_scope="in")
    parts = tf.global_variables("in/w/part")
    names = [v._get_save_slice_info().full_name for v in parts]
    assert names == ["in/w", "in/w", "in/w/Momentum", "in/w/Momentum"]
    with tf.Session() as sess:
        saver.restore(sess, path)
        np.testing.assert_array_equal(sess.run(parts[1]), np.full((2, 2), 0.5, np.float32))


def test_parts_and_others_under_one_name():
    w = tf.get_variable("w", [4], partitioner=HALVES)
    with tf.name_scope(None):
        other = tf.Variable(1.0, name="w")
    with pytest.raises(ValueError, match="Mixing slices and non-slices with the same name: w"):
        tf.train.Saver([*w, other])
    with pytest.raises(ValueError, match="The same saveable will be restored with two names"):
        tf.train.Saver({"a": w, "b": next(iter(w))})


def test_layers_in_parts():
    x = tf.ones([2, 3])
    with tf.variable_scope("net", partitioner=HALVES, regularizer=tf.nn.l2_loss):
        y = tf.layers.dense(x, 4, name="fc", kernel_regularizer=tf.nn.l2_loss)
        tf.layers.batch_normalization(y, name="bn")
    names = [v.op.name for v in tf.global_variables()]
    assert names == [
        *("net/fc/kernel/part_0", "net/fc/kernel/part_1", "net/fc/bias/part_0"),
        *("net/fc/bias/part_1", "net/bn/gamma/part_0", "net/bn/gamma/part_1"),
        *("net/bn/beta/part_0", "net/bn/beta/part_1"),
        *("net/bn/moving_mean", "net/bn/moving_variance"),
    ]
    losses = [t.op.name for t in tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)]
    assert "net/fc/kernel/Regularizer/L2Loss" in losses
    assert "net/fc/kernel/Regularizer_1/L2Loss" in losses
    with tf.variable_scope("c", partitioner=HALVES):
        z = tf.contrib.layers.fully_connected(x, 4, scope="fc")
    assert [v.op.name for v in tf.contrib.framework.get_model_variables("c")] == [
        *("c/fc/weights/part_0", "c/fc/weights/part_1"),
        *("c/fc/biases/part_0", "c/fc/biases/part_1"),
    ]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert [a.shape for a in sess.run([y, z])] == [(2, 4), (2, 4)]


def test_create_partitioned_variables():
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    parts = tf.create_partitioned_variables([4, 4], [1, 2], tf.constant(values), name="pv")
    unnamed = tf.create_partitioned_variables([4, 4], [2, 1], tf.zeros_initializer())
    assert [v.name for v in parts] == ["pv/part_0:0", "pv/part_1:0"]
    assert [v.name for v in unnamed] == [f"PartitionedVariable/part_{i}:0" for i in (0, 1)]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(np.concatenate(sess.run(parts), 1), values)
    for arguments, text in (
        (([4, 4], [2, 2]), "Can only slice a variable along one dimension"),
        (([4, 4], [2]), "must have the length: shape: [4, 4], slicing: [2]"),
        (([], []), "A partitioned Variable must have rank at least 1: shape: []"),
    ):
        with pytest.raises(ValueError, match=re.escape(text)):
            tf.create_partitioned_variables(*arguments, tf.zeros_initializer())


def test_a_partitioned_variable_checks_its_arguments():
    w = tf.get_variable("w", [4], partitioner=HALVES)
    parts, shape = list(w), tf.TensorShape([4])
    whole = tf.Variable([1.0])
    for arguments, kind, text in (
        ((shape, tf.float32, parts[0], [2]), TypeError, "variable_list is not a list or tuple"),
        ((shape, tf.float32, parts, 2), TypeError, "partitions is not a list or tuple: 2"),
        ((shape, tf.float32, parts, [0]), ValueError, "partition values must be positive"),
        ((shape, tf.float32, [], [2]), ValueError, "variable_list may not be empty"),
        ((shape, tf.float32, [whole], [2]), ValueError, "must have a save_slice_info available"),
        ((shape, tf.float32, parts, [2, 1]), ValueError, "len(shape) != len(partitions)"),
        ((tf.TensorShape([5]), tf.float32, parts, [2]), ValueError, "full shapes must match"),
    ):
        with pytest.raises(kind, match=re.escape(text)):
            PartitionedVariable("w", *arguments)
    with pytest.raises(ValueError, match="Incompatible type conversion requested to type 'int32'"):
        tf.convert_to_tensor(w, tf.int32)
    with pytest.raises(NotImplementedError, match="doesn't support being used as a reference"):
        apply(Assign(), w, [1.0] * 4)
