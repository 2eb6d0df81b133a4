"""tf.TensorArray: the ops TensorArrayV3, TensorArrayWriteV3, TensorArrayReadV3,
TensorArrayGatherV3, TensorArrayScatterV3, TensorArrayConcatV3, TensorArraySplitV3,
TensorArraySizeV3, TensorArrayCloseV3 and TensorArrayGradV3, held to TensorFlow 1.15.
"""

# ruff: noqa: E501 - the table of texts reads better with long lines

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def first_line(error):
    return str(error.value).splitlines()[0]


def names():
    return [f"{o.name}:{o.type}" for o in tf.get_default_graph().get_operations()]


def test_nodes_and_static_shapes():
    array = tf.TensorArray(tf.float32, 3)
    assert str(array.handle) == 'Tensor("TensorArray:0", shape=(2,), dtype=resource)'
    assert str(array.flow) == 'Tensor("TensorArray:1", shape=(), dtype=float32)'
    written = array.write(0, [1.0, 2.0])
    assert written.handle is array.handle and array.dtype is tf.float32
    results = [written.read(0), written.stack(), written.gather([0]), written.concat()]
    assert [t.name for t in results] == [
        "TensorArrayReadV3:0",
        "TensorArrayStack/TensorArrayGatherV3:0",
        "TensorArrayGatherV3:0",
        "TensorArrayConcatV3:0",
    ]
    assert [t.shape.as_list() for t in results] == [[2], [None, 2], [None, 2], [None]]
    assert names()[:6] == [
        "TensorArray/size:Const",
        "TensorArray:TensorArrayV3",
        "TensorArrayWrite/value:Const",
        "TensorArrayWrite/TensorArrayWriteV3/index:Const",
        "TensorArrayWrite/TensorArrayWriteV3:TensorArrayWriteV3",
        "TensorArrayReadV3/index:Const",
    ]
    stacked = array.unstack(tf.ones([3, 2]))
    assert stacked.flow.name == "TensorArrayUnstack/TensorArrayScatter/TensorArrayScatterV3:0"
    cut = tf.TensorArray(tf.float32, 3).split(tf.ones([5, 2]), [1, 2, 2])
    assert cut.flow.name == "TensorArraySplit/TensorArraySplitV3:0"
    assert array.size().name == "TensorArraySizeV3:0"
    assert array.close().name == "TensorArrayCloseV3"
    assert array.identity().flow.name == "Identity:0"
    gradient = stacked.grad("source")
    assert gradient.handle.name == "TensorArrayGrad/TensorArrayGradV3:0"
    assert gradient.flow.name == "TensorArrayGrad/gradient_flow:0"


def test_values(sess):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    def array(**options):
        return tf.TensorArray(tf.float32, 3, clear_after_read=False, **options).unstack(x)

    assert sess.run(array().read(1)).tolist() == [3, 4]
    assert sess.run(array().stack()).tolist() == sess.run(x).tolist()
    assert sess.run(array().gather([2, 0])).tolist() == [[5, 6], [1, 2]]
    assert sess.run(array().concat()).tolist() == [1, 2, 3, 4, 5, 6]
    assert sess.run(array().size()) == 3
    scattered = tf.TensorArray(tf.float32, 3).scatter([2, 0], x[:2])
    assert sess.run(scattered.stack()).tolist() == [[3, 4], [0, 0], [1, 2]]
    pieces = tf.TensorArray(tf.float32, 2, infer_shape=False).split([1.0, 2.0, 3.0], [1, 2])
    assert sess.run(pieces.read(1)).tolist() == [2, 3]


def test_strings(sess):
    array = tf.TensorArray(tf.string, 2).write(0, "a").write(1, "b")
    assert sess.run(array.stack()).tolist() == [b"a", b"b"]


def test_dynamic_size(sess):
    def array():
        return tf.TensorArray(tf.float32, 0, dynamic_size=True)

    assert sess.run(array().write(3, 1.0).write(2, 2.0).size()) == 4
    assert sess.run(array().write(3, 1.0).stack()).tolist() == [0, 0, 0, 1]
    assert sess.run(array().unstack(tf.ones([4, 2])).stack()).tolist() == [[1, 1]] * 4


def test_each_run_has_elements_of_its_own(sess):
    x = tf.placeholder(tf.float32, [])
    y = tf.TensorArray(tf.float32, 1).write(0, x).read(0)
    assert [sess.run(y, {x: each}) for each in (1.0, 2.0)] == [1, 2]


def test_what_is_written_is_kept_though_its_memory_is_used_again(sess):
    x = tf.placeholder(tf.float32, [4])
    array = tf.TensorArray(tf.float32, 3)
    y = x
    for i in range(3):
        y = tf.sin(y + 1.0)
        array = array.write(i, y)
    expected, value = [], np.arange(4, dtype=np.float32)
    for _ in range(3):
        value = np.sin(value + 1)
        expected.append(value)
    np.testing.assert_allclose(sess.run(array.stack(), {x: np.arange(4)}), expected, rtol=1e-6)


def test_reading_twice(sess):
    def twice(clear):
        array = tf.TensorArray(tf.float32, 3, clear_after_read=clear).write(0, 1.0)
        first = array.read(0)
        with tf.control_dependencies([first]):
            return array.read(0)

    assert sess.run(twice(False)) == 1
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.run(twice(True))
    assert first_line(error).endswith(
        "Could not read index 0 twice because it was cleared after a previous read (perhaps try "
        "setting clear_after_read = false?)."
    )


FULL = {"infer_shape": False}


@pytest.mark.parametrize(
    ("build", "kind", "text"),
    [
        (lambda a: a().read(1), "InvalidArgumentError", "Could not read from TensorArray index 1.  "),
        (lambda a: a().read(7), "InvalidArgumentError", "Tried to read from index 7 but array size is: 3"),
        (
            lambda a: a().write(7, 1.0).flow, "InvalidArgumentError",
            "Tried to write to index 7 but array is not resizeable and size is: 3",
        ),
        (
            lambda a: a().write(0, 1.0).write(0, 1.0).flow, "InvalidArgumentError",
            "Could not write to TensorArray index 0 because it has already been written to.",
        ),
        (
            lambda a: a().unstack(tf.ones([4, 2])).flow, "InvalidArgumentError",
            "Max scatter index must be < array size (3 vs. 3)",
        ),
        (
            lambda a: a(0).stack(), "UnimplementedError",
            "TensorArray has size zero, but element shape <unknown> is not fully defined. Currently "
            "only static shapes are supported when packing zero-size TensorArrays.",
        ),
        (
            lambda a: a(2, **FULL).write(0, [1.0, 2.0]).write(1, [1.0]).stack(), "InvalidArgumentError",
            "TensorArray has inconsistent shapes.  Index 0 has shape: [2] but index 1 has shape: [1]",
        ),
        (
            lambda a: a(2, **FULL).split([1.0, 2.0, 3.0], [1, 1]).flow, "InvalidArgumentError",
            "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is 2 and "
            "value's shape is: [3]",
        ),
        (
            lambda a: a(2, **FULL).split([1.0, 2.0, 3.0], [1, 1, 1]).flow, "InvalidArgumentError",
            "TensorArray's size is not equal to the size of lengths (2 vs. 3), and the TensorArray "
            "is not marked as dynamically resizeable",
        ),
        (
            lambda a: a(2).write(0, 1.0).write(1, 1.0).gather([1, 5]), "InvalidArgumentError",
            "Tried to read from index 5 but array size is: 2",
        ),
        (lambda a: a(-1).size(), "InvalidArgumentError", "Size should be >= 0."),
        (
            lambda a: a(2).write(0, tf.constant(1)).flow, "InvalidArgumentError",
            "TensorArray dtype is float but Op is trying to write dtype int32.",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_at_run_time(sess, build, kind, text):
    fetch = build(lambda size=3, **options: tf.TensorArray(tf.float32, size, **options))
    with pytest.raises(getattr(tf.errors, kind)) as error:
        sess.run(fetch)
    assert text in first_line(error)


def test_a_value_of_another_shape_at_run_time(sess):
    x = tf.placeholder(tf.float32)
    array = tf.TensorArray(tf.float32, 2).write(0, x)
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.run(array.write(1, x[0]).flow, {x: [1, 2]})
    assert first_line(error).endswith(
        "Could not write to TensorArray index 1 because the value shape is [] which is "
        "incompatible with the TensorArray's inferred element shape: [2] (consider setting "
        "infer_shape=False)."
    )


def test_closed(sess):
    array = tf.TensorArray(tf.float32, 2)
    with tf.control_dependencies([array.close()]):
        flow = array.write(0, 1.0).flow
    with pytest.raises(tf.errors.InvalidArgumentError, match="has already been closed"):
        sess.run(flow)


def test_what_is_refused_at_construction():
    array = tf.TensorArray(tf.float32, 3, element_shape=[2])
    with pytest.raises(ValueError) as error:
        array.write(0, [1.0, 2.0, 3.0])
    assert str(error.value) == "Inconsistent shapes: saw (3,) but expected (2,) "
    for options, text in (
        ({}, "Size must be provided if handle is not provided"),
        (
            {"size": 3, "handle": array.handle},
            "Cannot provide both a handle and size at the same time",
        ),
        (
            {"handle": array.handle, "tensor_array_name": "x"},
            "Cannot construct with both handle and tensor_array_name",
        ),
        ({"handle": array.handle}, "flow must not be None if handle is not None."),
    ):
        with pytest.raises(ValueError) as error:
            tf.TensorArray(tf.float32, **options)
        assert str(error.value) == text
    with pytest.raises(TypeError, match="Handle must be a Tensor"):
        tf.TensorArray(tf.float32, handle=1)
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 2"):
        tf.TensorArray(tf.float32, 2).scatter([1, 0], [1.0, 2.0, 3.0])


def test_gradients(sess):
    x = tf.constant([1.0, 2.0, 3.0])
    array = tf.TensorArray(tf.float32, 3).unstack(x)
    y = array.read(0) * array.read(2) + tf.reduce_sum(tf.square(array.gather([1])))
    (dx,) = tf.gradients(y, x)
    assert sess.run(dx).tolist() == [3, 4, 1]
    s = tf.constant(2.0)
    array = tf.TensorArray(tf.float32, 3).write(0, s).write(1, s * s).write(2, 1.0)
    assert sess.run(tf.gradients(array.stack() * tf.constant([1.0, 2.0, 3.0]), s)) == [9]
    pieces = tf.TensorArray(tf.float32, 2, infer_shape=False).split(x, [1, 2])
    (dx,) = tf.gradients(pieces.concat() * tf.constant([1.0, 5.0, 7.0]), x)
    assert sess.run(dx).tolist() == [1, 5, 7]


def test_gradients_of_an_element_read_twice_are_summed(sess):
    x = tf.constant([1.0, 2.0])
    array = tf.TensorArray(tf.float32, 2, clear_after_read=False).unstack(x)
    (dx,) = tf.gradients(array.read(0) * 3.0 + array.read(0) * 4.0, x)
    assert sess.run(dx).tolist() == [7, 0]


def test_gradients_need_a_scope_that_names_them():
    x = tf.constant([1.0, 2.0])
    y = tf.TensorArray(tf.float32, 2).unstack(x).stack()
    with pytest.raises(ValueError, match="Expected op/tensor name to start with gradients"):
        tf.gradients(y, x, name="slopes")


def test_through_a_loop(sess):
    x = tf.placeholder(tf.float32, [4, 2])
    w = tf.constant([2.0, 3.0])
    inputs = tf.TensorArray(tf.float32, 4).unstack(x)
    outputs = tf.TensorArray(tf.float32, 4)

    def body(i, state, out):
        state = state * w + inputs.read(i)
        return i + 1, state, out.write(i, state)

    _, _, last = tf.while_loop(lambda i, *_: i < 4, body, (0, tf.zeros([2]), outputs))
    y = last.stack()
    assert y.shape.as_list() == [None, 2]
    slopes = tf.gradients(y, [x, w])
    plain, state = [], tf.zeros([2])
    for row in tf.unstack(x):
        state = state * w + row
        plain.append(state)
    expected = [tf.stack(plain), *tf.gradients(plain, [x, w])]
    given = np.arange(8, dtype=np.float32).reshape(4, 2)
    for a, b in zip(*sess.run([[y, *slopes], expected], {x: given}), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    second = [
        tf.gradients(tf.reduce_sum(tf.sin(dw)), w)[0]
        for dw in (slopes[1], tf.gradients(plain, w)[0])
    ]
    np.testing.assert_allclose(*sess.run(second, {x: given}), rtol=1e-5)


def test_in_a_branch(sess):
    p = tf.placeholder(tf.bool, [])
    array = tf.TensorArray(tf.float32, 1)
    chosen = tf.cond(p, lambda: array.write(0, 1.0), lambda: array.write(0, 2.0))
    assert [sess.run(chosen.stack(), {p: each}).tolist() for each in (True, False)] == [[1], [2]]
