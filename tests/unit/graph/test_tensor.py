"""Tensors and operations: what they say of themselves, and what they refuse."""

import copy

import numpy as np
import pytest

import flowgraph as tf


def test_text():
    a = tf.constant([1.0, 2.0], name="a")
    with tf.device("/cpu:0"):
        d = tf.constant("s", name="d")
    u = tf.placeholder(tf.float32, name="u")
    assert str(a) == 'Tensor("a:0", shape=(2,), dtype=float32)'
    assert str(d) == 'Tensor("d:0", shape=(), dtype=string, device=/device:CPU:0)'
    assert str(u) == 'Tensor("u:0", dtype=float32)'
    assert repr(u) == "<tf.Tensor 'u:0' shape=<unknown> dtype=float32>"
    assert repr(a.op) == "<tf.Operation 'a' type=Const>"


def test_tensors_compare_by_identity_and_hash():
    a, b = tf.constant(1.0), tf.constant(1.0)
    assert a == a
    assert a != b
    assert a != 1.0
    assert a in [b, a]
    assert b not in [1, a]
    assert {a: "a", b: "b"}[a] == "a"
    assert copy.copy(a) is copy.deepcopy([a])[0] is a


@pytest.mark.parametrize("use", [bool, iter, list, len, int, float, lambda t: 1 < t < 2])
def test_tensors_are_no_values(use):
    with pytest.raises(TypeError):
        use(tf.constant([1.0]))


@pytest.mark.parametrize("use", [np.array, np.sin, lambda t: np.add(t, 1)])
def test_tensors_are_no_arrays(use):
    with pytest.raises(NotImplementedError, match=r"^Cannot convert a symbolic Tensor \(Const:0\)"):
        use(tf.constant([1.0]))


def test_items_cannot_be_set_but_attributes_can():
    a = tf.constant([1.0])
    with pytest.raises(TypeError, match="does not support item assignment"):
        a[0] = 1.0
    with pytest.raises(AttributeError):
        a.name = "b"
    a.note = "kept"
    assert a.note == "kept"


def test_consumers():
    a = tf.constant(1.0, name="a")
    assert a.consumers() == []
    b, c = a + 1.0, a * a
    assert a.consumers() == [b.op, c.op, c.op]


def test_shapes_are_narrowed():
    u = tf.placeholder(tf.float32)
    assert u.shape.ndims is None
    for stated, known in [([None, 2], "(?, 2)"), ([3, None], "(3, 2)"), (None, "(3, 2)")]:
        u.set_shape(stated)
        assert str(u.get_shape()) == known


@pytest.mark.parametrize(
    ("stated", "line"),
    [
        ([4, 2], "Dimension 0 in both shapes must be equal, but are 3 and 4."),
        ([3, 2, 1], "Shapes must be equal rank, but are 2 and 3"),
    ],
)  # fmt: skip
def test_shapes_that_contradict(stated, line):
    with pytest.raises(ValueError) as caught:
        tf.placeholder(tf.float32, [3, None]).set_shape(stated)
    assert str(caught.value).startswith(line)


def test_constants_that_wait_still_give_shapes():
    with tf.control_dependencies([tf.no_op()]):
        assert tf.reshape(tf.placeholder(tf.float32), [2, 3]).shape.as_list() == [2, 3]
        assert tf.random_normal([2]).shape.as_list() == [2]


def test_operation_ends():
    a = tf.constant([[1.0, 2.0]], name="a")
    rows = tf.unstack(a, axis=1)
    operation, waiting = rows[0].op, tf.no_op()
    operation._add_control_input(waiting)
    assert list(operation.inputs) == [a]
    assert operation.inputs[0] is operation.inputs[-1] is a
    assert len(operation.inputs) == 1
    assert operation.outputs == rows
    assert operation.values() == tuple(rows)
    assert operation.control_inputs == [waiting]
    assert not waiting.inputs
    with pytest.raises(IndexError):
        _ = operation.inputs[1]
    file, line, function, text = operation.traceback[-1]
    assert (file, function) == (__file__, "test_operation_ends")
    assert line > 0
    assert text == "rows = tf.unstack(a, axis=1)"


def test_attributes_by_name():
    a = tf.constant([[1.0, 2.0]], name="a")
    m = tf.matmul(a, a, transpose_b=True).op
    conv = tf.nn.conv2d(tf.zeros([1, 3, 3, 1]), tf.zeros([2, 2, 1, 1]), [1, 1, 1, 1], "SAME").op
    expected = [
        (m, "T", tf.float32),
        (m, "transpose_a", False),
        (m, "transpose_b", True),
        (tf.stack([a, a, a]).op, "N", 3),
        (tf.concat([a, a], 0).op, "Tidx", tf.int32),
        (conv, "padding", b"SAME"),
        (conv, "data_format", b"NHWC"),
        (conv, "strides", [1, 1, 1, 1]),
        (tf.squeeze(a, [0]).op, "squeeze_dims", [0]),
        (tf.cast(a, tf.int32).op, "DstT", tf.int32),
        (tf.identity_n([a, tf.constant(1)])[0].op, "T", [tf.float32, tf.int32]),
        (tf.placeholder(tf.float32, [None, 2]).op, "shape", tf.TensorShape([None, 2])),
        (tf.Variable(1.0, name="v").initializer, "_class", [b"loc:@v"]),
    ]
    for operation, name, value in expected:
        found = operation.get_attr(name)
        assert type(found) is type(value), name
        assert str(found) == str(value), name
    np.testing.assert_array_equal(a.op.get_attr("value"), [[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"^Operation 'a' has no attr named 'zz'"):
        a.op.get_attr("zz")
